"""Below the chat: whether the last answer is right, and if not, why."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from askdivide.errors import AskDivideError
from askdivide.evaluation.feedback import FILE, LONGEST_REASON, judgement, keep
from askdivide.interfaces.web.cards import safe
from askdivide.interfaces.web.latest import Latest, last_question
from askdivide.interfaces.web.turns import Conversation
from askdivide.interfaces.web.view import settled

_ANSWERED, _REFUSED = "Is this answer right?", "Is this refusal right?"
Update = tuple[Any, Any, Any, Any]
"""Of the row, the words in it, the box for a reason, and what it is about."""


@dataclass(frozen=True)
class About:
    """What the row asks about. Which answer is meant stays clear though another is asked for, or there, when it is judged."""

    key: str
    last: Latest
    right: bool | None = None
    """What the visitor said."""


class Feedback:
    """The row's events."""

    def __init__(self, folder: Path) -> None:
        """Judgements are kept in the index `folder`."""
        self._folder = folder

    def offered(self, conversation: Conversation, about: About | None) -> Update:
        """Ask about the last answer, where there is one that the row is not about already."""
        last = last_question(conversation)
        if last and about and about.last.answer == last.answer:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if last is None or not last.answer.read:
            return gr.Row(visible=False), _words(""), gr.Textbox(visible=False), None
        words = _words(_REFUSED if last.answer.refusal else _ANSWERED)
        return gr.Row(visible=True), words, gr.Textbox(visible=False, value=""), About(uuid.uuid4().hex, last)

    async def right(self, about: About | None) -> Update:
        """Note that the answer is right."""
        return await self._judge(about, right=True)

    async def wrong(self, about: About | None) -> Update:
        """Note that it is wrong."""
        return await self._judge(about, right=False)

    async def explain(self, reason: str, about: About | None) -> Update:
        """Add a reason to the judgement."""
        if about is None or about.right is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        problem = await self._keep(about, reason)
        return gr.skip(), _words(problem or "Thank you.", problem=bool(problem)), gr.Textbox(visible=bool(problem)), about

    async def _judge(self, about: About | None, *, right: bool) -> Update:
        if about is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        judged = replace(about, right=right)
        problem = await self._keep(judged)
        told = problem or f"Noted in {FILE}."
        return gr.skip(), _words(told, problem=bool(problem)), gr.Textbox(visible=not problem, placeholder=_asked(right)), judged

    async def _keep(self, judged: About, reason: str = "") -> str:
        """Keep a judgement; what is wrong where that cannot be done."""
        line = judgement(judged.key, judged.last.answer, judged.last.history, right=bool(judged.right), reason=reason)
        try:
            await asyncio.to_thread(keep, self._folder, line)
        except AskDivideError as error:
            return f"This could not be noted: {error}"
        return ""


def feedback_row(feedback: Feedback, conversation: Any, box: Any, asked: Sequence[Any], emptied: Sequence[Any]) -> None:
    """The row's parts and events. It comes after each event of `asked`, when the `box` is ready again, and goes with each of `emptied`."""

    def over(conversation: Conversation, about: About | None) -> tuple[Any, ...]:
        return *feedback.offered(conversation, about), settled(conversation)

    about = gr.State(None)
    with gr.Row(elem_id="feedback", visible=False) as row:
        words = gr.HTML(_words(_ANSWERED), elem_id="feedback-words", apply_default_css=False)
        yes = gr.Button("Yes", elem_id="feedback-yes", size="sm", scale=0)
        no = gr.Button("No", elem_id="feedback-no", size="sm", scale=0)
        reason = gr.Textbox(
            label="Reason", show_label=False, container=False, visible=False, lines=1, max_lines=1,
            max_length=LONGEST_REASON, submit_btn="Send", elem_id="feedback-reason",
        )  # fmt: skip
    shown = [row, words, reason, about]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for event in (*asked, *emptied):
        event.then(over, [conversation, about], [*shown, box], queue=False, **quiet)
    yes.click(feedback.right, [about], shown, concurrency_id="feedback", **quiet)
    no.click(feedback.wrong, [about], shown, concurrency_id="feedback", **quiet)
    reason.submit(feedback.explain, [reason, about], shown, concurrency_id="feedback", **quiet)


def _words(text: str, *, problem: bool = False) -> str:
    return f'<p role="status"{" class=problem" if problem else ""}>{safe(text)}</p>'


def _asked(right: bool) -> str:
    return "What is good about it? (optional)" if right else "What is wrong or missing? (optional)"
