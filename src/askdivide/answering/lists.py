"""Lists and tables: what their items belong to, and questions that ask for one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askdivide.index.catalog import Catalog
from askdivide.index.tables import ChunkRow
from askdivide.records import MARK, Sentence
from askdivide.text.plain import plain, unmarked
from askdivide.text.sentences import sentence_spans
from askdivide.text.terms import terms

_MARK = r"[ \t>]*(?:[-*+•‣–]|\(?\d{1,2}[.)]|\(?[a-z][.)])[ \t]+"
_ITEM_MARK = re.compile(rf"(?:^|\n){_MARK}(?:\[[ x]\][ \t]+)?[*_\"“{MARK}]*$")
"""What stands before the words of a list's item, at the end of the text before them."""
_ITEM_LINE = re.compile(_MARK)
_BEFORE_MOST, _LEAD_MOST = 600, 200
"""Characters that are looked at before a chunk for what leads to it; and of a lead-in at most."""
_SINGLED_OUT = 0.3
"""Share of a question's weight in words that one item of a list alone has, from which on the question asks for that item."""
_ASKS_LIST = re.compile(
    r"^\W*(?:what|which)\b.*\b(?:are|were|do|does|did|have|has|can|must|should)\b"
    r"|^\W*how (?:do|can|should|must) (?:i|we|you|one|people)\b"
    r"|^\W*(?:list|name|give|tell|show)\b.*\b(?:all|every|the)\b"
    r"|\b(?:which|what) (?!(?:is|was|does|has)\b)(?:\w+ )?(?!(?:is|was|does|has|this)\b)\w+s\b",
    re.IGNORECASE,
)
_ASKS_SUM = re.compile(r"\b(?:do|does|did|will|would|can|could|should)\b.*\b(?:cost|weigh|earn|charge|pay)\W*$", re.IGNORECASE)
"""What one thing costs or weighs, which has the form of a question for a list ("What did the pier cost?")."""


def asks_list(question: str) -> bool:
    """Whether a question's form allows for a list as its answer."""
    return bool(_ASKS_LIST.search(question)) and not _ASKS_SUM.search(question)


@dataclass(frozen=True)
class Place:
    """Where a sentence stands: whether it begins an item of a list, and what leads to it."""

    begins_item: bool
    lead: str
    """What leads to it: to an item the sentence above its list, to a row the one above its table; else empty."""


def places(row: ChunkRow, catalog: Catalog) -> list[Place]:
    """The place of each sentence of a chunk."""
    chunk = row.chunk
    before = catalog.text_before(row.document.id, chunk.header[0] if chunk.header else chunk.start, _BEFORE_MOST)
    if chunk.header:
        return [Place(False, _last_sentence(before, row.document.markup))] * len(chunk.sentences)
    lead, inside, found = "", False, []
    for at, sentence in enumerate(chunk.sentences):
        earlier = chunk.sentences[at - 1] if at else None
        begins = bool(_ITEM_MARK.search(before + chunk.words[: sentence.start - chunk.start]))
        if begins:
            if not earlier:
                lead = _last_sentence(before, row.document.markup)
            elif not inside:
                lead = chunk.said(earlier.start, earlier.end)[-_LEAD_MOST:]
            inside = True
        elif earlier and "\n\n" in chunk.text[earlier.end - chunk.start : sentence.start - chunk.start]:
            inside = False
        found.append(Place(begins, lead if inside else ""))
    return found


@dataclass(frozen=True)
class Part:
    """A part of a list, as it stands in its document."""

    row: ChunkRow
    """The chunk in which it begins."""
    start: int
    end: int


@dataclass(frozen=True)
class WholeList:
    """A list of an article."""

    lead: Part | None
    """The sentence before its first item, under the same heading."""
    items: Sequence[Part]


def list_of(row: ChunkRow, position: int, text: str, catalog: Catalog) -> WholeList | None:
    """The list that sentence `position` of a chunk is of, or leads to; None where it is of none with at least two items.

    It is followed into the chunks beside this one under the same heading; `text` is that of the whole document. An item with items
    further in below it leads to these.
    """
    rows = sorted((one for one in (row, *catalog.beside(row)) if not one.chunk.header), key=lambda one: one.chunk.start)
    slots = [
        _Slot(one, sentence, place.begins_item)
        for one in rows
        for sentence, place in zip(one.chunk.sentences, places(one, catalog), strict=True)
    ]
    first = next(at for at, slot in enumerate(slots) if slot.row is row) + position
    leading = first
    if is_lead_in(text[slots[first].sentence.start : slots[first].sentence.end]) and first + 1 < len(slots):
        first += slots[first + 1].begins_item
    within = first > leading and _depth(text, slots[first]) > _depth(text, slots[leading]) and slots[leading].begins_item

    def parted(at: int) -> bool:
        """Whether another paragraph begins with slot `at`, which is no item."""
        return not slots[at].begins_item and "\n\n" in text[slots[at - 1].sentence.end : slots[at].sentence.start]

    def head(at: int) -> int | None:
        """Where the item that slot `at` is of begins."""
        while at > 0 and not slots[at].begins_item and not parted(at):
            at -= 1
        return at if slots[at].begins_item else None

    begins = head(first)
    if begins is None:
        return None
    while not within and begins > 0 and (before := head(begins - 1)) is not None:
        begins = before
    last = begins
    while last + 1 < len(slots) and not parted(last + 1):
        if within and slots[last + 1].begins_item and _depth(text, slots[last + 1]) <= _depth(text, slots[leading]):
            break
        last += 1
    starts = [at for at in range(begins, last + 1) if slots[at].begins_item]
    if len(starts) < 2:
        return None
    lead = slots[begins - 1] if begins and slots[begins - 1].sentence.kind != "code" else None
    ends = [slots[at - 1].sentence.end for at in starts[1:]] + [slots[last].sentence.end]
    return WholeList(
        Part(lead.row, lead.sentence.start, lead.sentence.end) if lead else None,
        [Part(slots[at].row, slots[at].sentence.start, end) for at, end in zip(starts, ends, strict=True)],
    )


@dataclass(frozen=True)
class _Slot:
    row: ChunkRow
    sentence: Sentence
    begins_item: bool


def is_lead_in(text: str) -> bool:
    """Whether a sentence only leads to what follows it."""
    return text.rstrip("*_ ").endswith((":", "："))


def singled_out(row: ChunkRow, position: int, whole: WholeList, text: str, idf: Mapping[str, float]) -> bool:
    """Whether a question, of whose terms `idf` tells the weights, asks for the item that sentence `position` is of and not for the list.

    It does where much of it stands in this item, and neither in another nor in what leads to them.
    """
    at = row.chunk.sentences[position].start

    def said(part: Part) -> list[str]:
        return terms(plain(text[part.start : part.end], markup=row.document.markup))

    own: set[str] = set()
    others = set(said(whole.lead)) if whole.lead else set()
    for part in whole.items:
        here = own if part.start <= at < part.end else others
        here.update(said(part))
    share = sum(weight for term, weight in idf.items() if term in own - others)
    return share >= _SINGLED_OUT * sum(idf.values()) > 0


def _depth(text: str, slot: _Slot) -> int:
    """How far in the line of an item begins."""
    line = text[text.rfind("\n", 0, slot.sentence.start) + 1 : slot.sentence.start].expandtabs(4)
    return len(line) - len(line.lstrip())


def _last_sentence(before: str, markup: bool) -> str:
    """The last sentence of `before` that is of no list and no table, unless a heading parts it from what follows."""
    for line in reversed(before.splitlines()):
        if line.lstrip().startswith("#"):
            break
        if line.strip() and not line.lstrip().startswith("|") and not _ITEM_LINE.match(line):
            words = unmarked(line) if markup else line
            spans = sentence_spans(words)
            if spans:
                return words[slice(*spans[-1])].replace(MARK, "")[-_LEAD_MOST:]
    return ""
