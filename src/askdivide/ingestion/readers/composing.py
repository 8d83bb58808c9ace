"""The text of a document whose file is not itself text: put together block by block, with the blocks' spans.

Blocks stand apart by an empty line, list items and table rows by a line break. An item begins with "- ", a table row is
written `| cell | cell |`. There are no other marks, so what is quoted is what the article says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.markdown import title_from_path
from askdivide.records import Block, BlockKind, Document

_HARMFUL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]|[\u202a-\u202e\u2066-\u2069]")
LONGEST = 8_000_000
"""Characters; about a hundred novels' chapters. More is no article, whatever it unpacks from."""


def clean(text: str) -> str:
    """`text` on one line, without control characters and what no UTF-8 can hold."""
    text = _HARMFUL.sub("", text.encode("utf-8", "replace").decode("utf-8").replace("\x85", " "))
    return " ".join(text.replace("\u200b", "").replace("\xad", "").split())


def no_date(stated: str | None) -> str:
    """The note on a document whose date cannot be read, with what stands there."""
    shown = f"states {stated[:40]!r} as its date, which" if stated else "states a date that"
    return f"{shown} is none that can be read; it counts as undated, write it as 2025-01-31"


class Composer:
    """Collects the blocks of one document in reading order."""

    def __init__(self) -> None:
        """An empty document."""
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._length = 0

    def __bool__(self) -> bool:
        """Whether anything has been added that can be quoted."""
        return any(block.kind in ("text", "item", "table", "code") for block in self.blocks)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def of(self, block: Block) -> str:
        """The text of a block that was added."""
        return self.text[block.start : block.end]

    def heading(self, text: str, level: int, *, page: int | None = None) -> None:
        """A heading of `level` 1 to 6."""
        self._add("heading", clean(text), level=max(1, min(level, 6)), page=page)

    def paragraph(self, text: str, *, kind: BlockKind = "text", page: int | None = None) -> None:
        """A paragraph, or a line of page furniture (`kind` "noise")."""
        self._add(kind, clean(text), page=page)

    def item(self, text: str, *, depth: int = 0, page: int | None = None) -> None:
        """A list item, `depth` lists deep."""
        self._add("item", clean(text), mark="  " * min(depth, 8) + "- ", page=page)

    def code(self, text: str) -> None:
        """Lines that are kept as they are."""
        lines = text.encode("utf-8", "replace").decode("utf-8").expandtabs(4).splitlines()
        self._add("code", "\n".join(_HARMFUL.sub("", line).rstrip() for line in lines).strip("\n"))

    def table(self, rows: Sequence[Sequence[str]], *, page: int | None = None, named: bool = True) -> None:
        """A table, its first row the column names unless it has none; rows are filled up to the same number of cells."""
        cleaned = [[clean(cell).replace("|", "\\|") for cell in row] for row in rows]
        cleaned = [row for row in cleaned if any(row)]
        width = max((len(row) for row in cleaned), default=0)
        used = [column for column in range(width) if any(len(row) > column and row[column] for row in cleaned)]
        if len(used) < 2:
            for row in cleaned:
                self.paragraph(" ".join(cell.replace("\\|", "|") for cell in row), page=page)
            return
        if not named:
            cleaned.insert(0, [])
        lines = ["| " + " | ".join(row[column] if column < len(row) else "" for column in used) + " |" for row in cleaned]
        self._add("table", "\n".join(lines), page=page)

    def document(self, path: str, *, title: str | None, **more: object) -> Document:
        """The document, which begins with its title. Raises UnreadableDocument where nothing can be quoted."""
        if not self:
            raise UnreadableDocument("has no text to quote; add some or remove it")
        title = clean(title or "") or None
        blocks, text = self.blocks, self.text
        first = next((block for block in blocks if block.kind != "noise"), None)
        if title and not (first and _same(self.of(first), title)):
            shift = len(title) + 2
            text = f"{title}\n\n{text}"
            blocks = [Block("heading", 0, len(title), level=1), *(replace(b, start=b.start + shift, end=b.end + shift) for b in blocks)]
        elif first and title and first.kind == "text":
            blocks = [replace(block, kind="heading", level=1) if block is first else block for block in blocks]
        return Document(path=path, text=text + "\n", title=title or title_from_path(path), blocks=tuple(blocks), **more)  # type: ignore[arg-type]

    def _add(self, kind: BlockKind, text: str, *, mark: str = "", level: int = 0, page: int | None = None) -> None:
        if not text or (kind != "table" and kind != "code" and not any(char.isalnum() for char in text)):
            return
        if self._parts:
            together = kind == "item" and self.blocks[-1].kind == "item"
            self._put("\n" if together else "\n\n")
        self._put(mark)
        start = self._length
        self._put(text)
        self.blocks.append(Block(kind, start, self._length, level=level, page=page))

    def _put(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise UnreadableDocument(f"holds more than {LONGEST // 10**6} million characters; split it into articles")
        self._parts.append(text)


def _same(text: str, title: str) -> bool:
    return clean(text).casefold() == title.casefold()
