"""Which sentences of the passages found speak to the question, and how strongly."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from askdivide.answering.asked import answer_type, definition_of, exact_type
from askdivide.answering.extremes import asked_extremes
from askdivide.answering.found import Found, Table, counted, sentences, table_of
from askdivide.answering.lists import Place, asks_list, places
from askdivide.answering.named import silent
from askdivide.answering.rows import named_rows, settled_rows, with_named_first, with_whole_tables
from askdivide.answering.times import Times, asks_now
from askdivide.answering.windows import read_bare, read_best
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors
from askdivide.records import Sentence
from askdivide.retrieval.reader import Reader, Reading, SentenceReading
from askdivide.retrieval.search import Hit, Query, asks_newest
from askdivide.text.dates import date_number
from askdivide.text.facts import find_facts
from askdivide.text.terms import word_shares

_K1, _B, _USUAL_LENGTH = 1.2, 0.3, 22.0
_LOCAL = 0.6
"""Share of a term's weight that its rarity among the sentences found decides."""
_HEAD = 0.35
"""What a question's term counts that stands in the headings above a sentence, not in it."""
_GENERAL = 2000
"""Passages of general English that a corpus's own counts are mixed with: a small corpus does not know that "get" is common."""
_RARE = 0.0005
"""Share of general passages that a word stands in which is not among the common ones."""

_QUIET = 2.0
"""What lines of code and lists of sources stand behind, in log-odds: the reader has seen none, and they share words with whatever is
asked about."""
_OF_A_SISTER = 2.0
"""What sentences of an article stand behind, in log-odds, that never names what the question names and others of those found do."""
_SOURCES = re.compile(
    r"(?:\d+(?:\.\d+)*\.?\s+|[ivx]+\.\s+)?(?:references?|bibliography|works cited|literature(?: cited)?|citations?|cited as|how to cite|"
    r"sources|footnotes|参考文献)\W*",
    re.IGNORECASE,
)
"""The heading of a list of sources."""
_ALIKE, _NEWER = 0.85, 0.5
"""Cosine from which on two sentences say the same but for details; what the newer one is then put before the older by."""

FEATURES = (
    "dense", "lexical", "covered", "passage", "passage_dense", "before", "other_type", "leads", "defines", "other_code",
    "row", "item", "list_wanted", "covered_around", "dated", "recent", "exact_type", "elsewhere",
    "answers", "words", "passage_answers", "unread",
)  # fmt: skip
"""What is known of a candidate, in the order of the weights; the last four come from the reader."""


@dataclass(frozen=True)
class Candidate:
    """A sentence, item or table row that may be quoted."""

    hit: Hit
    position: int
    """Index among the sentences of its chunk."""
    places: Sequence[Place]
    """Of the sentences of its chunk."""
    sentence: Sentence
    text: str
    """The article's own words, without marks."""
    terms: frozenset[str]
    vector: Vectors
    dense: float
    coverage: float
    """Share of the question's terms, weighted by rarity, that stand in the sentence."""
    elsewhere: float
    """Share of the question's weight in words that are rare in English and that other articles have, but not this one."""
    reading: SentenceReading | None
    """What the reader makes of it; None where it was not read."""
    passage_reading: float | None
    """The reader's logit for the passage around it."""
    answer: tuple[int, int] | None
    """Where in the document the reader sees the answer's own words; None where it was not read."""
    bare: Reading | None
    """What the reader makes of it without its article's title and headings; of the best candidate only."""
    features: Vectors
    """Shape (features,)."""
    score: float
    """Log-odds against the other candidates, up to a constant: a difference of 1 means e times as likely to answer."""
    extreme: bool
    """Whether it is the row of its table with the most or the least of what is asked for."""
    named: bool
    """Whether it is a row whose label stands in the question as a whole."""
    quiet: bool
    """Whether it is of code or of a list of sources, and not of what the article says."""

    @property
    def table(self) -> Table | None:
        """Of which table it is a row, which may be in several chunks; None for other sentences."""
        return table_of(self.hit, self.position)

    @property
    def around(self) -> float:
        """Share of the question's terms, weighted by rarity, that stand in it, in its lead, in the headings above or in who says it."""
        return float(self.features[_AROUND])


def weights(catalog: Catalog, query: Query) -> dict[str, float]:
    """How much each term of the question tells: its inverse document frequency over chunks (BM25's), at least 0.

    The corpus's own counts are mixed with those of general English, so that rarity in a small corpus is not taken for meaning.
    """
    _, chunks = catalog.counts()
    counts = catalog.chunks_with(query.terms)
    shares = word_shares()
    weighed = {}
    for term in query.terms:
        count = counts.get(term, 0) + _GENERAL * shares.get(term, _RARE)
        weighed[term] = math.log(1 + (chunks + _GENERAL - count + 0.5) / (count + 0.5))
    return weighed


def candidates(
    query: Query, hits: Sequence[Hit], idf: Mapping[str, float], catalog: Catalog, reader: Reader | None = None, most: int = 0
) -> list[Candidate]:
    """The sentences of `hits`, best first; a `reader` reads at most `most` stretches round those that are best without it."""
    if not hits:
        return []
    extremes = asked_extremes(query.text)
    hits, whole = with_whole_tables(hits, catalog) if extremes else (hits, ())
    found = [sentence for hit in hits for sentence in sentences(hit, places(hit.row, catalog))]
    features = _features(query, found, idf, _elsewhere(idf, hits, catalog))
    plain = features[:, :_OF_READER] @ _PLAIN
    read = read_best(query, found, plain, reader, most) if reader else {}
    if reader:
        for at, row in enumerate(features):
            if at in read:
                seen = read[at]
                row[_OF_READER : _OF_READER + 3] = np.clip([seen.sentence.answers, seen.sentence.words / 2, seen.passage], -8, 8)
            else:
                row[_OF_READER + 3] = 1.0
    scores = features @ _READ if reader else plain
    quiet = [_is_quiet(one) for one in found]
    scores = scores - _QUIET * np.array(quiet, np.float32)
    without = silent(query.text, {one.hit.row.document.id: one.hit.row.document for one in found}.values(), catalog)
    scores = scores - _OF_A_SISTER * np.array([one.hit.row.document.id in without for one in found], np.float32)
    named = named_rows(query.text, found)
    scores = with_named_first(named, found, scores)
    settled = settled_rows(extremes, whole, found, scores) if extremes else {}
    final = [settled.get(at, score) for at, score in enumerate(scores.tolist())]
    best = max(range(len(final)), key=final.__getitem__)
    if (asks_newest(query.text) or asks_now(query.text)) and (newer := _newer(found, best)) is not None:
        final[newer] = final[best] + _NEWER
        best = newer
    result = []
    for at, (one, row, score) in enumerate(zip(found, features, final, strict=True)):
        judged = read.get(at)
        result.append(
            Candidate(
                hit=one.hit,
                position=one.position,
                places=one.places,
                sentence=one.hit.row.chunk.sentences[one.position],
                text=one.text,
                terms=frozenset(one.counts),
                vector=one.hit.row.sentence_vectors[one.position],
                dense=float(row[0]),
                coverage=float(row[2]),
                elsewhere=float(row[_ELSEWHERE]),
                reading=judged.sentence if judged else None,
                passage_reading=judged.passage if judged else None,
                answer=judged.answer if judged else None,
                bare=read_bare(query, one, reader) if reader and at == best else None,
                features=row,
                score=score,
                extreme=at in settled,
                named=at in named,
                quiet=quiet[at],
            )
        )
    return sorted(result, key=lambda one: -one.score)


def _is_quiet(one: Found) -> bool:
    chunk = one.hit.row.chunk
    return chunk.sentences[one.position].kind == "code" or _SOURCES.fullmatch(chunk.heading.rpartition(" > ")[2]) is not None


def _newer(found: Sequence[Found], best: int) -> int | None:
    """The sentence of the newest article that says what the best one does but for its details; None where that tells its own date.

    Where every release is announced in the same words, the best of these may be any; and what is open may be closed by now.
    """
    one = found[best]
    published = one.hit.row.document.published
    if not published or any(moment.year for moment in find_facts(one.text).moments):
        return None
    vector = one.hit.row.sentence_vectors[one.position]
    later = [
        (date_number(other.hit.row.document.published), -at)
        for at, other in enumerate(found)
        if other.hit.row.document.published
        and date_number(other.hit.row.document.published) > date_number(published)
        and float(other.hit.row.sentence_vectors[other.position] @ vector) >= _ALIKE
    ]
    return -max(later)[1] if later else None


def _elsewhere(idf: Mapping[str, float], hits: Sequence[Hit], catalog: Catalog) -> dict[int, float]:
    """By document, the share of the question's weight in rare words of English that stand in other articles and not in it.

    An article that never names the ferry which is asked about hardly answers, however alike its sentences are.
    """
    shares, known = word_shares(), catalog.chunks_with(list(idf))
    rare = [term for term in idf if term in known and term not in shares]
    documents = dict.fromkeys(hit.row.document.id for hit in hits) if rare else {}
    total = sum(idf.values()) or 1.0
    found = {document: catalog.terms_in(document, rare) for document in documents}
    return {document: sum(idf[term] for term in rare if term not in here) / total for document, here in found.items()}


def _features(query: Query, found: Sequence[Found], idf: Mapping[str, float], elsewhere: Mapping[int, float]) -> Vectors:
    """What is known of each sentence without the reader, whose columns are 0; shape (sentences, features)."""
    telling = _telling(idf, [one.counts for one in found])
    lexical = np.array([_lexical(one.counts, one.head, telling) for one in found])
    lexical = lexical / (lexical.max() or 1.0)
    total = sum(idf.values()) or 1.0
    wanted, defines, codes = answer_type(query.text), definition_of(query.text), _codes(query.text)
    listed, exact = asks_list(query.text), exact_type(query.text)
    times = Times.of(query.text, [(one.text, one.hit.row.document.published) for one in found])
    chunks = {one.hit.row.id: one.hit.row for one in found}
    cosines = {number: (row.sentence_vectors @ query.vector).tolist() for number, row in chunks.items()}
    rows = []
    for one, score in zip(found, lexical.tolist(), strict=True):
        published, kind, text, lead = one.hit.row.document.published, one.kind, one.text, counted(one.lead)
        rows.append((
            cosines[one.hit.row.id][one.position], score, _share(idf, one.counts) / total, one.hit.score, one.hit.dense,
            0.0,
            wanted is not None and not wanted.is_in(text),
            _only_leads(text) or _is_roll(text),
            defines is not None and defines.search(text) is not None,
            _other_code(codes, text),
            kind == "row", kind == "item", listed and kind == "item",
            sum(weight for term, weight in idf.items() if term in one.counts or term in one.head or term in lead) / total,
            times.named(text, published), times.recent(text, published),
            exact is not None and exact(text),
            elsewhere.get(one.hit.row.document.id, 0.0),
        ))  # fmt: skip
    features = np.zeros((len(found), len(FEATURES)), np.float32)
    features[:, :_OF_READER] = rows
    for at, one in enumerate(found):
        if at and found[at - 1].hit is one.hit and one.kind != "row":
            features[at, 5] = (features[at - 1, 0] + features[at - 1, 1]) / 2
    return features


def _share(idf: Mapping[str, float], words: Container[str]) -> float:
    return sum(weight for term, weight in idf.items() if term in words)


_OF_READER, _ELSEWHERE, _AROUND = (FEATURES.index(name) for name in ("answers", "elsewhere", "covered_around"))
_CODE = re.compile(r"\b([A-Za-z]+)[ -]?(\d[\w.]*)")


def _codes(text: str) -> dict[str, set[str]]:
    """Names with numbers in a text, such as versions, by their letters: {"v": {"3"}, "qwen": {"2.5"}}."""
    found: dict[str, set[str]] = {}
    for match in _CODE.finditer(text):
        found.setdefault(match[1].casefold(), set()).add(match[2].rstrip(".").casefold())
    return found


def _other_code(codes: Mapping[str, set[str]], text: str) -> bool:
    """Whether a sentence names another number of what the question names with a number, and not the one asked for."""
    if not codes:
        return False
    here = _codes(text)
    return any(letters in here and not numbers & here[letters] for letters, numbers in codes.items())


def _telling(idf: Mapping[str, float], sentences: Sequence[Counter[str]]) -> dict[str, float]:
    """`idf` with each term's rarity among the sentences found: what they nearly all share does not tell them apart."""
    size = len(sentences)
    weights = {}
    for term, weight in idf.items():
        here = sum(term in counts for counts in sentences)
        local = math.log(1 + (size - here + 0.5) / (here + 0.5)) / math.log(1 + 2 * size)
        weights[term] = weight * (1 - _LOCAL + _LOCAL * local)
    return weights


# Weights of FEATURES, without and with the reader: a conditional logit over the candidates of a question, fitted to which of
# them hold the answer by training/fit_choice.py; docs/quality.md has the figures. But `leads` (fitted: -0.5): a question may
# be answered by what "the table below shows", never by these words; and `dated` (fitted: 0.7 and 0.4) and `recent` (fitted: 0),
# for which few of those questions ask; `recent` was set by reading ten that do. `elsewhere` was found last: of 1 to 8, all of which
# do better than nothing on all sets, the middle.
_PLAIN = np.array([3.27, 1.11, 1.11, 3.43, 1.46, 1.19, -0.68, -2.5, 0.39, -0.28, 0.57, 0.12, 0.51, 1.99, 1.1, 2.5, 1.53, -3.0], np.float32)
_READ = np.array(
    [1.45, 0.7, 0.36, 2.49, 1.03, 0.81, -0.53, -2.5, 0.2, -0.17, 0.4, 0.04, 0.12, 0.92, 1.0, 2.5, 0.8, -3.0,
     0.36, 0.02, 0.08, -2.69], np.float32,
)  # fmt: skip


_ONLY_LEADS = re.compile(
    r":\W*$|\?[\"”’')\]]*$"
    r"|\b(?:the|this|a) (?:following |next |first )?(?:table|list|chart|figure|graph|diagram|box)s?\b(?: (?:below|above|that follows))?"
    r" (?:below\b|above\b|that follows\b|shows?\b|compares?\b|lists?\b|gives?\b|sets? out\b|summari[sz]es?\b)"
    r"|\b(?:table|list|figure|chart|section)s? (?:below|above)\b|^\W*this article\b",
    re.IGNORECASE,
)
"""A lead-in to a list, a question, a pointer to a table: it says that something is told, not what."""


@lru_cache(maxsize=8192)
def _only_leads(text: str) -> bool:
    return _ONLY_LEADS.search(text) is not None


@lru_cache(maxsize=8192)
def _is_roll(text: str) -> bool:
    """Whether a text is a long row of names and says nothing of them, such as a line-up ("Vale (4-3-3): Vassou; Birch, Igoe, ...")."""
    words = _WORD.findall(text)
    return len(words) >= _ROLL_LEAST and sum(word[0].isupper() for word in words) >= _ROLL_SHARE * len(words)


_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_ROLL_LEAST, _ROLL_SHARE = 10, 0.9


def _lexical(counts: Counter[str], head: frozenset[str], idf: Mapping[str, float]) -> float:
    length = sum(counts.values())
    norm = _K1 * (1 - _B + _B * length / _USUAL_LENGTH)
    score = 0.0
    for term, weight in idf.items():
        if term in counts:
            score += weight * (_K1 + 1) * counts[term] / (counts[term] + norm)
        elif term in head:
            score += weight * _HEAD
    return score
