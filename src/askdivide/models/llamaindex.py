"""Any LlamaIndex `LLM` as a model that answers for askdivide.

>>> assistant.ask("...", model=as_chat_model(llm))     # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from llama_index.core.llms import LLM, ChatMessage

from askdivide.errors import ModelError, ModelUnavailable
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.thinking import Reply


class LlamaIndexModel(ChatModel):
    """A LlamaIndex LLM, asked by its `stream_chat`. Its own settings, such as keys and limits, stay in force."""

    def __init__(self, llm: LLM) -> None:
        about = llm.metadata
        self.name = f"llamaindex:{about.model_name}"
        self.context_tokens = about.context_window
        self._llm = llm

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it arrives; it is left off after about `max_tokens` tokens, since not every LLM takes a limit."""
        asked = [ChatMessage(role=message.role, content=message.content) for message in messages]
        reply, length, cut = Reply(self.name), 0, False
        try:
            with closing(_deltas(self._llm.stream_chat(asked))) as deltas:
                for text, thought in deltas:
                    if thought:
                        yield reply.think(thought)
                    for piece in reply.feed(text):
                        length += 0 if piece.thinking else len(piece.text.encode())
                        yield piece
                    if cut := length > 4 * max_tokens:
                        break
            yield from reply.end(cut=cut)
        except ModelError:
            raise
        except (TimeoutError, ConnectionError) as error:
            raise ModelUnavailable(f"{self.name} did not answer ({_named(error)}); ask again") from error
        except Exception as error:
            # Every LLM class raises its own library's errors.
            raise ModelError(f"{self.name} failed: {_named(error)}") from error


def _deltas(responses: Any) -> Generator[tuple[str, str], None, None]:
    for response in responses:
        yield response.delta or "", str((response.additional_kwargs or {}).get("thinking_delta") or "")


def _named(error: Exception) -> str:
    from askdivide.models.failures import clean

    return clean(f"{type(error).__name__}: {error}")
