"""Question files: one JSON object a line, as the README describes."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askdivide.errors import QuestionError
from askdivide.records import Turn
from askdivide.retrieval.conversation import turns

_STDIN = Path("-")


@dataclass(frozen=True)
class Question:
    """A question and whatever is known of its answer."""

    number: int
    """Line in its file, from 1."""
    id: Any
    question: str
    history: tuple[Turn, ...] = ()
    answerable: bool | None = None
    must_contain: tuple[tuple[str, ...], ...] = ()
    """Groups of alternatives: the answer must hold one of each group, case folded."""
    evidence: tuple[str, ...] = ()
    """Verbatim text that answers the question."""
    documents: tuple[str, ...] = ()
    """Paths of the articles that answer it."""
    kind: str = ""
    """What sort of question it is, in the file's own words; figures are also given by kind."""
    held_out: tuple[str, ...] = ()
    """Articles that are taken out before it is asked, so that what only they say becomes unanswerable."""


def read_questions(file: Path) -> list[Question]:
    """All questions of a JSONL file (`-`: standard input), checked before the first is used.

    Raises QuestionError with the line that is at fault.
    """
    place = name_of(file)
    try:
        data = sys.stdin.buffer.read() if file == _STDIN else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"{place} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QuestionError(f"{place}, line {line} is not UTF-8 text; save all of it as UTF-8") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_question(f"{place}, line {number}", number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def name_of(file: Path) -> str:
    """What messages call a question file."""
    return "standard input" if file == _STDIN else str(file)


def _question(place: str, number: int, text: str) -> Question:
    try:
        data = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"{place} is not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("question"), str):
        raise QuestionError(f'{place} is not an object with a "question"')
    answerable = data.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise QuestionError(f'{place}: "answerable" is neither true nor false')
    kind = data.get("kind", "")
    if not isinstance(kind, str):
        raise QuestionError(f'{place}: "kind" is not a text')
    wanted = data.get("must_contain") or []
    if not isinstance(wanted, list):
        raise QuestionError(f"{place}: must_contain is not a list of texts")
    groups = [(group,) if isinstance(group, str) else tuple(_texts(group, f"{place}: must_contain")) for group in wanted]
    return Question(
        number=number,
        id=data.get("id"),
        question=data["question"],
        history=history_of(data.get("history"), place),
        answerable=answerable,
        must_contain=tuple(groups),
        evidence=tuple(_texts(data.get("evidence") or [], f"{place}: evidence")),
        documents=tuple(_texts(data.get("documents") or [], f"{place}: documents")),
        kind=kind,
        held_out=tuple(_texts(data.get("held_out") or [], f"{place}: held_out")),
    )


def _finite(text: str) -> float:
    """What Python's parser takes for a number; NaN and numbers too large for one could not be printed as JSON again."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number that can be kept")
    return number


def _texts(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise QuestionError(f"{place} is not a list of texts")
    return value


def history_of(value: Any, place: str) -> tuple[Turn, ...]:
    """Earlier turns from JSON: a list of questions, or of objects with `question` and `answer`."""
    try:
        return turns(value)
    except QuestionError as error:
        raise QuestionError(f"{place}: {error}") from error
