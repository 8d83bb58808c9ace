"""A web site on the loopback address, for everything that is fetched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """What the site serves, by path, and what it was asked for."""

    url: str
    pages: dict[str, bytes | Respond] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def serve(self, path: str, body: bytes | str | Respond, kind: str = "text/html; charset=utf-8") -> str:
        self.pages[path] = body.encode() if isinstance(body, str) else body
        self.kinds[path] = kind
        return self.url + path


def moved(target: str, status: int = 302) -> Respond:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return respond


def status(number: int) -> Respond:
    return lambda handler: handler.send_error(number)


@contextmanager
def serving() -> Iterator[Site]:
    """A site for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.agents.add(self.headers["User-Agent"])
            page = made.pages.get(self.path)
            try:
                if page is None:
                    self.send_error(404)
                elif callable(page):
                    page(self)
                else:
                    self.send_response(200)
                    self.send_header("Content-Type", made.kinds[self.path])
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page)
            except (BrokenPipeError, ConnectionResetError):
                # The other side has had enough, which is what some tests are about.
                pass

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
