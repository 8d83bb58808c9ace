"""Questions that compare, and passages on each of their sides."""

from __future__ import annotations

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.index.catalog import Catalog
from askdivide.index.reading import Index
from askdivide.records import Filters
from askdivide.retrieval.comparison import search_compared, sides
from askdivide.retrieval.search import Hit, Query, prepare, search
from askdivide.settings import Settings


@pytest.mark.parametrize(
    ("question", "compared"),
    [
        ("How do Tarn and Gellin Bay differ?", [["tarn"], ["bay", "gellin"]]),
        ("Is the Corona 4 faster than the Borealis?", [["4", "corona"], ["boreali"]]),
        ("Does heat or frost do more damage?", [["heat"], ["frost"]]),
        ("When did Tarn and Gellin open?", []),
        ("Is Tarn better?", []),
        ("Is it one or the other?", []),
        ("How do Tarn, Gellin, Norland and Bexley differ?", []),
    ],
)
def test_the_sides_of_a_comparison_are_its_names(question: str, compared: list[list[str]]) -> None:
    assert [sorted(side) for side in sides(question)] == compared


def test_each_side_is_found_where_one_would_fill_the_list(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Assistant.open(indexed).index
    asked: list[str] = []

    def one_sided(index: Index, catalog: Catalog, query: Query, *, top_k: int, filters: Filters) -> list[Hit]:
        """As `search`, but nothing of orchards is found where the harbour is spoken of."""
        asked.append(query.text)
        hits = search(index, catalog, query, top_k=20, filters=filters)
        return [hit for hit in hits if "harbour" not in query.text or hit.row.document.path == "harbour.md"][:top_k]

    monkeypatch.setattr("askdivide.retrieval.comparison.search", one_sided)
    with index.reading() as catalog:
        hits = search_compared(index, catalog, prepare(index, "Is the harbour of Ostrava Bay or Lindqvist Valley older?"), top_k=4)
        assert asked[1:] == ["Is the harbour of Ostrava Bay or older?", "Is the harbour of or Lindqvist Valley older?"]
        assert {hit.row.document.path for hit in hits} == {"harbour.md"}
        hits = search_compared(index, catalog, prepare(index, "Is the harbour or the pear older?"), top_k=4)
        assert asked[4:] == ["Is the harbour or the older?", "Is the or the pear older?"]
    assert {hit.row.document.path for hit in hits[:2]} == {"harbour.md"}
    assert {hit.row.document.path for hit in hits[2:]} == {"orchards.txt"}
    assert len({hit.row.id for hit in hits}) == 4


def test_other_questions_are_searched_once(indexed: Settings) -> None:
    index = Assistant.open(indexed).index
    with index.reading() as catalog:
        query = prepare(index, "When was the harbour founded?")
        found = [search_compared(index, catalog, query, top_k=3), search(index, catalog, query, top_k=3)]
    assert [hit.row.id for hit in found[0]] == [hit.row.id for hit in found[1]]
