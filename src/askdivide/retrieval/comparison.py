"""Questions that compare: their sides, each of which has to be found and told."""

from __future__ import annotations

import re

from askdivide.index.catalog import Catalog
from askdivide.index.reading import Index
from askdivide.records import Filters
from askdivide.retrieval.search import Hit, Query, prepare, search
from askdivide.text.facts import find_facts
from askdivide.text.terms import content_terms

_COMPARES = re.compile(
    r"\b(?:compar\w+|differ\w*|versus|vs\.?|than|rather|better|worse|or|both|between|same|alike|each|respectively|respective|whereas|while)\b",
    re.IGNORECASE,
)
_MOST = 3
_OF_EACH = 3
"""Passages that are looked for on each side."""
_PLAIN = re.compile(r"\b([^\W\d_]+) (?:or|versus|vs\.?) (?:the |an? )?([^\W\d_]+)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[ -]\d[\w.]*")
_BETWEEN = re.compile(r"[\s-]{0,2}")
_NO_THING = frozenset("one two other more less not so either both".split())


def sides(question: str) -> list[frozenset[str]]:
    """The terms of each thing that `question` compares, in order, where it names at least two; else none.

    >>> [sorted(side) for side in sides("How do MIT and the Llama 4 licence differ?")]
    [['mit'], ['4', 'llama']]
    """
    return [terms for terms, _ in _sides(question)]


def search_compared(index: Index, catalog: Catalog, query: Query, *, top_k: int, filters: Filters = Filters()) -> list[Hit]:
    """The `top_k` best chunks for `query`, as `search` finds them; for a comparison the best for each of its sides among them."""
    hits = search(index, catalog, query, top_k=top_k, filters=filters)
    compared = _sides(query.text)
    known = {hit.row.id for hit in hits}
    added: list[Hit] = []
    for _, name in compared:
        text = query.text
        for _, other in compared:
            text = text if other == name else text.replace(other, " ")
        for hit in search(index, catalog, prepare(index, text), top_k=min(_OF_EACH, top_k), filters=filters):
            if hit.row.id not in known:
                known.add(hit.row.id)
                added.append(hit)
    return hits[: max(top_k - len(added), top_k // 2)] + added[: top_k - top_k // 2]


def _sides(question: str) -> list[tuple[frozenset[str], str]]:
    """Each side's terms and its name as it stands in the question."""
    if not _COMPARES.search(question):
        return []
    plain = _PLAIN.search(question)
    names = named(question)
    if plain and len(names) < 2 and not _NO_THING & {plain[1].casefold(), plain[2].casefold()}:
        names = [plain[1], plain[2]]
    found = {terms: name for name in names if (terms := frozenset(content_terms(name)))}
    distinct = [(one, name) for one, name in found.items() if not any(one < other for other in found)]
    return distinct if 2 <= len(distinct) <= _MOST else []


def named(question: str) -> list[str]:
    """The proper names of `question` as they stand in it; words of a name that stand together make one."""
    spans: list[tuple[int, int]] = []
    for name in sorted(find_facts(question).names, key=lambda one: one.start):
        end = name.start + len(name.text)
        if not name.sure and name.start == 0:
            continue
        if spans and _BETWEEN.fullmatch(question, spans[-1][1], name.start):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((name.start, end))
    numbered = []
    for start, end in spans:
        number = _NUMBER.match(question, end)
        numbered.append((start, number.end() if number else end))
    return [question[start:end].rstrip(".") for start, end in numbered]
