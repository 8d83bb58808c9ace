"""The time that a question asks about, against the times that a sentence and its article name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from askdivide.text.facts import Moment, find_facts

_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|recently|today|to date|so far|(?:right )?now|current(?:ly)?|these days|at present|still)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(?:before|prior to|until|up to|earlier than)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Times:
    """What a question says of time."""

    moments: tuple[Moment, ...]
    """The dates that it names, where it asks for what was then."""
    order: tuple[str, ...]
    """The dates of the articles found, oldest first, where it asks for the newest state of things."""

    @classmethod
    def of(cls, question: str, published: Iterable[str | None]) -> Times:
        """The times of `question`, among articles with these dates."""
        before = bool(_UNTIL.search(question))
        moments = () if before else tuple(moment for moment in find_facts(question).moments if moment.year)
        latest = bool(_LATEST.search(question)) and not moments and not before
        return cls(moments, tuple(sorted({date for date in published if date})) if latest else ())

    def named(self, text: str, published: str | None) -> float:
        """1 where `text` names a time that the question does, a half where its article is of that time, else 0."""
        if not self.moments:
            return 0.0
        facts = find_facts(text)
        if any(asked.within(said, facts.years) for asked in self.moments for said in facts.moments):
            return 1.0
        return 0.5 if published and any(asked.within(said) for asked in self.moments for said in find_facts(published).moments) else 0.0

    def recent(self, published: str | None) -> float:
        """From 0 for the oldest article to 1 for the newest, where the newest state of things is asked for, else 0."""
        if len(self.order) < 2 or not published:
            return 0.0
        return self.order.index(published) / (len(self.order) - 1)
