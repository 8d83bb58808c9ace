"""Which sentences of the passages found speak to the question, and how strongly."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors, embedded_text
from askdivide.records import Sentence
from askdivide.retrieval.reader import Reader
from askdivide.retrieval.search import Hit, Query
from askdivide.text.terms import terms

# Weights found on SQuAD 2 and the question sets of the corpus; see docs/quality.md.
_DENSE, _LEXICAL, _PASSAGE, _TYPE = 0.5, 0.5, 0.4, 0.2
_K1, _B, _USUAL_LENGTH = 1.2, 0.3, 22.0
_LEADING = 0.4
"""What a sentence loses that only leads to something else."""
_LOCAL = 0.6
"""Share of a term's weight that its rarity among the sentences found decides."""
_DEFINING = 0.3
"""What a sentence gains that says what the thing asked about is."""
_READER = 0.3
"""Weight of the reader's logit."""
_NOT_READ = -6.0
"""What a sentence counts that the reader has not read."""
_HEAD = 0.35
"""What a question's term counts that stands in the headings above a sentence, not in it."""


@dataclass(frozen=True)
class Candidate:
    """A sentence, item or table row that may be quoted."""

    hit: Hit
    position: int
    """Index among the sentences of its chunk."""
    sentence: Sentence
    text: str
    """The article's own words."""
    terms: frozenset[str]
    vector: Vectors
    dense: float
    coverage: float
    """Share of the question's terms, weighted by rarity, that stand in the sentence."""
    judged: float | None
    """The reader's logit for the sentence; None where it was not read."""
    passage_judged: float | None
    """The reader's logit for its passage."""
    score: float


def weights(catalog: Catalog, query: Query) -> dict[str, float]:
    """How much each term of the question tells: its inverse document frequency over chunks (BM25's), at least 0."""
    _, chunks = catalog.counts()
    counts = catalog.chunks_with(query.terms)
    return {term: math.log(1 + (chunks - counts.get(term, 0) + 0.5) / (counts.get(term, 0) + 0.5)) for term in query.terms}


def candidates(query: Query, hits: Sequence[Hit], idf: Mapping[str, float], reader: Reader | None = None, most: int = 0) -> list[Candidate]:
    """The sentences of `hits`, best first; with a `reader`, those of the first `most` hits as it judges them, the others behind."""
    if not hits:
        return []
    found: list[tuple[Hit, int, str, Counter[str], set[str]]] = []
    for hit in hits:
        chunk = hit.row.chunk
        head = set(terms(f"{hit.row.document.title} {chunk.heading}"))
        columns = terms(chunk.columns)
        for position, sentence in enumerate(chunk.sentences):
            text = chunk.text[sentence.start - chunk.start : sentence.end - chunk.start]
            found.append((hit, position, text, Counter(terms(text) + (columns if sentence.kind == "row" else [])), head))
    telling = _telling(idf, [one[3] for one in found])
    dense_scores = _scaled([float(hit.row.sentence_vectors[position] @ query.vector) for hit, position, *_ in found])
    lexical_scores = _scaled([_lexical(counts, head, telling) for _, _, _, counts, head in found])
    read = _read(query, hits[:most], reader)
    wanted, defines = answer_type(query.text), definition_of(query.text)
    total = sum(idf.values()) or 1.0
    result = []
    for (hit, position, text, counts, _), dense_score, lexical_score in zip(found, dense_scores, lexical_scores, strict=True):
        fits = 0.0 if wanted is None or wanted.search(text) else -_TYPE
        if _ONLY_LEADS.search(text):
            fits -= _LEADING
        if defines and defines.search(text):
            fits += _DEFINING
        judged, passage = read.get((hit.row.id, position), (None, None))
        score = _DENSE * dense_score + _LEXICAL * lexical_score + _PASSAGE * hit.score + fits
        if reader:
            score += _READER * (judged if judged is not None else _NOT_READ)
        result.append(
            Candidate(
                hit=hit,
                position=position,
                sentence=hit.row.chunk.sentences[position],
                text=text,
                terms=frozenset(counts),
                vector=hit.row.sentence_vectors[position],
                dense=float(hit.row.sentence_vectors[position] @ query.vector),
                coverage=sum(weight for term, weight in idf.items() if term in counts) / total,
                judged=judged,
                passage_judged=passage,
                score=score,
            )
        )
    return sorted(result, key=lambda one: -one.score)


def _telling(idf: Mapping[str, float], sentences: Sequence[Counter[str]]) -> dict[str, float]:
    """`idf` with each term's rarity among the sentences found: what they nearly all share does not tell them apart."""
    size = len(sentences)
    weights = {}
    for term, weight in idf.items():
        here = sum(term in counts for counts in sentences)
        local = math.log(1 + (size - here + 0.5) / (here + 0.5)) / math.log(1 + 2 * size)
        weights[term] = weight * (1 - _LOCAL + _LOCAL * local)
    return weights


def _read(query: Query, hits: Sequence[Hit], reader: Reader | None) -> dict[tuple[int, int], tuple[float, float]]:
    """The reader's logits of sentence and passage, by chunk and position."""
    if reader is None:
        return {}
    passages = []
    for hit in hits:
        chunk = hit.row.chunk
        text, shift = embedded_text(hit.row.document.title, chunk)
        passages.append((text, [(shift + s.start - chunk.start, shift + s.end - chunk.start) for s in chunk.sentences]))
    readings = reader.read(query.text, passages)
    return {
        (hit.row.id, position): (float(logit), reading.passage)
        for hit, reading in zip(hits, readings, strict=True)
        for position, logit in enumerate(reading.sentences)
    }


_ONLY_LEADS = re.compile(
    r":\W*$|\?[\"”’')\]]*$"
    r"|\b(?:the|this|a) (?:following |next |first )?(?:table|list|chart|figure|graph|diagram|box)s?\b(?: (?:below|above|that follows))?"
    r" (?:below\b|above\b|that follows\b|shows?\b|compares?\b|lists?\b|gives?\b|sets? out\b|summari[sz]es?\b)"
    r"|\b(?:table|list|figure|chart|section)s? (?:below|above)\b|^\W*this article\b",
    re.IGNORECASE,
)
"""A lead-in to a list, a question, a pointer to a table: it says that something is told, not what."""

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice|"
    r"no|none|single|both|several|couple)\b|[一二三四五六七八九十百千万亿]",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday|tomorrow|century|decade|spring|summer|autumn|winter|after|before|"
    r"until|since|during|when|once|while)\b|[年月日]",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[^.!?\s] )[\"“‘(]?[A-Z][\w’'-]+|^[A-Z][\w’'-]+ (?:[A-Z][\w’'-]+|[a-z]+(?:s|ed)\b)|[\u4e00-\u9fff]")
_ASKS = (
    (re.compile(r"\bhow (?:many|much|long|old|far|tall|high|deep|large|big|fast|often|wide|heavy)\b|"
                r"\bwhat (?:percentage|proportion|share|fraction|number|amount|sum)\b|\b(?:price|cost)s?\b.*\?", re.IGNORECASE), _NUMBER),
    (re.compile(r"^\W*(?:when|(?:in|on|by|since|from|at) what (?:year|date|day|month|time)|(?:in |on )?which (?:year|date|day|month)|"
                r"what (?:year|date|day|month|time))\b", re.IGNORECASE), _TIME),
    (re.compile(r"^\W*(?:who|whom|whose)\b", re.IGNORECASE), _NAME),
)  # fmt: skip


def answer_type(question: str) -> re.Pattern[str] | None:
    """What an answer to a question of this form has in it: a number, a time or a name. None where the form does not tell."""
    return next((pattern for asks, pattern in _ASKS if asks.search(question)), None)


_WHAT_IS = re.compile(r"^\W*(?:what|who)(?:'s|’s| is| are| was| were) (?:an? |the )?(?P<thing>[^?]+?)\W*$", re.IGNORECASE)
_THING_MOST = 4
"""Words; what is asked about in more of them is described, not named."""


def definition_of(question: str) -> re.Pattern[str] | None:
    """What a sentence looks like that says what the thing is that `question` asks for ("What is X?"); None for other questions."""
    match = _WHAT_IS.match(question)
    if not match or len(match["thing"].split()) > _THING_MOST:
        return None
    return re.compile(rf"\b{re.escape(match['thing'])}\b\W*(?:[^.;]{{0,40}}, )?(?:is|are|was|were|means?|stands? for)\b", re.IGNORECASE)


def _lexical(counts: Counter[str], head: set[str], idf: Mapping[str, float]) -> float:
    length = sum(counts.values())
    norm = _K1 * (1 - _B + _B * length / _USUAL_LENGTH)
    score = 0.0
    for term, weight in idf.items():
        if term in counts:
            score += weight * (_K1 + 1) * counts[term] / (counts[term] + norm)
        elif term in head:
            score += weight * _HEAD
    return score


def _scaled(scores: Sequence[float]) -> list[float]:
    values = np.array(scores)
    low, high = values.min(), values.max()
    return [float(value) for value in ((values - low) / (high - low) if high > low else np.zeros_like(values))]
