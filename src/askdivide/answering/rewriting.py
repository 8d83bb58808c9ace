"""A follow-up question made to stand alone by a chat model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdivide.answering import prompt
from askdivide.answering.fence import as_data, fence
from askdivide.answering.generate import completed
from askdivide.models.chat import ChatModel, Message
from askdivide.records import Turn
from askdivide.retrieval.conversation import standalone
from askdivide.text.facts import find_facts, has_name, name_forms
from askdivide.text.terms import content_terms

_TURNS = 6
_ANSWER_MOST = 400
"""Characters of an earlier answer that are shown."""
_LONGEST = 400
_TOKENS = 1024
"""A model that reasons needs room for it."""


def rewritten(question: str, history: Sequence[Turn], writer: ChatModel) -> str:
    """`question` as it stands without `history`: as `writer` puts it or, where its reply is not a fitting question, by rules.

    Raises ModelError where the model fails.
    """
    conversation = "\n".join(_line(turn) for turn in history[-_TURNS:])
    asked = " ".join(question.split())
    marks = fence(conversation, asked)
    text = prompt.load("standalone").fill(open=marks.open, close=marks.close, conversation=conversation, question=asked)
    reply = _only_line(completed(writer, [Message("user", text)], _TOKENS))
    return reply if reply and _fits(reply, question, history) else standalone(question, history)


def _line(turn: Turn) -> str:
    answer = " ".join(as_data(re.sub(r" ?\[\d+\]", "", turn.answer)).split())[:_ANSWER_MOST]
    return f"Question: {' '.join(as_data(turn.question).split())}" + (f"\nAnswer: {answer}" if answer else "")


def _only_line(reply: str) -> str:
    lines = [line.strip() for line in reply.strip().splitlines() if line.strip()]
    if len(lines) != 1:
        return ""
    line = re.sub(r"^(?:standalone |rewritten |last )?question:\s*", "", lines[0], flags=re.IGNORECASE).strip('"“”`* ')
    return line if len(line) <= _LONGEST else ""


def _fits(reply: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether `reply` asks what was asked: it keeps the question's words, and names nothing that was not named."""
    known = "\n".join([question, *(f"{turn.question}\n{turn.answer}" for turn in history)])
    own, kept, said = set(content_terms(question)), set(content_terms(reply)), set(content_terms(known))
    if own and len(own & kept) < len(own) / 2:
        return False
    forms, facts = name_forms(known), find_facts(reply)
    if any(not has_name(one.text, forms) for one in facts.names if one.sure):
        return False
    # A rewording may bring a word or two of its own; an answer brings many.
    return len(kept - said) <= max(2, len(kept) // 3) and bool(kept)
