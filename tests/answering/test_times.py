"""The time that a question asks about."""

from __future__ import annotations

import pytest

from askdivide.answering.times import Times, asks_now

DATES = ["2023", "2024-05-01", None, "2021-02-03"]
UNDATED = [("It handled 412 ships.", date) for date in DATES]


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
    assert Times.of(question, UNDATED).named(text, published) == fits


@pytest.mark.parametrize("question", ["Is it still open today?", "How many are there now?", "Who runs it at present?"])
def test_what_is_true_now_is_rather_in_newer_articles(question: str) -> None:
    times = Times.of(question, UNDATED)
    middle, newest = times.recent(*UNDATED[0]), times.recent(*UNDATED[1])
    assert 0 < middle < newest < 0.2
    assert [times.recent(*UNDATED[2]), times.recent(*UNDATED[3])] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Is it still open?", True),
        ("Has it been paid for yet?", True),
        ("Is it already open?", True),
        ("Was it still open in 2019?", False),
        ("Was it still open before the war?", False),
        ("Is it yet another ship?", False),
        ("Is it open?", False),
    ],
)
def test_some_questions_are_for_what_is_true_now(question: str, asked: bool) -> None:
    assert asks_now(question) == asked


@pytest.mark.parametrize("question", ["What is the latest count?", "The newest ship?", "What was counted most recently?"])
def test_the_newest_is_what_the_sentences_themselves_date_last(question: str) -> None:
    found = [
        ("The Corona came in May 2023.", "2024-05-01"),
        ("The Borealis came on 3 June 2023.", "2023-07"),
        ("The Amber was built in 1999.", "2024-05-01"),
        ("Ships are counted at the gate.", "2024-05-01"),
        ("A ship is to come in 2031.", "2023-07"),
    ]
    times = Times.of(question, found)
    corona, borealis, amber, gate, planned = (times.recent(*one) for one in found)
    assert (borealis, corona, amber) == (1.0, 0.5, 0.0)
    # Without a date of their own the article's counts for less, and what is planned is no news of what has been.
    assert 0 < gate < 0.5
    assert planned == 0


@pytest.mark.parametrize("question", ["How many ships came?", "What was the latest count in 2023?", "What was known now, before 2023?"])
def test_other_questions_prefer_none(question: str) -> None:
    assert [Times.of(question, UNDATED).recent(*one) for one in UNDATED] == [0.0] * 4


def test_one_date_alone_is_neither_old_nor_new() -> None:
    found = [("It handled 412 ships.", "2023"), ("It handled 412 ships.", None)]
    assert Times.of("What is the latest count?", found).recent(*found[0]) == 0.0
