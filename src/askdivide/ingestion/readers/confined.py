"""Readers run in a process of their own, with limits on time and memory.

Measured with PDFium: a file of 2 kB of forms that draw forms takes 2 GB and 7 s, each further level ten times that; one of
133 kB that unpacks to 35 MB of drawing takes 600 MB. A library in C may also crash on a broken file. In a process of its own
that costs the one file. Starting it takes about 0.1 s; it is kept for the next file, and ends with the run.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any

from askdivide.errors import ReadsTooLong, UnreadableDocument
from askdivide.records import Block, Document, Failure

SECONDS_MOST = 60.0
MEMORY_MOST = 1024**3
"""Bytes of address space."""
_LENGTH = struct.Struct(">Q")
_BROKE = f"breaks its reader, or needs more than {MEMORY_MOST // 1024**2} MB of memory to be read; save it in another way"


class Worker:
    """The process that reads, started when it is first needed and again after it had to be ended. For one thread at a time."""

    def __init__(self) -> None:
        """No process yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, target: str, path: str, data: bytes) -> tuple[list[Document], list[Failure]]:
        """What the reader `target` ("module:function") finds in a file. Raises UnreadableDocument, also for time, memory, crashes."""
        with self._lock:
            process = self._running()
            assert process.stdin
            assert process.stdout
            late = threading.Event()

            def end() -> None:
                late.set()
                process.kill()

            watch = threading.Timer(SECONDS_MOST, end)
            watch.start()
            try:
                _send(process.stdin, json.dumps([target, path, len(data)]).encode(), data)
                reply = _receive(process.stdout)
            except OSError:
                reply = None
            except BaseException:
                # Interrupted, the process would give this file's reply to the question for the next.
                self._end()
                raise
            finally:
                watch.cancel()
            if reply is None:
                self._end()
                if late.is_set():
                    raise ReadsTooLong(f"takes longer than {SECONDS_MOST:.0f} s to be read; split it or save it in another way")
                raise UnreadableDocument(_BROKE)
        return _unpacked(json.loads(reply))

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            atexit.register(self.close)
            code = f"import sys; sys.path[:] = {sys.path!r}; from askdivide.ingestion.readers.confined import serve; serve()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.close)
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


def serve() -> None:
    """The process's own side: read what comes, one file after the other, until the other side is gone."""
    stdin, stdout = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not get between the replies.
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    while (order := _receive(stdin)) is not None:
        target, path, size = json.loads(order)
        data = stdin.read(size)
        if hasattr(signal, "alarm"):
            # Should the other side be killed meanwhile, nobody else would end this one.
            signal.alarm(int(SECONDS_MOST) + 10)
        reply = _read(target, path, data)
        del data
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        _send(stdout, reply)


def _read(target: str, path: str, data: bytes) -> bytes:
    from askdivide.ingestion.readers import run_reader

    try:
        found = run_reader(target, path, data)
        # Escapes, so that not even half a character of UTF-16 can end the reply.
        return json.dumps({"documents": [asdict(one) for one in found.documents], "failed": [asdict(one) for one in found.failed]}).encode()
    except MemoryError:
        return json.dumps({"reason": _BROKE}).encode()
    except UnreadableDocument as error:
        return json.dumps({"reason": str(error)}).encode()


def _unpacked(reply: dict[str, Any]) -> tuple[list[Document], list[Failure]]:
    if "reason" in reply:
        raise UnreadableDocument(reply["reason"])
    documents = [
        Document(
            **{**one, "tags": tuple(one["tags"]), "notes": tuple(one["notes"]), "blocks": tuple(Block(**block) for block in one["blocks"])}
        )
        for one in reply["documents"]
    ]
    return documents, [Failure(**one) for one in reply["failed"]]


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit; the time limit holds there too.
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_MOST if most == resource.RLIM_INFINITY else min(MEMORY_MOST, most)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(stream: IO[bytes], message: bytes, *more: bytes) -> None:
    parts: Sequence[bytes] = (_LENGTH.pack(len(message)), message, *more)
    for part in parts:
        stream.write(part)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message, or None where the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    message = stream.read(length)
    return message if len(message) == length else None
