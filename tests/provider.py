"""A service of our own on the loopback address that plays what it is told, quirks and faults included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Cut:
    """The connection ends here, in the middle of the body."""


class Stall:
    """Nothing more comes, and the connection stays open."""


@dataclass
class Answer:
    """One answer: its status, headers, and body in the pieces in which it is sent; a number is a pause in seconds, an event is waited for."""

    body: list[Any] = field(default_factory=list)
    status: int = 200
    kind: str = "text/event-stream; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        page = self.server.provider.pages.get(self.path)
        body = json.dumps(page or {"error": "not found"}).encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {key.lower(): value for key, value in self.headers.items()}
        answer = self.server.provider.next_answer(Request(self.path, headers, body))
        try:
            self._play(answer)
        except OSError:
            self.server.provider.broken_off.set()
            self.close_connection = True

    def _play(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for key, value in {"Content-Type": answer.kind, **answer.headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(key, value)
        self.end_headers()
        for part in answer.body:
            if isinstance(part, Stall):
                self.server.provider.over.wait(10)
            if isinstance(part, (Cut, Stall)):
                self.close_connection = True
                return
            if isinstance(part, float):
                time.sleep(part)
            elif isinstance(part, (threading.Event, threading.Barrier)):
                part.wait(10)
            else:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part.encode()), part.encode()))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, provider: Provider) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.provider = provider

    def handle_error(self, *_: Any) -> None:
        pass


class Provider:
    """Plays `answers` in turn, the last one again and again; GET requests are answered from `pages`."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.pages: dict[str, Any] = {}
        self.requests: list[Request] = []
        self.broken_off = threading.Event()
        """Set when whoever asked has gone away before the end."""
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = Server(self)
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = self.root + "/v1"

    def plays(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests.clear()

    def next_answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @contextmanager
    def running(self) -> Iterator[Provider]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


def data(*objects: Any) -> list[str]:
    """Objects as the events of a stream."""
    return [f"data: {json.dumps(one)}\n\n" for one in objects]


def delta(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of a reply, as in OpenAI's protocol."""
    words = {} if content is None else {"content": content}
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {**words, **more}, "finish_reason": finish}]}


def reply(*words: str, finish: str = "stop") -> Answer:
    """A whole reply, as in OpenAI's protocol."""
    return Answer([*data(delta(role="assistant"), *(delta(word) for word in words), delta(finish=finish)), "data: [DONE]\n\n"])


def failure(status: int, body: Any, **headers: str) -> Answer:
    """An error, as JSON."""
    return Answer([json.dumps(body)], status, "application/json", {key.replace("_", "-"): value for key, value in headers.items()})
