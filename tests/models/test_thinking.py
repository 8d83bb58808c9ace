"""Thinking between tags is kept apart from the answer, however the text is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdivide.errors import ModelError
from askdivide.models.chat import Piece
from askdivide.models.thinking import Reply


def taken_apart(texts: list[str], *, opened: bool = False, cut: bool = False) -> tuple[str, str]:
    reply = Reply("test:model", opened=opened)
    pieces = [piece for text in texts for piece in reply.feed(text)] + list(reply.end(cut=cut))
    return "".join(piece.text for piece in pieces if piece.thinking), "".join(piece.text for piece in pieces if not piece.thinking)


@pytest.mark.parametrize(
    ("text", "opened", "thinking", "answer"),
    [
        ("Just an answer.", False, "", "Just an answer."),
        ("<think>Let me see.</think>It is so.", False, "Let me see.", "It is so."),
        ("\n<think>\nLet me see.\n</think>\n\nIt is so.", False, "\nLet me see.\n", "It is so."),
        ("Let me see.</think>\n\nIt is so.", True, "Let me see.", "It is so."),
        ("<think>Let me see.</think>It is so.", True, "Let me see.", "It is so."),
        ("<think></think>It is so.", False, "", "It is so."),
        ("The tag <think> begins it, </think> ends it.", False, "", "The tag <think> begins it, </think> ends it."),
        ("<think>a < b </thin</think>a < b", False, "a < b </thin", "a < b"),
        ("<thinker>x", False, "", "<thinker>x"),
        ("<", False, "", "<"),
    ],
)
@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_thinking_and_answer(text: str, opened: bool, thinking: str, answer: str, cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(text)]
    assert taken_apart([text[a:b] for a, b in pairwise(at)], opened=opened) == (thinking, answer)


def test_words_of_the_answer_come_at_once() -> None:
    reply = Reply("test:model")
    assert [[piece.text for piece in reply.feed(text)] for text in ("Yes", ", ", "it is <b")] == [["Yes"], [", "], ["it is <b"]]


def test_thinking_that_a_prompt_opened_and_nothing_closed_was_the_answer() -> None:
    assert taken_apart(["It is ", "so."], opened=True) == ("It is so.", "It is so.")


def test_a_reply_that_is_thinking_alone_is_an_error() -> None:
    for texts, opened in ((["<think>Hm", "m"], False), (["Hmm"], True)):
        with pytest.raises(ModelError, match="test:model thought, and came to no answer within its limit of tokens"):
            taken_apart(texts, opened=opened, cut=True)


def test_a_reply_that_is_cut_off_says_so() -> None:
    reply = Reply("test:model")
    assert [*reply.feed("It is"), *reply.end(cut=True)] == [Piece("It is"), Piece("", cut=True)]


def test_tags_are_text_where_the_service_keeps_the_thinking_apart() -> None:
    reply = Reply("test:model", opened=True)
    assert reply.think("Hm.").thinking
    assert list(reply.feed("Plain.")) == [Piece("Plain.")]
    assert list(reply.end()) == []
