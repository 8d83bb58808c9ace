"""From the lines of pages to blocks in reading order: tables, paragraphs, items, headings, page furniture.

A page knows only where letters stand. Headings are told by their size or weight beside the body's, running heads and page
numbers by recurring at the edge of pages, tables by gaps that stand above each other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from askdivide.ingestion.readers.grid import grids, is_leader
from askdivide.ingestion.readers.joining import is_cjk
from askdivide.ingestion.readers.lines import Line, Piece, columns
from askdivide.ingestion.readers.lines import lines as lines_of
from askdivide.records import BlockKind


@dataclass(frozen=True)
class Part:
    """A block as laid out: its lines' text, or its rows."""

    kind: BlockKind
    lines: tuple[str, ...]
    page: int
    size: float = 0.0
    rows: tuple[tuple[str, ...], ...] = ()
    named: bool = True
    """Whether the first of its rows holds the columns' names."""
    column_end: bool = False
    """Whether it is the last of its column, so that its paragraph may go on in the next."""


_LARGER = 1.12
_EDGE = 0.12
"""Share of a page's height at its top and bottom where running heads stand."""
_LEADING_BULLET = re.compile(r"(?:[•‣▪◦●○■□∙]|\uf0b7|[–*-](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-z]\)(?=\s))\s*")
_CONTENTS = 3
"""Lines with dots that lead to a page's number make a table of contents."""
_ENTRY = re.compile(r".{1,150}\s(?:\d{1,4}|[ivxlc]{1,6})")
"""One of its lines without dots."""
_NUMBER = re.compile(r"[+−–-]?\d[\d.,]*[%KMBk]?")
_OF_CHART = 0.25
"""Share of numbers among the words of a paragraph that begins with one and does not end like a sentence."""
_PAGE_NUMBER = re.compile(
    r"(?:[-–—|]\s*)?(?:page\s+|p\.\s*|第\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|页|頁)\s*\d{0,4})?(?:\s*[-–—|])?", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?…:。！？：][\"'”’»)\]」』]*$")


def parts(pages: Sequence[tuple[int, float, Sequence[Piece]]]) -> list[Part]:
    """The blocks of a document of `pages` (number, height in points, pieces), in reading order."""
    furniture = _furniture(pages)
    noises = {number: [row for row in lines_of(pieces) if _is_furniture(row, height, furniture)] for number, height, pieces in pages}
    gone = {id(piece) for noise in noises.values() for row in noise for piece in row.made_of}
    kept = {number: [piece for piece in pieces if id(piece) not in gone] for number, _, pieces in pages}
    body = _body_size(kept.values())
    shares = Counter(piece.bold for pieces in kept.values() for piece in pieces for _ in piece.text)
    bold_tells = shares[True] < 0.3 * (shares.total() or 1)
    found: list[Part] = []
    for number, height, _ in pages:
        noise = noises[number]
        upper = [row for row in noise if row.top < height / 2]
        found += [Part("noise", (row.text,), number) for row in upper]
        for column in columns(kept[number], body):
            laid = list(_column_parts(lines_of(column), number, body, bold_tells))
            found += [*laid[:-1], replace(laid[-1], column_end=True)] if laid else []
        found += [Part("noise", (row.text,), number) for row in noise if row not in upper]
    return _continued(found)


def _body_size(pages: Iterable[Sequence[Piece]]) -> float:
    sizes: Counter[float] = Counter()
    for piece in (piece for pieces in pages for piece in pieces):
        sizes[round(piece.size * 2) / 2] += len(piece.text)
    return max(sizes, key=lambda size: sizes[size], default=10.0)


# Running heads and page numbers


def _edge_key(row: Line) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", row.text.casefold())


def _furniture(pages: Sequence[tuple[int, float, Sequence[Piece]]]) -> set[tuple[str, int]]:
    """Texts, digits aside, that stand at about the same height at the edge of several pages."""
    seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for number, height, pieces in pages:
        edge = [piece for piece in pieces if piece.bottom < height * _EDGE or piece.top > height * (1 - _EDGE)]
        for row in lines_of(edge):
            key = _edge_key(row)
            if sum(char.isalpha() for char in key) >= 3:
                for place in (round(row.top / 6), round(row.top / 6) + 1):
                    seen[key, place].add(number)
    return {key for key, numbers in seen.items() if len(numbers) >= (2 if len(pages) <= 4 else 3)}


def _is_furniture(row: Line, height: float, furniture: set[tuple[str, int]]) -> bool:
    if not (row.bottom < height * _EDGE or row.top > height * (1 - _EDGE)):
        return False
    place = round(row.top / 6)
    return bool(_PAGE_NUMBER.fullmatch(row.text.strip())) or any((_edge_key(row), at) in furniture for at in (place, place + 1))


# Blocks


def _column_parts(lines: list[Line], page: int, body: float, bold_tells: bool) -> Iterator[Part]:
    contents = sum(is_leader(line.text) for line in lines) >= _CONTENTS
    for listed, run in groupby(lines, key=lambda line: is_leader(line.text) or (contents and bool(_ENTRY.fullmatch(line.text)))):
        if listed:
            yield from (Part("noise", (line.text,), page) for line in run)
        else:
            yield from _run_parts(list(run), page, body, bold_tells)


def _run_parts(lines: list[Line], page: int, body: float, bold_tells: bool) -> Iterator[Part]:
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    steps = [after.top - line.top for line, after in pairwise(lines) if 0 < after.top - line.top < 3 * line.size]
    leading = median(steps) if steps else body * 1.2
    tables = {grid.start: grid for grid in grids(lines, right - left)}
    position = 0
    while position < len(lines):
        if table := tables.get(position):
            yield Part("table", (), page, rows=table.rows, named=table.named)
            position = table.end
            continue
        start = position
        kind = _kind(lines[start], body, bold_tells)
        position += 1
        while position < len(lines) and position not in tables:
            before, line = lines[position - 1], lines[position]
            if _kind(line, body, bold_tells) != kind and not (kind == "item" and _kind(line, body, bold_tells) == "text"):
                break
            if kind == "item" and _LEADING_BULLET.match(line.text):
                break
            if _begins_block(before, line, lines[start], leading, left, right, kind):
                break
            position += 1
        texts = [line.text for line in lines[start:position]]
        if kind == "item":
            texts[0] = _LEADING_BULLET.sub("", texts[0], count=1)
        if kind == "text" and _is_of_chart(" ".join(texts)):
            kind = "noise"
        yield Part(kind, tuple(texts), page, size=lines[start].size)


def _is_of_chart(text: str) -> bool:
    """Whether a paragraph is the numbers of an axis, with what labels stand among them."""
    words = text.split()
    numbers = [bool(_NUMBER.fullmatch(word)) for word in words]
    return numbers[0] and sum(numbers) >= _OF_CHART * len(words) and not _ENDS.search(text)


def _kind(line: Line, body: float, bold_tells: bool) -> BlockKind:
    if not any(char.isalpha() for char in line.text):
        # The numbers of an axis or a page.
        return "noise"
    if _LEADING_BULLET.match(line.text) and line.size < body * _LARGER and not (bold_tells and line.bold):
        return "item"
    if len(line.text) > 200:
        return "text"
    if line.size >= body * _LARGER:
        return "heading"
    begins, ends = not line.text[:1].islower(), not line.text.rstrip().endswith((".", ",", ";", "。", "，"))
    if bold_tells and line.bold and len(line.text) < 100 and begins and ends:
        return "heading"
    return "text"


def _begins_block(before: Line, line: Line, first: Line, leading: float, left: float, right: float, kind: BlockKind) -> bool:
    gap = line.top - before.top
    if gap > 1.45 * max(leading, before.size * 1.05) or abs(line.size - before.size) > 0.12 * before.size:
        return True
    if kind == "heading":
        return False
    size = line.size
    if kind == "text":
        indented = line.left - before.left > 0.7 * size and abs(before.left - left) < 0.7 * size
        # The second line of a paragraph with a hanging or first-line indent is no new one.
        if indented and (before is not first or before.right < right - 3 * size):
            return True
    ended_short = before.right < right - 4 * size and bool(_ENDS.search(before.text))
    return ended_short or (gap > 1.2 * leading and bool(_ENDS.search(before.text)))


# Across columns and pages


def _continued(found: list[Part]) -> list[Part]:
    """Paragraphs that a column or page break parts, in one piece: the first ends without a full stop, the second goes on."""
    result: list[Part] = []
    for part in found:
        at = next((index for index in range(len(result) - 1, -1, -1) if result[index].kind != "noise"), None)
        last = result[at] if at is not None else None
        if (
            last
            and at is not None
            and last.column_end
            and last.kind in ("text", "item")
            and part.kind == "text"
            and abs(last.size - part.size) < 0.6
            and part.page - last.page <= 1
            and not _ENDS.search(last.lines[-1])
            and (part.lines[0][:1].islower() or last.lines[-1].endswith(("-", "\xad", ",", "，", "、")) or is_cjk(last.lines[-1][-1:]))
        ):
            result[at] = replace(last, lines=last.lines + part.lines, column_end=part.column_end)
        else:
            result.append(part)
    return result
