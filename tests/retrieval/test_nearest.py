"""The nearest chunks under filters: the same ones whichever of the three ways finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedded, Vectors, unit
from askdivide.index.tables import NewChunk
from askdivide.index.vectors import ChromaVectors, metadata
from askdivide.records import Chunk, Document, Filters
from askdivide.retrieval import nearest as module
from askdivide.retrieval.nearest import nearest

VECTORS: Vectors = unit(np.random.default_rng(5).normal(size=(300, 16)).astype(np.float32))
QUERY: Vectors = unit(np.random.default_rng(6).normal(size=16).astype(np.float32))


@dataclass
class Opened:
    """What `nearest` asks of an index."""

    store: ChromaVectors | None
    vectors_open: bool = True

    def vectors(self, catalog: Catalog) -> ChromaVectors:
        assert self.store, "Chroma was opened"
        return self.store


def found_by(store: ChromaVectors | None, catalog: Catalog, limit: int, filters: Filters, *, opened: bool = True) -> list[int]:
    index: Any = Opened(store, opened)
    return nearest(index, catalog, QUERY, limit, filters)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ChromaVectors, Catalog]]:
    """Of 300 articles of one chunk each, one in ten of its own source, one in three with a date."""
    folder: Path = tmp_path_factory.mktemp("library")
    catalog = Catalog.create(folder / "catalog.sqlite3", {"commit": 0})
    store = ChromaVectors(folder / "chroma", create=True)
    with catalog.transaction("IMMEDIATE"):
        for number, vector in enumerate(VECTORS):
            document = Document(
                f"{number}.md", "", "", "2024-05-01" if number % 3 == 0 else None, "Bay Courier" if number % 10 == 0 else None
            )
            catalog.add_vectors({str(number): Embedded(vector, vector[None, :])})
            catalog.replace(document, "", 0, 0, [NewChunk(str(number), str(number), Chunk(0, 0, "", None, "", ()))])
            store.upsert([str(number)], [vector], [metadata(document)])
    yield store, catalog
    catalog.close()
    ChromaVectors.forget()


def passing(filters: Filters) -> list[int]:
    return [
        number
        for number in range(300)
        if (not filters.since or number % 3 == 0)
        and (not filters.sources or number % 10 == 0)
        and (not filters.documents or f"{number}.md" in filters.documents)
    ]


@pytest.mark.parametrize(("few", "most"), [(2000, 2000), (0, 2000), (0, 0)], ids=["compared", "sifted", "left to Chroma"])
@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(since="2024"),
        Filters(sources=("bay courier",)),
        Filters(since="2024", sources=("bay courier",)),
        Filters(documents=("7.md", "8.md", "nothing.md")),
        Filters(documents=("nothing.md",)),
    ],
)
def test_the_nearest_that_pass_in_order(
    library: tuple[ChromaVectors, Catalog], filters: Filters, few: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW", few)
    monkeypatch.setattr(module, "_MOST", most)
    store, catalog = library
    expected = sorted(passing(filters), key=lambda number: -float(VECTORS[number] @ QUERY))
    for limit in (1, 8, 40):
        rows = catalog.chunks(found := found_by(store, catalog, limit, filters))
        assert [rows[one].document.path for one in found] == [f"{number}.md" for number in expected[:limit]]


def test_what_passes_far_away_is_found_too(library: tuple[ChromaVectors, Catalog], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 0)
    store, catalog = library
    far = sorted(range(300), key=lambda number: float(VECTORS[number] @ QUERY))[:100]
    found = found_by(store, catalog, 20, Filters(documents=tuple(f"{number}.md" for number in far)))
    rows = catalog.chunks(found)
    assert [rows[one].document.path for one in found] == [f"{number}.md" for number in reversed(far)][:20]


def test_a_key_that_the_catalog_does_not_know_is_left_out(library: tuple[ChromaVectors, Catalog]) -> None:
    store, catalog = library
    store.upsert(["unknown"], [QUERY], [metadata(Document("gone.md", "", ""))])
    try:
        assert len(found_by(store, catalog, 5, Filters())) == 4
    finally:
        store.delete(["unknown"])


def test_of_few_chunks_chroma_is_not_opened_for_one_question(
    library: tuple[ChromaVectors, Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, catalog = library
    assert found_by(None, catalog, 40, Filters(), opened=False) == found_by(store, catalog, 40, Filters())
    monkeypatch.setattr(module, "_FEW", 299)
    with pytest.raises(AssertionError, match="Chroma was opened"):
        found_by(None, catalog, 40, Filters(), opened=False)
    assert found_by(store, catalog, 40, Filters(), opened=False) == found_by(store, catalog, 40, Filters())


def test_of_an_empty_index_nothing_is_near(tmp_path: Path) -> None:
    catalog = Catalog.create(tmp_path / "catalog.sqlite3", {"commit": 0})
    assert found_by(None, catalog, 5, Filters(), opened=False) == []
    catalog.close()
