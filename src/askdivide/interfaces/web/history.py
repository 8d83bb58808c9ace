"""What happens to kept conversations: listed, opened, renamed, deleted, taken along as a file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import gradio as gr

from askdivide.errors import AskDivideError
from askdivide.interfaces.transcript import markdown
from askdivide.interfaces.web import replies
from askdivide.interfaces.web.chat import Chat
from askdivide.interfaces.web.turns import Conversation
from askdivide.interfaces.web.view import Update, ready, unchanged, whole
from askdivide.interfaces.web.visitors import owner

_NOT_KEPT = "Conversations last as long as this page: {} cannot be written."
_NOT_KNOWN = "Conversations last as long as this page, because your browser keeps no cookies."
_NONE = "Conversations that you have had are listed here."


class History:
    """The events of the drawer with a visitor's conversations."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._kept = chat.kept

    def arrived(self, begun_anew: str, request: gr.Request) -> Update:
        """For a page just opened: the visitor's latest conversation, or a question that the address asks in the box.

        With `begun_anew` this browser's tab had an empty conversation before, which it still has.
        """
        if question := str(request.query_params.get("q") or "").strip():
            return whole(Conversation(), box=ready(value=question))
        try:
            listed = self._kept.list(owner(request)) if owner(request) and not begun_anew else []
            if listed and (found := self._load(listed[0].id, request)):
                return whole(found)
        except AskDivideError as error:
            return unchanged(hint=replies.hint("", problem=str(error)))
        # No more is touched: the visitor may have asked something already.
        return unchanged()

    def listed(self, conversation: Conversation, request: gr.Request) -> tuple[Any, Any, Any, Any]:
        """The list with the open conversation chosen, a word on it, its title, and whether there is something to do with it."""
        mine = owner(request)
        try:
            rows = self._kept.list(mine) if mine else []
            problem = "" if mine else _NOT_KNOWN
        except AskDivideError as error:
            rows, problem = [], str(error)
        if not self._kept.kept:
            problem = _NOT_KEPT.format(self._kept.file.parent)
        told = problem or ("" if rows else _NONE)
        choices = [(row.title, row.id) for row in rows]
        open_one = next((row for row in rows if row.id == conversation.id), None)
        radio = gr.Radio(choices=choices, value=open_one and open_one.id, visible=bool(rows))
        title = gr.Textbox(value=open_one.title if open_one else "", visible=open_one is not None)
        return radio, replies.word(told), title, gr.Column(visible=bool(conversation.exchanges))

    def open(self, chosen: str, request: gr.Request) -> Update:
        """Another conversation."""
        try:
            found = self._load(chosen, request)
        except AskDivideError as error:
            return unchanged(hint=replies.hint("", problem=str(error)))
        return whole(found, box=ready()) if found else unchanged(hint=replies.hint("", problem="That conversation is gone."))

    def rename(self, conversation: Conversation, title: str, request: gr.Request) -> Conversation:
        """The open conversation under another title."""
        title = " ".join(title.split())
        if title and (mine := owner(request)):
            self._kept.rename(mine, conversation.id, title)
            conversation = replace(conversation, title=title)
        return conversation

    def delete(self, conversation: Conversation, request: gr.Request) -> Update:
        """Delete the open conversation and begin an empty one."""
        self._kept.delete(owner(request), conversation.id)
        return self._chat.renewed()

    def as_markdown(self, conversation: Conversation) -> tuple[str, str]:
        """A name for a file and the conversation as Markdown with footnotes."""
        answers = [answer for one in conversation.exchanges for answer in one.answers]
        return f"{_name(conversation)}.md", markdown(answers)

    def as_json(self, conversation: Conversation) -> tuple[str, str]:
        """A name for a file and the conversation as JSON, answers in the shape of `ask --json`."""
        turns = [{"question": one.question, "answers": [answer.to_dict() for answer in one.answers]} for one in conversation.exchanges]
        return f"{_name(conversation)}.json", json.dumps({"title": conversation.title, "turns": turns}, ensure_ascii=False, indent=2)

    def _load(self, chosen: str, request: gr.Request) -> Conversation | None:
        found = self._kept.load(owner(request), chosen)
        if found is None:
            return None
        title, exchanges = found
        return self._chat.view.drawn(Conversation(chosen, title, exchanges))


def _name(conversation: Conversation) -> str:
    return "-".join(re.findall(r"\w+", conversation.title.casefold())[:8])[:60] or "conversation"
