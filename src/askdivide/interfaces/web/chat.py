"""What happens in the chat: calls to the assistant, and their records as updates of the page."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError
from askdivide.interfaces.web import cards, replies
from askdivide.interfaces.web.starters import Starters
from askdivide.records import Answer, Turn

_PACE = 0.06
_REVEAL = 0.5
"""Seconds between two claims of an answer, and for all of them at most."""
_KEPT = 20
"""Turns whose sources stay within reach of their markers."""
_EMPTY = "Type a question first."
_FAULT = "askdivide has met with a fault of its own; the terminal it was started in says more. Other questions may still work."


@dataclass(frozen=True)
class Exchange:
    """A question of one visitor and what came of it, as shown."""

    number: int
    question: str
    reply: str = ""
    sources: str = ""
    turn: Turn | None = None
    """What later questions may refer to; None where no answer came."""
    # Of no account for whether two are the same: what it holds cannot be hashed.
    answer: Answer | None = field(default=None, compare=False)
    closed: bool = False
    """Whether nothing more will come of it."""


Result = TypeVar("Result")
Conversation = tuple[Exchange, ...]
Update = tuple[Any, Any, Any, Any, Any]
"""Of the conversation, the messages, the panel of sources, the box and the hint."""


class Chat:
    """The page's events. A visitor's conversation comes in and goes out; nothing of it is kept here."""

    def __init__(self, assistant: Assistant, starters: Starters) -> None:
        self._assistant = assistant
        self._starters = starters

    def title(self) -> str:
        """The title line as of now."""
        try:
            with self._assistant.index.reading() as catalog:
                return cards.header(catalog.documents())
        except AskDivideError as error:
            return replies.failure(str(error))

    def hint(self, problem: str = "") -> str:
        """What stands below the box."""
        return replies.hint(self._assistant.settings.model, problem)

    def opened(self) -> tuple[str, Any]:
        """The title line and questions to start with, for a page just opened."""
        try:
            examples = [{"text": text} for text in self._starters.questions()]
        except AskDivideError:
            examples = []
        return self.title(), gr.Chatbot(examples=examples)

    async def start(self, conversation: Conversation, chosen: gr.SelectData) -> AsyncIterator[Update]:
        """Ask one of the questions to start with."""
        async for update in self.ask(chosen.value["text"], conversation):
            yield update

    async def ask(self, question: str, conversation: Conversation) -> AsyncIterator[Update]:
        """Answer `question`, claim by claim."""
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), self.hint(_EMPTY)
            return
        asked = Exchange(len(conversation) + 1, question.strip())
        yield _shown(conversation, asked, gr.Textbox(value="", submit_btn=False, stop_btn="Stop"), hint=self.hint())
        history = [one.turn for one in conversation if one.turn]
        try:
            answer, texts = await _apart(lambda: self._answer(asked.question, history))
        except Exception as error:
            fault = not isinstance(error, AskDivideError)
            if fault:
                # Not raised: Gradio would leave the visitor with a chat that waits for an answer.
                logging.getLogger(__name__).exception("a question met with a fault")
            reply = replies.failure(_FAULT if fault else str(error))
            yield _shown(conversation, replace(asked, reply=reply, closed=True), _ready(value=question))
            return
        done = replace(asked, sources=cards.sources(answer, asked.number, texts), turn=Turn(answer.question, answer.text), answer=answer)
        count = max(len(answer.claims), 1)
        for shown in range(1, count + 1):
            now = replace(done, reply=replies.reply(answer, done.number, shown), closed=shown == count)
            panel = _panel((*conversation, now)) if shown == 1 else gr.skip()
            yield _shown(conversation, now, _ready() if now.closed else gr.skip(), panel=panel)
            if not now.closed:
                await asyncio.sleep(min(_PACE, _REVEAL / count))

    def stop(self, conversation: Conversation) -> Update:
        """Leave the answer in progress as far as it is."""
        if conversation and not conversation[-1].closed:
            last = conversation[-1]
            conversation = (*conversation[:-1], replace(last, reply=replies.stopped(last.reply), closed=True))
        return conversation, _messages(conversation), gr.skip(), _ready(), gr.skip()

    def renewed(self) -> Update:
        """An empty conversation."""
        return (), [], cards.panel([]), _ready(value=""), self.hint()

    def _answer(self, question: str, history: Sequence[Turn]) -> tuple[Answer, dict[str, str]]:
        """The answer, and the text of each cited article that is still as it was cited."""
        answer = self._assistant.ask(question, history=history)
        with self._assistant.index.reading() as catalog:
            rows = [(citation, catalog.document(citation.document)) for citation in answer.citations]
            return answer, {row.path: catalog.text(row.id) for citation, row in rows if row and row.version == citation.version}


def _shown(conversation: Conversation, last: Exchange, box: Any, *, panel: Any = None, hint: Any = None) -> Update:
    now = (*conversation, last)
    return now, _messages(now), gr.skip() if panel is None else panel, box, gr.skip() if hint is None else hint


def _ready(**properties: Any) -> Any:
    """The box as it is when no question is being answered."""
    return gr.Textbox(submit_btn="Ask", stop_btn=False, **properties)


def _messages(conversation: Conversation) -> list[dict[str, str]]:
    said = []
    for one in conversation:
        said.append({"role": "user", "content": replies.question(one.question)})
        said.append({"role": "assistant", "content": one.reply or replies.waiting()})
    return said


def _panel(conversation: Conversation) -> str:
    return cards.panel(one.sources for one in conversation[-_KEPT:])


async def _apart(work: Callable[[], Result]) -> Result:
    """`work` done in a thread of its own, for which neither a visitor who stops nor the end of the server waits."""
    future: Future[Result] = Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - handed to the one who awaits it
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(future)
