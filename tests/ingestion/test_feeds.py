"""Feeds as sites write them, good and bad."""

from __future__ import annotations

import contextlib
import time

import pytest

from askdivide.errors import FetchError
from askdivide.ingestion.feeds import MOST_ENTRIES, Entry, entries, is_feed

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Bay Courier</title><link>https://courier.example/</link><atom:link href="https://courier.example/feed" rel="self"/>
<item><title>The harbour &amp; the bay</title><link>https://courier.example/harbour</link>
<pubDate>Fri, 01 Mar 2024 10:00:00 GMT</pubDate><description>&lt;p&gt;Short&lt;/p&gt;</description></item>
<item><title>By its guid</title><guid>https://courier.example/guid</guid><dc:date>2024-03-02T10:00:00Z</dc:date></item>
<item><title>No address</title><guid isPermaLink="false">tag:1</guid></item>
<item><title>Twice</title><link>/harbour</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Ferry Gazette</title><link href="/" rel="alternate"/>
<entry><title>Lambs</title><link rel="enclosure" href="/lambs.mp3"/><link href="lambs"/><id>tag:1</id>
<published>2024-04-01T00:00:00Z</published><updated>2024-05-01T00:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><title>Old</title></channel><item><title>One</title><link>https://old.example/1</link></item></rdf:RDF>"""


def test_rss() -> None:
    title, found = entries(RSS.encode(), "https://courier.example/feed")
    assert title == "Bay Courier"
    assert found == [
        Entry("https://courier.example/harbour", "The harbour & the bay", "2024-03-01"),
        Entry("https://courier.example/guid", "By its guid", "2024-03-02"),
    ]


def test_atom_and_rdf() -> None:
    assert entries(ATOM.encode(), "https://ferry.example/news/") == (
        "Ferry Gazette",
        [Entry("https://ferry.example/news/lambs", "Lambs", "2024-04-01")],
    )
    assert entries(RDF.encode(), "https://old.example/")[1] == [Entry("https://old.example/1", "One", None)]


def test_feeds_are_told_from_pages() -> None:
    assert is_feed(b"", "application/rss+xml")
    for text in (RSS, ATOM, RDF):
        assert is_feed(text.encode(), "text/xml")
        assert is_feed(text.encode(), "")
    assert not is_feed(b"<html><body>How to write &lt;rss: <rss></body></html>", "text/html")
    assert not is_feed(b"<sitemap/>", "application/xml")


def test_broken_xml_is_read_as_far_as_it_goes() -> None:
    broken = RSS.replace("</item>\n<item><title>By", "</item>&nbsp;<item><title>R & D <b>By").encode()
    assert entries(broken, "https://courier.example/feed")[1][0].url == "https://courier.example/harbour"
    assert len(entries(RSS[:-200].encode(), "https://courier.example/feed")[1]) >= 2


@pytest.mark.parametrize("content", [b"", b"no xml", b"<html/>", b"\0\1\2", "<urlset/>".encode("utf-16")])
def test_what_is_no_feed_is_said(content: bytes) -> None:
    with pytest.raises(FetchError, match="^is no feed that can be read"):
        entries(content, "https://a.example/")


def test_hostile_xml_loads_nothing_and_ends(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    outside = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]><rss><channel><item><title>&x;</title><link>https://a.example/&x;</link></item></channel></rss>'
    assert "secret" not in repr(entries(outside.encode(), "https://a.example/")).replace(str(secret), "")
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]><rss><channel><item><title>&l9;</title><link>https://a.example/1</link></item></channel></rss>'
    deep = "<rss>" + "<a>" * 100_000
    many = "<rss>" + "".join(f"<item><link>https://a.example/{n}</link></item>" for n in range(5000)) + "</rss>"
    started = time.monotonic()
    for text in (laughs, deep):
        with contextlib.suppress(FetchError):
            entries(text.encode(), "https://a.example/")
    assert len(entries(many.encode(), "https://a.example/")[1]) == MOST_ENTRIES
    assert time.monotonic() - started < 30
