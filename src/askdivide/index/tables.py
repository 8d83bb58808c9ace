"""The catalog's tables, what their rows are in Python, and what SQL says of filters and errors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.embedding import Vectors
from askdivide.records import Chunk, Document, Filters, Sentence
from askdivide.text.dates import date_number, date_words

FORMAT_VERSION = 4
"""Raise when the tables change: an index of another format must be rebuilt."""

SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, version TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    title TEXT NOT NULL, published TEXT, first_day INTEGER, last_day INTEGER, source TEXT, url TEXT, tags TEXT NOT NULL,
    markup INTEGER NOT NULL, characters INTEGER NOT NULL);
CREATE TABLE texts (document_id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, text TEXT NOT NULL);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, page INTEGER, text TEXT NOT NULL,
    sentences TEXT NOT NULL, header TEXT, unmarked TEXT, vector_key TEXT NOT NULL);
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE INDEX chunks_by_vector ON chunks (vector_key);
CREATE TABLE vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL, sentences BLOB NOT NULL);
CREATE TABLE filters (document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, kind TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX filters_by_document ON filters (document_id, kind, value);
CREATE TABLE failures (path TEXT PRIMARY KEY, reason TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE bands (band INTEGER NOT NULL, document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    PRIMARY KEY (band, document_id)) WITHOUT ROWID;
CREATE INDEX bands_by_document ON bands (document_id);
CREATE TABLE copies (document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, share REAL NOT NULL,
    PRIMARY KEY (document_id, other_id)) WITHOUT ROWID;
CREATE INDEX copies_by_other ON copies (other_id);
CREATE TABLE pending (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE lexicon USING fts5 (head, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab (lexicon, 'row');
"""


@dataclass(frozen=True)
class DocumentRow:
    """A document as the catalog knows it, without its text."""

    id: int
    path: str
    version: str
    size: int
    mtime_ns: int
    title: str
    published: str | None
    source: str | None
    url: str | None
    tags: tuple[str, ...]
    markup: bool
    characters: int


@dataclass(frozen=True)
class ChunkRow:
    """A chunk as the catalog knows it, with its vectors."""

    id: int
    key: str
    document: DocumentRow
    stored: Sequence[Any]
    """Its columns from start to unmarked."""
    vector: Vectors
    """Shape (dimension,)."""
    sentence_bytes: bytes
    """The vectors of its sentences, in half precision, one after the other."""

    # Of a hundred chunks that a search weighs up, a dozen are read: only those are taken apart.
    @cached_property
    def chunk(self) -> Chunk:
        """The chunk itself."""
        start, end, heading, page, text, sentences, header, words = self.stored
        header_start, header_end, columns = json.loads(header) if header else (0, 0, "")
        return Chunk(
            start, end, heading, page, text, tuple(Sentence(*sentence) for sentence in json.loads(sentences)),
            (int(header_start), int(header_end)) if header else None, columns, words,
        )  # fmt: skip

    @cached_property
    def sentence_vectors(self) -> Vectors:
        """Shape (sentences, dimension)."""
        return from_halves(self.sentence_bytes, len(self.vector))


@dataclass(frozen=True)
class NewChunk:
    """A chunk to be stored. `key` names it everywhere, `vector_key` names its vectors."""

    key: str
    vector_key: str
    chunk: Chunk


def from_halves(stored: bytes, dimension: int) -> Vectors:
    """Vectors stored in half precision, shape (vectors, dimension)."""
    return np.frombuffer(stored, np.float16).astype(np.float32).reshape(-1, dimension)


HEAD_WEIGHT = 1.0
"""Weight of title, headings, source and date against the text itself in BM25."""

DOCUMENT_COLUMNS = "d.id, d.path, d.version, d.size, d.mtime_ns, d.title, d.published, d.source, d.url, d.tags, d.markup, d.characters"


def head_text(document: Document, chunk: Chunk) -> str:
    """What counts for matching beside a chunk's own text: title, headings, source, date in figures and words, tags, who speaks."""
    parts = [document.title, chunk.heading, document.source or "", " ".join(document.tags), *chunk.speakers]
    if document.published:
        parts += [document.published, date_words(document.published)]
    return "\n".join(parts)


def filter_condition(filters: Filters) -> tuple[str, list[Any]]:
    """`filters` as SQL over documents `d`. Several sources, or tags, mean any of them."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    if filters.since:
        conditions.append("d.last_day >= ?")
        values.append(date_number(filters.since))
    if filters.until:
        conditions.append("d.first_day <= ?")
        values.append(date_number(filters.until, last=True))
    for kind, wanted in (("source", filters.sources), ("tag", filters.tags)):
        if wanted:
            conditions.append(
                "EXISTS (SELECT 1 FROM filters f WHERE f.document_id = d.id AND f.kind = ? AND f.value IN (SELECT value FROM json_each(?)))"
            )
            values += [kind, json.dumps([value.casefold() for value in wanted])]
    if filters.documents:
        conditions.append("d.path IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.documents))
    return " AND ".join(conditions), values


def passing_chunks(condition: str) -> str:
    """A condition on documents `d` as one on chunks `c`."""
    return f"c.document_id IN (SELECT d.id FROM documents d WHERE {condition})"


def document_row(row: Sequence[Any]) -> DocumentRow:
    """The first columns of a row, DOCUMENT_COLUMNS, as what they tell."""
    number, path, version, size, mtime_ns, title, published, source, url, tags, markup, characters = row[:12]
    return DocumentRow(
        number, path, version, size, mtime_ns, title, published, source, url, tuple(json.loads(tags)), bool(markup), characters
    )


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """SQLite's errors as ours, with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "full" in text:
            raise IndexProblem(
                f"no space left on the disk that holds {file.parent}; free some and run again, nothing committed is lost"
            ) from error
        if "readonly" in text or "unable to open" in text or "permission" in text.lower():
            raise IndexProblem(f"{file.parent} cannot be written ({text}); check its permissions") from error
        if "locked" in text or "busy" in text:
            raise IndexProblem(f"{file} is locked by another program; try again") from error
        raise IndexDamaged(f"{file} is damaged ({text}); run: askdivide index --rebuild") from error
