import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from askdivide.index.tables import DocumentRow
from askdivide.interfaces.web.cards import context, header, panel, safe, sources
from askdivide.records import Answer, Citation, Passage, Refusal

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<style>body { display: none }</style>",
    "[click](javascript:alert(1))",
    "![pixel](http://tracker.example/p.png)",
    "https://autolink.example www.autolink.example someone@autolink.example",
    "$x^2$ and $$y$$",
    "${location} {{value}} {{#each}}",
    "**bold** _slanted_ `code` ~~gone~~ # heading | cell |",
    "</mark></blockquote></li>",
    '" onmouseover="alert(1)" \'',
    "&lt;b&gt; &amp;",
]
ARTICLE = """---
title: Lamps
---

# Lamps

The first lamp burned oil. The second lamp burned gas, and it was **brighter**. The third lamp is electric.

| Lamp | Year |
|---|---|
| oil | 1871 |
| gas | 1902 |

- One more thing.
- And the last.
"""


class Reader(HTMLParser):
    """What a browser would make of HTML: its elements with their attributes, and the text, also that within `mark`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.marked, self._open = "", "", 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open += tag == "mark"

    def handle_endtag(self, tag):
        self._open -= tag == "mark"

    def handle_data(self, data):
        self.text += data
        if self._open:
            self.marked += data

    def tags(self):
        return {tag for tag, _ in self.elements}

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def citation(quote, text=ARTICLE, **given):
    start = text.index(quote) if quote in text else 0
    made = Citation(1, "lamps.md", "v1", "Lamps", "Gazette", "2024-03-01", None, "Light > Lamps", 7, start, start + len(quote), quote)
    return replace(made, **given)


def answered(*citations, consulted=()):
    return Answer("Which lamp?", "Which lamp?", "answered", "quote", "", citations=citations, consulted=consulted)


def passage(**given):
    made = Passage("lamps.md", "Lamps", "Gazette", "2024", None, "", None, 0, 10, "The **first** lamp burned oil.", 0.5)
    return replace(made, **given)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself_and_as_nothing_else(text):
    read = Reader(safe(text))
    assert read.text == text
    assert not read.elements
    assert not set(safe(text)) & set("<>\"'`*_[](){}$\\|~@")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_to_a_card(text):
    given = {"document": text, "title": text, "source": text, "heading": text}
    hostile = Reader(sources(answered(citation(text, text, **given), consulted=[passage(title=text, text=text)]), 1, {text: text * 3}))
    plain = Reader(sources(answered(citation("word", "word"), consulted=[passage()]), 1, {"lamps.md": "word word"}))
    assert hostile.tags() <= plain.tags() | {"br", "b", "span"}
    assert {name for _, attributes in hostile.elements for name in attributes} <= {"class", "id", "href", "aria-label", "title"}
    assert hostile.marked == text
    marked = Reader(sources(answered(citation(text, text, **given)), 1, {text: text * 3}, marked={text}))
    assert marked.tags() <= plain.tags() | {"br", "b", "span"}
    assert {name for _, attributes in marked.elements for name in attributes} <= {"class", "id", "href", "aria-label", "title"}


def test_characters_that_control_or_reorder_are_left_out():
    assert Reader(safe("a\u202eb\u0007c\u200fd\ud800")).text == "abcd"


def test_the_quote_is_highlighted_exactly_within_its_surroundings():
    quote = "The second lamp burned gas, and it was **brighter**."
    read = Reader(sources(answered(citation(quote)), 3, {"lamps.md": ARTICLE}))
    assert read.marked == quote
    assert "The first lamp burned oil. " + quote + " The third lamp is electric." in read.text
    assert "title: Lamps" not in read.text
    assert [element["id"] for element in read.named("li")] == ["s-3-1"]


@pytest.mark.parametrize("quote", ["| Lamp | Year |\n|---|---|\n| oil | 1871 |", "- One more thing.\n- And the last."])
def test_a_quote_of_several_lines_is_exact_too(quote):
    read = Reader(sources(answered(citation(quote)), 1, {"lamps.md": ARTICLE}))
    assert read.marked == quote
    assert len(read.named("br")) >= quote.replace("|---|---|\n", "").count("\n")


def test_what_only_draws_a_table_is_there_and_not_seen():
    html = sources(answered(citation("| Lamp | Year |\n|---|---|\n| oil | 1871 |")), 1, {"lamps.md": ARTICLE})
    assert Reader(re.sub(r'<span class="unseen">.*?</span>', "", html, flags=re.DOTALL)).marked == "Lamp | Yearoil | 1871"


def test_rows_in_tags_are_seen_as_rows():
    table = "<table>\n<tr><td>Lamp</td>\n<td>Year</td></tr>\n<tr>\n  <td><b>oil</b></td>\n  <td>1871</td>\n</tr>\n<tr><td>gas</td><td>1888</td></tr></table>"
    article = f"# Lamps\n\nThese:\n\n{table}\n"
    quote = table[8 : table.index("\n<tr><td>gas")]
    html = sources(answered(citation(quote, article)), 1, {"lamps.md": article}, marked={"lamps.md"})
    seen = Reader(re.sub(r'<span class="unseen">.*?</span>', "", html, flags=re.DOTALL))
    assert [" ".join(row.replace("|", " ").split()) for row in seen.marked.split("oil")] == ["Lamp Year", "1871"]
    assert "gas · 1888" in seen.text
    assert len(seen.named("br")) >= 2
    everything = Reader(re.sub(r'<span class="bar">.*?</span>', "", html))
    assert "".join(everything.marked.split()) == "".join(quote.split())


def test_marks_of_markdown_are_there_and_not_seen():
    article = "# Lamps\n\n[Oil](https://example.org/oil) came first, **gas [later](https://example.org/gas)** &amp; not often.\n\nThe [last](x) one.\n"
    quote = "**gas [later](https://example.org/gas)** &amp; not often."
    html = sources(answered(citation(quote, article)), 1, {"lamps.md": article}, marked={"lamps.md"})
    seen = Reader(re.sub(r'<span class="unseen">.*?</span>', "", html, flags=re.DOTALL))
    assert Reader(re.sub(r"(?<=</span>)&#38;", "", html)).marked == quote
    assert seen.marked == "gas later & not often."
    assert "Oil came first, gas later & not often.\n\nThe last one." in seen.text
    assert Reader(sources(answered(citation(quote, article)), 1, {"lamps.md": article})).marked == quote


def test_a_link_that_is_cut_at_the_edge_of_a_card_is_one_all_the_same():
    link = "[a link of " + "many words " * 30 + "](https://example.org/lamps)"
    article = f"Before it is {link}. The lamp burns. After it is {link} and more.\n"
    html = sources(answered(citation("The lamp burns.", article)), 1, {"lamps.md": article}, marked={"lamps.md"})
    shown = Reader(html).text
    assert "many words . The lamp burns. After it is a link of many words" in shown
    assert not set("[]") & set(shown)


def test_code_has_no_marks():
    article = "# Lamps\n\nRun *this*:\n\n```\nlamp __init__ **now**\n```\n\nand wait.\n"
    html = sources(answered(citation("lamp __init__ **now**", article)), 1, {"lamps.md": article}, marked={"lamps.md"})
    assert Reader(re.sub(r'<span class="unseen">.*?</span>', "", html, flags=re.DOTALL)).marked == "lamp __init__ **now**"


def test_a_card_names_article_source_date_heading_page_and_place():
    read = Reader(sources(answered(citation("The third lamp is electric.")), 1, {"lamps.md": ARTICLE}))
    for part in ("Lamps", "Gazette", "1 March 2024", "Light > Lamps", "page 7", "lamps.md:"):
        assert part in read.text


def test_a_title_opens_the_article_at_the_quote_with_the_others_marked_too():
    cited = (citation("Lamps"), citation("The third lamp", number=2), citation("x", number=3, document="other.md"))
    read = Reader(sources(answered(*cited, consulted=[passage()]), 1, {}))
    first, second, _, also = [a["href"] for a in read.named("a") if a.get("title")]
    assert re.fullmatch(r"/article\?doc=lamps\.md&v=v1&at=1:\d+-\d+:\w+,2:\d+-\d+:\w+#here", first)
    assert re.search("at=2:.*,1:", second)
    assert also == "/article?doc=lamps.md&at=0-10#here"


@pytest.mark.parametrize("texts", [{}, {"lamps.md": "Something else is written here now."}])
def test_a_quote_from_an_article_that_has_changed_stands_alone(texts):
    read = Reader(sources(answered(citation("The third lamp is electric.")), 1, texts))
    assert read.marked == "The third lamp is electric."
    assert "has changed since" in read.text


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ('https://example.org/a?b=1&c="x"', True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)//http://x", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("http://[broken", False),
        ("https:", False),
        ("/etc/passwd", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url, linked):
    links = [a for a in Reader(sources(answered(citation("Lamps", url=url)), 1, {})).named("a") if "target" in a]
    assert [a["href"] for a in links] == ([url] if linked else [])
    assert all("noopener" in a["rel"] for a in links)


def test_a_refusal_offers_the_nearest_passages_as_what_they_are():
    refusal = Refusal("The articles do not answer this.", (passage(), passage(text="| a | b |\n|---|---|\n| 1 | 2 |")))
    read = Reader(sources(Answer("Why?", "Why?", "refused", "quote", "", refusal=refusal), 2, {}))
    assert "Nearest passages" in read.text
    assert "do not answer the question" in read.text
    assert "The first lamp burned oil." in read.text
    assert "a · b. 1 · 2." in read.text
    assert "mark" not in read.tags()
    assert sources(Answer("Hi", "Hi", "refused", "quote", "", refusal=Refusal("No.")), 2, {}) == ""


def test_passages_read_but_not_cited_are_folded_away():
    html = sources(answered(citation("Lamps"), consulted=[passage(text="word " * 200)]), 1, {})
    assert "Also read (1)" in Reader(html).text
    assert Reader(html[html.index("<details>") :]).text.count("word") < 50


def test_the_panel_says_what_it_is_for_while_it_is_empty():
    assert "appear here" in Reader(panel(["", ""])).text
    assert Reader(panel(["<p>one</p>", ""])).text == "one"


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("one two three", (4, 7), ("one ", " three")),
        ("aaa bbb ccc ddd eee fff ggg", (12, 15), ("… bbb ccc ", " eee fff …")),
        ("x" * 50, (20, 25), ("… " + "x" * 10, "x" * 10 + " …")),
        ("", (0, 0), ("", "")),
        ("word", (0, 4), ("", "")),
        ("---\na: b\n---\nBody here", (13, 17), ("", " here")),
        ("+++\na = 1\n+++\nBody here", (14, 18), ("", " here")),
        ("---\na: b\nc: d\n---\nBody", (7, 8), ("", "")),
        ("---\na b\n---\nBody", (4, 7), ("---\n", "\n---\nBody")),
    ],
)
def test_context_is_cut_between_words_and_leaves_out_front_matter(text, span, expected):
    assert context(text, *span, reach=10) == expected


def test_the_title_line_counts_and_dates_the_articles():
    def row(title, published):
        return DocumentRow(1, "a.md", "v", 1, 1, title, published, None, None, (), True, 1)

    text = Reader(header([row("<b>Old</b>", "2023-01"), row("New", "2024-05-06"), row("Undated", None)])).text
    assert "3 articles, January 2023 to 6 May 2024" in text
    assert "<b>Old</b>" in text
    assert "1 article" in Reader(header([row("Only", None)])).text
    assert "0 articles" in Reader(header([])).text
    assert "and 5 more" in Reader(header([row("One", None)] * 205)).text
