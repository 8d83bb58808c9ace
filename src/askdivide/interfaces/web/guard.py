"""What stands between the network and the page: which addresses it answers to, what of Gradio is open, what a page may load."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A foreign site whose name leads to this machine (DNS rebinding) sends its own name.
_HOSTS = re.compile(rb"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?", re.IGNORECASE)
# The page needs these; uploads, files, proxies, monitoring and a programming interface it does not.
_OPEN = re.compile(
    r"/|/(?:assets|static|svelte)/.*|/(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json)/?"
    r"|/gradio_api/(?:queue/(?:join|data)|run/\w+|heartbeat/\w+|cancel|reset|theme\.css)/?"
)
# Scripts in the page and evaluated templates are Gradio's own ways; the rest is this server alone.
_POLICY = "; ".join((
    "default-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
    "font-src 'self' data:", "connect-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
))  # fmt: skip
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """An ASGI application that lets through to another what the page needs, and nothing else."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or turn it away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not _HOSTS.fullmatch(dict(scope["headers"]).get(b"host", b"")):
            await _refuse(send, 421, b"askdivide answers to this machine's own addresses only.")
        elif _from_elsewhere(scope):
            await _refuse(send, 403, b"Other sites may not use askdivide.")
        elif not _OPEN.fullmatch(scope["path"]):
            await _refuse(send, 404, b"Not found.")
        else:
            await self._app(scope, receive, _with_headers(send))


def _from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site has sent the request; browsers say so of all that can change something."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2].lower() != headers[b"host"].lower()


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_HEADERS]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, text: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
    await send({"type": "http.response.body", "body": text})
