"""The catalog by itself: what goes in comes out, filters hold, and a transaction is all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedded, HashEmbedder
from askdivide.index.tables import NewChunk
from askdivide.records import Chunk, Document, Failure, Filters, Sentence
from askdivide.text.terms import terms

LIBRARY = [
    Document("day.md", "The harbour counted ships.", "Day", published="2024-03-14", source="Bay Courier", tags=("Ships", "docks")),
    Document("month.md", "The harbour counted boats.", "Month", published="2024-03", source="Valley Post", tags=("boats",)),
    Document("year.md", "The harbour counted rafts.", "Year", published="2024", source="BAY COURIER"),
    Document("undated.md", "The harbour counted nothing.", "Undated", tags=("ÄRGER",)),
]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    made = Catalog.create(tmp_path / "catalog.sqlite3", {"commit": 0, "embedding": "test:64"})
    for document in LIBRARY:
        put(made, document)
    yield made
    made.close()


def put(catalog: Catalog, document: Document, *chunks: Chunk) -> None:
    """Store `document` with `chunks`, or as one chunk."""
    chunks = chunks or (Chunk(0, len(document.text), "", None, document.text, (Sentence(0, len(document.text)),)),)
    embedder = HashEmbedder(64)
    new = [NewChunk(f"{document.path}:{chunk.start}", f"vector of {chunk.text}", chunk) for chunk in chunks]
    with catalog.transaction("IMMEDIATE"):
        spans = [[(s.start - c.start, s.end - c.start) for s in c.sentences] for c in chunks]
        made = embedder.embed_documents([chunk.text for chunk in chunks], spans)
        catalog.add_vectors(dict(zip([chunk.vector_key for chunk in new], made, strict=True)))
        catalog.replace(document, "version", 10, 20, new)


def paths(catalog: Catalog, filters: Filters) -> list[str]:
    return [row.path for row in catalog.documents(filters)]


def matches(catalog: Catalog, query: str, limit: int = 9, filters: Filters = Filters()) -> list[str]:
    found = catalog.lexical(query, limit, filters)
    rows = catalog.chunks(number for number, _ in found)
    return [rows[number].document.path for number, _ in found]


FILTERS = [
    (Filters(), ["day.md", "month.md", "undated.md", "year.md"]),
    (Filters(since="2024-03-14"), ["day.md", "month.md", "year.md"]),
    (Filters(since="2024-03-15"), ["month.md", "year.md"]),
    (Filters(since="2024-04"), ["year.md"]),
    (Filters(since="2025"), []),
    (Filters(until="2024-03-13"), ["month.md", "year.md"]),
    (Filters(until="2024-02-29"), ["year.md"]),
    (Filters(until="2024-03"), ["day.md", "month.md", "year.md"]),
    (Filters(until="2024"), ["day.md", "month.md", "year.md"]),
    (Filters(until="2023"), []),
    (Filters(since="2024-03-14", until="2024-03-14"), ["day.md", "month.md", "year.md"]),
    (Filters(sources=("bay courier",)), ["day.md", "year.md"]),
    (Filters(sources=("Bay Courier", "Valley Post")), ["day.md", "month.md", "year.md"]),
    (Filters(sources=("Bay",)), []),
    (Filters(tags=("SHIPS",)), ["day.md"]),
    (Filters(tags=("boats", "docks")), ["day.md", "month.md"]),
    (Filters(tags=("ärger",)), ["undated.md"]),
    (Filters(tags=("docks",), sources=("Valley Post",)), []),
    (Filters(tags=("docks",), sources=("Bay Courier",), since="2024", until="2024"), ["day.md"]),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters_by_date_source_and_tag(catalog: Catalog, filters: Filters, expected: list[str]) -> None:
    assert paths(catalog, filters) == expected
    assert sorted(matches(catalog, '"harbor"', 9, filters)) == expected


def test_what_goes_in_comes_out(catalog: Catalog) -> None:
    text = "| Year | Ships |\n| 2023 | 412 |\nÜber 中 𝔘 done."
    document = Document("a/b.md", text, "A title", "2024-03", "Source", "https://example.org", ("x", "Y"), markup=True)
    table = Chunk(17, 31, "Above > Here", 3, text[17:31], (Sentence(17, 31, "row"),), (0, 16), "| Year | Ships |")
    rest = Chunk(32, len(text), "", None, text[32:], (Sentence(32, 38), Sentence(39, len(text))))
    put(catalog, document, table, rest)
    row = catalog.document("a/b.md")
    assert row is not None
    assert (row.title, row.published, row.source, row.url, row.tags, row.markup) == (
        "A title", "2024-03", "Source", "https://example.org", ("x", "Y"), True
    )  # fmt: skip
    assert (row.version, row.size, row.mtime_ns, row.characters) == ("version", 10, 20, len(text))
    assert catalog.text(row.id) == text
    assert catalog.chunk_keys("a/b.md") == {"a/b.md:17", "a/b.md:32"}
    rows = catalog.chunks(catalog.chunk_ids(["a/b.md:17", "a/b.md:32", "unknown"]).values())
    assert [(found.key, found.chunk, found.document) for found in rows.values()] == [("a/b.md:17", table, row), ("a/b.md:32", rest, row)]
    assert [found.sentence_vectors.shape for found in rows.values()] == [(1, 64), (2, 64)]
    assert catalog.counts() == (5, 6)
    assert catalog.document("nowhere.md") is None


def test_vectors_are_exact_and_those_of_sentences_nearly(catalog: Catalog) -> None:
    rng = np.random.default_rng(1)
    made = {}
    for number in range(20):
        vectors = rng.normal(size=(4, 384)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        made[f"k{number}"] = Embedded(vectors[0], vectors[1:])
    catalog.add_vectors(made | {"none": Embedded(made["k0"].vector, np.zeros((0, 384), np.float32))})
    assert catalog.stored_vectors(["k3", "gone"]) == {"k3"}
    kept = catalog.embedded([*made, "none", "gone"])
    assert kept.keys() == made.keys() | {"none"}
    for key, embedded in made.items():
        assert np.array_equal(catalog.vectors([key])[key], embedded.vector)
        assert np.array_equal(kept[key].vector, embedded.vector)
        assert (1 - (kept[key].sentences * embedded.sentences).sum(axis=1) < 1e-3).all()
    assert kept["none"].sentences.shape == (0, 384)
    catalog.drop_unused_vectors()
    assert catalog.stored_vectors([*made, "none"]) == set()
    assert len(catalog.chunks(catalog.chunk_ids(sorted(catalog.chunk_keys())).values())) == 4


def test_replacing_and_removing_leave_nothing_behind(catalog: Catalog) -> None:
    put(catalog, Document("day.md", "The quay counted geese.", "Day"))
    assert matches(catalog, '"ship"') == []
    assert matches(catalog, '"gees" OR "goos"') == ["day.md"]
    assert paths(catalog, Filters(sources=("Bay Courier",))) == ["year.md"]
    with catalog.transaction("IMMEDIATE"):
        for document in LIBRARY:
            catalog.remove(document.path)
        catalog.remove("nowhere.md")
    assert catalog.counts() == (0, 0)
    assert catalog.chunk_keys() == set()
    assert catalog.lexical('"harbor"', 9) == []
    assert catalog.chunks_with(["harbor"]) == {}


def test_best_matches_come_first_and_no_more_than_asked(catalog: Catalog) -> None:
    put(catalog, Document("best.md", "Rafts, rafts and rafts.", "Rafts"))
    assert matches(catalog, '"raft"') == ["best.md", "year.md"]
    assert matches(catalog, '"raft"', 1) == ["best.md"]
    scores = [score for _, score in catalog.lexical('"raft"', 9)]
    assert scores[0] > scores[1] > 0
    assert len(matches(catalog, '"harbor"', 3)) == 3
    assert matches(catalog, "") == []


def test_chosen_chunks_are_scored_beside_the_best_ones(catalog: Catalog) -> None:
    put(catalog, Document("best.md", "Rafts, rafts and rafts.", "Rafts"))
    every = catalog.lexical('"harbor"', 9)
    last, unmatched = every[-1][0], catalog.lexical('"raft"', 1)[0][0]
    assert len(every) > 3
    assert unmatched not in dict(every)
    assert catalog.lexical('"harbor"', 1, beside=[last]) == [every[0], every[-1]]
    assert catalog.lexical('"harbor"', 2, beside=[every[0][0], unmatched]) == every[:2]
    assert catalog.lexical('"harbor"', 0, beside=[last, unmatched]) == [every[-1]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("Undated", ["undated.md"]), ("valley", ["month.md"]), ("docks", ["day.md"]), ("Ärger", ["undated.md"]), ("14", ["day.md"])],
)
def test_title_source_date_and_tags_are_matched_too(catalog: Catalog, words: str, expected: list[str]) -> None:
    assert matches(catalog, f'"{terms(words)[0]}"') == expected


def test_the_outline_of_a_document_is_in_its_order(catalog: Catalog) -> None:
    text = "One.\n\nTwo.\n"
    second, first = Chunk(6, 10, "A > B", 3, "Two.", (Sentence(6, 10),)), Chunk(0, 4, "A", None, "One.", (Sentence(0, 4),))
    put(catalog, Document("long.md", text, "Long"), second, first)
    row = catalog.document("long.md")
    assert row
    assert catalog.outline(row.id) == [(0, 4, "A", None), (6, 10, "A > B", 3)]
    assert catalog.chunk_counts()[row.id] == 2
    assert set(catalog.chunk_counts()) == {one.id for one in catalog.documents()}


def test_how_many_chunks_hold_a_term(catalog: Catalog) -> None:
    assert catalog.chunks_with(["harbor", "ship", "zebra"]) == {"harbor": 4, "ship": 1}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    made = Catalog.create(tmp_path_factory.mktemp("odd") / "catalog.sqlite3", {})
    yield made
    made.close()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.text(min_size=1, max_size=40))
@example(text="It cost 2,5 million.")
@example(text="アニ・メ")
@example(text="ஔ")
@example(text="price:1,234,567.89")
@example(text="O'Neill’s x², ½")
def test_every_term_of_a_text_finds_it(odd: Catalog, text: str) -> None:
    put(odd, Document("odd.md", text, ""))
    for term in terms(text):
        assert matches(odd, f'"{term}"') == ["odd.md"], term
        assert odd.chunks_with([term]) == {term: 1}


def test_a_transaction_is_all_or_nothing(catalog: Catalog) -> None:
    with pytest.raises(KeyboardInterrupt), catalog.transaction("IMMEDIATE"):  # noqa: PT012
        catalog.remove("day.md")
        assert catalog.counts() == (3, 3)
        raise KeyboardInterrupt
    assert catalog.counts() == (4, 4)


def test_a_reader_keeps_the_state_it_began_with(catalog: Catalog) -> None:
    reader = Catalog(catalog.file)
    version = reader.data_version()
    with reader.transaction():
        assert reader.counts() == (4, 4)
        assert reader.chunks_with(["ship", "kite"]) == {"ship": 1}
        with catalog.transaction("IMMEDIATE"):
            catalog.remove("day.md")
        assert reader.counts() == (4, 4)
        assert reader.chunks_with(["ship"]) == {"ship": 1}
        assert matches(reader, '"ship"') == ["day.md"]
    assert reader.counts() == (3, 3)
    assert reader.chunks_with(["ship"]) == {}
    assert reader.data_version() != version
    reader.close()


def test_a_reader_cannot_write(catalog: Catalog) -> None:
    reader = Catalog(catalog.file)
    with pytest.raises(IndexProblem, match="cannot be written .*readonly.*; check its permissions"):
        reader.set_manifest({"commit": 1})
    reader.close()
    assert catalog.manifest() == {"commit": 0, "embedding": "test:64"}


def test_manifest_failures_and_journal(catalog: Catalog) -> None:
    catalog.set_manifest({"commit": 7, "complete": True})
    assert catalog.manifest() == {"commit": 7, "complete": True, "embedding": "test:64"}
    catalog.set_failures([Failure("b.md", "is empty"), Failure("a.md", "is a binary file")], {})
    catalog.set_failures([Failure("b.md", "is empty"), Failure("a.md", "takes long")], {"a.md": "c0ffee"})
    assert catalog.failures() == [Failure("a.md", "takes long"), Failure("b.md", "is empty")]
    assert catalog.given_up() == {"c0ffee": "takes long"}
    catalog.add_pending(["x", "y", "x"])
    assert sorted(catalog.pending()) == ["x", "y"]
    catalog.clear_pending()
    assert catalog.pending() == []
    catalog.touch("day.md", 11, 22)
    row = catalog.document("day.md")
    assert row is not None
    assert (row.size, row.mtime_ns) == (11, 22)


@pytest.mark.parametrize("content", [b"", b"garbage " * 1000, None])
def test_what_is_no_catalog_is_damaged(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "catalog.sqlite3"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"is not a readable catalog \(.*\); run: askdivide index --rebuild"):
        Catalog(file)
    assert file.exists() == (content is not None)


def test_a_name_with_every_odd_character_is_a_file_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / "a ?#%20;ü"
    folder.mkdir()
    Catalog.create(folder / "catalog.sqlite3", {"commit": 1}).close()
    assert Catalog(folder / "catalog.sqlite3").manifest() == {"commit": 1}


def test_which_terms_an_article_has_in_its_text_title_or_headings(catalog: Catalog) -> None:
    put(catalog, Document("long.md", "One pier.\n\nTwo quays.\n\nThree docks.", "Piers of Ostrava"))
    by_path = {row.path: row.id for row in catalog.documents()}
    asked = ["pier", "quay", "ostrava", "raft", "undat", "zebra"]
    assert catalog.terms_in(by_path["long.md"], asked) == {"pier", "quay", "ostrava"}
    assert catalog.terms_in(by_path["year.md"], asked) == {"raft"}
    assert catalog.terms_in(by_path["undated.md"], asked) == {"undat"}
    catalog.remove("long.md")
    assert catalog.terms_in(by_path["long.md"], asked) == set()
