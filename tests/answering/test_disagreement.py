"""Notes on articles that give another value than the answer does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.ingestion.reindex import reindex
from askdivide.records import Answer
from askdivide.retrieval.reader import Reading, SentenceReading
from askdivide.settings import Settings

Ask = Callable[..., Answer]
LENGTH = "How long is the Tarn bridge?"


FILLERS = (
    "Its paint is green. Forty sailors sang when the last arch was closed, and the mayor wept into his hat.",
    "Cyclists complain of the wind. A kiosk on the east bank sells pancakes, coffee and postcards of the ferry that it replaced.",
)


def article(date: str, sentence: str) -> str:
    head = f"---\ntitle: The Tarn bridge\ndate: {date}\n---\n" if date else ""
    return f"{head}\n# The Tarn bridge\n\n{sentence} FILLER\n"


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def ask(question: str, *articles: str) -> Answer:
        corpus = tmp_path / "corpus"
        corpus.mkdir()
        for number, text in enumerate(articles):
            (corpus / f"{number}.md").write_text(text.replace("FILLER", FILLERS[number]), encoding="utf-8")
        settings = Settings(
            corpus=corpus, index=tmp_path / "index", cache=tmp_path, reader="none", embedding="test:1024", refuse_below=0, sentences=1
        )
        reindex(settings)
        return Assistant.open(settings).ask(question)

    return ask


def test_a_newer_article_with_another_figure_is_told_with_its_date(ask: Ask) -> None:
    old = article("2021-03-01", "The Tarn bridge is 940 metres long.")
    answer = ask(LENGTH, old, article("2025-06-02", "The bridge of Tarn is 990 metres long now."))
    assert "940 metres" in answer.text
    (note,) = answer.notes
    assert note.kind == "newer"
    assert note.text == "A newer article of 2 June 2025 differs: The bridge of Tarn is 990 metres long now."
    cited = {citation.number: citation.quote for citation in answer.citations}
    assert [("940" in cited[number], "990" in cited[number]) for number in note.citations] == [(True, False), (False, True)]
    assert note.citations[0] in answer.claims[0].citations


@pytest.mark.parametrize(
    ("date", "words"), [("2021-03-01", "Another article of 1 March 2021"), ("2020", "An earlier article of 2020"), ("", "Another article")]
)
def test_other_articles_that_differ_are_a_disagreement(ask: Ask, date: str, words: str) -> None:
    answer = ask(
        LENGTH, article("2021-03-01", "The Tarn bridge is 940 metres long."), article(date, "The bridge at Tarn is 990 metres long.")
    )
    assert answer.notes[0].kind == "disagreement"
    assert answer.notes[0].text.startswith(f"{words} differs: ")


def test_two_dates_for_one_thing_are_told(ask: Ask) -> None:
    other = article("2022", "The Tarn bridge was opened in 1932.")
    answer = ask("When was the Tarn bridge opened?", article("2021", "The Tarn bridge was opened in May 1931."), other)
    assert len(answer.notes) == 1
    assert {"1931", "1932"} == {year for one in answer.citations for year in ("1931", "1932") if year in one.quote}


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (LENGTH, "The bridge at Tarn is 0.94 kilometres long."),
        (LENGTH, "The bridge at Tarn is about 945 metres long."),
        (LENGTH, "The bridge at Tarn is 12 metres wide and 990 long."),
        (LENGTH, "The Gellin bridge is 990 metres long."),
        (LENGTH, "The bridge at Tarn took 990 days to build."),
        (LENGTH, "The bridge at Tarn is long."),
        ("Why is the Tarn bridge long?", "The bridge at Tarn is 990 metres long."),
    ],
    ids=["other unit", "rounded", "two values", "another thing", "another kind", "no value", "no number asked for"],
)
def test_what_does_not_contradict_is_not_noted(ask: Ask, question: str, other: str) -> None:
    assert ask(question, article("2021", "The Tarn bridge is 940 metres long."), article("2022", other)).notes == ()


def test_what_is_quoted_already_is_not_cited_again(ask: Ask) -> None:
    before = "The Tarn bridge is painted green by sailors. It was 940 metres long, the Tarn bridge."
    answer = ask(LENGTH, article("2021", before), article("2022", "The bridge of Tarn is 990 metres long now."))
    assert "painted" in answer.claims[0].text
    assert answer.notes
    assert answer.notes[0].citations[0] == answer.claims[0].citations[0]
    assert len(answer.citations) == 2


def test_figures_of_one_article_are_no_disagreement(ask: Ask) -> None:
    assert ask(LENGTH, article("2021", "The Tarn bridge is 940 metres long. The bridge at Tarn is 990 metres long.")).notes == ()


class Sure:
    """A reader that takes the words given for the answer, as surely as is said, and doubts every sentence without one."""

    def __init__(self, *words: str, logit: float) -> None:
        self.words, self.logit = words, logit

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        return [Reading(tuple(self._sentence(text, *span) for span in spans), 1.0) for text, spans in passages]

    def _sentence(self, text: str, start: int, end: int) -> SentenceReading:
        place, word = next(((at, word) for word in self.words if (at := text.find(word, start, end)) >= 0), (start, ""))
        logit = self.logit if word else -8.0
        return SentenceReading(logit, logit, (place, place + len(word)))


@pytest.mark.parametrize(("logit", "kinds"), [(1.4, ["newer"]), (0.5, [])])
def test_what_surely_answers_in_other_words_is_told_too(ask: Ask, monkeypatch: pytest.MonkeyPatch, logit: float, kinds: list[str]) -> None:
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Sure("9,000", "14,200", logit=logit))
    old = article("2024-06-11", "About 9,000 households at Tarn have been told to boil their water.")
    answer = ask("How many households had to boil their water?", old, article("2025-04-02", "In the end 14,200 homes had to boil it."))
    assert "9,000" in answer.claims[0].text
    assert [note.kind for note in answer.notes if note.kind != "uncertain"] == kinds
