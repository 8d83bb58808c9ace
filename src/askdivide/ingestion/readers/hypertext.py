"""A tree of HTML elements (or of the TEI that trafilatura makes of it) as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.composing import Composer
from askdivide.ingestion.readers.furniture import is_furniture
from askdivide.ingestion.readers.mending import mend

_LEFT_OUT = frozenset(
    "script style noscript template iframe object embed applet svg math canvas audio video button input select option textarea "
    "nav aside footer dialog menu head title graphic figure-placeholder".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"head": 2}
_BLOCKS = frozenset(
    "p div section article main body html header figure figcaption blockquote quote address dl dt dd details summary center "
    "fieldset ul ol list li item table pre code hr tei doc text ab".split()
)
_ITEMS = frozenset({"li", "item", "dd"})
_LISTS = frozenset({"ul", "ol", "list", "dl"})
_DEEPEST = 200
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse(source: str) -> Any:
    """The root element of an HTML page or fragment, mended. Nothing is fetched, no entity but HTML's own is known."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding="utf-8")
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument("has no HTML elements that can be parsed; check the file") from error
    mend(root)
    return root


def source_of(root: Any) -> str:
    """The HTML of a tree."""
    return str(html.tostring(root, encoding="unicode"))


def compose(root: Any, composer: Composer, *, keep_head: bool = False) -> None:
    """Add the blocks below `root` to `composer`. `keep_head`: `head` elements are headings (TEI), not the page's own head."""
    _Walk(composer, keep_head).element(root, 0, 0)


class _Walk:
    def __init__(self, composer: Composer, keep_head: bool) -> None:
        self.composer = composer
        self.keep_head = keep_head
        self.inline: list[str] = []
        self.at_top = True

    def element(self, node: Any, depth: int, lists: int) -> None:
        """Add the blocks of `node`, text before and between child blocks included."""
        tag = _tag(node)
        if depth > _DEEPEST or self._is_left_out(node, tag):
            return
        if tag in _HEADINGS and (tag != "head" or self.keep_head):
            self.flush(lists)
            self.composer.heading(text_of(node), _level(node, tag))
        elif tag == "table":
            self.flush(lists)
            self._table(node, depth, lists)
        elif tag == "pre" or (tag == "code" and "\n" in (node.text or "")):
            self.flush(lists)
            self.composer.code("".join(node.itertext()))
        elif tag in ("br", "lb"):
            self.inline.append("\n")
        elif tag == "img":
            return
        elif tag in _BLOCKS and tag != "code":
            self.flush(lists)
            self._children(node, depth, lists + (tag in _LISTS))
            self.flush(lists, item=tag in _ITEMS)
        else:
            self._children(node, depth, lists)

    def _children(self, node: Any, depth: int, lists: int) -> None:
        item = _tag(node) in _ITEMS
        self.inline.append(node.text or "")
        for child in node:
            if item and _tag(child) in _LISTS | {"p", "table", "pre"}:
                # An item's own words come before the list inside it.
                self.flush(lists, item=True)
                if _tag(child) == "p":
                    self._children(child, depth + 1, lists)
                    self.flush(lists, item=True)
                    self.inline.append(child.tail or "")
                    continue
            self.element(child, depth + 1, lists)
            self.inline.append(child.tail or "")

    def flush(self, lists: int, *, item: bool = False) -> None:
        """Make what inline text has gathered a block. Two line breaks end a paragraph, as pages without `p` mean them."""
        text, self.inline = "".join(self.inline), []
        for part in re.split(r"\n[ \t]*\n", text) if "\n" in text else [text]:
            line = " ".join(part.split())
            if not line:
                continue
            if is_furniture(line, at_top=self.at_top):
                self.composer.paragraph(line, kind="noise")
            elif item:
                self.composer.item(line, depth=max(lists - 1, 0))
            else:
                self.composer.paragraph(line)
                self.at_top = self.at_top and len(line) < 60

    def _table(self, table: Any, depth: int, lists: int) -> None:
        rows = [_cells(row) for row in table.iter("{*}tr", "{*}row") if _owner(row) is table]
        nested = any(_tag(inner) == "table" for inner in table.iterdescendants())
        if nested or max(map(len, rows), default=0) < 2:
            # A table for layout: what its cells hold are blocks.
            for cell in table.iter("{*}td", "{*}th", "{*}cell", "{*}caption"):
                if _owner(cell) is table:
                    self._children(cell, depth + 1, lists)
                    self.flush(lists)
            return
        caption = table.find("{*}caption")
        if caption is not None:
            self.composer.paragraph(text_of(caption))
        elif sum(map(bool, rows[0])) == 1 and len(rows) > 2:
            # trafilatura makes the caption a row.
            self.composer.paragraph(" ".join(rows.pop(0)))
        self.composer.table(rows)

    def _is_left_out(self, node: Any, tag: str) -> bool:
        if not tag or (tag in _LEFT_OUT and not (tag == "head" and self.keep_head)):
            return True
        return node.get("hidden") is not None or node.get("aria-hidden") == "true" or bool(_HIDDEN.search(node.get("style") or ""))


def text_of(node: Any) -> str:
    """All text in `node`, with a space where an element breaks the line."""
    return " ".join("".join(_pieces(node)).split())


def _pieces(node: Any) -> Iterator[str]:
    for event, inner in etree.iterwalk(node, events=("start", "end")):
        tag = _tag(inner)
        if event == "start":
            yield " " if tag in _BLOCKS or tag in ("br", "lb") else ""
            yield (inner.text or "") if tag and tag not in ("script", "style") else ""
        elif inner is not node:
            yield " " if tag in _BLOCKS else ""
            yield inner.tail or ""


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    for cell in row.iterchildren("{*}td", "{*}th", "{*}cell"):
        cells.append(text_of(cell))
        span = cell.get("colspan") or "1"
        cells += [""] * (min(int(span), 100) - 1 if span.isdigit() else 0)
    return cells


def _owner(node: Any) -> Any:
    """The nearest table above."""
    return next((above for above in node.iterancestors() if _tag(above) == "table"), None)


def _tag(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def _level(node: Any, tag: str) -> int:
    rend = node.get("rend") or ""
    return int(rend[1]) if re.fullmatch(r"h[1-6]", rend) else _HEADINGS[tag]
