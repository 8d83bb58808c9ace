from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.drafting import draft
from askdivide.evaluation.questions import read_questions
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings


def drafted(settings: Settings, text: str) -> list[dict[str, Any]]:
    """What is drafted from a corpus of one article."""
    corpus = settings.corpus.parent / "one"
    corpus.mkdir()
    (corpus / "one.md").write_text(f"# Of something\n\n{text}\n", encoding="utf-8")
    apart = replace(settings, corpus=corpus, index=settings.index.parent / "one-index")
    reindex(apart)
    with Assistant.open(apart).index.reading() as catalog:
        return draft(catalog)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The mill was built in 1871 by monks.", "When was the mill built?", "1871"),
        ("Orvane Works was founded on 3 May 2019 in a barn.", "When was Orvane Works founded?", "3 May 2019"),
        ("The town sold its old mill on 4 June 2020.", "When was it that the town sold its old mill?", "4 June 2020"),
        ("The mill was bought by the painter Ada Brill.", "By whom was the mill bought?", "Ada Brill"),
        ("The mill has twelve windows and a door.", "How many windows does the mill have?", "twelve"),
        ("The college chose 48 hives for its study.", "How many hives was it that the college chose?", "48"),
        ("A single ticket costs 2.60 crowns and is valid for an hour.", "How much does a single ticket cost?", "2.60 crowns"),
        ("Ada Brill, a painter of boats, died poor.", "Who is a painter of boats?", "Ada Brill"),
    ],
)
def test_a_plain_sentence_becomes_a_question(settings: Settings, sentence: str, question: str, answer: str) -> None:
    [line] = drafted(settings, sentence)
    assert (line["question"], line["must_contain"], line["evidence"]) == (question, [[answer]], [sentence])


@pytest.mark.parametrize(
    "sentence",
    ["It was built in 1871.", "This has twelve windows.", "He reported on 3 May 2019.", "The mill is old.", "In 1871 it was built.",
     "The town gave it up in 1871."],
)  # fmt: skip
def test_a_sentence_that_needs_its_neighbours_becomes_none(settings: Settings, sentence: str) -> None:
    assert drafted(settings, sentence) == []


def test_a_table_row_is_asked_for_by_the_cell_that_names_it(settings: Settings) -> None:
    lines = drafted(settings, "| Ship | Crew |\n|---|---|\n| Gannet | 12 |\n| Gannet | 14 |\n| Heron | 9 |")
    assert [(line["question"], line["must_contain"]) for line in lines] == [("What does the table give for Heron under Crew?", [["9"]])]


def test_a_draft_is_a_question_file_that_can_be_run(indexed: Settings, tmp_path: Path) -> None:
    with Assistant.open(indexed).index.reading() as catalog:
        lines = draft(catalog)
        assert draft(catalog) == lines
        texts = {row.path: catalog.text(row.id) for row in catalog.documents()}
    file = tmp_path / "draft.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    questions = read_questions(file)
    answerable = [question for question in questions if question.answerable]
    assert len(answerable) >= 4
    for question in answerable:
        assert question.evidence[0] in texts[question.documents[0]]
    unanswerable = [question for question in questions if question.answerable is False]
    assert unanswerable
    assert all(question.held_out for question in unanswerable)


def test_what_two_articles_say_is_not_drafted_as_unanswerable(settings: Settings, corpus: Path) -> None:
    (corpus / "twin.md").write_text("# Twin\n\nThe pier was opened in 1634 with a feast.\n", encoding="utf-8")
    (corpus / "other.md").write_text("# Other\n\nEverybody knows the year 1634 here.\n", encoding="utf-8")
    (corpus / "alone.md").write_text("# Alone\n\nThe tower was opened in 1702 with a feast.\n", encoding="utf-8")
    reindex(settings)
    with Assistant.open(settings).index.reading() as catalog:
        held_out = {line["held_out"][0] for line in draft(catalog) if not line["answerable"]}
    assert "twin.md" not in held_out
