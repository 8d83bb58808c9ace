"""When the articles appeared, and the dates that they name, along one line of time."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from askdivide.index.catalog import Catalog
from askdivide.index.tables import DocumentRow
from askdivide.interfaces.web.cards import counted, safe
from askdivide.interfaces.web.pictures.frame import anchor, blank, framed, line, link, shortened, svg, text
from askdivide.text.dates import date_words
from askdivide.text.facts import find_facts
from askdivide.text.plain import shown, table_cells

_MOST = 3000
"""Statements that are gathered, and articles that are drawn."""
_LOOKED_INTO = 2000
"""Articles that are searched for statements."""
_LISTED = 200
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_TAIL = 0.03
"""Share of the statements that may lie outside the drawing on each side, where a few far ones would press the rest together."""
_HIGHEST = 190
"""Pixels of the tallest stack."""
_STEPS = [(months, "month") for months in (1, 3, 6)] + [(12 * years, "year") for years in (1, 2, 5, 10, 20, 50, 100, 200)]
_MARGIN = 14.0
_NAME, _TITLE = "timeline", "Timeline"


@dataclass(frozen=True)
class Dated:
    """Something at a time: an article, or a sentence that names one."""

    iso: str
    document: str
    title: str
    words: str = ""
    """The sentence; empty for an article."""
    span: tuple[int, int] | None = None

    @property
    def days(self) -> tuple[int, int]:
        """The first day that may be meant and the one after the last."""
        year, *later = (int(part) for part in self.iso.split("-"))
        first = date(year, *[*later, 1, 1][:2]).toordinal()
        if not later:
            return first, date(year, 12, 31).toordinal() + 1
        return first, first + (1 if len(later) == 2 else calendar.monthrange(year, later[0])[1])

    @property
    def named(self) -> str:
        """What is said of it."""
        what = f"{shortened(self.words, 140)} ({self.title})" if self.words else f"Article: {self.title}"
        return f"{date_words(self.iso)}: {what}"


@dataclass(frozen=True)
class Timeline:
    """What is drawn."""

    articles: tuple[Dated, ...]
    statements: tuple[Dated, ...]
    undated: int
    """Articles without a date."""
    looked_into: int
    """Articles whose statements are among these, the newest ones."""
    documents: int


def gather(catalog: Catalog) -> Timeline:
    """The dated articles and statements of an index, by time."""
    rows = catalog.documents()
    articles = [Dated(row.published, row.path, row.title) for row in rows if row.published]
    statements: list[Dated] = []
    looked_into = 0
    for row in sorted(rows, key=lambda row: row.published or "", reverse=True):
        if len(statements) >= _MOST or looked_into >= _LOOKED_INTO:
            break
        statements += _statements(catalog, row)
        looked_into += 1
    by_time = sorted(articles, key=lambda one: one.days)[-_MOST:], sorted(statements[:_MOST], key=lambda one: (one.days, one.document))
    return Timeline(tuple(by_time[0]), tuple(by_time[1]), len(rows) - len(articles), looked_into, len(rows))


def _statements(catalog: Catalog, row: DocumentRow) -> Iterator[Dated]:
    chunks = catalog.chunks(catalog.chunk_ids(list(catalog.chunk_keys(row.path))).values())
    said = {
        (sentence.start, sentence.end): (sentence.kind, chunk.chunk.said(sentence.start, sentence.end))
        for chunk in chunks.values()
        for sentence in chunk.chunk.sentences
    }
    for span, (kind, sentence) in sorted(said.items()):
        if not _YEAR.search(sentence):
            continue
        words = shown(" · ".join(table_cells(sentence)) if kind == "row" else sentence)
        found = {
            "-".join([f"{one.year:04}", *(f"{part:02}" for part in (one.month, one.day) if part)])
            for one in find_facts(sentence).moments
            # A decade is no date, and a day without its year is none either.
            if one.year and one.month != -1
        }
        # "2025" beside "6 January 2025" says nothing more.
        for iso in sorted(iso for iso in found if not any(other.startswith(f"{iso}-") for other in found)):
            yield Dated(iso, row.path, row.title, words, span)


def timeline(made: Timeline, width: int) -> str:
    """The picture, `width` pixels wide."""
    if not made.articles and not made.statements:
        return blank(_NAME, _TITLE, "No article has a date, and none names one.")
    scale = _Scale.of(made, width)
    shown = [one for one in made.statements if scale.holds(one)]
    left_out = len(made.statements) - len(shown)
    lanes = [("Articles, by date", "article", made.articles), ("What they say, by the dates named", "statement", shown)]
    inside, y = "", 0.0
    for label, kind, dated in lanes:
        if dated:
            drawn, height = _lane(dated, kind, scale)
            inside += text(_MARGIN, y + 16, label, "lane") + f'<g transform="translate(0 {y + 34:.1f})">{drawn}</g>'
            y += height + 42
    axis, grid = _axis(scale, y)
    told = [f"{counted(len(made.articles), 'article')} and {counted(len(made.statements), 'dated statement')}."]
    if made.undated:
        told.append(f"{counted(made.undated, 'article')} {'has' if made.undated == 1 else 'have'} no date.")
    if made.looked_into < made.documents:
        told.append(f"Statements are those of the newest {counted(made.looked_into, 'article')}.")
    if left_out:
        told.append(f"{counted(left_out, 'statement')} far off in time {'is' if left_out == 1 else 'are'} in the list only.")
    if shown:
        told.append("A ring names only a month or a year, and stands somewhere within it.")
    first, last = (date_words(one.iso) for one in (min(made.articles or shown, key=_begin), max(made.articles or shown, key=_begin)))
    label = f"Timeline, {first} to {last}. The same is in the list below."
    drawing = svg(width, y + 26, label, grid + inside + axis)
    return framed(_NAME, _TITLE, " ".join(told), drawing, below=_list(made), hint="Point at a mark to see what it is; click to read it.")


@dataclass(frozen=True)
class _Scale:
    first: int
    last: int
    width: float

    @classmethod
    def of(cls, made: Timeline, width: int) -> _Scale:
        begins = sorted(_begin(one) for one in made.statements)
        cut = int(len(begins) * _TAIL)
        days = [day for one in made.articles for day in one.days] + begins[cut : len(begins) - cut or None]
        spare = max((max(days) - min(days)) // 40, 10)
        return cls(min(days) - spare, max(days) + spare, width)

    def x(self, day: float) -> float:
        return _MARGIN + (day - self.first) / (self.last - self.first) * (self.width - 2 * _MARGIN)

    def holds(self, one: Dated) -> bool:
        first, last = one.days
        return first < self.last and last > self.first


def _begin(one: Dated) -> int:
    return one.days[0]


def _lane(dated: Sequence[Dated], kind: str, scale: _Scale) -> tuple[str, float]:
    """The marks of one lane in stacks, and its height. What is exact is placed first; what is not, where there is most room."""
    for size in (13, 11, 9, 7, 5):
        stacks: dict[int, int] = {}
        places = []
        for one in sorted(dated, key=lambda one: one.days[1] - one.days[0]):
            columns = [int(min(max(scale.x(day), _MARGIN), scale.width - _MARGIN) / size) for day in (one.days[0], one.days[1] - 1)]
            middle = sum(columns) / 2
            column = min(range(columns[0], columns[1] + 1), key=lambda at: (stacks.get(at, 0), abs(at - middle), at))
            places.append((one, column, stacks.get(column, 0)))
            stacks[column] = stacks.get(column, 0) + 1
        if max(stacks.values()) * size <= _HIGHEST:
            break
    room = max(_HIGHEST // size, 1)
    height = min(max(stacks.values()), room) * size
    drawn = ""
    for one, column, row in places:
        if row < room:
            x, y = (column + 0.5) * size, height - (row + 0.5) * size
            shape = "ring" if len(one.iso) < 10 else "dot"
            radius = size * (0.4 if shape == "dot" else 0.32)
            drawn += link(one.document, one.span, one.named, f'<circle class="{kind} {shape}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
    more = [text((column + 0.5) * size, -2, f"+{count - room}", "tick", "middle") for column, count in stacks.items() if count > room]
    return drawn + "".join(more), height


def _axis(scale: _Scale, y: float) -> tuple[str, str]:
    """The line of time below, and the fine lines behind."""
    begin, end = date.fromordinal(max(scale.first, 1)), date.fromordinal(scale.last)
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    room = max((scale.width - 2 * _MARGIN) / 70, 2)
    step, unit = next((step for step in _STEPS if months / step[0] <= room), _STEPS[-1])
    axis, grid = line(_MARGIN, y, scale.width - _MARGIN, y, "axis"), ""
    first = (begin.year * 12 + begin.month - 1) // step * step
    for month in range(first, end.year * 12 + end.month, step):
        day = date(month // 12, month % 12 + 1, 1).toordinal()
        x = scale.x(day)
        if _MARGIN <= x <= scale.width - _MARGIN:
            words = str(month // 12) if unit == "year" else f"{calendar.month_abbr[month % 12 + 1]} {month // 12}"
            grid += line(x, 0, x, y, "grid")
            at = "start" if x < 40 else "end" if x > scale.width - 40 else "middle"
            axis += line(x, y, x, y + 5, "axis") + text(x, y + 19, words, "tick", at)
    return axis, grid


def _list(made: Timeline) -> str:
    dated = sorted([*made.articles, *made.statements], key=lambda one: one.days)
    items = "".join(
        f"<li><b>{safe(date_words(one.iso))}</b> {anchor(one.document, one.span, shortened(one.words, 200) or one.title)}"
        f" <span>{safe(one.title) if one.words else 'article'}</span></li>"
        for one in dated[-_LISTED:]
    )
    cut = f"<p>The latest {_LISTED} of {len(dated)}.</p>" if len(dated) > _LISTED else ""
    return f"<details><summary>As a list</summary>{cut}<ol>{items}</ol></details>"
