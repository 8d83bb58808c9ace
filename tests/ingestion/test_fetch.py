"""Fetching: whom it asks, what it refuses, and that it always comes to an end."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from askdivide.errors import FetchError
from askdivide.ingestion import fetch
from askdivide.ingestion.fetch import Fetcher, checked_url, refused_address
from website import Site, moved, status


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(allow_private=True, pause=0) as made:
        yield made


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.8.9.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 239.1.2.3 255.255.255.255"
    " 192.0.2.1 198.18.0.1 240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1"
    " 64:ff9b::7f00:1 2002:7f00:1::1 2001:0:7f00:1::1 2001:db8::1".split(),
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert refused_address(address)


@pytest.mark.parametrize("address", "1.1.1.1 93.184.216.34 172.32.0.1 2606:4700:4700::1111 ::ffff:1.1.1.1".split())
def test_public_addresses_are_not(address: str) -> None:
    assert not refused_address(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/a", "leads to ftp, and only http and https"),
        ("file:///etc/passwd", "leads to file"),
        ("javascript:alert(1)", "leads to javascript"),
        ("//example.org/a", "leads to nowhere"),
        ("http://", "no address that can be fetched"),
        ("http://user:word@example.org/", "carries a name or a password"),
        ("http://example.org:99999/", "is no address"),
        ("http://[::1/", "is no address"),
        ("http://example.org/" + "a" * 3000, "no address that can be fetched"),
    ],
)
def test_what_is_no_address_to_fetch(url: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        checked_url(url)


def test_a_page_comes_with_its_kind_and_final_address(site: Site, fetcher: Fetcher) -> None:
    site.serve("/new", "<p>Grüße</p>", "Text/HTML; charset=utf-8")
    site.serve("/old", moved("/new#part"))
    page = fetcher.fetch(site.url + "/old#top")
    assert (page.url, page.content.decode(), page.kind, page.charset) == (site.url + "/new", "<p>Grüße</p>", "text/html", "utf-8")
    assert site.asked == ["/robots.txt", "/old", "/new"]
    assert all(agent.startswith("askdivide/") for agent in site.agents)


def test_a_compressed_page_is_unpacked(site: Site, fetcher: Fetcher) -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        body = gzip.compress(b"<p>small</p>")
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    site.serve("/a", respond)
    assert fetcher.fetch(site.url + "/a").content == b"<p>small</p>"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_not_asked_unless_that_is_allowed(site: Site, host: str) -> None:
    port = site.url.rpartition(":")[2]
    with Fetcher(pause=0) as fetcher, pytest.raises(FetchError, match="private address .*; if that is meant, use --allow-private"):
        fetcher.fetch(f"http://{host}:{port}/a")
    assert site.asked == []


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to `answers` in turn, the last for good; the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host.endswith(".test"):
            given = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in given]
        return real(host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("answers", [["10.0.0.5"], ["93.184.216.34", "10.0.0.5"]], ids=["private", "public and private"])
def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    resolving(monkeypatch, answers)
    with Fetcher(pause=0) as fetcher, pytest.raises(FetchError, match="leads to inner.test, which is at the private address 10.0.0.5"):
        fetcher.fetch("http://inner.test/")


def test_a_redirect_into_a_private_network_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # The loopback site stands for a public one; only 10.0.0.5 counts as private.
    monkeypatch.setattr(fetch, "refused_address", lambda address: address == "10.0.0.5")
    resolving(monkeypatch, ["10.0.0.5"])
    for target in ("http://inner.test/secret", "http://10.0.0.5/secret"):
        site.serve("/a", moved(target))
        with Fetcher(pause=0) as fetcher, pytest.raises(FetchError, match="private address 10.0.0.5"):
            fetcher.fetch(site.url + "/a")
    site.serve("/a", moved("file:///etc/passwd"))
    with Fetcher(pause=0) as fetcher, pytest.raises(FetchError, match="leads to file"):
        fetcher.fetch(site.url + "/a")


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the name answers with a private address from the second question on."""
    monkeypatch.setattr(fetch, "refused_address", lambda address: address == "10.0.0.5")
    asked = resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.1"], ["10.0.0.5"])
    site.serve("/a", "<p>public</p>")
    url = f"http://turning.test:{site.url.rpartition(':')[2]}/a"
    with Fetcher(pause=0) as fetcher:
        assert fetcher.fetch(url).content == b"<p>public</p>"
        # robots.txt and the page: one look-up for each connection, and what was looked up is what was connected to.
        assert len(asked) == 2
        with pytest.raises(FetchError, match="private address 10.0.0.5"):
            fetcher.fetch(url)


def test_robots_are_kept_to_and_asked_once(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain")
    site.serve("/a", "a")
    site.serve("/private/a", "a")
    fetcher.fetch(site.url + "/a")
    site.serve("/b", moved("/private/a"))
    for path in ("/private/a", "/b"):
        with pytest.raises(FetchError, match="robots.txt does not allow"):
            fetcher.fetch(site.url + path)
    assert site.asked == ["/robots.txt", "/a", "/b"]


def test_a_site_whose_robots_are_in_trouble_is_left_alone(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", status(503))
    site.serve("/a", "a")
    with pytest.raises(FetchError, match=r"robots.txt cannot be had \(status 503\)"):
        fetcher.fetch(site.url + "/a")
    assert site.asked == ["/robots.txt"]


def test_too_many_redirects_end(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", moved("/a"))
    with pytest.raises(FetchError, match="from address to address more than 5 times"):
        fetcher.fetch(site.url + "/a")
    assert site.asked.count("/a") == 6


@pytest.mark.parametrize("number", [401, 403, 404, 410, 500])
def test_a_status_that_is_no_success_is_the_reason(site: Site, fetcher: Fetcher, number: int) -> None:
    site.serve("/a", status(number))
    with pytest.raises(FetchError, match=f"cannot be fetched \\(status {number}\\)"):
        fetcher.fetch(site.url + "/a")


@pytest.mark.parametrize("told", [True, False], ids=["length told", "length not told"])
def test_a_page_too_large_is_not_taken_whole(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 1024 * 1024)
    sent = 0

    def respond(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        if told:
            handler.send_header("Content-Length", str(10**9))
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b"x" * 65536)
            sent += 65536

    site.serve("/a", respond)
    with pytest.raises(FetchError, match="is larger than 1 MB"):
        fetcher.fetch(site.url + "/a")
    assert sent < 20 * 1024 * 1024


def test_a_packed_bomb_is_not_unpacked(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 1024 * 1024)
    body = gzip.compress(b"\0" * 200_000_000, compresslevel=1)

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(body)

    site.serve("/a", respond)
    with pytest.raises(FetchError, match="is larger than 1 MB"):
        fetcher.fetch(site.url + "/a")


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_sends_a_byte_now_and_then_keeps_nobody(site: Site, where: str) -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if where == "head" else b"\r\n"))
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    site.serve("/a", respond)
    started = time.monotonic()
    with Fetcher(allow_private=True, pause=0, seconds=0.6) as fetcher, pytest.raises(FetchError, match="takes too long"):
        fetcher.fetch(site.url + "/a")
    assert time.monotonic() - started < 9


@pytest.mark.parametrize("says", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"])
def test_a_server_that_speaks_nonsense_is_one_line(site: Site, fetcher: Fetcher, says: bytes) -> None:
    site.serve("/a", lambda handler: handler.wfile.write(says))
    with pytest.raises(FetchError, match=r"^cannot be fetched \([^\n]+\)$"):
        fetcher.fetch(site.url + "/a")


def test_nobody_at_the_address(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://no-such-host.invalid/"):
        with pytest.raises(FetchError, match="^cannot be fetched"):
            fetcher.fetch(url)


def test_proxies_of_the_environment_are_not_used(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    site.serve("/a", "here")
    with Fetcher(allow_private=True, pause=0) as fresh:
        assert fresh.fetch(site.url + "/a").content == b"here"


def test_requests_to_one_host_keep_a_distance(site: Site) -> None:
    site.serve("/a", "a")
    with Fetcher(allow_private=True, pause=0.3) as fetcher:
        started = time.monotonic()
        for _ in range(3):
            fetcher.fetch(site.url + "/a")
        assert time.monotonic() - started > 0.6
