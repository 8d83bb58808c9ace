"""From the passages that a claim cites to the sentences of them that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from askdivide.answering.citations import Citations
from askdivide.answering.context import Source
from askdivide.index.embedding import Vectors
from askdivide.records import Citation, Sentence
from askdivide.retrieval.search import Hit
from askdivide.text.facts import find_facts, name_form, name_forms
from askdivide.text.plain import shown, table_cells
from askdivide.text.terms import content_terms, terms

_MOST = 3
"""Sentences of one passage for one claim."""
_GAIN = 0.15
"""A further sentence is cited where it has at least this share of the claim's terms that those before it lack ..."""
_FACT_GAIN = 0.04
"""... or where it has a name or number that they lack, and is this much alike."""
_TABLE_MOST = 600
_FACT_WEIGHT = 2.0


@dataclass(frozen=True)
class Carrier:
    """A sentence or row of a passage that a claim may rest on."""

    hit: Hit
    sentence: Sentence
    text: str
    """As it is checked: plain, a row below its column names."""
    terms: frozenset[str]
    near: float
    """Likeness of claim and sentence, about 0..1."""


def repeats(claim: str, source: Source) -> bool:
    """Whether a sentence of the source has nearly all words of `claim`, so that their likeness needs no embedding."""
    own = content_terms(claim)
    for part in source.parts:
        chunk = part.hit.row.chunk
        for one in chunk.sentences[: part.sentences]:
            if _share(own, frozenset(terms(chunk.said(one.start, one.end)))) >= _REPEATED:
                return True
    return False


_REPEATED = 0.9


def _share(own: Sequence[str], known: frozenset[str]) -> float:
    return sum(term in known for term in own) / len(own) if own else 0.0


def carriers(source: Source, claim: str, vector: Vectors | None) -> list[Carrier]:
    """The sentences and rows of a source, in order, with their likeness to a claim: by its `vector`, without one by its words."""
    found = []
    own = content_terms(claim)
    for part in source.parts:
        chunk = part.hit.row.chunk
        near = part.hit.row.sentence_vectors @ vector if vector is not None else None
        for position in range(part.sentences):
            sentence = chunk.sentences[position]
            text = shown(chunk.said(sentence.start, sentence.end))
            if sentence.kind == "row":
                columns = chunk.columns if (sentence.start, sentence.end) != chunk.header else ""
                text = "; ".join(cell for cell in (*table_cells(columns), *table_cells(text)) if cell)
            words = frozenset(terms(text))
            found.append(Carrier(part.hit, sentence, text, words, float(near[position]) if near is not None else _share(own, words)))
    return found


def narrowed(claim: str, found: Sequence[Carrier]) -> list[Carrier]:
    """Those of `found` that carry `claim`, in their order: the likeliest, and others that have what it lacks."""
    if not found:
        return []
    facts = find_facts(claim)
    weights = dict.fromkeys(content_terms(claim), 1.0)
    for one in facts.names:
        weights.update((term, _FACT_WEIGHT) for term in terms(one.text) if term in weights)
    weights.update((term, _FACT_WEIGHT) for term in weights if any(char.isdigit() for char in term))
    total = sum(weights.values()) or 1.0
    names = {name_form(one.text) for one in facts.names if one.sure}
    held = [{*(names & name_forms(one.text) if names else ()), *_numbers(claim, one.text)} for one in found]

    def score(number: int) -> float:
        return sum(weights[term] for term in weights if term in found[number].terms) / total + found[number].near

    best = max(range(len(found)), key=lambda number: (score(number), -number))
    chosen, covered, known = [best], set(found[best].terms), set(held[best])
    while len(chosen) < _MOST:
        rest = [number for number in range(len(found)) if number not in chosen]
        gains = {
            number: (
                sum(weights[term] for term in weights if term in found[number].terms and term not in covered) / total,
                len(held[number] - known),
            )
            for number in rest
        }
        wanted = [number for number, (gain, new) in gains.items() if gain >= _GAIN or (new and gain >= _FACT_GAIN)]
        if not wanted:
            break
        further = max(wanted, key=lambda number: (sum(gains[number]), score(number)))
        chosen.append(further)
        covered |= found[further].terms
        known |= held[further]
    return [found[number] for number in sorted(chosen)]


def _numbers(claim: str, text: str) -> set[str]:
    said = find_facts(claim)
    if not said.quantities and not said.moments:
        return set()
    known = find_facts(text)
    quantities = {str(one.value) for one in said.quantities if any(one.agrees(other) for other in known.quantities)}
    return quantities | {one.text for one in said.moments if any(one.within(other) for other in known.moments)}


def cite(chosen: Sequence[Carrier], citations: Citations) -> list[Citation]:
    """The citations of the chosen sentences: one span for those that follow each other, a row with its column names."""
    made: list[Citation] = []
    run: list[Carrier] = []
    for one in chosen:
        if run and (one.sentence.kind == "row" or run[-1].sentence.kind == "row" or not _follows(run[-1], one, citations)):
            made += _cite_run(run, citations)
            run = []
        run.append(one)
    return made + _cite_run(run, citations) if run else made


def _follows(one: Carrier, other: Carrier, citations: Citations) -> bool:
    if one.hit.row.document.id != other.hit.row.document.id:
        return False
    between = citations.text(one.hit)[one.sentence.end : other.sentence.start]
    return other.sentence.start >= one.sentence.end and not between.strip() and "\n\n" not in between


def _cite_run(run: Sequence[Carrier], citations: Citations) -> list[Citation]:
    hit, start, end = run[0].hit, run[0].sentence.start, run[-1].sentence.end
    header = hit.row.chunk.header
    if run[0].sentence.kind != "row" or not header or header == (start, end):
        return [citations.cite(hit, start, end)]
    if end - header[0] <= _TABLE_MOST:
        return [citations.cite(hit, header[0], end)]
    return [citations.cite(hit, *header), citations.cite(hit, start, end)]
