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


LONG = "The {0} basin of the harbour was dug by hand in {1}, when the town had no more than four thousand people and one crane. " * 2


def paragraphs(*names: str) -> str:
    return "".join(f"<p>{LONG.format(name, 1871 + place)}</p>" for place, name in enumerate(names))


def test_a_figure_that_is_never_closed_takes_nothing_with_it() -> None:
    rest = "<h2>Traffic</h2><ul><li>A second dry dock is planned.</li></ul><pre><code>ships = 412\nprint(ships)</code></pre>" + paragraphs(
        "west", "south"
    )
    figure = '<figure><img src="a.png"><figcaption class="wp-caption-text">The basins, seen from the lighthouse.</figcaption>'
    for end in ("<figure>", ""):
        document = read("a.html", page(f"<article><h1>The harbour</h1>{paragraphs('east', 'north')}{figure}{end}{rest}</article>"))
        assert parts(document, "heading", "item", "code") == [
            ("heading", "The harbour"),
            ("heading", "Traffic"),
            ("item", "A second dry dock is planned."),
            ("code", "ships = 412\nprint(ships)"),
        ]
        assert [text[:16] for _, text in parts(document, "text")] == [
            "The east basin o",
            "The north basin ",
            "The basins, seen",
            "The west basin o",
            "The south basin ",
        ]


def test_words_in_figures_and_behind_them_are_of_the_article() -> None:
    body = (
        paragraphs("east")
        + '<figure class="pullquote"><blockquote><p>We are proud of it.</p></blockquote></figure>'
        + '<figure class="highlight"><pre><code>ships = 412\nprint(ships)</code></pre></figure>'
        + '<figure class="wp-caption"><img src="a.png"><figcaption id="caption-1">The silo, built in 1902.</figcaption></figure>'
        + "It will be <b>a museum</b> next year."
        + '<figure><a href="/piers"><img src="b.png"></a><figcaption><a href="/piers">Ten best piers in the world to sit on, as our readers have it</a></figcaption></figure>'
        + paragraphs("west")
    )
    document = read("a.html", page(f"<article><h1>The harbour</h1>{body}</article>"))
    assert [(kind, text[:40]) for kind, text in parts(document)] == [
        ("heading", "The harbour"),
        ("text", "The east basin of the harbour was dug by"),
        ("text", "We are proud of it."),
        ("code", "ships = 412\nprint(ships)"),
        ("text", "The silo, built in 1902."),
        ("text", "It will be a museum next year."),
        ("text", "The west basin of the harbour was dug by"),
    ]


def test_a_figure_without_words_changes_nothing() -> None:
    figure = '<div><figure><a href="b.jpg"><img src="b.png"></a></figure></div><div><div><h6>The silo, built in 1902</h6></div></div>'
    body = f"{paragraphs('east', 'north', 'west', 'south')}<div>{figure}</div>{paragraphs('old')}{figure}"
    document = read("a.html", page(f"<article><h1>The harbour</h1>{body}</article>"))
    assert parts(document, "heading") == [("heading", "The harbour"), ("heading", "The silo, built in 1902")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("about 10<sup>5</sup> m<sup>2</sup>", "about 10^5 m^2"),
        ("10<sup>−5</sup> and (a + b)<sup>2</sup>", "10^−5 and (a + b)^2"),
        ("x<sub>1</sub><sup>2</sup> and 2<sup>2<sup>3</sup></sup>", "x1^2 and 2^2^3"),
        ("as reported.<sup>3</sup> It", "as reported. It"),
        ("as “reported”<sup>[3, 4]</sup> by", "as “reported” by"),
        ("as reported<sup id='r'><a href='#n3'>3</a></sup> by", "as reported by"),
        ("as reported<a href='a.html#n3'><sup>3</sup></a> by", "as reported by"),
        ("as reported <sup>*</sup> by", "as reported by"),
        ("as reported<a href='#n3'><sup><sup>3</sup></sup></a> by", "as reported by"),
        ("the <a href='#s'>10<sup>5</sup> ships</a>", "the 10^5 ships"),
        ("the 1<sup>st</sup> of May.<sup>TM</sup>", "the 1st of May.TM"),
        ("the isotope <sup>235</sup>U", "the isotope 235U"),
        ("about 1<sup>3</sup>/<sub>4</sub> inches", "about 1 3/4 inches"),
        ("H<sub>2</sub>O and C<sub>6</sub>", "H2O and C6"),
        ("scored 71.3<sub>0.4</sub> and 68.0<sub>(±1.2)</sub>", "scored 71.3 (0.4) and 68.0 (±1.2)"),
        ("scored 71<sub>best</sub>", "scored 71best"),
    ],
)
def test_raised_and_lowered_words(words: str, expected: str) -> None:
    assert parts(read("a.html", page(f"<article><h1>Notice</h1><p>{words}</p></article>")), "text") == [("text", expected)]
    document = read("a.html", page(f"<article><h1>Notice</h1>{paragraphs('east', 'west')}<p>It is {words}</p></article>"))
    assert parts(document)[-1] == ("text", f"It is {expected}")


def test_a_displayed_formula_is_a_paragraph() -> None:
    formula = "\n$$\n\\mathbf{x} = \\frac{a}{b}\n$$\n"
    body = f"{paragraphs(*'ABCDEFGH')}<div>{formula}</div>where <em>b</em> is the depth.<div>\\[ y &lt; 2 \\]</div>{paragraphs('west')}"
    document = read("a.html", page(f"<article><h1>The harbour</h1>{body}</article>"))
    assert [text for _, text in parts(document)[9:12]] == [
        "$$ \\mathbf{x} = \\frac{a}{b} $$",
        "where b is the depth.",
        "\\[ y < 2 \\]",
    ]


def test_lines_with_bars_in_one_paragraph_are_a_table() -> None:
    lines = "Ships by year:\n| Year | <b>Ships</b> |\n|---|---|\n| 2022 | 397 |<br>| 2023 | 4\\|12 |\n{:.info}"
    document = read("a.html", page(f"<article><h1>The harbour</h1>{paragraphs('east', 'west')}<p>{lines}</p></article>"))
    assert parts(document)[-2:] == [("text", "Ships by year:"), ("table", "| Year | Ships |\n| 2022 | 397 |\n| 2023 | 4\\|12 |")]
    for plain in ("| Home\n| News from the bay", "| Year | Ships |", "| 2022 | 397 |\nand then\n| 2023 | 412 |"):
        assert not parts(read("a.html", page(f"<article><h1>Notice</h1>{paragraphs('east')}<p>{plain}</p></article>")), "table")


def test_an_article_of_which_trafilatura_keeps_little_is_read_from_the_page() -> None:
    menus = (
        '<ul><li><a href="#a">Traffic of the harbour</a></li><li><a href="#b">Plans of the harbour</a></li></ul>'
        '<div class="share-buttons"><p>Share it with all your friends</p></div><form><p>Your comment, please</p></form>'
        '<div id="comments"><p>I think this harbour is terrible, said a troll.</p></div>'
    )
    lost = "<picture><img src='a.png'>{}"
    body = f"<article><h1>The harbour</h1>{menus}{paragraphs(*'ABCDEFGH')}{lost}</article>"
    whole = read("a.html", page(body.format("<h2>Traffic</h2>" + paragraphs(*"IJKLMNOP"))))
    expected = [("text", f"The {name} basin") for name in "ABCDEFGHIJKLMNOP"]
    expected[8:8] = [("heading", "Traffic")]
    assert [(kind, text[:11]) for kind, text in parts(whole)] == [("heading", "The harbour"), *expected]
    # What is lost of this page is teasers, none of them a long paragraph of its own words.
    teaser = '<h3><a href="/x">Ten best piers</a></h3><p>Where to go when the sun is out and the sea is calm, as our readers have it.</p>'
    assert "Ten best piers" not in read("a.html", page(body.format(teaser * 12))).text
