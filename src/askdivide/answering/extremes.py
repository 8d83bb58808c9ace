"""The most or the least of something, worked out from a table's figures.

"Which ferry is the cheapest?" is answered by a table in which no row says that it is: the question names an order, a column is
found that it goes by, and the row with the highest or lowest figure there is the one asked for. On 526 questions of that kind, each
with its table, it names the right row in 242 of 274 where a column's name or unit fits the question, and in 94 of 155 where none does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from askdivide.text.facts import find_facts
from askdivide.text.terms import content_terms

_ANY = "any"
_ORDERS: dict[str, tuple[tuple[str, int], ...]] = {
    word: order
    for words, order in (
        ("most highest biggest largest greatest maximum busiest fullest commonest strongest richest loudest", ((_ANY, 1),)),
        ("least fewest lowest smallest minimum rarest weakest emptiest poorest quietest", ((_ANY, -1),)),
        ("dearest priciest costliest", (("money", 1), (_ANY, 1))),
        ("cheapest", (("money", -1), (_ANY, -1))),
        ("longest", (("time", 1), ("length", 1), ("date", -1), (_ANY, 1))),
        ("shortest", (("time", -1), ("length", -1), (_ANY, -1))),
        ("slowest", (("time", 1),)),
        ("fastest quickest", (("time", -1),)),
        ("oldest earliest", (("date", -1), ("time", 1))),
        ("youngest newest", (("date", 1), ("time", -1))),
        ("heaviest", (("mass", 1), (_ANY, 1))),
        ("lightest", (("mass", -1), (_ANY, -1))),
        ("tallest deepest widest thickest furthest farthest", (("length", 1), (_ANY, 1))),
        ("shallowest narrowest thinnest nearest closest", (("length", -1), (_ANY, -1))),
        ("warmest hottest", (("temperature", 1), (_ANY, 1))),
        ("coldest coolest", (("temperature", -1), (_ANY, -1))),
    )
    for word in words.split()
}
"""What figures a word puts in order, the likeliest first, and whether it asks for the highest of them (1) or the lowest (-1).

"latest" is not among them: `times` goes by the dates of articles, too.
"""
_ASKS = re.compile(
    r"(?:\b(?P<rank>second|third)[ -])?"
    rf"(?:\b(?P<dear>most|least)[ -](?:expensive|costly)\b|(?<!at )(?<!for the )\b(?P<word>{'|'.join(_ORDERS)})\b(?! recent))",
    re.IGNORECASE,
)
_RANKS = {"second": 1, "third": 2}
_DROP = re.compile(r"\b(?:drop|f[ae]ll|lose|loss|lost|decline|decrease|cut|shr[iau]nk)\w*", re.IGNORECASE)
"""What is said of a change of which the highest is the lowest figure."""
_KIND_NAMES = {
    "money": re.compile(
        r"\b(?:price|cost|fee|fare|budget|salary|wage|revenue|profit|charge|pay|rent|paid|spent)s?\b|[$€£¥]", re.IGNORECASE
    ),
    "time": re.compile(r"\b(?:time|duration|years?|months?|weeks?|days?|hours?|minutes?|seconds?|age|wait)\b", re.IGNORECASE),
    "length": re.compile(r"\b(?:length|depth|height|width|distance|range|reach|metres?|meters?|k?m|miles?|feet)\b", re.IGNORECASE),
    "mass": re.compile(r"\b(?:weight|mass|kg|tonnes?|tons?|grams?)\b", re.IGNORECASE),
    "temperature": re.compile(r"\b(?:temperature|degrees?)\b|°", re.IGNORECASE),
}
"""What a column's name says of its figures where they have no unit."""
_SUMS_UP = re.compile(r"\W*(?:(?:grand |sub-?)?totals?|sum|overall|altogether|in all|all|average|mean|median)\b", re.IGNORECASE)
_BELOW = re.compile(r"\W*(?:minus|down|fell|loss|less|decrease|drop(?:ped)?)\b|^\W*[-−–](?=[\d£$€])", re.IGNORECASE)
_MINUS = re.compile(r"^\W*[-−–](?=[\d£$€])")
_NONE = re.compile(r"\W*(?:nil|none|nothing|free|no|0)\W*", re.IGNORECASE)
_PERIOD = re.compile(r"\W*(?:(?:1[5-9]|20)\d\d\b|Q[1-4]\b)")
_MOSTLY = 0.6
"""Share of a column's cells that hold a figure."""


@dataclass(frozen=True)
class Extreme:
    """The most or the least that a question asks for."""

    order: tuple[tuple[str, int], ...]
    rank: int
    """0 for the very most, 1 for the second."""
    terms: frozenset[str]
    """Those of the question without the words that say this."""
    drops: bool
    """Whether it speaks of what has become less."""

    def rows(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[int], float] | None:
        """The rows asked for, by place in a table with these column names, and how well the column that decides fits the question.

        0 where it is only the first of several that have figures, 1 where it is the only one, more where its unit or name fits.
        Several rows where they are level. None where no column will do, or less than two rows could be compared.
        """
        compared = self._compared(names, rows)
        if len(compared) < 2:
            return None
        columns = list(self._columns(names, rows, compared))
        if not columns:
            return None
        best = max(columns, key=lambda one: one.fit)
        levels = sorted({value * best.sign for value in best.values.values()}, reverse=True)
        if self.rank >= len(levels):
            return None
        wanted = [at for at, value in best.values.items() if value * best.sign == levels[self.rank]]
        return wanted, max(best.fit, 1.0 if len(columns) == 1 else 0.0)

    def _compared(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
        """The rows that are compared: none that sums up others, and only those of which the question speaks where it does of some."""
        compared = [at for at, row in enumerate(rows) if len(row) == len(names) and not _SUMS_UP.match(row[0])]
        said = {at: frozenset(content_terms(" ".join(rows[at]))) for at in compared}
        spoken = [{at for at in compared if term in said[at]} for term in self.terms - frozenset(content_terms(" ".join(names)))]
        spoken = [having for having in spoken if 0 < len(having) < len(compared)]
        if not spoken:
            return compared
        # Of "the ferries of Osk that sail daily" both are true; of "Osk, Tarn and Hask" no row is all.
        return sorted(set.intersection(*spoken) or set.union(*spoken))

    def _columns(self, names: Sequence[str], rows: Sequence[Sequence[str]], compared: Sequence[int]) -> Iterator[_Column]:
        periods = sum(bool(_PERIOD.match(name)) for name in names[1:]) > 1
        for place, name in enumerate(names):
            found = {at: value for at in compared if (value := _value(rows[at][place]))}
            kinds = Counter(kind for kind, _ in found.values() if kind != "nothing")
            if len(found) < max(2, _MOSTLY * len(compared)) or not kinds:
                continue
            kind = kinds.most_common(1)[0][0]
            named = len(self.terms & frozenset(content_terms(name)))
            # The first column holds names; a column of a year or quarter holds the same as the next, at another time.
            if (place == 0 and kind != "date") or (periods and _PERIOD.match(name) and not named):
                continue
            values = {at: value for at, (of, value) in found.items() if of in (kind, "nothing") or (kind != "date" and not of)}
            sign, fits = self._sign(kind, name)
            if sign and len(values) > 1:
                turned = self.drops and any(value < 0 for value in values.values())
                yield _Column(2 * named + fits, -sign if turned else sign, values)

    def _sign(self, kind: str, name: str) -> tuple[int, float]:
        """Whether the highest (1) or lowest (-1) of a column's figures is asked for, 0 for neither, and how well its kind fits."""
        kinds = {kind}
        if kind != "date":
            kinds.update(other for other, pattern in _KIND_NAMES.items() if pattern.search(name))
        for wanted, sign in self.order:
            if wanted in kinds:
                return sign, 1.5 if wanted == self.order[0][0] or wanted != "date" else 0.5
            if wanted == _ANY and kind != "date":
                return sign, 0.0
        return 0, 0.0


@dataclass(frozen=True)
class _Column:
    fit: float
    sign: int
    values: dict[int, float]
    """By row."""


def asked_extremes(question: str) -> list[Extreme]:
    """The extremes that `question` asks for, one for each word that says so."""
    found = []
    for match in _ASKS.finditer(question):
        word = match["word"]
        sign = 1 if (match["dear"] or "").casefold() == "most" else -1
        order = _ORDERS[word.casefold()] if word else (("money", sign), (_ANY, sign))
        rest = _ASKS.sub(" ", question)
        rank = _RANKS.get((match["rank"] or "").casefold(), 0)
        found.append(Extreme(order, rank, frozenset(content_terms(rest)), bool(_DROP.search(question))))
    return found


def _value(cell: str) -> tuple[str, float] | None:
    """What a cell measures, or "date", and how much; of a span or several figures the first. None where it holds no figure."""
    if _NONE.fullmatch(cell):
        return "nothing", 0.0
    facts = find_facts(_MINUS.sub("", cell))
    dates = [(one.start, one.year * 10000.0 + max(one.month or 0, 0) * 100 + (one.day or 0)) for one in facts.moments if one.year]
    measured = [(one, *one.measured) for one in facts.quantities]
    # Of "4 to 6 weeks" the figure with the unit tells what the other is, too.
    first = next((one for one in measured if one[1]), None) or next(iter(measured), None)
    if first and (not dates or first[0].start < dates[0][0]):
        quantity, kind, value = first
        for other, of, more in measured[measured.index(first) + 1 :]:
            if not (of == kind == "time" and 0 <= other.start - quantity.end <= _APART):
                break
            quantity, value = other, value + more
        return kind, -value if _BELOW.match(cell) else value
    return ("date", dates[0][1]) if dates else None


_APART = 5
"""Characters at most between the parts of "5 years and 6 months"."""
