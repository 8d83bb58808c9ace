"""The corpus as a map: every chunk a point, similar ones near each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors
from askdivide.index.tables import DocumentRow
from askdivide.interfaces.web.cards import counted, safe
from askdivide.interfaces.web.pictures.frame import KINDS, anchor, blank, framed, link, mark, shortened, svg, text
from askdivide.interfaces.web.pictures.layout import plane
from askdivide.records import Answer

MOST = 1500
"""Points; of larger corpora every second, third, ... chunk is drawn."""
COLOURINGS = ("Article", "Tag", "Source")
_MARGIN = 16.0
_NONE = ""
_NAME, _TITLE = "map", "Map of the corpus"
_GROUP: Mapping[str, Callable[[DocumentRow], Sequence[str]]] = {
    "Article": lambda row: (row.title,),
    "Tag": lambda row: row.tags,
    "Source": lambda row: (row.source,) if row.source else (),
}


@dataclass(frozen=True)
class Point:
    """A chunk on the map; `x` and `y` lie between 0 and 1."""

    x: float
    y: float
    document: DocumentRow
    heading: str
    span: tuple[int, int]

    def meets(self, document: str, start: int, end: int) -> bool:
        """Whether it and a span of an article have a character in common."""
        return self.document.path == document and start < self.span[1] and self.span[0] < end


@dataclass(frozen=True)
class Map:
    """All points, and how many chunks there are."""

    points: tuple[Point, ...]
    chunks: int


def gather(catalog: Catalog) -> tuple[list[tuple[DocumentRow, str, tuple[int, int]]], Vectors, int]:
    """What is to be drawn, its vectors, and the number of all chunks."""
    ids = sorted(catalog.chunk_ids(list(catalog.chunk_keys())).values())
    rows = catalog.chunks(ids[:: -(-len(ids) // MOST) or 1])
    found = [rows[number] for number in sorted(rows)]
    vectors = np.stack([row.vector for row in found]) if found else np.zeros((0, 2), np.float32)
    return [(row.document, row.chunk.heading, (row.chunk.start, row.chunk.end)) for row in found], vectors, len(ids)


def laid_out(found: Sequence[tuple[DocumentRow, str, tuple[int, int]]], vectors: Vectors, chunks: int) -> Map:
    """The map of what was gathered; seconds of work where there are thousands."""
    places = plane(vectors) if len(found) > 1 else np.full((len(found), 2), 0.5, np.float32)
    return Map(tuple(Point(float(x), float(y), *one) for one, (x, y) in zip(found, places, strict=True)), chunks)


def corpus_map(made: Map, width: int, colouring: str, answer: Answer | None) -> str:
    """The picture, `width` pixels wide, with what the last answer cites and has read."""
    if not made.points:
        return blank(_NAME, _TITLE, "There are no articles to draw.")
    height = min(max(width * 0.6, 280), 620)
    kinds, counts = _kinds(made, colouring)
    cited = {
        number: point
        for number, point in (
            (one.number, _nearest(made, one.document, one.start, one.end)) for one in (answer.citations if answer else ())
        )
        if point
    }
    read = {point for one in (answer.read if answer else ()) if (point := _nearest(made, one.document, one.start, one.end))}
    at = {point: (_MARGIN + point.x * (width - 2 * _MARGIN), _MARGIN + point.y * (height - 2 * _MARGIN)) for point in made.points}
    radius = 2.6 if len(made.points) > 800 else 3.6
    inside = ""
    for point, (x, y) in at.items():
        kind = next((kinds[name] for name in _GROUP[colouring](point.document) if name in kinds), -1)
        inside += link(point.document.path, point.span, _named(point), mark(x, y, radius, kind))
    for point in read:
        x, y = at[point]
        inside += f'<circle class="read" cx="{x:.1f}" cy="{y:.1f}" r="{radius + 3:.1f}"/>'
    numbers: dict[Point, list[int]] = {}
    for number, point in cited.items():
        numbers.setdefault(point, []).append(number)
    taken: list[tuple[float, float]] = []
    for point, several in numbers.items():
        inside += _flag(*at[point], ", ".join(map(str, several)), radius, width, taken)
    label = f"Map of {len(made.points)} passages, similar ones near each other. The cited ones are in the list below."
    below = _legend(counts, kinds, colouring) + _cited(answer, numbers)
    told = _told(made, answer, bool(cited), bool(read))
    return framed(_NAME, _TITLE, told, svg(width, height, label, inside), below=below, hint="Point at a mark to see which passage it is.")


def _named(point: Point) -> str:
    return f"{point.document.title}{': ' if point.heading else ''}{point.heading}"


def _kinds(made: Map, colouring: str) -> tuple[dict[str, int], Counter[str]]:
    """The mark of each of the largest groups, and the size of all."""
    counts: Counter[str] = Counter()
    for point in made.points:
        counts.update(set(_GROUP[colouring](point.document)) or {_NONE})
    names = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if name != _NONE]
    return {name: number for number, name in enumerate(names[:KINDS])}, counts


def _nearest(made: Map, document: str, start: int, end: int) -> Point | None:
    """The point of a span: its chunk's, or where that is not drawn the nearest of its article."""
    own = [point for point in made.points if point.document.path == document]
    return min(own, key=lambda point: (not point.meets(document, start, end), abs(point.span[0] - start)), default=None)


def _flag(x: float, y: float, words: str, radius: float, width: int, taken: list[tuple[float, float]]) -> str:
    """A ring with the numbers of citations beside it, above those that are there already."""
    ring = f'<circle class="cited" cx="{x:.1f}" cy="{y:.1f}" r="{radius + 3.5:.1f}"/>'
    # On the side where there is room for it.
    left = x > width - 60
    at = x + (-1 if left else 1) * (radius + 6), y + 4.5
    while any(abs(at[0] - other[0]) < 40 and abs(at[1] - other[1]) < 14 for other in taken):
        at = at[0], at[1] - 14
    taken.append(at)
    return ring + text(*at, words, "number", "end" if left else "start")


def _told(made: Map, answer: Answer | None, cited: bool, read: bool) -> str:
    told = "Each mark is a passage of an article; near ones are about similar things, but distances between far groups mean little. "
    if len(made.points) < made.chunks:
        told += f"Of {made.chunks} passages {len(made.points)} are drawn. "
    if cited:
        told += "Numbered are those that the last answer cites, ringed those that were read for it."
    elif read:
        told += "Ringed are the passages that were read for the last question."
    elif answer is None:
        told += "What an answer cites is marked here once a question was asked."
    return told.strip()


def _legend(counts: Counter[str], kinds: Mapping[str, int], colouring: str) -> str:
    items = ""
    for name, kind in kinds.items():
        drawn = f'<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{mark(7, 7, 4.2, kind)}</svg>'
        items += f"<li>{drawn}{safe(shortened(name, 60))} <span>{counts[name]}</span></li>"
    rest = ["others"] if any(name not in kinds and name != _NONE for name in counts) else []
    rest += [f"without a {colouring.casefold()}"] if _NONE in counts and _NONE not in kinds else []
    if rest:
        drawn = f'<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{mark(7, 7, 4.2, -1)}</svg>'
        items += f"<li>{drawn}{', '.join(rest)}</li>"
    return f'<ul class="legend" aria-label="Marks, with the number of passages">{items}</ul>'


def _cited(answer: Answer | None, numbers: Mapping[Point, Sequence[int]]) -> str:
    if answer is None or not numbers:
        return ""
    items = "".join(
        f"<li><b>{safe(', '.join(map(str, several)))}</b> {anchor(point.document.path, point.span, _named(point))}</li>"
        for point, several in sorted(numbers.items(), key=lambda item: min(item[1]))
    )
    return f"<details><summary>{counted(len(numbers), 'cited passage')}</summary><ol>{items}</ol></details>"
