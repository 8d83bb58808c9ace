"""Conversations, kept in an SQLite file of their own beside the index: whose they are, their titles, and every answer as JSON.

An answer comes back with its citations exactly as they were given; whether the articles still say so is for the reader of them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from askdivide.errors import IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.interfaces.web.turns import Exchange, Reply
from askdivide.records import Answer, Citation, Claim, Filters, Note, Passage, Refusal

FILE = "conversations.sqlite3"
LISTED = 200
"""Most conversations in a list."""
TITLE_MOST = 120
_NOT_KEPT = ("read", "raw")
"""Fields of an answer that only explain how it came about, and are larger than all others."""

_GONE = "This answer rested on articles that have been removed for good."

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, changed REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (owner, changed);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, number INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (conversation, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Listed:
    """A conversation in a list."""

    id: str
    title: str
    changed: float
    """When a turn was last added, in seconds since 1970."""


class Conversations:
    """The conversations of all visitors. Every call opens the file anew, so that any thread may call, and may raise IndexProblem."""

    def __init__(self, folder: Path) -> None:
        """Those kept in `folder`. Where nothing can be kept there, `kept` is False, lists are empty and saving does nothing."""
        self.file = folder / FILE
        self.kept = True
        try:
            # What people ask is theirs: the file is readable by the server's own user only.
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            with self._open() as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
        except (OSError, IndexProblem):
            self.kept = False

    def list(self, owner: str) -> list[Listed]:
        """The conversations of `owner`, the latest first."""
        if not self.kept:
            return []
        with self._open() as db:
            rows = db.execute(
                "SELECT id, title, changed FROM conversations WHERE owner = ? ORDER BY changed DESC, id LIMIT ?", (owner, LISTED)
            )
            return [Listed(*row) for row in rows]

    def load(self, owner: str, conversation: str) -> tuple[str, tuple[Exchange, ...]] | None:
        """Title and exchanges of a conversation, oldest first; None where `owner` has no such conversation."""
        if not self.kept:
            return None
        with self._open() as db:
            row = db.execute("SELECT title FROM conversations WHERE id = ? AND owner = ?", (conversation, owner)).fetchone()
            if row is None:
                return None
            turns = db.execute("SELECT number, data FROM turns WHERE conversation = ? ORDER BY number", (conversation,)).fetchall()
        return str(row[0]), tuple(_exchange(number, json.loads(data)) for number, data in turns)

    def last_number(self, owner: str, conversation: str) -> int:
        """The number of a conversation's last exchange; 0 where none is kept."""
        if not self.kept:
            return 0
        with self._open() as db:
            found = db.execute(
                "SELECT max(number) FROM turns JOIN conversations ON id = conversation WHERE id = ? AND owner = ?", (conversation, owner)
            ).fetchone()
        return found[0] or 0

    def save(self, owner: str, conversation: str, title: str, exchange: Exchange) -> None:
        """Keep one exchange, in the place of one of the same number; `title` is for a conversation that is new.

        A conversation of another owner is left alone.
        """
        if not self.kept:
            return
        with self._open() as db:
            now = time.time()
            db.execute("INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?)", (conversation, owner, title[:TITLE_MOST], now))
            if db.execute("UPDATE conversations SET changed = ? WHERE id = ? AND owner = ?", (now, conversation, owner)).rowcount:
                data = json.dumps(_data(exchange), ensure_ascii=False)
                db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?)", (conversation, exchange.number, data))

    def take_back(self, owner: str, conversation: str, number: int) -> None:
        """Forget the exchange of that number, and a conversation that holds no other."""
        if not self.kept:
            return
        with self._open() as db:
            mine = "SELECT id FROM conversations WHERE id = ? AND owner = ?"
            db.execute(f"DELETE FROM turns WHERE number = ? AND conversation IN ({mine})", (number, conversation, owner))
            db.execute(
                f"DELETE FROM conversations WHERE id IN ({mine}) AND id NOT IN (SELECT conversation FROM turns)", (conversation, owner)
            )

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        title = " ".join(title.split())[:TITLE_MOST]
        if self.kept and title:
            with self._open() as db:
                db.execute("UPDATE conversations SET title = ? WHERE id = ? AND owner = ?", (title, conversation, owner))

    def delete(self, owner: str, conversation: str) -> None:
        """Forget a conversation, also in the file's free pages."""
        if self.kept:
            with self._open() as db:
                db.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation, owner))

    def forget(self, catalog: Catalog) -> None:
        """Take out every answer that holds words which are in no article any more; its question stays."""
        if not self.kept:
            return
        texts: dict[str, str] = {}

        def is_there(document: str, words: str) -> bool:
            if document not in texts:
                row = catalog.document(document)
                texts[document] = catalog.text(row.id) if row else ""
            return words in texts[document]

        with self._open() as db:
            for conversation, number, data in db.execute("SELECT conversation, number, data FROM turns").fetchall():
                exchange = _exchange(number, json.loads(data))
                # What rests on words that were stopped before they were checked cannot be told.
                said = [list(_said(one.answer)) if one.answer else [("", one.text)] if one.text else [] for one in exchange.replies]
                there = [all(is_there(*words) for words in part) for part in said]
                if not all(there):
                    kept = (
                        one if is_kept else Reply(one.model, failure=_GONE) for one, is_kept in zip(exchange.replies, there, strict=True)
                    )
                    fresh = json.dumps(_data(replace(exchange, replies=tuple(kept))), ensure_ascii=False)
                    db.execute("UPDATE turns SET data = ? WHERE conversation = ? AND number = ?", (fresh, conversation, number))
        with self._open() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("VACUUM")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=10)) as db:
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA secure_delete = ON")
                with db:
                    yield db
        except sqlite3.Error as error:
            raise IndexProblem(f"{self.file} cannot be used ({error}); check the disk that holds it") from error


def _said(answer: Answer) -> Iterator[tuple[str, str]]:
    """The articles' words in an answer, each with its document."""
    for citation in answer.citations:
        yield citation.document, citation.quote
    for passage in (*answer.consulted, *(answer.refusal.nearest if answer.refusal else ())):
        yield passage.document, passage.text


def answer_data(answer: Answer) -> dict[str, Any]:
    """An answer ready for JSON, with all that is needed to show it again."""
    data = asdict(answer)
    for name in _NOT_KEPT:
        del data[name]
    return data


def answer_from(data: Mapping[str, Any]) -> Answer:
    """The answer that `answer_data` made `data` of; fields that are not known are passed over."""
    refusal = data.get("refusal")
    return replace(
        _made(Answer, data),
        claims=tuple(replace(_made(Claim, claim), citations=tuple(claim["citations"])) for claim in data["claims"]),
        citations=tuple(_made(Citation, citation) for citation in data["citations"]),
        consulted=tuple(_made(Passage, passage) for passage in data["consulted"]),
        notes=tuple(replace(_made(Note, note), citations=tuple(note["citations"])) for note in data["notes"]),
        refusal=Refusal(refusal["reason"], tuple(_made(Passage, passage) for passage in refusal["nearest"])) if refusal else None,
    )


def _data(exchange: Exchange) -> dict[str, Any]:
    replies = [{**asdict(replace(one, answer=None)), "answer": one.answer and answer_data(one.answer)} for one in exchange.replies]
    return {"question": exchange.question, "filters": asdict(exchange.filters), "replies": replies}


def _exchange(number: int, data: Mapping[str, Any]) -> Exchange:
    filters = {name: tuple(value) if isinstance(value, list) else value for name, value in data["filters"].items()}
    replies = [replace(_made(Reply, one), answer=answer_from(one["answer"]) if one["answer"] else None) for one in data["replies"]]
    return Exchange(number, data["question"], tuple(replies), _made(Filters, filters))


Record = TypeVar("Record")


def _made(kind: type[Record], data: Mapping[str, Any]) -> Record:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in data.items() if name in known})
