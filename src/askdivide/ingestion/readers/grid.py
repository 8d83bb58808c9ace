"""Tables on a page: lines whose words stand in columns, with gaps above each other.

Where columns part is told by the words of the table's fullest lines, since cells often stand no further apart than words, and names
above several columns, or lines over the whole width, reach across.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from askdivide.ingestion.readers.joining import join
from askdivide.ingestion.readers.lines import Line, Piece


@dataclass(frozen=True)
class Grid:
    """A table: lines `start` to `end` of those looked through."""

    start: int
    end: int
    rows: tuple[tuple[str, ...], ...]
    named: bool
    """Whether the first row holds the columns' names."""


Columns = Sequence[tuple[float, float]]

_GAP = 0.45
"""Of the type size: a narrower gap is one between words (a quarter to a third of it), also where it is found in every line."""
_CROSSING = 0.08
"""Share of the full lines that may have a word where columns part: a long label, a name over two columns."""
_FILLED = 0.3
"""Share of the full lines that have something in a column."""
_APART = 2.2
"""Of the usual step from line to line: no further down does a table go on."""
_ABOVE, _NAMES_MOST = 3, 4
"""Lines above the first one with several cells that may hold names, too; and lines that names have at most."""
_BETWEEN = 2
"""Lines of a single cell within a table, one below the other: a label of what follows, the rest of a long cell."""
_ALIGNED = 0.4
"""Of the type size."""
_MIDDLE = 0.03
"""Of a table's width: how far a label in its middle may be off, the sum of both sides."""
_NEARLY_ALL = 0.7
"""Share of the columns that are named, and that a line below fills, which is then one of words and not of more names."""
_JUSTIFIED = 4
"""Lines of justified text, one below the other, whose words may happen to stand in columns."""
_CAPTION = re.compile(r"(?:table|tab\.|figure|fig\.|exhibit|chart|box)\s*[A-Z]?\d|[表图圖]\s*\d", re.IGNORECASE)
_VALUE = re.compile(
    r"(?:[-–—−✓✔✗✘×/]|n/?a|yes|no|[~≈<>≤≥±+−–-]?\s?[$€£¥]?\s?\d[\d.,:'’]*\s?(?:%|‰|[a-zµ°]{0,3})(?:\s?[/±(×x+–-].*)?)$", re.IGNORECASE
)
_EQUATION = re.compile(r"\(\d{1,3}[a-z]?\)$")
_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:[-/–]\d{2,4})?[ae*]?$")
_LEADER = re.compile(r"(?:\.[ \t]?){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})?$")
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[A-Z](?:\.\d{1,2})*)\.?$")


def grids(lines: Sequence[Line], width: float) -> Iterator[Grid]:
    """The tables among the `lines` of a column of `width`, in order."""
    steps = [after.top - line.top for line, after in pairwise(lines) if 0 < after.top - line.top < 3 * line.size]
    step = median(steps) if steps else 12.0
    at = floor = 0
    while at < len(lines):
        end = _region(lines, at, width, step)
        found = _grid(lines, floor, at, end, width, step) if end > at + 1 else None
        if found:
            yield found
            at = floor = found.end
        else:
            at = max(end, at + 1) if end > at + 1 else at + 1


def _region(lines: Sequence[Line], start: int, width: float, step: float) -> int:
    """Where the lines of several cells end that begin at `start`; `start` itself where none do."""
    end = at = start
    while at < len(lines) and at - end <= _BETWEEN:
        line = lines[at]
        if at > start and line.top - lines[at - 1].top > _APART * max(step, line.size):
            break
        if _CAPTION.match(line.text) or _is_numbered(line) or is_leader(line.text):
            break
        if len(line.pieces) >= 2:
            end = at + 1
        elif at == start or (line.right - line.left >= 0.5 * width and not _below_cell(line, lines[end - 1])):
            break
        at += 1
    return end


def _below_cell(line: Line, above: Line) -> bool:
    """Whether a line begins where a cell above it does that is not the first: as the rest of a long cell does."""
    return any(abs(piece.left - line.left) <= _ALIGNED * line.size for piece in above.pieces[1:])


def is_leader(text: str) -> bool:
    """Whether a line is one of a table of contents, with dots that lead to a page's number."""
    return bool(_LEADER.search(text))


def _is_numbered(line: Line) -> bool:
    """Whether a line is a heading with its number before it: "3  Training"."""
    return len(line.pieces) == 2 and line.bold and bool(_NUMBERED.match(line.pieces[0].text)) and line.pieces[1].text[:1].isupper()


def _grid(lines: Sequence[Line], floor: int, start: int, end: int, width: float, step: float) -> Grid | None:
    several = [line for line in lines[start:end] if len(line.pieces) >= 2]
    beside_text = any(_is_running(lines, at, width) for at in (start - 1, end))
    if len(several) < 2 or (len(several) == 2 and beside_text):
        # Two lines of justified text may have words that stand far apart.
        return None
    usual = median(len(line.pieces) for line in several)
    full = [line for line in several if len(line.pieces) >= usual]
    columns = _columns(full)
    # Where words of running text happen to stand apart, the gaps of its lines do not stand above each other.
    if len(columns) < 2 or len(columns) < median(len(line.pieces) for line in full):
        return None
    for _ in range(_ABOVE):
        if start > floor and _names_columns(lines[start - 1], lines[start], columns, width, step):
            start -= 1
    rows = [_row(line, columns) if not _is_label(line, columns) else [line.text, *[""] * (len(columns) - 1)] for line in lines[start:end]]
    if sum(sum(map(bool, cells)) >= 0.6 * len(columns) for cells in rows) < max(2, 0.25 * len(several)):
        # Labels of a chart or a drawing.
        return None
    if beside_text and len(several) <= _JUSTIFIED and not any(map(_has_values, rows)):
        return None
    names = _names(rows, bold=lines[start].bold and not lines[start + 1].bold)
    body = tuple(_joined(rows[names:]))
    if not body or _is_drawing(body) or all(_EQUATION.match(cells[-1]) for cells in body if cells[-1]):
        return None
    lowest = {column for column, cell in enumerate(rows[names - 1]) if cell} if names > 1 else set()
    head = [_name_row(line, columns, lowest if at + 1 < names else set()) for at, line in enumerate(lines[start : start + names])]
    first = tuple(join([cell for cell in column if cell]) for column in zip(*head, strict=True)) if head else ()
    return Grid(start, end, (first, *body) if head else body, bool(head))


def _is_running(lines: Sequence[Line], at: int, width: float) -> bool:
    return 0 <= at < len(lines) and len(lines[at].pieces) == 1 and lines[at].right - lines[at].left > 0.8 * width


def _columns(full: Sequence[Line]) -> list[tuple[float, float]]:
    """Where the columns stand: stretches with words, between gaps that all but a few lines leave free."""
    words = [word for line in full for piece in line.pieces for word in piece.words()]
    size = median(word.size for word in words)
    edges = sorted({edge for word in words for edge in (word.left, word.right)})
    changes = sorted([(word.left, 1) for word in words] + [(word.right, -1) for word in words])
    free = _CROSSING * len(full)
    columns: list[tuple[float, float]] = []
    covered = place = 0
    begun: float | None = None
    ended = edges[0]
    for left, right in pairwise(edges):
        while place < len(changes) and changes[place][0] <= left:
            covered += changes[place][1]
            place += 1
        if covered > free:
            if begun is None:
                begun = left
            elif left - ended >= _GAP * size:
                columns.append((begun, ended))
                begun = left
            ended = right
    if begun is not None:
        columns.append((begun, ended))
    return _filled(columns, full)


def _filled(columns: list[tuple[float, float]], full: Sequence[Line]) -> list[tuple[float, float]]:
    """`columns` without those in which few lines have anything: words of long cells, which belong to the column beside."""
    counts = [0] * len(columns)
    for line in full:
        for at in {_at(word, columns) for piece in line.pieces for word in piece.words()}:
            counts[at] += 1
    while len(columns) > 2 and min(counts) < _FILLED * len(full):
        at = counts.index(min(counts))
        left = columns[at][0] - columns[at - 1][1] if at else float("inf")
        right = columns[at + 1][0] - columns[at][1] if at + 1 < len(columns) else float("inf")
        first = at - 1 if left <= right else at
        columns[first : first + 2] = [(columns[first][0], columns[first + 1][1])]
        counts[first : first + 2] = [max(counts[first : first + 2])]
    return columns


def _at(piece: Piece, columns: Columns) -> int:
    """The column that a piece stands in, or nearest to."""
    overlaps = [min(piece.right, right) - max(piece.left, left) for left, right in columns]
    return overlaps.index(max(overlaps))


def _row(line: Line, columns: Columns) -> list[str]:
    """The cells of a line. What reaches over several columns stands in the first of them."""
    cells = [""] * len(columns)
    for phrase in _phrases(line, columns):
        at = _at(phrase[0], columns)
        cells[at] = f"{cells[at]} {_text(phrase)}".strip()
    return cells


def _name_row(line: Line, columns: Columns, below: Set[int]) -> list[str]:
    """The cells of a line of names, in each column that they stand above; also in the middle of some that have a name `below`."""
    spans = []
    for phrase in _phrases(line, columns):
        within = [at for at, (left, right) in enumerate(columns) if phrase[0].left < right and left < phrase[-1].right]
        near = _at(phrase[0], columns)
        spans.append((phrase, within[0] if within else near, within[-1] if within else near))
    cells = [""] * len(columns)
    for phrase, first, last in _over_groups(spans, columns, below) if below else spans:
        for at in range(first, last + 1):
            cells[at] = f"{cells[at]} {_text(phrase)}".strip()
    return cells


_Span = tuple[list[Piece], int, int]
"""A name, and the first and last column that it stands above."""


def _over_groups(spans: Sequence[_Span], columns: Columns, below: Set[int]) -> list[_Span]:
    """`spans` with each name above all columns of its group, in whose middle it stands and which have names of their own `below`.

    A name may be narrower than its group. But a name of two lines stands above others, too: so it has to reach over two columns
    itself, or all names of the line have to have groups.
    """
    wide: list[_Span] = []
    for number, (phrase, first, last) in enumerate(spans):
        least = spans[number - 1][2] + 1 if number else 1
        most = spans[number + 1][1] if number + 1 < len(spans) else len(columns)
        while least < first and not set(range(least, first)) <= below:
            least += 1
        while most > last + 1 and not set(range(last + 1, most)) <= below:
            most -= 1
        wide.append((phrase, *(_around(phrase, first, last, range(least, most), columns) if first else (first, last))))
    grouped = len(spans) > 1 and all(last > first for _, first, last in wide)
    return [there if grouped or one[2] > one[1] else one for one, there in zip(spans, wide, strict=True)]


def _around(phrase: Sequence[Piece], first: int, last: int, free: range, columns: Columns) -> tuple[int, int]:
    """The widest run of columns that are `free`, with `first` to `last` among them, in whose middle `phrase` stands."""
    runs = [
        (left, right)
        for left in range(free.start, first + 1)
        for right in range(last, free.stop)
        if abs(columns[left][0] + columns[right][1] - phrase[0].left - phrase[-1].right) <= 2 * phrase[0].size
    ]
    return max(runs, key=lambda run: run[1] - run[0], default=(first, last))


def _text(phrase: Sequence[Piece]) -> str:
    return " ".join(word.text for word in phrase)


def _phrases(line: Line, columns: Columns) -> Iterator[list[Piece]]:
    """The words of a line, together where no more than a word's space parts them or they stand in one column."""
    phrase: list[Piece] = []
    for word in (word for piece in line.pieces for word in piece.words()):
        if phrase and word.left - phrase[-1].right >= _GAP * word.size and _at(phrase[-1], columns) != _at(word, columns):
            yield from _by_column(phrase, columns)
            phrase = []
        phrase.append(word)
    yield from _by_column(phrase, columns)


def _by_column(phrase: list[Piece], columns: Columns) -> list[list[Piece]]:
    """A phrase in parts where each part stands as the cells of its column do; a name above several columns stands between them."""
    parts = [list(words) for _, words in groupby(phrase, key=lambda word: _at(word, columns))]
    return parts if all(_stands(part, columns[_at(part[0], columns)]) for part in parts) else [phrase]


def _stands(part: Sequence[Piece], column: tuple[float, float]) -> bool:
    """Whether words are aligned with a column: at its left, its right or its middle."""
    left, right, near = part[0].left - column[0], part[-1].right - column[1], _ALIGNED * part[0].size
    return abs(left) <= near or abs(right) <= near or abs(left + right) <= 2 * near


def _is_label(line: Line, columns: Columns) -> bool:
    """Whether a line is a label of the rows below: a single one at the left or in the middle of the whole table."""
    if len(line.pieces) > 1:
        return False
    left, right = columns[0][0], columns[-1][1]
    reached = sum(line.left < end and begin < line.right for begin, end in columns)
    # The rest of a name on two lines stands above one column.
    middle = abs(line.left + line.right - left - right) <= (_MIDDLE if reached < 2 else 4 * _MIDDLE) * (right - left)
    return middle or abs(line.left - left) <= line.size


def _names_columns(line: Line, below: Line, columns: Columns, width: float, step: float) -> bool:
    """Whether the line above a table's first one belongs to it: its words stand above columns."""
    if below.top - line.top > 1.8 * max(step, line.size) or _CAPTION.match(line.text) or _is_numbered(line) or is_leader(line.text):
        return False
    if line.left < columns[0][0] - line.size or line.right > columns[-1][1] + max(2 * line.size, 0.15 * width):
        return False
    if line.right <= columns[0][1] + line.size:
        # The name of the first column, beside two lines of the others' names.
        return below.top - line.top < 0.8 * step
    several = len(list(_phrases(line, columns))) >= 2
    return several or (line.left > columns[0][1] and line.right - line.left < 0.8 * width)


def _names(rows: Sequence[Sequence[str]], *, bold: bool) -> int:
    """How many lines hold names of columns: those before the first one of values; none where that is the first of all.

    `bold`: whether the first line is, and the second is not.
    """
    labelled = sum(bool(cells[0]) for cells in rows) >= 0.7 * len(rows)
    values = (at for at, cells in enumerate(rows[: _NAMES_MOST + 1]) if _has_values(cells) and (cells[0] or not labelled or at == 0))
    first = next(values, None)
    if first is None:
        # Words only. Of two columns without names, such as a list of people's, the first line is like the others.
        return int(bold or len(rows[0]) > 2 or _is_short_above_long(rows))
    if first == 0:
        return int(bold or all(_YEAR.match(cell) for cell in rows[0][1:] if cell) or _differs(rows[0], rows[1:]))
    for at in range(1, first):
        above = [any(row[column] for row in rows[:at]) for column in range(1, len(rows[0]))]
        if rows[at][0] and sum(map(bool, rows[at][1:])) >= _NEARLY_ALL * len(above) and sum(above) >= _NEARLY_ALL * len(above):
            # A row of words below names that are all there: "Architecture | dense | dense".
            return at
        if rows[at][0] and not any(rows[at][1:]) and at + 1 == first:
            # A label of the rows that follow.
            return at
    return first


def _has_values(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells[1:] if cell]
    return bool(filled) and 2 * sum(bool(_VALUE.match(cell)) for cell in filled) >= len(filled)


def _is_short_above_long(rows: Sequence[Sequence[str]]) -> bool:
    second = [len(cells[1]) for cells in rows]
    return second[0] <= 30 and median(second[1:]) > 2 * max(second[0], 10)


def _is_drawing(body: Sequence[Sequence[str]]) -> bool:
    """Whether rows begin with numbers and go on with words, as the axis and the labels of a chart do."""
    first = [cells[0] for cells in body if cells[0]]
    others = [cell for cells in body for cell in cells[1:] if cell]
    numbers = sum(not any(map(str.isalpha, cell)) for cell in first)
    return 2 * numbers > len(first) and 2 * sum(bool(_VALUE.match(cell)) for cell in others) < len(others)


def _differs(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row's values are of other forms than all below: sizes such as "7B" above shares such as "86.2"."""
    forms = {_form(cell) for row in rows for cell in row[1:]}
    own = [_form(cell) for cell in first[1:] if cell]
    return len(rows) > 1 and not any(form in forms for form in own)


def _form(cell: str) -> str:
    return re.sub(r"\d+", "0", cell)


def _joined(rows: Sequence[list[str]]) -> Iterator[tuple[str, ...]]:
    current: list[str] | None = None
    for cells in rows:
        if current and _goes_on(current, cells):
            current[:] = [join([above, cell]) if above and cell else above or cell for above, cell in zip(current, cells, strict=True)]
            continue
        if current:
            yield tuple(current)
        # A line of one cell is a label of the rows that follow, wherever above them it stands.
        current = ["".join(cells), *[""] * (len(cells) - 1)] if sum(map(bool, cells)) == 1 else list(cells)
    if current:
        yield tuple(current)


def _goes_on(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a line without a first cell is the rest of cells above it, which are words."""
    if cells[0] or sum(map(bool, cells)) > len(cells) / 2:
        return False
    return all(one and not _VALUE.match(one) for one, cell in zip(above, cells, strict=True) if cell)
