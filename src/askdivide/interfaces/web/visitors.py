"""Who asks: the user who has signed in, or the browser, by a random id in a cookie that scripts cannot read."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

from askdivide.interfaces.web.guard import USER, App, Message, Receive, Scope, Send

COOKIE = "askdivide_visitor"
_ID = re.compile(r"[A-Za-z0-9_-]{32,64}")
_SECONDS = 400 * 24 * 3600
"""How long browsers keep a cookie at most."""


class Visitors:
    """An ASGI application that gives each browser its id when it opens the page, and otherwise is the one it wraps."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != "/" or _known(dict(scope["headers"]).get(b"cookie", b"")):
            await self._app(scope, receive, send)
            return
        # Lax: no request that another site has sent carries it, but for one that opens the page.
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"set-cookie", cookie.encode())]
            await send(message)

        await self._app(scope, receive, sending)


def owner(request: Any) -> str:
    """Whose conversations those of a Gradio request are; empty for a browser that keeps no cookies."""
    scope = getattr(request.request, "scope", None) or {}
    if user := scope.get(USER) or request.username:
        return f"user:{user}"
    visitor = request.cookies.get(COOKIE, "")
    return f"visitor:{visitor}" if _ID.fullmatch(visitor) else ""


def _known(header: bytes) -> bool:
    try:
        cookies = SimpleCookie(header.decode("latin-1"))
    except CookieError:
        return False
    return COOKIE in cookies and bool(_ID.fullmatch(cookies[COOKIE].value))
