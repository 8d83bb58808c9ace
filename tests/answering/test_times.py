"""The time that a question asks about."""

from __future__ import annotations

import pytest

from askdivide.answering.times import Times

DATES = ["2023", "2024-05-01", None, "2021-02-03"]


@pytest.mark.parametrize(
    ("question", "text", "published", "fits"),
    [
        ("How many ships came in 2023?", "In 2023 it handled 412 ships.", "2024", 1),
        ("How many ships came in 2023?", "In May 2023 it handled 40 ships.", "2024", 1),
        ("How many ships came in May 2023?", "In 2023 it handled 412 ships.", "2024", 0),
        ("How many ships came in 2023?", "It handled 412 ships.", "2023-11-02", 0.5),
        ("How many ships came in 2023?", "It handled 412 ships.", None, 0),
        ("How many ships came before 2023?", "In 2023 it handled 412 ships.", "2023", 0),
        ("How many ships came?", "In 2023 it handled 412 ships.", "2023", 0),
    ],
)
def test_a_time_that_is_asked_about_is_looked_for(question: str, text: str, published: str | None, fits: float) -> None:
    assert Times.of(question, DATES).named(text, published) == fits


@pytest.mark.parametrize(
    "question", ["What is the latest count?", "Is it still open today?", "How many are there now?", "The newest ship?"]
)
def test_the_newest_state_prefers_newer_articles(question: str) -> None:
    times = Times.of(question, DATES)
    assert [times.recent(date) for date in DATES] == [0.5, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("question", ["How many ships came?", "What was the latest count in 2023?", "What was known now, before 2023?"])
def test_other_questions_prefer_none(question: str) -> None:
    assert [Times.of(question, DATES).recent(date) for date in DATES] == [0.0] * 4


def test_one_date_alone_is_neither_old_nor_new() -> None:
    assert Times.of("What is the latest count?", ["2023", None]).recent("2023") == 0.0
