"""Run a question file through an assistant and measure what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.figures import Figure, auroc, mean, ndcg, percentile, reciprocal_rank, share
from askdivide.evaluation.questions import Question
from askdivide.records import Answer, Passage

_DEPTH = 40
"""Passages searched for the retrieval figures: enough for ten different articles."""


@dataclass(frozen=True)
class Outcome:
    """What came of one question."""

    question: Question
    answer: Answer
    passages: tuple[Passage, ...]
    exact: bool
    """Whether every citation's quote is the article's text at its span."""

    @property
    def contains(self) -> bool:
        """Whether the answer holds one alternative of every group."""
        return self.answer.status == "answered" and _contains(self.answer.text, self.question)

    @property
    def first_contains(self) -> bool:
        """Whether its first claim alone does."""
        return bool(self.answer.claims) and _contains(self.answer.claims[0].text, self.question)

    @property
    def documents(self) -> list[str]:
        """The articles found, best first, each once."""
        return list(dict.fromkeys(passage.document for passage in self.passages))

    @property
    def covered(self) -> bool:
        """Whether all evidence of the question lies in what the answer quotes."""
        quotes = _squeezed("\n".join(citation.quote for citation in self.answer.citations))
        return all(_squeezed(text) in quotes for text in self.question.evidence)


def evaluate(
    assistant: Assistant,
    questions: Sequence[Question],
    *,
    model: str | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Outcome]:
    """Ask every question and search for it."""
    outcomes = []
    for done, question in enumerate(questions, start=1):
        answer = assistant.ask(question.question, history=question.history, model=model)
        passages: tuple[Passage, ...] = ()
        if question.documents or question.evidence:
            passages = tuple(assistant.search(question.question, top_k=_DEPTH, history=question.history))
        outcomes.append(Outcome(question, answer, passages, _exact(assistant, answer)))
        on_progress(done, len(questions))
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """All figures that the outcomes allow, by name, in the order in which they are shown."""
    judged = [one for one in outcomes if one.question.answerable is not None]
    answerable = [one for one in outcomes if one.question.answerable is not False]
    located = [one for one in answerable if one.question.documents]
    quoted = [one for one in answerable if one.question.evidence]
    checked = [one for one in answerable if one.question.must_contain]
    unanswerable = [one for one in judged if not one.question.answerable]
    refused = [one for one in judged if one.answer.status == "refused"]
    seconds = [one.answer.seconds["total"] for one in outcomes if "total" in one.answer.seconds]
    figures: dict[str, Figure | None] = {
        "hit@1": share([one.documents[:1] != [] and one.documents[0] in one.question.documents for one in located]),
        "hit@5": share([bool({*one.documents[:5]} & {*one.question.documents}) for one in located]),
        "recall@5": mean([len({*one.documents[:5]} & {*one.question.documents}) / len({*one.question.documents}) for one in located]),
        "mrr@10": mean([reciprocal_rank(one.documents, one.question.documents) for one in located]),
        "ndcg@10": mean([ndcg(one.documents, tuple({*one.question.documents})) for one in located]),
        "evidence@1": share([_evident(one, 1) for one in quoted]),
        "evidence@5": share([_evident(one, 5) for one in quoted]),
        "answer_contains": share([one.contains for one in checked]),
        "first_claim_contains": share([one.first_contains for one in checked]),
        "claims": mean([len(one.answer.claims) for one in answerable if one.answer.claims]),
        "citations_exact": share([one.exact for one in outcomes if one.answer.citations]),
        "evidence_cited": share([one.covered for one in quoted]),
        "refusal_precision": share([not one.question.answerable for one in refused]),
        "refusal_recall": share([one.answer.status == "refused" for one in unanswerable]),
        "false_refusals": share([one.answer.status == "refused" for one in judged if one.question.answerable]),
        "confidence_auroc": auroc([(one.answer.confidence, bool(one.question.answerable)) for one in judged]),
    }
    if seconds:
        figures["seconds_p50"] = Figure(percentile(seconds, 0.5), min(seconds), max(seconds), len(seconds))
        figures["seconds_p95"] = Figure(percentile(seconds, 0.95), min(seconds), max(seconds), len(seconds))
    return {name: figure for name, figure in figures.items() if figure}


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures and each question's outcome, ready for JSON."""
    return {
        "figures": {name: {key: round(value, 4) for key, value in asdict(figure).items()} for name, figure in summary(outcomes).items()},
        "questions": [
            {
                "id": one.question.id,
                "question": one.question.question,
                "answerable": one.question.answerable,
                "status": one.answer.status,
                "confidence": round(one.answer.confidence, 4),
                "contains": one.contains if one.question.must_contain else None,
                "text": one.answer.text,
            }
            for one in outcomes
        ],
    }


def _contains(text: str, question: Question) -> bool:
    folded = text.casefold()
    return all(any(alternative.casefold() in folded for alternative in group) for group in question.must_contain)


def _evident(one: Outcome, k: int) -> bool:
    texts = [_squeezed(passage.text) for passage in one.passages[:k]]
    return all(any(_squeezed(evidence) in text for text in texts) for evidence in one.question.evidence)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _exact(assistant: Assistant, answer: Answer) -> bool:
    with assistant.index.reading() as catalog:
        for citation in answer.citations:
            row = catalog.document(citation.document)
            if row is None or catalog.text(row.id)[citation.start : citation.end] != citation.quote:
                return False
    return True
