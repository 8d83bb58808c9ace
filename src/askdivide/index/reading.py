"""The index as readers see it: one committed state for a whole question, always the newest at its start."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdivide.errors import IndexBusy, IndexDamaged, IndexMissing, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedder, load_embedder
from askdivide.index.folder import CATALOG, CHROMA, UNFINISHED, check_manifest, current
from askdivide.settings import Settings

if TYPE_CHECKING:
    from askdivide.index.vectors import ChromaVectors


class Index:
    """An index opened for reading. Any number of threads may read at once; nothing is written but the lock of Chroma's files.

    Other processes may change or rebuild the index at any time: each `reading` looks once, and follows.
    """

    def __init__(self, settings: Settings, expected: dict[str, Any]) -> None:
        """Open the index of `settings`. Raises IndexMissing, IndexDamaged, or IndexMismatch where it is not as `expected`."""
        self._settings = settings
        self._expected = expected
        self._local = threading.local()
        self._lock = threading.Lock()
        self._embedder_lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._identity = ""
        self._vectors: tuple[Path, int, ChromaVectors] | None = None
        with self.reading():
            pass

    @property
    def embedder(self) -> Embedder:
        """The embedding model the index was made with, loaded on first use."""
        with self._embedder_lock:
            if self._embedder is None:
                s = self._settings
                self._embedder = load_embedder(s.embedding, cache=s.cache, threads=s.threads, identity=self._identity)
            return self._embedder

    @contextmanager
    def reading(self) -> Iterator[Catalog]:
        """The catalog in one committed state, for the length of the block."""
        catalog = self._catalog()
        with catalog.transaction():
            yield catalog

    @property
    def vectors_open(self) -> bool:
        """Whether this process has opened Chroma's vectors, or a server has them."""
        return bool(self._settings.chroma) or self._vectors is not None

    def vectors(self, catalog: Catalog) -> ChromaVectors:
        """The vectors that belong to the state `catalog` shows. Raises what `ChromaVectors` does."""
        from askdivide.index.vectors import ChromaVectors

        generation, commit = catalog.file.parent, int(catalog.manifest()["commit"])
        with self._lock:
            if self._vectors is None or self._vectors[:2] != (generation, commit):
                # Chroma does not notice what another process, or another client of this one, has written.
                ChromaVectors.forget()
                self._vectors = None
                unsure = catalog.interrupted()
                opened = ChromaVectors(generation / CHROMA, server=self._settings.chroma, unsure=unsure)
                if unsure and opened.count() < catalog.counts()[1]:
                    raise IndexDamaged(f"the vectors in {opened.folder} are not all there, a run was stopped; run: askdivide index")
                self._vectors = (generation, commit, opened)
            return self._vectors[2]

    @staticmethod
    def does_without(problem: IndexProblem, catalog: Catalog) -> bool:
        """Whether Chroma's vectors cannot be used only for now: a run writes them or left them so. The catalog's are whole."""
        return isinstance(problem, IndexBusy) or catalog.interrupted()

    def _catalog(self) -> Catalog:
        for attempt in (1, 2):
            generation = current(self._settings.index)
            catalog: Catalog | None = getattr(self._local, "catalog", None)
            if catalog is not None and catalog.file.parent == generation:
                return catalog
            if catalog is not None:
                self._local.catalog = None
                catalog.close()
            try:
                catalog = Catalog(generation / CATALOG)
            except IndexProblem:
                # A rebuild may have put another generation in force since the line above.
                if attempt == 2 or current(self._settings.index) == generation:
                    raise
                continue
            try:
                self._check(catalog)
            except BaseException:
                catalog.close()
                raise
            self._local.catalog = catalog
            return catalog
        raise AssertionError("unreachable")

    def _check(self, catalog: Catalog) -> None:
        manifest = catalog.manifest()
        check_manifest(manifest, self._expected, self._settings.index)
        if not manifest.get("complete") and not catalog.counts()[0]:
            # As good as none: what it cannot answer says nothing about the articles.
            raise IndexMissing(f"the index in {self._settings.index} is empty: {UNFINISHED}")
        with self._embedder_lock:
            if self._identity != manifest["identity"]:
                # A rebuild has taken other weights of the same name.
                self._identity, self._embedder = manifest["identity"], None
