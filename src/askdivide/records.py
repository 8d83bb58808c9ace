"""The records that pass between the rooms: plain, frozen, defined once.

Spans (`start`, `end`) are code point offsets into `Document.text`, end exclusive. Dates are ISO strings of day, month or year
precision ("2025-01-06", "2025-01", "2025").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

BlockKind = Literal["heading", "text", "item", "table", "code", "noise"]
Support = Literal["quoted", "supported", "unsupported", "uncited"]
Status = Literal["answered", "refused"]

MARK = "\u200b"
"""Stands in the place of each character of a mark of Markdown or HTML: a space of no width, which no word holds and nobody sees."""


@dataclass(frozen=True)
class Block:
    """A stretch of a document that a reader recognised: a heading, a paragraph, a list item, a table, code, or page furniture."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    """Depth of a heading, from 1; 0 for everything else."""
    page: int | None = None


@dataclass(frozen=True)
class Document:
    """An article as read: its text, what is known about it, and its blocks in order."""

    path: str
    """Path below the corpus folder, with `/`."""
    text: str
    title: str
    published: str | None = None
    source: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    markup: bool = False
    """Whether the text carries Markdown marks that people should not see in an answer."""
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the file could not be read, for a person to know ("has no text on pages 3, 4 (scanned)")."""


@dataclass(frozen=True)
class Sentence:
    """The smallest thing that is quoted: a sentence, a list item, a table row or some lines of code."""

    start: int
    end: int
    kind: Literal["sentence", "row", "code"] = "sentence"
    speaker: str = ""
    """Who says it, in a transcript, where it does not begin with the name itself; else empty."""


@dataclass(frozen=True)
class Chunk:
    """What is embedded and searched: consecutive blocks under one heading, or (part of) a table."""

    start: int
    end: int
    heading: str
    """Headings above it, outermost first, joined with " > "; empty at the top of a document."""
    page: int | None
    text: str
    sentences: tuple[Sentence, ...]
    header: tuple[int, int] | None = None
    """Span of the column names, for a table."""
    columns: str = ""
    """The column names' own line, which later parts of a long table do not hold; without marks."""
    unmarked: str | None = None
    """`text` at the same length with MARK for each character of a mark of Markdown or HTML; None where it has none."""

    @property
    def words(self) -> str:
        """What is searched, embedded and read of it: `text` without its marks, each place the same."""
        return self.text if self.unmarked is None else self.unmarked

    @property
    def speaker(self) -> str:
        """Who says what it begins with, in a transcript, where that does not begin with the name itself; else empty."""
        return next((one.speaker for one in self.sentences if one.start >= self.start), "")

    @property
    def speakers(self) -> tuple[str, ...]:
        """All who say something of it, in a transcript, that does not begin with their name."""
        return tuple(dict.fromkeys(one.speaker for one in self.sentences if one.speaker))

    def said(self, start: int | None = None, end: int | None = None) -> str:
        """What stands between two places of the document within this chunk, or in all of it, without marks."""
        first = None if start is None else start - self.start
        return self.words[first : None if end is None else end - self.start].replace(MARK, "")


@dataclass(frozen=True)
class Passage:
    """A chunk that a search found, with the scores that found it."""

    document: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    heading: str
    page: int | None
    start: int
    end: int
    text: str
    score: float
    ranks: Mapping[str, int | None] = field(default_factory=dict)
    """Rank from 1 in each search ("dense", "lexical"); None where that search did not return it."""
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Citation:
    """An exact span of an exact version of an article. `quote` is the article's own text there."""

    number: int
    document: str
    version: str
    """SHA-256 of the document's file when it was indexed."""
    title: str
    source: str | None
    published: str | None
    url: str | None
    heading: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Claim:
    """One sentence of an answer and what it rests on."""

    text: str
    citations: tuple[int, ...]
    support: Support
    reason: str = ""
    """Why it is not supported, for people; not part of `to_dict`."""


@dataclass(frozen=True)
class Note:
    """Something the reader should know beside the answer, such as that two articles disagree."""

    kind: str
    text: str
    citations: tuple[int, ...] = ()

    @property
    def first(self) -> bool:
        """Whether it is to be read before the answer, since it says how far that is to be trusted."""
        return self.kind == "uncertain"


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer, and what comes nearest to one."""

    reason: str
    nearest: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Turn:
    """An earlier question of a conversation and, where known, the answer given."""

    question: str
    answer: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of a question. A refusal is an answer too: `refusal` says why."""

    question: str
    standalone_question: str
    status: Status
    model: str
    text: str
    """The answer with `[n]` markers that point at `citations`."""
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    consulted: tuple[Passage, ...] = ()
    """Passages that were read and not cited."""
    notes: tuple[Note, ...] = ()
    refusal: Refusal | None = None
    confidence: float = 0.0
    """Estimated probability that the corpus answers the question."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    read: tuple[Passage, ...] = ()
    """All passages that were read, best first; for explaining, not part of `to_dict`."""

    raw: str = ""
    """What a model wrote, keys and all; not part of `to_dict`."""
    thinking: str = ""
    """The model's reasoning, where it gives it; not part of `to_dict`."""
    unknown_keys: int = 0
    """How often the model cited a passage that it was not given; not part of `to_dict`."""

    def explanation(self) -> list[dict[str, Any]]:
        """The passages read, with the scores and ranks that each search gave them."""
        return [passage_dict(p, "document title heading page start end score scores ranks") for p in self.read]

    def to_dict(self) -> dict[str, Any]:
        """The answer in the shape of `ask --json`."""
        data = asdict(self)
        for name in ("read", "raw", "thinking", "unknown_keys"):
            del data[name]
        for claim in data["claims"]:
            del claim["reason"]
        data["consulted"] = [passage_dict(p, "document title heading page start end score") for p in self.consulted]
        if self.refusal:
            data["refusal"]["nearest"] = [passage_dict(p) for p in self.refusal.nearest]
        data["seconds"] = {stage: round(value, 4) for stage, value in self.seconds.items()}
        data["confidence"] = round(self.confidence, 4)
        return data


@dataclass(frozen=True)
class Draft:
    """An answer in the making, as far as it has come."""

    standalone_question: str
    text: str = ""
    """What the model has written so far, without the keys it cites by; a later draft may take back the last word or two."""
    thinking: str = ""
    """Its reasoning so far, which is not part of the answer."""


@dataclass(frozen=True)
class Filters:
    """Which articles may answer. Empty means all of them."""

    since: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Paths below the corpus folder."""

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources or self.tags or self.documents)


@dataclass(frozen=True)
class Failure:
    """A document that could not be read, and why."""

    document: str
    reason: str


@dataclass(frozen=True)
class IndexReport:
    """What a run of re-indexing did."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    failed: Sequence[Failure]
    unchanged: int
    documents: int
    chunks: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The report in the shape of `index --json`."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


PASSAGE_FIELDS = "document title source published url heading page start end text score ranks"


def passage_dict(passage: Passage, fields: str = PASSAGE_FIELDS) -> dict[str, Any]:
    """The named fields of a passage, ready for JSON."""
    data = {name: getattr(passage, name) for name in fields.split()}
    data["score"] = round(passage.score, 4)
    return data
