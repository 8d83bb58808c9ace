"""Plain-text articles: paragraphs, headings, lists and tables by their look, as somebody saved or copied them.

There are no marks to go by, so these rules do: a heading is a short line without end punctuation that stands before a
paragraph; a table is two or more neighbouring lines with the same number of columns; page furniture is recognised by
`furniture`. A line break inside a paragraph of a hard-wrapped file does not end it.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.decoding import decode
from askdivide.ingestion.readers.furniture import Top, is_furniture, stated_date
from askdivide.ingestion.readers.markdown import title_from_path
from askdivide.records import Block, BlockKind, Document
from askdivide.text.plain import plain, table_cells

_ITEM = re.compile(r"(?:[-*•‣▪◦–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_ENDS_SENTENCE = re.compile(r"[.!…:;,。！；：，][\"'”’»)\]]*$")
_CAPTION = re.compile(r"(?:photo(?:graph)?|picture|image|caption|figure|illustration|source|credit)s?(?: \d+)?:", re.IGNORECASE)
_HEADING_MOST = 110
_WRAP_LEAST, _WRAP_MOST = 50, 110


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    gap: bool
    """Whether a blank line stands before it."""


def read(path: str, data: bytes) -> Document:
    """The article in a plain-text file. Raises UnreadableDocument."""
    text = decode(data)
    blocks = find_blocks(text)
    title = next((block for block in blocks if block.kind == "heading"), None)
    first_text = next((block for block in blocks if block.kind in ("text", "item", "table")), None)
    if first_text is None:
        raise UnreadableDocument("has no paragraph of text; add one or remove it")
    if title is None or title.start > first_text.start:
        title = None
    else:
        blocks = [replace(block, level=1) if block is title else block for block in blocks]
    return Document(
        path=path,
        text=text,
        title=plain(text[title.start : title.end], markup=False) if title else title_from_path(path),
        published=_stated_date(text, blocks[:15], title),
        blocks=tuple(blocks),
    )


def _stated_date(text: str, beginning: list[Block], title: Block | None) -> str | None:
    """The date in page furniture, or in a line above the first paragraph ("Bay Courier, 7 July 2025") that is not the title."""
    first = next((number for number, block in enumerate(beginning) if block.kind == "text"), len(beginning))

    def kind(number: int, block: Block) -> str:
        is_above = block.kind == "heading" and number < first and block.start != (title.start if title else -1)
        return "noise" if is_above else block.kind

    return stated_date([(kind(number, block), text[block.start : block.end]) for number, block in enumerate(beginning)])


def find_blocks(text: str) -> list[Block]:
    """The headings, paragraphs, items, tables and page furniture of a plain text, in order."""
    return _headed(text, _furnished(text, _paragraphs(text)))


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    gap = True
    for match in re.finditer(r"[^\n]+", text):
        stripped = match.group().strip().strip("\ufeff\u200b").strip()
        if not stripped:
            gap = True
            continue
        # A blank line leaves a gap of more than one newline since the last line.
        gap = gap or (bool(lines) and text.count("\n", lines[-1].end, match.start()) > 1)
        start = match.start() + match.group().index(stripped)
        lines.append(_Line(start, start + len(stripped), gap))
        gap = False
    return lines


def _paragraphs(text: str) -> list[Block]:
    lines = _lines(text)
    wrapped = _hard_wrapped(lines)
    blocks: list[Block] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        end = _table_end(text, lines, position)
        if end - position > 1:
            blocks.append(Block("table", line.start, lines[end - 1].end))
            position = end
            continue
        item = _ITEM.match(text, line.start, line.end)
        kind: BlockKind = "item" if item else "text"
        last = line
        position += 1
        while wrapped and position < len(lines) and _continues(text, last, lines[position]):
            last = lines[position]
            position += 1
        blocks.append(Block(kind, item.end() if item else line.start, last.end))
    return blocks


def _hard_wrapped(lines: list[_Line]) -> bool:
    """Whether line breaks stand inside paragraphs: most lines that another follows directly are about equally long."""
    followed = sorted(line.end - line.start for line, after in pairwise(lines) if not after.gap)
    if len(followed) < 3:
        return False
    usual = followed[int(len(followed) * 0.9)]
    return _WRAP_LEAST <= usual <= _WRAP_MOST and sum(length > usual * 0.75 for length in followed) > len(followed) * 0.6


def _continues(text: str, line: _Line, after: _Line) -> bool:
    if after.gap or _ITEM.match(text, after.start, after.end) or _is_rule(text[after.start : after.end]):
        return False
    # A short line is the last of its paragraph, or a heading, unless the next goes on in lower case.
    return line.end - line.start >= _WRAP_LEAST * 0.8 or text[after.start].islower()


def _is_rule(content: str) -> bool:
    return not any(char.isalnum() for char in content)


def _table_end(text: str, lines: list[_Line], first: int) -> int:
    columns = len(_cells(text, lines[first]))
    end = first + 1
    while columns > 1 and end < len(lines) and len(_cells(text, lines[end])) == columns:
        # One blank line between all rows is how some pages copy; a gap after rows without gaps ends the table.
        if end > first + 1 and lines[end].gap and not lines[first + 1].gap:
            break
        end += 1
    return end if columns > 1 else first + 1


def _cells(text: str, line: _Line) -> list[str]:
    content = text[line.start : line.end]
    if "\t" not in content and "|" not in content and "  " not in content:
        return [content]
    # Two spaces after a full stop are typewriter habit, not columns.
    if "\t" not in content and "|" not in content and re.search(r"[.!?] {2,}[A-Z]", content):
        return [content]
    return [cell for cell in table_cells(content) if cell]


def _furnished(text: str, blocks: list[Block]) -> list[Block]:
    top, result = Top(), []
    for block in blocks:
        content = text[block.start : block.end]
        if block.kind != "table" and (_is_rule(content) or is_furniture(content, at_top=bool(top))):
            block = replace(block, kind="noise")
        elif block.kind == "text" and _ENDS_SENTENCE.search(content) and len(content) > 60:
            top.passed(content)
        result.append(block)
    return result


def _headed(text: str, blocks: list[Block]) -> list[Block]:
    """Short unpunctuated lines as headings, where a paragraph, list or table comes next; a run of three and more is a list."""
    result = list(blocks)
    titled = False
    position = 0
    while position < len(blocks):
        end = position
        while end < len(blocks) and blocks[end].kind == "text" and _looks_like_heading(text, blocks[end]):
            end += 1
        run = range(position, end)
        position = max(end, position + 1)
        following = next((block for block in blocks[end:] if block.kind != "noise"), None)
        for index in run:
            last = index == end - 1
            if not titled:
                heading, level = True, 1
            elif last:
                heading, level = following is not None, 2
            else:
                heading, level = len(run) == 2, 2
            titled = True
            result[index] = replace(blocks[index], kind="heading", level=level) if heading else replace(blocks[index], kind="item")
        if blocks[position - 1].kind in ("text", "item", "table") and not run:
            titled = True
    return result


def _looks_like_heading(text: str, block: Block) -> bool:
    content = text[block.start : block.end]
    if "\n" in content or len(content) > _HEADING_MOST or _ENDS_SENTENCE.search(content) or _CAPTION.match(content):
        return False
    return not content[0].islower() and content[0] not in "\"“‘'«([" and len(content.split()) <= 18
