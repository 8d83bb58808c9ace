"""The model `test:FILE`: replies from a file, for tests and for trying the program out without weights or keys.

A text file is one reply to every question. A `.json` file holds a list of replies, a `.jsonl` file one on each line. A reply
is a text, or an object:

    {"when": "harbour",                     only for questions that hold these words, in any case
     "reply": "It was founded in 1871."}    a text, or a list of pieces:

    "reply": ["It was ", "founded", {"thinking": "The second source says when."}, {"wait": 0.5}, {"error": "overloaded"}]

`{"error": MESSAGE}` fails as a service does that may be asked again, `{"error": MESSAGE, "lasting": true}` as one that may not.
The first reply whose `when` fits is taken, whenever it fits; the replies without `when` are taken in turn, and from the start
again after the last.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askdivide.errors import ModelError, ModelUnavailable
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.settings import Settings

CONTEXT = 32_768
_KINDS: dict[str, type | tuple[type, ...]] = {"thinking": str, "error": str, "wait": (int, float), "lasting": bool}


@dataclass(frozen=True)
class _Reply:
    when: str
    pieces: tuple[dict[str, Any], ...]


class ScriptedModel(ChatModel):
    """Replays replies. What it was asked is kept in `asked`, newest last."""

    def __init__(self, replies: Sequence[Any], *, name: str = "test:script", context_tokens: int = CONTEXT) -> None:
        """`replies` as in a file's list. Raises ModelError for one that is not of the form above."""
        self.name = name
        self.context_tokens = context_tokens
        self.asked: list[tuple[Message, ...]] = []
        made = [_reply(reply, f"reply {number} of {name}") for number, reply in enumerate(replies, 1)]
        self._fitting = [reply for reply in made if reply.when]
        self._others = [reply for reply in made if not reply.when]
        self._turn = 0
        self._lock = threading.Lock()
        if not made:
            raise ModelError(f"{name} holds no reply")

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply, word by word, as far as `max_tokens` words."""
        question = _question(next((message.content for message in reversed(messages) if message.role == "user"), ""))
        with self._lock:
            self.asked.append(tuple(messages))
            chosen = next((reply for reply in self._fitting if reply.when.casefold() in question.casefold()), None)
            if chosen is None and self._others:
                chosen = self._others[self._turn % len(self._others)]
                self._turn += 1
        if chosen is None:
            raise ModelError(f'{self.name} has no reply to this question; add one without "when"')
        return _played(chosen, max_tokens)


def open_scripted(name: str, settings: Settings) -> ChatModel:
    """The model `test:FILE`."""
    file = Path(name.removeprefix("test:")).expanduser()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read the replies in {file}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from error
    try:
        if file.suffix == ".json":
            replies = json.loads(text)
            replies = replies if isinstance(replies, list) else [replies]
        elif file.suffix == ".jsonl":
            replies = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            replies = [text]
    except ValueError as error:
        raise ModelError(f"the replies in {file} are not JSON: {error}") from error
    return ScriptedModel(replies, name=name, context_tokens=settings.context or CONTEXT)


def _question(prompt: str) -> str:
    """The question in a prompt: its last line. What stands above it are passages, which hold all manner of words."""
    return re.sub(r"^(?:Last question|Question):\s*", "", prompt.rstrip().rpartition("\n")[2])


def _reply(given: Any, place: str) -> _Reply:
    data = {"reply": given} if isinstance(given, str) else given
    if not isinstance(data, dict) or data.keys() - {"when", "reply"} or not isinstance(data.get("when", ""), str):
        raise ModelError(f'{place} is neither a text nor an object with "reply" and "when"')
    reply = data.get("reply")
    steps = [_step(step, place) for step in (reply if isinstance(reply, list) else [reply])]
    return _Reply(data.get("when", ""), tuple(piece for step in steps for piece in step))


def _step(given: Any, place: str) -> list[dict[str, Any]]:
    if isinstance(given, str):
        return [{"text": word} for word in re.findall(r"\s*\S+\s*", given) or [given]]
    if isinstance(given, dict) and given and all(isinstance(value, _KINDS.get(key, ())) for key, value in given.items()):
        return [given]
    raise ModelError(f'{place} holds something that is neither a text nor {{"thinking"}}, {{"wait"}} or {{"error"}}')


def _played(reply: _Reply, most: int) -> Iterator[Piece]:
    words = 0
    for piece in reply.pieces:
        if "error" in piece:
            raise (ModelError if piece.get("lasting") else ModelUnavailable)(piece["error"])
        if "wait" in piece:
            time.sleep(piece["wait"])
        if "thinking" in piece:
            yield Piece(piece["thinking"], thinking=True)
        if "text" in piece:
            if words == most:
                yield Piece("", cut=True)
                return
            words += 1
            yield Piece(piece["text"])
