"""Changing the corpus from the page: adding, removing, re-indexing, each told as it goes and in words at the end.

The work is done in threads, under the index's own lock, so that the chat answers from the last committed state meanwhile, and
several people, a watcher and the command line may change the corpus at once, one after the other.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from askdivide.errors import AskDivideError, CorpusError, IndexBusy
from askdivide.index.folder import writing
from askdivide.index.reading import Index
from askdivide.ingestion.add import WAIT, Added, add
from askdivide.ingestion.reindex import Progress, reindex
from askdivide.ingestion.remove import remove
from askdivide.interfaces.web.cards import one_line
from askdivide.records import Failure
from askdivide.settings import Settings

_PACE = 0.2
"""Seconds between two looks at how far the work is."""
_NAMED = 20
"""Most articles that are named one by one in what is said at the end."""
_BUSY = "Somebody else is changing the corpus at this moment, and has been for a while. Try again in a minute."
_FAULT = "askdivide has met with a fault of its own; the terminal it was started in says more."
_WAITING = "Waiting: the index is being brought up to date already."
_ON_THE_PAGE = {
    "to do so use --replace": "to do so tick “Replace files of the same name” and add it again",
    "; if that is meant, use --allow-private": "; such pages cannot be added from here",
}
"""What is said to people at a command line, and to visitors."""
Versions = Mapping[str, str]
Work = Callable[["_Job"], Sequence[str]]


@dataclass
class _Job:
    """One change in the making, seen from the thread that does it and from the page."""

    told: str = "Starting"
    part: tuple[int, int] = (0, 0)
    """Done, and of how many."""
    lines: Sequence[str] = ()
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def progress(self, progress: Progress) -> None:
        """How far it is."""
        self.part = progress.done, progress.total
        self.told = f"{progress.done} of {progress.total}: {progress.path}" if progress.total else progress.path

    def html(self) -> str:
        """Its state, for the page."""
        if not self.done.is_set():
            bar = f'<progress max="{self.part[1]}" value="{self.part[0]}" aria-label="Progress"></progress>' if self.part[1] else ""
            return f'<div class="doing">{bar}<span>{one_line(self.told)} …</span></div>'
        return outcome(self.lines, failed=self.failed)


def outcome(lines: Sequence[str], *, failed: bool = False) -> str:
    """What came of something, in lines of text."""
    kind = "failed" if failed else "done"
    items = "".join(f"<li>{one_line(line)}</li>" for line in lines[1:])
    return f'<div role="status" class="{kind}"><p>{one_line(lines[0])}</p>{f"<ul>{items}</ul>" if items else ""}</div>'


class Changes:
    """The ways in which visitors change the corpus. Each yields HTML that says how far it is, and last what came of it."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self._settings = settings
        self._index = index

    def upload(self, files: Sequence[Path], *, replace: bool) -> AsyncIterator[str]:
        """Add files, which are deleted where they are; one of the same name with other content is replaced only with `replace`."""

        def work(job: _Job) -> Sequence[str]:
            try:
                done = add(self._settings, [str(file) for file in files], replace=replace, on_progress=job.progress)
            finally:
                discard(files)
            return _added(done, {str(file): file.name for file in files})

        return self._doing(work)

    def fetch(self, url: str) -> AsyncIterator[str]:
        """Add a page of the web, or the articles of a feed."""

        def work(job: _Job) -> Sequence[str]:
            job.told = f"Fetching {url}"
            return _added(add(self._settings, [url], on_progress=job.progress), {})

        return self._doing(work)

    def remove(self, names: Sequence[str]) -> AsyncIterator[str]:
        """Delete the files of documents, and take them out of the index."""

        def work(job: _Job) -> Sequence[str]:
            done = remove(self._settings, names, on_progress=job.progress)
            return _listed(f"{_many(len(done.documents))} removed.", done.documents)

        return self._doing(work)

    def reindex(self) -> AsyncIterator[str]:
        """Bring the index in line with the corpus folder."""

        def work(job: _Job) -> Sequence[str]:
            before = self._versions()
            report = reindex(self._settings, wait=WAIT, checksum=True, on_progress=job.progress)
            # Not what the report says: a watcher may have come first.
            return _changed(before, self._versions(), report.failed)

        return self._doing(work)

    def _versions(self) -> Versions:
        with self._index.reading() as catalog:
            return {row.path: row.version for row in catalog.documents()}

    async def _doing(self, work: Work) -> AsyncIterator[str]:
        job = _Job()
        threading.Thread(target=self._do, args=(job, work), daemon=True).start()
        shown = ""
        while not job.done.is_set():
            if (now := job.html()) != shown:
                yield (shown := now)
            await asyncio.sleep(_PACE)
        yield job.html()

    def _do(self, job: _Job, work: Work) -> None:
        try:
            if self._is_busy():
                job.told = _WAITING
            job.lines = work(job)
            job.failed = job.lines[0].startswith("Nothing was added")
        except IndexBusy:
            job.lines, job.failed = [_BUSY], True
        except AskDivideError as error:
            job.lines, job.failed = [str(error)], True
        except Exception:
            logging.getLogger(__name__).exception("a change of the corpus met with a fault")
            job.lines, job.failed = [_FAULT], True
        finally:
            job.done.set()

    def _is_busy(self) -> bool:
        try:
            with writing(self._settings.index):
                return False
        except IndexBusy:
            return True


def discard(files: Iterable[Path]) -> None:
    """Delete uploaded files, and the folders that each was given."""
    for file in files:
        file.unlink(missing_ok=True)
        # It stays where another visitor has uploaded the same content under another name.
        with suppress(OSError):
            file.parent.rmdir()


def web_address(text: str) -> str:
    """What somebody typed as the address of a page. Raises CorpusError: anything else would be taken for a file of this machine."""
    url = text.strip()
    if "://" not in url and "." in url.partition("/")[0] and not url.startswith((".", "/")):
        url = f"https://{url}"
    if not url.lower().startswith(("http://", "https://")) or any(char.isspace() for char in url):
        raise CorpusError("That is no address of a page; it begins with http:// or https://")
    return url


def _added(done: Added, names: Mapping[str, str]) -> Sequence[str]:
    def named(given: str) -> str:
        return names.get(given, given)

    unread = [failure for failure in done.report.failed if failure.document in done.stored] if done.report else []
    stored = [document for document in done.stored if document not in {failure.document for failure in unread}]
    lines = [f"{named(given)} is there already{f' as {document}' if named(given) != document else ''}." for given, document in done.known]
    lines += [f"{address} is left out, it was removed before; to have it back, add this address itself." for address in done.left_out]
    lines += [f"{named(one.document)} was not added: it {_in_words(one)}." for one in [*done.failed, *unread]]
    if not stored:
        return ["Nothing was added. " + lines[0], *lines[1:]] if lines else ["Nothing was added."]
    return [*_listed(f"{_many(len(stored))} added.", stored), *lines]


def _in_words(failure: Failure) -> str:
    reason = failure.reason.removesuffix(".")
    for words, others in _ON_THE_PAGE.items():
        reason = reason.replace(words, others)
    return reason


def _changed(before: Versions, after: Versions, failed: Sequence[Failure]) -> Sequence[str]:
    kinds = {
        "added": sorted(after.keys() - before.keys()),
        "changed": sorted(path for path in after.keys() & before.keys() if after[path] != before[path]),
        "removed": sorted(before.keys() - after.keys()),
    }
    counts = [f"{len(paths)} {kind}" for kind, paths in kinds.items() if paths] + ([f"{len(failed)} cannot be read"] if failed else [])
    summary = ", ".join(counts) if counts else "Nothing has changed since the last run"
    lines = [f"{summary}; {_many(len(after))} in the index."]
    lines += [line for kind, paths in kinds.items() for line in _listed("", [f"{kind}: {path}" for path in paths])[1:]]
    return [*lines, *(f"{failure.document} {failure.reason}" for failure in failed[:_NAMED])]


def _listed(summary: str, names: Sequence[str]) -> list[str]:
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return [summary, *names[:_NAMED], *more]


def _many(number: int) -> str:
    return f"{number} article{'' if number == 1 else 's'}"
