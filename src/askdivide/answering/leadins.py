"""What sentences lead to that say nothing without it: a list, a short table, the next sentence or lines of code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from askdivide.answering.citations import Citations
from askdivide.answering.evidence import Candidate
from askdivide.answering.lists import Part, is_lead_in, list_of
from askdivide.answering.stretches import Stretch, at_part, with_context
from askdivide.index.catalog import Catalog
from askdivide.index.tables import ChunkRow
from askdivide.records import MARK
from askdivide.text.plain import unmarked

_SHORT, _SHORT_MOST = 6, 900
"""Items or rows, and their characters, that are quoted as a whole behind what leads to them."""
_SAID_MOST = 600
"""Characters of a sentence or lines of code that are quoted with what leads to them."""
_FENCE = re.compile(r"[`~]{3,}[^\n]*")


def without_idle(
    candidates: Sequence[Candidate], catalog: Catalog, citations: Citations, *, close: float, looked_at: float
) -> list[Candidate]:
    """`candidates` without those that only lead to what cannot be quoted; the best stays first where none is `close` behind it.

    Those that are `looked_at` are so far behind it at most, in log-odds.
    """
    best = candidates[0]

    def is_idle(one: Candidate) -> bool:
        return (
            one.sentence.kind == "sentence"
            and is_lead_in(one.text)
            and best.score - one.score <= looked_at
            and not led_to(one.hit.row, one.position, citations.text(one.hit), catalog)
        )

    kept = [one for one in candidates if not is_idle(one)]
    return kept if kept and best.score - kept[0].score <= close else [best, *(one for one in kept if one is not best)]


def with_what_follows(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], catalog: Catalog, citations: Citations, most: int
) -> tuple[list[Candidate], dict[int, list[Stretch]]]:
    """`chosen`, best first, as far as there is room, and the stretches that are quoted for each, by its identity.

    What a lead-in leads to comes whole where it is short; of a longer list there is room for the likeliest items.
    """
    ranks = {(one.hit.row.document.id, one.sentence.start): rank for rank, one in enumerate(candidates)}
    kept: list[Candidate] = []
    quoted: dict[int, list[Stretch]] = {}
    room = most
    for one in chosen:
        if kept and room <= 0:
            break
        stretch = with_context(one)
        chunk = one.hit.row.chunk
        last = next(at for at, sentence in enumerate(chunk.sentences) if sentence.end == stretch.end)
        parts = []
        if chunk.sentences[last].kind == "sentence" and is_lead_in(chunk.said(chunk.sentences[last].start, stretch.end)):
            parts = led_to(one.hit.row, last, citations.text(one.hit), catalog)
            if not parts and last > one.position:
                stretch = replace(stretch, end=chunk.sentences[last - 1].end)
        if len(parts) > _SHORT or sum(part.end - part.start for part in parts) > _SHORT_MOST:
            likeliest = sorted(parts, key=lambda part: ranks.get((part.row.document.id, part.start), len(ranks)))[: max(room, 1)]
            told = [part for part in parts if part in likeliest]
        else:
            told = parts
        kept.append(one)
        quoted[id(one)] = _led(stretch, told, parts[0], catalog) if parts else [stretch]
        room -= len(quoted[id(one)])
    return kept, quoted


def _led(lead: Stretch, parts: Sequence[Part], first: Part, catalog: Catalog) -> list[Stretch]:
    """A lead-in with `parts` of what it leads to: in one stretch with the `first` of all that are no rows."""
    spans = [Stretch(at_part(lead.candidate, part, catalog), part.start, part.end) for part in parts]
    if first.row.chunk.header:
        return [lead, *spans]
    begun = replace(spans[0], start=lead.start) if parts[0] is first else replace(spans[0], lead=(lead.start, lead.end))
    return [begun, *spans[1:]]


def led_to(row: ChunkRow, position: int, text: str, catalog: Catalog) -> list[Part]:
    """What sentence `position` of a chunk, a lead-in, leads to: items, rows, or one stretch; empty where that cannot be quoted.

    Nothing may stand between, such as a heading or a picture. `text` is that of the whole document.
    """
    lead, whole = row.chunk.sentences[position], list_of(row, position, text, catalog)
    if whole and whole.lead and whole.lead.start == lead.start:
        return list(whole.items)
    after, at = row, position + 1
    if at == len(row.chunk.sentences):
        later = [one for one in catalog.beside(row) if one.chunk.start > row.chunk.start]
        if not later:
            return []
        after, at = later[0], 0
    table = after.chunk.header
    first = after.chunk.sentences[at]
    if not _is_next(text[lead.end : table[0] if table else first.start], markup=row.document.markup):
        return []
    if table:
        rows = [Part(one, line.start, line.end) for one in catalog.table(after, 2) for line in one.chunk.sentences]
        return rows if len(rows) <= _SHORT else []
    last = first
    for line in after.chunk.sentences[at + 1 :] if first.kind == "code" else ():
        if line.kind != "code" or "\n\n" in text[last.end : line.start]:
            break
        last = line
    if is_lead_in(text[first.start : first.end]) or last.end - first.start > _SAID_MOST:
        return []
    return [Part(after, first.start, last.end)]


def _is_next(between: str, *, markup: bool) -> bool:
    """Whether there are only marks `between` a sentence and what follows it."""
    words = unmarked(_FENCE.sub("", between)).replace(MARK, "") if markup else between
    return "![" not in between and not re.search(r"[^\W\d_]", words)
