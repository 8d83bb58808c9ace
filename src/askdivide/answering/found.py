"""The sentences of the passages that a search found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from askdivide.answering.lists import Place
from askdivide.records import Chunk, Sentence
from askdivide.retrieval.search import Hit
from askdivide.text.plain import table_cells
from askdivide.text.terms import terms

Table = tuple[int, tuple[int, int]]
"""A table, by its document and where its header stands there."""


@dataclass(frozen=True)
class Found:
    """A sentence, item or table row of a passage."""

    hit: Hit
    position: int
    """Index among the sentences of its chunk."""
    places: Sequence[Place]
    """Of the sentences of its chunk."""
    text: str
    """The article's own words, without marks."""
    counts: Counter[str]
    """Its terms, a row's with its column names."""
    head: frozenset[str]
    """Terms of the title and headings above it, and of who says it."""

    @property
    def lead(self) -> str:
        """What leads to it, where it is an item or a row."""
        return self.places[self.position].lead

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in its document."""
        sentence = self.hit.row.chunk.sentences[self.position]
        return sentence.start, sentence.end

    @property
    def kind(self) -> Literal["sentence", "item", "row"]:
        """What it is."""
        if self.hit.row.chunk.sentences[self.position].kind == "row":
            return "row"
        return "item" if self.lead else "sentence"

    @property
    def table(self) -> Table | None:
        """Of which table it is a row, which may be in several chunks; None for other sentences."""
        return table_of(self.hit, self.position)


def sentences(hit: Hit, where: Sequence[Place]) -> Iterator[Found]:
    """The sentences of `hit`, whose places are `where`."""
    chunk = hit.row.chunk
    head = frozenset(terms(f"{hit.row.document.title} {chunk.heading}"))
    columns = terms(chunk.columns)
    for position, sentence in enumerate(chunk.sentences):
        text = chunk.said(sentence.start, sentence.end)
        counts = counted(text)
        if sentence.kind == "row":
            above = label_above(chunk, position)
            counts = counts + Counter([*columns, *(terms(first_cell(chunk, above)) if above else ())])
        yield Found(hit, position, where, text, counts, head.union(terms(sentence.speaker)) if sentence.speaker else head)


def label_above(chunk: Chunk, position: int) -> Sentence | None:
    """The row above that names what a row without a first cell is of; None where it has one, or none is in the same chunk."""
    if chunk.sentences[position].kind != "row" or first_cell(chunk, chunk.sentences[position]):
        return None
    return next((row for row in reversed(chunk.sentences[:position]) if first_cell(chunk, row)), None)


def first_cell(chunk: Chunk, row: Sentence) -> str:
    """What stands in the first cell of a row."""
    return table_cells(chunk.said(row.start, row.end))[0]


def table_of(hit: Hit, position: int) -> Table | None:
    """The table of which a sentence of `hit` is a row; None where it is none."""
    chunk = hit.row.chunk
    return (hit.row.document.id, chunk.header) if chunk.header and chunk.sentences[position].kind == "row" else None


@lru_cache(maxsize=8192)
def counted(text: str) -> Counter[str]:
    """How often each term stands in `text`. The same sentences are found for one question after another."""
    return Counter(terms(text))
