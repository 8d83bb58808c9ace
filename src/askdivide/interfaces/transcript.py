"""A conversation as Markdown, its citations as footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from askdivide.interfaces.render import harmless
from askdivide.records import Answer, Citation, Note
from askdivide.text.dates import date_words

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")
_FLAGS = {"unsupported": "not supported by its source", "uncited": "without a source"}


def markdown(answers: Sequence[Answer]) -> str:
    """Questions and answers in order, each answer's sources below it."""
    return "# Questions and answers\n\n" + "\n".join(_turn(number, one) for number, one in enumerate(answers, start=1))


def _turn(number: int, answer: Answer) -> str:
    lines = [f"## {_inert(answer.question)}", ""]
    if answer.standalone_question != answer.question:
        lines += [f"*Understood as: {_inert(answer.standalone_question)}*", ""]
    if answer.refusal:
        lines += [_inert(answer.text), ""]
    lines += _notes(note for note in answer.notes if note.first)
    for claim in answer.claims:
        marks = "".join(f"[^{number}-{cited}]" for cited in claim.citations)
        flag = f" *({_FLAGS[claim.support]})*" if claim.support in _FLAGS else ""
        lines += [f"{_inert(claim.text)}{flag}{marks}", ""]
    lines += _notes(note for note in answer.notes if not note.first)
    lines += [f"*Answered by {_inert(answer.model)}.*", ""]
    lines += [f"[^{number}-{citation.number}]: {_footnote(citation)}" for citation in answer.citations]
    return "\n".join(lines) + "\n"


def _notes(notes: Iterable[Note]) -> list[str]:
    return [line for note in notes for line in (f"> {_inert(note.text)}", "")]


def _footnote(citation: Citation) -> str:
    known = [citation.title, citation.source, date_words(citation.published) if citation.published else None, citation.heading]
    about = ", ".join(_inert(part) for part in known if part)
    return f"{about} ({_inert(citation.document)}:{citation.start}-{citation.end}): “{_inert(citation.quote)}”"


def _inert(text: str) -> str:
    """`text` on one line, read by Markdown as these very characters."""
    return _MARKS.sub(r"\\\1", " ".join(harmless(text).split()))
