"""What the form of a question tells of its answer: a number, a time, a name, a definition."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice|"
    r"no|none|single|both|several|couple)\b|[一二三四五六七八九十百千万亿]",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday|tomorrow|century|decade|spring|summer|autumn|winter|after|before|"
    r"until|since|during|when|once|while)\b|[年月日]",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[^.!?\s] )[\"“‘(]?[A-Z][\w’'-]+|^[A-Z][\w’'-]+ (?:[A-Z][\w’'-]+|[a-z]+(?:s|ed)\b)|[\u4e00-\u9fff]")
_ASKS = (
    (re.compile(r"\bhow (?:many|much|long|old|far|tall|high|deep|large|big|fast|often|wide|heavy)\b|"
                r"\bwhat (?:percentage|proportion|share|fraction|number|amount|sum)\b|\b(?:price|cost)s?\b.*\?", re.IGNORECASE), _NUMBER),
    (re.compile(r"^\W*(?:when|(?:in|on|by|since|from|at) what (?:year|date|day|month|time)|(?:in |on )?which (?:year|date|day|month)|"
                r"what (?:year|date|day|month|time))\b", re.IGNORECASE), _TIME),
    (re.compile(r"^\W*(?:who|whom|whose)\b", re.IGNORECASE), _NAME),
)  # fmt: skip
_WORD = re.compile(r"[^\W_](?:[\w.’'-]*[^\W_])?")


@dataclass(frozen=True)
class AnswerType:
    """What an answer has in it by the form of its question: a number, a time or a name."""

    pattern: re.Pattern[str]
    said: frozenset[str]
    """The question's own words, which answer nothing: "V3" is no number of what V3 cost."""

    def is_in(self, text: str) -> bool:
        """Whether `text` has it, the question's own words left out."""
        return bool(self.pattern.search(_WORD.sub(lambda word: "_" if word.group().casefold() in self.said else word.group(), text)))


def answer_type(question: str) -> AnswerType | None:
    """What an answer to a question of this form has in it. None where the form does not tell."""
    pattern = next((pattern for asks, pattern in _ASKS if asks.search(question)), None)
    return AnswerType(pattern, frozenset(word.casefold() for word in _WORD.findall(question))) if pattern else None


_WHAT_IS = re.compile(r"^\W*(?:what|who)(?:'s|’s| is| are| was| were) (?:an? |the )?(?P<thing>[^?]+?)\W*$", re.IGNORECASE)
_THING_MOST = 4
"""Words; what is asked about in more of them is described, not named."""


def definition_of(question: str) -> re.Pattern[str] | None:
    """What a sentence looks like that says what the thing is that `question` asks for ("What is X?"); None for other questions."""
    match = _WHAT_IS.match(question)
    if not match or len(match["thing"].split()) > _THING_MOST:
        return None
    return re.compile(rf"\b{re.escape(match['thing'])}\b\W*(?:[^.;]{{0,40}}, )?(?:is|are|was|were|means?|stands? for)\b", re.IGNORECASE)
