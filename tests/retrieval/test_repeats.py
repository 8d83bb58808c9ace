"""Two copies of an article are one source in what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

STORY = "\n\n".join(
    f"Basin {number} of the harbour was dug in {1900 + number} by {number} workers, who were paid {number * 3} crowns a week for it."
    for number in range(1, 12)
)


@pytest.fixture
def syndicated(settings: Settings) -> Settings:
    (settings.corpus / "courier.md").write_text(f"# The basins\n\nBy our own reporter.\n\n{STORY}\n")
    (settings.corpus / "gazette.md").write_text(
        f"# How it was dug\n\nThe gazette adds that a twelfth basin was flooded in 1955.\n\n{STORY}\n"
    )
    reindex(settings)
    return settings


def test_a_passage_that_a_better_one_has_said_is_left_out(syndicated: Settings) -> None:
    found = Assistant.open(syndicated).search("When was basin 7 of the harbour dug?", top_k=30)
    saying = [passage for passage in found if "Basin 7 of" in passage.text]
    assert len(saying) == 1


def test_what_a_copy_adds_is_still_found(syndicated: Settings) -> None:
    answer = Assistant.open(syndicated).ask("When was the twelfth basin flooded?")
    assert "1955" in answer.text
    assert answer.citations[0].document == "gazette.md"


def test_an_answer_cites_one_of_the_copies(syndicated: Settings) -> None:
    answer = Assistant.open(syndicated).ask("Who dug basin 7 of the harbour, and when?")
    quotes = [citation.quote for citation in answer.citations]
    assert len(quotes) == len(set(quotes))


def test_when_one_copy_goes_the_other_answers(syndicated: Settings) -> None:
    assistant = Assistant.open(syndicated)
    first = next(
        passage.document for passage in assistant.search("When was basin 7 of the harbour dug?", top_k=30) if "Basin 7 of" in passage.text
    )
    (Path(syndicated.corpus) / first).unlink()
    reindex(syndicated)
    other = next(
        passage.document for passage in assistant.search("When was basin 7 of the harbour dug?", top_k=30) if "Basin 7 of" in passage.text
    )
    assert {first, other} == {"courier.md", "gazette.md"}
