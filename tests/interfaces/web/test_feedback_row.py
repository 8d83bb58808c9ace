import json
from dataclasses import replace

import gradio as gr
import pytest
from tests.awaiting import awaited

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.feedback import FILE
from askdivide.interfaces.web.feedback import Feedback
from askdivide.interfaces.web.turns import Conversation, Exchange, Reply
from askdivide.interfaces.web.view import settled


@pytest.fixture
def conversation(indexed):
    assistant = Assistant.open(indexed)
    questions = ["When was the harbour founded?", "Who kept the lighthouse?"]
    asked = [Exchange(number, question, (Reply("quote", assistant.ask(question)),)) for number, question in enumerate(questions, start=1)]
    return Conversation("c", exchanges=tuple(asked))


def kept(settings):
    return [json.loads(line) for line in (settings.index / FILE).read_text(encoding="utf-8").splitlines()]


def test_a_click_notes_the_last_answer_once_and_a_reason_is_added(indexed, conversation):
    feedback = Feedback(indexed.index)
    assert feedback.offered(conversation, None)[0].visible
    *_, given = awaited(feedback.right(conversation, None))
    *_, given = awaited(feedback.wrong(conversation, given))
    awaited(feedback.explain("He is retired.", conversation, given))
    assert [(line["question"], line["kind"], line["reason"]) for line in kept(indexed)] == [
        ("Who kept the lighthouse?", "wrong", "He is retired.")
    ]
    assert kept(indexed)[0]["history"] == ["When was the harbour founded?"]


def test_a_reason_for_an_answer_that_is_not_the_last_any_more_is_not_noted(indexed, conversation):
    feedback = Feedback(indexed.index)
    *_, given = awaited(feedback.right(replace(conversation, exchanges=conversation.exchanges[:1]), None))
    awaited(feedback.explain("late", conversation, given))
    assert "reason" not in kept(indexed)[0]


def test_an_answer_that_was_judged_before_the_page_asked_stays_judged(indexed, conversation):
    feedback = Feedback(indexed.index)
    *_, given = awaited(feedback.wrong(conversation, None))
    assert feedback.offered(conversation, given) == (gr.skip(),) * 4
    assert feedback.offered(replace(conversation, exchanges=conversation.exchanges[:1]), given)[0].visible
    *before, last = conversation.exchanges
    again = replace(last, replies=(Reply("quote", Assistant.open(indexed).ask(last.question)),))
    assert feedback.offered(replace(conversation, exchanges=(*before, again)), given)[0].visible


def test_without_an_answer_nothing_is_asked(indexed):
    feedback = Feedback(indexed.index)
    stopped = Exchange(1, "Stopped?", (Reply("quote", text="Half a"),))
    for conversation in (Conversation(), Conversation(exchanges=(stopped,))):
        assert not feedback.offered(conversation, None)[0].visible
        assert not awaited(feedback.right(conversation, None))[0].visible
    assert not (indexed.index / FILE).exists()


def test_two_answers_beside_each_other_are_not_judged(indexed, conversation):
    last = conversation.exchanges[-1]
    both = replace(conversation, exchanges=(replace(last, replies=last.replies * 2),))
    assert not Feedback(indexed.index).offered(both, None)[0].visible


def test_what_cannot_be_noted_is_said(tmp_path, conversation):
    (tmp_path / "file").write_text("", encoding="utf-8")
    _, words, reason, _ = awaited(Feedback(tmp_path / "file").right(conversation, None))
    assert "could not be noted" in words
    assert not reason.visible


def test_the_box_is_ready_again_where_nothing_is_being_answered(conversation):
    *before, last = conversation.exchanges
    assert settled(conversation).submit_btn == "Ask"
    assert settled(Conversation()).submit_btn == "Ask"
    assert settled(replace(conversation, exchanges=(*before, replace(last, closed=False)))) == gr.skip()
