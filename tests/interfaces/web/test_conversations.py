import json
import os
import sqlite3
import stat
from dataclasses import replace

import pytest
from click.testing import CliRunner

from askdivide import Assistant
from askdivide.interfaces.cli import commands
from askdivide.interfaces.web.conversations import FILE, Conversations, answer_data, answer_from
from askdivide.interfaces.web.turns import Exchange, Reply
from askdivide.records import Answer, Claim, Filters

ME, OTHER = "visitor:me", "visitor:other"


@pytest.fixture
def kept(tmp_path):
    return Conversations(tmp_path)


def exchange(number=1, question="Why?", answer=None):
    return Exchange(number, question, (Reply("quote", answer=answer or Answer(question, question, "answered", "quote", "So.")),))


def test_answers_come_back_as_they_were(indexed, kept):
    assistant = Assistant.open(indexed)
    answers = [assistant.ask("When was the harbour founded?"), assistant.ask("thanks"), assistant.ask("How many ships in 2022?")]
    answers.append(replace(answers[0], claims=(Claim("It is so.", (1,), "unsupported", "“so” is not in the source"),), thinking="Hm."))
    for number, answer in enumerate(answers, 1):
        kept.save(ME, "a", "Harbour", exchange(number, answer.question, answer))
    title, exchanges = kept.load(ME, "a")
    assert title == "Harbour"
    assert [one.number for one in exchanges] == [1, 2, 3, 4]
    for one, answer in zip(exchanges, answers, strict=True):
        assert one.replies[0].answer == replace(answer, read=(), raw="")
        assert one.turn.answer == answer.text
    assert exchanges[1].replies[0].answer.refusal is not None
    assert len(answers[0].consulted) == len(exchanges[0].replies[0].answer.consulted) > 0


def test_all_else_of_an_exchange_comes_back_too(kept):
    stopped = Exchange(3, "Q?", (Reply("m", text="So far", thinking="Hm"), Reply("n", failure="No.")), Filters("2024", tags=("a", "b")))
    kept.save(ME, "a", "Q?", stopped)
    assert kept.load(ME, "a")[1] == (stopped,)


def test_what_a_later_version_adds_does_not_stop_this_one():
    data = json.loads(json.dumps(answer_data(Answer("Q?", "Q?", "answered", "quote", "A."))))
    assert answer_from({**data, "mood": "fine"}).text == "A."


def test_each_sees_and_changes_their_own_only(kept):
    kept.save(ME, "a", "Mine", exchange())
    kept.save(OTHER, "a", "Stolen", exchange(2))
    kept.rename(OTHER, "a", "Stolen")
    kept.take_back(OTHER, "a", 1)
    kept.delete(OTHER, "a")
    assert kept.list(OTHER) == []
    assert kept.load(OTHER, "a") is None
    assert [row.title for row in kept.list(ME)] == ["Mine"]
    assert len(kept.load(ME, "a")[1]) == 1


def test_the_latest_comes_first_and_a_turn_makes_it_that(kept):
    for name in ("a", "b"):
        kept.save(ME, name, name, exchange())
    kept.save(ME, "a", "a", exchange(2))
    assert [row.id for row in kept.list(ME)] == ["a", "b"]


def test_a_title_is_one_short_line_and_never_empty(kept):
    kept.save(ME, "a", "First", exchange())
    kept.rename(ME, "a", "  \n ")
    assert kept.list(ME)[0].title == "First"
    kept.rename(ME, "a", "x\ny " * 200)
    assert "\n" not in kept.list(ME)[0].title
    assert len(kept.list(ME)[0].title) <= 120


def test_the_last_number_is_known_to_the_owner(kept):
    assert kept.last_number(ME, "a") == 0
    kept.save(ME, "a", "Why?", exchange(4))
    assert kept.last_number(ME, "a") == 4
    assert kept.last_number(OTHER, "a") == 0


def test_an_exchange_asked_again_replaces_the_one_before(kept):
    kept.save(ME, "a", "Why?", exchange())
    kept.save(ME, "a", "Why?", exchange(question="How?"))
    assert [one.question for one in kept.load(ME, "a")[1]] == ["How?"]


def test_taking_back_the_only_exchange_leaves_no_conversation(kept):
    kept.save(ME, "a", "Why?", exchange())
    kept.save(ME, "a", "Why?", exchange(2))
    kept.take_back(ME, "a", 2)
    assert [one.number for one in kept.load(ME, "a")[1]] == [1]
    kept.take_back(ME, "a", 1)
    assert kept.list(ME) == []


def test_nothing_of_a_deleted_conversation_is_left_in_the_file(kept):
    kept.save(ME, "a", "Secret", exchange(question="Where is the zanzibarite?"))
    kept.save(ME, "b", "Other", exchange())
    assert b"zanzibarite" in kept.file.read_bytes()
    kept.delete(ME, "a")
    assert b"zanzibarite" not in kept.file.read_bytes()
    assert [path.name for path in kept.file.parent.iterdir()] == [FILE]
    assert sqlite3.connect(kept.file).execute("SELECT count(*) FROM turns").fetchone() == (1,)


def test_another_opening_finds_them_and_others_cannot_read_the_file(kept):
    kept.save(ME, "a", "Why?", exchange())
    assert Conversations(kept.file.parent).list(ME) == kept.list(ME)
    if os.name == "posix":
        assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600


@pytest.mark.parametrize("what", ["folder in its place", "no database"])
def test_where_nothing_can_be_kept_all_else_works(tmp_path, what):
    if what == "no database":
        (tmp_path / FILE).write_text("This is a text, and no database. " * 100)
    else:
        (tmp_path / FILE).mkdir()
    kept = Conversations(tmp_path)
    assert not kept.kept
    kept.save(ME, "a", "Why?", exchange())
    kept.rename(ME, "a", "x")
    kept.take_back(ME, "a", 1)
    kept.delete(ME, "a")
    assert kept.list(ME) == []
    assert kept.load(ME, "a") is None


def test_purging_forgets_answers_that_quote_removed_articles(indexed):
    kept, assistant = Conversations(indexed.index), Assistant.open(indexed)
    only = Filters(documents=("harbour.md",)), Filters(documents=("notes/lighthouse.md",))
    founded = assistant.ask("When was the harbour founded?", filters=only[0])
    keeper = assistant.ask("Who kept the lighthouse at Point Verity?", filters=only[1])
    kept.save(ME, "a", "Harbour", exchange(1, founded.question, founded))
    kept.save(ME, "a", "Harbour", exchange(2, keeper.question, keeper))
    kept.save(ME, "a", "Harbour", Exchange(3, "Q?", (Reply("m", text="It was in 1871 that"),)))
    (indexed.corpus / "harbour.md").unlink()
    arguments = ["index", "--purge", "--corpus", str(indexed.corpus), "--index", str(indexed.index)]
    CliRunner().invoke(commands, arguments, env={"ASKDIVIDE_EMBEDDING": "test:256"}, catch_exceptions=False, standalone_mode=False)
    _, exchanges = kept.load(ME, "a")
    assert [one.question for one in exchanges] == [founded.question, keeper.question, "Q?"]
    assert "removed for good" in exchanges[0].replies[0].failure
    assert exchanges[1].replies[0].answer == replace(keeper, read=(), raw="")
    left = b"".join(file.read_bytes() for file in indexed.index.glob(f"{FILE}*"))
    assert b"Milena Duras" not in left
    assert b"Anselm" in left
