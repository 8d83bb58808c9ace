"""Chroma by itself: nearest neighbours, the same filters as the catalog, and errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.api.models.Collection import Collection
from chromadb.errors import InternalError

from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedded, Vectors, unit
from askdivide.index.tables import NewChunk
from askdivide.index.vectors import ChromaVectors, metadata, present
from askdivide.records import Chunk, Document, Filters

EVERY = Filters()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    ChromaVectors.forget()


def some(number: int, dimension: int = 32) -> list[Vectors]:
    return list(unit(np.random.default_rng(number).normal(size=(number, dimension)).astype(np.float32)))


def documents() -> list[Document]:
    """Of 240 articles, one in 12 for each combination of date, source and tags."""
    dates, sources = ("2024-03-14", "2024-03", "2023", None), ("Bay Courier", "VALLEY Post", None)
    return [
        Document(f"{n}.md", "", "", dates[n % 4], sources[n % 3], tags=(("Ships", "docks"), ("boats",))[n % 2] if n % 3 else ())
        for n in range(240)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[ChromaVectors, Catalog, list[Vectors]]:
    """The same articles in Chroma and in a catalog."""
    folder = tmp_path_factory.mktemp("library")
    vectors = ChromaVectors(folder / "chroma", create=True)
    made = some(240)
    vectors.upsert([document.path for document in documents()], made, [metadata(document) for document in documents()])
    catalog = Catalog.create(folder / "catalog.sqlite3", {})
    for document in documents():
        catalog.add_vectors({document.path: Embedded(made[0], np.zeros((0, 32), np.float32))})
        catalog.replace(document, "", 0, 0, [NewChunk(document.path, document.path, Chunk(0, 0, "", None, "harbour", ()))])
    return vectors, catalog, made


@pytest.mark.parametrize(
    "filters",
    [
        EVERY,
        Filters(since="2024-03-14"),
        Filters(since="2024-04"),
        Filters(until="2024-03-13"),
        Filters(since="2023", until="2023-12"),
        Filters(until="2022"),
        Filters(sources=("bay courier",)),
        Filters(sources=("Bay Courier", "valley post")),
        Filters(tags=("BOATS",)),
        Filters(tags=("boats", "docks")),
        Filters(since="2024", until="2024-03-14", sources=("VALLEY POST",), tags=("ships",)),
        Filters(tags=("nobody",)),
        Filters(documents=(documents()[0].path, documents()[3].path, "nothing.md")),
        Filters(documents=(documents()[0].path,), until="1999"),
    ],
)
def test_filters_give_the_same_articles_as_the_catalog_and_full_limits(
    library: tuple[ChromaVectors, Catalog, list[Vectors]], filters: Filters
) -> None:
    vectors, catalog, made = library
    expected = {row.path for row in catalog.documents(filters)}
    assert set(vectors.nearest(made[7], 300, filters)) == expected
    for limit in (1, 5, 60):
        found = vectors.nearest(made[7], limit, filters)
        assert len(found) == len(set(found)) == min(limit, len(expected))
        assert set(found) <= expected
    rows = catalog.chunks(number for number, _ in catalog.lexical('"harbor"', 300, filters))
    assert {row.document.path for row in rows.values()} == expected


def test_nearest_first_by_cosine(library: tuple[ChromaVectors, Catalog, list[Vectors]]) -> None:
    vectors, _, made = library
    query = some(3)[2]
    exact = sorted(range(240), key=lambda number: -float(made[number] @ query))
    assert vectors.nearest(query, 20, EVERY) == [f"{number}.md" for number in exact[:20]]
    assert vectors.nearest(query * 7, 20, EVERY) == [f"{number}.md" for number in exact[:20]]


def test_an_older_collection_is_searched_as_widely_as_a_new_one(tmp_path: Path) -> None:
    old = chromadb.PersistentClient(str(tmp_path / "chroma"), settings=chromadb.Settings(anonymized_telemetry=False))
    made = old.create_collection("chunks", embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 10}})
    vectors = some(3000, 64)
    made.upsert(ids=[str(number) for number in range(3000)], embeddings=np.array(vectors))
    query = some(7, 64)[0]
    exact = [str(number) for number in np.argsort(-(np.array(vectors) @ query))[:10]]
    ChromaVectors.forget()
    assert ChromaVectors(tmp_path / "chroma").nearest(query, 10, EVERY) != exact
    ChromaVectors.forget()
    ChromaVectors(tmp_path / "chroma", create=True)
    ChromaVectors.forget()
    assert ChromaVectors(tmp_path / "chroma").nearest(query, 10, EVERY) == exact


def test_an_older_collection_waits_for_a_client_that_still_has_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = chromadb.PersistentClient(str(tmp_path / "chroma"), settings=chromadb.Settings(anonymized_telemetry=False))
    client.create_collection("chunks", embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 10}})
    modify, tries = Collection.modify, []

    def locked(collection: Collection, **given: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise InternalError("database is locked")
        modify(collection, **given)

    ChromaVectors.forget()
    monkeypatch.setattr(Collection, "modify", locked)
    ChromaVectors(tmp_path / "chroma", create=True)
    assert len(tries) == 3


def test_settled_changes_are_on_disk_and_are_not_done_again(tmp_path: Path) -> None:
    def waiting() -> int:
        with closing(sqlite3.connect(tmp_path / "chroma" / "chroma.sqlite3")) as db:
            return int(db.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0])

    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    made = some(300)
    vectors.upsert([f"{number}" for number in range(300)], made, [metadata(Document("a.md", "", ""))] * 300)
    assert waiting() >= 300
    vectors.settle()
    assert waiting() < 10
    assert vectors.keys() == {f"{number}" for number in range(300)}
    ChromaVectors.forget()
    assert ChromaVectors(tmp_path / "chroma").nearest(made[7], 1, EVERY) == ["7"]


def test_equal_vectors_do_not_hide_others(tmp_path: Path) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    same, *others = some(6)
    near, far = (metadata(Document("a.md", "", "", source=source)) for source in ("near", "far"))
    vectors.upsert([f"n{n}" for n in range(300)] + [f"f{n}" for n in range(5)], [same] * 300 + others, [near] * 300 + [far] * 5)
    only = Filters(sources=("far",))
    order = [f"f{n}" for n in sorted(range(5), key=lambda n: -float(others[n] @ same))]
    assert vectors.nearest(same, 60, only) == order
    assert vectors.nearest(same, 305, EVERY)[-5:] == order


def test_what_is_written_twice_counts_once_and_what_is_deleted_is_gone(tmp_path: Path) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    one, two, three = some(3)
    details = metadata(Document("a.md", "", ""))
    vectors.upsert(["a", "b"], [one, two], [details, details])
    vectors.upsert(["b", "c"], [three, two], [details, details])
    assert (vectors.count(), vectors.keys()) == (3, {"a", "b", "c"})
    assert vectors.nearest(three, 1, EVERY) == ["b"]
    vectors.delete(["a", "unknown"])
    vectors.delete([])
    vectors.upsert([], [], [])
    assert vectors.keys() == {"b", "c"}
    ChromaVectors.forget()
    assert ChromaVectors(tmp_path / "chroma").nearest(three, 9, EVERY) == ["b", "c"]


def test_more_records_than_chroma_takes_in_a_call(tmp_path: Path) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    keys = [f"k{number}" for number in range(5500)]
    vectors.upsert(keys, some(5500, 8), [metadata(Document("a.md", "", ""))] * 5500)
    assert vectors.count() == 5500
    vectors.delete(keys[1:])
    assert vectors.keys() == {"k0"}


def test_metadata_taken_back_no_longer_filters(tmp_path: Path) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    (one,) = some(1)
    vectors.upsert(["a"], [one], [metadata(Document("a.md", "", "", "2024", "Bay Courier", tags=("ships",)))])
    only = (Filters(since="2024"), Filters(until="2024"), Filters(sources=("bay courier",)), Filters(tags=("ships",)))
    assert [vectors.nearest(one, 9, filters) for filters in only] == [["a"]] * 4
    vectors.upsert(["a"], [one], [metadata(Document("a.md", "", ""))])
    assert [vectors.nearest(one, 9, filters) for filters in only] == [[]] * 4
    assert vectors.nearest(one, 9, EVERY) == ["a"]


def test_an_empty_collection_has_no_nearest(tmp_path: Path) -> None:
    assert ChromaVectors(tmp_path / "chroma", create=True).nearest(some(1)[0], 5, EVERY) == []


def test_looking_for_vectors_makes_none(tmp_path: Path) -> None:
    assert not present(tmp_path / "chroma")
    with pytest.raises(IndexDamaged, match=r"the vectors in .*/chroma are missing; run: askdivide index$"):
        ChromaVectors(tmp_path / "chroma")
    assert not (tmp_path / "chroma").exists()
    ChromaVectors(tmp_path / "chroma", create=True)
    assert present(tmp_path / "chroma")


def test_a_folder_deleted_while_open_can_be_made_again(tmp_path: Path) -> None:
    ChromaVectors(tmp_path / "chroma", create=True).upsert(["a"], some(1), [metadata(Document("a.md", "", ""))])
    shutil.rmtree(tmp_path / "chroma")
    ChromaVectors.forget()
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    assert vectors.keys() == set()
    vectors.upsert(["b"], some(1), [metadata(Document("a.md", "", ""))])
    assert vectors.keys() == {"b"}


def test_a_search_that_meets_a_file_half_written_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    vectors.upsert(["a"], some(1), [metadata(Document("a.md", "", ""))])
    real, failures = Collection.query, [InternalError("Error deserializing pickle file")] * 2

    def query(*args: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*args, **more)

    monkeypatch.setattr(Collection, "query", query)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert vectors.nearest(some(1)[0], 5, EVERY) == ["a"]
    failures.extend([InternalError("Error\nfinding id")] * 9)
    with pytest.raises(IndexDamaged, match=r"cannot be used \(Error finding id\); run: askdivide index --rebuild"):
        vectors.nearest(some(1)[0], 5, EVERY)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads where Linux lists them")
def test_clients_that_are_forgotten_leave_no_threads_or_files(tmp_path: Path) -> None:
    def held() -> int:
        return len(os.listdir("/proc/self/task")) + len(os.listdir("/proc/self/fd"))

    ChromaVectors(tmp_path / "chroma", create=True).upsert(["a"], some(1), [metadata(Document("a.md", "", ""))])
    counts = []
    for _ in range(15):
        assert ChromaVectors(tmp_path / "chroma").nearest(some(1)[0], 1, EVERY) == ["a"]
        ChromaVectors.forget()
        counts.append(held())
    assert counts[-1] <= counts[2] + 30


def test_files_that_are_not_chromas_are_damage(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"garbage " * 1000)
    with pytest.raises(IndexDamaged, match=r"the vectors in .*/chroma cannot be used \(.*\); run: askdivide index --rebuild") as damaged:
        ChromaVectors(tmp_path / "chroma")
    assert "\n" not in str(damaged.value)


def test_vectors_of_another_length_are_damage_and_not_a_crash(tmp_path: Path) -> None:
    vectors = ChromaVectors(tmp_path / "chroma", create=True)
    vectors.upsert(["a"], some(1), [metadata(Document("a.md", "", ""))])
    with pytest.raises(IndexProblem, match="run: askdivide index --rebuild"):
        vectors.nearest(some(1, 64)[0], 5, EVERY)
