"""Documents cut into chunks along headings, paragraphs and sentences, each with its exact span.

A chunk never crosses a heading. Paragraphs and list items under one heading are packed together up to a number of tokens; a
longer paragraph is cut between sentences, a table that does not fit between rows. What is embedded is the chunk with its
title, headings and column names before it; what is quoted is a sentence, an item or a row of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from askdivide.records import MARK, Block, Chunk, Document, Sentence
from askdivide.text.plain import label, plain, unmarked, unquoted
from askdivide.text.sentences import sentence_spans
from askdivide.text.tagged import is_tagged, table_words
from askdivide.text.tagged import rows as tagged_rows

CountTokens = Callable[[Sequence[str]], list[int]]

_DELIMITER_ROW = re.compile(r"[\s|:+>=-]*[=-][\s|:+>=-]*")
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
    for heading, section in _sections(document):
        if section[0].kind == "table":
            chunks.extend(_table_chunks(document, words, heading, section[0], limit, count_tokens))
        else:
            chunks.extend(_text_chunks(document, words, heading, section, limit, count_tokens))
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
    document: Document, words: str, heading: str, section: list[Block], limit: int, count_tokens: CountTokens
) -> Iterator[Chunk]:
    units = _units(words, section, limit, count_tokens)
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


def _units(words: str, section: list[Block], limit: int, count_tokens: CountTokens) -> list[_Unit]:
    spans = [(index, span) for index, block in enumerate(section) for span in _quotable(words, block)]
    between = [words[before[1] : after[0]].replace(MARK, "").strip() for (_, before), (_, after) in pairwise(spans)]
    marks = sorted({mark for mark in between if mark})
    counts = count_tokens([*(words[start:end].replace(MARK, " ") for _, (start, end) in spans), *marks])
    gaps = {"": 0, **dict(zip(marks, counts[len(spans) :], strict=True))}
    units: list[_Unit] = []
    for (index, span), tokens, mark in zip(spans, counts, ["", *between], strict=False):
        for number, (piece, size) in enumerate(_cut(words, *span, tokens, limit, count_tokens)):
            kind: Literal["sentence", "code"] = "code" if section[index].kind == "code" else "sentence"
            units.append(_Unit(Sentence(*piece, kind), size, index, gaps[mark] if number == 0 else 0))
    return units


def _quotable(words: str, block: Block) -> list[tuple[int, int]]:
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


def _table_chunks(document: Document, words: str, heading: str, table: Block, limit: int, count_tokens: CountTokens) -> Iterator[Chunk]:
    header, *rows = _rows(document.text, table)
    rows = [row for row in rows if not _DELIMITER_ROW.fullmatch(document.text, *row)]
    text = words.replace(MARK, " ")
    rows = rows or [header]
    # The first part of a table carries its column names in its own text, later parts before it.
    names, top = text[slice(*header)], text[header[0] : rows[0][0]]
    before = [rows[0][0], *(end for _, end in rows)]
    counts = count_tokens([top, names, *(text[start:end] for start, (_, end) in zip(before, rows, strict=False))])
    packed: list[tuple[int, int]] = []
    start, size = table.start, counts[0]
    for row, tokens in zip(rows, counts[2:], strict=True):
        if packed and size + tokens > limit:
            yield _table_chunk(document, words, heading, table, start, header, packed)
            packed, start, size = [], row[0], counts[1]
        packed.append(row)
        size += tokens
    yield _table_chunk(document, words, heading, table, start, header, packed)


def _rows(text: str, table: Block) -> list[tuple[int, int]]:
    """The spans of a table's rows, its column names first."""
    if is_tagged(text[table.start : table.end]):
        return [(table.start + start, table.start + end) for start, end in tagged_rows(text[table.start : table.end])]
    return [match.span() for match in _ROW_LINE.finditer(text, table.start, table.end)]


def _table_chunk(
    document: Document, words: str, heading: str, table: Block, start: int, header: tuple[int, int], rows: list[tuple[int, int]]
) -> Chunk:
    end = rows[-1][1]
    return Chunk(
        start=start,
        end=end,
        heading=heading,
        page=table.page,
        text=document.text[start:end],
        sentences=tuple(Sentence(*row, kind="row") for row in rows),
        header=header,
        columns=words[slice(*header)].replace(MARK, "").strip(),
        unmarked=_unmarked(document, words, start, end),
    )
