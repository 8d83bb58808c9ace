"""Anthropic's Messages API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.endpoint import Endpoint, Patience, key_of, parsed
from askdivide.models.failures import Asked, TryAgain
from askdivide.models.openai import THINKING, patience_of
from askdivide.models.presets import Preset, about, services
from askdivide.models.sse import ServerEvent
from askdivide.models.thinking import Reply
from askdivide.settings import Settings

VERSION = "2023-06-01"
CONTEXT = 200_000
"""Tokens of context of a model that presets.toml does not know: what every Claude model has at least."""


class AnthropicModel(ChatModel):
    """A model behind Anthropic's Messages API."""

    def __init__(self, asked: Asked, preset: Preset, *, context: int = 0, patience: Patience = Patience()) -> None:
        self.name = asked.name
        self.context_tokens = context or preset.context or CONTEXT
        self.thinking_tokens = min(THINKING, self.context_tokens // 4) if preset.thinks else 0
        self._asked = asked
        self._endpoint = Endpoint(asked, "/v1/messages", patience, _headers)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it arrives, thinking kept apart."""
        body: dict[str, Any] = {
            "model": self._asked.model,
            "max_tokens": max_tokens + self.thinking_tokens,
            "stream": True,
            "messages": [{"role": one.role, "content": one.content} for one in messages if one.role != "system"],
        }
        if system := "\n\n".join(message.content for message in messages if message.role == "system"):
            body["system"] = system
        return self._endpoint.ask(body, self._read)

    def _read(self, events: Iterator[ServerEvent]) -> Iterator[Piece]:
        reply, reason = Reply(self.name), ""
        for event in events:
            data = parsed(event, self._asked)
            delta = data.get("delta") or {}
            if data.get("type") == "message":
                # An answer that was not streamed.
                yield from reply.feed("".join(str(block.get("text") or "") for block in data.get("content") or ()))
                delta = data
            if thinking := delta.get("thinking"):
                yield reply.think(str(thinking))
            yield from reply.feed(str(delta.get("text") or ""))
            reason = delta.get("stop_reason") or reason
            if data.get("type") == "message_stop":
                reason = reason or "end_turn"
                break
        if reason == "refusal":
            raise self._asked.failure(None, '{"error": {"code": "content_filter"}}')
        if reason == "model_context_window_exceeded":
            raise self._asked.overflow()
        if not reason:
            raise TryAgain(f"{self.name} broke off in the middle of its answer; ask again")
        yield from reply.end(cut=reason == "max_tokens")


def open_anthropic(name: str, settings: Settings) -> ChatModel:
    """The model `anthropic:NAME`."""
    service = services()["anthropic"]
    model = name.removeprefix("anthropic:")
    asked = Asked(name, model, service, service.address().removesuffix("/v1"))
    key_of(asked)
    return AnthropicModel(asked, about("anthropic", model), context=settings.context, patience=patience_of(settings))


def _headers(key: str) -> dict[str, str]:
    return {"Accept": "text/event-stream", "x-api-key": key, "anthropic-version": VERSION}
