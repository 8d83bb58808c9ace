"""Raised and lowered words of a page: powers, note marks, isotopes and deviations, so that plain text says what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

INLINE = frozenset(
    "a abbr b bdi bdo big cite code data dfn em font i ins kbd mark nobr q s samp small span strong sub sup tt u var".split()
)
_POWER = re.compile(r"[-+−–]?\d+(?:[.,/^–-]\d+)*")
_CARRIES_POWER = re.compile(r"[\w)\]|°]\s*$")
_NOTE = re.compile(r"[\[(]?(?:\d{1,3}|[a-z]|[*†‡§¶]+)(?:\s*[,;–-]\s*(?:\d{1,3}|[a-z]))*[\])]?", re.IGNORECASE)
_CARRIES_NOTE = re.compile(r"(?:^|[\s.,;:!?…\"'”’»%。，、；：！？」』])$")
_NOTE_MOST = 12
"""Characters of a mark that leads to its note ("[note 3]"); what is longer is words of the article."""
_ELEMENT = re.compile(r"[A-Z][a-z]?(?![A-Za-z])")
_AMID_SENTENCE = re.compile(r"[\w,]\s+$")
_NUMBER = re.compile(r"[\[(]?\s*([±+−–↑↓-]?\s*\d[\d.,]*\s*%?)\s*[\])]?")
_BEFORE = 40
"""Characters remembered of the text before an element."""


def write_out(root: Any) -> None:
    """Write powers as "10^5" and lowered numbers in brackets, and leave out the marks of notes, in the tree below `root`."""
    # From the last, so that one inside another is done first.
    for node, before in reversed(list(_found(root))):
        text = "".join(node.itertext()).strip()
        (_raised if node.tag == "sup" else _lowered)(node, text, before)


def _found(root: Any) -> Iterator[tuple[Any, str]]:
    """Each `sup` and `sub` with the end of the text before it in its block."""
    before = ""
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start" and node.tag in ("sup", "sub"):
            yield node, before
        if node.tag not in INLINE:
            before = ""
        before = (before + ((node.text if event == "start" else node.tail) or ""))[-_BEFORE:]


def _raised(node: Any, text: str, before: str) -> None:
    if _is_numerator(node, text):
        _put(node, f" {text}" if before[-1:].isdigit() else text)
    elif (mark := _mark_of_note(node, text)) is not None:
        if mark.getparent() is not None:
            mark.drop_tree()
    elif _ELEMENT.match(node.tail or "") and _AMID_SENTENCE.search(before):
        return  # The number of an isotope, read as it stands: "235U".
    elif _NOTE.fullmatch(text) and _CARRIES_NOTE.search(before):
        node.drop_tree()
    elif _POWER.fullmatch(text) and _CARRIES_POWER.search(before):
        _put(node, f"^{text}")


def _lowered(node: Any, text: str, before: str) -> None:
    number = _NUMBER.fullmatch(text)
    if number and (before[-1:].isdigit() or before[-1:] == "%"):
        _put(node, f" ({number.group(1)})")


def _is_numerator(node: Any, text: str) -> bool:
    below = node.getnext()
    return text.isdigit() and (node.tail or "").strip() in ("/", "⁄") and below is not None and below.tag == "sub"


def _mark_of_note(node: Any, text: str) -> Any:
    """`node`, or the link that it is all of, where that leads to a place in a page; else None."""
    around = next(node.iterancestors("a"), None)
    whole = around is not None and "".join(around.itertext()).strip() == text
    links = [*node.iter("a"), *([around] if whole else [])]
    if len(text) > _NOTE_MOST or not any("#" in (link.get("href") or "") for link in links):
        return None
    # A link that is left empty would make trafilatura take a short paragraph for a menu.
    return around if whole else node


def _put(node: Any, text: str) -> None:
    del node[:]
    node.text = text
