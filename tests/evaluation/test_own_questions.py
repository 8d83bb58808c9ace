"""The question files we keep: fair, in line with their articles, and of every kind."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from askdivide.evaluation.questions import Question, read_questions
from askdivide.text.plain import plain
from askdivide.text.terms import content_terms

ROOT = Path(__file__).parent.parent.parent
EVALUATION = ROOT / "evaluation"
SETS = {
    "own": ((EVALUATION / "own" / "questions.jsonl",), ROOT / "corpus"),
    "everyday": ((EVALUATION / "everyday" / "questions.jsonl",), EVALUATION / "everyday" / "corpus"),
    "plain": ((EVALUATION / "plain" / "questions.jsonl",), EVALUATION / "plain" / "corpus"),
    "newsroom": ((EVALUATION / "newsroom" / "questions.jsonl",), EVALUATION / "newsroom" / "corpus"),
    "fresh": ((EVALUATION / "fresh" / "questions.jsonl", EVALUATION / "fresh" / "unanswerable.jsonl"), EVALUATION / "fresh" / "corpus"),
}
KINDS = {
    "fact",
    "table",
    "extreme",
    "list",
    "comparison",
    "why",
    "when",
    "unit",
    "premise",
    "followup",
    "disagreement",
    "time",
    "unanswerable",
}


@pytest.fixture(scope="module", params=sorted(SETS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def questions(name: str) -> list[Question]:
    return [question for file in SETS[name][0] for question in read_questions(file)]


@pytest.fixture(scope="module")
def articles(name: str) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in SETS[name][1].iterdir() if file.suffix in (".md", ".txt")}


def test_there_are_enough_of_every_kind(name: str, questions: list[Question]) -> None:
    counts = Counter(question.kind for question in questions)
    if name == "fresh":
        assert set(counts) == {"fact", "when", "why", "unanswerable"}
        assert counts["unanswerable"] == 50
        assert Counter(question.documents for question in questions if question.answerable) == dict.fromkeys(
            (("larkholm-fever.txt",), ("quarry-waltz-film.txt",)), 50
        )
        return
    if name == "plain":
        assert set(counts) == {"fact", "table", "when", "why", "unanswerable"}
        assert set(Counter(question.documents for question in questions if question.answerable).values()) == {22}
        assert counts["unanswerable"] == 140
        return
    if name == "newsroom":
        assert counts == {"fact": 1314, "several": 750, "unanswerable": 1315}
        assert min(Counter(question.documents for question in questions if question.answerable).values()) >= 20
        return
    assert set(counts) == KINDS
    if name == "own":
        assert min(counts.values()) >= 10
        assert len(questions) >= 150
        assert counts["unanswerable"] >= 45
    else:
        assert min(counts.values()) >= 7
        assert sum(question.answerable is True for question in questions) >= 120
        assert counts["unanswerable"] >= 60


def test_every_article_is_asked_about(questions: list[Question], articles: dict[str, str]) -> None:
    asked = Counter(document for question in questions for document in question.documents)
    assert set(asked) == set(articles)
    assert min(asked.values()) >= 5


def test_no_id_and_no_question_comes_twice(questions: list[Question]) -> None:
    assert max(Counter(question.id for question in questions).values()) == 1
    assert max(Counter((question.question.casefold(), question.history) for question in questions).values()) == 1


def test_evidence_stands_word_for_word_in_a_document_of_its_question(questions: list[Question], articles: dict[str, str]) -> None:
    for question in questions:
        for text in question.evidence:
            assert any(text in articles[document] for document in question.documents), f"{question.id}: {text}"


def test_evidence_holds_what_the_answer_must_hold(questions: list[Question]) -> None:
    for question in questions:
        evidence = " ".join(plain(text, markup=True) for text in question.evidence).casefold()
        for group in question.must_contain:
            assert any(alternative.casefold() in evidence for alternative in group), f"{question.id}: {group}"


def test_answerable_questions_say_where_and_unanswerable_ones_have_nothing(questions: list[Question]) -> None:
    for question in questions:
        known = (question.must_contain, question.evidence, question.documents)
        assert question.answerable == (question.kind != "unanswerable"), question.id
        assert all(known) if question.answerable else not any(known), question.id
        assert bool(question.history) >= (question.kind == "followup"), question.id


def test_questions_are_not_the_articles_sentences(questions: list[Question]) -> None:
    """Worded by somebody who has not read them: most of a question's words are not those of its evidence."""
    shares = []
    for question in questions:
        if question.answerable and question.kind != "followup":
            terms = content_terms(question.question)
            evidence = set(content_terms(" ".join(question.evidence)))
            shares.append(sum(term in evidence for term in terms) / max(len(terms), 1))
    assert sum(shares) / len(shares) < 0.5


def test_questions_do_not_give_their_answers_away(questions: list[Question]) -> None:
    for question in questions:
        if question.answerable and question.kind not in ("premise", "why", "comparison", "list", "time", "disagreement"):
            asked = question.question.casefold()
            assert not all(any(alternative.casefold() in asked for alternative in group) for group in question.must_contain), question.id


def test_everyday_articles_are_short_and_have_headings(articles: dict[str, str], name: str) -> None:
    if name == "everyday":
        assert len(articles) == 6
        for path, text in articles.items():
            assert 500 <= len(text.split()) <= 950, path
        tables = [path for path, text in articles.items() if re.search(r"^\|.*\|$|\S {3,}\S", text, re.MULTILINE)]
        assert len(tables) >= 5


def test_fresh_evidence_is_whole_sentences_that_hold_the_first_alternative(name: str, questions: list[Question]) -> None:
    if name == "fresh":
        for question in (question for question in questions if question.answerable):
            evidence = " ".join(question.evidence)
            assert len(question.evidence) <= 2, question.id
            assert all(re.fullmatch(r'["A-Z].*[.?!]"?', text) for text in question.evidence), question.id
            assert all(group[0].casefold() in evidence.casefold() for group in question.must_contain), question.id


def test_fresh_articles_are_plain_text_as_saved_from_the_web(name: str, articles: dict[str, str]) -> None:
    if name == "fresh":
        assert sorted(articles) == ["larkholm-fever.txt", "quarry-waltz-film.txt"]
        for path, text in articles.items():
            assert 1000 <= len(text.split()) <= 1400, path
            assert not re.search(r"^(#|---|\||[-*] )", text, re.MULTILINE), path


def test_the_readers_own_training_questions_are_true_to_their_articles() -> None:
    folder = ROOT / "training" / "questions"
    files = sorted(folder.glob("*.jsonl"))
    assert len(files) >= 411
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in (".txt", ".md")}
    for file in files:
        # What differs between articles on the same thing is asked beside one of them, and answered by several.
        subject = re.sub(r"-(?:one|two|three)$", "", file.stem)
        told = [text for stem, text in texts.items() if stem == file.stem or re.sub(r"-(?:one|two|three)$", "", stem) == subject]
        for line in file.read_text(encoding="utf-8").splitlines():
            asked = json.loads(line)
            assert set(asked) == {"question", "answer", "sentence"}, line
            if asked["answer"] is None:
                assert asked["sentence"] is None, line
            else:
                sentences = asked["sentence"] if isinstance(asked["sentence"], list) else [asked["sentence"]]
                assert asked["answer"] in sentences[0], line
                assert sentences[0] in texts[file.stem], line
                assert all(any(sentence in text for text in told) for sentence in sentences), line
