"""Watching: what is saved is answered and what is deleted is gone, within seconds, and nothing else starts a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import IndexProblem
from askdivide.index.folder import writing
from askdivide.ingestion import watch as module
from askdivide.ingestion.watch import watch, watching
from askdivide.records import IndexReport
from askdivide.settings import Settings

WITHIN = 30.0
"""Seconds waited before something counts as never happening; `bench/beside.py` measures the five that are promised."""


class Watcher:
    """A watch in a thread, and what it told."""

    def __init__(self, settings: Settings) -> None:
        self.reports: list[IndexReport] = []
        self.notes: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=watch, kwargs={"settings": settings, "stop": self.stop, "on_report": self.reports.append, "on_note": self.notes.append}
        )

    def end(self) -> None:
        self.stop.set()
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()


@pytest.fixture
def watcher(indexed: Settings) -> Iterator[Watcher]:
    made = Watcher(indexed)
    made.thread.start()
    time.sleep(1)
    yield made
    made.end()


def until(true: Callable[[], bool], seconds: float = WITHIN) -> float:
    """Seconds until something is true; fails where it never is."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds
        time.sleep(0.05)
    return time.monotonic() - started


def documents(settings: Settings) -> set[str]:
    with Assistant.open(settings).index.reading() as catalog:
        return {row.path for row in catalog.documents()}


def test_a_saved_article_answers_and_a_deleted_one_is_gone_within_seconds(indexed: Settings, watcher: Watcher) -> None:
    assistant = Assistant.open(indexed)
    file = indexed.corpus / "notes" / "pier.md"
    file.write_text("# The pier\n\nThe pier of Ostrava Bay is painted violet.\n")
    until(lambda: "violet" in assistant.ask("What colour is the pier of Ostrava Bay painted?").text)
    file.write_text("# The pier\n\nThe pier of Ostrava Bay is painted orange.\n")
    until(lambda: "orange" in assistant.ask("What colour is the pier of Ostrava Bay painted?").text)
    assert "violet" not in assistant.ask("What colour is the pier of Ostrava Bay painted?").text
    file.rename(indexed.corpus / "quay.md")
    until(lambda: "quay.md" in documents(indexed))
    (indexed.corpus / "quay.md").unlink()
    until(lambda: "quay.md" not in documents(indexed))
    assert "orange" not in assistant.ask("What colour is the pier of Ostrava Bay painted?").text


def test_folders_come_and_go_as_a_whole(indexed: Settings, watcher: Watcher, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for number in range(3):
        (made / f"{number}.md").write_text(f"# Story {number}\n\nIt is number {number}.\n")
    made.rename(indexed.corpus / "made")
    until(lambda: {f"made/{number}.md" for number in range(3)} <= documents(indexed))
    (indexed.corpus / "made").rename(tmp_path / "made")
    until(lambda: not any(path.startswith("made/") for path in documents(indexed)))


def test_what_editors_leave_for_a_while_starts_no_run(indexed: Settings, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: watcher.thread.is_alive())
    runs: list[int] = []
    real = module.bring_in_line
    monkeypatch.setattr(module, "bring_in_line", lambda *args, **more: (runs.append(1), real(*args, **more))[1])
    for name in (".pier.md.swp", "pier.md~", "#pier.md#", "~$pier.md", "pier.md.tmp", "pier.md.part", ".#pier.md", "4913"):
        (indexed.corpus / name).write_text("half an arti")
    (indexed.corpus / ".git").mkdir()
    (indexed.corpus / ".git" / "notes.md").write_text("# Not an article\n\nNot at all.\n")
    time.sleep(2)
    assert runs == []
    # As vim does it: the old one away, the new one under its name, the old one deleted.
    (indexed.corpus / "harbour.md").rename(indexed.corpus / "harbour.md~")
    (indexed.corpus / "harbour.md").write_text("# The harbour\n\nThe harbour of Ostrava Bay is closed since Monday.\n")
    (indexed.corpus / "harbour.md~").unlink()
    until(lambda: "closed" in Assistant.open(indexed).ask("Since when is the harbour of Ostrava Bay closed?").text)
    assert "harbour.md" in documents(indexed)
    assert not [report for report in watcher.reports if report.removed]


def test_a_burst_of_changes_is_taken_together(indexed: Settings, watcher: Watcher) -> None:
    for number in range(60):
        (indexed.corpus / f"burst{number}.md").write_text(f"# Story {number}\n\nIt is number {number} of the burst.\n")
        time.sleep(0.01)
    until(lambda: sum(len(report.added) for report in watcher.reports) == 60)
    assert len(documents(indexed)) == 63
    assert len(watcher.reports) <= 4


def test_another_writer_is_waited_for(indexed: Settings, watcher: Watcher) -> None:
    with writing(indexed.index):
        (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
        time.sleep(1.5)
        assert "pier.md" not in documents(indexed)
    until(lambda: "pier.md" in documents(indexed))
    assert watcher.notes == []


def test_trouble_is_told_once_and_ends_nothing(indexed: Settings, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY_TROUBLE", 0.2)

    def full(*args: Any, **more: Any) -> None:
        raise IndexProblem("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(module, "bring_in_line", full)
        (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
        until(lambda: watcher.notes == ["no space left"])
        time.sleep(1.5)
        assert watcher.notes == ["no space left"]
    until(lambda: "pier.md" in documents(indexed))


def test_a_corpus_that_goes_away_and_comes_back_is_followed(indexed: Settings, watcher: Watcher, tmp_path: Path) -> None:
    indexed.corpus.rename(tmp_path / "away")
    time.sleep(1.5)
    # Away, as a drive that is not mounted is: what is indexed stays.
    assert "harbour.md" in documents(indexed)
    (tmp_path / "away" / "orchards.txt").unlink()
    (tmp_path / "away").rename(indexed.corpus)
    until(lambda: documents(indexed) == {"harbour.md", "notes/lighthouse.md"})
    (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
    until(lambda: "pier.md" in documents(indexed))


def test_where_the_system_tells_nothing_the_folder_is_looked_at(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(*args: Any, **more: Any) -> Iterator[bool]:
        raise OSError("OS file watch limit reached")
        yield

    monkeypatch.setattr(module, "_notified", limit)
    monkeypatch.setattr(module, "_POLL", 0.3)
    made = Watcher(indexed)
    made.thread.start()
    try:
        until(lambda: made.notes != [])
        assert made.notes == ["the system does not tell of changes (OS file watch limit reached); looking every 0 seconds"]
        (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
        until(lambda: "pier.md" in documents(indexed))
        (indexed.corpus / "pier.md").unlink()
        until(lambda: "pier.md" not in documents(indexed))
    finally:
        made.end()


def test_an_article_that_comes_after_one_look_and_goes_before_the_next_is_followed(
    indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit(*args: Any, **more: Any) -> Iterator[bool]:
        raise OSError("OS file watch limit reached")
        yield

    monkeypatch.setattr(module, "_notified", limit)
    monkeypatch.setattr(module, "_POLL", 0.05)
    file, real = indexed.corpus / "pier.md", module.bring_in_line

    def while_it_runs(*args: Any, **more: Any) -> IndexReport:
        if not runs:
            file.write_text("# Pier\n\nThe pier is new.\n")
        report = real(*args, **more)
        runs.append(report)
        file.unlink(missing_ok=True)
        return report

    runs: list[IndexReport] = []
    monkeypatch.setattr(module, "bring_in_line", while_it_runs)
    made = Watcher(indexed)
    made.thread.start()
    try:
        until(lambda: [report.added for report in made.reports] == [["pier.md"]] or len(made.reports) > 1)
        until(lambda: "pier.md" not in documents(indexed))
    finally:
        made.end()


def test_a_file_that_cannot_be_read_is_told_once(indexed: Settings, watcher: Watcher) -> None:
    (indexed.corpus / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    until(lambda: len(watcher.reports) == 1)
    (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
    until(lambda: len(watcher.reports) == 2)
    assert [len(report.failed) for report in watcher.reports] == [1, 1]
    time.sleep(1)
    assert len(watcher.reports) == 2


def test_the_chat_goes_on_answering_while_the_index_changes(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    slowest = 0.0
    with watching(indexed, on_note=lambda note: None):
        for number in range(40):
            (indexed.corpus / f"new{number % 7}.md").write_text(f"# Story {number}\n\nIt is number {number}.\n")
            started = time.monotonic()
            assert "1871" in assistant.ask("When was the harbour of Ostrava Bay founded?").text
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.05)
        until(lambda: len(documents(indexed)) == 10)
    assert slowest < 3


def test_ctrl_c_ends_the_command_cleanly(indexed: Settings) -> None:
    variables = {**os.environ, "ASKDIVIDE_EMBEDDING": "test:256", "PYTHONUNBUFFERED": "1"}
    folders = ["--corpus", str(indexed.corpus), "--index", str(indexed.index)]
    with subprocess.Popen(
        [sys.executable, "-m", "askdivide", "index", "--watch", "--json", *folders], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stdout
        assert '"unchanged": 3' in process.stdout.readline()
        (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
        assert '"added": ["pier.md"]' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert (out, [line for line in err.splitlines() if line]) == ("", [f"note: watching {indexed.corpus} (Ctrl-C ends it)", "interrupted"])
    with writing(indexed.index):
        pass
