"""The last question of a conversation, as the pictures and the judgements need it."""

from __future__ import annotations

from dataclasses import dataclass

from askdivide.interfaces.web.turns import Conversation
from askdivide.records import Answer, Turn


@dataclass(frozen=True)
class Latest:
    """A question that was answered, or refused."""

    answer: Answer
    history: tuple[Turn, ...]
    """The turns before it."""


def last_question(conversation: Conversation) -> Latest | None:
    """The last question, where its one answer is there; two beside each other are not judged."""
    if not conversation.exchanges:
        return None
    *before, last = conversation.exchanges
    if last.answer is None or len(last.replies) > 1:
        return None
    return Latest(last.answer, tuple(one.turn for one in before if one.turn))


def last_answer(conversation: Conversation) -> Answer | None:
    """The last answer there is, also where a later question came to nothing."""
    return next((one.answer for one in reversed(conversation.exchanges) if one.answer), None)
