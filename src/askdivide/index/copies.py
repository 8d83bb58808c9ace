"""Articles that are copies of each other: the same one twice, or syndicated with another beginning or end.

Of copies one stands for all: it alone has its sketch in the catalog, a new document is compared with the few that share a
band with it, and is noted with those that it is a copy of. So what a thousand equal files cost and take is what a thousand
others do. Two that repeat the same third one count as copies, whatever they share.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from askdivide.index.catalog import Catalog
from askdivide.text.shingles import Shingles, bands, share, shingles

_SHARE = 0.8
"""Of the shorter text's word runs in the longer one, from which on they are copies."""
_LENGTHS = 0.4
"""The shorter one's least length against the longer: a digest of many articles is no copy of each of them."""
_LEAST, _LEAST_EQUAL = 30, 3
"""Word runs of a text short of which likeness is chance; and equality."""
_COMPARED_MOST = 100
"""Documents that a new one is compared with: those whose sketches are most like its own."""
_TOLD, _TOLD_GROUPS = 3, 5
"""Copies of a group, and groups, that are named to people."""


@dataclass(frozen=True)
class Copy:
    """A document that says the same as another, which stands for all that do."""

    document: str
    other: str
    share: float
    """Part of the shorter one that the longer one holds."""

    def to_dict(self) -> dict[str, Any]:
        """One entry of `status --json`."""
        return {"document": self.document, "other": self.other, "share": round(self.share, 4)}

    def __str__(self) -> str:
        """The pair in a line for people."""
        return f"{self.document} repeats {self.other} ({self.share:.0%} of the shorter text); they count as one source"


def note_copies(catalog: Catalog, path: str) -> list[Copy]:
    """Note whose copy the document at `path`, just stored, is; else keep its sketch. To be called inside a transaction."""
    db = catalog.connection
    row = db.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
    if row is None:
        return []
    own = _runs(catalog, row[0])
    if len(own) < _LEAST_EQUAL:
        return []
    keys = bands(own)
    near = db.execute(
        "SELECT d.id, d.path FROM bands b JOIN documents d ON d.id = b.document_id"
        " WHERE b.band IN (SELECT value FROM json_each(?)) AND d.id != ? GROUP BY d.id ORDER BY count(*) DESC, d.path LIMIT ?",
        (json.dumps(keys), row[0], _COMPARED_MOST),
    ).fetchall()
    found = []
    for other_id, other_path in near:
        other = _runs(catalog, other_id)
        part = share(own, other)
        least, most = sorted((len(own), len(other)))
        if part >= _SHARE and least >= _LENGTHS * most and (least >= _LEAST or (part == 1.0 and least == most)):
            db.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?)", (row[0], other_id, part))
            found.append(Copy(path, other_path, part))
    if not found:
        db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(key, row[0]) for key in keys])
    return found


def hand_over(catalog: Catalog, leaving: Iterable[str]) -> None:
    """Have others stand for the copies of documents that are about to be removed or replaced. To be called inside a transaction."""
    db = catalog.connection
    gone = json.dumps(list(leaving))
    left = db.execute(
        "SELECT d.path FROM copies c JOIN documents d ON d.id = c.document_id JOIN documents o ON o.id = c.other_id"
        " WHERE o.path IN (SELECT value FROM json_each(?1)) AND d.path NOT IN (SELECT value FROM json_each(?1))"
        " AND NOT EXISTS (SELECT 1 FROM copies k JOIN documents s ON s.id = k.other_id"
        " WHERE k.document_id = d.id AND s.path NOT IN (SELECT value FROM json_each(?1))) GROUP BY d.id ORDER BY d.path DESC",
        (gone,),
    ).fetchall()
    for table, column in (("copies", "other_id"), ("bands", "document_id")):
        db.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM documents WHERE path IN (SELECT value FROM json_each(?)))", (gone,)
        )
    # A run goes by path: where all of them change one after the other, the last stands for the rest the longest.
    for (path,) in left:
        note_copies(catalog, path)


def all_copies(catalog: Catalog) -> list[Copy]:
    """All copies with what they repeat, by path."""
    rows = catalog.connection.execute(
        "SELECT d.path, o.path, c.share FROM copies c JOIN documents d ON d.id = c.document_id"
        " JOIN documents o ON o.id = c.other_id ORDER BY 1, 2"
    )
    return [Copy(*row) for row in rows]


def copies_by_path(catalog: Catalog) -> dict[str, list[str]]:
    """What each copy repeats and, for what is repeated, its copies; by path."""
    found: dict[str, list[str]] = {}
    for copy in all_copies(catalog):
        found.setdefault(copy.document, []).append(copy.other)
        found.setdefault(copy.other, []).append(copy.document)
    return {path: sorted(others) for path, others in found.items()}


def copies_among(catalog: Catalog, documents: Iterable[int]) -> dict[int, set[int]]:
    """For the documents with these ids, which others of them are copies of each; documents without any are left out."""
    wanted = set(documents)
    groups: dict[int, set[int]] = {}
    for one, other in catalog.connection.execute(
        "SELECT document_id, other_id FROM copies WHERE document_id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(wanted)),)
    ):
        groups.setdefault(other, {other} & wanted).add(one)
    found: dict[int, set[int]] = {}
    for group in groups.values():
        for one in group if len(group) > 1 else ():
            found.setdefault(one, set()).update(group - {one})
    return found


def told_copies(copies: Iterable[Copy]) -> str:
    """Copies for people: what is repeated, with the first few of its copies, for the first few of such groups."""
    groups: dict[str, list[str]] = {}
    for copy in copies:
        groups.setdefault(copy.other, []).append(copy.document)
    shown = [f"{first} = {told_names(repeating)}" for first, repeating in sorted(groups.items())[:_TOLD_GROUPS]]
    more = len(groups) - len(shown)
    return "; ".join([*shown, *([f"and {more:,} more groups"] if more > 1 else ["and 1 more group"] if more else [])])


def told_names(names: Sequence[str]) -> str:
    """The first few of `names`, and how many more there are."""
    # One more is named as shortly as it is counted.
    most = _TOLD if len(names) > _TOLD + 1 else len(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _runs(catalog: Catalog, document_id: int) -> Shingles:
    texts = catalog.connection.execute("SELECT text FROM chunks WHERE document_id = ? ORDER BY start", (document_id,))
    return shingles("\n".join(text for (text,) in texts))
