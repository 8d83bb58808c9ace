from __future__ import annotations

import pytest

from askdivide.records import Turn
from askdivide.retrieval.conversation import earlier, leans, standalone


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
        ("Who kept the lighthouse at Point Verity?", "For how long was it kept?", "Point Verity"),
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
        "How does Kubernetes run in the harbour, and why should I use it?",
        "Can I extend the tram's web chat? If so, how can I do that?",
        "Who was Gregor Finch and what did he do?",
        "What are harbour dues?",
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


@pytest.mark.parametrize(
    ("history", "question", "added"),
    [
        # What leans itself may name something.
        (["How many trams run in Lindqvist Valley?", "And in Ostrava Bay?", "Is it free?"], "How long is its quay?", "Ostrava Bay"),
        # A question without names may go on with the same subject, or begin another.
        (["What does DeepSeek-R1 cost?", "How many tokens do companies buy each month?"], "Do they get it free?",
         "many tokens companies buy each month, DeepSeek-R1"),
        (["How can I pay when I visit Point Verity?"], "Is there a ramp at its quay?", "Point Verity"),
        (["How can I pay the tram when I've lost a card?"], "Where can they send it?", "pay tram lost card"),
        (["Was Qwen2.5 under Apache 2.0?"], "Which sizes were the exceptions?", "Qwen2.5, Apache 2.0"),
        (["Which licence does DeepSeek-R1 have?"], "Was it, and if so when, changed?", "DeepSeek-R1 licence"),
    ],
)  # fmt: skip
def test_what_is_added_is_what_is_spoken_of(history: list[str], question: str, added: str) -> None:
    assert standalone(question, turns(*history)) == f"{question} ({added})"


def test_the_newest_subject_wins() -> None:
    alone = standalone("Who made it?", turns("Which licence does DeepSeek-R1 have?", "How large is Qwen3.6-Plus?"))
    assert "Qwen3.6-Plus" in alone
    assert "DeepSeek" not in alone


def test_what_the_question_names_itself_is_not_repeated() -> None:
    alone = standalone("And what did DeepSeek-R1 cost?", turns("Which licence does DeepSeek-R1 have?"))
    assert alone.count("DeepSeek-R1") == 1


def test_answers_of_earlier_turns_do_not_leak_into_the_question() -> None:
    assert "Moon" not in standalone("Who made it?", [Turn("Which licence does DeepSeek-R1 have?", "It is Moon licence.")])


LONGEST = "Lab: Bay AI — Model: Tern 3; Date: 4 May 2026; Context: 1M [1] Lab: Pier — Model: Skua; Date: 2025; Context: 8K [2]"


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "added"),
    [
        ("Which model has the longest context?", LONGEST, "And its licence?", "Tern 3"),
        ("Which lab is ahead?", LONGEST, "Where is it?", "Bay AI"),
        (
            "Who got the last prize?",
            "Place: 5 — Player: Kofi Asante; Country: Ghana; Prize: 9 crowns [1]",
            "Is he from there?",
            "Kofi Asante",
        ),
        (
            "Who led the inquiry?",
            "An inquiry began in May 2020 under Ida Farq, a judge of 71. [1] Bob Low wept. [2]",
            "What did she find?",
            "Ida Farq",
        ),
        (
            "Who paid for the film?",
            "The Lavender Trust of Rill gave £250,000, and Cole Bay £9. [1]",
            "Who founded it?",
            "Lavender Trust of Rill, Cole Bay",
        ),
        ("Who flew it?", "The A380 was flown by Ida Farq, Bob Low and Cy Dee. [1]", "Where were they trained?", "Ida Farq, Bob Low"),
        ("Who led it?", "It was led by Mayer Low and Will Marchand. [1]", "Where were they trained?", "Mayer Low, Will Marchand"),
        ("Who opened it?", "May Chen opened it in May 2026. [1]", "Who sent her?", "May Chen"),
        ("Which model came last?", "In May 2026 came the Tern 3 of Bay AI. [1]", "And its licence?", "Tern 3 of Bay AI"),
        ("Which licence is strictest?", "That of Tern 3, says Ida Farq of Rill. [1]", "Who wrote it?", "Tern 3, Ida Farq of Rill"),
    ],
)
def test_what_was_asked_for_and_found_is_the_subject(earlier: str, answer: str, question: str, added: str) -> None:
    unanswered = standalone(question, [Turn(earlier)])
    assert standalone(question, [Turn(earlier, answer)]) == unanswered.replace("(", f"({added}, ", 1)


@pytest.mark.parametrize(
    ("earlier", "answer", "question"),
    [
        ("Which model has the longest context?", LONGEST, "And the shortest?"),
        ("How long is the longest context?", LONGEST, "And its licence?"),
        ("Which licence does Skua have?", LONGEST, "And its context?"),
        ("Who led the inquiry?", "The articles do not answer this.", "What did she find?"),
        ("Which model has the longest context?", "", "And its licence?"),
    ],
)
def test_nothing_is_taken_from_an_answer_that_was_not_asked_for(earlier: str, answer: str, question: str) -> None:
    assert standalone(question, [Turn(earlier, answer)]) == standalone(question, [Turn(earlier)])


def test_only_the_answer_just_given_is_referred_to() -> None:
    history = [Turn("Which model has the longest context?", LONGEST), Turn("Who built the pier?", "Ida Farq built it. [1]")]
    assert "Tern" not in standalone("When was she born?", history)


def test_a_history_of_nothing_but_noise_adds_nothing_harmful() -> None:
    for noise in ("", "   ", "?", "why?", "it"):
        alone = standalone("Who made it?", turns(noise))
        assert alone.startswith("Who made it?")
        assert "()" not in alone


@pytest.mark.parametrize("question", ["Is the quay lit at night?", "How deep is the quay at Point Verity?", "Why?", ""])
def test_a_question_is_taken_to_go_on_with_the_subject_of_the_one_before(question: str) -> None:
    assert earlier(question, turns(R1, "Who kept the lighthouse at Point Verity?")) == "Who kept the lighthouse at Point Verity?"


@pytest.mark.parametrize("question", ["Which licence does DeepSeek-R1 have?", "And in Ostrava Bay?"])
def test_names_of_its_own_begin_another_subject(question: str) -> None:
    assert earlier(question, turns(R1, "Who kept the lighthouse at Point Verity?")) == ""


def test_nothing_goes_before_the_first_question() -> None:
    assert earlier("Who kept the lighthouse?", []) == ""


@pytest.mark.parametrize(
    ("question", "leaning"),
    [
        ("What is MLA?", False),
        ("Who was Milena Duras?", False),
        ("What's the Corona Borealis", False),
        ("What is the licence?", True),
        ("And MLA?", True),
        ("How much did it cost to build the Corona Borealis?", False),
        ("Is it true that the harbour was closed in 2019?", False),
        ("How long does it take to run?", True),
        ("How much does it cost?", True),
        ("Is it able to sail to Ostrava?", True),
    ],
)
def test_what_names_its_own_subject_takes_nothing_from_before(question: str, leaning: bool) -> None:
    before = Turn("When did the ferry to Lindqvist sink?")
    assert (standalone(question, [before]) != question) is leaning


@pytest.mark.parametrize(
    ("before", "answer", "question", "taken"),
    [
        ("Who scored the winner for Vale?", "In the last minute Temi Oduya took the ball. [1]", "How old is she?", "Temi Oduya"),
        ("Who ran Calder Water then?", "Calder Water’s chief, Derek Lomas, apologised. [1]", "Why did he go?", "Derek Lomas"),
        ("Who was Odile Marchetti?", "In 1955 she married Paolo Brescia. [1]", "When was she born?", "Odile Marchetti"),
        ("Who scored the winner for Vale?", "In the last minute Temi Oduya took the ball. [1]", "How far did it fly?", "Vale"),
    ],
)
def test_she_and_he_are_whom_the_question_before_asked_for(before: str, answer: str, question: str, taken: str) -> None:
    alone = standalone(question, [Turn(before, answer)])
    assert alone.startswith(f"{question} ({taken}")
    assert not {"Oduya", "Lomas", "Brescia"} & set(alone.replace(taken, "").split())
