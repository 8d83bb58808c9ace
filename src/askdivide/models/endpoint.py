"""Asking a service over HTTP: one POST whose answer streams, with time limits and further tries."""

from __future__ import annotations

import json
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from askdivide.errors import ModelError, ModelUnavailable
from askdivide.models.chat import Piece
from askdivide.models.failures import Asked, TryAgain, clean
from askdivide.models.sse import ServerEvent, server_events

if TYPE_CHECKING:
    import httpx

_BODY_MOST = 1 << 20
"""Bytes of an answer that is not a stream which are read."""


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for, in seconds."""

    connect: float = 10
    silence: float = 300
    """Without a byte, and, where the service shows that it is alive, twice that without a word."""
    attempts: int = 4
    """How often it is asked in all, as long as nothing of an answer has come."""
    pause: float = 1
    """Before the second attempt; doubled before each further one."""
    longest_pause: float = 30
    """A service that wants a longer one is not waited for."""


class Endpoint:
    """Where a model is asked. Any number of threads may ask at once."""

    def __init__(self, asked: Asked, path: str, patience: Patience, headers: Callable[[str], Mapping[str, str]]) -> None:
        """`headers` makes the request's headers from the key, which is read from the environment each time and never kept."""
        _check(asked)
        self.asked = asked
        self._url = asked.url + path
        self._patience = patience
        self._headers = headers
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def ask(self, body: Mapping[str, Any], read: Callable[[Iterator[ServerEvent]], Iterator[Piece]]) -> Iterator[Piece]:
        """What `read` makes of the events that answer `body`. Tried again after a failure that passes, never once a piece has come."""
        for attempt in range(1, self._patience.attempts + 1):
            begun = False
            try:
                with closing(self._once(body, read)) as pieces:
                    for piece in pieces:
                        begun = True
                        yield piece
                return
            except TryAgain as problem:
                pause = self._patience.pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25) if problem.after is None else problem.after
                if begun or attempt == self._patience.attempts or isinstance(problem, _Refused):
                    raise
                if pause > self._patience.longest_pause:
                    raise TryAgain(f"{problem} (it asks for {pause:.0f} s)", problem.after) from problem
            time.sleep(pause)

    def _once(self, body: Mapping[str, Any], read: Callable[[Iterator[ServerEvent]], Iterator[Piece]]) -> Generator[Piece, None, None]:
        import httpx

        asked, begun = self.asked, False
        # When a word has come last.
        spoken = [time.monotonic()]
        try:
            # Half characters, as a terminal may hand over, are replaced: JSON can hold them, and servers refuse them.
            content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            headers = {"Content-Type": "application/json", **self._keyed()}
            with self._http().stream("POST", self._url, content=content, headers=headers) as response:
                for piece in read(self._events(response, spoken)):
                    begun = True
                    yield piece
                    spoken[0] = time.monotonic()
        except httpx.ConnectError as error:
            problem = f"nothing answers at {asked.url}"
            if is_local(asked.url):
                remedy = (
                    "start it with: ollama serve" if asked.service.name == "ollama" else "is the server running, and is that its address?"
                )
                raise _Refused(f"{problem}; {remedy}") from error
            raise TryAgain(f"{problem}; check the network, or choose a model on this machine") from error
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
                raise TryAgain(f"{asked.service.title} at {asked.url} cannot be reached; check the network and the address") from error
            raise _stalled(asked, self._patience.silence, begun) from error
        except httpx.TransportError as error:
            what = "broke off in the middle of its answer" if begun else "closed the connection without an answer"
            raise TryAgain(f"{asked.name} {what}; ask again") from error
        except httpx.InvalidURL as error:
            raise ModelError(f"{asked.url} is no address of a server; correct it") from error
        except (httpx.RequestError, ValueError) as error:
            raise _garbled(asked, f" ({type(error).__name__})") from error

    def _events(self, response: httpx.Response, spoken: list[float]) -> Iterator[ServerEvent]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.has_redirect_location:
            # Not followed: the key would go along.
            raise ModelError(
                f"{self.asked.url} sends on to {clean(response.headers['location'])} (status {response.status_code});"
                " if that is where the model is, give that address"
            )
        if response.status_code != 200:
            raise self.asked.failure(response.status_code, _text(response), after=_retry_after(response.headers.get("retry-after")))
        if kind == "application/json":
            # Errors that come as a success, and servers that do not stream.
            yield ServerEvent("whole", _text(response))
            return
        if kind not in ("text/event-stream", ""):
            raise ModelError(
                f"{self.asked.url} answered with {kind}, not with a model's words; check the address"
                + ("" if self.asked.url.endswith("/v1") else " (it often ends in /v1)")
            )
        for event in server_events(response.iter_bytes()):
            if event.kind or event.data:
                yield event
            # Events without a word in them show no more than comments do.
            if time.monotonic() - spoken[0] > 2 * self._patience.silence:
                raise _stalled(self.asked, 2 * self._patience.silence, begun=False)

    def get(self, path: str, *, seconds: float = 2) -> Any:
        """The JSON at `path` of the service, or None where there is none to be had."""
        import httpx

        try:
            response = self._http().get(path, headers=self._keyed(), timeout=seconds)
            return response.json() if response.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None

    def _keyed(self) -> Mapping[str, str]:
        key = key_of(self.asked)
        if not (key.isascii() and (key.isprintable() or not key)):
            raise ModelError(f"the key in {self.asked.service.key} holds characters that no key has; set it again")
        return self._headers(key)

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                patience = self._patience
                self._client = httpx.Client(
                    timeout=httpx.Timeout(patience.silence, connect=patience.connect, pool=None),
                    limits=httpx.Limits(max_connections=None),
                    # A proxy cannot reach this machine.
                    trust_env=not is_local(self.asked.url),
                    follow_redirects=False,
                )
                weakref.finalize(self, self._client.close)
            return self._client


class _Refused(TryAgain):
    """Nobody listens on this machine: not tried again, it would not help within seconds."""


def key_of(asked: Asked) -> str:
    """The key from the environment, empty where none is needed. Raises CredentialsMissing."""
    variable = asked.service.key
    key = os.environ.get(variable, "").strip() if variable else ""
    if variable and not key and asked.service.name != "server":
        raise asked.no_key()
    return key


def is_local(url: str) -> bool:
    """Whether `url` is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check(asked: Asked) -> None:
    try:
        parts = urlsplit(asked.url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        good = False
    where = f" (in {asked.service.url_variable})" if asked.service.url_variable and os.environ.get(asked.service.url_variable) else ""
    if not good:
        raise ModelError(f"{asked.url!r}{where} is no address of a server; it looks like http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:
        raise ModelError(
            f"the address of {asked.service.title}{where} holds a password; set the key in {asked.service.key or 'a header'} instead"
        )


def _stalled(asked: Asked, seconds: float, begun: bool) -> ModelError:
    when = "in the middle of its answer" if begun else "before its first word"
    return ModelUnavailable(f"{asked.name} was silent for {seconds:g} s {when}; ask again, or raise ASKDIVIDE_MODEL_SILENCE")


def _garbled(asked: Asked, how: str = "") -> ModelError:
    # An answer may be garbled on its way, so that the next one is sound.
    return ModelUnavailable(
        f"{asked.service.title} at {asked.url} sent something that is no model's answer{how};"
        " ask again, and if it goes on like that, check the address and what runs there"
    )


def _text(response: httpx.Response) -> str:
    read = bytearray()
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > _BODY_MOST:
            break
    return bytes(read[:_BODY_MOST]).decode("utf-8", "replace")


def _retry_after(value: str | None) -> float | None:
    """Seconds in a Retry-After header: a number, or a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def parsed(event: ServerEvent, asked: Asked) -> dict[str, Any]:
    """The JSON object of an event. Raises the error that it tells of."""
    try:
        data = json.loads(event.data)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise _garbled(asked)
    if data.get("error") or event.kind == "error" or data.get("type") == "error" or data.get("object") == "error":
        raise asked.failure(None, event.data)
    return data
