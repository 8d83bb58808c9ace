from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from askdivide.answering.assistant import Assistant
from askdivide.answering.evidence import Candidate, answer_type, candidates, weights
from askdivide.retrieval.reader import Reading
from askdivide.retrieval.search import prepare, search
from askdivide.settings import Settings
from conftest import ARTICLES


def evidence(settings: Settings, question: str) -> tuple[list[Candidate], Mapping[str, float], dict[str, str]]:
    assistant = Assistant.open(settings)
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        idf = weights(catalog, query)
        found = candidates(query, search(assistant.index, catalog, query, top_k=8), idf)
        return found, idf, {row.path: catalog.text(row.id) for row in catalog.documents()}


def test_candidates_come_best_first_and_are_the_articles_own_words(indexed: Settings) -> None:
    found, _, texts = evidence(indexed, "How many pear orchards are left in Lindqvist Valley?")
    assert "Only eleven pear orchards are left" in found[0].text
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert texts[one.hit.row.document.path][one.sentence.start : one.sentence.end] == one.text
        assert one.hit.row.chunk.sentences[one.position] == one.sentence
        assert 0 <= one.coverage <= 1
    assert found[0].coverage > found[-1].coverage


def test_every_sentence_of_the_passages_is_a_candidate_once(indexed: Settings) -> None:
    found, _, _ = evidence(indexed, "harbour")
    places = [(one.hit.row.document.path, one.sentence.start) for one in found]
    assert len(places) == len(set(places))
    hits = {(one.hit.row.document.path, one.hit.row.chunk) for one in found}
    assert set(places) == {(path, sentence.start) for path, chunk in hits for sentence in chunk.sentences}
    assert ("harbour.md", ARTICLES["harbour.md"].index("A second dry dock")) in places


def test_a_row_is_found_by_its_columns_names(indexed: Settings) -> None:
    found, _, _ = evidence(indexed, "What was the cargo in tonnes in 2022?")
    assert found[0].text == "| 2022 | 397 | 1,310,500 |"
    assert found[0].coverage > 0.9


def test_rare_terms_weigh_more_and_none_weighs_less_than_nothing(indexed: Settings) -> None:
    _, idf, _ = evidence(indexed, "harbour ship zeppelin")
    assert idf["zeppelin"] > idf["ship"] > 0
    assert idf["zeppelin"] > idf["harbour"] > 0


def test_no_passages_give_no_candidates(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    assert candidates(prepare(assistant.index, "harbour"), [], {}) == []


@pytest.mark.parametrize(
    ("question", "fits", "misfits"),
    [
        ("How many ships came?", ["412 ships came.", "Eleven ships came.", "有三个船坞"], ["Ships came from the north."]),
        ("How much did it cost?", ["It cost $5.576 million.", "It cost a hundred crowns."], ["It was cheap."]),
        ("What percentage of trees died?", ["About 40% of them.", "Half of them."], ["Most of them."]),
        ("When did it open?", ["It opened in 1932.", "It opened in May.", "It opened after the war."], ["It is open."]),
        ("In what year was the frost?", ["The frost of 1985 was hard."], ["The frost was hard."]),
        ("Who built it?", ["It was built by Milena Duras."], ["it was built by hand."]),
    ],
)
def test_the_form_of_a_question_tells_what_its_answer_holds(question: str, fits: list[str], misfits: list[str]) -> None:
    wanted = answer_type(question)
    assert wanted
    assert all(wanted.search(text) for text in fits)
    assert not any(wanted.search(text) for text in misfits)


@pytest.mark.parametrize("question", ["Why did it close?", "What is a dry dock?", "Tell me about pears", "Is it open?", ""])
def test_other_questions_want_nothing_in_particular(question: str) -> None:
    assert answer_type(question) is None


class Judging:
    """A reader that is sure of one sentence."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.read_texts: list[str] = []

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        self.read_texts += [text for text, _ in passages]
        logits = [[9.0 if text[start:end] == self.wanted else -9.0 for start, end in spans] for text, spans in passages]
        return [Reading(np.array(one, np.float32), max(one)) for one in logits]


def test_a_reader_decides_among_the_passages_it_reads(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    reader = Judging("He retired in 2019 and was followed by a machine.")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, "How many pear orchards are left in Lindqvist Valley?")
        hits = search(assistant.index, catalog, query, top_k=8)
        found = candidates(query, hits, weights(catalog, query), reader, 8)
        assert found[0].text == reader.wanted
        assert found[0].judged == found[0].passage_judged == 9.0
        assert len(reader.read_texts) == len(hits)
        reader.read_texts.clear()
        few = candidates(query, hits, weights(catalog, query), reader, 2)
        assert len(reader.read_texts) == 2
        assert {one.hit.row.id for one in few if one.judged is not None} == {hit.row.id for hit in hits[:2]}
