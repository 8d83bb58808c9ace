import socket

import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.webpage import decode, read
from askdivide.records import Document

HEAD = """<meta charset="utf-8"><title>The harbour grows | Bay Courier</title><link rel="canonical" href="https://bay.example/harbour">
<meta property="og:site_name" content="Bay Courier"><meta property="article:published_time" content="2024-03-14T10:00:00Z">
<meta name="keywords" content="harbour, ships, harbour"><script>var tracker = "evil script";</script><style>.x { color: red }</style>"""
ARTICLE = """<article><header><h1>The harbour grows</h1><p class="byline">By Petra Holm</p><time datetime="2024-03-14">14 March 2024</time></header>
<p>The harbour of Ostrava Bay was founded in 1871 by the engineer <b>Milena Duras</b>. It has <a href="/b">three basins</a> and one dry dock.</p>
<h2>Traffic</h2><p>In 2023 the harbour handled 412 ships, according to its annual report. The largest was the Corona Borealis.</p>
<table><caption>Ships by year</caption><tr><th>Year</th><th>Ships</th><th>Cargo</th></tr>
<tr><td>2022</td><td>397</td><td>1,310,500</td></tr><tr><td>2023</td><td>412</td><td>1,377,250</td></tr></table>
<h3>Plans</h3><ul><li>A second dry dock is planned for 2027.</li><li>The old grain silo will become a museum.<ul><li>It opens in May.</li></ul></li></ul>
<blockquote><p>“We are proud of it,” said the mayor of the town.</p></blockquote></article>"""
AROUND = """<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News from the bay</a></li></ul></nav>
<div class="cookie-banner">We use cookies to improve your experience. <button>Accept all</button></div>{}
<section id="comments"><h2>Comments</h2><div class="comment"><p>I think this harbour is terrible and nobody should go there, said a troll.</p></div></section>
<aside><h3>Related articles</h3><ul><li><a href="a">Ten best piers in the world</a></li></ul></aside>
<footer>© 2024 Bay Courier. All rights reserved.</footer><img src="http://127.0.0.1:9/x.png"><iframe src="http://127.0.0.1:9/"></iframe>"""


def page(body: str, head: str = HEAD) -> bytes:
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'.encode()


def parts(document: Document, *kinds: str) -> list[tuple[str, str]]:
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks if not kinds or b.kind in kinds]


def test_an_article_without_what_stands_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise AssertionError("a page was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    document = read("a.html", page(AROUND.format(ARTICLE)))
    assert (document.title, document.published, document.source) == ("The harbour grows", "2024-03-14", "Bay Courier")
    assert (document.url, document.tags, document.markup) == ("https://bay.example/harbour", ("harbour", "ships"), False)
    assert parts(document) == [
        ("heading", "The harbour grows"),
        ("text", "The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. It has three basins and one dry dock."),
        ("heading", "Traffic"),
        ("text", "In 2023 the harbour handled 412 ships, according to its annual report. The largest was the Corona Borealis."),
        ("text", "Ships by year"),
        ("table", "| Year | Ships | Cargo |\n| 2022 | 397 | 1,310,500 |\n| 2023 | 412 | 1,377,250 |"),
        ("heading", "Plans"),
        ("item", "A second dry dock is planned for 2027."),
        ("item", "The old grain silo will become a museum."),
        ("item", "It opens in May."),
        ("text", "“We are proud of it,” said the mayor of the town."),
    ]
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2, 3]


def test_a_short_page_is_read_whole() -> None:
    document = read("a.html", page("<h1>Notice</h1><p>The pier is closed until May.</p>", "<title>Notice</title>"))
    assert parts(document) == [("heading", "Notice"), ("text", "The pier is closed until May.")]
    assert (document.published, document.source, document.url) == (None, None, None)


def test_paragraphs_made_of_line_breaks() -> None:
    document = read("a.html", page("<h1>Notice</h1>The pier is closed.<br><br>It opens again in May, if the<br>weather allows it.", ""))
    assert parts(document, "text") == [("text", "The pier is closed."), ("text", "It opens again in May, if the weather allows it.")]


def test_a_page_of_tables_for_layout_gives_its_paragraphs() -> None:
    body = f"<table><tr><td><p>Menu</p></td><td><table><tr><td>{ARTICLE.replace('article', 'div')}</td></tr></table></td></tr></table>"
    document = read("a.html", page(body, ""))
    assert ("text", "In 2023 the harbour handled 412 ships, according to its annual report. The largest was the Corona Borealis.") in parts(
        document
    )
    assert "Milena Duras" in document.text


def test_a_date_that_only_the_text_speaks_of_is_not_the_articles() -> None:
    body = (
        "<article><h1>The harbour</h1>"
        + "<p>On 3 May 1998 the pier of the harbour burned down, and nobody knew why it did so.</p>" * 4
        + "</article>"
    )
    assert read("a.html", page(body, "")).published is None
    assert read("a.html", page(body.replace("</h1>", "</h1><p>Published 14 March 2024</p>"), "")).published == "2024-03-14"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Müller é".encode(), "Müller é"),
        ("<meta charset=iso-8859-1>Müller “x”".encode("cp1252"), "<meta charset=iso-8859-1>Müller “x”"),
        ("Müller".encode("cp1252"), "Müller"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">港口'.encode("gb18030"), "港口"),
        ('<?xml version="1.0" encoding="shift_jis"?>みなと'.encode("shift_jis"), "みなと"),
        ("\ufeffÉté".encode("utf-16"), "Été"),
        ("\ufeffÉté".encode(), "Été"),
        ('<meta charset="no-such-thing">Été'.encode(), "Été"),
        ('<meta charset="utf-8">Été'.encode("cp1252"), "Été"),
        ('<meta charset="base64">Été'.encode(), "Été"),
        ('<meta charset="utf-16">Été'.encode(), "Été"),
    ],
)
def test_encodings_declared_and_not(data: bytes, expected: str) -> None:
    assert decode(data).endswith(expected)


@pytest.mark.parametrize(
    "data", [b"", b"   ", b"<html></html>", b"<script>let a</script>", b"<!-- nothing -->", b"\0" * 100, b"<div><img src=x></div>"]
)
def test_a_page_without_text_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"has no (text to quote|HTML elements)"):
        read("a.html", data)


def test_a_page_of_frames_is_no_article() -> None:
    with pytest.raises(UnreadableDocument, match="is a page of frames without text of its own; save the frame"):
        read("a.html", b'<html><frameset cols="1,2"><frame src="a.html"><noframes>no</noframes></frameset></html>')


def test_entities_of_a_pages_own_are_not_made_larger() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    data = (
        f'<?xml version="1.0"?><!DOCTYPE html [{laughs}]><html><body><h1>Notice</h1><p>The pier is closed &l9;</p></body></html>'.encode()
    )
    assert len(read("a.xhtml", data).text) < 1500


def test_elements_nested_without_end_are_no_page() -> None:
    def nested(depth: int) -> bytes:
        return page("<div>" * depth + "<p>The pier is closed until May.</p>" + "</div>" * depth, "")

    assert "The pier is closed until May." in read("a.html", nested(150)).text
    with pytest.raises(UnreadableDocument, match="has no text to quote"):
        read("a.html", nested(50_000))


def test_of_a_short_page_too_nothing_hidden_is_read() -> None:
    document = read(
        "short.html",
        b"<html><body><article><h1>Harbour</h1><p>It is run by Vic Vis since 1987.</p><p style='display:none'>It is run by nobody.</p>"
        b"<p hidden>It is run by Hank.</p></article></body></html>",
    )
    assert document.text == "Harbour\n\nIt is run by Vic Vis since 1987.\n"


def test_a_date_that_cannot_be_read_is_told() -> None:
    body = f"<article><h1>The harbour</h1>{'<p>It has three basins, one dry dock and a museum in an old grain silo.</p>' * 8}</article>"
    note = "states 'soon' as its date, which is none that can be read; it counts as undated, write it as 2025-01-31"
    for head in ('<meta property="article:published_time" content="soon">', '<meta itemprop="datePublished" content=" soon ">'):
        document = read("a.html", page(body, head))
        assert (document.published, document.notes) == (None, (note,))
    for head in ("", '<meta property="article:published_time" content="2024-03-14">', '<meta name="date" content="">'):
        assert read("a.html", page(body, head)).notes == ()
