from __future__ import annotations

import pytest

from askdivide.records import Turn
from askdivide.retrieval.conversation import leans, standalone


def turns(*questions: str) -> list[Turn]:
    return [Turn(question, "An answer about Qwen and Mistral.") for question in questions]


R1 = "Which licence does DeepSeek-R1 have?"


@pytest.mark.parametrize(
    ("earlier", "question", "subject"),
    [
        (R1, "And the distilled ones?", "DeepSeek-R1"),
        (R1, "When was it published?", "DeepSeek-R1"),
        (R1, "Who made it?", "DeepSeek-R1"),
        (R1, "What about commercial use?", "DeepSeek-R1"),
        (R1, "Why?", "DeepSeek-R1"),
        (R1, "What did the model cost?", "DeepSeek-R1"),
        ("How many employees does DeepSeek have?", "Then who runs it?", "DeepSeek"),
        ("Who kept the lighthouse at Point Verity?", "For how long did he keep it?", "Point Verity"),
        ("Is Qwen3.6-Plus open?", "How large is it?", "Qwen3.6-Plus"),
        ("why did the last pear orchards vanish?", "When did that happen?", "pear"),
        ("What did Beijing's plan of 2017 say?", "And the next one?", "Beijing"),
    ],
)
def test_a_follow_up_that_leans_gets_the_subject_of_the_earlier_question(earlier: str, question: str, subject: str) -> None:
    alone = standalone(question, turns(earlier))
    assert alone.startswith(question)
    assert subject in alone[len(question) :]
    assert "Mistral" not in alone


@pytest.mark.parametrize(
    ("earlier", "question", "added"),
    [
        ("What share did the US take of the H20?", "And of the H200?", "US share take"),
        ("How many derivatives does Qwen have?", "And Llama?", "many derivatives"),
        ("When was line 6 reopened?", "How much did that cost?", "line 6 reopened"),
        ("How many boats sailed in March?", "And in winter?", "many boats sailed March"),
        ("What sentence did Gregor Finch get?", "And his helper?", "Gregor Finch sentence get"),
        ("What sentence did Gregor Finch get?", "Who was the judge at his trial?", "Gregor Finch"),
    ],
)
def test_what_is_asked_is_kept_where_only_the_subject_changes(earlier: str, question: str, added: str) -> None:
    assert standalone(question, turns(earlier)) == f"{question} ({added})"


@pytest.mark.parametrize(
    "question",
    [
        "Which licence does DeepSeek-R1 have?",
        "How many ships did the harbour of Ostrava Bay handle in 2023?",
        "Who trained Kimi K2?",
        "Compare MiniMax with Baidu",
        "Why did Nvidia's shares fall in January 2025?",
        "When was Qwen3.6-Plus released?",
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    assert not leans(question)
    assert standalone(question, turns("Who kept the lighthouse at Point Verity?", "What about Brannoch?")) == question


@pytest.mark.parametrize("question", ["And the distilled ones?", "Who runs it?", "Why?", ""])
def test_without_a_history_nothing_is_added(question: str) -> None:
    assert standalone(question, []) == question


def test_the_subject_is_looked_for_past_questions_that_lean_themselves() -> None:
    history = turns("Which licence does DeepSeek-R1 have?", "When was it published?", "And why?")
    assert "DeepSeek-R1" in standalone("Who wrote it?", history)


def test_the_newest_subject_wins() -> None:
    alone = standalone("Who made it?", turns("Which licence does DeepSeek-R1 have?", "How large is Qwen3.6-Plus?"))
    assert "Qwen3.6-Plus" in alone
    assert "DeepSeek" not in alone


def test_what_the_question_names_itself_is_not_repeated() -> None:
    alone = standalone("And what did DeepSeek-R1 cost?", turns("Which licence does DeepSeek-R1 have?"))
    assert alone.count("DeepSeek-R1") == 1


def test_answers_of_earlier_turns_do_not_leak_into_the_question() -> None:
    assert "Moon" not in standalone("Who made it?", [Turn("Which licence does DeepSeek-R1 have?", "It is Moon licence.")])


def test_a_history_of_nothing_but_noise_adds_nothing_harmful() -> None:
    for earlier in ("", "   ", "?", "why?", "it"):
        alone = standalone("Who made it?", turns(earlier))
        assert alone.startswith("Who made it?")
        assert "()" not in alone
