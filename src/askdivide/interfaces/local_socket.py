"""The door by which `ask` reaches a `serve` of the same user and index: a socket in a folder that nobody else can enter.

On connecting the server says what it is (`greeting`); who does not read there what they would say themselves goes away. Then
one line goes either way, the question and the answer, both JSON. A server that cannot answer closes the connection.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
import sys
import time
from dataclasses import asdict
from pathlib import Path

from askdivide import __version__
from askdivide.settings import Settings

LONGEST_LINE = 1_000_000
"""Bytes of a question with its history and filters."""
NO_GREETING = (OSError, RuntimeError, ValueError)
"""What `socket_of` and `greeting` raise for paths that cannot be followed."""

_SERVING = ("model", "offer", "host", "port", "editable", "users", "open_to_all", "hosts")
"""Settings that change nothing about what the quote model answers. Every other one, also one that is added later, must agree."""


def has_sockets() -> bool:
    """Whether this system has sockets that are files, and users to whom files belong."""
    return hasattr(socket, "AF_UNIX") and hasattr(os, "geteuid")


def socket_of(index: Path) -> Path:
    """Where the socket of a server over `index` is, whether there is one or not."""
    name = hashlib.sha256(os.fsencode(index.resolve())).hexdigest()[:24]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "askdivide" / f"{name}.sock"
    # Others may write to this folder, so what is in it is looked at before it is used: is_private.
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"askdivide-{os.geteuid()}" / f"{name}.sock"  # noqa: S108


def is_private(folder: Path) -> bool:
    """Whether `folder` is a folder, and no link to one, that is this user's and that nobody else may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def is_same_user(connection: socket.socket) -> bool:
    """Whether the other end is a process of this user; true where the system does not tell, and the folder alone decides."""
    asked = getattr(socket, "SO_PEERCRED", None)
    if asked is None:
        return True
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, asked, struct.calcsize("3i")))
    return bool(user == os.geteuid())


def greeting(settings: Settings) -> bytes:
    """A line that is the same for two processes only if they would give the same answers.

    It stands for this version and the very files of the program, its environment, and every setting that is not about serving.
    """
    known = {key: _resolved(value) for key, value in asdict(settings).items() if key not in _SERVING}
    told = json.dumps([sys.prefix, _files(Path(__file__).parents[1]), known], sort_keys=True)
    return json.dumps({"askdivide": __version__, "settings": hashlib.sha256(told.encode()).hexdigest()}).encode() + b"\n"


def read_line(connection: socket.socket, *, most: int, seconds: float) -> bytes:
    """The next line, without its end. Raises OSError where it is longer than `most` bytes or not complete after `seconds`."""
    until = time.monotonic() + seconds
    line = bytearray()
    while not line.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the line is not complete")
        connection.settimeout(left)
        piece = connection.recv(65536)
        if not piece or len(line) + len(piece) > most:
            raise ConnectionError("the line is too long, or was broken off")
        line += piece
    return bytes(line[:-1])


def _resolved(value: object) -> object:
    """A setting so that it means the same in every working folder; where it names a folder, with the state of its files."""
    if isinstance(value, Path):
        return str(value.resolve())
    if isinstance(value, str) and value and (folder := Path(value).expanduser()).is_dir():
        return [str(folder.resolve()), _files(folder)]
    return value


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of every file below `folder` but for those that Python writes when it runs."""
    found = []
    for place, folders, names in os.walk(folder.resolve()):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            file = os.path.join(place, name)
            known = os.lstat(file)
            found.append((file, known.st_size, known.st_mtime_ns))
    return sorted(found)
