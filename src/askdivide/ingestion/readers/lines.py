"""Pieces of text with places on a page as lines, column by column.

Columns of running text are told from those of a table by how full their lines are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median


@dataclass(frozen=True)
class Piece:
    """Text that stands together on one line. Places are in points from the page's left and top."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    gaps: tuple[tuple[int, float, float], ...] = ()
    """The spaces in its text: where each stands there, and from where to where on the line."""

    def words(self) -> list[Piece]:
        """Its words, one by one."""
        starts = [(0, self.left), *((at + 1, right) for at, _, right in self.gaps)]
        ends = [*((at, left) for at, left, _ in self.gaps), (len(self.text), self.right)]
        return [
            replace(self, text=self.text[first:last], left=left, right=right, gaps=())
            for (first, left), (last, right) in zip(starts, ends, strict=True)
        ]


@dataclass(frozen=True)
class Line:
    """Pieces side by side in one column, or cells of one table row."""

    pieces: tuple[Piece, ...]
    made_of: tuple[Piece, ...]
    """The pieces of the page that these were put together from."""

    @property
    def left(self) -> float:
        """Of its first piece."""
        return self.pieces[0].left

    @property
    def right(self) -> float:
        """Of the piece that reaches farthest."""
        return max(piece.right for piece in self.pieces)

    @property
    def top(self) -> float:
        """Of its highest piece."""
        return min(piece.top for piece in self.pieces)

    @property
    def bottom(self) -> float:
        """Of its lowest piece."""
        return max(piece.bottom for piece in self.pieces)

    @property
    def text(self) -> str:
        """Its pieces with a space between."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def size(self) -> float:
        """Of most of its letters."""
        return max(self.pieces, key=lambda piece: len(piece.text)).size

    @property
    def bold(self) -> bool:
        """Whether all of it is."""
        return all(piece.bold for piece in self.pieces)


_GAP = 1.0
"""Of the type size; a wider gap in a line parts table cells."""
_BULLET = re.compile(r"(?:[•‣▪◦●○■□–—*·∙-]|\uf0b7|\(?\d{1,3}[.)]|\[\d{1,3}\]|\(?[a-z][.)])$")


def columns(pieces: Sequence[Piece], body: float, depth: int = 0) -> Iterator[list[Piece]]:
    """The pieces in stretches that are read one after the other, each a single column."""
    gutter = _gutter(pieces, body) if depth < 4 else None
    if gutter is None:
        if pieces:
            yield list(pieces)
        return
    band: list[Piece] = []
    spanning: list[Piece] = []

    def flush() -> Iterator[list[Piece]]:
        yield from columns([piece for piece in band if piece.right <= gutter], body, depth + 1)
        yield from columns([piece for piece in band if piece.left >= gutter], body, depth + 1)

    # What spans the gutter parts the page into bands; neighbouring spanning lines stay together.
    for piece in sorted(pieces, key=lambda piece: piece.top):
        if piece.left < gutter < piece.right:
            if band:
                yield from flush()
                band = []
            spanning.append(piece)
        else:
            if spanning:
                yield spanning
                spanning = []
            band.append(piece)
    if spanning:
        yield spanning
    yield from flush()


def _gutter(pieces: Sequence[Piece], body: float) -> float | None:
    """Where two columns of running text meet, or None: few lines cross it, and lines on both sides fill their column."""
    if len(pieces) < 8:
        return None
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    steps = range(int(left + (right - left) * 0.15), int(left + (right - left) * 0.85), 2)
    crossing = {x: sum(piece.left < x < piece.right for piece in pieces) for x in steps}
    if not crossing:
        return None
    fewest = min(crossing.values())
    if fewest > 0.25 * len(pieces):
        return None
    runs: list[list[int]] = [[]]
    for x in steps:
        if crossing[x] <= fewest + 0.02 * len(pieces):
            runs[-1].append(x)
        elif runs[-1]:
            runs.append([])
    for run in sorted(runs, key=len, reverse=True)[:6]:
        if run and (run[-1] - run[0] + 2) >= 0.5 * body:
            middle = (run[0] + run[-1]) / 2
            sides = [one for one in pieces if one.right <= middle], [one for one in pieces if one.left >= middle]
            if all(map(_is_column, sides)):
                return middle
    return None


def _is_column(pieces: Sequence[Piece]) -> bool:
    rows = lines(pieces)
    if len(rows) < 4:
        return False
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    words = sum(len(row.text) for row in rows) / len(rows)
    # Lines of several pieces are rows of a table.
    if words < 12 or median(len(row.pieces) for row in rows) >= 2:
        return False
    return median((row.right - row.left) / max(right - left, 1) for row in rows) >= 0.6


def lines(pieces: Iterable[Piece]) -> list[Line]:
    """Pieces that stand at one height, from left to right, from the top down."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.top + piece.bottom, piece.left)):
        last = found[-1] if found else None
        if last and _beside(last[-1], piece):
            last.append(piece)
        else:
            found.append([piece])
    ordered = [sorted(line, key=lambda piece: piece.left) for line in found]
    return [Line(tuple(_cells(line)), tuple(line)) for line in ordered]


def _beside(one: Piece, other: Piece) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    return overlap > 0.6 * min(one.bottom - one.top, other.bottom - other.top)


def _cells(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of a line, joined where no more than a word's space parts them, and a bullet with what it stands before."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and (piece.left - last.right < _GAP * max(last.size, piece.size) or _BULLET.match(last.text)):
            space = "" if piece.left - last.right < 0.12 * piece.size and not _BULLET.match(last.text) else " "
            longer = max(last, piece, key=lambda one: len(one.text))
            behind = len(last.text) + len(space)
            gaps = (
                *last.gaps,
                *([(len(last.text), last.right, piece.left)] if space else []),
                *((at + behind, left, right) for at, left, right in piece.gaps),
            )
            joined[-1] = Piece(
                last.text + space + piece.text, last.left, max(last.right, piece.right), min(last.top, piece.top),
                max(last.bottom, piece.bottom), longer.size, last.bold and piece.bold, gaps,
            )  # fmt: skip
        else:
            joined.append(piece)
    return joined
