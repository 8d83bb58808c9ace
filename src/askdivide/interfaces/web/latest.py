"""The last question of a conversation, as the pictures and the judgements need it."""

from __future__ import annotations

from dataclasses import dataclass

from askdivide.interfaces.web.chat import Conversation
from askdivide.records import Answer, Turn


@dataclass(frozen=True)
class Latest:
    """A question that was answered, or refused."""

    number: int
    answer: Answer
    history: tuple[Turn, ...]
    """The turns before it."""


def latest(conversation: Conversation) -> Latest | None:
    """The last question, where its answer is there."""
    if not conversation or conversation[-1].answer is None:
        return None
    last = conversation[-1]
    assert last.answer is not None
    return Latest(last.number, last.answer, tuple(one.turn for one in conversation[:-1] if one.turn))


def last_answer(conversation: Conversation) -> Answer | None:
    """The last answer there is, also where a later question came to nothing."""
    return next((one.answer for one in reversed(conversation) if one.answer), None)
