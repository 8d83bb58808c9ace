"""Other articles that give another number or date for what an answer says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from askdivide.answering.asked import answer_type
from askdivide.answering.citations import Citations
from askdivide.answering.evidence import Candidate
from askdivide.records import Note
from askdivide.text.dates import date_words
from askdivide.text.facts import Moment, find_facts
from askdivide.text.numbers import Quantity
from askdivide.text.plain import shown
from askdivide.text.terms import content_terms, terms

_CLOSE = 4.5
"""How far behind the answer's sentence, in log-odds, another may be that answers the same question."""
_ALIKE = 0.55
"""Cosine of two sentences that speak of the same thing."""
_COVERED = 0.8
"""Share of what the answer's sentence has of the question that the other must have."""
_SURE = 1.0
"""The reader's logits for a sentence and for its answer's own words from which on two sentences are taken to answer the same
question in whatever words: "about 9,000 households" and "in the end it covered 14,200 homes"."""
_ROUNDED = Decimal("0.02")
"""Numbers that differ by less say the same, one of them rounded."""


def disagreement(question: str, candidates: Sequence[Candidate], citations: Citations) -> Note | None:
    """A note on an article that gives another value for what is asked than the best candidate does, citing both; else None.

    `candidates` come best first. It is a `newer` article where it is dated behind the other, else a `disagreement`. Only
    questions for a number or a time are looked at, and only sentences with one value of that kind: in others it cannot be
    told what the value is of.
    """
    if not candidates or not answer_type(question):
        return None
    best = candidates[0]
    value = _value(best, question)
    if value is None:
        return None
    names = {term for name in find_facts(question).names for term in content_terms(name.text)}
    needed = names & _about(best)
    for other in candidates[1:]:
        if best.score - other.score > _CLOSE:
            break
        if other.hit.row.document.id == best.hit.row.document.id or not needed <= _about(other):
            continue
        sure = _is_sure(best) and _is_sure(other)
        alike = other.coverage >= _COVERED * best.coverage and float(other.vector @ best.vector) >= _ALIKE
        another = _value(other, question) if sure or alike else None
        if another is not None and _differ(value, another, best, other, sure=sure):
            return _note(best, other, citations)
    return None


def _is_sure(candidate: Candidate) -> bool:
    return candidate.reading is not None and min(candidate.reading.answers, candidate.reading.words) >= _SURE


def _about(candidate: Candidate) -> set[str]:
    return set(candidate.terms) | set(terms(f"{candidate.hit.row.document.title} {candidate.hit.row.chunk.heading}"))


def _value(candidate: Candidate, question: str) -> Quantity | Moment | None:
    """The one number or time that a sentence gives as an answer; None where there is none, or which it is cannot be told."""
    if candidate.sentence.kind == "row" or (candidate.reading is not None and min(candidate.reading.answers, candidate.reading.words) < 0):
        return None
    facts = find_facts(candidate.text)
    found: Sequence[Quantity | Moment] = facts.moments if _ASKS_WHEN.search(question) else facts.quantities
    if candidate.answer:
        start, end = (place - candidate.sentence.start for place in candidate.answer)
        found = [one for one in found if one.start < end and start < _end(one)]
    return found[0] if len(found) == 1 else None


_ASKS_WHEN = re.compile(r"^\W*(?:when|(?:\w+ )?(?:what|which) (?:year|date|day|month|time))\b", re.IGNORECASE)


def _end(value: Quantity | Moment) -> int:
    return value.end if isinstance(value, Quantity) else value.start + len(value.text)


def _differ(one: Quantity | Moment, other: Quantity | Moment, first: Candidate, second: Candidate, *, sure: bool) -> bool:
    """Whether two values are of the same kind and do not say the same; where it is `sure` that both answer, in whatever word they count."""
    if isinstance(one, Moment) and isinstance(other, Moment):
        pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
        return any(a is not None and b is not None and a != b for a, b in pairs)
    if not isinstance(one, Quantity) or not isinstance(other, Quantity):
        return False
    if one.units or other.units:
        same_kind = bool(set(one.units) & set(other.units))
    else:
        same_kind = sure or _counted(first.text, one.end) == _counted(second.text, other.end) != ""
    if not same_kind or any(one.agrees(stated) for stated in find_facts(second.text).quantities):
        return False
    return abs(one.value - other.value) > _ROUNDED * max(abs(one.value), abs(other.value))


def _counted(text: str, end: int) -> str:
    """The stem of the word behind a number: what is counted."""
    return next(iter(content_terms(" ".join(text[end:].split()[:2]))), "")


def _note(best: Candidate, other: Candidate, citations: Citations) -> Note:
    dates = best.hit.row.document.published, other.hit.row.document.published
    first = citations.covering(best.hit, best.sentence.start, best.sentence.end)
    second = citations.covering(other.hit, other.sentence.start, other.sentence.end)
    newer = bool(dates[0] and dates[1] and dates[0] < dates[1])
    older = bool(dates[0] and dates[1] and dates[1] < dates[0])
    which = "A newer article" if newer else "An earlier article" if older else "Another article"
    when = f" of {date_words(dates[1])}" if dates[1] else ""
    return Note("newer" if newer else "disagreement", f"{which}{when} differs: {shown(other.text)}", (first.number, second.number))
