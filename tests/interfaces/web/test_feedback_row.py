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


def asked_about(feedback, conversation, about=None):
    return feedback.offered(conversation, about)[-1]


def test_a_click_notes_the_last_answer_once_and_a_reason_is_added(indexed, conversation):
    feedback = Feedback(indexed.index)
    row, _, _, about = feedback.offered(conversation, None)
    assert row.visible
    *_, about = awaited(feedback.right(about))
    *_, about = awaited(feedback.wrong(about))
    awaited(feedback.explain("He is retired.", about))
    assert [(line["question"], line["kind"], line["reason"]) for line in kept(indexed)] == [
        ("Who kept the lighthouse?", "wrong", "He is retired.")
    ]
    assert kept(indexed)[0]["history"] == ["When was the harbour founded?"]


def test_what_is_judged_is_what_was_asked_about_also_when_another_answer_has_come(indexed, conversation):
    feedback = Feedback(indexed.index)
    first = asked_about(feedback, replace(conversation, exchanges=conversation.exchanges[:1]))
    *_, judged = awaited(feedback.right(first))
    awaited(feedback.explain("It was.", judged))
    assert [(line["question"], line["reason"]) for line in kept(indexed)] == [("When was the harbour founded?", "It was.")]
    assert asked_about(feedback, conversation, judged).last.answer.question == "Who kept the lighthouse?"


def test_an_answer_that_is_asked_about_stays_so_and_another_to_the_same_question_is_asked_about_anew(indexed, conversation):
    feedback = Feedback(indexed.index)
    *_, judged = awaited(feedback.wrong(asked_about(feedback, conversation)))
    assert feedback.offered(conversation, judged) == (gr.skip(),) * 4
    *before, last = conversation.exchanges
    again = replace(last, replies=(Reply("quote", Assistant.open(indexed).ask(last.question)),))
    assert asked_about(feedback, replace(conversation, exchanges=(*before, again)), judged).right is None


def test_without_an_answer_nothing_is_asked_or_noted(indexed, conversation):
    feedback = Feedback(indexed.index)
    stopped = Exchange(1, "Stopped?", (Reply("quote", text="Half a"),))
    for without in (Conversation(), Conversation(exchanges=(stopped,))):
        row, *_, about = feedback.offered(without, asked_about(feedback, conversation))
        assert not row.visible
        assert about is None
    for nothing in (feedback.right(None), feedback.explain("why", None), feedback.explain("why", asked_about(feedback, conversation))):
        assert awaited(nothing) == (gr.skip(),) * 4
    assert not (indexed.index / FILE).exists()


def test_two_answers_beside_each_other_are_not_judged(indexed, conversation):
    last = conversation.exchanges[-1]
    both = replace(conversation, exchanges=(replace(last, replies=last.replies * 2),))
    assert not Feedback(indexed.index).offered(both, None)[0].visible


def test_what_cannot_be_noted_is_said(tmp_path, conversation):
    (tmp_path / "file").write_text("", encoding="utf-8")
    feedback = Feedback(tmp_path / "file")
    _, words, reason, _ = awaited(feedback.right(asked_about(feedback, conversation)))
    assert "could not be noted" in words
    assert not reason.visible


def test_the_box_is_ready_again_where_nothing_is_being_answered(conversation):
    *before, last = conversation.exchanges
    assert settled(conversation).submit_btn == "Ask"
    assert settled(Conversation()).submit_btn == "Ask"
    assert settled(replace(conversation, exchanges=(*before, replace(last, closed=False)))) == gr.skip()
