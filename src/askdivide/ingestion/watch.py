"""Watching the corpus: the index follows every change to an article within seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from askdivide.errors import CorpusError, EmbeddingError, IndexBusy, IndexProblem
from askdivide.index.embedding import Embedder
from askdivide.index.folder import writing
from askdivide.ingestion.readers import readable
from askdivide.ingestion.reindex import bring_in_line
from askdivide.ingestion.scan import passed_over, scan
from askdivide.records import IndexReport
from askdivide.settings import Settings

_QUIET_MS, _BURST_MS = 250, 1500
"""A burst of changes is taken together once it has been quiet this long, and after this long in any case."""
_LOOK_MS = 500
_FULL_PASS = 60.0
"""Seconds after which the folder is gone through without a sign of change: networks and containers lose some."""
_POLL = 2.0
"""Seconds between two looks where the system does not tell of changes."""
_RETRY_BUSY, _RETRY_TROUBLE = 0.5, 5.0
OnReport = Callable[[IndexReport], None]
OnNote = Callable[[str], None]


def watch(settings: Settings, *, stop: threading.Event, on_report: OnReport, on_note: OnNote) -> None:
    """Bring the index in line with the corpus now and after every change, until `stop` is set.

    `on_report` gets every run that changed something, or that could not read something new. Trouble is told once and tried
    again; nothing but `stop` and an interruption ends it.
    """
    keeper = _Keeper(settings, on_report, on_note)
    keeper.due = time.monotonic()
    for changed in _signs(settings.corpus, stop, on_note):
        if stop.is_set():
            return
        if changed or time.monotonic() >= keeper.due:
            keeper.run()


@contextmanager
def watching(settings: Settings, *, on_note: OnNote) -> Iterator[None]:
    """Watch in a thread for the length of the block."""
    stop = threading.Event()

    def told(report: IndexReport) -> None:
        for failure in report.failed:
            on_note(f"{failure.document} {failure.reason}")

    thread = threading.Thread(
        target=watch, kwargs={"settings": settings, "stop": stop, "on_report": told, "on_note": on_note}, name="watch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        # A run that takes longer is broken off with the process, as any kill may do.
        thread.join(timeout=5)


class _Keeper:
    """Runs of indexing that share what is loaded."""

    def __init__(self, settings: Settings, on_report: OnReport, on_note: OnNote) -> None:
        self._settings = settings
        self._on_report = on_report
        self._on_note = on_note
        self._loaded: dict[str, Embedder] = {}
        self._told = ""
        self._failed: set[str] = set()
        self.due = 0.0

    def run(self) -> None:
        """One run; `due` is when the next has to come without a sign of change."""
        try:
            with writing(self._settings.index):
                report = bring_in_line(self._settings, loaded=self._loaded, on_note=self._on_note)
        except IndexBusy:
            self.due = time.monotonic() + _RETRY_BUSY
            return
        except (CorpusError, IndexProblem, EmbeddingError) as error:
            self._tell(str(error))
            self.due = time.monotonic() + _RETRY_TROUBLE
            return
        self._told = ""
        self.due = time.monotonic() + _FULL_PASS
        failed = {f"{failure.document} {failure.reason}" for failure in report.failed}
        if report.added or report.changed or report.removed or failed - self._failed:
            self._on_report(report)
        self._failed = failed

    def _tell(self, trouble: str) -> None:
        if trouble != self._told:
            self._on_note(trouble)
        self._told = trouble


def _signs(corpus: Path, stop: threading.Event, on_note: OnNote) -> Iterator[bool]:
    """True for every sign that an article has changed, and False now and then without one, until `stop` is set."""
    polling = False
    while not stop.is_set():
        if not corpus.is_dir():
            yield False
            stop.wait(1)
            continue
        try:
            yield from _polled(corpus, stop) if polling else _notified(corpus, stop)
        except (OSError, RuntimeError) as error:
            # Above all the system's limit on watched folders.
            on_note(f"the system does not tell of changes ({error}); looking every {_POLL:.0f} seconds")
            polling = True


def _notified(corpus: Path, stop: threading.Event) -> Iterator[bool]:
    from watchfiles import Change
    from watchfiles import watch as changes

    root = corpus.resolve()
    began, first = _identity(corpus), True

    def relevant(change: Change, path: str) -> bool:
        below = Path(path).relative_to(root) if Path(path).is_relative_to(root) else Path(path).name
        parts = Path(below).parts
        if not parts or passed_over(parts[-1]) or any(part.startswith(".") for part in parts[:-1]):
            return False
        return readable(parts[-1]) or change == Change.deleted or Path(path).is_dir()

    for found in changes(
        root, watch_filter=relevant, debounce=_BURST_MS, step=_QUIET_MS, rust_timeout=_LOOK_MS, yield_on_timeout=True, stop_event=stop
    ):
        if _identity(corpus) != began:
            # Another folder stands in its place, or none; the one that is watched tells nothing any more.
            return
        # What changed before the watch began is in no sign.
        yield first or bool(found)
        first = False


def _polled(corpus: Path, stop: threading.Event) -> Iterator[bool]:
    seen: tuple[list[tuple[str, int, int]], list[int]] | None = None
    while not stop.is_set():
        try:
            found = scan(corpus)
        except CorpusError:
            return
        # The folders too: a run may have seen a file that came after one look and went before the next.
        now = [(file.path, file.size, file.mtime_ns) for file in found.files], found.folders
        yield now != seen
        seen = now
        stop.wait(_POLL)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
