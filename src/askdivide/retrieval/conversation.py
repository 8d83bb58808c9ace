"""Follow-up questions made to stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdivide.records import Turn
from askdivide.text.terms import content_terms

_REFERS = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|ones?|former|latter|same|"
    r"the (?:company|model|firm|lab|paper|report|article|law|rule|licence|license|other|first|second))\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|so|or|then|also|what about|how about|really|since when|what else)\b"
    r"|^\W*(?:why|why not|how come|how so|who|when|where)\W*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w.&’'-]*(?:\s+(?:of\s+(?:the\s+)?|the\s+)?[A-Z0-9][\w.&’'-]*)*|\b[\w-]*\d[\w.-]*\b")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` with what it silently takes from the earlier questions of `history` (oldest first) in brackets behind it.

    Only a question that leans on an earlier one is changed: one that refers back ("it", "those"), goes on ("and", "what
    about"), or has hardly a content word of its own. Names of the last question that has some are added, or else its
    content. Joining whole turns does worse than nothing (R@5 on MTRAG falls from .41 to .27), so as little as will do is added.
    """
    if not history or not leans(question):
        return question
    for turn in reversed(history):
        if leans(turn.question) and turn is not history[0]:
            continue
        added = _subject(turn.question, question)
        if added:
            return f"{question.rstrip()} ({added})"
    return question


def leans(question: str) -> bool:
    """Whether a question needs an earlier one to be understood."""
    return bool(_REFERS.search(question) or _GOES_ON.match(question)) or len(content_terms(question)) < 2


def _subject(earlier: str, question: str) -> str:
    own = set(content_terms(question))
    names = [name for name in dict.fromkeys(match.group().strip(" .'’-") for match in _NAME.finditer(earlier)) if name]
    fresh = [name for name in names if not set(content_terms(name)) <= own]
    if fresh:
        return ", ".join(fresh)
    words = dict.fromkeys(re.findall(r"[^\W_][\w.'’-]*", earlier))
    return " ".join(word for word in words if (found := content_terms(word)) and not set(found) <= own)
