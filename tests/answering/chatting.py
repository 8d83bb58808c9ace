"""Chat models for tests: one that says what it is told, and one that obeys whatever it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from askdivide.models.chat import ChatModel, Message, Piece


class Saying(ChatModel):
    """Says the given replies in turn, word by word; a reply may be an error to raise, or made from the messages.

    With `cut`, each ends as if its length were used up.
    """

    name = "test:saying"

    def __init__(
        self,
        *replies: str | BaseException | Callable[[Sequence[Message]], str],
        context_tokens: int = 8192,
        thinking: str = "",
        cut: bool = False,
    ) -> None:
        self.replies = list(replies)
        self.context_tokens = context_tokens
        self.thinking = thinking
        self.cut = cut
        self.asked: list[Sequence[Message]] = []
        self.said = 0
        self.closed = False

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        self.asked.append(messages)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, BaseException):
            yield Piece("In 2023 ")
            raise reply
        text = reply if isinstance(reply, str) else reply(messages)
        try:
            if self.thinking:
                yield Piece(self.thinking, thinking=True)
            for word in re.findall(r"\S+\s*", text):
                self.said += 1
                yield Piece(word)
            if self.cut:
                yield Piece("", cut=True)
        finally:
            self.closed = True


def passages_of(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Key and text of each passage of a prompt, found as a model finds them: by the lines that begin with a key."""
    found = re.split(r"^\[(S\d+)\][^\n]*\n", messages[-1].content.split("<<<BEGIN", 1)[1], flags=re.MULTILINE)
    return list(zip(found[1::2], found[2::2], strict=True))


def obedient(messages: Sequence[Message]) -> str:
    """What a model says that repeats its first passages sentence by sentence, each with its passage's key."""
    lines = [(key, line) for key, text in passages_of(messages)[:4] for line in text.split("\nEND ")[0].splitlines() if line.strip()]
    return "\n".join(" ".join(f"{sentence} [{key}]" for sentence in re.split(r"(?<=[.!?]) ", line)) for key, line in lines)
