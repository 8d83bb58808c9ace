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
    """What `question` leaves unsaid of the `earlier` one: its names, and its other words where the question has few of its own."""
    own = set(content_terms(question))
    named = {match.group() for match in _NAME.finditer(question)}
    names = [name for name in dict.fromkeys(match.group().strip(" .'’-") for match in _NAME.finditer(earlier)) if _tells(name)]
    # "US" is a name though "us" is no content word.
    fresh = [name for name in names if name not in question and not ((words := set(content_terms(name))) and words <= own)]
    if fresh and len(own) >= _ENOUGH:
        return ", ".join(fresh)
    # "And for the H200?" asks the same of something else: what was asked is kept, the name that is replaced is not.
    kept = [name for name in fresh if not any(_numbered(name) == _numbered(own_name) for own_name in named)]
    kept = kept if _GOES_ON.match(question) else fresh
    spoken = own | {term for name in names for term in content_terms(name)}
    said = dict.fromkeys(re.findall(r"[^\W_][\w.'’-]*", earlier))
    rest = [word for word in said if (found := content_terms(word)) and not set(found) <= spoken]
    return " ".join([*kept, *rest])


_ENOUGH = 2
"""Content words of a follow-up that say by themselves what is asked of the earlier subject."""
_MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?",
    re.IGNORECASE,
)


def _numbered(name: str) -> bool:
    return any(char.isdigit() for char in name)


def _tells(name: str) -> bool:
    """Whether a name by itself says what is spoken of: not a month, nor a number that is no year."""
    return bool(name) and not _MONTH.fullmatch(name) and not re.fullmatch(r"[\d.,]{1,3}|[\d.,]{5,}", name)
