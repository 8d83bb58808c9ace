from dataclasses import replace

import pytest

from askdivide.evaluation.questions import Question
from askdivide.evaluation.run import Outcome
from askdivide.evaluation.summary import MEANINGS, by_kind, is_figure, less_is_better, summary
from askdivide.records import Answer, Citation, Claim, Passage, Refusal, Turn

ASKED = Question(1, "a", "Where?", answerable=True, must_contain=(("here",),), evidence=("It is here.",), documents=("a.md",), kind="fact")
NOWHERE = Question(2, "b", "Why?", answerable=False, kind="unanswerable")


def passage(document: str, text: str) -> Passage:
    return Passage(document, document, None, None, None, "", None, 0, len(text), text, 0.5)


def citation(number: int, quote: str) -> Citation:
    return Citation(number, "a.md", "0", "a", None, None, None, "", None, 0, len(quote), quote)


def answered(question: Question, *quotes: str, found: tuple[Passage, ...] = (), confidence: float = 0.8) -> Outcome:
    claims = tuple(Claim(quote, (number,), "quoted") for number, quote in enumerate(quotes, start=1))
    citations = tuple(citation(number, quote) for number, quote in enumerate(quotes, start=1))
    text = " ".join(quotes)
    answer = Answer("", "", "answered", "quote", text, claims, citations, confidence=confidence, seconds={"search": 0.1, "total": 0.2})
    return Outcome(question, answer, found, True)


def refused(question: Question, confidence: float = 0.1) -> Outcome:
    answer = Answer("", "", "refused", "quote", "No.", refusal=Refusal("No."), confidence=confidence, seconds={"total": 0.1})
    return Outcome(question, answer, (), True)


def test_retrieval_is_measured_by_article_and_by_evidence() -> None:
    found = (passage("b.md", "Elsewhere."), passage("a.md", "Something."), passage("a.md", "Then: It is here."))
    figures = summary([answered(ASKED, "It is here.", found=found)])
    assert figures["hit@1"].value == 0
    assert figures["hit@5"].value == 1
    assert figures["mrr@10"].value == 0.5
    assert figures["evidence@1"].value == 0
    assert figures["evidence@5"].value == 1
    assert figures["evidence_mrr@10"].value == pytest.approx(1 / 3)
    assert figures["evidence_ndcg@10"].value == pytest.approx(0.5)


def test_evidence_that_nothing_found_lowers_the_ranking() -> None:
    both = replace(ASKED, evidence=("It is here.", "It is nowhere."))
    figures = summary([answered(both, "x", found=(passage("a.md", "It is here."),))])
    assert figures["evidence_recall@5"].value == 0.5
    assert figures["evidence@5"].value == 0
    assert 0 < figures["evidence_ndcg@10"].value < 1


def test_citations_have_precision_and_recall() -> None:
    both = replace(ASKED, evidence=("It is here.", "It is green."))
    figures = summary([answered(both, "It is here.", "Boats.", "Birds.", "Trees.")])
    assert figures["citation_recall"].value == 0.5
    assert figures["citation_precision"].value == 0.25
    assert figures["evidence_cited"].value == 0
    assert figures["claims"].value == 4


def test_answers_are_judged_whole_and_by_their_first_claim() -> None:
    figures = summary([answered(ASKED, "Boats.", "It is HERE."), answered(ASKED, "It is here."), answered(ASKED, "No.")])
    assert figures["answer_contains"].value == pytest.approx(2 / 3)
    assert figures["first_claim_contains"].value == pytest.approx(1 / 3)


def test_refusals_are_measured_both_ways() -> None:
    figures = summary([refused(NOWHERE), answered(NOWHERE, "x"), refused(ASKED), answered(ASKED, "here")])
    assert figures["refusal_recall"].value == 0.5
    assert figures["refusal_precision"].value == 0.5
    assert figures["false_refusals"].value == 0.5
    assert figures["confidence_auroc"].value == 0.5
    assert figures["right"].value == 0.5
    assert figures["calibration_error"].value == pytest.approx(0.5 * abs(0.1 - 0.5) + 0.5 * abs(0.8 - 0.5))


def test_follow_ups_are_the_questions_with_a_history() -> None:
    later = replace(ASKED, history=(Turn("What?"),))
    figures = summary([answered(later, "here"), answered(later, "x"), answered(ASKED, "x")])
    assert figures["follow_ups_right"].value == 0.5
    assert figures["follow_ups_right"].count == 2


def test_seconds_are_given_by_stage_with_an_interval() -> None:
    figures = summary([answered(ASKED, "x"), answered(ASKED, "x"), refused(NOWHERE)])
    assert figures["seconds_search_p50"].value == 0.1
    assert figures["seconds_search_p50"].count == 2
    assert figures["seconds_p95"].value == 0.2
    assert figures["seconds_p95"].low <= 0.2 <= figures["seconds_p95"].high


def test_support_verdicts_are_shares_of_claims() -> None:
    one = answered(ASKED, "a", "b")
    mixed = replace(one, answer=replace(one.answer, claims=(Claim("a", (1,), "supported"), Claim("b", (), "uncited"))))
    figures = summary([mixed])
    assert figures["support_supported"].value == figures["support_uncited"].value == 0.5
    assert "support_quoted" not in figures


def test_figures_are_given_by_kind_too() -> None:
    kinds = by_kind([answered(ASKED, "here"), refused(NOWHERE), answered(replace(ASKED, kind=""), "x")])
    assert list(kinds) == ["fact", "unanswerable"]
    assert kinds["fact"]["right"].value == 1
    assert "hit@1" not in kinds["unanswerable"]


def test_what_cannot_be_measured_has_no_figure() -> None:
    assert summary([]) == {}
    assert "confidence_auroc" not in summary([answered(ASKED, "x")])


def test_every_figure_has_a_meaning() -> None:
    figures = summary([answered(ASKED, "here", found=(passage("a.md", "x"),)), refused(NOWHERE)])
    assert all(is_figure(name) and (name in MEANINGS or name.startswith("seconds")) for name in figures)
    assert [name for name in ("false_refusals", "seconds_search_p50", "right") if less_is_better(name)] == [
        "false_refusals",
        "seconds_search_p50",
    ]
