"""Nearest neighbours from Chroma: a cache of the catalog's vectors that can be filled again at any time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.catalog import DocumentRow
from askdivide.index.embedding import Vectors
from askdivide.records import Document, Filters
from askdivide.text.dates import date_number

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_COLLECTION = "chunks"
_BATCH = 2000
"""Chroma takes at most 5,461 records in a call."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


class ChromaVectors:
    """The collection of chunk vectors in one folder."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        # Both are also off in the client's settings; some builds read the environment first.
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import chromadb
        from chromadb.config import Settings

        if not create and not present(folder):
            raise IndexDamaged(f"the vectors in {folder} are missing; run: askdivide index")
        with translated(folder):
            client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
            if create:
                self._collection: Collection = client.get_or_create_collection(
                    _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
                )
            else:
                self._collection = client.get_collection(_COLLECTION, embedding_function=None)

    @staticmethod
    def forget() -> None:
        """Drop Chroma's cached state, so that the next opening sees what other processes have written."""
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()

    def upsert(self, keys: Sequence[str], vectors: Sequence[Vectors], metadata: Sequence[Mapping[str, Any]]) -> None:
        """Store vectors with what they are filtered by."""
        with translated(self.folder):
            for start in range(0, len(keys), _BATCH):
                part = slice(start, start + _BATCH)
                self._collection.upsert(
                    ids=list(keys[part]), embeddings=np.array(vectors[part]), metadatas=[dict(m) for m in metadata[part]]
                )

    def delete(self, keys: Sequence[str]) -> None:
        """Remove vectors; unknown keys are ignored."""
        with translated(self.folder):
            for start in range(0, len(keys), _BATCH):
                self._collection.delete(ids=list(keys[start : start + _BATCH]))

    def keys(self) -> set[str]:
        """The keys of all vectors."""
        with translated(self.folder):
            return set(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """Number of vectors."""
        with translated(self.folder):
            return int(self._collection.count())

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[str]:
        """Keys of the nearest vectors by cosine, nearest first."""
        with translated(self.folder):
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, where=_where(filters), include=[])
        return list(found["ids"][0])


def present(folder: Path) -> bool:
    """Whether there are vectors in `folder`; looking creates nothing."""
    return (folder / "chroma.sqlite3").is_file()


def metadata(document: Document | DocumentRow) -> dict[str, Any]:
    """What a document's chunks are filtered by in Chroma; dates as numbers yyyymmdd."""
    values: dict[str, Any] = {"document": document.path}
    if document.published:
        values["first_day"] = date_number(document.published)
        values["last_day"] = date_number(document.published, last=True)
    if document.source:
        values["source"] = document.source.casefold()
    if document.tags:
        values["tags"] = [tag.casefold() for tag in document.tags]
    return values


def _where(filters: Filters) -> dict[str, Any] | None:
    conditions: list[dict[str, Any]] = []
    if filters.since:
        conditions.append({"last_day": {"$gte": date_number(filters.since)}})
    if filters.until:
        conditions.append({"first_day": {"$lte": date_number(filters.until, last=True)}})
    if filters.sources:
        conditions.append({"source": {"$in": [source.casefold() for source in filters.sources]}})
    if filters.tags:
        any_tag: list[dict[str, Any]] = [{"tags": {"$contains": tag.casefold()}} for tag in filters.tags]
        conditions.append(any_tag[0] if len(any_tag) == 1 else {"$or": any_tag})
    if len(conditions) > 1:
        return {"$and": conditions}
    return conditions[0] if conditions else None


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Chroma's errors as ours, with what to do."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, ValueError, OSError, RuntimeError) as error:
        text = " ".join(str(error).split())[:200]
        if "full" in text.lower() or "No space" in text:
            raise IndexProblem(
                f"no space left on the disk that holds {folder}; free some and run again, nothing committed is lost"
            ) from error
        if "readonly" in text.lower() or "Permission" in text:
            raise IndexProblem(f"{folder} cannot be written ({text}); check its permissions") from error
        raise IndexDamaged(f"the vectors in {folder} cannot be used ({text}); run: askdivide index --rebuild") from error
