"""Lists and tables: what their items belong to, and questions that ask for one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from askdivide.index.catalog import Catalog
from askdivide.index.tables import ChunkRow
from askdivide.text.sentences import sentence_spans

_MARK = r"[ \t>]*(?:[-*+•‣–]|\(?\d{1,2}[.)]|\(?[a-z][.)])[ \t]+"
_ITEM_MARK = re.compile(rf"(?:^|\n){_MARK}(?:\[[ x]\][ \t]+)?[*_\"“]*$")
"""What stands before the words of a list's item, at the end of the text before them."""
_ITEM_LINE = re.compile(_MARK)
_BEFORE_MOST, _LEAD_MOST = 600, 200
"""Characters that are looked at before a chunk for what leads to it; and of a lead-in at most."""
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
        return [Place(False, _last_sentence(before))] * len(chunk.sentences)
    lead, inside, found = "", False, []
    for at, sentence in enumerate(chunk.sentences):
        earlier = chunk.sentences[at - 1] if at else None
        begins = bool(_ITEM_MARK.search(before + chunk.text[: sentence.start - chunk.start]))
        if begins:
            if not earlier:
                lead = _last_sentence(before)
            elif not inside:
                lead = chunk.text[earlier.start - chunk.start : earlier.end - chunk.start][-_LEAD_MOST:]
            inside = True
        elif earlier and "\n\n" in chunk.text[earlier.end - chunk.start : sentence.start - chunk.start]:
            inside = False
        found.append(Place(begins, lead if inside else ""))
    return found


def _last_sentence(before: str) -> str:
    """The last sentence of `before` that is of no list and no table, unless a heading parts it from what follows."""
    for line in reversed(before.splitlines()):
        if line.lstrip().startswith("#"):
            break
        if line.strip() and not line.lstrip().startswith("|") and not _ITEM_LINE.match(line):
            start, end = sentence_spans(line)[-1]
            return line[start:end][-_LEAD_MOST:]
    return ""
