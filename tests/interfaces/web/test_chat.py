"""The page's events, without a browser."""

import asyncio
import json
import threading
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from tests.awaiting import awaited

from askdivide import Assistant
from askdivide.interfaces.web.chat import Chat
from askdivide.interfaces.web.history import History
from askdivide.interfaces.web.turns import Conversation
from askdivide.interfaces.web.visitors import COOKIE

LONG = "What is said of the harbour and its lighthouse?"
ASKED = "When was the harbour founded?"
ME = SimpleNamespace(username=None, cookies={COOKIE: "a" * 43}, query_params={}, request=None)
OWNER = f"visitor:{'a' * 43}"
EVERYTHING = ("", "", None, None, None)


@pytest.fixture
def chat(indexed, tmp_path):
    file = tmp_path / "replies.json"
    file.write_text(json.dumps(["It was founded in 1871 [S1]. It sank [S1]."]), encoding="utf-8")
    return Chat(Assistant.open(replace(indexed, offer=f"test:{file},test:none.json")), None)


def updates(events):
    async def all_of_them():
        return [update async for update in events]

    return awaited(all_of_them())


def ask(chat, question=ASKED, conversation=Conversation(), model="quote", second="", narrowed=EVERYTHING):
    return updates(chat.ask(question, conversation, model, second, *narrowed, ME))[-1]


def models(chat):
    return [name for _, name in chat.picker.first()]


def test_what_is_asked_is_answered_and_kept(chat):
    conversation, messages, panel, *_ = ask(chat)
    assert "1871" in messages[1]["content"]
    assert "s-1-1" in panel
    title, (kept,) = chat.kept.load(OWNER, conversation.id)
    assert title == kept.question == ASKED
    assert kept.answers[0].text == conversation.exchanges[0].answers[0].text


def test_sentences_come_one_by_one_unless_others_are_waiting_for_their_answers(chat, monkeypatch):
    stream, go_on = Assistant.stream, threading.Event()

    def slowly(self, question, **more):
        if question == "Slowly?":
            assert go_on.wait(30)
        yield from stream(self, question, **more)

    monkeypatch.setattr(Assistant, "stream", slowly)

    async def beside(others: int) -> list[str]:
        """What is shown of an answer, one after the other, while others wait for theirs."""
        go_on.clear()
        waiting = [aiter(chat.ask("Slowly?", Conversation(), "quote", "", *EVERYTHING, ME)) for _ in range(others)]
        for one in waiting:
            await anext(one)
        coming = [asyncio.ensure_future(anext(one)) for one in waiting]
        await asyncio.sleep(0)
        seen = [update[1][1]["content"] async for update in chat.ask(LONG, Conversation(), "quote", "", *EVERYTHING, ME)]
        go_on.set()
        for one, more in zip(waiting, coming, strict=True):
            await more
            await one.aclose()
        return seen

    alone, one, many = (awaited(beside(others)) for others in range(3))
    claims = len(chat.assistant.ask(LONG).claims)
    assert claims > 1
    assert len(alone) == len(one) == claims + 1
    assert [content.count('class="claim"') for content in alone[1:]] == list(range(1, claims + 1))
    assert len(many) == 2
    assert many[-1] == alone[-1]


def test_a_question_that_cannot_be_asked_stays_in_the_box(chat):
    for given in (
        {"question": "  "},
        {"model": "depseek:x"},
        {"narrowed": ("soon", "", None, None, None)},
        {"narrowed": ("", "", None, None, ["nowhere.md"])},
        {"model": "test:/etc/passwd"},
    ):
        conversation, *_, box, hint = ask(chat, **given)
        assert "problem" in hint
        assert box == conversation == {"__type__": "update"}


def test_of_two_models_one_may_fail(chat):
    conversation, messages, _, box, *_ = ask(chat, model=models(chat)[2], second="quote")
    failed, answered = conversation.exchanges[0].replies
    assert "cannot read the replies" in failed.failure
    assert answered.answer.status == "answered"
    assert "s-1b-1" in messages[1]["content"]
    assert box == gr.skip(), "the question has been answered"


def test_where_nothing_came_the_question_is_put_back_and_not_kept(chat):
    conversation, *_, box, _ = ask(chat, model=models(chat)[2])
    assert box.value == ASKED
    assert conversation.exchanges[0].failed
    assert chat.kept.list(OWNER) == []


def test_a_fault_of_our_own_is_told_and_leaves_a_chat_that_works(chat, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(chat.assistant, "stream", lambda question, **_: 1 / 0)
        conversation, messages, _, box, *_ = ask(chat)
    assert "fault of its own" in messages[1]["content"]
    assert box.value == ASKED
    assert "ZeroDivisionError" in caplog.text
    assert "1871" in ask(chat, conversation=conversation)[1][3]["content"]


def test_asked_again_it_takes_the_place_of_what_it_was(chat):
    conversation, *_ = ask(chat)
    now, *_ = updates(chat.again(conversation, models(chat)[1], "", *EVERYTHING, ME))[-1]
    assert [one.number for one in now.exchanges] == [1]
    assert now.exchanges[0].answers[0].model.startswith("test:")
    assert len(chat.kept.load(OWNER, now.id)[1]) == 1


def test_two_windows_on_one_conversation_lose_nothing_of_each_other(chat):
    begun, *_ = ask(chat)
    ask(chat, "How many ships in 2023?", begun)
    ask(chat, "Who kept the lighthouse?", begun)
    assert len(chat.kept.load(OWNER, begun.id)[1]) == 3


def test_one_question_at_a_time_in_a_conversation(chat):
    first = updates(chat.ask(ASKED, Conversation(), "quote", "", *EVERYTHING, ME))[0][0]
    *_, hint = ask(chat, "And then?", first)
    assert "still being answered" in hint


def test_what_was_taken_back_is_gone_and_in_the_box(chat):
    conversation, *_ = ask(chat)
    *_, kept, hint = chat.edit(conversation, "Another?", ME)
    assert kept == gr.skip()
    assert "Another question is in the box" in hint
    now, messages, *_, box, _ = chat.edit(conversation, " ", ME)
    assert (now.exchanges, messages, box.value) == ((), [], ASKED)
    assert chat.kept.list(OWNER) == []


def test_a_page_that_opens_shows_the_latest_or_asks_what_its_address_holds(chat):
    history = History(chat)
    ask(chat)
    conversation, messages, *_ = history.arrived("", ME)
    assert [one.question for one in conversation.exchanges] == [ASKED]
    assert "1871" in messages[1]["content"]
    conversation, _, _, box, *_ = history.arrived("", SimpleNamespace(**{**vars(ME), "query_params": {"q": "Why?"}}))
    assert (conversation.exchanges, box.value) == ((), "Why?")


def test_a_conversation_becomes_a_file_with_a_plain_name(chat):
    conversation, *_ = ask(chat)
    conversation = replace(conversation, title="../../etc/pass wd <b>")
    name, text = History(chat).as_markdown(conversation)
    assert name == "etc-pass-wd-b.md"
    assert "[^1-1]: The harbour of Ostrava Bay" in text
    name, text = History(chat).as_json(conversation)
    assert name.endswith(".json")
    assert json.loads(text)["turns"][0]["answers"][0]["citations"][0]["document"] == "harbour.md"
