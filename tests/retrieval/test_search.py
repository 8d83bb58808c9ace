"""Search: two searches, one ranking, over the articles that pass the filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import QuestionError
from askdivide.ingestion.reindex import reindex
from askdivide.records import Filters, Turn
from askdivide.settings import Settings

Library = Callable[..., Assistant]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An assistant over the articles given by file name."""

    def made(articles: dict[str, str]) -> Assistant:
        for name, text in articles.items():
            (tmp_path / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "corpus" / name).write_text(text, encoding="utf-8")
        settings = Settings(
            corpus=tmp_path / "corpus", index=tmp_path / "index", reader="none", embedding="test:512", cache=tmp_path, refuse_below=0
        )
        reindex(settings)
        return Assistant.open(settings)

    return made


def article(title: str, text: str, **fields: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: {title}\n{lines}---\n\n{text}\n"


def test_filters_act_inside_both_searches(library: Library) -> None:
    """An article that 80 others outrank, in words and in vectors, is still found when only it passes."""
    words = "The ferry to Brannoch sails at noon"
    articles = {f"{number:02}.md": article(f"Ferry {number}", f"{words}. {words} {number}.", date="2024-05-01") for number in range(80)}
    articles["far.md"] = article(
        "Harbour life", "A gull once stole the ferry captain's hat.", date="2019-02", source="Gull Post", tags="[birds]"
    )
    assistant = library(articles)
    question = "When sails the ferry to Brannoch?"
    assert "far.md" not in {passage.document for passage in assistant.search(question, top_k=60)}
    for filters in (
        Filters(until="2020"),
        Filters(since="2019-02-10", until="2019-02"),
        Filters(sources=("gull post",)),
        Filters(tags=("Birds", "fish")),
        Filters(documents=("far.md", "none.md")),
        Filters(until="2023", sources=("Gull Post",), tags=("birds",)),
    ):
        (found,) = assistant.search(question, top_k=60, filters=filters)
        assert found.document == "far.md"
        assert found.ranks == {"dense": 1, "lexical": 1}
    assert assistant.search(question, filters=Filters(until="2018")) == []


def test_the_order_is_the_same_every_time_and_for_ties_too(library: Library) -> None:
    articles = {f"{number}.md": article("Fog", "Fog stood over the bay.") for number in range(12)}
    assistant = library(articles)
    first = assistant.search("fog over the bay", top_k=12)
    assert len(first) == 12
    for _ in range(3):
        assert assistant.search("fog over the bay", top_k=12) == first
    assert Assistant.open(assistant.settings).search("fog over the bay", top_k=12) == first


def test_fewer_passages_are_the_first_of_more(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    many = assistant.search("harbour ships", top_k=8)
    assert [passage.document for passage in assistant.search("harbour ships", top_k=3)] == [passage.document for passage in many[:3]]
    assert len(assistant.search("harbour ships", top_k=1000)) == len(many) == 8
    assert many[0].score == max(passage.score for passage in many)
    assert all(0 <= passage.score <= 1 for passage in many)


def test_passages_say_what_found_them(indexed: Settings) -> None:
    first, *rest = Assistant.open(indexed).search("Anselm Okoro", top_k=8)
    assert first.document == "notes/lighthouse.md"
    assert first.ranks == {"dense": 1, "lexical": 1}
    assert first.scores["lexical"] > 0
    assert all(passage.ranks["lexical"] is None for passage in rest)
    assert all(passage.scores["lexical"] == 0 for passage in rest)


SOURCES = {
    "a.md": article("Storm in the north", "Roofs were blown away and nobody was hurt.", date="2024-03-01", source="Bay Courier"),
    "b.md": article("Storm in the south", "Roofs were blown away and nobody was hurt.", date="2023-11-17", source="Ferry Gazette"),
    "c.md": article("Storm in the east", "Roofs were blown away and nobody was hurt.", date="2021", source="Gull Post"),
    "d.md": article("Storm in the west", "Roofs were blown away and nobody was hurt.", tags="[hurricane]"),
}


def test_a_question_that_names_a_source_a_date_a_tag_or_a_title_finds_that_article(library: Library) -> None:
    assistant = library(SOURCES)
    for question, document in [
        ("What did the Bay Courier write about roofs?", "a.md"),
        ("what does the ferry gazette say about roofs", "b.md"),
        ("roofs in the Gull Post", "c.md"),
        ("What was written on 17 November 2023 about roofs?", "b.md"),
        ("What was written in November about roofs?", "b.md"),
        ("roofs blown away 2023-11-17", "b.md"),
        ("roofs in 2021", "c.md"),
        ("roofs and the hurricane", "d.md"),
        ("Storm in the east: roofs?", "c.md"),
    ]:
        assert assistant.search(question, top_k=1)[0].document == document, question


def test_one_article_does_not_crowd_out_the_others(library: Library) -> None:
    sections = "\n\n".join(f"## Ferry of day {day}\n\nThe ferry to Brannoch sails on day {day}." for day in range(20))
    articles = {"long.md": f"# The ferry to Brannoch\n\n{sections}\n"}
    articles |= {f"{number}.md": f"# Note {number}\n\nSomebody once took a ferry, it is said in note {number}.\n" for number in range(4)}
    found = library(articles).search("When sails the ferry to Brannoch?", top_k=10)
    assert found[0].document == "long.md"
    # The article asked about may fill most of the list, not all of it: four others share the last two places of ten.
    assert Counter(passage.document for passage in found)["long.md"] == 8


def test_an_inflected_or_differently_written_word_is_found(library: Library) -> None:
    assistant = library(
        {
            "one.md": "# Birds\n\nGulls are nesting beside café tables.\n",
            "two.md": "# Models\n\nQwen3.6 has 1,240 layers.\n",
            "three.md": "# 港口\n\n港口有三个船坞。\n",
            "four.md": "# Filler\n\nNothing of note.\n",
        }
    )
    for question, document in [
        ("gull nest", "one.md"), ("CAFE", "one.md"), ("qwen 3.6", "two.md"), ("1240 layer", "two.md"), ("船坞", "three.md")
    ]:  # fmt: skip
        assert assistant.search(question, top_k=1)[0].document == document


ODD = ['"harbour" OR "ships', "harbour* NEAR(ships)", "harbour AND NOT ships", "body:harbour", "-harbour ^ships", "(harbour"]
ODD += ["'; DROP TABLE chunks; --", "harbour \\ ships", "%_ x", "🚢 ships", "the of and", "who is it", "\u202eharbour", "a" * 4000]
ODD += ["harbour\0ships", "\ud800 ships", "港 ships"]


def test_any_question_can_be_searched_for(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    for question in ODD:
        found = assistant.search(question, top_k=100)
        assert len(found) == 8
        if "ships" in question:
            assert found[0].document == "harbour.md"


def test_an_empty_question_is_an_error(indexed: Settings) -> None:
    for question in ("", " ", "\n\t \u3000"):
        with pytest.raises(QuestionError, match="empty"):
            Assistant.open(indexed).search(question)


def test_a_question_without_words_is_an_error(indexed: Settings) -> None:
    for question in ('"', "?!…", "- - -", "%_", "🚢"):
        with pytest.raises(QuestionError, match="the question has no words; ask something"):
            Assistant.open(indexed).search(question)


def test_a_question_that_is_too_long_is_an_error_that_says_how_long_it_may_be(indexed: Settings) -> None:
    with pytest.raises(QuestionError, match=r"20,000 characters; ask in at most 4,000"):
        Assistant.open(indexed).search("a" * 20_000)


def test_a_follow_up_searches_for_what_it_stands_for(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    found = assistant.search("For how many years did he keep it?", history=[Turn("Who kept the lighthouse at Point Verity?")], top_k=1)
    assert found[0].document == "notes/lighthouse.md"


def test_words_of_the_question_before_decide_between_passages_that_are_alike(library: Library) -> None:
    said = "A late ticket costs two crowns on Sundays, on the {}."
    articles = {f"{name}.md": article("Fares", said.format(name)) for name in ("ferry", "tram")}
    articles["sailing.md"] = article("Sailing", "When does the ferry sail? The ferry sails at noon, the ferry sails at night.")
    articles["stops.md"] = article("Stopping", "When does the tram stop? The tram stops at noon, the tram stops at night.")
    # BM25 gives a word of half the passages no weight.
    articles |= {f"{number}.md": article("Pears", f"Pear tree {number} is old.") for number in range(12)}
    assistant = library(articles)
    question = "What does a late ticket cost on Sundays?"
    for before, first in (("When does the ferry sail?", "ferry.md"), ("When does the tram stop?", "tram.md")):
        found = assistant.search(question, history=[Turn(before)])
        assert found[0].document == first
        # They help and do not lead: what they alone find comes behind.
        assert {passage.document for passage in found[:2]} == {"ferry.md", "tram.md"}
        assert found[0].scores["lexical"] > found[1].scores["lexical"] > found[2].scores["lexical"] > 0
    # One that names another thing is searched for by itself.
    named = "What does a late ticket cost at Point Verity?"
    assert assistant.search(named, history=[Turn("When does the tram stop?")]) == assistant.search(named)


def test_spans_of_passages_are_the_articles_text(indexed: Settings) -> None:
    for passage in Assistant.open(replace(indexed, passages=50)).search("harbour", top_k=50):
        assert (indexed.corpus / passage.document).read_text(encoding="utf-8")[passage.start : passage.end] == passage.text


def test_words_of_very_many_chunks_are_not_looked_up(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.retrieval.search._COMMON_FROM", 1)
    monkeypatch.setattr("askdivide.retrieval.search._COMMON_SHARE", 1)
    matched = {passage.text for passage in Assistant.open(indexed).search("dock silo", top_k=100) if passage.scores["lexical"]}
    monkeypatch.setattr("askdivide.retrieval.search._COMMON_MOST", 1)
    fewer = {passage.text for passage in Assistant.open(indexed).search("dock silo", top_k=100) if passage.scores["lexical"]}
    assert fewer < matched
    assert all("silo" in text for text in fewer)


def test_of_what_is_alike_the_newest_comes_first_where_it_is_asked_for(library: Library) -> None:
    articles = {
        f"20{year}-05-01-ferry.md": f"# Ferry {year}\n\nThe line has launched a new ferry, number {year}.\n" for year in range(10, 25)
    }
    found = library(articles).search("What is the newest ferry that the line has launched?", top_k=3)
    assert [passage.document for passage in found] == ["2024-05-01-ferry.md", "2023-05-01-ferry.md", "2022-05-01-ferry.md"]
    assert all(0 <= passage.score <= 1 for passage in found)
