"""The seam: which reader reads what, in which process, and readers of other packages."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from made import docx, paragraph

from askdivide.errors import UnreadableDocument
from askdivide.ingestion import readers
from askdivide.ingestion.readers import confined

OUTSIDER = """
import os, sys, time
from askdivide.records import Block, Document

def read(path, data):
    text = data.decode()
    if text == "hang": time.sleep(60)
    if text == "die": os.abort()
    if text == "eat": bytearray(4 * 1024**3)
    if text == "need": import no_such_package
    if text == "break": raise KeyError("no colour")
    print("libraries print"); os.write(1, b"and write")
    name = "elsewhere.md" if text == "stray" else path
    return Document(path=name, text=text, title="T", blocks=(Block("text", 0, len(text)),), tags=("a",), notes=(str(os.getpid()),))
"""


@pytest.fixture(autouse=True)
def _no_worker_left() -> Iterator[None]:
    yield
    readers.close()


@pytest.fixture
def outsider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that reads .colour files."""
    (tmp_path / "colours.py").write_text(OUTSIDER, encoding="utf-8")
    (tmp_path / "colours-1.0.dist-info").mkdir()
    (tmp_path / "colours-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: colours\nVersion: 1.0\n", encoding="utf-8")
    (tmp_path / "colours-1.0.dist-info" / "entry_points.txt").write_text(
        "[askdivide.readers]\ncolour = colours:read\nmd = colours:read\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    readers._others.cache_clear()
    yield
    readers._others.cache_clear()


@pytest.mark.usefixtures("outsider")
def test_a_reader_of_another_package_reads_its_kind_in_a_process_of_its_own() -> None:
    assert readers.readable("sub/a.COLOUR")
    one, other = (readers.read("a.colour", text.encode()) for text in ("Blue is a colour.", "Red is another."))
    assert (one.text, one.tags, one.blocks[0].end) == ("Blue is a colour.", ("a",), 17)
    assert one.notes == other.notes != (str(os.getpid()),)


@pytest.mark.usefixtures("outsider")
def test_our_own_readers_go_before_those_of_others() -> None:
    assert readers.read("a.md", b"# T\n\nText.").markup


@pytest.mark.usefixtures("outsider")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("die", "breaks its reader, or needs more than 1024 MB of memory to be read"),
        ("eat", "needs more memory than it may use to be read; split it"),
        ("need", "needs the Python package no_such_package to be read, which is not installed; install it and run again"),
        ("break", r"cannot be parsed \(KeyError: 'no colour'\)"),
        ("stray", "its reader colours:read gives the document the name 'elsewhere.md'"),
        ("hang", "takes longer than 1 s to be read; split it or save it in another way"),
    ],
)
def test_a_file_that_breaks_its_reader_costs_that_file_only(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "SECONDS_MOST", 1.0 if text == "hang" else 30.0)
    started = time.monotonic()
    with pytest.raises(UnreadableDocument, match=reason):
        readers.read("a.colour", text.encode())
    assert time.monotonic() - started < 15
    assert readers.read("a.colour", b"Blue.").text == "Blue."


def test_other_packages_are_not_looked_up_for_kinds_we_read(monkeypatch: pytest.MonkeyPatch) -> None:
    readers._others.cache_clear()
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **group: pytest.fail("looked up"))
    assert all(readers.readable(f"a{ending}") for ending in readers.READERS)
    assert not readers.readable("LICENSE")


def test_reading_markdown_and_text_starts_no_process_and_loads_no_library() -> None:
    code = (
        "import json, sys\nfrom askdivide.ingestion import readers\n"
        "readers.read('a.md', b'# T\\n\\nText.'); readers.read('b.txt', b'A line of text.')\n"
        "print(json.dumps([readers._worker._process is None, sorted(name.partition('.')[0] for name in sys.modules)]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    no_process, loaded = json.loads(ran.stdout)
    assert no_process
    assert not {"lxml", "trafilatura", "pypdfium2", "csv", "zipfile"} & set(loaded)


def test_size_limits_differ_by_kind_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert readers.largest("a.PDF") == 128 * 1024**2
    assert readers.largest("a.md") == 32 * 1024**2
    monkeypatch.setitem(readers._LARGEST, ".html", 1)
    with pytest.raises(UnreadableDocument, match="is larger than 1 MB; split it into articles"):
        readers.articles("a.html", b" " * 1024**2 + b"1")


def test_read_takes_a_file_of_one_article_only() -> None:
    assert readers.read("a.docx", docx(paragraph("It is one."))).text == "It is one.\n"
    with pytest.raises(UnreadableDocument, match="holds 2 articles, not one"):
        readers.read("a.jsonl", b'{"text": "One."}\n{"text": "Two."}')


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_reading_process_that_was_killed_is_started_again() -> None:
    readers.read("a.json", b'{"text": "One."}')
    process = readers._worker._process
    assert process
    process.kill()
    process.wait()
    assert readers.read("a.json", b'{"text": "Two."}').text == "Two.\n"


def test_an_interrupted_reading_does_not_answer_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(stream: object) -> bytes:
        raise KeyboardInterrupt

    real = confined._receive
    monkeypatch.setattr(confined, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        readers.read("a.json", b'{"text": "One."}')
    monkeypatch.setattr(confined, "_receive", real)
    assert readers.read("b.json", b'{"text": "Two."}').text == "Two.\n"
