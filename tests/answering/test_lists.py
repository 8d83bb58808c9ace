"""What leads to the items of a list and the rows of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.answering.lists import asks_list, places
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

TEXT = """# Rules

Boats are old. Passengers must keep these rules on board:

- Bicycles stand on the lower deck.
- Dogs are kept on a lead. They may not enter the saloon.

Tea is free.

## Fares

All prices are for one way. The table gives them in crowns.

| Who | Price |
|---|---|
| Adults | 12 |
| Children | 6 |

# Nothing before

| Who | Price |
|---|---|
| Goats | 3 |
"""


def led(tmp_path: Path, text: str, chunk_tokens: int = 180) -> dict[str, str]:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text(text, encoding="utf-8")
    settings = Settings(
        corpus=tmp_path / "corpus", index=tmp_path / "index", cache=tmp_path, embedding="test:64", chunk_tokens=chunk_tokens
    )
    reindex(settings)
    found = {}
    with Assistant.open(settings).index.reading() as catalog:
        for row in catalog.chunks(range(1, catalog.counts()[1] + 1)).values():
            for sentence, place in zip(row.chunk.sentences, places(row, catalog), strict=True):
                found[text[sentence.start : sentence.end]] = place.lead
    return found


@pytest.mark.parametrize("chunk_tokens", [180, 32])
def test_items_and_rows_have_what_leads_to_them(tmp_path: Path, chunk_tokens: int) -> None:
    rules = "Passengers must keep these rules on board:"
    assert led(tmp_path, TEXT, chunk_tokens) == {
        "Boats are old.": "", rules: "", "Bicycles stand on the lower deck.": rules, "Dogs are kept on a lead.": rules,
        "They may not enter the saloon.": rules, "Tea is free.": "", "All prices are for one way.": "",
        "The table gives them in crowns.": "", "| Adults | 12 |": "The table gives them in crowns.",
        "| Children | 6 |": "The table gives them in crowns.", "| Goats | 3 |": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [
        "Which rules must passengers keep?",
        "Name all the boats",
        "What are the fares?",
        "What two ships came?",
        "How do I book a cabin?",
        "What does the crew advise?",
    ],
)
def test_questions_that_ask_for_a_list(question: str) -> None:
    assert asks_list(question)


@pytest.mark.parametrize(
    "question",
    [
        "When did it open?",
        "Who built the dock?",
        "How long is the pier?",
        "Why is tea free?",
        "What is planned?",
        "What was this?",
        "What did the pier cost?",
    ],
)
def test_questions_that_do_not(question: str) -> None:
    assert not asks_list(question)
