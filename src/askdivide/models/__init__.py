"""Who writes the answer, by name; see registry.py."""

from __future__ import annotations

import sys

from askdivide.errors import ModelError
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.registry import QUOTE, check_model, open_model

__all__ = ["QUOTE", "ChatModel", "Message", "Piece", "as_chat_model", "check_model", "open_model"]


def as_chat_model(model: object) -> ChatModel:
    """`model` as a ChatModel: itself, or any LlamaIndex `LLM`. Raises ModelError for anything else."""
    if isinstance(model, ChatModel):
        return model
    # Whoever holds an LLM has loaded LlamaIndex; nobody else pays for it.
    if "llama_index.core" in sys.modules:
        from llama_index.core.llms import LLM

        from askdivide.models.llamaindex import LlamaIndexModel

        if isinstance(model, LLM):
            return LlamaIndexModel(model)
    raise ModelError(f"a {type(model).__name__} is neither a ChatModel nor a LlamaIndex LLM; give one of these, or a model's name")
