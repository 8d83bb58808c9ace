"""The write path: bring the index in line with the corpus.

Order of writes, so that a kill at any instant leaves a committed state and the next run converges: (1) the keys about to be
written or deleted are noted in the catalog, (2) new vectors go into Chroma, (3) the catalog commits documents, chunks and
text, (4) old vectors leave Chroma, (5) the note is cleared. Readers drop a hit that the catalog does not know.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from askdivide.errors import CorpusError, IndexDamaged, IndexMissing
from askdivide.index.catalog import Catalog
from askdivide.index.copies import Copy, hand_over, note_copies
from askdivide.index.embedding import Embedded, Embedder, embedded_text, load_embedder
from askdivide.index.folder import (
    CATALOG,
    CHROMA,
    check_manifest,
    current,
    disk_troubles,
    expected_manifest,
    new_generation,
    other_generations,
    put_in_force,
    remove_other_generations,
    writing,
)
from askdivide.index.refill import agreed
from askdivide.index.tables import DocumentRow, NewChunk, translated
from askdivide.index.vectors import ChromaVectors, metadata, present, remove_collections
from askdivide.ingestion import readers
from askdivide.ingestion.ahead import Ahead
from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.loading import load
from askdivide.ingestion.scan import File, Scan, check_folder, endings, file_of, scan
from askdivide.records import Document, IndexReport
from askdivide.settings import Settings

_BATCH_CHUNKS = 256
_PREFIX_TOKENS = 60
"""Tokens of a model's window left for title, headings and column names."""
_COPIES_TOLD = 10
_NOTES_TOLD = 10
"""Of the articles of one file: a table may have the same fault in each row."""
_RACY_NS = 2_000_000_000
"""A file written this shortly before it was read may change again without its time showing it."""


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    path: str = ""
    """The article just finished, or what is being prepared."""


OnProgress = Callable[[Progress], None]
Coming = Future[dict[str, Embedded]] | None
"""The vectors that a batch waits for."""


def reindex(
    settings: Settings,
    *,
    rebuild: bool = False,
    checksum: bool = False,
    wait: float = 0,
    on_progress: OnProgress | None = None,
    on_note: Callable[[str], None] | None = None,
) -> IndexReport:
    """Bring the index in line with the corpus folder and say what changed.

    Only articles whose content changed are read and embedded again; a file of the same size and time as at the last run is
    taken to be unchanged, unless `checksum` asks for its content to be compared. With `rebuild` a new index is made beside
    the one in force and takes its place when it is complete; vectors that are still right are taken over. An article that
    cannot be read is reported and keeps its last good version. Where another process writes, up to `wait` seconds are
    waited for it. Raises CorpusError, IndexProblem or EmbeddingError.
    """
    # The lock makes the index folder, and with it a corpus that is missing and is to hold it.
    check_folder(settings.corpus)
    with writing(settings.index, wait=wait):
        return bring_in_line(settings, rebuild=rebuild, checksum=checksum, on_progress=on_progress, on_note=on_note)


def bring_in_line(
    settings: Settings,
    *,
    rebuild: bool = False,
    checksum: bool = False,
    may_empty: bool = False,
    loaded: dict[str, Embedder] | None = None,
    on_progress: OnProgress | None = None,
    on_note: Callable[[str], None] | None = None,
) -> IndexReport:
    """`reindex` for one who holds the index's lock already.

    `may_empty`: a corpus without articles is meant, and empties the index. `loaded`: models kept from run to run, by identity.
    """
    started = time.monotonic()
    said = (on_progress or (lambda progress: None), on_note or (lambda note: None))
    try:
        with disk_troubles(settings.index):
            return _Run(settings, scan(settings.corpus), rebuild, checksum, may_empty, *said, {} if loaded is None else loaded).go(started)
    finally:
        readers.close()


@dataclass
class _Prepared:
    file: File
    document: Document
    version: str
    chunks: list[NewChunk]
    texts: dict[str, tuple[str, list[tuple[int, int]]]]
    """By vector key: what is embedded, and the spans of its sentences."""


@dataclass
class _Run:
    settings: Settings
    found: Scan
    rebuild: bool
    checksum: bool
    may_empty: bool
    on_progress: OnProgress
    on_note: Callable[[str], None]
    loaded: dict[str, Embedder]
    _embedder: Embedder | None = None
    _vectors: ChromaVectors | None = None
    _coming: set[str] = field(default_factory=set)
    """Keys of the vectors that are being made."""
    touched: list[tuple[str, File]] = field(default_factory=list)
    repeated: list[Copy] = field(default_factory=list)
    hopeless: Mapping[str, str] = field(default_factory=dict)
    """Why files took too long to be read before, by their SHA-256."""
    given_up: dict[str, str] = field(default_factory=dict)
    """SHA-256 of files that take too long to be read, by path."""
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def _nothing(self) -> str:
        """Why there are no articles."""
        corpus, failed = self.settings.corpus, self.found.failed
        if failed:
            return f"no article in {corpus} can be read: {failed[0].document} {failed[0].reason}"
        return f"no articles in {corpus}; put files there that end in {endings()}"

    def go(self, started: float) -> IndexReport:
        if left := self.found.left_alone():
            self.on_note(left)
        if not self.found.files and not self.may_empty:
            # Rather a folder that is not mounted than the wish to forget everything: the index stays as it is.
            raise CorpusError(self._nothing() + ("; the index was not changed" if self._in_force() else ""))
        generation = None if self.rebuild else self._generation()
        replaced = self._in_force() if self.rebuild else None
        self.previous = self._previous(replaced) if replaced else None
        fresh = generation is None
        if generation is None:
            generation = new_generation(self.settings.index)
            embedder = self._load(None)
            made = {
                **expected_manifest(self.settings),
                "identity": embedder.identity,
                "dimension": embedder.dimension,
                "commit": 0,
                "complete": False,
            }
            Catalog.create(generation / CATALOG, made).close()
            if not self.rebuild:
                # What is in force can be searched, even while it is empty.
                ChromaVectors(generation / CHROMA, create=True, server=self.settings.chroma)
                put_in_force(generation)
        self.catalog = Catalog(generation / CATALOG, write=True)
        self.generation = generation
        try:
            with translated(self.catalog.file):
                known = self._known()
                self.removed = sorted(path for path in known.pop(None, {}) if not self._unreadable(path))
                failing, self.hopeless = self._failing(), self.catalog.given_up()
                stale = [file for file in self.found.files if not self._surely_unchanged(file, known[file.path], failing)]
                missing = not present(generation / CHROMA, self.settings.chroma)
                if self.removed or stale or fresh or missing or self.catalog.pending():
                    self._apply(list(self.removed), stale, known)
                with self.catalog.transaction("IMMEDIATE"):
                    self.catalog.set_failures(self.found.failed, self.given_up)
                    self.catalog.set_manifest({"complete": True})
                documents, chunks = self.catalog.counts()
        finally:
            self.catalog.close()
            if self.previous:
                self.previous.close()
        if self.rebuild:
            put_in_force(generation)
        # Readers in the middle of a question go on with the generation just replaced; the next run removes it.
        remove_collections(self.settings.chroma, other_generations(generation, keep=replaced))
        remove_other_generations(generation, keep=replaced)
        for copy in self.repeated[:_COPIES_TOLD]:
            self.on_note(str(copy))
        if len(self.repeated) > _COPIES_TOLD:
            self.on_note(f"{len(self.repeated) - _COPIES_TOLD:,} more copies; see: askdivide doctor")
        return IndexReport(
            added=tuple(self.added),
            changed=tuple(self.changed),
            removed=tuple(sorted(self.removed)),
            failed=tuple(sorted(self.found.failed, key=lambda failure: failure.document)),
            unchanged=documents - len(self.added) - len(self.changed),
            documents=documents,
            chunks=chunks,
            seconds=time.monotonic() - started,
        )

    def _generation(self) -> Path | None:
        try:
            generation = current(self.settings.index)
        except IndexMissing:
            return None
        catalog = Catalog(generation / CATALOG)
        try:
            check_manifest(catalog.manifest(), expected_manifest(self.settings), self.settings.index)
        finally:
            catalog.close()
        return generation

    def _in_force(self) -> Path | None:
        try:
            return current(self.settings.index)
        except (IndexMissing, IndexDamaged):
            return None

    def _previous(self, replaced: Path) -> Catalog | None:
        try:
            return Catalog(replaced / CATALOG)
        except IndexDamaged:
            return None

    def _unreadable(self, path: str) -> bool:
        """Whether a document's file, or a folder above it, is there and cannot be read."""
        above = {path, *(parent.as_posix() for parent in PurePosixPath(path).parents)}
        return any(failure.document in above for failure in self.found.failed)

    def _load(self, identity: str | None) -> Embedder:
        if self._embedder is None and identity in self.loaded:
            self._embedder = self.loaded[identity]
        if self._embedder is None:
            self.on_progress(Progress(0, 0, "loading the embedding model"))
            s = self.settings
            self._embedder = load_embedder(s.embedding, cache=s.cache, threads=s.threads, identity=identity, on_note=self.on_note)
            self.loaded[self._embedder.identity] = self._embedder
        return self._embedder

    def _known(self) -> defaultdict[str | None, dict[str, DocumentRow]]:
        """The documents of the index by the path of the file that holds them; under None those whose file is gone."""
        files = {file.path for file in self.found.files}
        known: defaultdict[str | None, dict[str, DocumentRow]] = defaultdict(dict)
        for row in self.catalog.documents():
            known[file_of(row.path, files)][row.path] = row
        return known

    def _failing(self) -> set[str | None]:
        """The files of which something could not be read in the last run; they are read again, to be reported again."""
        files = {file.path for file in self.found.files}
        return {file_of(failure.document, files) for failure in self.catalog.failures()}

    def _surely_unchanged(self, file: File, rows: Mapping[str, DocumentRow], failing: set[str | None]) -> bool:
        same = all((file.size, file.mtime_ns) == (row.size, row.mtime_ns) for row in rows.values())
        return bool(rows) and same and not self.checksum and file.path not in failing

    def _apply(self, removed: Sequence[str], stale: Sequence[File], known: Mapping[str | None, dict[str, DocumentRow]]) -> None:
        if self.catalog.pending() or not present(self.generation / CHROMA, self.settings.chroma):
            self._open_vectors()
        for start in range(0, len(removed), _BATCH_CHUNKS):
            self._write([], removed=removed[start : start + _BATCH_CHUNKS])
        with Ahead() as ahead:
            before: tuple[list[_Prepared], Coming] | None = None
            for batch in self._batches(stale, known):
                now = batch, self._embed(batch, ahead)
                if before:
                    self._write(*before)
                before = now
            if before:
                self._write(*before)
        if self._vectors:
            with self.catalog.transaction("IMMEDIATE"):
                # No chunk's key: it tells that a kill may have left the graph half written.
                self.catalog.add_pending(["settling"])
            self._vectors.settle()
        with self.catalog.transaction("IMMEDIATE"):
            for path, file in self.touched:
                self.catalog.touch(path, file.size, _settled(file))
            if self._vectors:
                self.catalog.clear_pending()
                self.catalog.drop_unused_vectors()
                # Readers that opened Chroma while its graph was written open it again.
                self.catalog.count_commit()

    def _batches(self, stale: Sequence[File], known: Mapping[str | None, dict[str, DocumentRow]]) -> Iterator[list[_Prepared]]:
        """New and changed documents, as many at a time as are embedded and written together."""
        batch: list[_Prepared] = []
        for done, file in enumerate(stale, start=1):
            for prepared in self._prepare(file, known[file.path]):
                batch.append(prepared)
                if sum(len(one.chunks) for one in batch) >= _BATCH_CHUNKS:
                    yield batch
                    batch = []
            self.on_progress(Progress(done, len(stale), file.path))
        if batch:
            yield batch

    def _open_vectors(self) -> ChromaVectors:
        """Chroma, in agreement with the catalog. Opened when there is something to write and not before: it costs a second."""
        if self._vectors is None:
            self._vectors = agreed(self.catalog, self.generation / CHROMA, self.settings.chroma)
        return self._vectors

    def _prepare(self, file: File, rows: Mapping[str, DocumentRow]) -> Iterator[_Prepared]:
        """The new and changed documents of a file. Those that it no longer holds are taken out."""
        loaded = load(file, {path: row.version for path, row in rows.items()}, self.hopeless)
        self.found.failed.extend(loaded.failed)
        if loaded.given_up:
            self.given_up[file.path] = loaded.given_up
        self.touched += [(path, file) for path in loaded.same]
        noted = 0
        for document, version in loaded.new:
            (self.changed if document.path in rows else self.added).append(document.path)
            for note in document.notes:
                noted += 1
                if noted <= _NOTES_TOLD:
                    self.on_note(f"{document.path} {note}")
            yield self._chunked(file, document, version)
        if noted > _NOTES_TOLD:
            self.on_note(f"{noted - _NOTES_TOLD:,} more such notes on articles of {file.path}")
        if loaded.gone:
            self._write([], removed=loaded.gone)
            self.removed += loaded.gone

    def _chunked(self, file: File, document: Document, version: str) -> _Prepared:
        embedder = self._load(self.catalog.manifest()["identity"])
        limit = min(self.settings.chunk_tokens, max(embedder.max_tokens - _PREFIX_TOKENS, 16))
        prepared = _Prepared(file, document, version, [], {})
        for piece in chunk(document, limit=limit, count_tokens=embedder.count_tokens):
            text, shift = embedded_text(_stated_title(document), piece)
            spans = [(shift + s.start - piece.start, shift + s.end - piece.start) for s in piece.sentences]
            vector_key = _digest(embedder.identity, text, *map(str, spans))
            key = _digest(document.path, str(piece.start), str(piece.end), vector_key)
            prepared.chunks.append(NewChunk(key, vector_key, piece))
            prepared.texts[vector_key] = (text, spans)
        return prepared

    def _write(self, batch: Sequence[_Prepared], coming: Coming = None, removed: Sequence[str] = ()) -> None:
        if coming:
            made = coming.result()
            self._coming -= made.keys()
            with self.catalog.transaction("IMMEDIATE"):
                self.catalog.add_vectors(made)
        new = {c.key: (c.vector_key, metadata(one.document)) for one in batch for c in one.chunks}
        old = {key for path in [*removed, *(one.document.path for one in batch)] for key in self.catalog.chunk_keys(path)}
        vectors = self.catalog.vectors([vector_key for vector_key, _ in new.values()])
        store = self._open_vectors()
        with self.catalog.transaction("IMMEDIATE"):
            self.catalog.add_pending(old | new.keys())
        store.upsert(list(new), [vectors[vector_key] for vector_key, _ in new.values()], [values for _, values in new.values()])
        with self.catalog.transaction("IMMEDIATE"):
            hand_over(self.catalog, [*removed, *(one.document.path for one in batch)])
            for path in removed:
                self.catalog.remove(path)
            for one in batch:
                self.catalog.replace(one.document, one.version, one.file.size, _settled(one.file), one.chunks)
                self.repeated += note_copies(self.catalog, one.document.path)
            self.catalog.count_commit()
        store.delete(sorted(old - new.keys()))
        with self.catalog.transaction("IMMEDIATE"):
            self.catalog.clear_pending()
            # Readers that opened Chroma before the old vectors left it open it again.
            self.catalog.count_commit()

    def _embed(self, batch: Sequence[_Prepared], ahead: Ahead) -> Coming:
        """Begin to embed a batch, but for what is stored, was stored before the rebuild, or is being embedded."""
        texts = {key: text for one in batch for key, text in one.texts.items()}
        needed = sorted(texts.keys() - self.catalog.stored_vectors(list(texts)) - self._coming)
        if self.previous:
            try:
                taken = self.previous.embedded(needed)
            except IndexDamaged:
                # A rebuild is the remedy for damage: what cannot be taken over is embedded again.
                taken = {}
            with self.catalog.transaction("IMMEDIATE"):
                self.catalog.add_vectors(taken)
            needed = [key for key in needed if key not in taken]
        if not needed:
            return None
        self._coming.update(needed)
        return ahead.embed(self._load(None), {key: texts[key] for key in needed})


def _stated_title(document: Document) -> str:
    """The title to embed: none where it is only the file's name in words, so that a rename changes no vector."""
    from askdivide.ingestion.readers.markdown import title_from_path

    return "" if document.title == title_from_path(document.path) else document.title


def _settled(file: File) -> int:
    """The time to remember for a file: none, so that it is read again, where it was written just before it was read."""
    return file.mtime_ns if time.time_ns() - file.mtime_ns > _RACY_NS else 0


def _digest(*parts: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
