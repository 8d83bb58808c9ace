"""The time that a question asks about, against the times that a sentence and its article name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from askdivide.retrieval.search import asks_newest
from askdivide.text.dates import date_number
from askdivide.text.facts import Moment, find_facts

_NOW = re.compile(
    r"\b(?:recently|today|to date|so far|(?:right )?now|current(?:ly)?|these days|at present|still|already)\b|\byet\W*$", re.IGNORECASE
)
_UNTIL = re.compile(r"\b(?:before|prior to|until|up to|earlier than)\b", re.IGNORECASE)
_UNDATED, _OF_NOW = 0.4, 0.12
"""What an article's date counts, against a sentence's own, where the newest is asked for; and where what is true now is."""


def asks_now(question: str) -> bool:
    """Whether what is true now is asked for, and no other time is named."""
    return bool(_NOW.search(question)) and not _UNTIL.search(question) and not any(one.year for one in find_facts(question).moments)


@dataclass(frozen=True)
class Times:
    """What a question says of time."""

    moments: tuple[Moment, ...]
    """The dates that it names, where it asks for what was then."""
    published: tuple[int, ...]
    """The dates of the articles found, oldest first, where it asks for the newest of something or for what is true now."""
    told: tuple[int, ...]
    """The dates that the sentences found tell of, oldest first, where it asks for the newest."""

    @classmethod
    def of(cls, question: str, found: Sequence[tuple[str, str | None]]) -> Times:
        """The times of `question`, among these sentences, each with the date of its article."""
        if _UNTIL.search(question):
            return cls((), (), ())
        moments = tuple(moment for moment in find_facts(question).moments if moment.year)
        newest = asks_newest(question)
        if moments or not (newest or _NOW.search(question)):
            return cls(moments, (), ())
        told = (_told(text, date) for text, date in found) if newest else ()
        return cls((), _ordered(date_number(date) for _, date in found if date), _ordered(day for day in told if day))

    def named(self, text: str, published: str | None) -> float:
        """1 where `text` names a time that the question does, a half where its article is of that time, else 0."""
        if not self.moments:
            return 0.0
        facts = find_facts(text)
        if any(asked.within(said, facts.years) for asked in self.moments for said in facts.moments):
            return 1.0
        return 0.5 if published and any(asked.within(said) for asked in self.moments for said in find_facts(published).moments) else 0.0

    def recent(self, text: str, published: str | None) -> float:
        """From 0 for the oldest sentence to 1 for the newest, where that is asked for.

        By the date that `text` tells of or else, for less, by its article's. Where what is true now is asked for, the article's
        counts for still less, and otherwise nothing does.
        """
        day = _told(text, published) if self.told else 0
        if day:
            return _rank(day, self.told)
        return (_UNDATED if self.told else _OF_NOW) * _rank(date_number(published), self.published) if published else 0.0


def _told(text: str, published: str | None) -> int:
    """The newest date, as a number yyyymmdd, that `text` tells of as of something that has been; 0 where it names none."""
    latest = date_number(published, last=True) if published else 99999999
    days = (moment.year * 10000 + max(moment.month or 0, 0) * 100 + (moment.day or 0) for moment in find_facts(text).moments if moment.year)
    return max((day for day in days if day <= latest), default=0)


def _ordered(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


def _rank(day: int, among: Sequence[int]) -> float:
    return among.index(day) / (len(among) - 1) if len(among) > 1 and day in among else 0.0
