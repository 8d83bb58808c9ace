import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests.interfaces.web.pictures.test_timeline import drawn, tagged

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web.pictures import map as corpus
from askdivide.interfaces.web.pictures.layout import components, plane


@pytest.fixture
def assistant(indexed):
    return Assistant.open(indexed)


@pytest.fixture
def made(assistant):
    with assistant.index.reading() as catalog:
        return corpus.laid_out(*corpus.gather(catalog))


def test_every_chunk_is_a_point_that_names_and_opens_it(assistant, made):
    with assistant.index.reading() as catalog:
        chunks = catalog.counts()[1]
    root = drawn(corpus.corpus_map(made, 600, "Article", None))
    links = tagged(root, "a")
    assert len(links) == len(made.points) == chunks
    assert "The harbour of Ostrava Bay: Traffic" in [title.text for title in tagged(root, "title")]
    assert all(re.fullmatch(r"/article\?doc=[\w.%-]+&at=\d+-\d+#here", link.get("href")) for link in links)


def test_what_the_last_answer_cites_is_numbered_where_it_stands(assistant, made):
    answer = assistant.ask("When was the harbour of Ostrava Bay founded?")
    html = corpus.corpus_map(made, 600, "Article", answer)
    root = drawn(html)
    numbers = ", ".join(text.text for text in tagged(root, "text")).split(", ")
    assert sorted(map(int, numbers)) == [citation.number for citation in answer.citations]
    cited = next(
        point for point in made.points if point.meets(answer.citations[0].document, answer.citations[0].start, answer.citations[0].end)
    )
    rings = {(circle.get("cx"), circle.get("cy")) for circle in tagged(root, "circle") if circle.get("class") == "cited"}
    assert (f"{16 + cited.x * 568:.1f}", f"{16 + cited.y * 328:.1f}") in rings
    assert len([circle for circle in tagged(root, "circle") if circle.get("class") == "read"]) == len(answer.read)
    assert "cited passage" in html


def test_a_larger_corpus_is_sampled_and_says_so(assistant, monkeypatch):
    monkeypatch.setattr(corpus, "MOST", 3)
    answer = assistant.ask("When was the harbour of Ostrava Bay founded?")
    with assistant.index.reading() as catalog:
        made = corpus.laid_out(*corpus.gather(catalog))
    assert 1 <= len(made.points) <= 3 < made.chunks
    html = corpus.corpus_map(made, 600, "Article", answer)
    assert f"Of {made.chunks} passages {len(made.points)} are drawn" in html.replace("&#46;", ".")
    assert made.points[0].document.path in {"harbour.md", "notes/lighthouse.md", "orchards.txt"}


@pytest.mark.parametrize(("colouring", "groups"), [("Article", 3), ("Tag", 2), ("Source", 1)])
def test_marks_tell_groups_apart(made, colouring, groups):
    html = corpus.corpus_map(made, 600, colouring, None)
    assert len(re.findall(r"<li><svg", html)) == groups + (colouring != "Article")
    colours = Counter(mark.get("class") for tag in ("circle", "rect", "path") for mark in tagged(drawn(html), tag))
    assert ("c-none" in colours) == (colouring != "Article")


def test_groups_beyond_the_marks_are_told_to_be_others(made):
    rows = [replace(made.points[0].document, title=f"Article {n}", path=f"{n}.md") for n in range(30)]
    many = replace(made, points=tuple(replace(made.points[0], document=row, x=n / 30) for n, row in enumerate(rows)))
    html = corpus.corpus_map(many, 600, "Article", None)
    assert len(re.findall(r"<li><svg", html)) == 25
    assert "others" in html
    assert {len(tagged(drawn(html), tag)) for tag in ("circle", "rect", "path")} == {8 + 6, 8}


def test_hostile_words_stay_words(made):
    hostile = '</title><script>alert(1)</script>" onload="x'
    point = replace(
        made.points[0], heading=hostile, document=replace(made.points[0].document, title=hostile, path=hostile, tags=(hostile,))
    )
    html = "".join(corpus.corpus_map(replace(made, points=(point,)), 600, colouring, None) for colouring in corpus.COLOURINGS)
    assert "<script" not in html
    assert "onload=" not in html


def test_an_empty_corpus_has_no_map():
    assert "no articles to draw" in corpus.corpus_map(corpus.Map((), 0), 600, "Article", None)


def groups(count, size, dimension=40):
    chance = np.random.default_rng(1)
    centres = chance.normal(size=(count, dimension))
    return np.concatenate([centre + 0.2 * chance.normal(size=(size, dimension)) for centre in centres]).astype(np.float32)


def test_near_vectors_lie_near_on_the_plane():
    places = plane(groups(6, 15))
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 15 == np.arange(90) // 15).all()
    assert places.min() == 0
    assert places.max() == 1


@pytest.mark.parametrize("count", [2, 5, 11, 12, 13, 40])
def test_few_or_equal_vectors_have_places_too(count):
    for vectors in (groups(1, count), np.ones((count, 8), np.float32)):
        places = plane(vectors)
        assert places.shape == (count, 2)
        assert np.isfinite(places).all()


def test_the_same_articles_make_the_same_map():
    assert (plane(groups(3, 20)) == plane(groups(3, 20))).all()


def test_components_hold_what_differs_most():
    line = np.outer(np.linspace(-1, 1, 9), [3.0, 4.0, 0.0]).astype(np.float32)
    found = components(line, 2)
    assert np.allclose(np.abs(found[:, 0]), np.abs(np.linspace(-5, 5, 9)), atol=1e-5)
    assert np.allclose(found[:, 1], 0, atol=1e-5)
    assert components(line, 5).shape == (9, 5)
