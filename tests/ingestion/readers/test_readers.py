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
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

OUTSIDER = """
import os, sys, time
from askdivide.ingestion.readers import Articles
from askdivide.records import Block, Document, Failure

def made(path, blocks=(Block("text", 0, 5),), **more):
    return Document(**{"path": path, "text": "Blue.", "title": "T", "blocks": blocks, **more})

def read(path, data):
    text = data.decode()
    if text == "hang": time.sleep(60)
    if text == "die": os.abort()
    if text == "eat": bytearray(4 * 1024**3)
    if text == "need": import no_such_package
    if text == "break": raise KeyError("no colour")
    print("libraries print"); os.write(1, b"and write")
    name = "elsewhere.md" if text == "stray" else path
    if text.startswith("give "): return eval(text[5:])
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


@pytest.mark.usefixtures("outsider")
def test_a_file_that_takes_too_long_is_told_again_and_not_tried_until_it_changes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "SECONDS_MOST", 1.0)
    file = settings.corpus / "a.colour"
    file.write_text("hang", encoding="utf-8")
    first = reindex(settings)
    assert [(one.document, one.reason) for one in first.failed] == [
        ("a.colour", "takes longer than 1 s to be read; split it or save it in another way")
    ]
    with monkeypatch.context() as patch:
        patch.setattr(confined.Worker, "read", lambda *given: pytest.fail("it is tried again"))
        assert reindex(settings, checksum=True).failed == first.failed
    file.write_text("Blue.", encoding="utf-8")
    assert reindex(settings).failed == ()


@pytest.mark.usefixtures("outsider")
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("None", "gives None where a Document is due"),
        ("[made(path)]", "gives an object of type list where a Document is due"),
        (
            "made(path, published='not a date')",
            "gives published as 'not a date'; it has to be an ISO date such as 2025-01-31, 2025-01 or 2025",
        ),
        ("made(path, published='2025-02-30')", "gives published as '2025-02-30'; it has to be an ISO date"),
        ("made(path, published='2025-1')", "gives published as '2025-1'; it has to be an ISO date"),
        ("made(path, published=2025)", "gives published as 2025; it has to be None, or text"),
        ("made(path, source=5)", "gives source as 5; it has to be None, or text that UTF-8 can hold"),
        ("made(path, url=object())", "gives url as an object of type object; it has to be None, or text"),
        ("made(path, title=None)", "gives title as None; it has to be text, all of which UTF-8 can hold"),
        ("made(path, text=b'Blue.')", "gives text as an object of type bytes; it has to be text"),
        ("made(path, text='Blu' + chr(0xd800))", r"gives text as 'Blu\\ud800'; it has to be text, all of which UTF-8 can hold"),
        ("made(path, tags='ab')", "gives tags as 'ab'; it has to be a tuple of texts"),
        ("made(path, notes=(1,))", r"gives notes as \(1,\); it has to be a tuple of texts"),
        ("made(path, markup='no')", "gives markup as 'no'; it has to be True or False"),
        ("made(path, blocks=None)", "gives blocks as None; it has to be a tuple of Blocks"),
        ("made(path, blocks=[('text', 0, 5)])", "gives an object of type tuple as block 1; it has to be a Block"),
        ("made(path, blocks=[Block('prose', 0, 5)])", "gives block 1 the kind 'prose'; there are heading, text, item, table, code, noise"),
        ("made(path, blocks=[Block('text', 0, 5.0)])", "whole numbers from 0"),
        ("made(path, blocks=[Block('text', 0, 5, page=2**40)])", "whole numbers from 0"),
        (
            "made(path, blocks=[Block('text', 0, 9)])",
            "gives block 1 the span 0 to 9; spans have to be in order, and within the 5 characters",
        ),
        ("made(path, blocks=[Block('text', 2, 5), Block('text', 0, 2)])", "gives block 2 the span 0 to 2; spans have to be in order"),
        ("made(path, blocks=())", "gives no block with text that can be quoted"),
        ("made(path, blocks=[Block('heading', 0, 5), Block('text', 5, 5)])", "gives no block with text that can be quoted"),
        ("Articles(())", "finds no articles"),
        ("Articles(made(path))", "gives Articles that are no tuple of Documents and tuple of Failures"),
        ("Articles((made(path),), ('broken',))", "gives failed articles that are no Failures of two texts"),
        (
            "Articles((made(path, url=1),))",
            "holds no article that can be read; the first cannot be read: its reader colours:read gives url as 1",
        ),
    ],
)
def test_what_another_packages_reader_gives_is_checked(given: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        readers.read("a.colour", f"give {given}".encode())
    assert "its reader colours:read" in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.usefixtures("outsider")
def test_one_article_that_its_reader_gets_wrong_does_not_lose_the_others() -> None:
    given = (
        "Articles([made(path + '/1'), made(path + '/x', source=5), made(path + '/1', title='Again'), 7], [Failure(path + '/y', 'is cut')])"
    )
    found = readers.articles("a.colour", f"give {given}".encode())
    assert [one.path for one in found.documents] == ["a.colour/1"]
    begun = "cannot be read: its reader colours:read gives"
    assert {one.document: one.reason for one in found.failed} == {
        "a.colour/y": "is cut",
        "a.colour/x": f"{begun} source as 5; it has to be None, or text that UTF-8 can hold",
        "a.colour/1": f"{begun} two documents this name",
        "a.colour/4": f"{begun} an object of type int where a Document is due",
    }


@pytest.mark.usefixtures("outsider")
def test_dates_of_every_precision_and_none_are_taken() -> None:
    for published in ("2025", "2025-01", "2024-02-29", None):
        assert readers.read("a.colour", f"give made(path, published={published!r})".encode()).published == published


@pytest.mark.usefixtures("outsider")
def test_a_reader_that_errs_does_not_end_the_run(settings: Settings) -> None:
    (settings.corpus / "a.colour").write_text("give made(path, published='not a date')", encoding="utf-8")
    (settings.corpus / "b.colour").write_text("give exec('raise ValueError(chr(0xd800))')", encoding="utf-8")
    (settings.corpus / "c.colour").write_text("Blue is a colour.", encoding="utf-8")
    report = reindex(settings)
    assert [failure.document for failure in report.failed] == ["a.colour", "b.colour"]
    assert report.documents == 4


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


def test_a_date_that_an_article_does_not_tell_is_taken_from_its_address_or_else_its_path() -> None:
    def dates(path: str, text: str) -> list[str | None]:
        return [document.published for document in readers.articles(path, text.encode()).documents]

    assert dates("2024-03-01-harbour.md", "Blue.") == ["2024-03-01"]
    assert dates("news/2024/03/01/harbour.txt", "Blue.") == ["2024-03-01"]
    assert dates("2024-03-01-harbour.md", "---\ndate: 2023-05-06\n---\nBlue.") == ["2023-05-06"]
    assert dates("2024-03-01-harbour.md", "---\nurl: https://example.org/2022/07/08/harbour\n---\nBlue.") == ["2022-07-08"]
    # The day of a file of many articles is that of none of them.
    lines = [{"text": "Blue.", "url": "https://example.org/2022/07/08/a"}, {"text": "Red."}]
    assert dates("2024-03-01-feed.jsonl", "\n".join(map(json.dumps, lines))) == ["2022-07-08", None]
