"""Who writes an answer: a name, a model, or nobody."""

from __future__ import annotations

from typing import Any

from askdivide.models import QUOTE, ChatModel, as_chat_model, open_model
from askdivide.settings import Settings


def open_writer(model: Any, settings: Settings) -> ChatModel | None:
    """The chat model that `model` names or is (a `ChatModel`, or a LlamaIndex `LLM`); None for the quote model. Raises ModelError."""
    if model == QUOTE:
        return None
    return open_model(model, settings) if isinstance(model, str) else as_chat_model(model)
