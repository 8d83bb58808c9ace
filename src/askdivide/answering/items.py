"""Items of lists in an answer: the whole of a list that is asked for, and what leads to it where an item is no sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from askdivide.answering.citations import Citations
from askdivide.answering.evidence import Candidate
from askdivide.answering.lists import Part, list_of, singled_out
from askdivide.answering.stretches import Stretch, at_part
from askdivide.index.catalog import Catalog

LIST_MOST = 8
"""Items of a list that are quoted where the question asks for a list."""
_OF_THE_LIST = 0.33
"""Share of a question's weight that stands around an item, at least, where all of its list is to be quoted."""
_ENDS = re.compile(r"[.!?…。！？][\"”’')\]*_]*$")
"""How a sentence ends."""


def listed(best: Candidate, catalog: Catalog, citations: Citations, idf: Mapping[str, float]) -> list[Stretch]:
    """The items of the list that a candidate is of or leads to, its lead-in with the first; none where the question singles one out."""
    if best.sentence.kind == "row":
        return []
    text = citations.text(best.hit)
    whole = list_of(best.hit.row, best.position, text, catalog)
    if not whole or (best.places[best.position].begins_item and singled_out(best.hit.row, best.position, whole, text, idf)):
        return []
    items = [Stretch(at_part(best, part, catalog), part.start, part.end) for part in whole.items]
    return [replace(items[0], start=whole.lead.start) if whole.lead else items[0], *items[1:]]


def whole_lists(chosen: Sequence[Candidate], idf: Mapping[str, float], catalog: Catalog, citations: Citations) -> dict[int, list[Stretch]]:
    """For several of `chosen` that are items of one list, which is not too long, all of its items, by the identity of each of them.

    None where the question singles one of them out, or has little to do with the list.
    """
    found: dict[int, list[Stretch]] = {}
    for one in chosen:
        if id(one) in found or not one.places[one.position].begins_item or one.around < _OF_THE_LIST:
            continue
        whole = listed(one, catalog, citations, idf)
        if not 0 < len(whole) <= LIST_MOST:
            continue
        document, starts = one.hit.row.document.id, {part.candidate.sentence.start for part in whole}
        several = [other for other in chosen if other.hit.row.document.id == document and other.sentence.start in starts]
        if len(several) > 1 and all(listed(other, catalog, citations, idf) for other in several):
            found |= {id(other): whole for other in several}
    return found


def with_leads(spans: Sequence[Stretch], catalog: Catalog, citations: Citations) -> list[Stretch]:
    """`spans`, with what leads to its list for an item that is no sentence of its own: "Not allowed are:" for "dogs without a lead".

    What leads to several items that are quoted comes with the first of them only.
    """
    found: list[Stretch] = []
    told: set[tuple[int, int]] = set()

    def is_told(document: int, lead: Part) -> bool:
        return (document, lead.start) in told or any(
            one.candidate.hit.row.document.id == document and (one.start <= lead.start < one.end or one.lead == (lead.start, lead.end))
            for one in spans
        )

    for one in spans:
        row, at = one.candidate.hit.row, one.candidate.position
        place = one.candidate.places[at]
        whole = None
        if place.begins_item and place.lead.endswith(":") and _is_fragment(one.candidate.text):
            whole = list_of(row, at, citations.text(one.candidate.hit), catalog)
        if whole and whole.lead and not is_told(row.document.id, whole.lead):
            told.add((row.document.id, whole.lead.start))
            first = whole.items[0].start == one.start
            one = replace(one, start=whole.lead.start) if first else replace(one, lead=(whole.lead.start, whole.lead.end))
        found.append(one)
    return found


def _is_fragment(text: str) -> bool:
    """Whether an item is no sentence of its own: it has no end, or begins in small letters and not with a name like "iPhone"."""
    return not _ENDS.search(text) or text.split()[0].islower()
