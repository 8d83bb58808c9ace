"""Signing in: a page of its own, and sessions that end with the server, after a week, or when the user's line in the file changes."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from askdivide.errors import SettingsError
from askdivide.interfaces.web.cards import safe
from askdivide.interfaces.web.users import LONGEST, Secret, named, read_users

PAGE, OUT = "/sign-in", "/sign-out"
LEAVE = f'<a href="{OUT}">Sign out</a>'
_WEEK = 7 * 24 * 3600.0
_DELAY = 1.0
"""Seconds that a failed attempt waits for its reply."""
_TRIES, _WITHIN = 10, 600.0
"""Failed attempts of one address within so many seconds; further ones are not looked at."""
_WAITING = 20
"""Attempts that wait for one another; further ones are turned away."""
_REMEMBERED = 10_000
"""Most sessions and most addresses that are kept."""
_LARGEST = 8192
"""Bytes of a form."""
_WRONG = "This name and this password do not belong together."


class SignIn:
    """Who is signed in. One for a server; used from its event loop only, except for the hashing."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """For the users in `file`, which is read again when it changes. Raises SettingsError where it cannot be read now."""
        self._file, self._clock = file, clock
        self._users = read_users(file)
        self._seen = self._state()
        self._nobody = Secret.of(secrets.token_urlsafe())
        self._sessions: dict[bytes, tuple[str, Secret, float]] = {}
        self._failures: dict[str, list[float]] = {}
        self._hashing = asyncio.Lock()
        self._attempts = 0

    def user(self, request: Request) -> str | None:
        """Who is asking, or None where nobody is signed in."""
        session = self._sessions.get(_digest(_token(request)))
        if session is None:
            return None
        name, secret, until = session
        return name if self._clock() < until and self._current().get(name) == secret else None

    async def answer(self, request: Request) -> Response:
        """The reply to a request for the page, to what its form sends, or to signing out."""
        if request.url.path == OUT:
            self._sessions.pop(_digest(_token(request)), None)
            response: Response = RedirectResponse(PAGE, status_code=303)
            response.delete_cookie(_cookie(request))
            return response
        if request.method != "POST":
            return _page(target=_local(request.query_params.get("to", "")))
        if _is_foreign(request):
            return PlainTextResponse("Sign in from this page only.", status_code=403)
        form = await _form(request)
        if form is None:
            return PlainTextResponse("Too long.", status_code=413)
        target = _local(form.get("to", ""))
        address = _address(request)
        wait = self._wait(address)
        if wait:
            told = f"Too many attempts. Try again in {wait} minute{'' if wait == 1 else 's'}."
            return _page(told, form.get("name", ""), target, status=429)
        if self._attempts >= _WAITING:
            return _page("Many are signing in just now. Try again in a minute.", form.get("name", ""), target, status=503)
        session = await self._checked(form.get("name", ""), form.get("password", ""))
        if session is None:
            self._failures.setdefault(address, []).append(self._clock())
            await asyncio.sleep(_DELAY)
            return _page(_WRONG, form.get("name", ""), target, status=401)
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            _cookie(request), self._begin(*session), max_age=int(_WEEK), httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return response

    def turned_away(self, request: Request) -> Response:
        """The reply to a request of somebody who is not signed in: the way to the page, for one that asks for a page."""
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(PAGE if wanted == "/" else f"{PAGE}?to={quote(wanted, safe='')}", status_code=303)
        return PlainTextResponse("Sign in first.", status_code=401)

    async def _checked(self, name: str, password: str) -> tuple[str, Secret] | None:
        """The user's name and secret, where the password is theirs."""
        self._attempts += 1
        try:
            # One at a time: each takes 32 MiB and a core.
            async with self._hashing:
                try:
                    user = named(name)
                except ValueError:
                    user = ""
                # An unknown name takes as long as a known one.
                secret = self._current().get(user, self._nobody)
                fits = await asyncio.to_thread(secret.fits, password[:LONGEST])
                return (user, secret) if fits and secret is not self._nobody else None
        finally:
            self._attempts -= 1

    def _begin(self, name: str, secret: Secret) -> str:
        now = self._clock()
        if len(self._sessions) >= _REMEMBERED:
            self._sessions = {key: session for key, session in self._sessions.items() if session[2] > now}
            while len(self._sessions) >= _REMEMBERED:
                del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = (name, secret, now + _WEEK)
        return token

    def _wait(self, address: str) -> int:
        """Minutes until this address may try again; 0: now."""
        now = self._clock()
        if len(self._failures) >= _REMEMBERED:
            self._failures = {key: times for key, times in self._failures.items() if now - times[-1] < _WITHIN}
        recent = [at for at in self._failures.get(address, []) if now - at < _WITHIN]
        if recent:
            self._failures[address] = recent
        else:
            self._failures.pop(address, None)
        return math.ceil((recent[-_TRIES] + _WITHIN - now) / 60) if len(recent) >= _TRIES else 0

    def _current(self) -> dict[str, Secret]:
        state = self._state()
        if state != self._seen:
            try:
                self._users = read_users(self._file)
            except SettingsError:
                # Nobody is let in by a file that cannot be read.
                self._users = {}
            self._seen = state
        return self._users

    def _state(self) -> tuple[int, int, int] | None:
        try:
            stat = self._file.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


async def _form(request: Request) -> dict[str, str] | None:
    """What the form holds, or None where it is too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return None
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _token(request: Request) -> str:
    return request.cookies.get(_cookie(request), "")


def _cookie(request: Request) -> str:
    # Browsers send the cookies of one host to all its ports.
    server = request.scope.get("server") or ("", 0)
    return f"askdivide-{server[1]}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _address(request: Request) -> str:
    """The address that attempts are counted by; of IPv6 the network, of which one machine may have all."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


def _is_foreign(request: Request) -> bool:
    """Whether another site's page sends this form."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.casefold() != request.headers.get("host", "").casefold()


def _local(target: str) -> str:
    """`target` where it is a path of this server, otherwise the page."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and target.isascii()
    return target if is_path and not target.startswith((PAGE, OUT)) else "/"


def _page(problem: str = "", name: str = "", target: str = "/", status: int = 200) -> Response:
    style = (Path(__file__).parent / "signin.css").read_text(encoding="utf-8")
    told = f'<p id="problem" role="alert">{safe(problem)}</p>' if problem else ""
    wrong = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    html = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign in · askdivide</title>
<style>{style}</style></head>
<body><main><h1>askdivide</h1><p>Answers from a folder of articles, each sentence with its source.</p>
<form method="post" action="{PAGE}">{told}
<label for="name">Name</label>
<input id="name" name="name" value="{safe(name[:64])}" autocomplete="username" autocapitalize="none" required maxlength="64"{wrong}{first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="{LONGEST}"{wrong}{second}>
<input type="hidden" name="to" value="{safe(target)}"><button>Sign in</button></form></main></body></html>
"""
    return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})
