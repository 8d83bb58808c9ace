"""The quote model: the answer is the articles' own sentences and table rows, chosen and ordered, never rewritten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from askdivide.answering.asked import asks_amount
from askdivide.answering.citations import Citations
from askdivide.answering.evidence import Candidate
from askdivide.answering.extremes import asked_extremes
from askdivide.answering.found import first_cell, label_above
from askdivide.answering.items import LIST_MOST, listed, whole_lists, with_leads
from askdivide.answering.leadins import with_what_follows, without_idle
from askdivide.answering.lists import asks_list
from askdivide.answering.stretches import Stretch, joined
from askdivide.answering.times import asks_now
from askdivide.index.catalog import Catalog
from askdivide.records import Chunk, Citation, Claim, Note
from askdivide.retrieval.comparison import sides
from askdivide.retrieval.search import asks_newest
from askdivide.text.dates import date_number
from askdivide.text.plain import plain, shown, table_cells
from askdivide.text.terms import content_terms, terms

_CLOSE = 3.0
"""A further sentence is quoted where it is at least exp(-3) as likely as the best one to answer ..."""
_CLOSE_DOUBTED, _DOUBTED = 1.5, -4.0
"""... exp(-1.5) where the reader has not read it or its logit is below -4 ..."""
_GAIN = 0.15
"""... and holds nothing that is quoted already, or speaks to this share more of the question, by its terms' weight."""
_CLOSE_NOW, _OF_THE_SAME = 2.0, 0.5
"""Where what is true now is asked for, how far behind the best, in log-odds, a sentence of a newer article may be and still lead, and
from which cosine on it speaks of the same."""
_SAME = 0.6
"""Sentences that share this much of the shorter one's terms say the same thing."""
_TABLE_MOST = 600

_COMPARES = re.compile(r"\b(?:than|versus|vs|compar\w+|differ\w*|against|between|beside|next to|or|ones?|others?|rest)\b", re.IGNORECASE)
"""What a question has in which a row may be one of several that are asked for."""
_TOTAL = re.compile(r"\W*(?:(?:grand |sub-?)?totals?|sum|overall|altogether|in all)\b", re.IGNORECASE)
"""The label of a row that sums up the others."""
_PICKS = re.compile(r"\b(?:most|least|[a-z]{2,}est|first|second|third|next|last|each|per|every|only)\b", re.IGNORECASE)
"""What a question has that asks for one of several, such as the largest, without its name."""
_DENIES = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|except|unless|cannot)\b|n[’']t\b", re.IGNORECASE)
_BULLET = re.compile(r"\n[ \t]*(?:[-*+•‣–]|\(?\d{1,3}[.)])[ \t]+(?=\S)")
_CLOSE_SIDE = 5.0
"""How far behind the best a sentence may be that speaks of a side of a comparison which no other does, in log-odds."""


def quote_answer(
    candidates: Sequence[Candidate],
    question: str,
    idf: Mapping[str, float],
    catalog: Catalog,
    citations: Citations,
    *,
    most: int,
    below: Sequence[Candidate] = (),
) -> tuple[list[Claim], list[Note]]:
    """At most `most` claims made of the best of `candidates` (best first), each with its citation; and notes on them.

    `idf` weighs the question's terms. The best sentence comes first; others follow if they are nearly as likely and do not
    repeat. Sentences `below` a heading that asks the question come as they stand. A sentence that leans on the one before it brings it
    along, an item that is no sentence what leads to its list, a sentence that only leads to something what that is; a list comes whole
    where a list is asked for, and a note says where that is too long.
    """
    if not candidates:
        return [], []
    first = below[0] if below else candidates[0]
    is_list = bool(below) and first.places[first.position].begins_item
    items = listed(first, catalog, citations, {} if is_list else idf) if is_list or asks_list(question) else []
    if items:
        claims = _claims(items[:LIST_MOST], citations)
        return claims, [_shortened(claims)] if len(items) > LIST_MOST else []
    if below:
        many = LIST_MOST if any(one.places[one.position].begins_item for one in below) else most
        claims = _claims([Stretch(one, one.sentence.start, one.sentence.end) for one in below[:many]], citations)
        return claims, [_shortened(claims)] if many == LIST_MOST < len(below) else []
    candidates = without_idle(candidates, catalog, citations, close=_CLOSE, looked_at=_CLOSE_SIDE)
    chosen = _with_sides(_choose(candidates, question, idf, most), candidates, sides(question), most)
    chosen = _with_total(chosen, candidates, question)
    chosen, quoted = with_what_follows(chosen, candidates, catalog, citations, most)
    quoted |= whole_lists(chosen, idf, catalog, citations) if asks_list(question) else {}
    spans = joined([part for one in _reading_order(chosen, question) for part in quoted[id(one)]])
    return _claims(with_leads(spans, catalog, citations), citations), []


def _shortened(claims: Sequence[Claim]) -> Note:
    return Note("shortened", "The list goes on in the article.", claims[-1].citations)


def _choose(candidates: Sequence[Candidate], question: str, idf: Mapping[str, float], most: int) -> list[Candidate]:
    best = candidates[0]
    chosen = [best]
    total = sum(idf.values()) or 1.0
    covered = {term for term in idf if term in best.terms}
    settled = best.extreme and len(asked_extremes(question)) == 1
    only_named = best.named and not _COMPARES.search(question)
    for candidate in candidates[1:]:
        behind = best.score - candidate.score
        if len(chosen) == most or behind > _CLOSE:
            break
        doubted = best.reading is not None and (candidate.reading is None or candidate.reading.answers < _DOUBTED)
        beside = candidate.table is not None and candidate.table == best.table
        if beside and ((settled and not candidate.extreme) or (only_named and not candidate.named)):
            continue
        # Lines of code and lists of sources share words with much that is asked about, and say little beside a sentence.
        if candidate.quiet and not best.quiet and (candidate.reading is None or candidate.reading.answers < 0):
            continue
        if (doubted and behind > _CLOSE_DOUBTED) or any(_repeats(candidate, other) for other in chosen):
            continue
        # Rows of one table share its column names: what their own cells say counts.
        own = frozenset(terms(candidate.text)) if candidate.sentence.kind == "row" else candidate.terms
        gain = sum(idf[term] for term in own if term in idf and term not in covered) / total
        if gain < _GAIN and _answered_already(candidate, chosen):
            continue
        chosen.append(candidate)
        covered |= {term for term in idf if term in candidate.terms}
    return chosen


def _with_sides(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], compared: Sequence[frozenset[str]], most: int
) -> list[Candidate]:
    """`chosen` with a sentence for each side of a comparison, where the passages have one; those that are only near go first."""
    kept = list(chosen)
    needed: list[Candidate] = []
    for side in compared:
        if any(side <= one.terms for one in (*kept, *needed)):
            continue
        rest = (one for one in candidates if side <= one.terms and candidates[0].score - one.score <= _CLOSE_SIDE)
        found = next((one for one in rest if not any(_repeats(one, other) for other in kept)), None)
        needed += [found] if found else []
    return (kept[: max(most - len(needed), 1)] + needed)[: max(most, 1)]


def _with_total(chosen: Sequence[Candidate], candidates: Sequence[Candidate], question: str) -> list[Candidate]:
    """`chosen` with the total of a table where an amount is asked for and one of its parts, of which the question says nothing, is chosen.

    It takes that part's place where the table's other parts are not told.
    """
    if not asks_amount(question) or _PICKS.search(question):
        return list(chosen)
    asked = frozenset(terms(question))
    quoted = Counter(one.hit.row.id for one in chosen if one.sentence.kind == "row")
    totals = {one.hit.row.id: one for one in candidates if one.sentence.kind == "row" and _TOTAL.match(_label(one))}

    def is_lone_part(one: Candidate) -> bool:
        return one.sentence.kind == "row" and quoted[one.hit.row.id] == 1 and not asked & set(terms(_label(one)))

    return [totals.get(one.hit.row.id, one) if is_lone_part(one) else one for one in chosen]


def _answered_already(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether all that the reader takes for the answer in `candidate` stands in what is chosen: the same fact from another place.

    "There is no refund" is not what "a full refund" says.
    """
    if candidate.answer is None:
        return False
    chunk = candidate.hit.row.chunk
    words = set(content_terms(chunk.said(*candidate.answer)))
    denies = bool(_DENIES.search(candidate.text))
    return bool(words) and any(words <= one.terms and denies == bool(_DENIES.search(one.text)) for one in chosen)


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.hit.row.id == other.hit.row.id and one.position == other.position:
        return True
    if one.sentence.kind == "row" and other.sentence.kind == "row":
        return False
    shorter = min(len(one.terms), len(other.terms)) or 1
    return len(one.terms & other.terms) / shorter > _SAME and float(one.vector @ other.vector) > 0.6


def _reading_order(chosen: Sequence[Candidate], question: str) -> list[Candidate]:
    """The best first, with its article; the others by article, in the article's order. Rows of one table stay in the table's order.

    Where what is true now is asked for, a newer article leads if what it says is nearly as likely. A table's total comes before its
    parts where an amount is asked for and none of the parts is named, and the best row where the newest is asked for, it is the
    extreme, or the question names it and no other.
    """
    best = chosen[0]
    if asks_now(question) and best.hit.row.document.published:
        alike = [one for one in chosen if best.score - one.score <= _CLOSE_NOW and float(one.vector @ best.vector) >= _OF_THE_SAME]
        best = max(alike, key=lambda one: date_number(one.hit.row.document.published or "1"))
    articles = list(dict.fromkeys(one.hit.row.document.id for one in (best, *chosen)))
    asked = frozenset(terms(question))

    def beside(one: Candidate) -> bool:
        return best.sentence.kind == "row" == one.sentence.kind and one.hit.row.id == best.hit.row.id

    def is_total(one: Candidate) -> bool:
        return beside(one) and _TOTAL.match(_label(one)) is not None

    def is_named(one: Candidate) -> bool:
        label = frozenset(terms(_label(one)))
        return beside(one) and not is_total(one) and bool(label) and label <= asked

    summed = asks_amount(question) and not any(map(is_named, chosen))
    named = [one for one in chosen if one.named and beside(one)]
    best_first = asks_newest(question) or best.extreme or (named == [best] and not sides(question))

    def place(one: Candidate) -> tuple[bool, bool, int, int]:
        leads = one is best or beside(one)
        first = (summed and is_total(one)) or (best_first and one is best)
        return not leads, not first, articles.index(one.hit.row.document.id), one.sentence.start

    return sorted(chosen, key=place)


def _label(row: Candidate) -> str:
    return table_cells(row.text)[0]


def _claims(stretches: Sequence[Stretch], citations: Citations) -> list[Claim]:
    """The claims in words, with the name of who says it in brackets where that changes and the words do not tell."""
    claims: list[Claim] = []
    last = None
    for one in stretches:
        claim, said = _claim(one, citations), (one.candidate.hit.row.document.id, one.speaker)
        claims.append(replace(claim, text=f"[{one.speaker}] {claim.text}") if one.speaker and said != last else claim)
        last = said
    return claims


def _claim(one: Stretch, citations: Citations) -> Claim:
    candidate = one.candidate
    markup = candidate.hit.row.document.markup
    if candidate.sentence.kind != "row":
        spans = [one.lead] if one.lead else []
        cited = [citations.cite(candidate.hit, *span) for span in (*spans, (one.start, one.end))]
        text = " ".join(_words(candidate.hit.row.chunk, citation, markup) for citation in cited)
        return Claim(text, tuple(citation.number for citation in cited), "quoted")
    chunk, above = candidate.hit.row.chunk, label_above(candidate.hit.row.chunk, candidate.position)
    names, cells = ([shown(cell) for cell in table_cells(line)] for line in (chunk.columns, candidate.text))
    if above:
        cells[0] = shown(first_cell(chunk, above))
    text = row_text(names, cells)
    return Claim(text, tuple(citation.number for citation in _cite_row(candidate, citations)), "quoted")


def _words(chunk: Chunk, citation: Citation, markup: bool) -> str:
    """What people read of a citation. In its chunk it is known what are marks and what is code."""
    if chunk.start <= citation.start and citation.end <= chunk.end:
        return shown(_BULLET.sub(" ", chunk.said(citation.start, citation.end)))
    return plain(_BULLET.sub(" ", citation.quote), markup=markup)


def _cite_row(candidate: Candidate, citations: Citations) -> list[Citation]:
    """A row with its column names: one span from them to the row where that is short, else one span each.

    That a row is the highest or lowest rests on the others as well: it is cited to the end of its table where that is short.
    """
    chunk, row = candidate.hit.row.chunk, candidate.sentence
    header = chunk.header
    if not header or header == (row.start, row.end):
        return [citations.cite(candidate.hit, row.start, row.end)]
    for end in (chunk.sentences[-1].end if candidate.extreme else row.end, row.end):
        if end - header[0] <= _TABLE_MOST:
            return [citations.cite(candidate.hit, header[0], end)]
    above = label_above(chunk, candidate.position)
    spans = [header, *([(above.start, above.end)] if above else []), (row.start, row.end)]
    return [citations.cite(candidate.hit, *span) for span in spans]


def row_text(names: Sequence[str], cells: Sequence[str]) -> str:
    """A table row in words: its first cell, then each further cell behind its column's name."""
    if len(names) != len(cells) or names == cells or len(cells) < 2:
        return "; ".join(cell for cell in cells if cell)
    lead = f"{names[0]}: {cells[0]}" if names[0] and cells[0] else cells[0]
    rest = "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names[1:], cells[1:], strict=True) if cell)
    return " — ".join(part for part in (lead, rest) if part)
