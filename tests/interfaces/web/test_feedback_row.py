import asyncio
import json

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.feedback import FILE
from askdivide.interfaces.web.chat import Exchange
from askdivide.interfaces.web.feedback import Feedback
from askdivide.records import Turn


@pytest.fixture
def conversation(indexed):
    assistant = Assistant.open(indexed)
    return tuple(
        Exchange(number, question, turn=Turn(question, "x"), answer=assistant.ask(question), closed=True)
        for number, question in enumerate(["When was the harbour founded?", "Who kept the lighthouse?"], start=1)
    )


def kept(settings):
    return [json.loads(line) for line in (settings.index / FILE).read_text(encoding="utf-8").splitlines()]


def test_a_click_notes_the_last_answer_once_and_a_reason_is_added(indexed, conversation):
    feedback = Feedback(indexed.index)
    assert feedback.offered(conversation)[0].visible
    *_, given = asyncio.run(feedback.right(conversation, None))
    *_, given = asyncio.run(feedback.wrong(conversation, given))
    asyncio.run(feedback.explain("He is retired.", conversation, given))
    assert [(line["question"], line["kind"], line["reason"]) for line in kept(indexed)] == [
        ("Who kept the lighthouse?", "wrong", "He is retired.")
    ]
    assert kept(indexed)[0]["history"] == ["When was the harbour founded?"]


def test_a_reason_for_an_answer_that_is_not_the_last_any_more_is_not_noted(indexed, conversation):
    feedback = Feedback(indexed.index)
    *_, given = asyncio.run(feedback.right(conversation[:1], None))
    asyncio.run(feedback.explain("late", conversation, given))
    assert "reason" not in kept(indexed)[0]


def test_without_an_answer_nothing_is_asked(indexed):
    feedback = Feedback(indexed.index)
    for conversation in ((), (Exchange(1, "Stopped?", closed=True),)):
        assert not feedback.offered(conversation)[0].visible
        assert not asyncio.run(feedback.right(conversation, None))[0].visible
    assert not (indexed.index / FILE).exists()


def test_what_cannot_be_noted_is_said(tmp_path, conversation):
    (tmp_path / "file").write_text("", encoding="utf-8")
    _, words, reason, _ = asyncio.run(Feedback(tmp_path / "file").right(conversation, None))
    assert "could not be noted" in words
    assert not reason.visible
