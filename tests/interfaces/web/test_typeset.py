from __future__ import annotations

import random
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, strategies
from hypothesis import settings as trying
from tests.interfaces.web.test_cards import HOSTILE

from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, current, expected_manifest
from askdivide.index.reading import Index
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.web.article import Request, page, shown, style
from askdivide.interfaces.web.spans import Span, address, address_of, digest, parse
from askdivide.interfaces.web.typeset import Shape, typeset
from askdivide.records import Citation, Passage

MARKED = Shape(markup=True)
PIECES = [
    *(
        "# Head\n",
        "## Two ##\n",
        "\n",
        "word **bold** `code` [link](https://example.org/a) *x*\n",
        "- item *one*\n",
        "  1. deeper\n",
        "> said\n",
    ),
    *(
        "| a | b |\n",
        "|---|---|\n",
        "| 1 \\| 2 | 3 |\n",
        "c | d\n",
        "--- | ---\n",
        "```python\n",
        "    code | here\n",
        "~~~\n",
        "---\n",
        "***\n",
    ),
    *(
        "* * *\n",
        "|\n",
        "| \n",
        "||\n",
        "text without end",
        "  \n",
        "<b>&amp;\n",
        "+ plus\n",
        ">\n",
        "1985. year\n",
        "|x|\n\n|y|\n",
        "[a](javascript:b)\n",
        "so <table><tr><th>e</th>\n<td rowspan=2><b>f</b></td></tr>\n\n",
        "<tr>\n<td>g</td></tr></table> too\n",
    ),
]


class Page(HTMLParser):
    """What a browser would show of HTML: its elements, its text, and the text of each marked span."""

    VOID = frozenset({"br", "hr", "meta"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.stack = "", []
        self.marked: dict[int, str] = {}
        self.seen: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "li" and self.stack and self.stack[-1][0] == "li":
            self.stack.pop()
        if tag in ("p", "li", "td", "th", "h2", "pre", "blockquote", "br"):
            self.text += " "
        if tag not in self.VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag == "ul" and self.stack[-1][0] == "li":
            self.stack.pop()
        assert self.stack.pop()[0] == tag, "elements are nested properly"

    def handle_data(self, data):
        self.text += data
        tags = [tag for tag, _ in self.stack]
        if not any("unseen" in (attributes.get("class") or "") for _, attributes in self.stack):
            self.seen.append(data)
        if "table" in tags and "td" not in tags and "th" not in tags:
            raise AssertionError(f"{data!r} is in a table but in no cell, and would be shown elsewhere")
        for tag, attributes in self.stack:
            if tag == "mark":
                for number in attributes["data-span"].split():
                    self.marked[int(number)] = self.marked.get(int(number), "") + data

    def tags(self):
        return {tag for tag, _ in self.elements}

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def laid_out(text, *spans, shape=MARKED, **given):
    return Page(typeset(text, 0, len(text), spans, shape, **given))


@pytest.fixture
def index(indexed):
    return Index(indexed, expected_manifest(indexed))


def put(settings, text):
    """Let an article have another text, without the time that indexing it takes."""
    catalog = Catalog(current(settings.index) / CATALOG, write=True)
    catalog.connection.execute(
        "UPDATE texts SET text = ? WHERE document_id = (SELECT id FROM documents WHERE path = 'harbour.md')", (text,)
    )
    catalog.close()


@trying(max_examples=400, deadline=None)
@given(strategies.lists(strategies.sampled_from(PIECES), min_size=1, max_size=14), strategies.data(), strategies.booleans())
def test_marked_words_are_shown_character_for_character(pieces, data, markup):
    text = "".join(pieces)
    spans = []
    for _ in range(data.draw(strategies.integers(1, 3))):
        start = data.draw(strategies.integers(0, len(text) - 1))
        spans.append(Span(start, data.draw(strategies.integers(start + 1, len(text))), len(spans) + 1))
    spans = list(dict.fromkeys(spans))
    page = laid_out(text, *spans, shape=Shape(markup=markup))
    assert page.marked == {number: text[span.start : span.end] for number, span in enumerate(spans)}


@trying(max_examples=200, deadline=None)
@given(strategies.lists(strategies.sampled_from(PIECES), min_size=1, max_size=14), strategies.booleans())
def test_no_word_of_a_text_is_lost(pieces, markup):
    text = "".join(pieces)
    left_out = r"https://example.org/a|python|</?(?:b|table|t[rdh])\b[^<>]*>|&amp;" if markup else "(?!)"
    words = re.findall(r"\w+", re.sub(left_out, "", text.replace("javascript:b", "")))
    shown = re.findall(r"\w+", laid_out(text, shape=Shape(markup=markup)).text)
    assert [word for word in words if word not in shown] == []


def test_every_sentence_of_the_articles_can_be_marked_exactly(settings):
    ours = replace(settings, corpus=Path(__file__).parents[3] / "corpus")
    reindex(ours)
    index = Index(ours, expected_manifest(ours))
    articles = []
    with index.reading() as catalog:
        for row in catalog.documents():
            chunks = catalog.chunks(catalog.chunk_ids(sorted(catalog.chunk_keys(row.path))).values()).values()
            places = sorted({(sentence.start, sentence.end) for chunk in chunks for sentence in chunk.chunk.sentences})
            articles.append((row.path, catalog.text(row.id), [Span(*place, number) for number, place in enumerate(places, start=1)]))
    for path, text, spans in articles:
        _, _, html = shown(index, Request(path, spans))
        assert Page(html).marked == {number: text[span.start : span.end] for number, span in enumerate(spans)}
    assert sum(len(spans) for _, _, spans in articles) > 500


def test_a_text_is_laid_out():
    text = (
        "# Lamps\n\nThe **first** lamp,\nin [a book](https://example.org/b?c=1).\n\n- oil\n- gas\n  - town gas\n\n1. one\n\n"
        "| Lamp | Year |\n|---|---|\n| oil | 1871 |\n\n> Light!\n\n```\nlamp = 1\n\nlamp = 2\n```\n\n---\n\n## Later ##\n\nEnd."
    )
    html = typeset(text, 0, len(text), [], Shape(markup=True, title="Lamps"))
    assert html == (
        '<p>The <strong>first</strong> lamp&#44; in <a href="https&#58;&#47;&#47;example&#46;org&#47;b&#63;c&#61;1" target="_blank"'
        ' rel="noopener noreferrer nofollow">a book</a>&#46; </p>'
        '<ul><li class="deep-0">oil <li class="deep-0">gas <li class="deep-1">town gas <li class="deep-0 own">1&#46; one </ul>'
        '<div class="wide" role="region" aria-label="Table" tabindex="0"><table><tr><th scope="col">Lamp</th><th scope="col">Year</th></tr>'
        "<tr><td>oil</td><td>1871</td></tr></table></div><blockquote>Light&#33; </blockquote>"
        '<pre tabindex="0"><code>lamp &#61; 1\n\nlamp &#61; 2\n</code></pre><hr><h2>Later</h2><p>End&#46; </p>'
    )


def test_tables_in_tags_are_tables_and_other_tags_are_not_seen():
    table = "<table>\n<tr><th rowspan=2>Lamp</th><th>Year</th></tr>\n\n<tr><td>\n  <b>oil</b> &amp; gas</td></tr></table>"
    text = f'<p align="center">Lit<br>up</p> {{% image "a.png" %}}\n\nSo:\n{table} and more\n\n`<b>`\n'
    page = laid_out(text)
    assert [element for element, _ in page.elements] == ["p", "br", "p", "div", "table", "tr", "th", "th", "tr", "td", "p", "p", "code"]
    assert page.named("th") == [{"rowspan": "2"}, {}]
    assert " ".join(page.text.split()) == "Lit up So: Lamp Year oil & gas and more <b>"
    start = text.index("<tr><td>")
    marked = laid_out(text, Span(start, text.index("</table>")))
    assert marked.marked == {0: text[start : text.index("</table>")]}
    assert [data for data in marked.seen if "<" in data] == ["<b>"]
    above = laid_out(text, Span(text.index("<tr>"), text.index("\n\n<tr>")))
    assert above.marked == {0: text[text.index("<tr>") : text.index("\n\n<tr>")]}
    assert [tag for tag, _ in above.elements if tag in ("td", "mark")][-1] == "td"


def test_notes_links_are_shown_as_words():
    text = (
        "# [[Lamps|Old lamps]]\n\n[[Oil#Price]] and **[[Gas\\|gas]]**, `[[a|b]]`.\n\n| A | B |\n|---|---|\n| [[Oil\\|oil]] | ![[a.png]] |\n"
    )
    page = laid_out(text)
    assert " ".join(page.text.split()) == "Old lamps Oil Price and gas, [[a|b]]. A B oil"
    assert len(page.named("td")) == 2
    marked = laid_out(text, Span(text.index("[[Oil"), text.index("\n\n|")))
    assert marked.marked == {0: text[text.index("[[Oil") : text.index("\n\n|")]}
    assert not any(mark in "".join(marked.seen).replace("[[a|b]]", "") for mark in ("[", "]", "|"))


def test_headings_and_pages_of_a_text_without_marks_are_known():
    text = "Lamps\n\nThe first lamp *burned* oil.\nIt smoked.\n\nLater lamps\n\nThe second burned gas."
    shape = Shape(markup=False, headings={"Lamps": 1, "Later lamps": 2}, pages=[(0, 3), (text.index("Later"), 4)])
    page = laid_out(text, shape=shape)
    assert "The first lamp *burned* oil.\nIt smoked." in page.text
    assert page.text.index("Page 3") < page.text.index("Lamps")
    assert page.text.index("smoked") < page.text.index("Page 4") < page.text.index("Later lamps")
    assert page.tags() == {"p", "h2"}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "frame", ["{}", "# {}\n\nx", "- {}", "| {} | y |\n|---|---|\n| {} | z |", "> {}", "```\n{}\n```", "**{}**", "[x]({})", "![x]({})"]
)
def test_hostile_text_stays_text(text, frame):
    page = laid_out(frame.replace("{}", text))
    allowed = {"p", "h2", "ul", "li", "div", "table", "tr", "th", "td", "blockquote", "pre", "code", "strong", "em", "a", "hr", "br"}
    assert page.tags() <= allowed
    attributes = {name for _, found in page.elements for name in found}
    assert attributes <= {"class", "href", "target", "rel", "scope", "role", "aria-label", "tabindex"}
    assert all(link["href"].startswith(("http://", "https://")) for link in page.named("a"))
    assert laid_out(text, Span(0, len(text))).marked == {0: text}


def test_an_article_is_headed_by_what_is_known_of_it(index):
    status, title, html = shown(index, Request("harbour.md"))
    assert (status, title) == (200, "The harbour of Ostrava Bay")
    read = Page(html)
    for known in ("Bay Courier · 1 March 2024", "harbour", "shipping", "harbour.md"):
        assert known in read.text
    assert read.text.count("The harbour of Ostrava Bay") == 2, "in the head and in a sentence: the heading that repeats it is left out"
    assert "tags: [" not in read.text
    assert "has changed" not in read.text


def test_an_article_opens_at_the_words_that_are_cited(index):
    with index.reading() as catalog:
        row = catalog.document("harbour.md")
        text = catalog.text(row.id)
    cited = ["In 2023 the harbour handled 412 ships, according to its annual report.", "| 2022 | 397 | 1,310,500 |"]
    places = [(text.index(words), text.index(words) + len(words)) for words in cited]
    citations = [
        Citation(number, "harbour.md", row.version, "", None, None, None, "", None, *place, words)
        for number, place, words in zip((4, 2), places, cited, strict=True)
    ]
    url = address_of(citations[0], [*citations, Citation(1, "other.md", "v", "", None, None, None, "", None, 0, 1, "x")])
    assert url.startswith("/article?doc=harbour.md&v=")
    assert url.endswith("#here")
    spans = parse(re.search("at=([^#]*)", url)[1])
    assert [span.number for span in spans] == [4, 2]
    read = Page(shown(index, Request("harbour.md", spans, row.version))[2])
    assert read.marked == dict(enumerate(cited))
    assert [link["href"] for link in read.named("a")] == ["#at-1", "#here"], "in the order of their numbers"
    assert [one["id"] for one in read.named("span") if one.get("class") == "at"] == ["here", "at-1"]


def test_a_passage_is_marked_without_a_number(index):
    passage = Passage("harbour.md", "", None, None, None, "", None, 150, 170, "", 0.5)
    read = Page(shown(index, Request("harbour.md", parse(address_of(passage).partition("at=")[2].removesuffix("#here"))))[2])
    assert len(read.marked[0]) == 20
    assert not [one for one in read.named("span") if one.get("class") == "number"]


def test_front_matter_in_toml_is_not_shown_either(index, indexed, corpus):
    (corpus / "pier.md").write_text('+++\ntitle = "The pier"\nweight = 3\n+++\n\nIt opened in 2026.\n', encoding="utf-8")
    reindex(indexed)
    read = Page(shown(index, Request("pier.md"))[2])
    assert "It opened in 2026." in read.text
    assert "weight" not in read.text


def test_a_description_is_shown_and_no_other_field(index, indexed, corpus):
    told = "**The pier** of Ostrava Bay, which nobody\n  wanted, opened after seven years of work."
    text = f"---\ntitle: The pier\nby: Ann\ndescription: >-\n  {told}\nweight: 3\n---\n\n# The pier\n\nIt has a café.\n"
    (corpus / "pier.md").write_text(text, encoding="utf-8")
    reindex(indexed)
    read = Page(shown(index, Request("pier.md"))[2])
    assert " ".join(read.text.split()).endswith(
        "The pier of Ostrava Bay, which nobody wanted, opened after seven years of work. It has a café."
    )
    assert not any(field in read.text for field in ("weight", "Ann", "description"))
    places = [(text.index(words), text.index(words) + len(words), number) for number, words in ((1, told), (2, "It has a café."))]
    cited = Page(shown(index, Request("pier.md", [Span(*place, digest(text[place[0] : place[1]])) for place in places]))[2])
    assert cited.marked == {0: told, 1: "It has a café."}
    assert [link["href"] for link in cited.named("a")] == ["#here", "#at-1"]
    assert not any(field in cited.text for field in ("weight", "Ann", "description"))
    field = Page(shown(index, Request("pier.md", [Span(text.index("weight"), text.index("weight") + 6)]))[2])
    assert field.marked == {0: "weight"}


def test_a_changed_article_says_so_and_marks_only_what_still_stands(index, indexed, corpus):
    text = (corpus / "harbour.md").read_text(encoding="utf-8")
    kept, lost = "It has **three basins** and one dry dock.", "The old grain silo will become a museum."
    spans = [Span(text.index(words), text.index(words) + len(words), number, digest(words)) for number, words in ((1, kept), (2, lost))]
    (corpus / "harbour.md").write_text(text.replace("museum", "theatre"), encoding="utf-8")
    reindex(indexed)
    read = Page(shown(index, Request("harbour.md", spans, "another version"))[2])
    assert read.marked == {0: kept}
    assert "The article has changed since it was quoted. 1 quoted passage can no longer be found in its place." in read.text


def test_what_is_gone_says_so(index):
    status, _, html = shown(index, Request("gone<b>.md"))
    assert status == 404
    assert "no such article any more" in html
    assert "<b>" not in html


def test_an_index_that_cannot_be_read_says_so(index, indexed):
    (indexed.index / "CURRENT").unlink()
    status, _, html = shown(index, Request("harbour.md"))
    assert status == 503
    assert "askdivide index" in Page(html).text


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "Some words here.\n\n",
        "**a _b ",
        "| a ",
        "[a](b [c ",
        "`a ``b ",
        "# ",
        "#" * 99 + " ",
        " " * 99 + "x",
        "-",
        "_",
        "*",
        "|",
        "> ",
    ],
)
def test_a_very_long_article_opens_in_parts_and_soon(indexed, index, unit):
    filler = unit * (2_500_000 // len(unit))
    needle = "The needle lies here."
    text = f"# Long\n\nBegin. {filler}\n\n{needle} {filler}"
    put(indexed, text)
    at = text.index(needle)
    started = time.monotonic()
    _, _, html = shown(index, Request("harbour.md", [Span(at, at + len(needle), 1)]))
    assert time.monotonic() - started < 20
    read = Page(html)
    assert read.marked == {0: needle}
    assert len(html) < 1_000_000
    assert re.findall("Show what (?:follows|comes before)", read.text) == ["Show what comes before", "Show what follows"]


def test_the_parts_of_a_long_article_join(indexed, index):
    numbers = " ".join(map(str, range(60_000)))
    put(indexed, f"# Long\n\n{numbers}\n")
    found, begin = "", 0
    while begin is not None:
        html = shown(index, Request("harbour.md", begin=begin))[2]
        found += re.search(r'<div class="text">(.*)</div>', html, re.DOTALL)[1]
        links = [link["href"] for link in Page(html).named("a") if "from=" in link["href"]]
        begin = next((int(re.search(r"from=(\d+)", href)[1]) for href in links if "#end" not in href), None)
    assert Page(found).text.split() == ["Long", *numbers.split()]


def test_addresses_hold_what_they_name():
    rng = random.Random(1)
    for _ in range(200):
        spans = [
            Span(a := rng.randrange(10**6), a + rng.randrange(1, 900), rng.randrange(12), digest(str(a)) if rng.random() < 0.5 else "")
            for _ in range(rng.randrange(1, 6))
        ]
        url = address("a/b c&d=é#?.md", spans)
        assert parse(url.partition("at=")[2].removesuffix("#here")) == list(dict.fromkeys(spans))
        assert "doc=a/b+c%26d%3D%C3%A9%23%3F.md&" in url


@pytest.mark.parametrize("at", ["", ",,,", "5", "5-", "9-5", "5-5", "-1-5", "x:1-2", "1-2:zz", "1" * 400 + "-2", "1-2;3-4"])
def test_what_names_no_span_is_passed_over(at):
    assert parse(at) == []
    assert parse(f"{at},1-2") == [Span(1, 2)]


def test_a_page_of_its_own_has_the_colours_of_both_themes_and_fetches_nothing():
    assert re.search(r":root\{[^}]*--paper: #fbfaf7", style())
    assert re.search(r"dark\)\{:root\{[^}]*--paper: #14171a", style())
    assert "url(" not in style()
    assert "<title>a&#60;b · askdivide</title>" in page("a<b", "")


def test_words_of_a_table_in_tags_that_are_in_no_cell_are_shown():
    table = (
        "<table><caption>Prices <b>of</b> 2024</caption>\n<tr><th>Dock</th><th>Price</th></tr>\n<tr><td>East</td> or <td>9</td></tr>\n"
        "Soon\n<tr><td>West</td><td>8</td></tr>\n*since May*\n</table>\n"
    )
    page = laid_out(table, shape=Shape(markup=True))
    assert "".join(f"{words} " for words in page.seen).split() == "Prices of 2024 Dock Price East or 9 Soon West 8 since May".split()
    assert [attributes.get("colspan") for attributes in page.named("td")] == ["2", None, None, "2", None, None, "2"]
    span = Span(table.index("of</b>"), table.index(" or"), 1)
    assert laid_out(table, span, shape=Shape(markup=True)).marked == {0: table[span.start : span.end]}


def test_marks_within_marked_words_are_there_and_not_seen():
    text = "The **pier** of [Ostrava](https://example.org/a) took _seven_ years \\*and* `a_b_c` days &amp; nights.\n"
    page = laid_out(text, Span(0, len(text) - 1), shape=Shape(markup=True))
    assert "".join(page.seen).split() == "The pier of Ostrava took seven years *and* a_b_c days & nights.".split()
    assert page.marked == {0: text[:-1]}
