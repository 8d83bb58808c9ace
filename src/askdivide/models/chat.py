"""What an answer model that writes is to the rest of the program: one method that streams text for a list of messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a model's output as it arrives."""

    text: str
    thinking: bool = False
    """Whether it is the model's reasoning, which is not part of the answer."""
    cut: bool = False
    """Whether the reply ends here because its length is used up, and not because the model had come to an end."""


class ChatModel(ABC):
    """A model that writes answers. Closing the iterator of `stream` stops the model."""

    name: str
    """As people name it: "provider:model"."""
    context_tokens: int
    """Tokens of prompt and reply together."""
    thinking_tokens: int = 0
    """Tokens that it may spend on thinking, on top of the reply's `max_tokens`; a prompt that leaves room for them is not cut short."""

    @abstractmethod
    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply to `messages`, of at most `max_tokens` tokens, as it arrives. Raises ModelError."""

    def count_tokens(self, text: str) -> int:
        """Tokens of `text`; where the tokenizer is not at hand an estimate from its bytes, high rather than low."""
        return len(text.encode("utf-8", "replace")) // 3 + 1
