"""Models behind the OpenAI protocol: DeepSeek, Qwen, OpenAI, OpenRouter, Ollama, and any server that speaks it.

vLLM (also on Huawei Ascend), SGLang, llama.cpp's server and LM Studio are such servers: `server:NAME@BASE_URL`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from askdivide.errors import ModelUnknown
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.endpoint import Endpoint, Patience, key_of, parsed
from askdivide.models.failures import Asked, TryAgain
from askdivide.models.presets import Preset, about, services
from askdivide.models.sse import ServerEvent
from askdivide.models.thinking import Reply
from askdivide.settings import Settings

CONTEXT = 8192
"""Tokens of context of a model that does not tell."""
OLLAMA_CONTEXT = 4096
"""Of a model that Ollama has not loaded yet. A longer prompt it would cut without a word."""
_BROKEN = ("insufficient_system_resource", "error", "abort")
"""Ways to end that are none: DeepSeek's, OpenRouter's, vLLM's."""
THINKING = 8192
"""Tokens that a model which thinks may spend on it, where its context allows."""


class OpenAIModel(ChatModel):
    """A model behind an endpoint that speaks OpenAI's chat completions."""

    def __init__(self, asked: Asked, preset: Preset, *, context: int = 0, patience: Patience = Patience()) -> None:
        """With a `context` of 0 it is the preset's, or what the server says."""
        self.name = asked.name
        self._asked = asked
        self._preset = preset
        self._context = context
        self._endpoint = Endpoint(asked, "/chat/completions", patience, _headers)

    @property
    def context_tokens(self) -> int:  # type: ignore[override]
        """Tokens of prompt and reply together; asked of the server once where nothing else tells."""
        if not self._context:
            self._context = self._ask_context()
        return self._context

    @property
    def thinking_tokens(self) -> int:  # type: ignore[override]
        """Tokens on top of a reply's for the thinking of a model that is known to think."""
        return min(THINKING, self.context_tokens // 4) if self._preset.thinks else 0

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it arrives, thinking kept apart."""
        room = self.context_tokens - sum(self.count_tokens(message.content) for message in messages) - max_tokens
        body: dict[str, Any] = {
            "model": self._asked.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            self._asked.service.limit: max_tokens + max(0, min(self.thinking_tokens, room)),
        }
        if self._asked.service.name in ("server", "ollama") and not self._preset.thinks:
            # The same question gets the same answer. Models that think repeat themselves at 0, and hosted ones may refuse it.
            body["temperature"] = 0
        return self._endpoint.ask(body, self._read)

    def _read(self, events: Iterator[ServerEvent]) -> Iterator[Piece]:
        reply, finish = Reply(self.name, opened=self._preset.thinks == "opened"), ""
        for event in events:
            if event.data == "[DONE]":
                finish = finish or "stop"
                break
            for choice in parsed(event, self._asked).get("choices") or ():
                delta = choice.get("delta") or choice.get("message") or {}
                if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
                    yield reply.think(str(reasoning))
                yield from reply.feed(_text(delta.get("content")))
                finish = choice.get("finish_reason") or finish
        if finish == "content_filter":
            raise self._asked.failure(None, '{"error": {"code": "content_filter"}}')
        if finish in ("", *_BROKEN):
            raise TryAgain(f"{self.name} broke off in the middle of its answer; ask again")
        yield from reply.end(cut=finish == "length")

    def _ask_context(self) -> int:
        if self._preset.context and self._asked.service.name not in ("server", "ollama"):
            return self._preset.context
        if self._asked.service.name == "ollama":
            loaded = _listed(self._endpoint.get(self._asked.url.removesuffix("/v1") + "/api/ps"), "models")
            return next((one["context_length"] for one in loaded if _is(one, self._asked.model, "context_length")), OLLAMA_CONTEXT)
        known = _listed(self._endpoint.get(self._asked.url + "/models"), "data")
        for one in known:
            meta = one.get("meta")
            told = one.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None) or one.get("context_length")
            if isinstance(told, int) and told > 0 and (one.get("id") == self._asked.model or len(known) == 1):
                return told
        return CONTEXT


def open_service(name: str, settings: Settings) -> ChatModel:
    """The model `service:model` of one of the services in presets.toml."""
    provider, _, model = name.partition(":")
    service = services()[provider]
    if model in service.retired:
        raise ModelUnknown(f"{service.title} has retired {model}; use {provider}:{service.retired[model]}")
    url = service.address()
    if provider == "ollama" and not url.endswith("/v1"):
        url += "/v1"
    asked = Asked(name, model, service, url)
    key_of(asked)
    return OpenAIModel(asked, about(provider, model), context=settings.context, patience=patience_of(settings))


def open_server(name: str, settings: Settings) -> ChatModel:
    """The model `server:NAME@BASE_URL`."""
    model, _, url = name.removeprefix("server:").rpartition("@")
    if not model or not url:
        raise ModelUnknown(f"{name} lacks a part; write server:NAME@BASE_URL, as in server:Qwen/Qwen3.6-27B@http://127.0.0.1:8000/v1")
    asked = Asked(name, model, services()["server"], url.rstrip("/"))
    return OpenAIModel(asked, about("server", model), context=settings.context, patience=patience_of(settings))


def patience_of(settings: Settings) -> Patience:
    """Time limits as set."""
    return Patience(silence=settings.model_silence)


def _headers(key: str) -> dict[str, str]:
    return {"Accept": "text/event-stream", **({"Authorization": f"Bearer {key}"} if key else {})}


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _listed(data: Any, key: str) -> list[dict[str, Any]]:
    found = data.get(key) if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is(one: dict[str, Any], model: str, key: str) -> bool:
    names = {model, f"{model}:latest"}
    return (one.get("name") in names or one.get("model") in names) and isinstance(one.get(key), int)
