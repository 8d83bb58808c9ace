from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from askdivide.evaluation.compare import compare
from askdivide.evaluation.confidence import bins, tradeoffs
from askdivide.interfaces import eval_plots
from askdivide.interfaces.eval_page import page

HOSTILE = '</p><script>alert(1)</script><img src="https://evil.example/x.png" onerror=alert(1)>\u202e'


def question(number: int, **given: Any) -> dict[str, Any]:
    return {
        "id": f"q{number}", "kind": "fact", "question": "Where?", "history": [], "standalone_question": "Where?", "answerable": True,
        "must_contain": [["here", "there"]], "evidence": ["It is here."], "status": "answered", "right": False, "contains": False,
        "confidence": 0.5, "text": "Nowhere.", "citations": [], "evidence_rank": 2,
        "passages": [{"document": "a.md", "heading": "Places", "text": "It is here."}],
    } | given  # fmt: skip


def report(*questions: dict[str, Any]) -> dict[str, Any]:
    share = {"value": 0.5, "low": 0.25, "high": 0.75, "count": 8}
    return {
        "about": {"file": "own.jsonl", "model": "quote"},
        "figures": {"right": share, "seconds_p50": {"value": 0.02, "low": 0.01, "high": 0.03, "count": 8}},
        "kinds": {"fact": {"right": share}},
        "reliability": [{"low": 0.5, "high": 0.6, "confidence": 0.55, "answerable": share}],
        "tradeoff": [{"threshold": 0, "false_refusals": 0, "refused": 0}, {"threshold": 1, "false_refusals": 1, "refused": 1}],
        "questions": list(questions),
    }


class Tags(HTMLParser):
    """What a browser would make of a page: its elements, and every address it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.events: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "poster", "srcset")]
        self.events += [name for name, _ in attrs if name.startswith("on")]


def test_text_of_questions_and_articles_cannot_act() -> None:
    bad = question(
        1, id=HOSTILE, kind=HOSTILE, question=HOSTILE, history=[HOSTILE], standalone_question="x" + HOSTILE, must_contain=[[HOSTILE]],
        evidence=[HOSTILE], text=HOSTILE, passages=[{"document": HOSTILE, "heading": HOSTILE, "text": HOSTILE}],
    )  # fmt: skip
    made = report(bad) | {"about": {"file": HOSTILE, HOSTILE: HOSTILE}, "kinds": {HOSTILE: {}}}
    text = page(made, compare(report(question(1, id=HOSTILE, right=True)), made))
    tags = Tags(text)
    assert not {"script", "img", "link", "iframe", "object"} & tags.names
    assert tags.events == []
    assert "\u202e" not in text
    assert text.count("&lt;script&gt;") >= 10


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    text = page(report(question(1)))
    assert Tags(text).addresses == []
    assert "url(" not in text
    assert "@import" not in text
    assert not re.search(r"https?://", text)
    assert "default-src 'none'" in text


def test_wrong_answers_are_shown_with_all_that_is_needed_to_judge_them() -> None:
    text = page(report(question(1), question(2, right=True, question="Fine?")))
    for part in ("Where?", "Nowhere.", "here or there", "It is here.", "evidence in passage 2", "a.md", "Places", "confidence 0.50"):
        assert part in text
    assert "Fine?" not in text


def test_the_surest_mistakes_come_first() -> None:
    unsure = question(1, question="Unsure?", confidence=0.2)
    sure = question(2, question="Sure?", confidence=0.9)
    refused = question(3, question="Refused?", confidence=0.05, status="refused")
    text = page(report(unsure, sure, refused))
    assert text.index("Refused?") < text.index("Sure?") < text.index("Unsure?")


def test_an_unanswerable_question_expects_a_refusal() -> None:
    assert "a refusal: the articles do not answer it" in page(report(question(1, answerable=False, must_contain=[], evidence=[])))


def test_what_changed_is_shown_with_both_answers() -> None:
    old, new = report(question(1, right=True, text="It was here.")), report(question(1))
    text = page(new, compare(old, new))
    assert "0 better, 1 worse" in text
    assert "It was here." in text


def test_a_report_without_judgements_has_no_plots() -> None:
    assert "<svg class" in page(report())
    assert "Reliability" not in page(report() | {"reliability": [], "tradeoff": []})


@pytest.mark.parametrize(
    "scored", [[(0.5, True), (0.2, False)], [(0.0, True), (1.0, False), (1.0, True)], [(n / 99, n % 3 > 0) for n in range(100)]]
)
def test_plots_are_drawing_that_stays_in_its_frame(scored: list[tuple[float, bool]]) -> None:
    from dataclasses import asdict

    made = (
        eval_plots.reliability([asdict(one) for one in bins(scored)]),
        eval_plots.tradeoff([asdict(one) for one in tradeoffs(scored)], 0.1, 0.9),
        eval_plots.histogram([score for score, good in scored if good], [score for score, good in scored if not good]),
    )
    for plot in made:
        drawing = ElementTree.fromstring(plot)
        svg = drawing.find("svg")
        assert svg is not None
        _, _, width, height = map(float, svg.attrib["viewBox"].split())
        for shape in [*svg.iter("circle"), *svg.iter("rect")]:
            across = float(shape.get("cx") or shape.get("x") or -1)
            down = float(shape.get("cy") or shape.get("y") or -1)
            assert 0 <= across <= width
            assert 0 <= down <= height


def test_a_dot_stands_where_its_numbers_say() -> None:
    share = {"value": 1.0, "low": 0.5, "high": 1.0, "count": 4}
    top = ElementTree.fromstring(eval_plots.reliability([{"confidence": 1.0, "answerable": share}])).find(".//circle")
    bottom = ElementTree.fromstring(eval_plots.reliability([{"confidence": 0.0, "answerable": share | {"value": 0.0}}])).find(".//circle")
    assert top is not None
    assert bottom is not None
    assert float(top.attrib["cx"]) > float(bottom.attrib["cx"])
    assert float(top.attrib["cy"]) < float(bottom.attrib["cy"])


def test_bars_of_a_histogram_are_as_tall_as_their_counts() -> None:
    bars = ElementTree.fromstring(eval_plots.histogram([0.15] * 10, [0.15] * 5)).findall(".//rect")
    tall = {one.get("class"): float(one.attrib["height"]) for one in bars if float(one.attrib["height"])}
    assert tall["answerable"] == pytest.approx(2 * tall["unanswerable"])
