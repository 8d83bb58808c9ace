"""Citations: exact spans of exact versions of articles, numbered by first use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant, marked_text
from askdivide.answering.citations import Citations
from askdivide.ingestion.reindex import reindex
from askdivide.records import Claim
from askdivide.retrieval.search import Hit, prepare, search
from askdivide.settings import Settings


@contextmanager
def found(settings: Settings, question: str) -> Iterator[tuple[Citations, list[Hit]]]:
    assistant = Assistant.open(settings)
    with assistant.index.reading() as catalog:
        yield Citations(catalog), search(assistant.index, catalog, prepare(assistant.index, question), top_k=20)


def test_spans_are_numbered_in_the_order_of_their_first_use(indexed: Settings) -> None:
    with found(indexed, "harbour lighthouse pear") as (citations, hits):
        harbour = next(hit for hit in hits if hit.row.document.path == "harbour.md")
        orchard = next(hit for hit in hits if hit.row.document.path == "orchards.txt")
        start = orchard.row.chunk.start
        first, second, third = (orchard, start, start + 4), (harbour, 140, 150), (orchard, start, start + 5)
        assert [citations.cite(*one).number for one in (first, second, first, third, second)] == [1, 2, 1, 3, 2]
        assert [citation.number for citation in citations.all()] == [1, 2, 3]
        assert citations.cite(*first) is citations.all()[0]


def test_a_citation_says_all_that_is_known_of_its_article(indexed: Settings) -> None:
    with found(indexed, "How many ships did the harbour handle in 2023?") as (citations, hits):
        hit = next(hit for hit in hits if "412 ships" in hit.row.chunk.text)
        citation = citations.cite(hit, hit.row.chunk.start, hit.row.chunk.start + 7)
    assert (citation.document, citation.title, citation.source) == ("harbour.md", "The harbour of Ostrava Bay", "Bay Courier")
    assert (citation.published, citation.url, citation.heading, citation.page) == ("2024-03-01", None, "Traffic", None)
    assert citation.quote == "In 2023"
    assert citation.version == hashlib.sha256((indexed.corpus / "harbour.md").read_bytes()).hexdigest()


TEXTS = {
    "Windows line ends": b"# Docks\r\n\r\nOne.\r\n\r\nThe dry dock\r\nis **deep**. Two.\r\n",
    "old Mac line ends": b"# Docks\r\rOne.\r\rThe dry dock\ris **deep**. Two.\r",
    "a byte order mark": "\ufeff# Docks\n\nOne.\n\nThe dry dock is deep. Two.\n".encode(),
    "characters beyond 16 bits": "# 🚢🚢 Docks\n\n𝔒ne 👩‍💻.\n\nThe dry 🚢 dock is deep. Two.\n".encode(),
    "combining marks": "# Docks\n\nE\u0301te\u0301 Å.\n\nThe dry dock is deep, e\u0301. Two.\n".encode(),
    "no-break spaces": "# Docks\n\nOne\u00a0two.\n\nThe dry\u00a0dock is deep. Two.\n".encode(),
    "front matter and CRLF": b"---\r\ntitle: Docks\r\n---\r\n\r\nOne.\r\n\r\nThe dry dock is deep. Two.\r\n",
    "tabs and form feeds": b"# Docks\n\n\tcode\n\nThe dry\tdock\x0cis deep. Two.\n",
    "line separators": "# Docks\n\nOne\u2028two\x85three.\n\nThe dry dock is deep. Two.\n".encode(),
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ["docks.md", "docks.txt"])
def test_the_quote_is_what_python_reads_at_the_span(tmp_path: Path, name: str, kind: str) -> None:
    file = tmp_path / "corpus" / "sub folder" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(TEXTS[kind])
    named = {"corpus": tmp_path / "corpus", "index": tmp_path / "index", "cache": tmp_path / "cache"}
    settings = Settings(**named, reader="none", embedding="test:256", refuse_below=0)
    reindex(settings)
    answer = Assistant.open(settings).ask("Is the dry dock deep?")
    assert answer.citations
    assert any("deep" in citation.quote for citation in answer.citations)
    with open(settings.corpus / "sub folder" / name, encoding="utf-8") as opened:
        text = opened.read()
    for citation in answer.citations:
        assert citation.document == f"sub folder/{name}"
        assert text[citation.start : citation.end] == citation.quote == citation.quote.strip()
    for passage in (*answer.consulted, *answer.read):
        assert text[passage.start : passage.end] == passage.text


def test_a_citation_is_of_the_version_that_was_indexed(indexed: Settings) -> None:
    before = (indexed.corpus / "harbour.md").read_text(encoding="utf-8")
    (indexed.corpus / "harbour.md").write_text("Rewritten since.\n", encoding="utf-8")
    answer = Assistant.open(indexed).ask("Who founded the harbour?")
    citation = answer.citations[0]
    assert citation.version == hashlib.sha256(before.encode()).hexdigest()
    assert before[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ([], ""),
        ([Claim("One.", (1,), "quoted")], "One. [1]"),
        ([Claim("One.", (1, 2), "quoted"), Claim("Two.", (), "uncited"), Claim("Three.", (1,), "quoted")], "One. [1] [2] Two. Three. [1]"),
    ],
)
def test_markers_stand_behind_their_claims(claims: list[Claim], text: str) -> None:
    assert marked_text(claims) == text
