"""What a reader gives is checked, so that one of another package that errs costs its own file and not the run."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, get_args

from askdivide.records import Block, BlockKind, Document

_TEXT, _MAYBE_TEXT = "text, all of which UTF-8 can hold", "None, or text that UTF-8 can hold"
_FIELDS = {"text": _TEXT, "title": _TEXT, "source": _MAYBE_TEXT, "url": _MAYBE_TEXT, "published": _MAYBE_TEXT}
_NUMBER_MOST = 2**31


def fault(document: Any, path: str) -> str | None:
    """What is wrong with the document that a reader gives for the file `path`, as the end of a sentence about the reader."""
    kind: type = type(document)
    if kind is not Document:
        return f"gives {_kind(document)} where a Document is due"
    if not is_name(document.path, path):
        return f"gives the document the name {_shown(document.path)}; it has to be that of the file, or begin with it and /"
    for name, due in _FIELDS.items():
        value = getattr(document, name)
        if not is_text(value) and (value is not None or due is _TEXT):
            return f"gives {name} as {_shown(value)}; it has to be {due}"
    for name in ("tags", "notes"):
        value = getattr(document, name)
        if not isinstance(value, tuple | list) or not all(is_text(one) for one in value):
            return f"gives {name} as {_shown(value)}; it has to be a tuple of texts"
    if not isinstance(document.markup, bool):
        return f"gives markup as {_shown(document.markup)}; it has to be True or False"
    if document.published is not None and not _is_iso(document.published):
        return f"gives published as {_shown(document.published)}; it has to be an ISO date such as 2025-01-31, 2025-01 or 2025"
    return _fault_of_blocks(document)


def is_name(value: object, path: str) -> bool:
    """Whether a document of the file `path` may have this name."""
    return is_text(value) and (value == path or str(value).startswith(f"{path}/"))


def is_text(value: object) -> bool:
    """Whether this is text that the catalog can hold: half a character of UTF-16 it cannot."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def _fault_of_blocks(document: Any) -> str | None:
    if not isinstance(document.blocks, tuple | list):
        return f"gives blocks as {_shown(document.blocks)}; it has to be a tuple of Blocks"
    before, has_text = 0, False
    for number, block in enumerate(document.blocks, start=1):
        if type(block) is not Block:
            return f"gives {_kind(block)} as block {number}; it has to be a Block"
        if block.kind not in get_args(BlockKind):
            return f"gives block {number} the kind {_shown(block.kind)}; there are {', '.join(get_args(BlockKind))}"
        if not all(_is_number(value) for value in (block.start, block.end, block.level, 0 if block.page is None else block.page)):
            return f"gives block {number} as {_shown(block)}; start, end, level and page have to be whole numbers from 0"
        if not before <= block.start <= block.end <= len(document.text):
            span = f"the span {block.start} to {block.end}"
            return f"gives block {number} {span}; spans have to be in order, and within the {len(document.text)} characters of the text"
        before = block.end
        has_text = has_text or (block.kind not in ("heading", "noise") and bool(document.text[block.start : block.end].strip()))
    return None if has_text else "gives no block with text that can be quoted"


def _is_number(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < _NUMBER_MOST


def _is_iso(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){0,2}", text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__qualname__}"


def _shown(value: Any) -> str:
    """A value in a few words on one line."""
    if isinstance(value, str | int | float | bool | tuple | list | None) or type(value) is Block:
        return " ".join(ascii(value if not isinstance(value, str) else value[:60]).split())[:100]
    return _kind(value)
