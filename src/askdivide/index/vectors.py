"""Nearest neighbours from Chroma: a cache of the catalog's vectors that can be filled again at any time."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.catalog import DocumentRow
from askdivide.index.embedding import Vectors, unit
from askdivide.records import Document, Filters
from askdivide.text.dates import date_number

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_Result = TypeVar("_Result")
_COLLECTION = "chunks"
_BATCH = 2000
"""Chroma takes at most 5,461 records in a call."""
_PAUSES = (0.05, 0.2, 0.5)
_opening = threading.Lock()
"""Chroma keeps its clients in a dictionary of the process, and two threads that open one at once break it."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


class ChromaVectors:
    """The collection of chunk vectors in one folder."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        if not create and not present(folder):
            raise IndexDamaged(f"the vectors in {folder} are missing; run: askdivide index")
        with translated(folder):
            self._collection = self._open(create=create)

    def _open(self, *, create: bool) -> Collection:
        # Both are also off in the client's settings; some builds read the environment first.
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import chromadb
        from chromadb.config import Settings

        with _opening:
            client = chromadb.PersistentClient(str(self.folder), settings=Settings(anonymized_telemetry=False))
            if create:
                return client.get_or_create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW})
            return client.get_collection(_COLLECTION, embedding_function=None)

    def _do(self, act: Callable[[Collection], _Result]) -> _Result:
        """`act` on the collection, and once more on a fresh client where it failed.

        Chroma is not made for several processes: one that reads while another writes may meet a file half written. One of
        3,372 searches beside 98 runs of indexing did, and one of the runs.
        """
        from chromadb.errors import InternalError

        with translated(self.folder):
            for pause in _PAUSES:
                try:
                    return act(self._collection)
                except InternalError:
                    time.sleep(pause)
                    self.forget()
                    if present(self.folder):
                        self._collection = self._open(create=False)
            return act(self._collection)

    @staticmethod
    def forget() -> None:
        """Drop Chroma's cached state, so that the next opening sees what other processes have written."""
        from chromadb.api.shared_system_client import SharedSystemClient

        with _opening:
            SharedSystemClient.clear_system_cache()
        # Clients hold themselves in cycles; left to chance, each keeps a thread and files open (77 threads after 120 runs).
        gc.collect()

    def upsert(self, keys: Sequence[str], vectors: Sequence[Vectors], metadata: Sequence[Mapping[str, Any]]) -> None:
        """Store vectors with what they are filtered by."""
        for start in range(0, len(keys), _BATCH):
            part = slice(start, start + _BATCH)
            ids, values, details = list(keys[part]), np.array(vectors[part]), [dict(m) for m in metadata[part]]
            self._do(partial(_upsert, ids=ids, embeddings=values, metadatas=details))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove vectors; unknown keys are ignored."""
        for start in range(0, len(keys), _BATCH):
            self._do(partial(_delete, ids=list(keys[start : start + _BATCH])))

    def keys(self) -> set[str]:
        """The keys of all vectors."""
        return self._do(lambda collection: set(collection.get(include=[])["ids"]))

    def count(self) -> int:
        """Number of vectors."""
        return self._do(lambda collection: int(collection.count()))

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[str]:
        """Keys of the nearest vectors by cosine, nearest first."""
        return self._do(partial(_nearest, vector=vector, limit=limit, where=_where(filters)))


def _nearest(collection: Collection, vector: Vectors, limit: int, where: dict[str, Any] | None) -> list[str]:
    found = list(collection.query(query_embeddings=vector[None, :], n_results=limit, where=where, include=[])["ids"][0])
    if len(found) == limit:
        return found
    # Either no more pass, or the graph has no way to them: many equal vectors cut others off. What passes is compared.
    passing = collection.get(where=where, include=["embeddings"])
    if len(passing["ids"]) <= len(found):
        return found
    cosines = unit(np.asarray(passing["embeddings"], np.float32)) @ vector
    return [passing["ids"][place] for place in np.argsort(-cosines, kind="stable")[:limit]]


def _upsert(collection: Collection, **records: Any) -> None:
    collection.upsert(**records)


def _delete(collection: Collection, ids: list[str]) -> None:
    collection.delete(ids=ids)


def present(folder: Path) -> bool:
    """Whether there are vectors in `folder`; looking creates nothing."""
    return (folder / "chroma.sqlite3").is_file()


def metadata(document: Document | DocumentRow) -> dict[str, Any]:
    """What a document's chunks are filtered by in Chroma; dates as numbers yyyymmdd, None where it says nothing."""
    # An upsert leaves alone what it does not name, so that a field taken out of an article has to be named too.
    values: dict[str, Any] = {"document": document.path, **dict.fromkeys(("first_day", "last_day", "source", "tags"))}
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
