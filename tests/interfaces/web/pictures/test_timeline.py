import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web.pictures.timeline import Dated, Timeline, gather, timeline


def drawn(html):
    """The picture alone, which must be well-formed."""
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", html, re.DOTALL).group())


def tagged(root, tag):
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def made(*articles, statements=()):
    return Timeline(tuple(articles), tuple(statements), 0, len(articles), len(articles))


ARTICLE = Dated("2024-03-01", "harbour.md", "The harbour")
STATEMENT = Dated("2023-05", "harbour.md", "The harbour", "It was rebuilt in May 2023.", (10, 37))


def test_articles_and_dated_sentences_are_gathered_with_their_places(indexed, corpus):
    with Assistant.open(indexed).index.reading() as catalog:
        found = gather(catalog)
    assert [(one.iso, one.document) for one in found.articles] == [("2022-05-14", "orchards.txt"), ("2024-03-01", "harbour.md")]
    assert found.undated == 1
    text = (corpus / "harbour.md").read_text(encoding="utf-8")
    stated = {one.iso: one for one in found.statements}
    assert text[slice(*stated["1871"].span)] == "The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras."
    assert stated["1985-04"].document == "orchards.txt"
    assert "1985" not in stated, "the month says more"
    assert [one.days for one in found.statements] == sorted(one.days for one in found.statements)


def test_each_mark_leads_to_its_words():
    root = drawn(timeline(made(ARTICLE, statements=[STATEMENT]), 600))
    article, statement = (urlsplit(link.get("href")) for link in tagged(root, "a"))
    assert parse_qs(article.query) == {"doc": ["harbour.md"]}
    assert parse_qs(statement.query) == {"doc": ["harbour.md"], "at": ["10-37"]}
    assert [title.text for title in tagged(root, "title")] == [
        "1 March 2024: Article: The harbour",
        "May 2023: It was rebuilt in May 2023. (The harbour)",
    ]


@pytest.mark.parametrize("width", [300, 1180])
@pytest.mark.parametrize("count", [1, 40, 900])
def test_marks_do_not_overlap_and_stay_within_the_picture(width, count):
    statements = [replace(STATEMENT, iso=f"20{10 + n % 9}-0{1 + n % 7}-1{n % 5}") for n in range(count)]
    root = drawn(timeline(made(ARTICLE, statements=statements), width))
    lane = [circle for circle in tagged(root, "circle") if circle.get("class").startswith("statement")]
    places = [(float(circle.get("cx")), float(circle.get("cy")), float(circle.get("r"))) for circle in lane]
    assert len(places) == len({place[:2] for place in places})
    assert all(x - r >= 0 and x + r <= width and y >= 0 for x, y, r in places)
    more = [int(text.text) for text in tagged(root, "text") if (text.text or "").startswith("+")]
    outside = re.search(r"(\d+) statements? far off", timeline(made(ARTICLE, statements=statements), width))
    assert len(places) + sum(more) + (int(outside[1]) if outside else 0) == count
    assert float(root.get("height")) < 560


def test_what_is_inexact_looks_so_and_stands_within_its_time():
    root = drawn(
        timeline(made(Dated("2020-01-01", "a.md", "A"), Dated("2030-01-01", "a.md", "B"), statements=[replace(STATEMENT, iso="2025")]), 800)
    )
    circles = tagged(root, "circle")
    assert [circle.get("class") for circle in circles] == ["article dot", "article dot", "statement ring"]
    first, last, middle = (float(circle.get("cx")) for circle in circles)
    assert first + (last - first) * 0.5 <= middle <= first + (last - first) * 0.6


def test_a_few_far_ones_do_not_press_the_rest_together():
    near = [replace(STATEMENT, iso=f"2024-{1 + n % 12:02}") for n in range(100)]
    html = timeline(made(ARTICLE, statements=[replace(STATEMENT, iso="1501"), *near]), 800)
    assert "1 statement far off in time is in the list only." in re.sub("&#46;", ".", html)
    assert "<b>1501</b>" in html
    xs = [float(circle.get("cx")) for circle in tagged(drawn(html), "circle")]
    assert max(xs) - min(xs) > 300


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [("2024-01-01", "2024-12-01", r"\w{3} 2024"), ("1600", "2020", r"\d{4}"), ("2024-02-03", "2024-02-03", r".+")],
)
def test_the_line_of_time_is_named(first, last, ticks):
    root = drawn(timeline(made(Dated(first, "a.md", "A"), Dated(last, "b.md", "B")), 500))
    names = [text.text for text in tagged(root, "text") if text.get("class") == "tick"]
    assert 1 <= len(names) <= 8
    assert all(re.fullmatch(ticks, name) for name in names)


def test_hostile_words_stay_words():
    hostile = '</title><script>alert(1)</script>" onload="x'
    html = timeline(
        made(Dated("2024-01-01", hostile, hostile), statements=[replace(STATEMENT, document=hostile, title=hostile, words=hostile)]), 500
    )
    assert "<script" not in html
    assert "onload=" not in html
    assert hostile in " ".join(title.text for title in tagged(drawn(html), "title"))


def test_without_dates_the_picture_says_so():
    assert "No article has a date" in timeline(made(), 500)


def test_of_a_large_corpus_only_the_newest_articles_are_searched_and_that_is_said(indexed, monkeypatch):
    monkeypatch.setattr("askdivide.interfaces.web.pictures.timeline._LOOKED_INTO", 1)
    with Assistant.open(indexed).index.reading() as catalog:
        found = gather(catalog)
    assert {one.document for one in found.statements} == {"harbour.md"}
    assert "Statements are those of the newest 1 article." in timeline(found, 600).replace("&#46;", ".")
