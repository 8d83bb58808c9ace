"""Pages from the web, fetched with care: who may be asked, how much is taken, for how long.

Every connection goes to an address that was looked up and checked here, so that neither a redirect nor a name that resolves
to something else a moment later (DNS rebinding) leads into a private network. Nothing that is fetched is ever run. Proxies
of the environment are not used: behind one, it could not be known where a connection ends.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpcore
import httpx

from askdivide.errors import FetchError
from askdivide.ingestion.robots import Rules, parse_rules

AGENT = "askdivide"
LARGEST = 10 * 1024 * 1024
"""Bytes of a page or a feed."""
_SECONDS = 30.0
"""For a page from the first look-up to its last byte, redirects included."""
_STEP_SECONDS = 10.0
"""For a connection, or for the next bytes."""
_REDIRECTS = 5
_ROBOTS_LARGEST = 512 * 1024
_LONGEST_URL = 2000
_LONGEST_WAIT = 10.0
_CARRIERS = [ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")]
"""IPv6 networks that carry IPv4 addresses, which may be private ones."""


@dataclass(frozen=True)
class Page:
    """What came back."""

    url: str
    """Where it was found in the end, after redirects."""
    content: bytes
    kind: str
    """Media type, such as text/html; empty where the server does not say."""
    charset: str | None


class Fetcher:
    """Fetches pages politely: robots.txt is kept to, and requests to one host come one after the other, with a pause."""

    def __init__(self, *, allow_private: bool = False, pause: float = 1.0, seconds: float = _SECONDS) -> None:
        self._backend = _CheckedNetwork(allow_private=allow_private)
        self._client = httpx.Client(
            transport=_Transport(self._backend),
            headers={"User-Agent": f"{AGENT}/{version(AGENT)}", "Accept-Encoding": "gzip"},
            trust_env=False,
        )
        self._pause = pause
        self._seconds = seconds
        self._robots: dict[str, Rules] = {}
        self._asked: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str) -> Page:
        """The page at `url`. Raises FetchError with the reason, without the address."""
        url = checked_url(url)
        deadline = time.monotonic() + self._seconds
        for _ in range(_REDIRECTS + 1):
            rules = self._rules(url)
            if not rules.allow(_path(url)):
                raise FetchError("its site's robots.txt does not allow it to be fetched")
            self._wait(url, rules.delay)
            answer = self._get(url, LARGEST, max(deadline, time.monotonic() + 1))
            if isinstance(answer, Page):
                return answer
            url = answer
        raise FetchError(f"leads from address to address more than {_REDIRECTS} times")

    def _rules(self, url: str) -> Rules:
        """What the host's robots.txt says (RFC 9309): a host without one allows all, a host in trouble nothing."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            place = f"{site}/robots.txt"
            text = ""
            for _ in range(_REDIRECTS + 1):
                try:
                    answer = self._get(place, _ROBOTS_LARGEST, time.monotonic() + self._seconds, cut=True)
                except _Refused as refused:
                    if refused.status >= 500:
                        raise FetchError(f"its site's robots.txt cannot be had (status {refused.status}); try again later") from refused
                    break
                if isinstance(answer, Page):
                    text = answer.content.decode("utf-8", "replace")
                    break
                place = answer
            self._robots[site] = parse_rules(text, AGENT)
        return self._robots[site]

    def _wait(self, url: str, delay: float) -> None:
        host = urlsplit(url).netloc
        due = self._asked.get(host, -1e9) + min(max(self._pause, delay), _LONGEST_WAIT)
        time.sleep(max(due - time.monotonic(), 0))
        self._asked[host] = time.monotonic()

    def _get(self, url: str, most: int, deadline: float, *, cut: bool = False) -> Page | str:
        """A page, or the address that the server sends on to. `cut`: what is too long is cut off and not refused."""
        self._backend.deadline = deadline
        try:
            with self._client.stream("GET", url, timeout=_STEP_SECONDS) as response:
                if response.is_redirect:
                    return checked_url(urljoin(url, response.headers.get("location", "")))
                if response.status_code != 200:
                    raise _Refused(response.status_code)
                if not cut and int(response.headers.get("content-length") or 0) > most:
                    raise FetchError(f"is larger than {most // 1024**2} MB")
                content = bytearray()
                for part in response.iter_bytes():
                    content += part
                    if len(content) > most:
                        if cut:
                            break
                        raise FetchError(f"is larger than {most // 1024**2} MB")
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return Page(url, bytes(content[:most]), kind, response.charset_encoding)
        except httpx.TimeoutException as error:
            raise FetchError("takes too long to answer; try again later") from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as error:
            raise FetchError(f"cannot be fetched ({' '.join(str(error).split())[:150] or type(error).__name__})") from error


class _Refused(FetchError):
    """A status other than success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"cannot be fetched (status {status})")
        self.status = status


def checked_url(url: str) -> str:
    """`url` without its fragment, where it is one that may be fetched. Raises FetchError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"is no address ({error})") from error
    if parts.scheme not in ("http", "https"):
        raise FetchError(f"leads to {parts.scheme or 'nowhere'}, and only http and https are fetched")
    if not parts.hostname or port == 0 or len(url) > _LONGEST_URL:
        raise FetchError("is no address that can be fetched")
    if parts.username is not None or parts.password is not None:
        raise FetchError("carries a name or a password; give an address without")
    return urlunsplit(parts._replace(fragment="", path=parts.path or "/"))


def refused_address(address: str) -> bool:
    """Whether an IP address is not of the public internet: private, loopback, link-local, multicast, reserved, or made of one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _CARRIERS):
            return True
    return not ip.is_global or ip.is_multicast


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and lets nothing go on past a deadline."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()
        self.deadline = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no host is named {host}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        refused = [] if self._allow_private else [address for address in addresses if refused_address(address)]
        if refused:
            raise _PrivateAddress(host, refused[0])
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses:
            try:
                left = self.left(timeout)
                return _TimedStream(self._plain.connect_tcp(address, port, left, local_address, socket_options), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError(f"no host is named {host}")

    def left(self, timeout: float | None) -> float:
        """Seconds that the next step may take."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole takes too long")
        return min(left, timeout or left)


class _PrivateAddress(FetchError):
    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"leads to {host}, which is at the private address {address}; if that is meant, use --allow-private")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline: a server that sends a byte now and then keeps nobody."""

    def __init__(self, stream: httpcore.NetworkStream, network: _CheckedNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over a pool of connections that `network` makes. Connections are not kept: each is looked up and checked."""

    def __init__(self, network: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False), max_keepalive_connections=0, network_backend=network
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            extensions=request.extensions,
        )
        try:
            answer = self._pool.handle_request(asked)
        except httpcore.TimeoutException as error:
            raise httpx.TimeoutException(str(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.TransportError(str(error)) from error
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        try:
            yield from self._answer.iter_stream()
        except httpcore.TimeoutException as error:
            raise httpx.TimeoutException(str(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.TransportError(str(error)) from error

    def close(self) -> None:
        self._answer.close()
