"""Who says what in a transcript: an interview, a hearing, a podcast, where each turn begins with a name ("Beth Moor: It began ...")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from askdivide.records import MARK, Block
from askdivide.text.terms import terms, word_shares

_TIME = r"[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?[\])]?"
_WORD = r"[^\W\d_a-zà-öø-ÿ](?:[\w'’-]|\.(?=[\s\w:：])){0,40}"
_TURN = re.compile(
    rf"[{MARK}\s]*(?:{_TIME}[{MARK}\s]*)?(?:>>[ ]?)?[{MARK}]*"
    rf"(?P<name>{_WORD}(?:[ ](?:{_WORD}|\d{{1,2}}|de|del|da|di|van|von|der|den|la|al|bin|of|the)){{0,4}})"
    rf"[{MARK}]*(?:[ ]\([^()\n]{{1,60}}\)[{MARK}]*)?(?:[ ]?{_TIME}[{MARK}]*[:：]?|[:：])[{MARK}]*(?:(?<=：)|\s+|\Z)"
)
"""What a turn begins with: a name, perhaps with a time before or behind it or a party in brackets, and a colon or that time."""
_ROLE = re.compile(
    r"(?:speaker|interviewer|interviewee|host|guest|moderator|operator|narrator|questioner|chair(?:man|woman)?|audience(?: member)?|"
    r"participant|witness|记者|主持人)(?: \d{1,2})?",
    re.IGNORECASE,
)
_COVERED_LEAST = 0.6
"""Share of an article's text that its turns make up."""


@dataclass(frozen=True)
class Turn:
    """A paragraph of a turn."""

    speaker: str
    begins: int
    """Where what is said begins: behind the name, or where a paragraph begins that goes on with a turn."""


def turns(blocks: Sequence[Block], words: str) -> dict[int, Turn]:
    """The turns that the paragraphs among `blocks` are of, by where these begin; empty where the article is no transcript.

    `words` is the article's text with MARK for each character of a mark. An article is one where at least two names, and not common
    words such as "Pros" and "Cons", begin several paragraphs each, and paragraphs of turns are most of it. A turn goes on up to the next
    name or heading.
    """
    labels: dict[int, re.Match[str]] = {}
    for block in blocks:
        if block.kind in ("text", "heading") and (label := _TURN.match(words, block.start, block.end)):
            labels[block.start] = label
    counts = Counter(label["name"] for label in labels.values())
    named = {name for name, count in counts.items() if count > 1}
    labels = {start: label for start, label in labels.items() if label["name"] in named or _is_person(label["name"])}
    if sum(map(_is_person, named)) < 2:
        return {}
    found: dict[int, Turn] = {}
    speaker, covered, whole = "", 0, 0
    for block in blocks:
        if block.kind == "noise":
            continue
        label = labels.get(block.start)
        # A short question may have been taken for a heading.
        speaker = label["name"] if label else "" if block.kind == "heading" else speaker
        size = block.end - block.start
        whole += size if block.kind != "heading" else 0
        if speaker:
            covered += size if block.kind == "text" else 0
            found[block.start] = Turn(speaker, label.end() if label else block.start)
    return found if covered >= _COVERED_LEAST * whole else {}


def _is_person(name: str) -> bool:
    """Whether a name at the beginning of a turn is one of a person or of a part in a talk, and not all common words."""
    return bool(_ROLE.fullmatch(name)) or any(term not in word_shares() for term in terms(name))
