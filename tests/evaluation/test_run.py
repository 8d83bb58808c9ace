from dataclasses import replace

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import CorpusError
from askdivide.evaluation.questions import Question
from askdivide.evaluation.run import evaluate
from askdivide.records import Turn
from askdivide.settings import Settings

FOUNDED = Question(
    1, "a", "When was the harbour founded?", answerable=True, must_contain=(("1871",),), documents=("harbour.md",),
    evidence=("The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras.",),
)  # fmt: skip
QUESTIONS = [
    FOUNDED,
    Question(2, "b", "When was the harbour founded?", answerable=True, must_contain=(("1999",),), documents=("orchards.txt",)),
    Question(3, "c", "What does a violin weigh?", answerable=False),
]


def test_an_outcome_says_what_was_right(indexed: Settings) -> None:
    # refuse_below is 0 in these settings: everything is answered.
    outcomes = evaluate(Assistant.open(indexed), QUESTIONS)
    assert [one.right for one in outcomes] == [True, False, False]
    assert [one.right for one in evaluate(Assistant.open(replace(indexed, refuse_below=1)), QUESTIONS)] == [False, False, True]


def test_a_question_without_an_expected_answer_is_not_judged(indexed: Settings) -> None:
    [outcome] = evaluate(Assistant.open(indexed), [Question(1, "a", "When was the harbour founded?")])
    assert outcome.right is None
    assert outcome.passages == ()


def test_an_outcome_knows_where_the_evidence_was_found_and_quoted(indexed: Settings) -> None:
    [outcome] = evaluate(Assistant.open(indexed), [FOUNDED])
    assert outcome.documents[0] == "harbour.md"
    assert sum(0 in held for held in outcome.held) == 1
    assert [0] in [sorted(cited) for cited in outcome.cited]
    assert outcome.covered


def test_evidence_counts_whatever_its_line_breaks(indexed: Settings) -> None:
    broken = replace(FOUNDED, evidence=(FOUNDED.evidence[0].replace(" by ", "\n   by "),))
    [outcome] = evaluate(Assistant.open(indexed), [broken])
    assert outcome.covered
    assert any(outcome.held)


def test_evidence_longer_than_a_quote_is_met_by_its_part(indexed: Settings) -> None:
    longer = replace(FOUNDED, evidence=(FOUNDED.evidence[0] + " It has **three basins** and one dry dock.",))
    [outcome] = evaluate(Assistant.open(indexed), [longer])
    assert any(outcome.cited)


def test_an_inexact_citation_is_found_out(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from askdivide.answering.citations import Citations

    assert evaluate(Assistant.open(indexed), [FOUNDED])[0].exact
    monkeypatch.setattr(Citations, "text", lambda self, hit: "x" * 100_000)
    assert not evaluate(Assistant.open(indexed), [FOUNDED])[0].exact


def test_a_question_is_asked_with_its_history(indexed: Settings) -> None:
    asked = Question(1, "a", "When did he retire?", history=(Turn("Who is Anselm Okoro?"),), must_contain=(("2019",),))
    [outcome] = evaluate(Assistant.open(indexed), [asked])
    assert "Anselm Okoro" in outcome.answer.standalone_question


def test_articles_held_out_are_gone_for_that_question_only(indexed: Settings) -> None:
    apart = replace(FOUNDED, id="apart", answerable=False, must_contain=(), evidence=(), held_out=("harbour.md",))
    told: list[tuple[int, int]] = []
    outcomes = evaluate(Assistant.open(indexed), [FOUNDED, apart, FOUNDED], on_progress=lambda *step: told.append(step))
    cited = [{citation.document for citation in one.answer.citations} for one in outcomes]
    assert "harbour.md" in cited[0] & cited[2]
    assert "harbour.md" not in cited[1]
    assert [one.question.id for one in outcomes] == ["a", "apart", "a"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    with Assistant.open(indexed).index.reading() as catalog:
        assert catalog.document("harbour.md")


def test_an_unknown_article_to_hold_out_is_named(indexed: Settings) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.md"):
        evaluate(Assistant.open(indexed), [replace(FOUNDED, held_out=("nowhere.md",))])
