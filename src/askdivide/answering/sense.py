"""What turns a sentence into its opposite, or puts one thing in the place of another, with nearly the same words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from askdivide.answering.words import OPPOSITES, Token, listed, stem, tokens_of, words_of
from askdivide.text.facts import find_facts, has_name, name_form
from askdivide.text.terms import STOPWORDS

_NEGATORS = frozenset("not no never none neither nor without cannot nothing nobody nowhere hardly barely".split())
_NOT = re.compile(r"(?:n['’]t|n not)$")
_CLAUSE_ENDS = frozenset(",;:.!?()—–") | {"but", "and", "or", "while", "although", "because", "which", "that", "than", "if", "when"}
_SCOPE = 3
"""Content words behind a negation that it bears on."""

_ALIKE = 0.5
"""Share of a claim's words that a sentence has for its negations and comparisons to be set beside the claim's."""


def opposite(claim: str, quoted: Sequence[str]) -> str:
    """Why the claim says the opposite of one of the sentences it repeats the words of; empty where it does not."""
    near = [sentence for sentence in quoted if _shared(claim, sentence) >= _ALIKE]
    for check in (_negated, _turned):
        reasons = [check(claim, sentence) for sentence in near]
        if reasons and all(reasons):
            return reasons[0]
    return ""


def _shared(claim: str, sentence: str) -> float:
    own = {stem(word) for word in words_of(claim) if word not in STOPWORDS and word[0].isalnum()}
    return len(own & {stem(word) for word in words_of(sentence)}) / len(own) if own else 0.0


def _negated(claim: str, sentence: str) -> str:
    said, known = _polarity(claim), _polarity(sentence)
    for term in said.keys() & known.keys():
        if said[term] == {False} and known[term] == {True}:
            return "the source says it without the negation"
        if said[term] == {True} and known[term] == {False}:
            return "the source says that it is not so"
    return ""


@lru_cache(maxsize=4096)
def _polarity(text: str) -> dict[tuple[str, str], frozenset[bool]]:
    """For each content word, alone and with the one before it, whether it stands affirmed (True) or in the scope of a negation (False)."""
    found: dict[tuple[str, str], set[bool]] = defaultdict(set)
    words = words_of(text)
    left, before = 0, ""
    for number, word in enumerate(words):
        if word in _CLAUSE_ENDS:
            left = 0
        elif word in _NEGATORS or _NOT.search(word):
            # "not only" affirms; a second negation takes the first one back.
            left = 0 if left == _SCOPE or words[number + 1 : number + 2] == ("only",) else _SCOPE
        elif word not in STOPWORDS:
            term = stem(word)
            found["", term].add(left == 0)
            found[before, term].add(left == 0)
            before, left = term, max(0, left - 1)
    return {term: frozenset(ways) for term, ways in found.items()}


def _turned(claim: str, sentence: str) -> str:
    said, known = set(words_of(claim)), set(words_of(sentence))
    for pair in OPPOSITES:
        for ours, theirs in (pair, pair[::-1]):
            here, there = said & ours, known & theirs
            if here and there and not said & theirs and not known & ours and not _crossed(claim, sentence):
                return f"the source says “{min(there)}”, not “{min(here)}”"
    if "than" in said and "than" in known and _crossed(claim, sentence) and not _differs(said, known):
        return "the source compares them the other way round"
    return ""


def _differs(said: set[str], known: set[str]) -> bool:
    return any((said & left and known & right) or (said & right and known & left) for left, right in OPPOSITES)


def _crossed(claim: str, sentence: str) -> bool:
    """Whether both compare with "than", with the two sides exchanged."""
    sides = []
    for text in (claim, sentence):
        before, than, after = text.partition(" than ")
        if not than:
            return False
        sides.append(({name_form(one.text) for one in find_facts(before).names}, {name_form(one.text) for one in find_facts(after).names}))
    (left, right), (their_left, their_right) = sides
    return bool(left & their_right and right & their_left and not left & their_left and not right & their_right)


@dataclass(frozen=True)
class _Fact:
    """A name, number, time or direction where it stands, with the content words next to it."""

    kind: str
    forms: frozenset[str]
    text: str
    before: str
    after: str
    sure: bool


_COPY = 0.75
"""A claim that shares this much of its words with a sentence repeats it."""


def replaced(claim: str, quoted: Sequence[str]) -> str:
    """Why a name, number or time of the claim stands where the source has another one; empty where none does."""
    if any(_crossed(claim, sentence) for sentence in quoted):
        # `opposite` has looked at both sides of the comparison.
        return ""
    repeated = [sentence for sentence in quoted if _shared(claim, sentence) >= _COPY]
    said = [one for one in _facts(claim) if one.sure]
    slots: dict[tuple[str, str, str], list[tuple[_Fact, str]]] = defaultdict(list)
    for sentence in repeated:
        for fact in _facts(sentence):
            for side, word in (("before", fact.before), ("after", fact.after)):
                if word:
                    slots[fact.kind, side, word].append((fact, sentence))
    for fact in said:
        there = [slots[key] for key in ((fact.kind, "before", fact.before), (fact.kind, "after", fact.after)) if slots.get(key)]
        if there and not any(
            _same(fact, other) or listed(fact.forms, other.forms, tokens_of(sentence)) for others in there for other, sentence in others
        ):
            return f"the source has {there[0][0][0].text} where this has {fact.text}"
    return ""


def _same(one: _Fact, other: _Fact) -> bool:
    if one.kind == "time":
        # Each may say less than the other: "January 2025" and "20 January".
        (ours,), (theirs,) = one.forms, other.forms
        return all("None" in pair or pair[0] == pair[1] for pair in zip(ours.split(), theirs.split(), strict=True))
    return bool(one.forms & other.forms) or any(has_name(form, other.forms) for form in one.forms if one.kind == "name")


@lru_cache(maxsize=4096)
def _facts(text: str) -> tuple[_Fact, ...]:
    return tuple(_located(text))


def _located(text: str) -> Iterator[_Fact]:
    tokens = tokens_of(text)
    number = 0
    while number < len(tokens):
        kind = tokens[number].kind
        if kind in ("word", "stop", "end"):
            number += 1
            continue
        last = number
        while kind == "name" and last + 1 < len(tokens) and tokens[last + 1].kind == "name":
            last += 1
        run = tokens[number : last + 1]
        before, after = _neighbour(tokens, number, -1), _neighbour(tokens, last, 1)
        yield _Fact(
            kind, frozenset(one.form for one in run), " ".join(one.text for one in run), before, after, any(one.sure for one in run)
        )
        number = last + 1


def _neighbour(tokens: Sequence[Token], number: int, step: int) -> str:
    """The content word next to a fact on one side, function words passed over; empty at the end of a clause or before another fact."""
    number += step
    while 0 <= number < len(tokens) and tokens[number].kind == "stop":
        number += step
    if not 0 <= number < len(tokens) or tokens[number].kind in ("end", "name", "number", "time"):
        return ""
    return stem(tokens[number].text.casefold())
