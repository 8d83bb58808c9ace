"""Questions of `askdivide ask`, answered by the server that runs anyway; what passes between them is in local_socket.py."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError
from askdivide.evaluation.questions import history_of
from askdivide.interfaces.local_socket import (
    LONGEST_LINE,
    NO_GREETING,
    greeting,
    has_sockets,
    is_private,
    is_same_user,
    read_line,
    socket_of,
)
from askdivide.models import QUOTE
from askdivide.records import Filters

_WORKERS, _WAITING = 4, 16
"""Who connects beyond these gets no greeting in time, or no connection, and answers the question itself."""
_QUESTION, _TAKING = 2.0, 5.0
"""Seconds that a client has for its question, and for taking in a part of the answer."""


class LocalServer:
    """Answers on the index's socket from `open` to `close`, both of which may be called in any thread."""

    def __init__(self, assistant: Assistant, on_note: Callable[[str], None]) -> None:
        self._assistant = assistant
        self._on_note = on_note
        self._path: Path | None = None
        if has_sockets():
            with suppress(*NO_GREETING):
                # The program as it runs: a changed file, or an index behind a changed link, shows in a greeting made later.
                self._greeting = greeting(assistant.settings)
                self._path = socket_of(assistant.settings.index)
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._closed = threading.Event()

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Listen and answer, unless that is switched off or another server does; where it cannot be done, say so and do without."""
        if not self._assistant.settings.socket or self._path is None:
            return
        with self._lock:
            if self._closed.is_set() or self._listener:
                return
            try:
                self._listener = _listen(self._path)
            except OSError as error:
                self._on_note(f"askdivide ask goes without this server: {self._path}: {error.strerror or error}")
            if self._listener:
                for _ in range(_WORKERS):
                    self._begin(self._listener)

    def close(self) -> None:
        """Stop listening and take the socket away. A question that is being answered is not waited for."""
        with self._lock:
            self._closed.set()
            listener, self._listener = self._listener, None
        if listener is None or self._path is None:
            return
        # The socket can only be this server's: nobody replaces one that listens.
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            # Closing alone would not wake those who wait in accept.
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    def _begin(self, listener: socket.socket) -> None:
        # A thread for each question, as on the page: what a thread reads of the index stays open as long as it lives.
        threading.Thread(target=self._work, args=(listener,), daemon=True).start()

    def _work(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            # Closed; or a trouble that passes, such as too many open files, which is not to keep the processor busy.
            self._closed.wait(1)
        else:
            with closing(connection):
                self._attend(connection)
        if not self._closed.is_set():
            self._begin(listener)

    def _attend(self, connection: socket.socket) -> None:
        try:
            self._answer(connection)
        except (OSError, AskDivideError):
            # The client has left, or answers the question itself and meets the error there.
            pass
        except Exception:
            logging.getLogger(__name__).exception("a question met with a fault")

    def _answer(self, connection: socket.socket) -> None:
        try:
            unchanged = greeting(self._assistant.settings) == self._greeting
        except NO_GREETING:
            unchanged = False
        if not unchanged or not is_same_user(connection):
            return
        connection.settimeout(_QUESTION)
        connection.sendall(self._greeting)
        asked = _read(read_line(connection, most=LONGEST_LINE, seconds=_QUESTION))
        if asked is None or not self._complete():
            return
        answer = self._assistant.ask(**asked, model=QUOTE)
        connection.settimeout(_TAKING)
        connection.sendall(json.dumps(asdict(answer)).encode() + b"\n")

    def _complete(self) -> bool:
        """Whether all articles are in; where they are not, the client is to say so."""
        with self._assistant.index.reading() as catalog:
            return bool(catalog.manifest().get("complete"))


def _listen(path: Path) -> socket.socket | None:
    """A socket that listens at `path`; None where another server does. Raises OSError."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not is_private(path.parent):
        raise PermissionError(f"{path.parent} is no folder that only this user may enter (chmod 700)")
    with _alone(path.parent):
        if _is_listening(path):
            return None
        # What a killed server left.
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(_WAITING)
        except OSError:
            listener.close()
            raise
        return listener


def _is_listening(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as trial:
        trial.setblocking(False)
        try:
            trial.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except BlockingIOError:
            # It listens, and many are waiting.
            return True
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other server looks for, makes or replaces a socket in `folder` meanwhile."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(line: bytes) -> dict[str, Any] | None:
    """What `Assistant.ask` is to be asked; None where `line` is no question."""
    try:
        data = json.loads(line)
        question, filters = data["question"], Filters(**data["filters"])
        history = history_of(data["history"], "a question on the socket")
    except (ValueError, TypeError, KeyError, RecursionError, AskDivideError):
        return None
    several = (filters.sources, filters.tags, filters.documents)
    texts = [question, *(one for one in (filters.since, filters.until) if one is not None)]
    if not all(isinstance(one, list) for one in several):
        return None
    if not all(isinstance(one, str) for one in [*texts, *(one for many in several for one in many)]):
        return None
    chosen = Filters(filters.since, filters.until, *(tuple(many) for many in several))
    return {"question": question, "history": history, "filters": chosen}
