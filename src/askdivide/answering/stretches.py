"""What is quoted of a document for a sentence that is chosen: with the one before on which it leans, or what is added behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from askdivide.answering.evidence import Candidate
from askdivide.answering.lists import Part, places
from askdivide.index.catalog import Catalog
from askdivide.records import Chunk

_CONTEXT_MOST = 320
_LEANING = re.compile(
    r"(?:\W*)(?:therefore|thus|hence|consequently|as a result|otherwise|(?:in|by) contrast|on the (?:other hand|contrary)|"
    r"for (?:this|that) reason)\b"
    r"|(?:\W*)(?:(?:and|but|so|yet|also|then|however|instead|still|moreover|nevertheless),?\s+)?(?:it|its|they|their|he|his|she|her|these|those|this|that|"
    r"both|such|another|others|neither|"
    r"the (?:former|latter|same|two|rest|remainder|others?|report|account|paper|study|document|review|survey|statement|authors?))\b"
    r"|.*\b(?:the same|that|this) (?:report|account|paper|study|article|document|list|table|note|post|page|review|year|month|week|day)\b"
    r"|.*\b(?:this|these|those|such)\s(?!(?:years?|months?|weeks?|days?|morning|afternoon|evening|night|time|decade|century|season|summer|"
    r"spring|autumn|winter|as|a|an|who|that|which|in|of|with|from|on|for|to|at|are|is|was|were|and|or|not|can|will|may|has|have)\b)[a-z]"
    r"|.*\bthis(?:[.,;:!?]|\s(?:as|at|because|before|after|by|for|from|in|into|of|on|or|to|upon|when|while|with|without)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What a sentence looks like that cannot be understood without the one before it."""
_BRACKETED = re.compile(r"\([^()]*\)[.!?]?", re.DOTALL)
_GAP = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Stretch:
    """A stretch of a document to be quoted: sentences of one chunk, or an item of a list."""

    candidate: Candidate
    start: int
    end: int
    lead: tuple[int, int] | None = None
    """Where the sentence stands that leads to its list, without which it cannot be understood."""

    @property
    def speaker(self) -> str:
        """Who says it, in a transcript, where its first words do not tell; else empty."""
        start = self.lead[0] if self.lead else self.start
        return next((one.speaker for one in self.candidate.hit.row.chunk.sentences if one.start == start), "")


def at_part(one: Candidate, part: Part, catalog: Catalog) -> Candidate:
    """What stands at the beginning of `part`, as if it was found as `one` was."""
    position = next(at for at, sentence in enumerate(part.row.chunk.sentences) if sentence.start == part.start)
    sentence = part.row.chunk.sentences[position]
    return replace(
        one,
        hit=replace(one.hit, row=part.row),
        position=position,
        places=places(part.row, catalog),
        sentence=sentence,
        text=part.row.chunk.said(sentence.start, sentence.end),
        extreme=False,
        named=False,
    )


def with_context(candidate: Candidate) -> Stretch:
    """The candidate, from the sentence before where it leans on that one, with the sentence behind where it only opens a subject."""
    chunk, first = candidate.hit.row.chunk, candidate.position
    last = first
    if candidate.sentence.kind != "sentence":
        return Stretch(candidate, candidate.sentence.start, candidate.sentence.end)
    if first and _LEANING.match(candidate.text) and _fits(chunk, first - 1, last):
        first -= 1
    # A paragraph's first sentence has all the words of the question and often not the answer, which follows in other words.
    doubted = candidate.reading is not None and candidate.reading.answers < 0
    if first == last and doubted and _opens_paragraph(candidate) and _fits(chunk, first, last + 1):
        last += 1
    elif _fits(chunk, first, last + 1) and _BRACKETED.fullmatch(chunk.said(chunk.sentences[last + 1].start, chunk.sentences[last + 1].end)):
        # What is added in brackets often takes back what was said.
        last += 1
    return Stretch(candidate, chunk.sentences[first].start, chunk.sentences[last].end)


def _fits(chunk: Chunk, first: int, last: int) -> bool:
    """Whether sentences `first` to `last` are there, stand in one paragraph, and are short enough to be quoted together."""
    if first < 0 or last >= len(chunk.sentences):
        return False
    stretch = chunk.sentences[first : last + 1]
    together = chunk.said(stretch[0].start, stretch[-1].end)
    return all(one.kind == "sentence" for one in stretch) and not _GAP.search(together) and len(together) <= _CONTEXT_MOST


def _opens_paragraph(candidate: Candidate) -> bool:
    """Whether a sentence is the first of a paragraph of several, and no item of a list."""
    chunk, at = candidate.hit.row.chunk, candidate.position
    before = chunk.text[: chunk.sentences[at].start - chunk.start]
    if candidate.places[at].begins_item or at + 1 == len(chunk.sentences) or (before.strip() and not before.endswith("\n\n")):
        return False
    between = chunk.text[chunk.sentences[at].end - chunk.start : chunk.sentences[at + 1].start - chunk.start]
    return not re.search(r"\n\s*\n|\n\s*[-*+•]", between)


def joined(spans: Sequence[Stretch]) -> list[Stretch]:
    """`spans` with those that share sentences made one, at the place of the first of them."""
    joined: list[Stretch] = []
    for one in spans:
        for place, other in enumerate(joined):
            if one.candidate.hit.row.document.id == other.candidate.hit.row.document.id and one.start < other.end and other.start < one.end:
                joined[place] = Stretch(other.candidate, min(one.start, other.start), max(one.end, other.end))
                break
        else:
            joined.append(one)
    return joined
