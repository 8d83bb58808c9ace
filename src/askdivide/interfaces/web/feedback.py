"""Below the chat: whether the last answer is right, and if not, why."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from askdivide.errors import AskDivideError
from askdivide.evaluation.feedback import FILE, LONGEST_REASON, judgement, keep
from askdivide.interfaces.web.cards import safe
from askdivide.interfaces.web.latest import Latest, last_question
from askdivide.interfaces.web.turns import Conversation
from askdivide.interfaces.web.view import settled
from askdivide.records import Answer

_ANSWERED, _REFUSED = "Is this answer right?", "Is this refusal right?"
Update = tuple[Any, Any, Any, Any]
"""Of the row, the words in it, the box for a reason, and what was judged."""


@dataclass(frozen=True)
class Given:
    """A judgement of one visitor."""

    key: str
    answer: Answer
    """What was judged: the same question may be asked again."""
    right: bool


class Feedback:
    """The row's events."""

    def __init__(self, folder: Path) -> None:
        """Judgements are kept in the index `folder`."""
        self._folder = folder

    def offered(self, conversation: Conversation, given: Given | None) -> Update:
        """Ask about the last answer, where there is one that was not judged: a quick visitor is before the page with it."""
        last = last_question(conversation)
        if last and given and given.answer == last.answer:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if last is None or not last.answer.read:
            return gr.Row(visible=False), _words(""), gr.Textbox(visible=False), None
        return gr.Row(visible=True), _words(_REFUSED if last.answer.refusal else _ANSWERED), gr.Textbox(visible=False, value=""), None

    async def right(self, conversation: Conversation, given: Given | None) -> Update:
        """Note that the last answer is right."""
        return await self._judge(conversation, given, right=True)

    async def wrong(self, conversation: Conversation, given: Given | None) -> Update:
        """Note that it is wrong."""
        return await self._judge(conversation, given, right=False)

    async def explain(self, reason: str, conversation: Conversation, given: Given | None) -> Update:
        """Add a reason to the judgement."""
        last = last_question(conversation)
        if given is None or last is None or last.answer != given.answer:
            return self.offered(conversation, None)
        problem = await self._keep(last, given, reason)
        return gr.skip(), _words(problem or "Thank you.", problem=bool(problem)), gr.Textbox(visible=bool(problem)), given

    async def _judge(self, conversation: Conversation, before: Given | None, *, right: bool) -> Update:
        last = last_question(conversation)
        if last is None:
            return self.offered(conversation, None)
        key = before.key if before and before.answer == last.answer else uuid.uuid4().hex
        given = Given(key, last.answer, right)
        problem = await self._keep(last, given)
        told = problem or f"Noted in {FILE}."
        return gr.skip(), _words(told, problem=bool(problem)), gr.Textbox(visible=not problem, placeholder=_asked(right)), given

    async def _keep(self, last: Latest, given: Given, reason: str = "") -> str:
        """Keep a judgement; what is wrong where that cannot be done."""
        line = judgement(given.key, last.answer, last.history, right=given.right, reason=reason)
        try:
            await asyncio.to_thread(keep, self._folder, line)
        except AskDivideError as error:
            return f"This could not be noted: {error}"
        return ""


def feedback_row(feedback: Feedback, conversation: Any, box: Any, asked: Sequence[Any], emptied: Sequence[Any]) -> None:
    """The row's parts and events. It comes after each event of `asked`, when the `box` is ready again, and goes with each of `emptied`."""

    def over(conversation: Conversation, given: Given | None) -> tuple[Any, ...]:
        return *feedback.offered(conversation, given), settled(conversation)

    given = gr.State(None)
    with gr.Row(elem_id="feedback", visible=False) as row:
        words = gr.HTML(_words(_ANSWERED), elem_id="feedback-words", apply_default_css=False)
        yes = gr.Button("Yes", elem_id="feedback-yes", size="sm", scale=0)
        no = gr.Button("No", elem_id="feedback-no", size="sm", scale=0)
        reason = gr.Textbox(
            label="Reason", show_label=False, container=False, visible=False, lines=1, max_lines=1,
            max_length=LONGEST_REASON, submit_btn="Send", elem_id="feedback-reason",
        )  # fmt: skip
    shown = [row, words, reason, given]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for event in (*asked, *emptied):
        event.then(over, [conversation, given], [*shown, box], queue=False, **quiet)
    yes.click(feedback.right, [conversation, given], shown, concurrency_id="feedback", **quiet)
    no.click(feedback.wrong, [conversation, given], shown, concurrency_id="feedback", **quiet)
    reason.submit(feedback.explain, [reason, conversation, given], shown, concurrency_id="feedback", **quiet)


def _words(text: str, *, problem: bool = False) -> str:
    return f'<p role="status"{" class=problem" if problem else ""}>{safe(text)}</p>'


def _asked(right: bool) -> str:
    return "What is good about it? (optional)" if right else "What is wrong or missing? (optional)"
