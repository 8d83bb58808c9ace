"""Serving the web chat: the index made ready, a port of this machine, a server until Ctrl-C."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError, CorpusError, IndexProblem, SettingsError
from askdivide.index.purge import purge_begun
from askdivide.ingestion.reindex import OnProgress, reindex
from askdivide.ingestion.scan import endings, scan
from askdivide.ingestion.watch import watching
from askdivide.interfaces.purging import purge_all
from askdivide.interfaces.web.local_server import LocalServer
from askdivide.interfaces.web.users import read_users
from askdivide.settings import Settings

if TYPE_CHECKING:
    from askdivide.interfaces.web.starters import Starters

OnNote = Callable[[str], None]
_CLOSING = 1
"""Seconds that open pages get when the server ends."""


def prepare(settings: Settings, *, on_progress: OnProgress | None = None, on_note: OnNote) -> None:
    """Bring the index in line with the corpus; where that cannot be done, go on with a usable index there is, and say so.

    Raises SettingsError for an address that cannot be had or may not be served, CorpusError, IndexProblem or EmbeddingError.
    """
    # Better known before a long run of indexing than after it.
    _listen(settings).close()
    try:
        if not scan(settings.corpus).files:
            # Re-indexing would empty the index: what `askdivide index` is asked for, and no way to start a chat.
            raise CorpusError(f"no articles in {settings.corpus}; put files there that end in {endings()}")
        report = reindex(settings, on_progress=on_progress, on_note=on_note)
        if purge_begun(settings.index):
            purge_all(settings, wait=0, on_note=on_note)
    except (CorpusError, IndexProblem) as error:
        if not _is_usable(settings):
            raise
        on_note(f"going on with the index as it is: {error}")
    else:
        for failure in report.failed:
            on_note(f"{failure.document} {failure.reason}")


def run(settings: Settings, *, on_note: OnNote, watch: bool = True) -> None:
    """Serve the web chat until interrupted; with `watch` the index follows the corpus meanwhile.

    Raises SettingsError for an address that cannot be had, or IndexProblem.
    """
    from askdivide.interfaces.web.starters import Starters

    assistant = Assistant.open(settings)
    starters = Starters(assistant)
    with (
        _listen(settings) as listener,
        LocalServer(assistant, on_note) as local,
        watching(settings, on_note=on_note) if watch else nullcontext(),
    ):
        _serve(assistant, starters, listener, local, on_note)


def load_settings() -> Settings:
    """The settings in force, for a program that only starts the web chat; a wrong one ends it with one line."""
    with _one_line():
        return Settings.load()


def start(settings: Settings) -> None:
    """`prepare` and `run`, for a program that only starts the web chat; an error ends it with one line."""
    with _one_line():
        prepare(settings, on_note=_to_stderr)
        run(settings, on_note=_to_stderr)


def _is_usable(settings: Settings) -> bool:
    """Whether there is an index that holds articles."""
    try:
        with Assistant.open(settings).index.reading() as catalog:
            return catalog.counts()[0] > 0
    except AskDivideError:
        return False


def _warm_up(assistant: Assistant, starters: Starters, local: LocalServer, on_note: OnNote) -> None:
    try:
        assistant.warm_up()
        local.open()
        starters.questions()
    except AskDivideError as error:
        on_note(str(error))


def _serve(assistant: Assistant, starters: Starters, listener: socket.socket, local: LocalServer, on_note: OnNote) -> None:
    # Seconds of imports, which the command line does without.
    import uvicorn

    from askdivide.interfaces.web.chat import Chat
    from askdivide.interfaces.web.feedback import Feedback
    from askdivide.interfaces.web.guard import Guard, Hosts
    from askdivide.interfaces.web.page import application
    from askdivide.interfaces.web.pictures.tab import Pictures
    from askdivide.interfaces.web.signin import SignIn

    settings = assistant.settings
    sign_in = SignIn(Path(settings.users).expanduser()) if settings.users else None
    hosts = Hosts(settings.hosts, beyond=not _is_loopback(settings.host), signed_in=sign_in is not None)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_note(f"the web chat is at {_address(listener)} (Ctrl-C ends it)")
            if not _is_loopback(settings.host):
                told = "what is asked and answered travels" if sign_in is None else "passwords, questions and answers travel"
                on_note(f"{told} unencrypted; where others share the network, put a proxy with TLS in front")
            # Not sooner: its imports and Gradio's only take turns, and the page does not need these.
            threading.Thread(target=_warm_up, args=(assistant, starters, local, on_note), daemon=True).start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Here, because on SIGTERM the process does not return from the server.
            local.close()
            await super().shutdown(sockets)

    page = application(Chat(assistant, starters), assistant, Pictures(assistant), Feedback(settings.index), signed_in=sign_in is not None)
    app = Guard(page, hosts, sign_in, uploads=settings.editable)
    config = uvicorn.Config(app, log_level="critical", server_header=False, timeout_graceful_shutdown=_CLOSING)
    Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """A socket that listens on the address of `settings`: beyond this machine only where people sign in, or all may come."""
    host, port = settings.host, settings.port
    if settings.users:
        read_users(Path(settings.users).expanduser())
    elif not _is_loopback(host) and not settings.open_to_all:
        raise SettingsError(
            f"host {host} can be reached by others; name those who may sign in with --users FILE (askdivide users FILE --add NAME), "
            "let all of them in with --open, or stay on 127.0.0.1"
        )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise SettingsError(f"host {host} is no address of this machine ({error.strerror}); choose another with --host") from error
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"port {port} on {host} is taken; choose another with --port, 0 for any free one") from error
        if error.errno == errno.EACCES:
            raise SettingsError(f"port {port} needs more rights than you have; choose one above 1023 with --port") from error
        raise SettingsError(f"cannot listen on {host}, port {port} ({error.strerror}); choose others with --host and --port") from error
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except AskDivideError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _to_stderr(note: str) -> None:
    sys.stderr.write(f"note: {note}\n")
