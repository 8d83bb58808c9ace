"""What the form of a question tells of its answer: a number, a time, a name, a definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from askdivide.text.facts import find_facts
from askdivide.text.numbers import MEASURES

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
_WHICH = re.compile(r"\W*(?:which|whose|who|where)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[\w.’'-]*[^\W_])?")

_MONEY, _SPAN, _LENGTH, _MASS, _SHARE = (frozenset(MEASURES[kind]) for kind in ("money", "time", "length", "mass", "share"))
_UNITS_ASKED = tuple(
    (re.compile(asks, re.IGNORECASE), units)
    for asks, units in (
        (r"\bwhat (?:percentage|proportion|share|fraction)\b", _SHARE),
        (
            r"\b(?:price|cost|fee|fare|budget|salary|wage|revenue|profit|turnover|charge|paid|pay|spen[dt]|worth|sell for|sold for)s?\b",
            _MONEY,
        ),
        (r"\bhow (?:old|often)\b", _SPAN),
        (r"\bhow long\b", _SPAN | _LENGTH),
        (r"\bhow (?:far|tall|high|deep|wide)\b", _LENGTH),
        (r"\bhow heavy\b|\bhow much\b.*\bweigh", _MASS),
    )
)
_CLOCK = re.compile(r"\b\d{1,2}(?:[:.]\d\d)? ?(?:[ap]\.?m\b|o['’]clock)|\b\d{1,2}:\d\d\b|\b(?:noon|midnight|dawn|dusk)\b|"
                    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b\d+(?:st|nd|rd|th) century\b", re.IGNORECASE)  # fmt: skip
_PERSON = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z]\.)*(?: (?:van|von|de|da|di|der|den|la|le|al|bin|ibn))* [A-Z][\w’'-]+")
_WHERE = re.compile(r"\W*(?:where|in (?:which|what) (?:city|country|town|place|village|street|building|region))\b", re.IGNORECASE)
_WHY = re.compile(r"\W*(?:why|for what reason|what (?:caused|made|led|drove))\b|.*\bhow come\b", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:in|at|near|on|off|from|to|outside|around|along|beside|between|under|above|behind|opposite) (?:the |an? )?(?:\w+ )?[A-Z]\w"
)
_CAUSE = re.compile(r"\b(?:because|since|so that|in order|to avoid|due to|owing to|thanks to|therefore|reasons?|result(?:ed|s)?|caus\w+|"
                    r"explain\w*|blam\w+|led to|allow\w*|fear\w*|want\w*|prevent\w*|too \w+)\b|因为|由于|所以", re.IGNORECASE)  # fmt: skip


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
    pattern = _kind(question)
    return AnswerType(pattern, _words(question)) if pattern else None


def asks_amount(question: str) -> bool:
    """Whether a number is asked for, and not the one who or the thing that has it."""
    return _kind(question) is _NUMBER and not _WHICH.match(question)


def _kind(question: str) -> re.Pattern[str] | None:
    return next((pattern for asks, pattern in _ASKS if asks.search(question)), None)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))


def exact_type(question: str) -> Callable[[str], bool] | None:
    """Says of a sentence whether it has just what the question asks for, as a rule of thumb; None where the form does not tell.

    A price for what is paid, a length or a span of time for how long, a date for when, a person's name for who, a place for where.
    """
    said, kind = _words(question), _kind(question)

    def new(found: Iterable[str]) -> bool:
        return any(_words(one) - said for one in found)

    if kind is _NUMBER:
        wanted = next((units for asks, units in _UNITS_ASKED if asks.search(question)), None)
        asked = {quantity.value for quantity in find_facts(question).quantities}

        def number(text: str) -> bool:
            return any(
                (bool(set(one.units) & wanted) if wanted else not set(one.units) & (_MONEY | _SHARE)) and one.value not in asked
                for one in find_facts(text).quantities
            )

        return number
    if kind is _TIME:
        return lambda text: new(one.text for one in find_facts(text).moments) or bool(_CLOCK.search(text))
    if kind is _NAME:
        return lambda text: new(_PERSON.findall(text))
    if _WHERE.match(question):
        return lambda text: new(_PLACE.findall(text))
    if _WHY.match(question):
        return lambda text: bool(_CAUSE.search(text))
    return None


_WHAT_IS = re.compile(r"^\W*(?:what|who)(?:'s|’s| is| are| was| were) (?:an? |the )?(?P<thing>[^?]+?)\W*$", re.IGNORECASE)
_THING_MOST = 4
"""Words; what is asked about in more of them is described, not named."""


def definition_of(question: str) -> re.Pattern[str] | None:
    """What a sentence looks like that says what the thing is that `question` asks for ("What is X?"); None for other questions."""
    match = _WHAT_IS.match(question)
    if not match or len(match["thing"].split()) > _THING_MOST:
        return None
    return re.compile(rf"\b{re.escape(match['thing'])}\b\W*(?:[^.;]{{0,40}}, )?(?:is|are|was|were|means?|stands? for)\b", re.IGNORECASE)
