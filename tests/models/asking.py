"""Models behind the played service, and questions to them."""

from __future__ import annotations

from askdivide.models import Message
from askdivide.models.endpoint import Patience
from askdivide.models.failures import Asked
from askdivide.models.openai import OpenAIModel
from askdivide.models.presets import about, services
from provider import Provider

QUESTION = [Message("system", "Answer briefly."), Message("user", "When was the harbour founded?")]
QUICK = Patience(connect=5, silence=10, attempts=3, pause=0.01, longest_pause=0.3)
HASTY = Patience(connect=5, silence=0.4, attempts=3, pause=0.01, longest_pause=0.3)
SECRET = "sk-secret-0123456789abcdef"
KEYS = {"deepseek": "DEEPSEEK_API_KEY", "qwen": "DASHSCOPE_API_KEY", "openai": "OPENAI_API_KEY", "openrouter": "OPENROUTER_API_KEY"}
MODELS = {
    "deepseek": "deepseek-flash",
    "qwen": "qwen3.6-plus",
    "openai": "gpt-5.4-mini",
    "openrouter": "deepseek/deepseek-v4-flash",
    "ollama": "llama3.1:8b",
}


def model(provider: Provider, service: str = "server", name: str = "", context: int = 0, patience: Patience = QUICK) -> OpenAIModel:
    name = name or MODELS.get(service, "tiny")
    asked = Asked(f"{service}:{name}", name, services()[service], provider.url)
    return OpenAIModel(asked, about(service, name), context=context or 4096, patience=patience)


def answered(one: OpenAIModel, max_tokens: int = 50) -> tuple[str, str]:
    pieces = list(one.stream(QUESTION, max_tokens=max_tokens))
    return "".join(piece.text for piece in pieces if piece.thinking), "".join(piece.text for piece in pieces if not piece.thinking)
