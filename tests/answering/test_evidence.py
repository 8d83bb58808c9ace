from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering import windows as module
from askdivide.answering.asked import answer_type, exact_type
from askdivide.answering.assistant import Assistant
from askdivide.answering.evidence import FEATURES, Candidate, candidates, weights
from askdivide.answering.refusal import signals
from askdivide.ingestion.reindex import reindex
from askdivide.retrieval.reader import Reading, SentenceReading
from askdivide.retrieval.search import prepare, search
from askdivide.settings import Settings
from conftest import ARTICLES


def evidence(settings: Settings, question: str) -> tuple[list[Candidate], Mapping[str, float], dict[str, str]]:
    assistant = Assistant.open(settings)
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        idf = weights(catalog, query)
        found = candidates(query, search(assistant.index, catalog, query, top_k=8), idf, catalog)
        return found, idf, {row.path: catalog.text(row.id) for row in catalog.documents()}


def test_candidates_come_best_first_and_are_the_articles_own_words(indexed: Settings) -> None:
    found, _, texts = evidence(indexed, "How many pear orchards are left in Lindqvist Valley?")
    assert "Only eleven pear orchards are left" in found[0].text
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        words = texts[one.hit.row.document.path][one.sentence.start : one.sentence.end]
        assert one.text == (words.replace("**", "") if one.sentence.kind != "row" else words)
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
    assert idf["zeppelin"] > idf["harbor"] > 0


def test_no_passages_give_no_candidates(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    with assistant.index.reading() as catalog:
        assert candidates(prepare(assistant.index, "harbour"), [], {}, catalog) == []


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
    assert all(wanted.is_in(text) for text in fits)
    assert not any(wanted.is_in(text) for text in misfits)


def test_a_number_of_the_question_itself_is_none_of_the_answer() -> None:
    wanted = answer_type("How much did the Tern 40 cost?")
    assert wanted
    assert not wanted.is_in("The Tern 40 is a dear boat.")
    assert wanted.is_in("The Tern 40 cost 90,000 crowns.")


@pytest.mark.parametrize("question", ["Why did it close?", "What is a dry dock?", "Tell me about pears", "Is it open?", ""])
def test_other_questions_want_nothing_in_particular(question: str) -> None:
    assert answer_type(question) is None


@pytest.mark.parametrize(
    ("question", "fits", "misfits"),
    [
        ("When was the film released?", ["It came out in May 1926.", "It opens at 9.30 am.", "On Tuesday."], ["It was shot in 23 days."]),
        ("How much did the roof cost?", ["They paid £4,000 for it."], ["It took 4,000 slates.", "It leaked for 12 years."]),
        ("How long did the strike last?", ["It went on for six weeks."], ["£600 was lost.", "Six people came."]),
        ("How high is the mast?", ["It rises 30 metres."], ["It weighs 30 tonnes."]),
        ("How many came?", ["Some 340 came."], ["It cost $340.", "Of them, 30% came."]),
        ("What share of voters stayed away?", ["Only 31% went."], ["In all 310 went."]),
        (
            "Who owns the mill?",
            ["It belongs to Anna Berg.", "Dr. Jan van Rijn bought it."],
            ["It belongs to the council.", "The Mill is old."],
        ),
        ("Where did Anna Berg grow up?", ["She spent her youth in Oslo."], ["She grew up poor.", "Anna Berg was an only child."]),
        ("Why did the mill close?", ["The owner blamed the price of power."], ["The mill closed on Friday."]),
    ],
)
def test_what_the_question_asks_for_is_known_more_exactly(question: str, fits: Sequence[str], misfits: Sequence[str]) -> None:
    exact = exact_type(question)
    assert exact
    assert all(map(exact, fits))
    assert not any(map(exact, misfits))


@pytest.mark.parametrize("question", ["What is a dry dock?", "Tell me about pears", "Is it open?", ""])
def test_other_questions_ask_for_nothing_exact(question: str) -> None:
    assert exact_type(question) is None


class Judging:
    """A reader that is sure of one sentence."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.calls: list[list[str]] = []

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        self.calls.append([text for text, _ in passages])
        return [
            Reading(tuple(SentenceReading(9.0 if text[a:b] == self.wanted else -9.0, 4.0, (a + 3, b - 1)) for a, b in spans), 2.0)
            for text, spans in passages
        ]

    @property
    def read_texts(self) -> list[str]:
        """What it was given to choose from; the last call is for the sentence chosen, by itself."""
        return [text for call in self.calls[:-1] for text in call]


def test_a_reader_decides_among_the_sentences_it_reads(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_READING", math.inf)
    monkeypatch.setattr(module, "_WORTH_A_LOOK", math.inf)
    assistant = Assistant.open(indexed)
    reader = Judging("He retired in 2019 and was followed by a machine.")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, "How many pear orchards are left in Lindqvist Valley?")
        hits = search(assistant.index, catalog, query, top_k=8)
        idf = weights(catalog, query)
        plain = candidates(query, hits, idf, catalog)
        found = candidates(query, hits, idf, catalog, reader, 50)
        assert found[0].score - plain[0].score < 9
        gained = {one.text: one.score for one in found}[reader.wanted] - {one.text: one.score for one in plain}[reader.wanted]
        others = [one.score for one in found if one.text != reader.wanted]
        assert gained > max(others) - max(one.score for one in plain)
        best = next(one for one in found if one.text == reader.wanted)
        assert best.reading
        assert (best.reading.answers, best.passage_reading) == (9.0, 2.0)
        assert best.answer
        assert catalog.text(best.hit.row.document.id)[slice(*best.answer)] == reader.wanted[3:-1]


def test_a_reader_reads_round_the_best_sentences_and_no_more_than_it_may(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_READING", math.inf)
    assistant = Assistant.open(indexed)
    reader = Judging("")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, "How many pear orchards are left in Lindqvist Valley?")
        hits = search(assistant.index, catalog, query, top_k=8)
        idf = weights(catalog, query)
        plain = candidates(query, hits, idf, catalog)
        few = candidates(query, hits, idf, catalog, reader, 2)
    assert len(reader.read_texts) == 2
    assert plain[0].text in reader.read_texts[0]
    # Title and headings go before what is read.
    assert reader.read_texts[0].startswith("The last pear orchards of Lindqvist Valley\n")
    read = [one for one in few if one.reading]
    assert plain[0].text in {one.text for one in read}
    assert 2 <= len(read) < len(few)
    assert all(one.answer is None for one in few if not one.reading)
    assert all(len(text) < 1000 for text in reader.read_texts)


def test_what_lies_far_behind_the_best_sentence_is_read_only_where_no_likelier_one_surely_answers(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    wanted = "Only eleven pear orchards are left in Lindqvist Valley."
    sure, unsure, vague = Judging(wanted), Judging(""), Judging("")
    asked = "How many pear orchards are left in Lindqvist Valley?"
    with assistant.index.reading() as catalog:
        for reader, question in ((sure, asked), (unsure, asked), (vague, "What is there to see?")):
            query = prepare(assistant.index, question)
            hits = search(assistant.index, catalog, query, top_k=8)
            found = candidates(query, hits, weights(catalog, query), catalog, reader, 8)
            assert sum(one.reading is not None for one in found) >= len(reader.read_texts)
    assert len(sure.read_texts) == 1
    assert wanted in sure.read_texts[0]
    assert unsure.read_texts[0] == sure.read_texts[0]
    assert len(unsure.read_texts) > len(sure.read_texts)
    assert len(set(unsure.read_texts)) == len(unsure.read_texts) <= 8
    assert len(vague.read_texts) > 1


def test_of_what_lies_very_far_behind_only_the_first_four_are_read(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    read = {}
    assistant = Assistant.open(indexed)
    for behind in (math.inf, 5.0, 0.0):
        monkeypatch.setattr(module, "_WORTH_A_LOOK", behind)
        reader = Judging("")
        with assistant.index.reading() as catalog:
            query = prepare(assistant.index, "How many pear orchards are left in Lindqvist Valley?")
            candidates(query, search(assistant.index, catalog, query, top_k=8), weights(catalog, query), catalog, reader, 8)
        read[behind] = len(reader.read_texts)
    assert read == {math.inf: 8, 5.0: 4, 0.0: 4}


def test_what_is_read_of_a_table_keeps_its_column_names(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    reader = Judging("")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, "What was the cargo in tonnes in 2022?")
        candidates(query, search(assistant.index, catalog, query, top_k=8), weights(catalog, query), catalog, reader, 1)
    assert "| 2022 | 397 | 1,310,500 |" in reader.read_texts[0]
    assert "Cargo (tonnes)" in reader.read_texts[0]


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("The dock is old. It was built in 1871.", "When was the dock built, in 1871?", "The dock is old. It was built in 1871."),
        ("It was built in 1871 by convicts.", "Who built it in 1871?", "It was built in 1871 by convicts."),
        ("In the dock are:\n\n- three cranes;\n- one lighthouse.", "Is there one lighthouse?", "In the dock are:\none lighthouse."),
        ("| Crane | Tonnes |\n| --- | --- |\n| Ada | 12 |\n| Bess | 40 |", "How much does Bess lift?", "| Crane | Tonnes |\n| Bess | 40 |"),
    ],
)
def test_the_best_sentence_is_read_once_more_without_title_and_headings(tmp_path: Path, text: str, question: str, expected: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "dock.md").write_text(f"# The dock of Osk\n\n## What it has\n\n{text}\n", encoding="utf-8")
    settings = Settings(corpus=tmp_path / "corpus", index=tmp_path / "index", cache=tmp_path, reader="none", embedding="test:1024")
    reindex(settings)
    assistant = Assistant.open(settings)
    reader = Judging("")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        found = candidates(query, search(assistant.index, catalog, query, top_k=8), weights(catalog, query), catalog, reader, 4)
    assert reader.calls[-1] == [expected]
    assert reader.calls[0][0].startswith("The dock of Osk\nWhat it has\n")
    assert [one.bare is not None for one in found] == [True] + [False] * (len(found) - 1)
    bare = found[0].bare
    assert bare
    assert len(bare.sentences) == 1
    start, end = bare.sentences[0].span
    assert expected[start - 3 : end + 1] == found[0].text


class Doubting:
    """A reader that sees no answer anywhere."""

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        return [Reading(tuple(SentenceReading(-4.0, -6.0, (a, a)) for a, _ in spans), -4.0) for _, spans in passages]


@pytest.mark.parametrize(("question", "bare"), [("Which crane lifts the most tonnes?", 0.0), ("How much does the crane Bess lift?", -1.0)])
def test_that_a_row_is_the_extreme_is_not_doubted_for_what_it_says_by_itself(tmp_path: Path, question: str, bare: float) -> None:
    (tmp_path / "corpus").mkdir()
    table = "| Crane | Tonnes |\n| --- | --- |\n| Ada | 12 |\n| Bess | 40 |\n"
    (tmp_path / "corpus" / "dock.md").write_text(f"# The dock of Osk\n\n{table}", encoding="utf-8")
    settings = Settings(corpus=tmp_path / "corpus", index=tmp_path / "index", cache=tmp_path, reader="none", embedding="test:1024")
    reindex(settings)
    assistant = Assistant.open(settings)
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        found = candidates(query, search(assistant.index, catalog, query, top_k=8), weights(catalog, query), catalog, Doubting(), 4)
        seen = signals(query, found, catalog.chunks_with(query.terms))
    assert "Bess" in found[0].text
    assert (seen.read, seen.bare) == (-1.0, bare)


def test_an_article_that_lacks_the_rare_words_of_a_question_comes_behind_one_that_has_them(settings: Settings) -> None:
    """Both have the sentence asked for; only one is about the place asked about."""
    for name, place in (("tay", "Tayport"), ("esk", "Eskmouth")):
        text = f"# {place} Ferry\n\nThe ferry of {place} was built there.\n\n## Tickets\n\nA single ticket for the crossing costs {len(name)} pounds.\n"
        (settings.corpus / f"{name}.md").write_text(text, encoding="utf-8")
    (settings.corpus / "esk.md").write_text("# Ferry\n\nA single ticket for the crossing costs 9 pounds.\n", encoding="utf-8")
    reindex(settings)
    found, _, _ = evidence(settings, "How much does a single ticket for the crossing cost at Tayport?")
    away = {one.hit.row.document.path: one.elsewhere for one in found}
    assert found[0].hit.row.document.path == "tay.md"
    assert away["tay.md"] == 0 < away["esk.md"] < 1
    # What no article has tells none of them from the others.
    found, _, _ = evidence(settings, "How much does a single ticket for the crossing cost at Zzyzx?")
    assert {one.elsewhere for one in found} == {0.0}


def test_a_row_of_names_comes_behind_what_is_said_of_one(settings: Settings) -> None:
    roll = "Lowther Vale (4-3-3): Vassou; Birch, Igoe, Tanaka, Frost; Okafor, Lund, Dempsey (Sorrell 70); Hartnell (Oduya 81), Castellan."
    text = f"# Late show\n\n{roll}\n\nA substitute, Temi Oduya, got the ball and won it for Vale late on.\n"
    (settings.corpus / "match.md").write_text(text, encoding="utf-8")
    reindex(settings)
    found, _, _ = evidence(settings, "Who won it for Lowther Vale?")
    names = next(one for one in found if one.text.startswith("Lowther Vale (4"))
    assert found[0].text.startswith("A substitute")
    assert names.features[FEATURES.index("leads")] == 1
    assert found[0].features[FEATURES.index("leads")] == 0


LONG_TALK = "# Brevik\n\n" + "\n\n".join(
    f"**Ada Moor:** And then?\n\n**Tor Vandel:** {before} We had no coal left for the stoves. {after}"
    for before, after in (
        (
            "It was a hard winter for all of us, and the harbour lay under ice from December until the last days of March." * 2,
            "So it went.",
        ),
        ("The summer after that was warm.", "We sold the boats."),
    )
)


@pytest.mark.parametrize(("question", "told"), [("Why did Vandel have no coal?", True), ("Who had no coal left for the stoves?", False)])
def test_a_reader_is_told_who_speaks_where_the_question_names_them(settings: Settings, question: str, told: bool) -> None:
    """It takes what a named person says for an answer less often, where nobody asks for them."""
    (settings.corpus / "talk.md").write_text(LONG_TALK, encoding="utf-8")
    reindex(replace(settings, chunk_tokens=40))
    assistant = Assistant.open(replace(settings, chunk_tokens=40))
    reader = Judging("We had no coal left for the stoves.")
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        found = candidates(query, search(assistant.index, catalog, query, top_k=8), weights(catalog, query), catalog, reader, 8)
    turns = [text for call in reader.calls for text in call if "Tor Vandel: " not in text and reader.wanted in text]
    assert turns
    assert all(("\nTor Vandel:\n" in f"\n{text}") == told for text in turns)
    assert found[0].sentence.speaker == "Tor Vandel"
    named = next(one for one in found if one.text.startswith("Tor Vandel: The summer"))
    assert named.sentence.speaker == ""
