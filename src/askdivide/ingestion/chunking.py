"""Documents cut into chunks along headings, paragraphs and sentences, each with its exact span.

A chunk never crosses a heading. Paragraphs and list items under one heading are packed together up to a number of tokens; a
longer paragraph is cut between sentences, a table that does not fit between rows. What is embedded is the chunk with its
title, headings and column names before it; what is quoted is a sentence, an item or a row of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from askdivide.ingestion.turns import Turn, turns
from askdivide.records import MARK, Block, Chunk, Document, Sentence
from askdivide.text.plain import label, plain, table_cells, unmarked, unquoted
from askdivide.text.sentences import sentence_spans
from askdivide.text.tagged import is_tagged, table_words
from askdivide.text.tagged import names as tagged_names
from askdivide.text.tagged import rows as tagged_rows

CountTokens = Callable[[Sequence[str]], list[int]]

_DELIMITER_ROW = re.compile(r"[\s|:+>=–—-]*[=–—-][\s|:+>=–—-]*")
_CODE_UNIT_MOST = 400
_FENCE = re.compile(r"\A[ \t>]*(?:`{3,}|~{3,})[^\n]*|(?<=\n)[ \t>]*(?:`{3,}|~{3,})[ \t]*\Z")
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]]{1,200})\]:[ \t]*\S", re.MULTILINE)
"""Where a link is defined: "[label]: address"."""
_CODE_LINE = re.compile(rf"[^\s{MARK}](?:[^\n]*[^\s{MARK}])?")
_ROW_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_SPEAKER = re.compile(r"(\*\*|__)?A(?:nswer)?:(?(1)\1)[ \t]+(?=\S)")
"""What an answer of an interview begins with, which is no part of it."""


@dataclass(frozen=True)
class _Unit:
    """A sentence with its size and the block it is of."""

    sentence: Sentence
    tokens: int
    block: int
    gap: int
    """Tokens of what stands between the unit before and this one: marks of lists and quotations."""


def chunk(document: Document, *, limit: int, count_tokens: CountTokens) -> list[Chunk]:
    """The chunks of `document`, in order, of at most `limit` tokens as `count_tokens` counts a list of texts.

    Spans of chunks do not overlap. A sentence longer than `limit` is cut at spaces.
    """
    chunks: list[Chunk] = []
    words = _words(document)
    said = turns(document.blocks, words)
    for heading, section in _sections(document):
        if section[0].kind == "table":
            chunks.extend(_table_chunks(document, words, heading, section[0], limit, count_tokens))
        else:
            chunks.extend(_text_chunks(document, words, said, heading, section, limit, count_tokens))
    return chunks


def _words(document: Document) -> str:
    """The document's text at the same length, with MARK for each character of a mark; code keeps what look like some."""
    if not document.markup:
        return document.text
    labels = frozenset(label(match[1]) for match in _DEFINITION.finditer(document.text))
    parts, end = [], 0
    for block in document.blocks:
        own = document.text[block.start : block.end]
        if block.kind in ("heading", "noise"):
            continue
        parts.append(unquoted(document.text[end : block.start]))
        if block.kind == "code":
            parts.append(_FENCE.sub(lambda match: MARK * len(match[0]), own))
        elif block.kind == "table" and is_tagged(own):
            parts.append(table_words(own))
        elif block.kind == "table":
            # No mark reaches from one row into the next, and no tag ends a row.
            parts.append("\n".join(unmarked(line, labels).replace("\n", " ") for line in own.split("\n")))
        else:
            parts.append(unmarked(own, labels))
        end = block.end
    return "".join([*parts, document.text[end:]])


def _sections(document: Document) -> Iterator[tuple[str, list[Block]]]:
    """Runs of blocks that may share a chunk, with the path of headings above them; a table is a run of its own."""
    headings: list[tuple[int, str]] = []
    run: list[Block] = []
    for block in document.blocks:
        if block.kind == "heading":
            if run:
                yield _path(headings, document.title), run
            run = []
            name = plain(document.text[block.start : block.end], markup=document.markup)
            headings = [pair for pair in headings if pair[0] < block.level] + [(block.level, name)]
            continue
        if run and (block.kind in ("table", "noise") or run[-1].kind == "table" or block.page != run[-1].page):
            yield _path(headings, document.title), run
            run = []
        if block.kind != "noise":
            run.append(block)
    if run:
        yield _path(headings, document.title), run


def _path(headings: list[tuple[int, str]], title: str) -> str:
    return " > ".join(name for _, name in headings if name != title)


def _text_chunks(
    document: Document,
    words: str,
    said: Mapping[int, Turn],
    heading: str,
    section: list[Block],
    limit: int,
    count_tokens: CountTokens,
) -> Iterator[Chunk]:
    units = _units(words, said, section, limit, count_tokens)
    sizes: dict[int, int] = {}
    for unit in units:
        sizes[unit.block] = sizes[unit.block] + unit.gap + unit.tokens if unit.block in sizes else unit.tokens
    packed: list[_Unit] = []
    size = 0
    for unit in units:
        begins_block = not packed or packed[-1].block != unit.block
        # A paragraph that fits a chunk of its own is not torn apart to fill up the one before.
        needed = sizes[unit.block] if begins_block and sizes[unit.block] <= limit else unit.tokens
        if packed and size + unit.gap + needed > limit:
            yield _made(document, words, heading, section, packed)
            packed, size = [], 0
        size += unit.tokens + (unit.gap if packed else 0)
        packed.append(unit)
    if packed:
        yield _made(document, words, heading, section, packed)


def _units(words: str, said: Mapping[int, Turn], section: list[Block], limit: int, count_tokens: CountTokens) -> list[_Unit]:
    spans = [(index, span) for index, block in enumerate(section) for span in _quotable(words, block, said.get(block.start))]
    between = [words[before[1] : after[0]].replace(MARK, "").strip() for (_, before), (_, after) in pairwise(spans)]
    marks = sorted({mark for mark in between if mark})
    counts = count_tokens([*(words[start:end].replace(MARK, " ") for _, (start, end) in spans), *marks])
    gaps = {"": 0, **dict(zip(marks, counts[len(spans) :], strict=True))}
    units: list[_Unit] = []
    for (index, span), tokens, mark in zip(spans, counts, ["", *between], strict=False):
        for number, (piece, size) in enumerate(_cut(words, *span, tokens, limit, count_tokens)):
            kind: Literal["sentence", "code"] = "code" if section[index].kind == "code" else "sentence"
            turn = said.get(section[index].start)
            speaker = turn.speaker if turn and piece[0] >= turn.begins else ""
            units.append(_Unit(Sentence(*piece, kind, speaker), size, index, gaps[mark] if number == 0 else 0))
    return units


def _quotable(words: str, block: Block, turn: Turn | None) -> list[tuple[int, int]]:
    if turn and turn.begins == block.end:
        # A line with the name alone.
        return []
    if block.kind != "code":
        speaker = _SPEAKER.match(words, block.start, block.end)
        return sentence_spans(words, speaker.end() if speaker else block.start, block.end)
    units: list[tuple[int, int]] = []
    for match in _CODE_LINE.finditer(words, block.start, block.end):
        start, end = match.span()
        if units and end - units[-1][0] <= _CODE_UNIT_MOST:
            start = units.pop()[0]
        units.append((start, end))
    return units


def _cut(words: str, start: int, end: int, tokens: int, limit: int, count_tokens: CountTokens) -> list[tuple[tuple[int, int], int]]:
    """The span in pieces of at most `limit` tokens, each with its number of them; tokens need not be spread evenly."""
    if tokens <= limit or end - start == 1:
        return [((start, end), tokens)]
    characters = max(limit * (end - start) // (tokens + 1), 1)
    pieces = list(_pieces(words, start, end, characters))
    counts = count_tokens([words[at:to].replace(MARK, " ") for at, to in pieces])
    return [part for piece, count in zip(pieces, counts, strict=True) for part in _cut(words, *piece, count, limit, count_tokens)]


def _pieces(text: str, start: int, end: int, characters: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(start + characters, end)
        if stop < end:
            space = text.rfind(" ", start + characters // 2, stop)
            stop = space if space > start else stop
        last = stop
        while text[last - 1].isspace():
            last -= 1
        yield start, last
        start = stop
        while start < end and text[start].isspace():
            start += 1


def _made(document: Document, words: str, heading: str, section: list[Block], units: list[_Unit]) -> Chunk:
    start, end = units[0].sentence.start, units[-1].sentence.end
    return Chunk(
        start=start,
        end=end,
        heading=heading,
        page=section[units[0].block].page,
        text=document.text[start:end],
        sentences=tuple(unit.sentence for unit in units),
        unmarked=_unmarked(document, words, start, end),
    )


def _unmarked(document: Document, words: str, start: int, end: int) -> str | None:
    return None if words[start:end] == document.text[start:end] else words[start:end]


@dataclass(frozen=True)
class _Table:
    """A table's rows: those that name its columns as one span, what they call these, and the others."""

    header: tuple[int, int]
    columns: str
    rows: list[tuple[int, int]]


def _table_chunks(document: Document, words: str, heading: str, block: Block, limit: int, count_tokens: CountTokens) -> Iterator[Chunk]:
    table = _table(document.text, words, block)
    text = words.replace(MARK, " ")
    rows = table.rows or [table.header]
    # The first part of a table carries its column names in its own text, later parts before it.
    top = text[table.header[0] : rows[0][0]]
    before = [rows[0][0], *(end for _, end in rows)]
    counts = count_tokens([top, table.columns, *(text[start:end] for start, (_, end) in zip(before, rows, strict=False))])
    packed: list[tuple[int, int]] = []
    start, size = block.start, counts[0]
    for row, tokens in zip(rows, counts[2:], strict=True):
        if packed and size + tokens > limit:
            yield _table_chunk(document, words, heading, block, start, table, packed)
            packed, start, size = [], row[0], counts[1]
        packed.append(row)
        size += tokens
    yield _table_chunk(document, words, heading, block, start, table, packed)


def _table(text: str, words: str, block: Block) -> _Table:
    own = text[block.start : block.end]
    if is_tagged(own):
        spans = [(block.start + start, block.start + end) for start, end in tagged_rows(own)]
        count, names = tagged_names(own)
        if not count:
            return _Table(spans[0], "", spans)
        return _Table((spans[0][0], spans[count - 1][1]), f"| {' | '.join(names)} |", spans[count:])
    lines = [match.span() for match in _ROW_LINE.finditer(text, block.start, block.end)]
    lines = [lines[0], *(line for line in lines[1:] if not _DELIMITER_ROW.fullmatch(text, *line))]
    said = [words[slice(*line)].replace(MARK, "").strip() for line in lines[:2]]
    cells, below = table_cells(said[0]), table_cells(said[-1])
    if len(lines) > 2 and len(cells) == len(below) and not below[0] and _names_groups(cells, below):
        names = [cells[0], *(f"{group} {name}".strip() for group, name in zip(_groups(cells[1:], below[1:]), below[1:], strict=True))]
        return _Table((lines[0][0], lines[1][1]), f"| {' | '.join(names)} |", lines[2:])
    return _Table(lines[0], said[0], lines[1:])


def _names_groups(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether two rows name columns together: the upper one leaves cells empty, for groups, which the lower one fills."""
    gaps = [lower for upper, lower in zip(above[1:], below[1:], strict=True) if not upper]
    return bool(gaps) and all(gaps)


def _groups(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The group of each column, empty where that cannot be told: its name stands in some column of the group, often in the middle."""
    size = len(below)
    for many in range(2, size // 2 + 1):
        blocks = [[name for name in above[at : at + many] if name] for at in range(0, size, many)]
        if list(below) == list(below[:many]) * (size // many) and all(len(names) == 1 for names in blocks):
            return [blocks[at // many][0] for at in range(size)]
    if not above[0]:
        return [""] * size
    groups: list[str] = []
    for name in above:
        groups.append(name or groups[-1])
    return groups


def _table_chunk(
    document: Document, words: str, heading: str, block: Block, start: int, table: _Table, rows: list[tuple[int, int]]
) -> Chunk:
    end = rows[-1][1]
    return Chunk(
        start=start,
        end=end,
        heading=heading,
        page=block.page,
        text=document.text[start:end],
        sentences=tuple(Sentence(*row, kind="row") for row in rows),
        header=table.header,
        columns=table.columns,
        unmarked=_unmarked(document, words, start, end),
    )
