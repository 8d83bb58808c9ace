"""Chroma made to agree with the catalog again, without embedding anything.

    python -m askdivide.index.refill GENERATION [SERVER]

does so for `filled_apart`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from askdivide.errors import AskDivideError, IndexDamaged, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, CHROMA, current, disk_troubles
from askdivide.index.vectors import ChromaVectors, drop, metadata, present, torn
from askdivide.settings import Settings

_PART = 2000


def agreed(catalog: Catalog, folder: Path, server: str = "") -> ChromaVectors:
    """Chroma in `folder`, or on `server`, in agreement with the catalog.

    The keys of an interrupted run are repaired; all of them where Chroma is missing or holds another number. Chroma that
    cannot be used is made anew. Only for the holder of the lock.
    """
    missing = not present(folder, server)
    if catalog.interrupted() and torn(folder):
        drop(folder, server)
        missing = True
    try:
        return _agreed(catalog, folder, server, everything=missing)
    except IndexDamaged:
        drop(folder, server)
        return _agreed(catalog, folder, server, everything=True)


def refill(settings: Settings) -> None:
    """Make Chroma of the generation in force anew from the catalog; neither the corpus nor a model is needed.

    Only for the holder of the lock. Raises IndexProblem.
    """
    generation = current(settings.index)
    catalog = Catalog(generation / CATALOG, write=True)
    try:
        with disk_troubles(settings.index):
            drop(generation / CHROMA, settings.chroma)
            _agreed(catalog, generation / CHROMA, settings.chroma, everything=True)
    finally:
        catalog.close()


def filled_apart(generation: Path, server: str = "") -> None:
    """Fill Chroma of a new generation from its catalog, in a process that has read nothing else.

    Chroma writes whole blocks of memory to its files, the parts it never set included, and in those stands what its process
    has read before. Raises IndexProblem.
    """
    command = [sys.executable, "-m", "askdivide.index.refill", str(generation), server]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        lines = done.stderr.splitlines() or [f"Chroma ended its process (status {done.returncode})"]
        raise IndexProblem(lines[-1])


def _agreed(catalog: Catalog, folder: Path, server: str, *, everything: bool) -> ChromaVectors:
    if everything:
        # Noted before Chroma is made: a kill while it is filled must not leave half of it looking whole.
        with catalog.transaction("IMMEDIATE"):
            catalog.add_pending(catalog.chunk_keys())
    # What this process has open may be older than what another one wrote, or of a folder deleted since.
    ChromaVectors.forget()
    vectors = ChromaVectors(folder, create=True, server=server)
    keys = set(catalog.pending())
    if everything or (not keys and vectors.count() != catalog.counts()[1]):
        keys = catalog.chunk_keys() | vectors.keys()
    if not keys:
        return vectors
    gone = set(keys)
    known = list(catalog.chunk_ids(sorted(keys)).values())
    # In parts: a chunk comes with its sentences and their vectors.
    for start in range(0, len(known), _PART):
        rows = list(catalog.chunks(known[start : start + _PART]).values())
        vectors.upsert([row.key for row in rows], [row.vector for row in rows], [metadata(row.document) for row in rows])
        gone.difference_update(row.key for row in rows)
    vectors.delete(sorted(gone))
    vectors.settle()
    with catalog.transaction("IMMEDIATE"):
        catalog.clear_pending()
        catalog.count_commit()
    return vectors


def main() -> None:
    """Fill Chroma of the generation that is named; what goes wrong is one line on stderr."""
    generation, server = Path(sys.argv[1]), (sys.argv[2] if len(sys.argv) > 2 else "")
    try:
        catalog = Catalog(generation / CATALOG, write=True)
        try:
            with disk_troubles(generation):
                agreed(catalog, generation / CHROMA, server)
        finally:
            catalog.close()
    except AskDivideError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
