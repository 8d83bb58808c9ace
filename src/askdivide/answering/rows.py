"""Rows of tables that a question singles out: those that it names by their label, and those that are the most or least of something."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace

import numpy as np

from askdivide.answering.extremes import Extreme
from askdivide.answering.found import Found, Table, table_of
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors
from askdivide.retrieval.search import Hit
from askdivide.text.plain import shown, table_cells

_LABELS = 2
"""Columns in which labels stand."""
_LABEL = re.compile(r"(?=.*[A-Z\d])(?=.*[^\W\d_])[^\W_].{2,}")
"""A name, or a code such as "gpt-oss-20b"; "yes" or "2024" are none."""
_TAIL = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_NAMED, _NOT_NAMED, _BESIDE = 0.3, 3.0, 1.0
"""How far a row that the question names by its label comes before the others of its table; how far these fall back where several are
named, and how far at most one of those lies behind another."""
_TABLE_PARTS = 20
"""Chunks of which a table has at most, some 150 rows, where it is looked through for an extreme."""
_SETTLED, _FITTING, _FITTING_MOST = 0.5, 0.5, 4.0
"""How far the row with the extreme comes before the best of its table, and how much further the better its column fits, up to a limit."""


def named_rows(question: str, found: Sequence[Found]) -> set[int]:
    """The rows among `found`, by place, whose label stands in `question` as a whole.

    "GLM-4.5" is not named by "GLM-4.5-Air", which shares all its terms, nor "R-CNN" by "Mask R-CNN" where that is a label, too. What
    stands in brackets behind a label, such as a unit, need not be in the question.
    """
    folded = _straight(question)
    spans: dict[int, list[tuple[int, int]]] = {}
    for at, one in enumerate(found):
        if one.kind == "row":
            cells = table_cells(one.text)[:_LABELS]
            spans[at] = [span for cell in cells for span in _stands(_straight(_TAIL.sub("", shown(cell))), folded)]
    every = {span for own in spans.values() for span in own}

    def is_part(span: tuple[int, int]) -> bool:
        return any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in every)

    return {at for at, own in spans.items() if not all(map(is_part, own))}


def _straight(text: str) -> str:
    return text.replace("’", "'")


def _stands(label: str, question: str) -> list[tuple[int, int]]:
    """Where a label stands in a question."""
    # Nearly all labels stand nowhere in the question, and a pattern for each would take longer than the search.
    if label.casefold() not in question.casefold() or not _LABEL.fullmatch(label):
        return []
    return [match.span() for match in re.finditer(rf"(?<![\w.-]){re.escape(label)}(?![\w-]|\.\w)", question, re.IGNORECASE)]


def with_named_first(named: Container[int], found: Sequence[Found], scores: Vectors) -> Vectors:
    """`scores` with the rows that are `named` before the others of their table."""
    scores = scores.copy()
    for rows in _by_table(found).values():
        singled = [at for at in rows if at in named]
        others = [at for at in rows if at not in named]
        if not singled or not others:
            continue
        best = max(scores[singled].max(), scores[others].max() + _NAMED)
        scores[singled] = np.maximum(scores[singled], best - (_BESIDE if len(singled) > 1 else 0.0))
        if len(singled) > 1:
            scores[others] -= _NOT_NAMED
    return scores


def with_whole_tables(hits: Sequence[Hit], catalog: Catalog) -> tuple[list[Hit], set[Table]]:
    """`hits` with what else there is of the tables among them, as good as their first part found; and which tables are whole now."""
    there = {hit.row.id for hit in hits}
    wider = list(hits)
    whole: set[Table] = set()
    for hit in hits:
        table = table_of(hit, 0)
        if table and table not in whole and len(parts := catalog.table(hit.row, _TABLE_PARTS + 1)) <= _TABLE_PARTS:
            wider += [replace(hit, row=part) for part in parts if part.id not in there]
            whole.add(table)
    return wider, whole


def settled_rows(extremes: Sequence[Extreme], whole: Container[Table], found: Sequence[Found], scores: Vectors) -> dict[int, float]:
    """The rows with the extremes asked for of `whole` tables, by place, and their scores: better than any other row of their table."""
    settled: dict[int, float] = {}
    for table, ats in _by_table(found).items():
        if table not in whole:
            continue
        lines = (found[ats[0]].hit.row.chunk.columns, *(found[at].text for at in ats))
        names, *rows = ([shown(cell) for cell in table_cells(line)] for line in lines)
        best = float(scores[ats].max())
        for extreme in extremes:
            wanted, fit = extreme.rows(names, rows) or ((), 0.0)
            for place in wanted:
                settled[ats[place]] = best + _SETTLED + _FITTING * min(fit, _FITTING_MOST)
    return settled


def _by_table(found: Sequence[Found]) -> dict[Table, list[int]]:
    """The rows among `found`, by place, of each table."""
    tables: dict[Table, list[int]] = {}
    for at, one in enumerate(found):
        if table := one.table:
            tables.setdefault(table, []).append(at)
    return tables
