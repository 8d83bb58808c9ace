"""Whether what a claim cites says what the claim says: by its facts, by the sense of its words, and by its meaning as a vector.

Every number, date, unit and name of the claim must stand in the cited text, in whatever notation; what is negated, and which
way a comparison goes, must be the same; a name or number must not stand where the source has another; and the rest of the
claim's words must be near what is cited. What each rule finds is measured in docs/support.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from askdivide.answering.alignment import changed
from askdivide.answering.sense import opposite, replaced
from askdivide.answering.words import likely_name
from askdivide.text.facts import Facts, Name, find_facts, has_name, name_forms
from askdivide.text.sentences import sentence_spans
from askdivide.text.terms import content_terms, terms


@dataclass(frozen=True)
class Verdict:
    """What came of checking a claim."""

    supported: bool
    reason: str = ""
    """Why not, in words for the reader; empty where supported."""
    score: float = 1.0
    """How near the claim is to what it cites, 0..1; 0 where a rule speaks against it."""


@dataclass(frozen=True)
class Evidence:
    """What a claim is checked against."""

    quoted: Sequence[str]
    """The sentences and rows cited."""
    around: str = ""
    """What is known at that place: title, headings, date, the rest of the passage; names and years may come from it."""
    near: float = 1.0
    """Likeness of the claim and the cited sentence nearest to it, about 0..1."""
    tabular: bool = False
    """Whether only table rows are cited: they hold the values, and what is around them says of what."""

    @cached_property
    def text(self) -> str:
        """The quoted sentences together."""
        return "\n".join(self.quoted)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of all that is known."""
        return frozenset((*terms(self.text), *terms(self.around)))

    @cached_property
    def facts(self) -> Facts:
        """The facts of the quoted sentences."""
        return find_facts(self.text)


def check(claim: str, evidence: Evidence) -> Verdict:
    """Whether `evidence` supports `claim`."""
    rest = _LEAD.sub("", claim, count=1)
    claim = rest or claim
    reason = _missing(claim, evidence) or next(filter(None, (_untrue(part, evidence) for part in _sentences(claim))), "")
    if reason:
        return Verdict(False, reason, 0.0)
    score = likelihood(nearness(claim, evidence))
    return Verdict(True, "", score) if score >= 0.5 else Verdict(False, "the source does not say this", score)


def _sentences(claim: str) -> list[str]:
    return [claim[start:end] for start, end in sentence_spans(claim)]


def _untrue(claim: str, evidence: Evidence) -> str:
    quoted = evidence.quoted
    reason = changed(claim, quoted, evidence.terms)
    return reason or (opposite(claim, quoted) if reason is None else "") or replaced(claim, quoted)


_LEAD = re.compile(
    r"^\W*(?:\d{1,2}[.)] )?"
    r"(?:(?:yes|yeah|yea|yep|no|nope|nah|sure|okay|ok|oh|ah|well|indeed|correct|right|true|exactly|of course)\b ?[,.!:;–—-]+ ?)*"
    r"(?:according to (?:the|this|one|an?) (?:article|source|passage|report|text|author)s?(?: provided)?,? "
    r"|(?:the|this|one) (?:article|source|passage|text)s? (?:also )?(?:says?|states?|notes?|reports?|mentions?|adds?|explains?) that )?",
    re.IGNORECASE,
)
"""A list's number, a yes or no, and what only says that something follows from the source."""


def _missing(claim: str, evidence: Evidence) -> str:
    """The first fact of the claim that is not in the cited text, as a reason; empty where all are."""
    said, known = find_facts(claim), evidence.facts
    forms = name_forms(evidence.text)
    around = name_forms(evidence.around) | forms
    years = known.years or find_facts(evidence.around).years
    for quantity in said.quantities:
        in_name = not quantity.units and f"{quantity.value:f}" in forms
        as_year = not quantity.units and quantity.value == int(quantity.value) and int(quantity.value) in known.years
        alone = quantity.value == 1 and bool(re.search(r"\bone\b", evidence.text, re.IGNORECASE))
        if not alone and not in_name and not as_year and not any(quantity.agrees(other) for other in known.quantities):
            return _absent(claim[quantity.start : quantity.end])
    for moment in said.moments:
        as_number = moment.year is not None and moment.month is None and any(other.value == moment.year for other in known.quantities)
        only_year = moment.month is None and moment.day is None and not known.years and moment.year in years
        if not as_number and not only_year and not any(moment.within(other, years) for other in known.moments):
            return _absent(moment.text)
    names = [name for name in said.names if likely_name(name, claim)]
    for name in names:
        if name.sure and not has_name(name.text, around):
            return _absent(name.text)
    return _strange_opening(names, around)


def _strange_opening(names: Sequence[Name], around: frozenset[str]) -> str:
    """A capitalised first word that the source lacks is a name only where nothing else explains it."""
    for name in names:
        known = name.sure or has_name(name.text, around)
        if not known and not set(terms(name.text)) & {term for form in around for term in terms(form)}:
            return _absent(name.text)
    return ""


def _absent(what: str) -> str:
    return f"{' '.join(what.split())} is not in the source"


@dataclass(frozen=True)
class Nearness:
    """How a claim's words and meaning lie to what it cites."""

    covered: float
    """Share of the claim's content words that stand in the cited sentences."""
    known: float
    """The same for all that is around them."""
    near: float
    """Cosine of the claim and the nearest cited sentence."""
    strange: float
    """Content words in a row, at most, that stand nowhere in the source; as a share of `_LONG_RUN`, at most 1."""
    personal: float
    """1 where the claim speaks of "I", "we" or "you" and the source does not."""


_LONG_RUN = 4
_TABLE_NEAR = 0.6
"""A row of values is like no sentence; this is what it counts."""
_PERSONAL = re.compile(r"\b(?:I|i|me|my|mine|myself|we|our|us|you|your)\b(?!\.)(?! no)")


def nearness(claim: str, evidence: Evidence) -> Nearness:
    """The signals that decide where no rule speaks against a claim."""
    own = content_terms(claim)
    if not own:
        return Nearness(1.0, 1.0, evidence.near, 0.0, 0.0)
    quoted = set(terms(evidence.text))
    around = evidence.terms
    longest = run = 0
    for term in terms(claim):
        if term in own:
            run = 0 if term in around else run + 1
            longest = max(longest, run)
    known = _share(own, around)
    return Nearness(
        covered=known if evidence.tabular else _share(own, quoted),
        known=known,
        near=max(evidence.near, _TABLE_NEAR) if evidence.tabular else evidence.near,
        strange=min(longest / _LONG_RUN, 1.0),
        personal=float(bool(_PERSONAL.search(claim)) and not _PERSONAL.search(evidence.text)),
    )


def _share(own: Sequence[str], words: Set[str]) -> float:
    return sum(term in words for term in own) / len(own)


# Fitted by training/support.py to one half of BEGIN and of corrupted quote answers, before claims were laid beside sentences. What
# the rules leave of the corrupted ones since is too little to fit to: fitted anew, one in 25 true replies of BEGIN was lost.
_WEIGHTS = {"bias": -1.34, "covered": 0.89, "known": 0.32, "near": 1.99, "strange": -2.88, "personal": -1.3}


def likelihood(found: Nearness) -> float:
    """Estimated probability, 0..1, that a claim with these signals is supported."""
    logit = _WEIGHTS["bias"] + sum(_WEIGHTS[name] * value for name, value in vars(found).items())
    return 1 / (1 + math.exp(-logit))
