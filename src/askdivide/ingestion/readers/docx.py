"""Word documents (.docx): headings, paragraphs, lists, tables and core properties, read from the XML directly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from askdivide.ingestion.readers.composing import Composer, clean
from askdivide.ingestion.readers.furniture import date_line
from askdivide.ingestion.readers.packed import Archive
from askdivide.records import Document
from askdivide.text.dates import parse_date

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}rPr", f"{_W}pPr", f"{_W}txbxContent"})
_HEADING = re.compile(r"(?:heading|überschrift|titre|标题)\s*(\d)", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"", "word document", "document", "untitled", "python-docx"})
_STYLES_DEEPEST = 20


@dataclass(frozen=True)
class _Style:
    """What a paragraph style says about the paragraphs in it."""

    level: int = 0
    """Of a heading, from 1; 0 for no heading."""
    title: bool = False
    item: bool = False


def read(path: str, data: bytes) -> Document:
    """The article in a Word document. Deleted text of tracked changes, comments, headers and footers are left out."""
    archive = Archive(data)
    body = archive.tree("word/document.xml").find(f"{_W}body")
    composer = Composer()
    titles: list[str] = []
    if body is not None:
        _compose(body, composer, _styles(archive), titles)
    core = _core(archive)
    first = next((composer.of(block) for block in composer.blocks if block.kind == "heading" and block.level == 1), None)
    stated = next((iso for block in composer.blocks[:6] if (iso := date_line(composer.of(block)))), None)
    keywords = re.split(r"[,;，、]", core.get("keywords", ""))
    return composer.document(
        path,
        title=(titles[0] if titles else None) or core.get("title") or first,
        published=stated or parse_date(core.get("created")),
        source=core.get("creator"),
        tags=tuple(dict.fromkeys(tag for word in keywords[:20] if (tag := word.strip()))),
    )


def _compose(parent: Any, composer: Composer, styles: dict[str, _Style], titles: list[str]) -> None:
    for node in _content(parent):
        if node.tag == f"{_W}tbl":
            rows = [[_text(cell) for cell in _content(row, "tc")] for row in _content(node, "tr")]
            composer.table(rows)
            continue
        text = _text(node)
        style = styles.get(_value(node, "pStyle") or "", _Style())
        level = int(_value(node, "outlineLvl") or 9) + 1
        if style.title and not titles and clean(text):
            titles.append(clean(text))
            composer.heading(text, 1)
        elif style.level or level <= 6:
            composer.heading(text, style.level or level)
        elif style.item or _numbered(node):
            composer.item(text, depth=int(_value(node, "ilvl") or 0))
        else:
            composer.paragraph(text)


def _content(parent: Any, *kinds: str) -> Iterator[Any]:
    """Children of the given kinds, those in content controls and in insertions of tracked changes included."""
    wanted = {f"{_W}{kind}" for kind in kinds or ("p", "tbl")}
    around = {f"{_W}{kind}" for kind in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml")}
    for child in parent:
        if child.tag in wanted:
            yield child
        elif child.tag in around:
            yield from _content(child, *kinds)


def _text(node: Any) -> str:
    pieces: list[str] = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.tag == f"{_W}t":
            pieces.append(inner.text or "")
        elif inner.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            pieces.append(" ")
        elif inner.tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif isinstance(inner.tag, str) and inner.tag not in _SKIPPED:
            stack.extend(reversed(inner))
            if inner.tag == f"{_W}p":
                pieces.append(" ")
    return "".join(pieces)


def _value(paragraph: Any, name: str) -> str | None:
    found = paragraph.find(f"{_W}pPr//{_W}{name}") if paragraph.find(f"{_W}pPr") is not None else None
    return found.get(f"{_W}val") if found is not None else None


def _numbered(paragraph: Any) -> bool:
    number = _value(paragraph, "numId")
    return number is not None and number != "0"


def _styles(archive: Archive) -> dict[str, _Style]:
    if not archive.has("word/styles.xml"):
        return {}
    nodes = {node.get(f"{_W}styleId") or "": node for node in archive.tree("word/styles.xml").iter(f"{_W}style")}
    return {name: _style(node, nodes, 0) for name, node in nodes.items()}


def _style(node: Any, nodes: dict[str, Any], depth: int) -> _Style:
    """A style by its name, its outline level and what it is based on."""
    name = _attribute(node, "name").casefold()
    level = _attribute(node, "pPr", "outlineLvl")
    heading = _HEADING.fullmatch(name)
    if heading and heading.group(1) in "123456789":
        return _Style(level=int(heading.group(1)))
    if name in ("title", "titel", "titre", "标题"):
        return _Style(title=True)
    if level.isdigit() and int(level) < 6:
        return _Style(level=int(level) + 1)
    if name.startswith("list ") or _attribute(node, "pPr", "numPr", "numId"):
        return _Style(item=True)
    base = nodes.get(_attribute(node, "basedOn"))
    return _style(base, nodes, depth + 1) if base is not None and depth < _STYLES_DEEPEST else _Style()


def _attribute(node: Any, *way: str) -> str:
    found = node.find("/".join(f"{_W}{name}" for name in way))
    return (found.get(f"{_W}val") or "") if found is not None else ""


def _core(archive: Archive) -> dict[str, str]:
    if not archive.has("docProps/core.xml"):
        return {}
    fields = {
        node.tag.rpartition("}")[2]: clean(node.text or "") for node in archive.tree("docProps/core.xml") if isinstance(node.tag, str)
    }
    return {name: text for name, text in fields.items() if text.casefold() not in _PLACEHOLDERS}
