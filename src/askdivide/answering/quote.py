"""The quote model: the answer is the articles' own sentences and table rows, chosen and ordered, never rewritten."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askdivide.answering.citations import Citations
from askdivide.answering.evidence import Candidate
from askdivide.records import Citation, Claim
from askdivide.text.plain import plain, table_cells

_CLOSE = 0.8
"""A further sentence is quoted where its score is at least this share of the best one's ..."""
_CLOSE_NEW = 0.62
"""... or this share, where it speaks to a part of the question that no sentence so far does."""
_SAME = 0.6
"""Sentences that share this much of the shorter one's terms say the same thing."""
_LEADING_PRONOUN = re.compile(
    r"(?:\W*)(?:(?:and|but|so|yet|also|then|however|instead|still|moreover|nevertheless),?\s+)?(?:it|its|they|their|he|his|she|her|these|those|this|that|"
    r"both|such|the (?:former|latter|same|two)|another|others|neither)\b",
    re.IGNORECASE,
)
_CONTEXT_MOST = 320
_TABLE_MOST = 600


@dataclass(frozen=True)
class _Chosen:
    candidate: Candidate
    start: int
    end: int


def quote_answer(candidates: Sequence[Candidate], idf: Mapping[str, float], citations: Citations, *, most: int) -> list[Claim]:
    """At most `most` claims made of the best of `candidates` (best first), each with its citation.

    `idf` weighs the question's terms. The best sentence comes first; others follow if they are nearly as good or speak to
    what is still missing of the question, and do not repeat. A sentence that begins with a pronoun brings the one before it.
    """
    chosen = _choose(candidates, idf, most)
    spans: list[_Chosen] = []
    for candidate in _reading_order(chosen) if chosen else []:
        start, end = _with_context(candidate, chosen)
        spans.append(_Chosen(candidate, start, end))
    return [_claim(one, citations) for one in spans]


def _choose(candidates: Sequence[Candidate], idf: Mapping[str, float], most: int) -> list[Candidate]:
    if not candidates:
        return []
    best = candidates[0]
    chosen = [best]
    total = sum(idf.values()) or 1.0
    covered = {term for term in idf if term in best.terms}
    for candidate in candidates[1:]:
        if len(chosen) == most or candidate.score < best.score * _CLOSE_NEW:
            break
        if any(_repeats(candidate, other) for other in chosen):
            continue
        gain = sum(idf[term] for term in candidate.terms if term in idf and term not in covered) / total
        if candidate.score >= best.score * _CLOSE or gain >= 0.15:
            chosen.append(candidate)
            covered |= {term for term in idf if term in candidate.terms}
    return chosen


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.sentence.kind == "row" or other.sentence.kind == "row":
        return one.hit.row.document.id == other.hit.row.document.id and one.sentence == other.sentence
    shorter = min(len(one.terms), len(other.terms)) or 1
    return len(one.terms & other.terms) / shorter > _SAME and float(one.vector @ other.vector) > 0.6


def _reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The best first, with its article; the others by article, in the article's order. Rows of one table stay in the table's order."""
    articles = list(dict.fromkeys(one.hit.row.document.id for one in chosen))
    best = chosen[0]

    def place(one: Candidate) -> tuple[bool, int, int]:
        leads = one is best or (best.sentence.kind == "row" == one.sentence.kind and one.hit.row.id == best.hit.row.id)
        return not leads, articles.index(one.hit.row.document.id), one.sentence.start

    return sorted(chosen, key=place)


def _with_context(candidate: Candidate, chosen: Sequence[Candidate]) -> tuple[int, int]:
    """The candidate's span, from the sentence before where it begins with a pronoun that needs it."""
    sentence, chunk = candidate.sentence, candidate.hit.row.chunk
    if candidate.position and sentence.kind == "sentence" and _LEADING_PRONOUN.match(candidate.text):
        before = chunk.sentences[candidate.position - 1]
        quoted_already = any(one.sentence == before and one.hit.row.document.id == candidate.hit.row.document.id for one in chosen)
        if before.kind == "sentence" and not quoted_already and sentence.end - before.start <= _CONTEXT_MOST:
            return before.start, sentence.end
    return sentence.start, sentence.end


def _claim(one: _Chosen, citations: Citations) -> Claim:
    candidate = one.candidate
    markup = candidate.hit.row.document.markup
    if candidate.sentence.kind == "sentence":
        citation = citations.cite(candidate.hit, one.start, one.end)
        return Claim(plain(citation.quote, markup=markup), (citation.number,), "quoted")
    cited = _cite_row(candidate, citations)
    header = candidate.hit.row.chunk.header
    names = table_cells(citations.text(candidate.hit)[slice(*header)]) if header else []
    text = row_text([plain(name, markup=markup) for name in names], [plain(cell, markup=markup) for cell in table_cells(candidate.text)])
    return Claim(text, tuple(citation.number for citation in cited), "quoted")


def _cite_row(candidate: Candidate, citations: Citations) -> list[Citation]:
    """A row with its column names: one span from them to the row where that is short, else one span each."""
    header, row = candidate.hit.row.chunk.header, candidate.sentence
    if not header or header == (row.start, row.end):
        return [citations.cite(candidate.hit, row.start, row.end)]
    if row.end - header[0] <= _TABLE_MOST:
        return [citations.cite(candidate.hit, header[0], row.end)]
    return [citations.cite(candidate.hit, *header), citations.cite(candidate.hit, row.start, row.end)]


def row_text(names: Sequence[str], cells: Sequence[str]) -> str:
    """A table row in words: its first cell, then each further cell behind its column's name."""
    if len(names) != len(cells) or names == cells or len(cells) < 2:
        return "; ".join(cell for cell in cells if cell)
    lead = f"{names[0]}: {cells[0]}" if names[0] else cells[0]
    return lead + " — " + "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names[1:], cells[1:], strict=True) if cell)
