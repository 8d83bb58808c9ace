"""Quantities as people write them, in figures and in words, with the units that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: number for number, word in enumerate(_ONES)} | {word: 10 * number for number, word in enumerate(_TENS, start=2)}
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "lakh": 10**5, "crore": 10**7,
    "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12, "t": 10**12,
    "万": 10**4, "亿": 10**8,
}  # fmt: skip
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_UNITS = {
    written: unit
    for unit, forms in {
        "%": "%,％,percent,per cent,pct",
        "percentage point": "percentage point,percentage points,pp",
        "$": "$,us$,usd,us dollar,us dollars,dollar,dollars,buck,bucks",
        "€": "€,eur,euro,euros",
        "£": "£,gbp,pound sterling,pounds sterling",
        "yuan": "yuan,rmb,cny,renminbi",
        "yen": "yen,jpy",
        "pound": "pound,pounds,lb,lbs",
        "second": "second,seconds,sec,secs",
        "minute": "minute,minutes,min,mins",
        "hour": "hour,hours,hr,hrs,h",
        "day": "day,days",
        "week": "week,weeks",
        "month": "month,months",
        "year": "year,years,yr,yrs",
        "decade": "decade,decades",
        "century": "century,centuries",
        "mm": "mm,millimetre,millimetres,millimeter,millimeters",
        "cm": "cm,centimetre,centimetres,centimeter,centimeters",
        "m": "m,metre,metres,meter,meters",
        "km": "km,kilometre,kilometres,kilometer,kilometers",
        "mile": "mile,miles",
        "nautical mile": "nautical mile,nautical miles",
        "foot": "foot,feet,ft",
        "inch": "inch,inches",
        "yard": "yard,yards",
        "acre": "acre,acres",
        "hectare": "hectare,hectares,ha",
        "gram": "gram,grams,gramme,grammes",
        "kg": "kg,kilogram,kilograms,kilogramme,kilogrammes,kilo,kilos",
        "tonne": "tonne,tonnes,metric ton,metric tons",
        "ton": "ton,tons",
        "litre": "litre,litres,liter,liters",
        "kilobyte": "kb,kilobyte,kilobytes",
        "megabyte": "mb,megabyte,megabytes",
        "gigabyte": "gb,gigabyte,gigabytes",
        "terabyte": "tb,terabyte,terabytes",
        "petabyte": "pb,petabyte,petabytes",
        "bit": "bit,bits",
        "byte": "byte,bytes",
        "watt": "watt,watts",
        "kilowatt": "kw,kilowatt,kilowatts",
        "megawatt": "mw,megawatt,megawatts",
        "gigawatt": "gw,gigawatt,gigawatts",
        "kilowatt hour": "kwh,kilowatt hour,kilowatt hours",
        "megahertz": "mhz,megahertz",
        "gigahertz": "ghz,gigahertz",
        "degree": "degree,degrees,°",
        "degree C": "°c,degrees celsius,degree celsius,degrees centigrade",
        "degree F": "°f,degrees fahrenheit,degree fahrenheit",
        "times": "times,×,x,-fold,fold",
    }.items()
    for written in forms.split(",")
}
_ALSO = {"¥": ("yuan", "yen"), "pound": ("pound", "£")}
_YEAR = 365.25 * 86400
MEASURES: dict[str, dict[str, float]] = {
    "money": {"$": 1, "€": 1, "£": 1, "yuan": 1, "yen": 1},
    "time": {
        "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "month": _YEAR / 12, "year": _YEAR,
        "decade": 10 * _YEAR, "century": 100 * _YEAR,
    },
    "length": {
        "mm": 0.001, "cm": 0.01, "m": 1, "km": 1000, "mile": 1609.344, "nautical mile": 1852, "foot": 0.3048, "inch": 0.0254,
        "yard": 0.9144,
    },
    "mass": {"gram": 0.001, "kg": 1, "tonne": 1000, "ton": 1000, "pound": 0.45359237},
    "share": {"%": 1, "percentage point": 1},
    "temperature": {"degree": 1, "degree C": 1, "degree F": 1},
    "memory": {"bit": 0.125, "byte": 1, "kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12, "petabyte": 1e15},
    "power": {"watt": 1, "kilowatt": 1e3, "megawatt": 1e6, "gigawatt": 1e9},
    "frequency": {"megahertz": 1e6, "gigahertz": 1e9},
}  # fmt: skip
"""What units measure, and how much each is of the first that counts 1. Currencies and degrees count as they stand."""
UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
"""Pattern of the units that are known."""
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_SCALE = "dozen|hundred|thousand|million|billion|trillion|lakh|crore"
_CURRENCY = r"(?:(?P<currency>US\$|[$€£¥]|USD|RMB|EUR|GBP|CNY)[ ]?)?"
_BEHIND = rf"(?:[  -]?(?P<unit>{UNIT})(?![^\W\d_]))?"
_FIGURES = re.compile(
    rf"(?<![\w.])(?<![^\W\d_][-‑–]){_CURRENCY}(?P<figures>\d{{1,3}}(?:[,\u202f]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d)"
    rf"(?:[  -]?(?P<scale>{_SCALE}|bn|mn|tn|万|亿)s?(?![^\W\d_])|(?P<letter>[KkMBT]|(?<=\d)[mb](?![^\W\d_]))(?![^\W\d_]))?{_BEHIND}",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    rf"\b(?P<words>(?:(?:an?|half an?)[ ](?={_SCALE})|(?:{_WORD})\b[ -]?)(?:(?:and[ ])?(?:{_WORD}|{_SCALE})\b[ -]?){{0,12}}|half a million)"
    rf"(?P<unit>(?:{UNIT})(?![^\W\d_]))?",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    rf"\b(?P<count>an?|one|two|three|four|five|six|seven|eight|nine)[ -](?P<part>{'|'.join(_PARTS)})s?\b|\b(?P<half>half)\b(?! an?\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """A number of a text."""

    value: Decimal
    units: tuple[str, ...]
    """What it may be a number of, of the units that are known; empty where none is named."""
    start: int
    end: int

    @property
    def measured(self) -> tuple[str, float]:
        """What it measures, of MEASURES, and how much of it; what its number counts is none of these: ("", 4000.0)."""
        found = ((kind, factors[unit]) for unit in self.units for kind, factors in MEASURES.items() if unit in factors)
        kind, factor = next(found, ("", 1.0))
        return kind, float(self.value) * factor

    def agrees(self, other: Quantity) -> bool:
        """Whether both say the same: equal values, and no two different units."""
        return self.value == other.value and (not self.units or not other.units or bool(set(self.units) & set(other.units)))


@lru_cache(maxsize=8192)
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities in `text`, in order of place. Digits inside a name ("V3", "GPT-4") are none; neither is a lone "one"."""
    found: list[Quantity] = []
    for quantity in _candidates(text):
        if not any(quantity.start < other.end and other.start < quantity.end for other in found):
            found.append(quantity)
    return tuple(sorted(found, key=lambda one: one.start))


def _candidates(text: str) -> Iterator[Quantity]:
    for match in _FIGURES.finditer(text):
        value = Decimal(re.sub(r"[,\u202f]", "", match["figures"]))
        letter = match["letter"]
        # "5 m" are metres, "$5m" are millions, "5k" thousands; a lower-case b or m needs its currency.
        if letter and letter in "mb" and not match["currency"]:
            letter = None
        scale = match["scale"] or letter
        if scale:
            value *= _SCALES[scale.casefold()]
        end = match.end() if letter or not match["letter"] else match.start("letter")
        yield Quantity(value.normalize(), _units(match["currency"], match["unit"]), match.start(), end)
    for match in _FRACTION.finditer(text):
        if match["half"]:
            yield Quantity(Decimal("0.5"), (), match.start(), match.end())
        else:
            count = 1 if match["count"].casefold() in ("a", "an") else _WORDS[match["count"].casefold()]
            yield Quantity((Decimal(count) / _PARTS[match["part"].casefold()]).normalize(), (), match.start(), match.end())
    for match in _IN_WORDS.finditer(text):
        words = re.findall(r"[^\W\d_]+", match["words"].casefold())
        spelled = _spelled(words)
        if spelled is not None and words != ["one"]:
            end = match.end() if match["unit"] else match.start("words") + len(match["words"].rstrip(" -"))
            yield Quantity(spelled.normalize(), _units(None, match["unit"]), match.start(), end)


def _spelled(words: list[str]) -> Decimal | None:
    total, current = Decimal(0), Decimal(0)
    known = False
    for word in words:
        if word in _WORDS:
            current += _WORDS[word]
            known = True
        elif word == "half":
            current = Decimal("0.5")
        elif word in ("a", "an"):
            current = current or Decimal(1)
        elif word in _SCALES:
            known = True
            if _SCALES[word] <= 100:
                current = (current or Decimal(1)) * _SCALES[word]
            else:
                total, current = total + (current or Decimal(1)) * _SCALES[word], Decimal(0)
    return total + current if known else None


def _units(currency: str | None, unit: str | None) -> tuple[str, ...]:
    written = [part.casefold() for part in (currency, unit) if part]
    units: list[str] = []
    for part in written:
        canonical = _UNITS.get(part, part)
        units += _ALSO.get(part, _ALSO.get(canonical, (canonical,)))
    return tuple(dict.fromkeys(units))
