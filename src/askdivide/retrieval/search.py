"""Hybrid search: the nearest vectors and the best BM25 matches, scored by both and ranked together."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from askdivide.errors import QuestionError
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors
from askdivide.index.reading import Index
from askdivide.index.tables import ChunkRow, from_halves
from askdivide.records import Filters, Passage
from askdivide.retrieval.copies import without_repeats
from askdivide.retrieval.fusion import fuse
from askdivide.retrieval.nearest import nearest
from askdivide.text.dates import date_number, parse_date
from askdivide.text.terms import content_terms, terms

LONGEST_QUESTION = 4000
"""Characters; the embedding model sees far less."""
_CANDIDATES = 60
"""Taken from each search before ranking."""
_PER_ARTICLE = 0.75
"""Share of the passages asked for that one article may fill before those of others get their turn.

At most 3 of 8 lost 4 to 12 points of the questions whose evidence was among the 8: the article that is asked about has more
than three passages worth reading."""
_TO_EARLIER = 4
"""How many times as much the question's own terms count in BM25 as those of the question before it."""
_NEWEST = re.compile(r"\b(?:latest|newest|most recent(?:ly)?)\b", re.IGNORECASE)
_RECENT = 0.2
"""What the newest article found gains over the oldest where the newest of something is asked for: announcements of one release after
another are alike but for their dates."""
_COMMON_SHARE, _COMMON_FROM, _COMMON_MOST = 0.1, 5000, 30_000
"""In an index of more than `_COMMON_FROM` chunks, words that occur in more than this share of them are not looked up, nor such as
occur in more than `_COMMON_MOST`: else a question takes the longer, the more articles there are."""

_ASKING = re.compile(
    r"\bhow (?:many|much|big|large|small|long|short|old|far|often|tall|high|low|deep|fast|wide|heavy|soon)\b"
    r"|^\W*(?:(?:please|can you|could you)\s+)*(?:tell|show|give|explain|describe)(?: to)? (?:me|us)\b"
    r"|^\W*what (?:do|does) (?:the|these|those|your) (?:articles?|texts?|documents?|sources?) say\b"
    # Chinese parts no words: what asks would make terms with its neighbours that no article has.
    r"|请问|什么时候|什么地方|是什么|为什么|什么|多少|几[个年月天次]|何[时地]|怎么样?|如何|哪[里些个年]|是谁|谁|[吗呢]?[？?]$",
    re.IGNORECASE,
)
"""Words that ask, and are not what is asked about."""
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")
"""As "US" and "IT", which without capitals are function words."""


@dataclass(frozen=True)
class Query:
    """A question prepared for searching."""

    text: str
    terms: tuple[str, ...]
    """Its content terms, each once."""
    vector: Vectors
    earlier: tuple[str, ...] = ()
    """Further content terms, of the question before it in a conversation."""
    tells: bool = True
    """Whether it says what it is about. One of function words alone ("why?", "tell me") is searched by what it has."""


@dataclass(frozen=True)
class Hit:
    """A chunk that was found."""

    row: ChunkRow
    score: float
    """In 0..1, comparable within one search only."""
    dense: float
    """Cosine of question and chunk."""
    sentence: float
    """Cosine of question and the chunk's nearest sentence."""
    lexical: float
    """BM25; 0 where no term of the question occurs."""
    ranks: Mapping[str, int | None]

    def passage(self) -> Passage:
        """The hit as it is shown."""
        document, chunk = self.row.document, self.row.chunk
        return Passage(
            document=document.path,
            title=document.title,
            source=document.source,
            published=document.published,
            url=document.url,
            heading=chunk.heading,
            page=chunk.page,
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            score=self.score,
            ranks=self.ranks,
            scores={"dense": round(self.dense, 4), "lexical": round(self.lexical, 4)},
        )


def prepare(index: Index, text: str, earlier: str = "") -> Query:
    """Check a question that stands alone, and embed it; `earlier` is the one before it in a conversation on the same subject.

    Raises QuestionError where it is empty, without words or too long.
    """
    text = _clean(text)
    if not text:
        raise QuestionError("the question is empty; ask something")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(f"the question has {len(text):,} characters; ask in at most {LONGEST_QUESTION:,}")
    content = _content(text)
    own = tuple(content or dict.fromkeys(terms(text)))
    if not own:
        raise QuestionError("the question has no words; ask something")
    before = tuple(term for term in _content(_clean(earlier)) if term not in own)
    return Query(text, own, index.embedder.embed_query(text), before, bool(content) or bool(_ABBREVIATION.search(text)))


def asks_newest(question: str) -> bool:
    """Whether the newest of several things is asked for."""
    return bool(_NEWEST.search(question))


def _clean(text: str) -> str:
    # A byte of a command line that is no text arrives as a lone surrogate, which no tokenizer takes.
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _content(question: str) -> list[str]:
    return content_terms(_ASKING.sub(" ", question))


def checked(filters: object) -> Filters:
    """`filters` as they are searched with: days as ISO strings, of which `date`s are made too, and one text alone as a tuple.

    Raises QuestionError for what is no date or no text.
    """
    if not isinstance(filters, Filters):
        raise QuestionError(f"the filters are a {type(filters).__name__}; give Filters(...)")
    return Filters(
        _day(filters.since, "since"),
        _day(filters.until, "until"),
        _texts(filters.sources, "sources"),
        _texts(filters.tags, "tags"),
        _texts(filters.documents, "documents"),
    )


def _day(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    iso = parse_date(value)
    if iso is None:
        raise QuestionError(f"the filter {name} is {repr(value)[:60]}, which is no date; write 2025, 2025-06 or 2025-06-30")
    return iso


def _texts(value: object, name: str) -> tuple[str, ...]:
    if isinstance(value, str) or value is None:
        return (value,) if value else ()
    if isinstance(value, Collection) and not isinstance(value, Mapping) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise QuestionError(f"the filter {name} is {repr(value)[:60]}, which is not texts; write ('one', 'other')")


def search(index: Index, catalog: Catalog, query: Query, *, top_k: int, filters: Filters = Filters()) -> list[Hit]:
    """The `top_k` best chunks for `query` among the articles that pass `filters`, best first."""
    wanted = max(_CANDIDATES, 2 * top_k)
    dense_ids = nearest(index, catalog, query.vector, wanted, filters)
    # What only one search returned is scored by the other as well.
    lexical = _lexical(catalog, query, wanted, filters, dense_ids)
    ranks_dense = {chunk_id: rank for rank, chunk_id in enumerate(dense_ids, start=1)}
    ranks_lexical = {chunk_id: rank for rank, chunk_id in enumerate(list(lexical)[:wanted], start=1)}
    rows = catalog.chunks(dict.fromkeys([*dense_ids, *ranks_lexical]))
    dense_scores = {chunk_id: float(row.vector @ query.vector) for chunk_id, row in rows.items()}
    sentence_scores = _nearest_sentences(rows, query.vector)
    lexical_scores = {chunk_id: lexical.get(chunk_id, 0.0) for chunk_id in rows}
    # A long chunk hides a sentence that is near; on every set, chunk and nearest sentence together found more than either.
    fused = fuse({chunk_id: (dense_scores[chunk_id] + sentence_scores[chunk_id]) / 2 for chunk_id in rows}, lexical_scores)
    if asks_newest(query.text):
        fused = _newest_first(fused, rows)
    hits = [
        Hit(
            row=rows[chunk_id],
            score=score,
            dense=dense_scores[chunk_id],
            sentence=sentence_scores[chunk_id],
            lexical=lexical_scores[chunk_id],
            ranks={"dense": ranks_dense.get(chunk_id), "lexical": ranks_lexical.get(chunk_id)},
        )
        for chunk_id, score in sorted(fused.items(), key=lambda item: (-item[1], item[0]))
    ]
    return _diverse(without_repeats(catalog, hits), max(math.ceil(top_k * _PER_ARTICLE), 1))[:top_k]


def _newest_first(scores: Mapping[int, float], rows: Mapping[int, ChunkRow]) -> dict[int, float]:
    """`scores`, in 0..1 as before, with what their articles' dates make of them."""
    dates = {chunk_id: date_number(row.document.published) for chunk_id, row in rows.items() if row.document.published}
    places = {date: place for place, date in enumerate(sorted(set(dates.values())))}
    last = max(len(places) - 1, 1)
    gained = {chunk_id: _RECENT * places[dates[chunk_id]] / last if chunk_id in dates else 0.0 for chunk_id in scores}
    return {chunk_id: (score + gained[chunk_id]) / (1 + _RECENT) for chunk_id, score in scores.items()}


def _nearest_sentences(rows: Mapping[int, ChunkRow], vector: Vectors) -> dict[int, float]:
    """Cosine of `vector` and the nearest sentence of each chunk; 0 where it has none near."""
    cosines = from_halves(b"".join(row.sentence_bytes for row in rows.values()), len(vector)) @ vector
    scores, start = {}, 0
    for chunk_id, row in rows.items():
        end = start + len(row.sentence_bytes) // (len(vector) * 2)
        scores[chunk_id] = float(cosines[start:end].max(initial=0.0))
        start = end
    return scores


def _diverse(hits: Sequence[Hit], most: int) -> list[Hit]:
    seen: Counter[int] = Counter()
    first: list[Hit] = []
    later: list[Hit] = []
    for hit in hits:
        seen[hit.row.document.id] += 1
        (first if seen[hit.row.document.id] <= most else later).append(hit)
    return first + later


def _lexical(catalog: Catalog, query: Query, limit: int, filters: Filters, beside: Sequence[int]) -> dict[int, float]:
    """BM25 by chunk id, best first: of the best `limit` chunks, and of those `beside` that match as well."""
    own = list(_telling(catalog, query.terms))
    if not query.earlier:
        return dict(catalog.lexical(_any_of(own), limit, filters, beside=beside))
    # A term that stands in the expression several times counts as many times.
    expression = _any_of([*own * _TO_EARLIER, *_telling(catalog, query.earlier)])
    return {chunk_id: score / _TO_EARLIER for chunk_id, score in catalog.lexical(expression, limit, filters, beside=beside)}


def _any_of(words: Sequence[str]) -> str:
    """An FTS5 query."""
    return " OR ".join(f'"{word}"' for word in words if '"' not in word)


def _telling(catalog: Catalog, words: Sequence[str]) -> Sequence[str]:
    """`words` without very common ones, which cost most of the time and tell nothing apart."""
    _, chunks = catalog.counts()
    if chunks <= _COMMON_FROM:
        return words
    counts = catalog.chunks_with(words)
    telling = [word for word in words if counts.get(word, 0) <= min(chunks * _COMMON_SHARE, _COMMON_MOST)]
    return telling if any(word in counts for word in telling) else words
