"""Who writes an answer: a name, a model, or nobody."""

from __future__ import annotations

from typing import Any

from askdivide import models
from askdivide.models import QUOTE, check_model
from askdivide.models.chat import ChatModel


def open_writer(model: Any) -> ChatModel | None:
    """The chat model that `model` names or is (a `ChatModel`, or a LlamaIndex `LLM`); None for the quote model. Raises ModelError."""
    if isinstance(model, ChatModel):
        return model
    if model == QUOTE:
        return None
    opened = _OPENERS[isinstance(model, str)](model)
    assert isinstance(opened, ChatModel)
    return opened


_OPENERS = {named: getattr(models, opener, check_model) for named, opener in ((True, "open_model"), (False, "as_chat_model"))}
