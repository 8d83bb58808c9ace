"""The index folder: which generation is in force, who is writing, and what it was made with.

    index/CURRENT           name of the generation that answers
    index/<generation>/     catalog.sqlite3 and chroma/
    index/writer.lock       held by the one process that writes; writer.json says which

A rebuild fills a new generation beside the one in force; replacing the one-line file CURRENT puts it in its place.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from askdivide.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from askdivide.index.tables import FORMAT_VERSION
from askdivide.settings import Settings
from askdivide.text.terms import TERMS_VERSION

CATALOG = "catalog.sqlite3"
CHROMA = "chroma"
LOCK = "writer.lock"
"""What every index folder holds, and holds first."""
CHUNKING_VERSION = 6
"""Raise when the same document gives other chunks: an index made with another version must be rebuilt."""

_PREFIX = "generation-"
_REBUILD = "askdivide index --rebuild"
UNFINISHED = "the first run has not finished, run: askdivide index"
"""Of an index that does not hold all articles yet."""


def current(folder: Path) -> Path:
    """The generation in force. Raises IndexMissing or IndexDamaged."""
    try:
        name = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        if folder.exists() and not folder.is_dir():
            raise IndexDamaged(f"{folder} is a file, not an index folder; choose another with --index") from None
        raise IndexMissing(f"no index in {folder}; run: askdivide index") from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{folder / 'CURRENT'} cannot be read ({error}); run: {_REBUILD}") from error
    generation = folder / name
    if not name.startswith(_PREFIX) or "/" in name or not (generation / CATALOG).is_file():
        raise IndexDamaged(f"{folder} holds no usable index (CURRENT names {name[:60]!r}); run: {_REBUILD}")
    return generation


def new_generation(folder: Path) -> Path:
    """An empty folder for a new generation."""
    generation = folder / f"{_PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    generation.mkdir(parents=True)
    return generation


def put_in_force(generation: Path) -> None:
    """Make `generation` the one that answers, in one step that a crash cannot halve."""
    folder = generation.parent
    scratch = folder / "CURRENT.new"
    with scratch.open("w", encoding="utf-8") as stream:
        stream.write(generation.name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(scratch, folder / "CURRENT")


def other_generations(generation: Path, *, keep: Path | None = None) -> list[Path]:
    """What earlier or interrupted rebuilds left, but for `keep`."""
    return [other for other in sorted(generation.parent.glob(_PREFIX + "*")) if other not in (generation, keep)]


def remove_other_generations(generation: Path, *, keep: Path | None = None) -> None:
    """Remove what earlier or interrupted rebuilds left, but for `keep`. Only for the holder of the lock."""
    for other in other_generations(generation, keep=keep):
        shutil.rmtree(other, ignore_errors=True)


@contextmanager
def disk_troubles(folder: Path) -> Iterator[None]:
    """The operating system's errors while `folder` is written, as ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise IndexProblem(
                f"no space left on the disk that holds {folder}; free some and run again, nothing committed is lost"
            ) from error
        raise IndexProblem(f"cannot write in {folder} ({error.strerror or error})") from error


@contextmanager
def writing(folder: Path, *, wait: float = 0) -> Iterator[None]:
    """Hold the lock that only one process can hold. Raises IndexBusy with who holds it, after `wait` seconds."""
    from filelock import FileLock, Timeout

    owner = folder / "writer.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=wait, poll_interval=0.1)
        lock.acquire()
    except Timeout:
        raise IndexBusy(f"{folder} is being written by {_owner(owner)}; wait for it, or stop it") from None
    except OSError as error:
        raise IndexProblem(f"cannot write in {folder} ({error.strerror}); choose another folder with --index") from error
    try:
        details = {"pid": os.getpid(), "host": socket.gethostname(), "command": " ".join(sys.argv[:3]), "since": time.strftime("%H:%M:%S")}
        # A full disk is told of where it matters; without this file only the name of the writer is missing.
        with suppress(OSError):
            owner.write_text(json.dumps(details), encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _owner(file: Path) -> str:
    try:
        owner = json.loads(file.read_text(encoding="utf-8"))
        return f"process {owner['pid']} on {owner['host']} since {owner['since']} ({owner['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def expected_manifest(settings: Settings) -> dict[str, Any]:
    """What an index made with these settings says of itself; readers and the writer compare it."""
    return {
        "format": FORMAT_VERSION,
        "terms": TERMS_VERSION,
        "chunking": CHUNKING_VERSION,
        "chunk_tokens": settings.chunk_tokens,
        "embedding": embedding_name(settings),
    }


def embedding_name(settings: Settings) -> str:
    """The embedding model's name in the one form that is compared."""
    return settings.embedding.removeprefix("sentence-transformers/")


def check_manifest(found: Mapping[str, Any], expected: Mapping[str, Any], folder: Path) -> None:
    """Raise IndexMismatch, naming old and new value and what to do, where the index was made with something else."""
    for key, value in expected.items():
        if key in found and found[key] == value:
            continue
        keep = f"; or keep it with ASKDIVIDE_{key.upper()}={found.get(key)}" if key in ("embedding", "chunk_tokens") else ""
        raise IndexMismatch(f"the index in {folder} was made with {key} {found.get(key)!r}, now it is {value!r}; run: {_REBUILD}{keep}")
