"""Plain-text articles: paragraphs, headings, lists and tables by their look, as somebody saved or copied them.

There are no marks to go by, so these rules do: a heading is a short line without end punctuation that stands before a
paragraph; a table is two or more neighbouring lines with the same number of columns; page furniture is recognised by
`furniture`. A line break inside a paragraph of a hard-wrapped file does not end it. A text that is Markdown all the same is read as
such, below what stands at its top without marks.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.decoding import decode
from askdivide.ingestion.readers.furniture import Top, date_line, day_ahead, is_furniture, leads_elsewhere, stated_date
from askdivide.ingestion.readers.markdown import read_text, title_from_path
from askdivide.ingestion.readers.marked import is_markdown
from askdivide.records import Block, BlockKind, Document
from askdivide.text.plain import plain, table_cells, unmarked
from askdivide.text.terms import terms, word_shares

_ITEM = re.compile(r"(?:[-*•‣▪◦–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_ENDS_SENTENCE = re.compile(r"[.!…:;,。！；：，][\"'”’»)\]]*$")
_CAPTION = re.compile(r"(?:photo(?:graph)?|picture|image|caption|figure|illustration|source|credit)s?(?: \d+)?:", re.IGNORECASE)
_HEADING_MOST = 110
_TOP = 1000
"""Characters in which what stands above an article is looked for, where the article is Markdown."""
_BEGINS_MARKDOWN = frozenset("#>|`~-+*[!<")
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
    if is_markdown(text):
        with suppress(UnreadableDocument):
            return read_text(path, text, _top(text))
    blocks = find_blocks(text)
    if not any(block.kind in ("text", "item", "table") for block in blocks):
        raise UnreadableDocument("has no paragraph of text; add one or remove it")
    title = next((block for block in blocks if block.kind == "heading" and block.level == 1), None)
    return Document(
        path=path,
        text=text,
        title=plain(text[title.start : title.end], markup=False) if title else title_from_path(path),
        published=_stated_date(text, blocks[:15], title),
        blocks=tuple(blocks),
    )


def _top(text: str) -> tuple[Block, ...]:
    """Title, writer and day above the first paragraph or mark of Markdown, as they look."""
    end = text.find("\n", _TOP)
    beginning = text if end < 0 else text[:end]
    found: list[Block] = []
    kept = 0
    for block in find_blocks(beginning):
        content = beginning[block.start : block.end]
        is_line = block.kind == "text" and len(content) <= 2 * _HEADING_MOST and not _ENDS_SENTENCE.search(content)
        if not (is_line or block.kind in ("heading", "noise")) or content[0] in _BEGINS_MARKDOWN or unmarked(content) != content:
            break
        found.append(block)
        # A line that is neither may be the beginning of a paragraph.
        kept = kept if is_line else len(found)
    return tuple(found[:kept])


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
    elsewhere = False
    for number, block in enumerate(blocks):
        content = text[block.start : block.end]
        is_sentence = block.kind == "text" and _ENDS_SENTENCE.search(content) is not None and len(content) > 60
        # What stands last before a paragraph may be its heading.
        elsewhere = elsewhere and not is_sentence and not _before_paragraph(text, blocks, number)
        if block.kind != "table" and (elsewhere or _is_rule(content) or is_furniture(content, at_top=bool(top))):
            block = replace(block, kind="noise")
            elsewhere = elsewhere or leads_elsewhere(content)
        elif is_sentence:
            top.passed(content)
        result.append(block)
    return result


def _before_paragraph(text: str, blocks: list[Block], number: int) -> bool:
    after = blocks[number + 1] if number + 1 < len(blocks) else None
    return after is not None and after.kind == "text" and _ENDS_SENTENCE.search(text[after.start : after.end]) is not None


def _headed(text: str, blocks: list[Block]) -> list[Block]:
    """Short unpunctuated lines as headings, where a paragraph, list or table comes next; a run of three and more is a list.

    Of such a run at the top one is the title, and names and days are those of who wrote it, where and when.
    """
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
        contents = [text[blocks[index].start : blocks[index].end] for index in run]
        title = _title_among(contents) if run and not titled else None
        for number, index in enumerate(run):
            last = index == end - 1
            kind: BlockKind = "item"
            if number == title:
                kind = "heading"
            elif title is not None and len(run) > 2 and (day_ahead(contents[number]) or _is_credit(text, blocks, index)):
                kind = "noise"
            elif (last and following is not None) or len(run) == 2:
                kind = "heading"
            result[index] = replace(blocks[index], kind=kind, level=0 if kind != "heading" else 1 if number == title else 2)
        titled = titled or bool(run)
        if blocks[position - 1].kind in ("text", "item", "table") and not run:
            titled = True
    return result


def _title_among(lines: list[str]) -> int:
    """Which of the lines at the top of an article is its title: the first, unless that only says where in a paper it stood."""
    if len(lines) > 2 and not lines[0].isupper():
        shouted = next((number for number, line in enumerate(lines) if line.isupper() and len(line.split()) > 2), None)
        if shouted is not None:
            return shouted
        if len(lines[0].split()) < 3:
            return next((number for number, line in enumerate(lines) if len(line.split()) > 3 and not day_ahead(line)), 0)
    return 0


_CREDIT = re.compile(r"(?P<name>[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,3}?)(?P<place>,? (?:at|in) [A-Z].{1,60})?")


def _is_credit(text: str, blocks: list[Block], index: int) -> bool:
    """Whether a line at the top names who wrote the article, or the paper: a name, or a line right above one with a day."""
    content = text[blocks[index].start : blocks[index].end]
    named = _CREDIT.fullmatch(content)
    if not named or not all(word[0].isupper() for word in named["name"].split()):
        return False
    after = blocks[index + 1] if index + 1 < len(blocks) else None
    dated = after is not None and after.kind == "noise" and date_line(text[after.start : after.end])
    common = [word for word in terms(named["name"]) if word in word_shares()]
    return bool(named["place"] or dated) or len(common) < len(named["name"].split())


def _looks_like_heading(text: str, block: Block) -> bool:
    content = text[block.start : block.end]
    if "\n" in content or len(content) > _HEADING_MOST or _ENDS_SENTENCE.search(content) or _CAPTION.match(content):
        return False
    return not content[0].islower() and content[0] not in "\"“‘'«([" and len(content.split()) <= 18
