"""Nearest neighbours from Chroma: a cache of the catalog's vectors that can be filled again at any time."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from askdivide.errors import IndexBusy, IndexDamaged, IndexProblem
from askdivide.index.embedding import Vectors, unit
from askdivide.index.tables import DocumentRow
from askdivide.records import Document, Filters
from askdivide.text.dates import date_number

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_Result = TypeVar("_Result")
_COLLECTION = "chunks"
_BATCH = 2000
"""Chroma takes at most 5,461 records in a call."""
_SERVER_BATCH = 500
"""A server also limits the bytes of a request."""
_PAUSES = (0.05, 0.2, 0.5)
_opening = threading.Lock()
"""Chroma keeps its clients in a dictionary of the process, and two threads that open one at once break it."""
_servers: dict[tuple[str, ...], ClientAPI] = {}
"""One client for each server: it holds connections, and no state that could be old."""
_NO_PLACE = re.compile(r"(Tenant|Database) \[.*\] not found")
_EF_SEARCH = 1000
"""Candidates that the graph is searched with. Of the 10 vectors nearest to a question, of 30,000, 200 candidates found 95.6 % and
1000 find 99.8 %; over 100,000 vectors a search takes 5 ms of the processor in the place of 2. bench/scale.py measures it."""
_LOCK_SECONDS, _WRITER_SECONDS = 3.0, 60.0
"""How long a reader waits for a writer's call to end before it does without Chroma, and a writer for readers. The longest call
takes 2,000 vectors more: 2.6 s at the 1.3 ms that each took in a graph of 60,000."""
_SYNC = 1000
"""Changes after which Chroma writes its graph to disk; its own default."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": _EF_SEARCH, "max_neighbors": 32, "sync_threshold": _SYNC}


class ChromaVectors:
    """The collection of chunk vectors of one generation: in a folder, or on a server."""

    def __init__(self, folder: Path, *, create: bool = False, server: str = "", unsure: bool = False) -> None:
        """Open what is in `folder`, or belongs to it on `server`.

        `unsure`: a run is under way, or did not come to its end. Raises IndexDamaged, also where that run left a graph half
        written, IndexBusy while it is being written, and IndexProblem for a silent server.
        """
        self.folder, self.server, self._unsure = folder, server, unsure
        if not create and not present(folder, server):
            raise IndexDamaged(f"the vectors in {server or folder} are missing; run: askdivide index")
        with translated(server or folder):
            if create:
                self._collection = self._open(create=True)
            else:
                self._collection = self._loaded()

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[None]:
        """Hold the lock of the graph's files: they are read while nobody writes them. Raises IndexBusy after so many seconds.

        A graph read while it is written ends its process now and then; Chroma itself does not look.
        """
        if self.server:
            yield
            return
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder.with_name("chroma.lock"), timeout=seconds, poll_interval=0.01)
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusy(f"the vectors in {self.folder} are being written or opened by another process; try again") from None
        except (OSError, NotImplementedError):
            # Read only, or a file system without locks: where none can be made nobody writes either.
            pass
        try:
            yield
        finally:
            lock.release()

    def _open(self, *, create: bool) -> Collection:
        with _opening:
            client = _client(self.folder, self.server)
            name = collection_name(self.folder, self.server)
            if not create:
                return client.get_collection(name, embedding_function=None)
            if self.server:
                # Left here it would be older than the server's the next time that it is used.
                shutil.rmtree(self.folder, ignore_errors=True)
            collection = client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})
            if self.server:
                _marker(self.folder).write_text(json.dumps(_place(self.server)), encoding="utf-8")
            else:
                _marker(self.folder).unlink(missing_ok=True)
            if (collection.configuration_json.get("hnsw") or {}).get("ef_search", _EF_SEARCH) != _EF_SEARCH:
                # Made by an earlier version; unlike the others this number may change. Chroma warns that a collection
                # without a model of its own is of an old kind.
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    # Another client may still be letting the file go.
                    _patiently(lambda: collection.modify(configuration={"hnsw": {"ef_search": _EF_SEARCH}}))
            return collection

    def _loaded(self) -> Collection:
        """The collection, its graph read from the files: Chroma otherwise does that with the first question."""
        if self.server:
            return self._open(create=False)
        with self._alone(_LOCK_SECONDS):
            if self._unsure and torn(self.folder):
                raise IndexDamaged(f"the vectors in {self.folder} are half written, a run was stopped; run: askdivide index")
            collection = self._open(create=False)
            collection.get(limit=1, include=[])
        return collection

    def _do(self, act: Callable[[Collection], _Result]) -> _Result:
        """`act` on the collection, and again on a fresh client where it failed."""

        def reopen() -> None:
            if not self.server:
                self.forget()
            if present(self.folder, self.server):
                self._collection = self._loaded()

        with translated(self.server or self.folder):
            return _patiently(lambda: act(self._collection), reopen)

    def _write(self, act: Callable[[Collection], None]) -> None:
        """`act`, which changes the graph, while nobody reads its files."""

        def alone(collection: Collection) -> None:
            with self._alone(_WRITER_SECONDS):
                act(collection)

        self._do(alone)

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
        batch = _SERVER_BATCH if self.server else _BATCH
        for start in range(0, len(keys), batch):
            part = slice(start, start + batch)
            ids, values, details = list(keys[part]), np.array(vectors[part]), [dict(m) for m in metadata[part]]
            self._write(partial(_upsert, ids=ids, embeddings=values, metadatas=details))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove vectors; unknown keys are ignored."""
        for start in range(0, len(keys), _BATCH):
            self._write(partial(_delete, ids=list(keys[start : start + _BATCH])))

    def settle(self) -> None:
        """Have Chroma write its graph to disk, so that no process that opens it has to do the last changes again.

        Up to `_SYNC` changes are otherwise repeated by everyone who opens it: 1.3 s of 1.7 over 100,000 vectors. There is no
        call for it, but deletions of nothing count as changes; they take 0.1 s there.
        """
        if not self.server:
            self._write(partial(_delete, ids=[f"nothing-{number}" for number in range(_SYNC)]))

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


def present(folder: Path, server: str = "") -> bool:
    """Whether there are vectors in `folder`, or noted to be on `server`; looking creates nothing and asks nobody."""
    try:
        noted = json.loads(_marker(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        noted = None
    return noted == _place(server) if server else noted is None and (folder / "chroma.sqlite3").is_file()


def torn(folder: Path) -> bool:
    """Whether a process was ended while Chroma wrote its graph, of which then a part is new and a part old.

    Of the graph's five files it writes index_metadata.pickle last; before that is there for the first time, nothing else is
    used. A graph in such a state was seen to end the process that opens it. Copying may change the files' times too.
    """
    for last in folder.glob("*/index_metadata.pickle"):
        with suppress(OSError):
            if last.stat().st_mtime_ns < max(file.stat().st_mtime_ns for file in last.parent.glob("*.bin")):
                return True
    return False


def drop(folder: Path, server: str = "") -> None:
    """Remove the vectors that `folder` holds or that belong to it on `server`. They can be filled in again."""
    _marker(folder).unlink(missing_ok=True)
    if server:
        remove_collections(server, [folder.parent])
    else:
        ChromaVectors.forget()
        # First what tells that there are vectors: a kill must not leave a part that looks whole.
        with suppress(OSError):
            (folder / "chroma.sqlite3").unlink()
    shutil.rmtree(folder, ignore_errors=True)


def remove_collections(server: str, generations: Sequence[Path]) -> None:
    """Remove the collections of these generations from `server`, where there is one."""
    if not server or not generations:
        return
    from chromadb.errors import NotFoundError

    with translated(server), _opening:
        client = _client(generations[0], server)
        for generation in generations:
            with suppress(NotFoundError):
                client.delete_collection(collection_name(generation / "chroma", server))


def collection_name(folder: Path, server: str) -> str:
    """The collection's name: on a server, which may serve many indexes, one for each generation."""
    return f"askdivide-{folder.parent.name}" if server else _COLLECTION


def _marker(folder: Path) -> Path:
    return folder.with_name("chroma-server.json")


def _place(server: str) -> dict[str, str]:
    """Where on which server: its address, tenant and database. The key is nowhere kept."""
    tenant, database = (os.environ.get(f"CHROMA_{name}", f"default_{name.lower()}") for name in ("TENANT", "DATABASE"))
    return {"server": server.rstrip("/"), "tenant": tenant, "database": database}


def _client(folder: Path, server: str) -> ClientAPI:
    # Both are also off in the client's settings; some builds read the environment first.
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    if not server:
        return chromadb.PersistentClient(str(folder), settings=quiet)
    url = urlsplit(server)
    key = os.environ.get("CHROMA_API_KEY")
    secure = url.scheme == "https"
    place = _place(server)
    asked = (*place.values(), key or "")
    if asked in _servers:
        return _servers[asked]
    _servers[asked] = client = chromadb.HttpClient(
        host=url.hostname or "",
        port=url.port or (443 if secure else 80),
        ssl=secure,
        headers={"x-chroma-token": key} if key else None,
        settings=quiet,
        tenant=place["tenant"],
        database=place["database"],
    )
    return client


def _patiently(act: Callable[[], _Result], between: Callable[[], None] = lambda: None) -> _Result:
    """`act`, again after a pause and `between` where Chroma failed, a few times."""
    from chromadb.errors import InternalError
    from httpx import TransportError

    for pause in _PAUSES:
        try:
            return act()
        except (InternalError, TransportError):
            time.sleep(pause)
            between()
    return act()


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
    if filters.documents:
        conditions.append({"document": {"$in": list(filters.documents)}})
    if len(conditions) > 1:
        return {"$and": conditions}
    return conditions[0] if conditions else None


@contextmanager
def translated(place: Path | str) -> Iterator[None]:
    """Chroma's errors as ours, with what to do. `place` is a folder or a server's address."""
    from chromadb.errors import AuthorizationError, ChromaAuthError, ChromaError
    from httpx import HTTPError

    try:
        yield
    except Exception as error:
        if type(error) is not Exception and not isinstance(error, ChromaError | HTTPError | ValueError | OSError | RuntimeError):
            raise
        text = " ".join(str(error).split())[:200]
        if isinstance(place, str):
            if "CERTIFICATE_VERIFY_FAILED" in f"{error} {error.__context__}":
                raise IndexProblem(
                    f"the certificate of the Chroma server {place} is not trusted; name its authority's file in SSL_CERT_FILE"
                ) from error
            # Exception itself is what the client makes of a proxy's refusal, or has before it makes a ValueError of that.
            refused = Exception in (type(error), type(error.__context__)) or isinstance(error, AuthorizationError | ChromaAuthError)
            if refused or _NO_PLACE.search(text):
                raise IndexProblem(
                    f"the Chroma server {place} refuses ({text}); check CHROMA_API_KEY, CHROMA_TENANT and CHROMA_DATABASE"
                ) from error
            if isinstance(error, HTTPError | OSError) or "connect" in text.lower():
                raise IndexProblem(
                    f"the Chroma server {place} does not answer ({text}); start it (chroma run), or do without ASKDIVIDE_CHROMA"
                ) from error
            raise IndexDamaged(f"the vectors on {place} cannot be used ({text}); run: askdivide doctor --fix") from error
        if "full" in text.lower() or "No space" in text:
            raise IndexProblem(
                f"no space left on the disk that holds {place}; free some and run again, nothing committed is lost"
            ) from error
        if "readonly" in text.lower() or "Permission" in text:
            raise IndexProblem(f"{place} cannot be written ({text}); check its permissions") from error
        raise IndexDamaged(f"the vectors in {place} cannot be used ({text}); run: askdivide index --rebuild") from error
