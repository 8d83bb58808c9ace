"""What turns a sentence into its opposite, or puts one thing in the place of another, with nearly the same words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from askdivide.text.facts import find_facts, has_name, name_form
from askdivide.text.terms import STOPWORDS, terms

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['’][^\W_]+)*|[,;:.!?()—–]")
_NEGATORS = frozenset("not no never none neither nor without cannot nothing nobody nowhere hardly barely".split())
_NOT = re.compile(r"(?:n['’]t|n not)$")
_CLAUSE_ENDS = frozenset(",;:.!?()—–") | {"but", "and", "or", "while", "although", "because", "which", "that", "than", "if", "when"}
_SCOPE = 3
"""Content words behind a negation that it bears on."""

_OPPOSITES = tuple(
    (frozenset(left.split()), frozenset(right.split()))
    for left, right in (
        ("more", "less fewer"),
        ("most", "least fewest"),
        (
            ("rise rose risen rising increase increased increases increasing grow grew grown growing grows climb climbed gain gained "
            "doubled tripled soared surged"),
            ("fall fell fallen falling decrease decreased decreases decreasing shrink shrank shrunk shrinking decline declined drop "
            "dropped drops lose lost halved plunged"),
        ),
        ("up upward", "down downward"),
        ("before until earlier", "after since later"),
        ("above over exceed exceeds exceeded exceeding", "below under"),
        ("higher highest", "lower lowest"),
        ("larger bigger greater largest biggest greatest", "smaller smallest tiniest"),
        ("faster quicker fastest quickest", "slower slowest"),
        ("longer longest", "shorter shortest"),
        ("older oldest", "younger youngest newer newest"),
        ("better best", "worse worst"),
        ("stronger strongest", "weaker weakest"),
        ("cheaper cheapest", "dearer pricier costlier costliest"),
        ("first", "last final"),
        ("maximum max", "minimum min"),
        ("open opened opens", "closed closes close shut"),
        ("allow allows allowed permit permits permitted", "forbid forbids forbade forbidden ban bans banned prohibit prohibits prohibited"),
        ("accept accepts accepted approve approved", "reject rejects rejected refuse refuses refused deny denied"),
        ("include includes included including", "exclude excludes excluded excluding"),
        ("win wins won winning", "lose loses lost losing"),
        ("begin begins began start starts started", "end ends ended stop stops stopped finish finished"),
        ("succeed succeeded succeeds", "fail fails failed"),
        ("profit profits", "loss losses"),
        ("public", "private"),
        ("true", "false"),
        ("north northern", "south southern"),
        ("east eastern", "west western"),
        ("import imports imported", "export exports exported"),
        ("buy buys bought", "sell sells sold"),
        ("dense", "sparse"),
        ("always", "never"),
        ("all every", "none no"),
    )
)  # fmt: skip


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    return tuple(match.group().casefold().replace("’", "'") for match in _WORD.finditer(text))


@lru_cache(maxsize=16384)
def _stem(word: str) -> str:
    found = terms(word)
    return found[0] if found else word


_ALIKE = 0.35
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
    own = {_stem(word) for word in _words(claim) if word not in STOPWORDS and word[0].isalnum()}
    return len(own & {_stem(word) for word in _words(sentence)}) / len(own) if own else 0.0


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
    words = _words(text)
    left, before = 0, ""
    for number, word in enumerate(words):
        if word in _CLAUSE_ENDS:
            left = 0
        elif word in _NEGATORS or _NOT.search(word):
            # "not only" affirms; a second negation takes the first one back.
            left = 0 if left == _SCOPE or words[number + 1 : number + 2] == ("only",) else _SCOPE
        elif word not in STOPWORDS:
            stem = _stem(word)
            found["", stem].add(left == 0)
            found[before, stem].add(left == 0)
            before, left = stem, max(0, left - 1)
    return {term: frozenset(ways) for term, ways in found.items()}


def _turned(claim: str, sentence: str) -> str:
    said, known = set(_words(claim)), set(_words(sentence))
    for pair in _OPPOSITES:
        for ours, theirs in (pair, pair[::-1]):
            here, there = said & ours, known & theirs
            if here and there and not said & theirs and not known & ours and not _crossed(claim, sentence):
                return f"the source says “{min(there)}”, not “{min(here)}”"
    if "than" in said and "than" in known and _crossed(claim, sentence) and not _differs(said, known):
        return "the source compares them the other way round"
    return ""


def _differs(said: set[str], known: set[str]) -> bool:
    return any((said & left and known & right) or (said & right and known & left) for left, right in _OPPOSITES)


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


_COPY = 0.75
"""A claim that shares this much of its words with a sentence repeats it."""
_POINTS = re.compile(
    r"\b(?:it|its|they|their|them|he|his|him|she|her|this|these|the (?:\w+ )?(?:company|firm|lab|maker|model|group|team|author))\b",
    re.IGNORECASE,
)


def replaced(claim: str, quoted: Sequence[str]) -> str:
    """Why a name, number or time of the claim stands where the source has another one; empty where none does."""
    if any(_crossed(claim, sentence) for sentence in quoted):
        # `opposite` has looked at both sides of the comparison.
        return ""
    repeated = [sentence for sentence in quoted if _shared(claim, sentence) >= _COPY]
    said = _facts(claim)
    slots: dict[tuple[str, str, str], list[_Fact]] = defaultdict(list)
    for sentence in repeated or quoted:
        for fact in _facts(sentence):
            for side, word in (("before", fact.before), ("after", fact.after)):
                if word:
                    slots[fact.kind, side, word].append(fact)
    for fact in said:
        there = [slots[key] for key in ((fact.kind, "before", fact.before), (fact.kind, "after", fact.after)) if slots.get(key)]
        if there and not any(_same(fact, other) for others in there for other in others):
            return f"the source has {there[0][0].text} where this has {fact.text}"
    return _stranger(said, repeated)


def _stranger(said: Sequence[_Fact], repeated: Sequence[str]) -> str:
    """A name that the sentence repeated does not have, while it has one that the claim lacks."""
    for sentence in repeated[:1]:
        if _POINTS.search(sentence):
            return ""
        known = _facts(sentence)
        for kind in ("name", "time"):
            ours, theirs = [one for one in said if one.kind == kind], [one for one in known if one.kind == kind]
            new = [one for one in ours if not any(_same(one, other) for other in theirs)]
            gone = [one for one in theirs if not any(_same(one, other) for other in ours)]
            if new and gone:
                return f"the source has {gone[0].text} where this has {new[0].text}"
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


@dataclass(frozen=True)
class _Token:
    kind: str
    form: str
    text: str


def _located(text: str) -> Iterator[_Fact]:
    tokens = _tokens(text)
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
        yield _Fact(kind, frozenset(one.form for one in run), " ".join(one.text for one in run), before, after)
        number = last + 1


def _neighbour(tokens: Sequence[_Token], number: int, step: int) -> str:
    """The content word next to a fact on one side, function words passed over; empty at the end of a clause or before another fact."""
    number += step
    while 0 <= number < len(tokens) and tokens[number].kind == "stop":
        number += step
    if not 0 <= number < len(tokens) or tokens[number].kind in ("end", "name", "number", "time"):
        return ""
    return _stem(tokens[number].text.casefold())


def _tokens(text: str) -> list[_Token]:
    facts = find_facts(text)
    names = {one.start for one in facts.names}
    spans = {one.start: ("number", f"{one.value:f}", one.end) for one in facts.quantities}
    spans |= {one.start: ("time", f"{one.year} {one.month} {one.day}", one.start + len(one.text)) for one in facts.moments}
    tokens: list[_Token] = []
    position = 0
    for match in _WORD.finditer(text):
        start, word = match.start(), match.group()
        if start < position:
            continue
        # A currency's sign is no word; the number begins before its first digit.
        begins = next((place for place in (start, start - 1, start - 2) if place in spans), None)
        if begins is not None and spans[begins][2] > start:
            kind, form, position = spans[begins]
            tokens.append(_Token(kind, form, text[begins:position].strip()))
        elif start in names:
            tokens.append(_Token("name", name_form(word), word))
        elif word[0] in ",;:.!?()—–":
            tokens.append(_Token("end", "", ""))
        elif word.casefold() in _DIRECTIONS:
            kind, form = _DIRECTIONS[word.casefold()]
            tokens.append(_Token(kind, form, word))
        else:
            tokens.append(_Token("stop" if word.casefold() in STOPWORDS else "word", "", word))
    return tokens


_DIRECTIONS = {
    word: (f"way {number}", side)
    for number, pair in enumerate(_OPPOSITES)
    for side, words in zip("ab", pair, strict=True)
    for word in words
}
