"""What authors and their programs leave askew in a page, set right in its tree, so that nothing is lost on the way to text."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from askdivide.ingestion.readers import raised

_BLOCKS = ("p", "div", "ul", "ol", "dl", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
_FORMULA = re.compile(r"\s*(?:\$\$.+\$\$|\\\[.+\\\])\s*", re.DOTALL)
_BAR = re.compile(r"(?<!\\)\|")
_ATTRIBUTES = re.compile(r"\{:[^{}]*\}")
"""What stands behind a Markdown table for the program that was to set it."""


def mend(root: Any) -> None:
    """Change the tree below `root` so that its plain text says what the page shows."""
    raised.write_out(root)
    for figure in list(root.iter("figure")):
        _figure(figure)
    for division in list(root.iter("div")):
        if len(division) == 0 and _FORMULA.fullmatch(division.text or ""):
            # trafilatura leaves out what is no paragraph.
            division.tag, division.text = "p", " ".join(division.text.split())
    for paragraph in list(root.iter("p")):
        _piped(paragraph)


def is_all_links(node: Any) -> bool:
    """Whether `node` has no words but those of links."""
    linked = (words for link in node.iter("a") for words in link.itertext())
    return "".join("".join(node.itertext()).split()) == "".join("".join(linked).split())


def _figure(figure: Any) -> None:
    """Make a figure a division and its captions paragraphs.

    trafilatura leaves out figures, and with one that was never closed the rest of the article, which the parser puts into it.
    A figure that is all links is the teaser of another page, and stays what it is; so does one without words.
    """
    _gather(figure)
    if is_all_links(figure):
        return
    _rename(figure, "div")
    for caption in list(figure.iter("figcaption")):
        holds_blocks = next(caption.iterdescendants(*_BLOCKS), None) is not None
        _rename(caption, "div" if holds_blocks else "p")


def _rename(node: Any, tag: str) -> None:
    node.tag = tag
    for name in ("class", "id"):
        # trafilatura leaves out what calls itself a caption.
        node.attrib.pop(name, None)


def _gather(node: Any) -> None:
    """Make the words that stand loose behind `node` a paragraph, without which trafilatura leaves them out."""
    if not (node.tail or "").strip():
        return
    loose = node.makeelement("p")
    loose.text, node.tail = node.tail, None
    node.addnext(loose)
    while (following := loose.getnext()) is not None and following.tag in raised.INLINE:
        loose.append(following)


def _piped(paragraph: Any) -> None:
    """Make a table of two or more lines that begin with a bar: one in Markdown that was not made a table."""
    lines = _lines(paragraph)
    starts = [place for place, line in enumerate(lines) if line.startswith("|")]
    if len(starts) < 2:
        return
    first, last = starts[0], starts[-1] + 1
    rows = [_BAR.split(re.sub(r"^\||(?<!\\)\|$", "", line)) for line in lines[first:last]]
    if min(map(len, rows)) < 2:
        return
    paragraph.clear(keep_tail=True)
    paragraph.tag = "table"
    for row in rows:
        if any(char.isalnum() for cell in row for char in cell):
            line = etree.SubElement(paragraph, "tr")
            for cell in row:
                etree.SubElement(line, "td").text = cell.replace("\\|", "|").strip()
    for around, put in ((lines[:first], paragraph.addprevious), (lines[last:], paragraph.addnext)):
        words = " ".join(line for line in around if not _ATTRIBUTES.fullmatch(line))
        if words:
            beside = paragraph.makeelement("p")
            beside.text = words
            put(beside)


def _lines(paragraph: Any) -> list[str]:
    """The lines of a paragraph as they stand in the file or as breaks part them."""
    pieces: list[str] = []
    for event, node in etree.iterwalk(paragraph, events=("start", "end")):
        if event == "start":
            pieces.append("\n" if node.tag == "br" else node.text or "")
        elif node is not paragraph:
            pieces.append(node.tail or "")
    return [line.strip() for line in "".join(pieces).splitlines()]
