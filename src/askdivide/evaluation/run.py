"""Run a question file through an assistant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from askdivide.answering.assistant import Assistant
from askdivide.errors import ModelUnavailable
from askdivide.evaluation.holdout import without
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
    """What a search finds, best first; empty where nothing is known of where the answer stands."""
    exact: bool
    """Whether every citation's quote is the article's text at its span."""

    @property
    def refused(self) -> bool:
        """Whether the answer is a refusal."""
        return self.answer.status == "refused"

    @property
    def contains(self) -> bool:
        """Whether the answer holds one alternative of every group."""
        return not self.refused and _contains(self.answer.text, self.question)

    @property
    def first_contains(self) -> bool:
        """Whether its first claim alone does."""
        return bool(self.answer.claims) and _contains(self.answer.claims[0].text, self.question)

    @property
    def right(self) -> bool | None:
        """Whether it was refused where there is no answer, or holds what it must where there is one; None where neither is known."""
        if self.question.answerable is False:
            return self.refused
        return self.contains if self.question.must_contain else None

    @property
    def documents(self) -> list[str]:
        """The articles found, best first, each once."""
        return list(dict.fromkeys(passage.document for passage in self.passages))

    @cached_property
    def held(self) -> list[set[int]]:
        """For each passage found, which of the question's evidence texts stand in it."""
        wanted = [squeezed(text) for text in self.question.evidence]
        return [{number for number, text in enumerate(wanted) if _meet(text, passage.text)} for passage in self.passages]

    @cached_property
    def cited(self) -> list[set[int]]:
        """For each citation, which of the evidence texts it quotes."""
        wanted = [squeezed(text) for text in self.question.evidence]
        return [{number for number, text in enumerate(wanted) if _meet(text, one.quote)} for one in self.answer.citations]

    @property
    def covered(self) -> bool:
        """Whether all evidence of the question lies in what the answer quotes."""
        quotes = squeezed("\n".join(citation.quote for citation in self.answer.citations))
        return all(squeezed(text) in quotes for text in self.question.evidence)


def _raised(_question: Question, error: ModelUnavailable) -> None:
    raise error


def evaluate(
    assistant: Assistant,
    questions: Sequence[Question],
    *,
    model: str | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    on_failure: Callable[[Question, ModelUnavailable], None] = _raised,
) -> list[Outcome]:
    """Ask every question and search for it; in the order of `questions`.

    Questions that hold articles out are asked of a temporary copy of the index without those. A question that the model did not
    answer is told to `on_failure`, and has no outcome.
    """
    outcomes: dict[int, Outcome] = {}
    done = 0
    for held_out in dict.fromkeys(question.held_out for question in questions):
        with without(assistant, held_out) as asked:
            for place, question in enumerate(questions):
                if question.held_out == held_out:
                    try:
                        outcomes[place] = _outcome(asked, question, model)
                    except ModelUnavailable as error:
                        on_failure(question, error)
                    done += 1
                    on_progress(done, len(questions))
    return [outcomes[place] for place in sorted(outcomes)]


def _outcome(assistant: Assistant, question: Question, model: str | None) -> Outcome:
    answer = assistant.ask(question.question, history=question.history, model=model)
    passages: tuple[Passage, ...] = ()
    if question.documents or question.evidence:
        passages = tuple(assistant.search(question.question, top_k=_DEPTH, history=question.history))
    return Outcome(question, answer, passages, _exact(assistant, answer))


def squeezed(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())


def _meet(evidence: str, text: str) -> bool:
    """Whether one holds the other: evidence may be a part of a passage, and a quote a part of the evidence."""
    other = squeezed(text)
    return bool(other) and (evidence in other or other in evidence)


def _contains(text: str, question: Question) -> bool:
    folded = text.casefold()
    return all(any(alternative.casefold() in folded for alternative in group) for group in question.must_contain)


def _exact(assistant: Assistant, answer: Answer) -> bool:
    with assistant.index.reading() as catalog:
        for citation in answer.citations:
            row = catalog.document(citation.document)
            if row is None or catalog.text(row.id)[citation.start : citation.end] != citation.quote:
                return False
    return True
