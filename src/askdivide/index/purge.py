"""Leaving no trace: what was removed or replaced is in no file of the index folder any more.

SQLite keeps deleted text in free pages and in the full-text index until they are used again, Chroma deleted vectors in its
graph. So everything that is in force is copied into a new generation, which takes the old one's place.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from askdivide.index.folder import (
    CATALOG,
    current,
    disk_troubles,
    new_generation,
    other_generations,
    put_in_force,
    remove_other_generations,
    writing,
)
from askdivide.index.refill import filled_apart
from askdivide.index.tables import translated
from askdivide.index.vectors import ChromaVectors, remove_collections
from askdivide.settings import Settings

_NOTE = "purge-begun"


def begin_purge(folder: Path) -> None:
    """Note in the index `folder` that a purge has begun, of which the index is only a part. Raises IndexProblem."""
    with disk_troubles(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _NOTE).open("w") as stream:
            os.fsync(stream.fileno())


def end_purge(folder: Path) -> None:
    """Note that it has come to its end. Raises IndexProblem."""
    with disk_troubles(folder):
        (folder / _NOTE).unlink(missing_ok=True)


def purge_begun(folder: Path) -> bool:
    """Whether a purge has begun and not come to its end: removed text may be in some file still."""
    return (folder / _NOTE).exists()


def purge_index(settings: Settings, *, wait: float = 0) -> None:
    """Copy what is in force into a new generation and remove all others. Nothing is embedded; a kill loses nothing.

    Readers in the middle of a question may have to ask it again. Raises IndexProblem.
    """
    with writing(settings.index, wait=wait), disk_troubles(settings.index):
        old = current(settings.index)
        fresh = new_generation(settings.index)
        file = fresh / CATALOG
        with translated(old / CATALOG), closing(sqlite3.connect(f"{(old / CATALOG).absolute().as_uri()}?mode=rw", uri=True)) as db:
            db.execute("VACUUM INTO ?", (str(file),))
        with translated(file), closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("DELETE FROM vectors WHERE key NOT IN (SELECT vector_key FROM chunks)")
            # Deleted words stand in older segments of the full-text index until those are merged.
            db.execute("INSERT INTO lexicon (lexicon) VALUES ('rebuild')")
            db.execute("VACUUM")
            db.execute("PRAGMA journal_mode = WAL")
        filled_apart(fresh, settings.chroma)
        put_in_force(fresh)
        ChromaVectors.forget()
        remove_collections(settings.chroma, other_generations(fresh))
        remove_other_generations(fresh)
