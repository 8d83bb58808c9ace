"""The catalog: one SQLite file that is the truth about what is indexed.

Documents, chunks with exact spans, sentences, the full-text index, every vector keyed by (embedder, text), the manifest of
settings the index was made with. A document is replaced in one transaction; readers see the state before or after it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from askdivide.errors import IndexDamaged
from askdivide.index.embedding import Embedded, Vectors
from askdivide.index.tables import (
    DOCUMENT_COLUMNS,
    HEAD_WEIGHT,
    SCHEMA,
    ChunkRow,
    DocumentRow,
    NewChunk,
    document_row,
    filter_condition,
    from_halves,
    head_text,
    passing_chunks,
    translated,
)
from askdivide.records import Document, Failure, Filters
from askdivide.text.dates import date_number
from askdivide.text.terms import terms

_VECTORS_AT_ONCE = 20_000
"""Some 30 MB."""
_COUNTS_MOST = 50_000
"""Counts that are kept at most, some 8 MB: each word that is asked for adds one."""


class Catalog:
    """One connection to the catalog. Not to be shared between threads."""

    def __init__(self, file: Path, *, write: bool = False) -> None:
        """Open an existing catalog. Raises IndexDamaged where the file is no catalog."""
        self.file = file
        self._write = write
        self._counted_of, self._counts = -1, dict[tuple[str, str], int]()
        # Autocommit: transactions begin and end where this module says so.
        mode = "rw" if write else "ro"
        try:
            self._db = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=30)
            self._db.execute("PRAGMA foreign_keys = ON")
            if write:
                self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("SELECT 1 FROM manifest LIMIT 1")
        except sqlite3.Error as error:
            raise IndexDamaged(f"{file} is not a readable catalog ({error}); run: askdivide index --rebuild") from error

    @classmethod
    def create(cls, file: Path, manifest: Mapping[str, Any]) -> Catalog:
        """A new, empty catalog in `file`."""
        with translated(file):
            db = sqlite3.connect(file, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA)
            db.close()
        catalog = cls(file, write=True)
        catalog.set_manifest(manifest)
        return catalog

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for the modules of this room that keep tables of their own."""
        return self._db

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self, kind: str = "DEFERRED") -> Iterator[None]:
        """All reads inside see one state; all writes inside happen together or not at all."""
        with translated(self.file):
            self._db.execute(f"BEGIN {kind}")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has SQLite roll back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def data_version(self) -> int:
        """A number that changes when another connection has committed."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def manifest(self) -> dict[str, Any]:
        """The settings the index was made with."""
        with translated(self.file):
            return {key: json.loads(value) for key, value in self._db.execute("SELECT key, value FROM manifest")}

    def set_manifest(self, values: Mapping[str, Any]) -> None:
        """Store values of the manifest."""
        with translated(self.file):
            rows = [(key, json.dumps(value)) for key, value in values.items()]
            self._db.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", rows)

    def count_commit(self) -> None:
        """Let readers know that what they hold of Chroma is old."""
        self.set_manifest({"commit": int(self.manifest()["commit"]) + 1})

    # Documents

    def documents(self, filters: Filters = Filters()) -> list[DocumentRow]:
        """The documents that pass `filters`, by path."""
        condition, values = filter_condition(filters)
        rows = self._db.execute(f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE {condition} ORDER BY d.path", values)
        return [document_row(row) for row in rows]

    def sources(self) -> list[str]:
        """The sources that documents have, as they are written, in order."""
        rows = self._db.execute("SELECT DISTINCT source FROM documents WHERE source > '' ORDER BY source")
        return [row[0] for row in rows]

    def tags(self) -> list[str]:
        """The tags that documents have, as they are written, in order."""
        rows = self._db.execute("SELECT DISTINCT tag.value FROM documents, json_each(documents.tags) AS tag ORDER BY tag.value")
        return [row[0] for row in rows]

    def document(self, path: str) -> DocumentRow | None:
        """The document at `path`, if it is indexed."""
        row = self._db.execute(f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.path = ?", (path,)).fetchone()
        return document_row(row) if row else None

    def text(self, document_id: int) -> str:
        """The text of a document as it was indexed."""
        return str(self._db.execute("SELECT text FROM texts WHERE document_id = ?", (document_id,)).fetchone()[0])

    def outline(self, document_id: int) -> list[tuple[int, int, str, int | None]]:
        """Start, end, headings (as in `Chunk.heading`) and page of each of a document's chunks, in order."""
        rows = self._db.execute('SELECT start, "end", heading, page FROM chunks WHERE document_id = ? ORDER BY start', (document_id,))
        return [(int(start), int(end), str(heading), page) for start, end, heading, page in rows]

    def chunk_counts(self) -> dict[int, int]:
        """Number of chunks by document id."""
        return dict(self._db.execute("SELECT document_id, count(*) FROM chunks GROUP BY document_id").fetchall())

    def text_before(self, document_id: int, end: int, most: int) -> str:
        """At most `most` characters of a document's text that stand before `end`."""
        start = max(end - most, 0)
        row = self._db.execute(
            "SELECT substr(text, ?, ?) FROM texts WHERE document_id = ?", (start + 1, end - start, document_id)
        ).fetchone()
        return str(row[0])

    def counts(self) -> tuple[int, int]:
        """Number of documents and of chunks."""
        counted = self._counted
        if ("chunks", "") not in counted:
            rows = self._db.execute("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks)").fetchone()
            counted["documents", ""], counted["chunks", ""] = map(int, rows)
        return counted["documents", ""], counted["chunks", ""]

    @property
    def _counted(self) -> dict[tuple[str, str], int]:
        """What has been counted of the state that is shown, kept where nothing is written through this connection.

        SQLite counts by reading: all of 900,000 chunks took 7 ms, and the words of a question 6 ms, two and three times for each.
        """
        version = self.data_version()
        if self._write or version != self._counted_of or len(self._counts) > _COUNTS_MOST:
            self._counted_of, self._counts = version, {}
        return self._counts

    def failures(self) -> list[Failure]:
        """The documents that could not be read in the last run."""
        return [Failure(*row) for row in self._db.execute("SELECT path, reason FROM failures ORDER BY path")]

    def given_up(self) -> dict[str, str]:
        """Why files took too long to be read, by their SHA-256."""
        return dict(self._db.execute("SELECT digest, reason FROM failures WHERE digest != ''").fetchall())

    def set_failures(self, failures: Sequence[Failure], given_up: Mapping[str, str]) -> None:
        """Replace the list of documents that could not be read; `given_up` has the SHA-256 of those that took too long, by path."""
        self._db.execute("DELETE FROM failures")
        self._db.executemany(
            "INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", [(f.document, f.reason, given_up.get(f.document, "")) for f in failures]
        )

    def touch(self, path: str, size: int, mtime_ns: int) -> None:
        """Note a document's new size and time where its content is the same."""
        self._db.execute("UPDATE documents SET size = ?, mtime_ns = ? WHERE path = ?", (size, mtime_ns, path))

    def replace(self, document: Document, version: str, size: int, mtime_ns: int, chunks: Sequence[NewChunk]) -> None:
        """Put a document and its chunks in the place of what was stored at its path. Vectors must be stored already."""
        self.remove(document.path)
        first, last = (date_number(document.published), date_number(document.published, last=True)) if document.published else (None, None)
        document_id = self._db.execute(
            "INSERT INTO documents (path, version, size, mtime_ns, title, published, first_day, last_day, source, url, tags, markup,"
            " characters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (document.path, version, size, mtime_ns, document.title, document.published, first, last, document.source, document.url,
             json.dumps(document.tags, ensure_ascii=False), document.markup, len(document.text)),
        ).lastrowid  # fmt: skip
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (document_id, document.text))
        kinds = [("tag", tag) for tag in document.tags] + ([("source", document.source)] if document.source else [])
        self._db.executemany("INSERT INTO filters VALUES (?, ?, ?)", [(document_id, kind, value.casefold()) for kind, value in kinds])
        for new in chunks:
            chunk = new.chunk
            sentences = [
                [s.start, s.end, s.kind, s.speaker] if s.speaker else [s.start, s.end, *([] if s.kind == "sentence" else [s.kind])]
                for s in chunk.sentences
            ]
            chunk_id = self._db.execute(
                'INSERT INTO chunks (key, document_id, start, "end", heading, page, text, sentences, header, unmarked, vector_key)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (new.key, document_id, chunk.start, chunk.end, chunk.heading, chunk.page, chunk.text, json.dumps(sentences),
                 json.dumps([*chunk.header, chunk.columns]) if chunk.header else None, chunk.unmarked, new.vector_key),
            ).lastrowid  # fmt: skip
            head, body = terms(head_text(document, chunk)), terms(chunk.said())
            self._db.execute("INSERT INTO lexicon (rowid, head, body) VALUES (?, ?, ?)", (chunk_id, " ".join(head), " ".join(body)))

    def remove(self, path: str) -> None:
        """Take a document and all that belongs to it out."""
        row = self._db.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
        if row:
            self._db.execute("DELETE FROM lexicon WHERE rowid IN (SELECT id FROM chunks WHERE document_id = ?)", row)
            self._db.execute("DELETE FROM documents WHERE id = ?", row)

    # Chunks

    def chunk_keys(self, path: str | None = None) -> set[str]:
        """The keys of all chunks, or of one document's."""
        if path is None:
            return {row[0] for row in self._db.execute("SELECT key FROM chunks")}
        rows = self._db.execute("SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.path = ?", (path,))
        return {row[0] for row in rows}

    def chunk_ids(self, keys: Sequence[str]) -> dict[str, int]:
        """Row ids of the chunks with these keys; unknown keys are left out."""
        rows = self._db.execute("SELECT key, id FROM chunks WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),))
        return dict(rows.fetchall())

    def chunks(self, ids: Iterable[int]) -> dict[int, ChunkRow]:
        """The chunks with these row ids, with their documents and vectors."""
        rows = self._db.execute(
            'SELECT c.id, c.key, c.start, c."end", c.heading, c.page, c.text, c.sentences, c.header, c.unmarked, v.vector, v.sentences,'
            f" {DOCUMENT_COLUMNS} FROM chunks c JOIN documents d ON d.id = c.document_id JOIN vectors v ON v.key = c.vector_key"
            " WHERE c.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        documents: dict[int, DocumentRow] = {}
        found: dict[int, ChunkRow] = {}
        for row in rows:
            document = documents.get(row[12]) or documents.setdefault(row[12], document_row(row[12:]))
            found[row[0]] = ChunkRow(row[0], row[1], document, row[2:10], np.frombuffer(row[10], np.float32), row[11])
        return found

    def beside(self, chunk: ChunkRow) -> list[ChunkRow]:
        """The chunks before and after a chunk, of those under the same heading of its document."""
        rows = self._db.execute(
            "SELECT * FROM (SELECT id FROM chunks WHERE document_id = ?1 AND start < ?2 AND heading = ?3 ORDER BY start DESC LIMIT 1)"
            " UNION ALL SELECT * FROM (SELECT id FROM chunks WHERE document_id = ?1 AND start > ?2 AND heading = ?3"
            " ORDER BY start LIMIT 1)",
            (chunk.document.id, chunk.chunk.start, chunk.chunk.heading),
        )
        return list(self.chunks([row[0] for row in rows]).values())

    def table(self, chunk: ChunkRow, most: int) -> list[ChunkRow]:
        """At most `most` chunks of the table that a chunk of rows belongs to, itself among them, in order."""
        rows = self._db.execute(
            "SELECT id FROM chunks WHERE document_id = ?1 AND header = (SELECT header FROM chunks WHERE id = ?2) ORDER BY start LIMIT ?3",
            (chunk.document.id, chunk.id, most),
        ).fetchall()
        parts = self.chunks(row[0] for row in rows)
        return [parts[row[0]] for row in rows]

    # Vectors

    def stored_vectors(self, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that have vectors already."""
        rows = self._db.execute("SELECT key FROM vectors WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),))
        return {row[0] for row in rows}

    def vectors(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Vectors by vector key."""
        rows = self._db.execute("SELECT key, vector FROM vectors WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),))
        return {key: np.frombuffer(blob, np.float32) for key, blob in rows}

    def count_passing(self, filters: Filters) -> int:
        """Number of the chunks whose documents pass `filters`."""
        condition, values = filter_condition(filters)
        return int(self._db.execute(f"SELECT count(*) FROM chunks c WHERE {passing_chunks(condition)}", values).fetchone()[0])

    def passing(self, ids: Sequence[int], filters: Filters) -> set[int]:
        """Those of the chunks `ids` whose documents pass `filters`."""
        condition, values = filter_condition(filters)
        sql = f"SELECT c.id FROM chunks c WHERE c.id IN (SELECT value FROM json_each(?)) AND {passing_chunks(condition)}"
        return {row[0] for row in self._db.execute(sql, (json.dumps(list(ids)), *values))}

    def vectors_passing(self, filters: Filters) -> Iterator[tuple[list[int], Vectors]]:
        """Ids and vectors, shape (chunks, dimension), of the chunks whose documents pass `filters`, some thousands at a time."""
        condition, values = filter_condition(filters)
        sql = f"SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.key = c.vector_key WHERE {passing_chunks(condition)} ORDER BY c.id"
        cursor = self._db.execute(sql, values)
        while rows := cursor.fetchmany(_VECTORS_AT_ONCE):
            yield [row[0] for row in rows], np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)

    def embedded(self, keys: Sequence[str]) -> dict[str, Embedded]:
        """Vectors with those of their sentences, by vector key."""
        with translated(self.file):
            rows = self._db.execute(
                "SELECT key, vector, sentences FROM vectors WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),)
            ).fetchall()
        found = {}
        for key, blob, sentences in rows:
            vector = np.frombuffer(blob, np.float32)
            found[key] = Embedded(vector, from_halves(sentences, len(vector)))
        return found

    def add_vectors(self, vectors: Mapping[str, Embedded]) -> None:
        """Store vectors; sentences in half precision, which changes their cosine by less than 0.001."""
        self._db.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
            [
                (key, np.ascontiguousarray(e.vector, np.float32).tobytes(), np.ascontiguousarray(e.sentences, np.float16).tobytes())
                for key, e in vectors.items()
            ],
        )

    def drop_unused_vectors(self) -> None:
        """Remove the vectors that no chunk uses any more."""
        self._db.execute("DELETE FROM vectors WHERE key NOT IN (SELECT vector_key FROM chunks)")

    # The journal of writes to Chroma

    def pending(self) -> list[str]:
        """Keys whose state in Chroma is uncertain because a run did not come to its end."""
        return [row[0] for row in self._db.execute("SELECT key FROM pending")]

    def interrupted(self) -> bool:
        """Whether a run is under way, or did not come to its end."""
        return self._db.execute("SELECT 1 FROM pending").fetchone() is not None

    def add_pending(self, keys: Iterable[str]) -> None:
        """Note keys that are about to be written to or deleted from Chroma."""
        self._db.executemany("INSERT OR IGNORE INTO pending VALUES (?)", [(key,) for key in keys])

    def clear_pending(self) -> None:
        """Chroma and the catalog agree."""
        self._db.execute("DELETE FROM pending")

    # Full text

    def lexical(self, query: str, limit: int, filters: Filters = Filters(), beside: Sequence[int] = ()) -> list[tuple[int, float]]:
        """Chunk ids with their BM25 score (higher is better) for an FTS5 `query`, best first.

        The best `limit`, and those of the chunks `beside` that match as well, however low they are.
        """
        if not query:
            return []
        sql = f"SELECT lexicon.rowid, -bm25(lexicon, {HEAD_WEIGHT}, 1.0) FROM lexicon"
        conditions: list[str] = ["lexicon MATCH ?"]
        values: list[Any] = [query]
        if filters:
            condition, more = filter_condition(filters)
            sql += " JOIN chunks c ON c.id = lexicon.rowid JOIN documents d ON d.id = c.document_id"
            conditions.append(condition)
            values += more
        # One pass for both: asked for by their ids, FTS5 counts all matches again for each of them. The plus keeps it from that.
        sql += f" WHERE {' AND '.join(conditions)} ORDER BY +lexicon.rowid IN (SELECT value FROM json_each(?)) DESC, 2 DESC LIMIT ?"
        with translated(self.file):
            found = self._db.execute(sql, (*values, json.dumps(list(beside)), limit + len(beside))).fetchall()
        found.sort(key=lambda row: (-row[1], row[0]))
        wanted = set(beside)
        return [row for rank, row in enumerate(found) if rank < limit or row[0] in wanted]

    def chunks_with(self, terms: Sequence[str]) -> dict[str, int]:
        """Number of chunks that each of `terms` occurs in; terms that occur nowhere are left out."""
        counted = self._counted
        for term in terms:
            if ("term", term) not in counted:
                row = self._db.execute("SELECT doc FROM lexicon_terms WHERE term = ?", (term,)).fetchone()
                counted["term", term] = int(row[0]) if row else 0
        return {term: count for term in terms if (count := counted["term", term])}

    def terms_in(self, document: int, terms: Sequence[str]) -> set[str]:
        """Which of `terms` occur in a document, its title and headings included."""
        first, last = self._db.execute("SELECT min(id), max(id) FROM chunks WHERE document_id = ?", (document,)).fetchone()
        # A document's chunks are stored one after the other: FTS5 skips to them, whatever else a term occurs in.
        sql = (
            "SELECT 1 FROM lexicon CROSS JOIN chunks c ON c.id = lexicon.rowid"
            " WHERE lexicon MATCH ? AND lexicon.rowid BETWEEN ? AND ? AND c.document_id = ? LIMIT 1"
        )
        with translated(self.file):
            return {term for term in terms if self._db.execute(sql, (f'"{term}"', first, last, document)).fetchone()}
