"""Articles that are copies of each other: the same one twice, or syndicated with another beginning or end.

Sketches of all documents stand in the catalog, so that a new one is compared with the few that share a band with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
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


@dataclass(frozen=True)
class Copy:
    """A pair of documents that say the same."""

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
    """Sketch the document at `path`, just stored, and note whose copy it is. To be called inside a transaction."""
    db = catalog.connection
    row = db.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
    if row is None:
        return []
    own = _runs(catalog, row[0])
    if len(own) < _LEAST_EQUAL:
        return []
    keys = bands(own)
    near = db.execute(
        "SELECT DISTINCT d.id, d.path FROM bands b JOIN documents d ON d.id = b.document_id"
        " WHERE b.band IN (SELECT value FROM json_each(?)) AND d.id != ? ORDER BY d.path",
        (json.dumps(keys), row[0]),
    ).fetchall()
    db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(key, row[0]) for key in keys])
    found = []
    for other_id, other_path in near:
        other = _runs(catalog, other_id)
        part = share(own, other)
        least, most = sorted((len(own), len(other)))
        if part >= _SHARE and least >= _LENGTHS * most and (least >= _LEAST or (part == 1.0 and least == most)):
            db.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?)", (row[0], other_id, part))
            found.append(Copy(path, other_path, part))
    return found


def all_copies(catalog: Catalog) -> list[Copy]:
    """All pairs, by path."""
    rows = catalog.connection.execute(
        "SELECT max(d.path, o.path), min(d.path, o.path), c.share FROM copies c JOIN documents d ON d.id = c.document_id"
        " JOIN documents o ON o.id = c.other_id ORDER BY 1, 2"
    )
    return [Copy(*row) for row in rows]


def copies_by_path(catalog: Catalog) -> dict[str, list[str]]:
    """For each document that has copies, the others, by path."""
    found: dict[str, list[str]] = {}
    for pair in all_copies(catalog):
        found.setdefault(pair.document, []).append(pair.other)
        found.setdefault(pair.other, []).append(pair.document)
    return {path: sorted(others) for path, others in found.items()}


def copies_among(catalog: Catalog, documents: Iterable[int]) -> dict[int, set[int]]:
    """For the documents with these ids, which others of them are copies of each; documents without any are left out."""
    wanted = json.dumps(sorted(set(documents)))
    found: dict[int, set[int]] = {}
    for one, other in catalog.connection.execute(
        "SELECT document_id, other_id FROM copies WHERE document_id IN (SELECT value FROM json_each(?))"
        " AND other_id IN (SELECT value FROM json_each(?))",
        (wanted, wanted),
    ):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _runs(catalog: Catalog, document_id: int) -> Shingles:
    texts = catalog.connection.execute("SELECT text FROM chunks WHERE document_id = ? ORDER BY start", (document_id,))
    return shingles("\n".join(text for (text,) in texts))
