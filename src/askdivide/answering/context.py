"""What a model gets to read: passages under short keys, as many whole sentences of them as its context has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from askdivide.answering.fence import as_data, header
from askdivide.index.catalog import Catalog
from askdivide.index.tables import ChunkRow
from askdivide.retrieval.search import Hit
from askdivide.text.dates import date_words

_NEIGHBOURED = 3
"""Of this many of the best passages, what stands before and after is added where there is room ..."""
_MOST = 6000
"""... as long as all passages together stay below this many tokens: more costs time and does not answer better."""


@dataclass(frozen=True)
class Part:
    """A chunk, or its first sentences, that a model reads."""

    hit: Hit
    sentences: int
    """How many of its sentences are shown."""

    @property
    def text(self) -> str:
        """Its words without marks, up to the end of the last sentence shown; below the column names, for the later part of a table."""
        chunk = self.hit.row.chunk
        shown = chunk.said(end=None if self.sentences == len(chunk.sentences) else chunk.sentences[self.sentences - 1].end)
        return f"{chunk.columns}\n{shown}" if chunk.header and chunk.header[0] < chunk.start else shown


@dataclass(frozen=True)
class Source:
    """What stands under one key: a passage found, with its neighbours, in the article's order."""

    key: str
    parts: tuple[Part, ...]

    @property
    def shown(self) -> str:
        """The source as the model reads it."""
        row = self.parts[0].hit.row
        document = row.document
        facts = (
            ("title", document.title),
            ("source", document.source),
            ("published", date_words(document.published) if document.published else None),
            ("section", row.chunk.heading),
            ("speaker", row.chunk.speaker),
        )
        return f"{header(self.key, facts)}\n" + "\n".join(as_data(part.text) for part in self.parts)


def sources(hits: Sequence[Hit], catalog: Catalog, *, room: int, count_tokens: Callable[[str], int]) -> list[Source]:
    """The best of `hits` as sources of at most `room` tokens together, best first. The last one may be cut behind a sentence."""
    room = min(room, max(_MOST, 0))
    found: list[Source] = []
    for hit in hits:
        whole = Source(f"S{len(found) + 1}", (Part(hit, len(hit.row.chunk.sentences)),))
        tokens = count_tokens(whole.shown)
        if tokens > room:
            cut = _cut(whole, room, count_tokens)
            if cut:
                found.append(cut)
            break
        found.append(whole)
        room -= tokens
    taken = {hit.row.id for hit in hits}
    for number, source in enumerate(found[:_NEIGHBOURED]):
        for row in catalog.beside(source.parts[0].hit.row):
            wider = _widened(source, row)
            more = count_tokens(as_data(row.chunk.said())) + 1
            if row.id not in taken and more <= room:
                taken.add(row.id)
                room -= more
                found[number] = source = wider
    return found


def _cut(source: Source, room: int, count_tokens: Callable[[str], int]) -> Source | None:
    """`source` with as many sentences as fit; None where not one does."""
    low, high = 0, source.parts[0].sentences - 1
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(_first(source, middle).shown) <= room:
            low = middle
        else:
            high = middle - 1
    return _first(source, low) if low and count_tokens(_first(source, low).shown) <= room else None


def _first(source: Source, sentences: int) -> Source:
    return replace(source, parts=(replace(source.parts[0], sentences=sentences),))


def _widened(source: Source, row: ChunkRow) -> Source:
    hit = replace(source.parts[0].hit, row=row)
    parts = sorted((*source.parts, Part(hit, len(row.chunk.sentences))), key=lambda part: part.hit.row.chunk.start)
    return replace(source, parts=tuple(parts))
