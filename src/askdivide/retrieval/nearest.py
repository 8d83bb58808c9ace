"""The chunks nearest to a question, of all articles or of those that pass a filter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from askdivide.errors import IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Vectors
from askdivide.records import Filters

if TYPE_CHECKING:
    from askdivide.index.reading import Index

_FEW = 2000
"""Chunks whose vectors are read and compared one by one: 15 ms, where Chroma takes 50 to filter 100,000, and 700 to be opened."""
_SPARE, _MOST = 2, 2000
"""How many more are asked for than should do, and at most, where what passes is sifted out of what is nearest."""


def nearest(index: Index, catalog: Catalog, vector: Vectors, limit: int, filters: Filters) -> list[int]:
    """Ids of the chunks nearest to `vector` by cosine, nearest first; at most `limit`, of articles that pass `filters`.

    Chroma looks a filter up for every chunk that passes, which took 0.4 s where 86,000 of 100,000 did. So few are compared
    here, and many are sifted out of what is nearest without a filter; Chroma filters what lies between. Nor is it opened for
    the questions of a small index, which took half of the time of a process that asks one; where it is open, it is asked.
    While a run writes, or after one that was stopped, what Chroma cannot tell is compared here too: the catalog is always whole.
    """
    passing = 0
    if filters or not index.vectors_open:
        passing = catalog.count_passing(filters)
        if passing <= _FEW:
            return _compared(catalog, vector, limit, filters)
    try:
        return _asked(index, catalog, vector, limit, filters, passing)
    except IndexProblem as problem:
        if not index.does_without(problem, catalog):
            raise
        return _compared(catalog, vector, limit, filters)


def _asked(index: Index, catalog: Catalog, vector: Vectors, limit: int, filters: Filters, passing: int) -> list[int]:
    """What Chroma finds; `passing` chunks pass the `filters`, where there are any."""
    store = index.vectors(catalog)
    if filters:
        _, chunks = catalog.counts()
        asked = math.ceil(_SPARE * limit * chunks / passing)
        if asked <= _MOST:
            found = _ids(catalog, store.nearest(vector, asked, Filters()))
            allowed = catalog.passing(found, filters)
            if len(allowed) >= limit:
                return [one for one in found if one in allowed][:limit]
    keys = store.nearest(vector, limit, filters)
    found = _ids(catalog, keys)
    if len(found) < len(keys) and (uncertain := len(catalog.pending())):
        # What a run has written and not committed stands in the way.
        found = _ids(catalog, store.nearest(vector, min(limit + uncertain, _MOST), filters))[:limit]
    return found


def _compared(catalog: Catalog, vector: Vectors, limit: int, filters: Filters) -> list[int]:
    """What is nearest among the vectors of the catalog, each compared."""
    ids, cosines = np.empty(0, np.int64), np.empty(0, np.float32)
    for some, vectors in catalog.vectors_passing(filters):
        ids, cosines = np.append(ids, some), np.append(cosines, vectors @ vector)
        best = np.argsort(-cosines, kind="stable")[:limit]
        ids, cosines = ids[best], cosines[best]
    return [int(one) for one in ids]


def _ids(catalog: Catalog, keys: list[str]) -> list[int]:
    """The chunks' ids; a key that the catalog does not know (any more) is left out."""
    known = catalog.chunk_ids(keys)
    return [known[key] for key in keys if key in known]
