"""Sections whose heading asks the question itself, as in FAQs, explainers and interviews: what stands below is the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdivide.answering.evidence import Candidate
from askdivide.text.terms import content_terms

HEADED = 0.9
"""Confidence, at least, that such a section answers."""
_LEAST = 2
"""Content words of a question that say by themselves what is asked; "How does it work?" may be asked of anything."""
_ALIKE = 0.8
"""Share of the content words of question and heading that both have."""
_PARAGRAPH = re.compile(r"\n\s*\n")


def asked_by_heading(candidates: Sequence[Candidate], question: str) -> list[Candidate]:
    """The sentences or items with which the section begins whose heading asks `question`, in their order; none without such a section.

    Of `candidates` (best first) the section of the best counts. A section that begins with a table has rows, which are chosen as ever.
    """
    asked = frozenset(content_terms(question))
    if len(asked) < _LEAST:
        return []
    best = next((one for one in candidates if _asks_the_same(one.hit.row.chunk.heading, asked)), None)
    if best is None:
        return []
    place = best.hit.row.document.id, best.hit.row.chunk.heading
    section = [one for one in candidates if (one.hit.row.document.id, one.hit.row.chunk.heading) == place]
    first = min(section, key=lambda one: one.hit.row.chunk.start).hit.row
    below = sorted((one for one in section if one.hit.row.id == first.id), key=lambda one: one.position)
    if below[0].sentence.kind == "row":
        return []
    end = next((number for number in range(1, len(below)) if _parted(below[number - 1], below[number])), len(below))
    return below[:end]


def _asks_the_same(heading: str, asked: frozenset[str]) -> bool:
    title = heading.rpartition(" > ")[2]
    if not title.rstrip("*_ ").endswith("?"):
        return False
    words = frozenset(content_terms(title))
    return len(words & asked) >= _ALIKE * len(words | asked)


def _parted(one: Candidate, other: Candidate) -> bool:
    """Whether a paragraph, or a list, ends between two neighbours; what leads to a list goes on with it."""
    if one.text.rstrip("*_ ").endswith(":"):
        return False
    chunk = one.hit.row.chunk
    between = chunk.text[one.sentence.end - chunk.start : other.sentence.start - chunk.start]
    return bool(_PARAGRAPH.search(between)) or other.sentence.kind != one.sentence.kind
