"""The read path: what `Assistant.ask` and `Assistant.search` give."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from askdivide import Assistant, Filters, Settings, Turn, reindex
from askdivide.errors import CorpusError, IndexDamaged, IndexMismatch, IndexMissing, ModelUnknown, QuestionError, SettingsError
from askdivide.records import Answer


def test_an_answer_holds_together(indexed: Settings) -> None:
    answer = Assistant.open(indexed).ask("How many ships did the harbour handle in 2023?")
    assert (answer.status, answer.model, answer.refusal, answer.notes) == ("answered", "quote", None, ())
    assert answer.question == answer.standalone_question == "How many ships did the harbour handle in 2023?"
    assert answer.claims[0].text == "In 2023 the harbour handled 412 ships, according to its annual report."
    numbers = [number for claim in answer.claims for number in claim.citations]
    assert list(dict.fromkeys(numbers)) == [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert [int(number) for number in re.findall(r" \[(\d+)\]", answer.text)] == numbers
    for claim in answer.claims:
        assert claim.support == "quoted"
        assert claim.text in answer.text
    assert 0 <= answer.confidence <= 1
    assert answer.seconds.keys() == {"embed", "search", "answer", "total"}
    assert all(value >= 0 for value in answer.seconds.values())
    assert answer.seconds["total"] >= max(answer.seconds[stage] for stage in ("embed", "search", "answer"))
    assert json.loads(json.dumps(answer.to_dict()))["text"] == answer.text


def test_consulted_passages_are_those_read_and_not_cited(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    for question in ("harbour", "How many ships did the harbour handle in 2023?", "Who kept the lighthouse?", "pears and ships"):
        answer = assistant.ask(question)
        assert answer.consulted
        for passage in answer.read:
            cited = any(
                citation.document == passage.document and citation.start < passage.end and passage.start < citation.end
                for citation in answer.citations
            )
            assert cited == (passage not in answer.consulted)
        assert [passage for passage in answer.read if passage in answer.consulted] == list(answer.consulted)


def test_settings_bound_the_passages_read_and_the_sentences_quoted(indexed: Settings) -> None:
    answer = Assistant.open(replace(indexed, passages=3, sentences=1)).ask("harbour ships")
    assert len(answer.read) == 3
    assert len(answer.claims) == 1


def test_the_same_question_gets_the_same_answer(indexed: Settings) -> None:
    def lasting(answer: Answer) -> Answer:
        return replace(answer, seconds={})

    assistant = Assistant.open(indexed)
    first = lasting(assistant.ask("harbour ships and pears"))
    assert lasting(assistant.ask("harbour ships and pears")) == first
    assert lasting(Assistant.open(indexed).ask("harbour ships and pears")) == first


def test_many_threads_may_ask_at_once(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    questions = ["Who founded the harbour?", "Who kept the lighthouse at Point Verity?", "What does the Amber Bell do in October?"] * 8
    expected = {question: assistant.ask(question).text for question in set(questions)}
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda question: assistant.ask(question).text, questions)) == [expected[question] for question in questions]


def test_a_follow_up_is_answered_as_what_it_stands_for(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    question, history = "For how many years did he keep it?", [Turn("Who kept the lighthouse at Point Verity?", "Anselm Okoro.")]
    answer = assistant.ask(question, history=history)
    assert answer.question == question
    assert "Point Verity" in answer.standalone_question
    assert "41 years" in answer.claims[0].text
    assert assistant.ask(answer.standalone_question).text == answer.text


def test_filters_bound_what_may_answer(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    answer = assistant.ask("harbour ships pears", filters=Filters(until="2023"))
    assert {passage.document for passage in answer.read} == {citation.document for citation in answer.citations} == {"orchards.txt"}
    refused = assistant.ask("harbour ships pears", filters=Filters(tags=("nothing",)))
    assert refused.status == "refused"
    assert refused.refusal
    assert refused.refusal.reason == "No article passes the filters."


def test_small_talk_is_answered_with_what_can_be_asked(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    for said in ("hello", "Thanks!", "who are you?"):
        answer = assistant.ask(said)
        assert answer.status == "refused"
        assert answer.refusal
        assert (answer.citations, answer.claims, answer.refusal.nearest) == ((), (), ())
        assert "The harbour of Ostrava Bay" in answer.text
        assert answer.text != answer.refusal.reason


def test_one_who_asks_what_there_is_gets_more_titles(corpus: Path, settings: Settings) -> None:
    for number in range(12):
        (corpus / f"more-{number:02}.md").write_text(f"# Kite number {number}\n\nIt flew.\n", encoding="utf-8")
    reindex(settings)
    assistant = Assistant.open(settings)
    assert assistant.ask("Hello!").text.count(";") == 1 + 2
    told = assistant.ask("What are these articles about?").text
    assert told.count(";") == 1 + 11
    assert "among the 15 are: The harbour of Ostrava Bay; Kite number 0;" in told


@pytest.mark.parametrize("question", ["why?", "Tell me", "What about it?", "And who is it?"])
def test_a_question_that_says_nothing_of_what_it_is_about_is_told_so(indexed: Settings, question: str) -> None:
    assistant = Assistant.open(indexed)
    answer = assistant.ask(question)
    assert answer.status == "refused"
    assert answer.citations == ()
    assert answer.text.startswith("That does not say what it is about. Ask something")
    assert assistant.ask(question, history=[Turn("Who founded the harbour?", "Milena Duras.")]).status == "answered"


def test_function_words_in_capitals_are_names(indexed: Settings) -> None:
    (indexed.corpus / "who.md").write_text("# Health\n\nThe WHO is an agency of the United Nations.\n", encoding="utf-8")
    reindex(indexed)
    assert "agency" in Assistant.open(indexed).ask("What is the WHO?").text


def test_an_assistant_sees_what_is_indexed_while_it_lives(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    assistant.ask("harbour")
    (indexed.corpus / "kites.md").write_text("# Kites\n\nThe purple kite of Gellin flew for nine days.\n", encoding="utf-8")
    reindex(indexed)
    assert assistant.ask("How many days did the purple kite fly?").citations[0].document == "kites.md"
    (indexed.corpus / "kites.md").unlink()
    reindex(indexed, rebuild=True)
    after = assistant.ask("How many days did the purple kite fly?")
    assert "kites.md" not in {passage.document for passage in after.read}


def test_warming_up_changes_nothing(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    assistant.warm_up()
    assert assistant.ask("Who founded the harbour?").text == Assistant.open(indexed).ask("Who founded the harbour?").text


def test_an_empty_question_is_an_error(indexed: Settings) -> None:
    for question in ("", "  \n", "\u00a0\t"):
        with pytest.raises(QuestionError, match="empty"):
            Assistant.open(indexed).ask(question)


def test_a_question_too_long_or_a_model_unknown_is_an_error(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    with pytest.raises(QuestionError, match="20,000 characters"):
        assistant.ask("a" * 20_000)
    with pytest.raises(ModelUnknown, match="did you mean quote"):
        assistant.ask("harbour", model="qoute")
    with pytest.raises(ModelUnknown, match="did you mean quote"):
        Assistant.open(replace(indexed, model="qoute")).ask("harbour")


def test_a_question_of_many_spaces_is_the_same_question(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    answer = assistant.ask("  Who\n\nfounded   the harbour? ")
    assert answer.question == "  Who\n\nfounded   the harbour? "
    assert answer.text == assistant.ask("Who founded the harbour?").text


def test_opening_without_a_usable_index_says_why(indexed: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run: askdivide index"):
        Assistant.open(replace(indexed, index=tmp_path / "none"))
    with pytest.raises(IndexMissing):
        Assistant.open(index=tmp_path / "none")
    with pytest.raises(IndexMismatch, match="'test:256', now it is 'test:64'"):
        Assistant.open(replace(indexed, embedding="test:64"))
    with pytest.raises(SettingsError, match="passages"):
        Assistant.open(passages=0)
    (indexed.index / "CURRENT").write_text("nothing", encoding="utf-8")
    with pytest.raises(IndexDamaged, match="--rebuild"):
        Assistant.open(indexed)


@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        (Filters(since=date(2024, 1, 1)), {"harbour.md"}),
        (Filters(since=datetime(2022, 5, 14, 12), until="1 June 2022"), {"orchards.txt"}),
        (Filters(sources="Bay Courier"), {"harbour.md"}),
        (Filters(tags=["shipping"]), {"harbour.md"}),
        (Filters(documents={"orchards.txt"}, sources="", tags=None), {"orchards.txt"}),
    ],
)
def test_filters_take_dates_and_one_text_alone(indexed: Settings, filters: Any, documents: set[str]) -> None:
    assistant = Assistant.open(indexed)
    assert {one.document for one in assistant.search("ships and pears", filters=filters)} == documents
    assert {one.document for one in assistant.ask("How many ships and pears?", filters=filters).read} == documents


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"filters": Filters(since="nonsense")}, "the filter since is 'nonsense', which is no date; write 2025, 2025-06 or 2025-06-30"),
        ({"filters": Filters(until=3.5)}, "the filter until is 3.5, which is no date"),
        ({"filters": Filters(sources=(1,))}, "the filter sources is (1,), which is not texts"),
        ({"filters": Filters(tags={"a": 1})}, "the filter tags is {'a': 1}, which is not texts"),
        ({"filters": {"tags": "x"}}, "the filters are a dict; give Filters(...)"),
        ({"history": "Who?"}, '"history" is not a list of earlier questions or turns'),
        ({"history": [{"answer": "x"}]}, '"history" holds something that is neither a question nor a turn'),
        ({"history": [7]}, '"history" holds something'),
    ],
)
def test_wrong_filters_and_histories_are_errors_of_one_line(indexed: Settings, given: dict[str, Any], says: str) -> None:
    assistant = Assistant.open(indexed)
    for asked in (assistant.ask, assistant.search):
        with pytest.raises(QuestionError) as wrong:
            asked("How many ships?", **given)
        assert str(wrong.value).startswith(says)
        assert "\n" not in str(wrong.value)


def test_history_may_be_turns_questions_or_mappings(indexed: Settings) -> None:
    earlier, question = "Who kept the lighthouse at Point Verity?", "For how long did he keep it?"
    forms: list[Any] = [[Turn(earlier)], [earlier], ({"question": earlier, "answer": None},)]
    assistant = Assistant.open(indexed)
    assert len({assistant.ask(question, history=form).standalone_question for form in forms}) == 1
    assert "Point Verity" in assistant.ask(question, history=forms[1]).standalone_question
    assert len({tuple(one.start for one in assistant.search(question, history=form)) for form in forms}) == 1


@pytest.mark.parametrize("top_k", [0, -1, "3", None])
def test_a_number_of_passages_that_is_none_is_an_error(indexed: Settings, top_k: Any) -> None:
    with pytest.raises(QuestionError, match="ask for 1 passage or more"):
        Assistant.open(indexed).search("ships", top_k=top_k)


def test_a_corpus_that_is_suddenly_empty_leaves_the_last_answers(indexed: Settings) -> None:
    before = Assistant.open(indexed).ask("Who founded the harbour?")
    for file in indexed.corpus.rglob("*.*"):
        file.unlink()
    with pytest.raises(CorpusError, match="no articles in"):
        reindex(indexed)
    assert Assistant.open(indexed).ask("Who founded the harbour?").text == before.text
