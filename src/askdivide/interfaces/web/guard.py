"""What stands between the network and the page: which addresses it answers to, what of Gradio is open, what a page may load."""

from __future__ import annotations

import re
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from askdivide.interfaces.web.signin import SignIn

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

USER = "askdivide.user"
"""Where in a request's scope the name stands of who has signed in."""
# A foreign site whose name leads to this machine (DNS rebinding) sends its own name.
_LOOPBACK = r"localhost|127(?:\.\d{1,3}){3}|\[::1\]"
_NUMBERS = r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]"
# The page needs these; files, proxies, monitoring and a programming interface it does not.
_OPEN = re.compile(
    r"/|/article|/api/(?:ask|search)|/(?:assets|static|svelte)/.*|/(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json)/?"
    r"|/gradio_api/(?:queue/(?:join|data)|run/\w+|heartbeat/\w+|cancel|reset|theme\.css)/?"
)
_UPLOADS = re.compile(r"/gradio_api/upload(?:_progress)?/?")
_UPLOAD_MOST = 256 * 1024 * 1024
"""Bytes that may be uploaded at once."""
# Scripts in the page and evaluated templates are Gradio's own ways; the rest is this server alone.
_POLICY = "; ".join((
    "default-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
    "font-src 'self' data:", "connect-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
))  # fmt: skip
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]


class Hosts:
    """By which names a browser may ask."""

    def __init__(self, names: str = "", *, beyond: bool = False, signed_in: bool = False) -> None:
        """By `names`, with commas between them, and by the loopback address.

        Without names, by any where people sign in, as no foreign page has their session; `beyond` the loopback address by this
        machine's own name and by all addresses in numbers, which cannot be rebound.
        """
        wanted = [re.escape(name.strip()) for name in names.split(",") if name.strip()]
        own = re.escape(socket.gethostname())
        pattern = "|".join([_LOOPBACK, *(wanted or ([_NUMBERS, own, rf"{own}\.local"] if beyond else []))])
        self._pattern = None if signed_in and not wanted else re.compile(rf"(?:{pattern})(?::\d+)?", re.IGNORECASE)

    def __contains__(self, host: str) -> bool:
        return self._pattern is None or bool(self._pattern.fullmatch(host))


class Guard:
    """An ASGI application that lets through to another what the page needs, from who may ask for it, and nothing else."""

    def __init__(self, app: App, hosts: Hosts = Hosts(), sign_in: SignIn | None = None, *, uploads: bool = False) -> None:
        self._app = app
        self._uploads = uploads
        self._hosts = hosts
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or turn it away."""
        headers = dict(scope.get("headers", ()))
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif headers.get(b"host", b"").decode("latin-1") not in self._hosts:
            await _refuse(send, 421, b"askdivide does not answer to this name; it can be named in the setting hosts.")
        elif _from_elsewhere(scope):
            await _refuse(send, 403, b"Other sites may not use askdivide.")
        elif self._sign_in and (response := await self._at_the_door(self._sign_in, scope, receive)):
            await response(scope, receive, _with_headers(send))
        elif self._uploads and _UPLOADS.fullmatch(scope["path"]):
            if scope.get("method") == "POST" and not 0 < _number(headers.get(b"content-length", b"")) <= _UPLOAD_MOST:
                await _refuse(send, 413, b"Too much to upload at once.")
            else:
                await self._app(scope, receive, _with_headers(send))
        elif not _OPEN.fullmatch(scope["path"]):
            await _refuse(send, 404, b"Not found.")
        else:
            await self._app(scope, receive, _with_headers(send))

    async def _at_the_door(self, sign_in: SignIn, scope: Scope, receive: Receive) -> App | None:
        """What somebody gets who is not signed in, or is about to sign in or out."""
        from starlette.requests import Request

        from askdivide.interfaces.web.signin import OUT, PAGE

        request = Request(scope, receive)
        if scope["path"] in (PAGE, OUT):
            return await sign_in.answer(request)
        scope[USER] = sign_in.user(request)
        return sign_in.turned_away(request) if scope[USER] is None else None


def _from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site has sent the request; browsers say so of all that can change something."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2].lower() != headers[b"host"].lower()


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) < 12 else 0


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            # Gradio lets the pages of other sites read what it serves.
            kept = [header for header in message.get("headers", []) if not header[0].lower().startswith(b"access-control-")]
            message["headers"] = [*kept, *_HEADERS]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, text: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
    await send({"type": "http.response.body", "body": text})
