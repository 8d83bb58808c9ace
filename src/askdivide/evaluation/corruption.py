"""True sentences made false in one known way each, and true ones put in other words: what the support check is measured on."""

from __future__ import annotations

import random
import re
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from askdivide.text.facts import find_facts

_MONTHS = month_name[1:]
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b")
_YEAR = re.compile(r"(?<![\d.,$€£])\b(1[5-9]\d\d|20\d\d)\b(?![.,]?\d)")
_NAME_RUN = re.compile(r"[A-Z][\w’'-]*(?:\.\w+)*(?: [A-Z0-9][\w’'-]*(?:\.\w+)*)*")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|must|has|have|had|does|do|did)\b(?! not\b|n['’]t)(?= (?!been not)[a-z])"
)
_TURNS = [
    ("more than", "less than"), ("increased", "decreased"), ("rose", "fell"), ("higher", "lower"), ("larger", "smaller"),
    ("before", "after"), ("above", "below"), ("over", "under"), ("first", "last"), ("most", "least"), ("grew", "shrank"),
    ("faster", "slower"), ("up", "down"), ("more", "fewer"), ("longer", "shorter"), ("older", "newer"), ("cheaper", "dearer"),
    ("open", "closed"), ("better", "worse"), ("allowed", "forbidden"), ("won", "lost"), ("began", "ended"), ("north", "south"),
    ("east", "west"), ("greater", "smaller"),
]  # fmt: skip
_UNITS = [
    ("years", "months"), ("days", "weeks"), ("hours", "minutes"), ("kilometres", "miles"), ("km", "miles"), ("miles", "metres"),
    ("tonnes", "kilograms"), ("tons", "pounds"), ("million", "billion"), ("billion", "million"), ("GB", "MB"), ("%", " points"),
    ("percent", "times"), ("per cent", "times"), ("feet", "inches"), ("metres", "feet"), ("kilograms", "grams"), ("$", "€"),
    ("months", "weeks"), ("weeks", "days"),
]  # fmt: skip
_EXTRAS = [
    ", and it was praised by the {name} committee", ", which surprised most observers", " after a dispute with its suppliers",
    ", at a cost of {number} dollars", ", mainly because of a shortage of staff", " and won a prize for it", ", as {name} had predicted",
    ", although customers complained about the noise",
]  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A sentence made of another."""

    kind: str
    text: str
    supported: bool


def corrupted(claim: str, passage: str, elsewhere: Sequence[str], rng: random.Random) -> Iterator[Made]:
    """`claim` made false in each way that it allows. `passage` is its surroundings; `elsewhere` holds names of other articles."""
    for kind, make in _WAYS.items():
        text = make(claim, passage, elsewhere, rng)
        if text and text != claim:
            yield Made(kind, text, False)


def _number(claim: str, _passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    return _other_number(claim, lambda value: _changed(value, rng), rng)


def _number_of_passage(claim: str, passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    taken = set(_figures(claim))
    others = [figure for figure in _figures(passage) if figure not in taken]
    return _other_number(claim, lambda value: rng.choice(others), rng) if others else None


def _figures(text: str) -> list[str]:
    return [match.group() for one in find_facts(text).quantities if (match := re.search(r"\d[\d,.]*\d|\d", text[one.start : one.end]))]


def _other_number(claim: str, change: Callable[[str], str], rng: random.Random) -> str | None:
    places = [
        (one.start + match.start(), one.start + match.end())
        for one in find_facts(claim).quantities
        if (match := re.search(r"\d[\d,.]*\d|\d", claim[one.start : one.end]))
    ]
    if not places:
        return None
    start, end = rng.choice(places)
    return claim[:start] + change(claim[start:end]) + claim[end:]


def _changed(figures: str, rng: random.Random) -> str:
    places = [place for place, char in enumerate(figures) if char.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([d for d in "123456789" if d != figures[place]])
    return figures[:place] + digit + figures[place + 1 :]


def _name(claim: str, _passage: str, elsewhere: Sequence[str], rng: random.Random) -> str | None:
    others = [name for name in elsewhere if name not in claim]
    return _other_name(claim, others, rng)


def _name_of_passage(claim: str, passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    return _other_name(
        claim, [name for name in names_of(passage) if name not in claim and not any(word in claim for word in name.split())], rng
    )


def _other_name(claim: str, others: Sequence[str], rng: random.Random) -> str | None:
    own = names_of(claim)
    if not own or not others:
        return None
    return re.sub(rf"(?<!\w){re.escape(rng.choice(own))}(?!\w)", rng.choice(list(others)).replace("\\", ""), claim, count=1)


def names_of(text: str) -> list[str]:
    """The proper names in `text`, in full, each once."""
    starts = {one.start for one in find_facts(text).names if one.sure}
    runs = [match.group().strip(".’'-") for match in _NAME_RUN.finditer(text) if match.start() in starts]
    return list(dict.fromkeys(run for run in runs if len(run) > 2))


def _date(claim: str, _passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    months, years = list(_MONTH.finditer(claim)), list(_YEAR.finditer(claim))
    if not months and not years:
        return None
    match = rng.choice([*months, *years])
    if match.re is _MONTH:
        other = rng.choice([month for month in _MONTHS if month != match.group()])
    else:
        other = str(int(match.group()) + rng.choice([-12, -3, -2, -1, 1, 2, 5]))
    return claim[: match.start()] + other + claim[match.end() :]


def _exchanged(pairs: Sequence[tuple[str, str]]) -> Callable[[str, str, Sequence[str], random.Random], str | None]:
    def make(claim: str, _passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
        both = [*pairs, *((right, left) for left, right in pairs)] if pairs is _TURNS else pairs
        found = [(match, other) for word, other in both if (match := re.search(rf"(?<![\w]){re.escape(word)}(?!\w)", claim))]
        if pairs is _UNITS:
            found = [
                (match, other)
                for match, other in found
                if re.search(r"(?:\d|\b(?:two|three|four|five|six|ten)) ?$", claim[: match.start()]) or match.group() == "$"
            ]
        if not found:
            return None
        match, other = rng.choice(found)
        return claim[: match.start()] + other + claim[match.end() :]

    return make


def _negation(claim: str, _passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    there = re.search(r"\b(?:not|never) (?!only)", claim)
    if there:
        return claim[: there.start()] + claim[there.end() :]
    found = list(_AUXILIARY.finditer(claim))
    if not found:
        return None
    match = rng.choice(found)
    return f"{claim[: match.end()]} not{claim[match.end() :]}"


def _exchange_names(claim: str, _passage: str, _elsewhere: Sequence[str], rng: random.Random) -> str | None:
    own = names_of(claim)
    if len(own) < 2:
        return None
    one, other = rng.sample(own, 2)
    if one in other or other in one or _listed(claim, one, other, own):
        return None
    return _exchanged_names(claim, one, other)


def _exchanged_names(claim: str, one: str, other: str) -> str:
    return re.sub(rf"(?<!\w)(?:{re.escape(one)}|{re.escape(other)})(?!\w)", lambda match: other if match.group() == one else one, claim)


def _listed(claim: str, one: str, other: str, names: Sequence[str]) -> bool:
    """Whether two names stand in one enumeration, so that their order says nothing."""
    first, last = sorted((claim.index(one), claim.index(other)))
    between = claim[first:last]
    for name in sorted(names, key=len, reverse=True):
        between = between.replace(name, "")
    return not re.sub(r"\b(?:and|or|the)\b|[\s,]", "", between)


def _invented(claim: str, _passage: str, elsewhere: Sequence[str], rng: random.Random) -> str | None:
    if not claim.endswith("."):
        return None
    extra = rng.choice(_EXTRAS).format(name=rng.choice(list(elsewhere)), number=f"{rng.randint(2, 900)},{rng.randint(100, 999)}")
    return claim[:-1] + extra + "."


_WAYS = {
    "number": _number,
    "number of the same passage": _number_of_passage,
    "name": _name,
    "name of the same passage": _name_of_passage,
    "two names exchanged": _exchange_names,
    "date": _date,
    "unit": _exchanged(_UNITS),
    "negation": _negation,
    "direction": _exchanged(_TURNS),
    "invented extra": _invented,
}


def reworded(claim: str) -> Iterator[Made]:
    """`claim` in other words, as models write: each of these says the same, or less."""
    for kind, make in _REWORDINGS.items():
        text = make(claim)
        if text and text != claim:
            yield Made(kind, text, True)


def _reordered(claim: str) -> str | None:
    match = re.fullmatch(r"((?:In|By|On|Since|After|Before|During|At|From|Under|According to) [^,]{3,60}), ([A-Z“\w].*)\.", claim)
    if match:
        return f"{match[2][0].upper()}{match[2][1:]} {match[1][0].lower()}{match[1][1:]}."
    match = re.fullmatch(r"([A-Z].{20,}?) ((?:in|on|since|during) (?:[A-Z]\w+ )?(?:1[5-9]|20)\d\d)\.", claim)
    if match and "," not in match[1]:
        return f"{match[2][0].upper()}{match[2][1:]}, {match[1]}."
    return None


def _notation(claim: str) -> str | None:
    text = re.sub(r"\$(\d[\d.]*) (million|billion)\b", lambda m: f"${m[1]}{m[2][0].upper()}", claim)
    text = (
        re.sub(r"\$(\d[\d.]*)([MB])\b", lambda m: f"{m[1]} {'million' if m[2] == 'M' else 'billion'} dollars", text)
        if text == claim
        else text
    )
    text = re.sub(r"(\d) ?(?:percent|per cent)\b", r"\1%", text) if re.search(r"per ?cent", text) else re.sub(r"(\d)%", r"\1 percent", text)
    text = re.sub(r"\b(\d{1,3}),(\d{3})\b(?![,.\d])", r"\1\2", text)
    text = re.sub(r"\b(September|October|November|December|January|February|August)\b(?= \d)", lambda m: m[1][:3] + ".", text)
    words = {
        "two": "2",
        "three": "3",
        "four": "4",
        "five": "5",
        "six": "6",
        "seven": "7",
        "eight": "8",
        "nine": "9",
        "ten": "10",
        "eleven": "11",
        "twelve": "12",
    }
    return re.sub(r"\b(" + "|".join(words) + r")\b(?=[ -][a-z])", lambda m: words[m[1]], text)


def _shortened(claim: str) -> str | None:
    text = re.sub(r" \([^()]{3,80}\)", "", claim, count=1)
    if text == claim:
        text = re.sub(r", (?:which|who|where|whose|including|with|according to) [^,.]{5,120}\.$", ".", claim)
    return text


def _attributed(claim: str) -> str | None:
    return f"According to the article, {claim}" if claim[:1].isupper() and claim.endswith(".") else None


_PHRASES = [
    ("released", "published"), ("because", "since"), ("also", "in addition"), ("about", "around"), ("large", "big"),
    ("shows", "indicates"), ("use", "employ"), ("used", "employed"), ("began", "started"), ("start", "begin"), ("many", "numerous"),
    ("however", "but"), ("created", "made"), ("allows", "lets"), ("must", "has to"), ("main", "chief"), ("often", "frequently"),
    ("during", "in"), ("such as", "like"), ("built", "constructed"),
]  # fmt: skip


def _synonyms(claim: str) -> str | None:
    text = claim
    for word, other in _PHRASES:
        text = re.sub(rf"\b{word}\b", other, text, count=1)
    return text


def _list_reordered(claim: str) -> str | None:
    if re.search(r"\b(?:former|latter|respectively|between|both)\b", claim):
        return None
    for one, other in pairwise(names_of(claim)):
        joined = re.search(rf"(?<!\w){re.escape(one)} (?:and|or) {re.escape(other)}(?!\w)", claim)
        if joined and claim.count(one) == claim.count(other) == 1:
            return _exchanged_names(claim, one, other)
    return None


_REWORDINGS = {
    "reordered": _reordered,
    "list reordered": _list_reordered,
    "other notation": _notation,
    "shortened": _shortened,
    "attributed": _attributed,
    "synonyms": _synonyms,
}
