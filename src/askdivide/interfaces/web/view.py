"""Conversations as updates of the page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web import cards, replies, scope
from askdivide.interfaces.web.turns import Conversation, Exchange
from askdivide.records import Answer

_KEPT = 10
"""Exchanges whose sources stay within reach of their markers."""

Update = tuple[Any, Any, Any, Any, Any]
"""Of the conversation, the messages, the panel of sources, the box, the hint. Each costs Gradio 2 to 3 ms, also where nothing changes."""


Updates = AsyncGenerator[Update, None]


class View:
    """Draws exchanges, with their sources as the articles are now."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def closed(self, exchange: Exchange) -> Exchange:
        """An exchange of which nothing more will come, drawn. Raises IndexProblem."""
        texts, marked, gone, changed = self._texts(exchange.answers)
        several = len(exchange.replies) > 1
        sections = [
            cards.sources(one.answer, f"{exchange.number}{side if several else ''}", texts, gone, marked=marked, one_of_two=several)
            for side, one in zip("ab", exchange.replies, strict=False)
            if one.answer
        ]
        message = replies.finished(exchange.replies, exchange.number, changed)
        sources = cards.together(exchange.number, sections) if several and any(sections) else "".join(sections)
        return replace(exchange, message=message, sources=sources, closed=True)

    def drawn(self, conversation: Conversation) -> Conversation:
        """A conversation with those of its exchanges drawn that are on the page."""
        hidden = len(conversation.exchanges) - len(conversation.visible)
        made = [one if one.message else self.closed(one) for one in conversation.visible]
        return replace(conversation, exchanges=(*conversation.exchanges[:hidden], *made))

    def _texts(self, answers: Sequence[Answer]) -> tuple[dict[str, str], set[str], set[str], int]:
        """The cited articles' texts where they are as cited; which of them have marks; those gone; how many citations are not as cited."""
        texts: dict[str, str] = {}
        marked: set[str] = set()
        gone: set[str] = set()
        changed = 0
        with self._assistant.index.reading() as catalog:
            for citation in (citation for answer in answers for citation in answer.citations):
                row = catalog.document(citation.document)
                if row is None:
                    gone.add(citation.document)
                elif row.version == citation.version and row.path not in texts:
                    texts[row.path] = catalog.text(row.id)
                    marked |= {row.path} if row.markup else set()
                changed += row is None or row.version != citation.version
        return texts, marked, gone, changed


def whole(conversation: Conversation, *, box: Any = None, hint: Any = None) -> Update:
    """Everything that belongs to a conversation, anew."""
    return conversation, messages(conversation), _panel(conversation), _or_skip(box), _or_skip(hint)


def latest(conversation: Conversation, last: Exchange, box: Any = None, *, panel: bool = False, hint: Any = None) -> Update:
    """A conversation that `last` has come to, or has come further."""
    now = replace(conversation, exchanges=(*conversation.exchanges, last))
    return now, messages(now), _panel(now) if panel else gr.skip(), _or_skip(box), _or_skip(hint)


def unchanged(*, hint: Any = None, box: Any = None) -> Update:
    """An update of the box and the line below it alone."""
    return gr.skip(), gr.skip(), gr.skip(), _or_skip(box), _or_skip(hint)


def messages(conversation: Conversation) -> list[dict[str, str]]:
    """The messages on the page."""
    said = []
    above = replies.earlier(len(conversation.exchanges) - len(conversation.visible))
    for one in conversation.visible:
        said.append({"role": "user", "content": above + replies.question(one.question, scope.words(one.filters))})
        said.append({"role": "assistant", "content": one.message or replies.waiting()})
        above = ""
    return said


def settled(conversation: Conversation) -> Any:
    """The box when an event that asks is over: ready, where no other is answering.

    To be shown by an event that follows. While the event itself lasts, until some moments after its last update, Gradio's
    page ignores that a question is sent; whoever saw the button by then lost the next one.
    """
    answering = conversation.exchanges and not conversation.exchanges[-1].closed
    return gr.skip() if answering else ready()


def ready(**properties: Any) -> Any:
    """The box as it is when no question is being answered."""
    return gr.Textbox(submit_btn="Ask", stop_btn=False, **properties)


def busy(**properties: Any) -> Any:
    """The box as it is while a question is being answered."""
    return gr.Textbox(submit_btn=False, stop_btn="Stop", **properties)


def _panel(conversation: Conversation) -> str:
    return cards.panel(one.sources for one in conversation.exchanges[-_KEPT:])


def _or_skip(value: Any) -> Any:
    return gr.skip() if value is None else value
