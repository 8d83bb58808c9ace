import re
from dataclasses import replace

import pytest
from tests.interfaces.web.pictures.test_timeline import drawn, tagged

from askdivide.interfaces.web.pictures.explain import explained
from askdivide.records import Answer, Citation, Passage

PASSAGE = Passage(
    "a.md",
    "Lamps",
    None,
    None,
    None,
    "Light > Oil",
    None,
    0,
    50,
    "text",
    0.91,
    {"dense": 1, "lexical": None},
    {"dense": 0.7, "lexical": 2.5},
)
CITATION = Citation(1, "a.md", "v", "Lamps", None, None, None, "", None, 10, 20, "text")
ANSWER = Answer(
    "Which?", "Which lamp?", "answered", "quote", "", citations=(CITATION, replace(CITATION, number=2, start=60, end=70)), confidence=0.82,
    seconds={"embed": 0.012, "search": 0.03, "answer": 1.25, "total": 1.3},
    read=(PASSAGE, replace(PASSAGE, start=50, end=90, ranks={"dense": 30, "lexical": 1}), replace(PASSAGE, document="b.md", ranks={"dense": 200, "lexical": 5})),
)  # fmt: skip


@pytest.mark.parametrize("width", [280, 1180])
def test_each_passage_stands_at_its_ranks(width):
    root = drawn(explained(ANSWER, width))
    dense = [float(circle.get("cx")) for circle in tagged(root, "circle") if circle.get("class") == "dense"][1:]
    lexical = [float(rect.get("x")) for rect in tagged(root, "rect") if rect.get("class") == "lexical"][1:]
    assert dense[0] < dense[1] < dense[2]
    assert lexical[1] < lexical[2] < lexical[0], "what was not found stands last"
    assert min(dense + lexical) > 0
    assert max(dense + lexical) < width
    rows = [text.text for text in tagged(root, "text") if "row" in text.get("class")]
    assert rows[0].startswith("1. Oil · Lamps")
    assert ["[1]" in rows[0], "[2]" in rows[1], "[" in rows[2]] == [True, True, False]


def test_the_table_and_the_names_say_the_same():
    html = explained(ANSWER, 600)
    names = [title.text for title in tagged(drawn(html), "title")]
    assert names[0] == "1. Lamps: score 0.91, by meaning rank 1, by words not found, cited as 1"
    assert names[2] == "3. Lamps: score 0.91, by meaning rank 200, by words rank 5"
    assert "<td>1 (0.70)</td><td>– (2.50)</td><td>0.91</td><td>1</td>" in html
    assert "82&#37;" in html


def test_bars_are_as_long_as_the_stages_took():
    root = drawn(explained(ANSWER, 600))
    bars = [float(rect.get("width")) for rect in tagged(root, "rect") if rect.get("class") == "bar"]
    assert len(bars) == 3
    assert bars[2] > 30 * bars[1] > 30 * bars[0]
    words = [text.text for text in tagged(root, "text")]
    assert "Time: 1.3 s" in words
    assert {"12 ms", "30 ms", "1.2 s", "choosing sentences"} <= set(words)


def test_without_an_answer_the_picture_says_so():
    assert "Ask something in the chat first" in explained(None, 500)
    assert "Nothing was searched" in explained(replace(ANSWER, read=()), 500)


def test_hostile_words_stay_words():
    hostile = '</title><script>alert(1)</script>" onload="x'
    html = explained(
        replace(ANSWER, standalone_question=hostile, read=(replace(PASSAGE, title=hostile, heading=hostile, document=hostile),)), 600
    )
    assert "<script" not in re.sub("&#\\d+;", "", html)
    assert "onload=" not in html
