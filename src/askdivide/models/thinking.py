"""A reply as it arrives, a model's thinking kept apart from its answer."""

from __future__ import annotations

from collections.abc import Iterator

from askdivide.errors import NoAnswer
from askdivide.models.chat import Piece

_OPEN, _CLOSE = "<think>", "</think>"


class Reply:
    """Takes a reply apart that may begin with `<think>…</think>`, however the tags are cut into pieces.

    Only the beginning counts: an answer may well speak about the tags. Where the prompt has `opened` the thinking, the reply
    starts inside it; if it then never ends, the whole was the answer, and is given again as that.
    """

    def __init__(self, name: str, *, opened: bool = False, remedy: str = "ask something narrower") -> None:
        """`name` of the model and `remedy` are for the message when it thinks and does not answer."""
        self._name = name
        self._remedy = remedy
        self._state = "thinking" if opened else "start"
        self._assumed = opened
        self._held = ""
        self._thought: list[str] = []
        self._apart = self._answered = False

    def think(self, text: str) -> Piece:
        """The piece for thinking that the service has kept apart itself: then no tags are to be expected."""
        if not self._apart and self._state == "thinking" and not self._thought:
            self._state = "start"
        self._apart = True
        return Piece(text, thinking=True)

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that more text of the reply completes."""
        self._held += text
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._state, self._held = "thinking", begun.removeprefix(_OPEN)
            elif not _OPEN.startswith(begun):
                self._state = "answer"
        if self._state == "thinking":
            yield from self._thinking()
        if self._state == "gap":
            self._held = self._held.lstrip()
            self._state = "answer" if self._held else "gap"
        if self._state == "answer" and self._held:
            yield self._answer(self._held)
            self._held = ""

    def end(self, *, cut: bool = False) -> Iterator[Piece]:
        """What is left when the reply has ended, or when its length has `cut` it off, which its last piece then tells.

        Raises NoAnswer if it held no answer.
        """
        left, self._held = self._held, ""
        if self._state == "thinking":
            if left:
                self._thought.append(left)
                yield Piece(left, thinking=True)
            if self._assumed and self._thought and not cut:
                yield self._answer("".join(self._thought))
        elif self._state == "start" and left.strip():
            yield self._answer(left)
        if not self._answered:
            if self._apart or self._thought:
                raise NoAnswer(f"{self._name} thought, and came to no answer within its limit of tokens; {self._remedy}")
            raise NoAnswer(f"{self._name} gave an empty answer; ask in other words, or choose another model")
        if cut:
            yield Piece("", cut=True)

    def _answer(self, text: str) -> Piece:
        self._answered = self._answered or bool(text.strip())
        return Piece(text)

    def _thinking(self) -> Iterator[Piece]:
        if self._assumed and not self._thought:
            begun = self._held.lstrip()
            if len(begun) < len(_OPEN) and _OPEN.startswith(begun):
                return
            self._held = begun.removeprefix(_OPEN)
        thought, close, rest = self._held.partition(_CLOSE)
        if close:
            self._state, self._held = "gap", rest
        else:
            keep = next((size for size in range(len(_CLOSE) - 1, 0, -1) if thought.endswith(_CLOSE[:size])), 0)
            thought, self._held = thought[: len(thought) - keep], thought[len(thought) - keep :]
        if thought:
            self._thought.append(thought)
            yield Piece(thought, thinking=True)
