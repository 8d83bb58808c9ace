"""What a sentence commits itself to: its dates, its numbers and its proper names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from askdivide.text.dates import MONTHS, find_dates
from askdivide.text.numbers import UNIT, Quantity, find_quantities
from askdivide.text.terms import STOPWORDS

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ORDINAL = r"(?:st|nd|rd|th)?"
_PARTIAL = re.compile(
    rf"\b(?P<first>[0-3]?\d){_ORDINAL}(?: of)? (?P<month>{_MONTH})\b\.?"
    rf"|\b(?P<month_first>{_MONTH})\.? (?P<second>[0-3]?\d){_ORDINAL}\b(?![.,]?\d)",
    re.IGNORECASE,
)
# "May" and "March" are also other words: alone they are months with a capital, behind a word that leads to a time.
_MONTH_ALONE = re.compile(
    r"\b(?P<sure>January|February|April|June|July|August|September|October|November|December)\b"
    r"|\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Oo]f|[Ff]rom|[Tt]o|[Ll]ate|[Ee]arly|mid"
    r"|[Ll]ast|[Nn]ext|[Tt]his|[Bb]efore|[Aa]fter|and)[ -](?P<led>March|May)\b"
)
_YEAR = re.compile(rf"(?<![\d.,$€£¥])\b(?P<year>1[5-9]\d\d|20\d\d)(?P<decade>s)?\b(?![.,]?\d)(?! ?(?:{UNIT})(?![^\W\d_]))", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:[.'’&][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_ABBREVIATED = {
    "us": "united states", "usa": "united states", "u.s": "united states", "america": "united states", "american": "united states",
    "uk": "united kingdom", "u.k": "united kingdom", "britain": "united kingdom", "british": "united kingdom", "eu": "european union",
    "french": "france", "dutch": "netherlands", "un": "united nations", "greek": "greece", "swiss": "switzerland", "spanish": "spain",
    "german": "germany", "danish": "denmark", "welsh": "wales", "polish": "poland", "turkish": "turkey", "swedish": "sweden",
    "prc": "china", "hk": "hong kong",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """A time that a text names, as far as it is named."""

    year: int | None
    month: int | None = None
    day: int | None = None
    text: str = ""
    start: int = 0

    def within(self, other: Moment, years: frozenset[int] = frozenset()) -> bool:
        """Whether `other` says all that this says. Where `other` names no year, one of `years` may be meant."""
        year = self.year is None or self.year == other.year or (other.year is None and self.year in years)
        return year and self.month in (None, other.month) and self.day in (None, other.day)


@dataclass(frozen=True)
class Name:
    """A word that is, or is part of, a proper name."""

    text: str
    sure: bool
    """Whether its form says so (not only that it opens a sentence)."""
    start: int


@dataclass(frozen=True)
class Facts:
    """The dates, numbers and names of a text."""

    moments: tuple[Moment, ...]
    quantities: tuple[Quantity, ...]
    """Without those that belong to a date."""
    names: tuple[Name, ...]

    @property
    def years(self) -> frozenset[int]:
        """The years named."""
        return frozenset(moment.year for moment in self.moments if moment.year)


@lru_cache(maxsize=8192)
def find_facts(text: str) -> Facts:
    """The facts of `text`, each kind in order of place."""
    text = unicodedata.normalize("NFKC", text)
    taken: list[tuple[int, int]] = []
    moments: list[Moment] = []
    for start, end, iso in find_dates(text):
        taken.append((start, end))
        year, month, day, *_ = *(int(part) for part in iso.split("-")), None, None
        moments.append(Moment(year, month, day, text[start:end], start))
    masked = _masked(text, taken)
    for match in _PARTIAL.finditer(masked):
        month, day = MONTHS[(match["month"] or match["month_first"]).casefold()], int(match["first"] or match["second"])
        if 1 <= day <= 31:
            taken.append(match.span())
            moments.append(Moment(None, month, day, match.group(), match.start()))
    masked = _masked(text, taken)
    for match in _MONTH_ALONE.finditer(masked):
        name = match["sure"] or match["led"]
        taken.append(match.span("sure" if match["sure"] else "led"))
        moments.append(Moment(None, MONTHS[name.casefold()], None, name, taken[-1][0]))
    for match in _YEAR.finditer(masked):
        taken.append(match.span())
        moments.append(Moment(int(match["year"]), -1 if match["decade"] else None, None, match.group(), match.start()))
    masked = _masked(text, taken)
    quantities = find_quantities(masked)
    named = _masked(masked, [(one.start, one.end) for one in quantities])
    return Facts(tuple(moments), quantities, tuple(_names(named)))


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _names(text: str) -> list[Name]:
    found: list[Name] = []
    for match in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", match.group())
        coded = word[0].isalpha() and any(char.isdigit() for char in word)
        capital = any(char.isupper() for char in word)
        common = word.casefold() in STOPWORDS and not (word.isupper() and len(word) > 1)
        if len(word) > 1 and not common and (coded or capital):
            formed = coded or any(char.isupper() for char in word[1:])
            found.append(Name(word, formed or not _opens(text, match.start()), match.start()))
    return found


def _opens(text: str, start: int) -> bool:
    """Whether a word opens a sentence, a quotation or an item, where any word has a capital."""
    if text[start - 1 : start] in ("-", "‑", "–"):
        return False
    before = text[:start].rstrip(" \t\n\"“‘'(«*_[>")
    return not before or before[-1] in ".!?:;…•—–|-" or "\n" in text[len(before) : start]


def name_form(word: str) -> str:
    """The form in which names are compared: without case, possessive and typography, countries by one name."""
    folded = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", word).casefold()).rstrip(".")
    return _ABBREVIATED.get(folded, folded)


@lru_cache(maxsize=4096)
def name_forms(text: str) -> frozenset[str]:
    """The words of `text` in the form in which names are compared, compounds also in parts; initials of names as acronyms."""
    text = unicodedata.normalize("NFKC", text)
    forms: set[str] = set()
    for match in _TOKEN.finditer(text):
        forms.add(name_form(match.group()))
        forms.update(part.casefold() for part in re.findall(r"[^\W\d_]{2,}|\d+(?:\.\d+)*", match.group()))
    for run in re.findall(r"[A-Z][\w’'-]*(?:(?: of| and| for| the|)? [A-Z][\w’'-]*)+", text):
        forms.add("".join(word[0] for word in run.split() if word[0].isupper()).casefold())
    return frozenset(forms)


def has_name(word: str, forms: frozenset[str]) -> bool:
    """Whether a name stands among `forms`, perhaps inflected ("China" and "Chinese")."""
    form = name_form(word)
    if form in forms or all(part in forms for part in form.split()):
        return True
    if form.isalpha() and len(form) >= 5:
        stem = form[: max(4, len(form) - 3)]
        return any(other.startswith(stem) and abs(len(other) - len(form)) <= 3 and other.isalpha() for other in forms)
    return (form.endswith("s") and form[:-1] in forms) or f"{form}s" in forms
