"""Tables written in HTML tags, as Markdown articles have them: their rows, and their words with a bar before each cell.

As in `plain`, every place is the same in the words and in the text, so that a row is an exact span of the article.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from askdivide.records import MARK
from askdivide.text.plain import shown, unmarked

_COMMENT = re.compile(r"<!--.{0,5000}?-->", re.DOTALL)
_TAG = re.compile(r"<(/?)(table|tr|t[dh])\b([^<>]{0,1000})>", re.IGNORECASE)
_SPAN = re.compile(r"\b(row|col)span\s{0,3}=\s{0,3}[\"'{]?(\d{1,3})", re.IGNORECASE)
_COLUMNS_MOST = 300
"""Of a table; cells further to the right reach over one column and one row, whatever they say: more would only fill memory."""
_LONGEST = 300_000
"""Characters of a table; what is longer is text."""
_CELL_MOST = 200
"""Characters of a cell of figures or names, in the mean; longer ones are columns of a page laid out as a table."""


@dataclass
class Cell:
    """A cell, from its tag at `start`; its content goes from `content` to `end`."""

    start: int
    content: int
    end: int = -1
    stop: int = -1
    rows: int = 1
    columns: int = 1
    is_header: bool = False


@dataclass
class Row:
    """A row, from its tag at `start` to `stop`, and its cells."""

    start: int
    end: int = -1
    stop: int = -1
    columns: int = 0
    cells: list[Cell] = field(default_factory=list)


def is_tagged(table: str) -> bool:
    """Whether a table is written in tags, and not in bars, tabs or spaces."""
    return bool(_TAG.match(table))


def words_of(text: str) -> str:
    """As `plain.unmarked`, with rows of tables as `table_words` has them, whole tables or not."""
    tags = [tag for tag in _TAG.finditer(text) if tag[2].lower() != "table"]
    if not tags:
        return unmarked(text)
    start, end = tags[0].start(), tags[-1].end()
    return unmarked(text[:start]) + table_words(text[start:end]) + unmarked(text[end:])


def table_end(text: str, start: int) -> int | None:
    """Where the table ends that begins at `start` with its tag; None where it does not end, is too long, or holds another one."""
    depth = 0
    for tag in _TAG.finditer(text, start, start + _LONGEST):
        if tag[2].lower() == "table":
            depth += -1 if tag[1] else 1
            if depth == 0:
                return tag.end()
            if depth > 1:
                return None
    return None


def table_rows(text: str) -> list[Row]:
    """The rows of the table `text`; none where its tags only lay out a page."""
    found = _filled(text)
    sizes = [len(row.cells) for row in found]
    if len(found) < 2 or max(sizes) < 2 or sum(cell.end - cell.content for row in found for cell in row.cells) == 0:
        return []
    lengths = [len("".join(unmarked(text[cell.content : cell.end]).replace(MARK, "").split())) for row in found for cell in row.cells]
    return found if 0 < sum(lengths) <= _CELL_MOST * len(lengths) else []


def rows(text: str) -> list[tuple[int, int]]:
    """The spans of the rows of the table `text`, tags included; none where its tags only lay out a page."""
    return [(row.start, row.stop) for row in table_rows(text)]


def names(text: str) -> tuple[int, list[str]]:
    """How many of a table's first rows name its columns, and what they call each, from the top down.

    These are the rows in its head, those of header cells only, and those that a cell of the row above reaches into. A single cell over
    the whole table names the table, not its columns; where two rows begin so, they are what the table says, and nothing is named.
    """
    found = _filled(text)
    if all(len(row.cells) == 1 for row in found[:2]):
        return 0, []
    head = text.lower().find("</thead")
    count = deepest = 0
    for at, row in enumerate(found[:-1]):
        if at and at >= deepest and row.start >= head and not all(cell.is_header for cell in row.cells):
            break
        count = at + 1
        deepest = max([deepest, *(at + cell.rows for cell in row.cells)]) if len(row.cells) > 1 else at + 2
    called: dict[int, list[str]] = {}
    below: dict[int, int] = {}
    for row in found[:count]:
        column = 0
        for cell in row.cells:
            column, _ = _free(below, column)
            reached = range(column, column + cell.columns)
            said = shown(unmarked(text[cell.content : cell.end]))
            for at in reached if said and len(row.cells) > 1 else ():
                called.setdefault(at, []).append(said)
            below.update(dict.fromkeys(reached if cell.rows > 1 else (), cell.rows))
            column += cell.columns
        below = {at: left - 1 for at, left in below.items() if left > 1}
    return count, [" ".join(called.get(at, ())) for at in range(max(called, default=-1) + 1)]


def table_words(text: str) -> str:
    """`text` of a table, or of some of its rows, at the same length: each row on a line of its own, its cells behind bars.

    A cell that reaches over several columns or rows is followed, or replaced in the rows below, by empty ones, so that each figure
    stands in its own column; where the tags are too short for so many bars, by fewer.
    """
    words = [" " if char == "\n" else MARK for char in text]
    below: dict[int, int] = {}
    for row in _rows(text):
        words[row.start] = "\n"
        column = 0
        for cell in row.cells:
            column, empty = _free(below, column)
            _put(words, cell.start, cell.content, "|" * (empty + 1))
            content = unmarked(text[cell.content : cell.end]).replace("\n", " ")
            words[cell.content : cell.end] = content
            _put(words, cell.end, cell.stop, "|" * (cell.columns - 1))
            if cell.rows > 1:
                below.update(dict.fromkeys(range(column, column + cell.columns), cell.rows))
            column += cell.columns
        _put(words, row.end, row.stop, "|" * (_free(below, column)[1] + 1))
        below = {at: left - 1 for at, left in below.items() if left > 1}
    return "".join(words)


def _free(below: dict[int, int], column: int) -> tuple[int, int]:
    """The first column from `column` on that no cell of a row above reaches into, and how many before it are taken."""
    first = column
    while column in below:
        column += 1
    return column, column - first


def _put(words: list[str], start: int, end: int, bars: str) -> None:
    """`bars` in the place of a tag, between spaces where it is long enough."""
    room = end - start
    drawn = f" {bars} " if len(bars) + 2 <= room else bars[:room]
    words[start : start + len(drawn)] = drawn


def _filled(text: str) -> list[Row]:
    return [row for row in _rows(text) if row.cells]


def _rows(text: str) -> Iterator[Row]:
    row: Row | None = None
    for tag in _TAG.finditer(_COMMENT.sub(lambda match: " " * len(match[0]), text)):
        closing, name = bool(tag[1]), tag[2].lower()
        cell = row.cells[-1] if row and row.cells and row.cells[-1].stop < 0 else None
        if cell and (closing or name != "table"):
            cell.end = tag.start()
            cell.stop = tag.end() if closing and name[1:] in ("d", "h") else tag.start()
        if row and name in ("tr", "table"):
            row.end, row.stop = tag.start(), tag.end() if closing and name == "tr" else tag.start()
            yield row
            row = None
        if name == "tr" and not closing:
            row = Row(tag.start())
        elif row and name[1:] in ("d", "h") and not closing:
            spans = {kind.lower(): max(int(number), 1) for kind, number in _SPAN.findall(tag[3])}
            if row.columns + spans.get("col", 1) > _COLUMNS_MOST:
                spans = {}
            row.cells.append(Cell(tag.start(), tag.end(), rows=spans.get("row", 1), columns=spans.get("col", 1), is_header=name == "th"))
            row.columns += row.cells[-1].columns
    if row and row.cells:
        cell = row.cells[-1]
        cell.end, cell.stop = (cell.end, cell.stop) if cell.stop >= 0 else (len(text), len(text))
        row.end = row.stop = len(text)
        yield row
