from askdivide.answering.assistant import Assistant
from askdivide.evaluation.questions import Question
from askdivide.evaluation.run import evaluate, report, summary
from askdivide.settings import Settings

QUESTIONS = [
    Question(1, "a", "When was the harbour founded?", answerable=True, must_contain=(("1871",),), documents=("harbour.md",),
             evidence=("The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras.",)),
    Question(2, "b", "When was the harbour founded?", answerable=True, must_contain=(("1999",),), documents=("orchards.txt",)),
    Question(3, "c", "What does a violin weigh?", answerable=False),
]  # fmt: skip


def test_figures_say_what_was_right_and_what_was_not(indexed: Settings) -> None:
    outcomes = evaluate(Assistant.open(indexed), QUESTIONS)
    figures = summary(outcomes)
    assert figures["answer_contains"].value == 0.5
    assert figures["hit@1"].value == 0.5
    assert figures["evidence_cited"].value == 1.0
    assert figures["citations_exact"].value == 1.0
    # refuse_below is 0 in these settings: everything is answered.
    assert figures["refusal_recall"].value == 0.0
    assert figures["false_refusals"].value == 0.0
    assert [one["contains"] for one in report(outcomes)["questions"]] == [True, False, None]


def test_an_inexact_citation_is_found_out(indexed: Settings, monkeypatch) -> None:
    from askdivide.answering.citations import Citations

    monkeypatch.setattr(Citations, "text", lambda self, hit: "x" * 100_000)
    outcomes = evaluate(Assistant.open(indexed), QUESTIONS[:1])
    assert summary(outcomes)["citations_exact"].value == 0.0


def test_refusing_everything_shows(indexed: Settings) -> None:
    from dataclasses import replace

    outcomes = evaluate(Assistant.open(replace(indexed, refuse_below=1)), QUESTIONS)
    figures = summary(outcomes)
    assert figures["false_refusals"].value == 1.0
    assert figures["refusal_recall"].value == 1.0
    assert figures["refusal_precision"].value == 1 / 3
