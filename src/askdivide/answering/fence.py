"""Articles as data in a prompt: between marks that they cannot hold, under keys that they cannot forge."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from askdivide.answering.keys import without_keys

_LINE_MOST = 200
"""Characters of a title, a heading or a source's name."""
_TAG = re.compile(r"<(?=[/|｜!?<A-Za-z_])|＜")
_ROLE = re.compile(r"\[(/?[A-Z][A-Z_]{2,}[^\[\]\n]{0,20})\]")


@dataclass(frozen=True)
class Fence:
    """The marks between which quoted material stands."""

    open: str
    close: str


def fence(*contents: str) -> Fence:
    """Marks for these contents. They hang on all of the contents, so no article can know them."""
    mark = hashlib.sha256("\0".join(contents).encode("utf-8", "replace")).hexdigest()[:10]
    return Fence(f"<<<BEGIN {mark}", f"END {mark}>>>")


def as_data(text: str) -> str:
    """`text` for a model to read: without characters that cannot be seen, keys, tags, or marks by which models tell roles apart.

    Words stay as they are; tags and marks are kept in a form that says the same and works no longer.
    """
    seen = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    return _ROLE.sub(r"(\1)", _TAG.sub("‹", without_keys(seen)))


def as_line(text: str) -> str:
    """The same on one line, cut where it is long."""
    line = " ".join(as_data(text).split())
    return line if len(line) <= _LINE_MOST else line[:_LINE_MOST].rsplit(" ", 1)[0] + " …"


def header(key: str, facts: Sequence[tuple[str, str | None]]) -> str:
    """The line above a passage: its key, and what is known about its article."""
    return " | ".join([f"[{key}]", *(f"{name}: {as_line(value)}" for name, value in facts if value)])
