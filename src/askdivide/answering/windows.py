"""Which stretches of the passages found a reader is given, and what it makes of their sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askdivide.answering.found import Found
from askdivide.index.embedding import Vectors, embedded_text
from askdivide.retrieval.reader import Reader, Reading, SentenceReading
from askdivide.retrieval.search import Query
from askdivide.text.terms import terms


@dataclass(frozen=True)
class _Window:
    """Consecutive sentences of a chunk, by their places among the sentences found."""

    first: int
    last: int
    best: int
    """The sentence that it was made round."""


@dataclass(frozen=True)
class Read:
    """What the reader makes of a sentence."""

    sentence: SentenceReading
    passage: float
    """Its logit for the window around it."""
    answer: tuple[int, int] | None
    """Where in the document the answer's own words stand."""


FIRST_READ = 4
"""Windows that are read at first, at most ..."""
_WORTH_READING = 3.0
"""... and how far behind the best sentence one may lie, without the reader, to be among them."""
_SURE = 1.5
"""The reader's logit for a sentence of those from which on no more are read. Of questions that are answered, a third go on."""
_WORTH_A_LOOK = 5.0
"""How far behind further ones may lie. Fewer are read so, and what answers hold stayed the same on four question files."""
_WINDOW = 420
"""Characters of a window: a hundred tokens. Reading whole chunks of 180 took twice the time and chose no better."""


def read_best(query: Query, found: Sequence[Found], scores: Vectors, reader: Reader, most: int) -> dict[int, Read]:
    """What the reader makes of the sentences in at most `most` windows, by place.

    The likeliest windows are read first, the others only where no sentence of those surely answers.
    """
    best, windows = scores.max(), _windows(found, scores, most)
    windows = windows[:FIRST_READ] + [one for one in windows[FIRST_READ:] if scores[one.best] >= best - _WORTH_A_LOOK]
    likely = sum(scores[window.best] >= best - _WORTH_READING for window in windows[:FIRST_READ])
    read = _read_windows(query, found, windows[:likely], reader)
    if likely < len(windows) and max(one.sentence.answers for one in read.values()) < _SURE:
        # Where two windows share a sentence, the one that was made round a better sentence keeps it.
        read = _read_windows(query, found, windows[likely:], reader) | read
    return read


def read_bare(query: Query, one: Found, reader: Reader) -> Reading:
    """What the reader makes of a sentence below no title and no headings: with what leads to it, or else the sentence before it.

    Below a title that fits the question much is taken for an answer that is none. Chosen are sentences better with it.
    """
    chunk, (start, end) = one.hit.row.chunk, one.span
    lead = chunk.columns if one.kind == "row" else one.lead or _speaker(query, one)
    if lead:
        return reader.read(query.text, [(f"{lead}\n{one.text}", [(len(lead) + 1, len(lead) + 1 + len(one.text))])])[0]
    first = chunk.sentences[max(one.position - 1, 0)].start
    before, own = chunk.said(first, start), chunk.said(start, end)
    return reader.read(query.text, [(before + own, [(len(before), len(before) + len(own))])])[0]


def _speaker(query: Query, one: Found) -> str:
    """Who says it, where the question names them; else empty."""
    speaker = one.hit.row.chunk.sentences[one.position].speaker
    return f"{speaker}:" if speaker and set(query.terms) & set(terms(speaker)) else ""


def _windows(found: Sequence[Found], scores: Vectors, most: int) -> list[_Window]:
    """At most `most` windows round the best sentences, each grown before and after its sentence within the chunk."""
    windows: list[_Window] = []
    for at in map(int, np.argsort(-scores, kind="stable")):
        if len(windows) == most:
            break
        if any(window.first <= at <= window.last for window in windows):
            continue
        first = last = at
        grown = True
        while grown:
            grown = False
            for new_first, new_last in ((first - 1, last), (first, last + 1)):
                inside = new_first >= 0 and new_last < len(found) and found[new_first].hit is found[at].hit is found[new_last].hit
                if inside and len(found[at].hit.row.chunk.said(found[new_first].span[0], found[new_last].span[1])) <= _WINDOW:
                    first, last, grown = new_first, new_last, True
        windows.append(_Window(first, last, at))
    return windows


def _read_windows(query: Query, found: Sequence[Found], windows: Sequence[_Window], reader: Reader) -> dict[int, Read]:
    passages, shifts = [], []
    for window in windows:
        hit, start, end = found[window.first].hit, found[window.first].span[0], found[window.last].span[1]
        chunk = hit.row.chunk
        piece = replace(chunk, start=start, end=end, sentences=(), unmarked=chunk.words[start - chunk.start : end - chunk.start])
        text, shift = embedded_text(hit.row.document.title, piece)
        lead = found[window.first].lead or _speaker(query, found[window.first])
        if lead:
            text, shift = f"{text[:shift]}{lead}\n{text[shift:]}", shift + len(lead) + 1
        shifts.append(start - shift)
        passages.append((text, [(a - shifts[-1], b - shifts[-1]) for a, b in (one.span for one in found[window.first : window.last + 1])]))
    read: dict[int, Read] = {}
    for window, shift, reading in zip(windows, shifts, reader.read(query.text, passages), strict=True):
        for at, judged in enumerate(reading.sentences, start=window.first):
            begin, end = judged.span
            read.setdefault(at, Read(judged, reading.passage, (begin + shift, end + shift) if begin < end else None))
    return read
