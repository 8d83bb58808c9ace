"""Any LlamaIndex LLM answers for askdivide."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import Field

from askdivide.errors import ModelError, ModelUnavailable
from askdivide.models import Message, Piece, as_chat_model
from askdivide.models.scripted import ScriptedModel

pytestmark = pytest.mark.filterwarnings("ignore")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from llama_index.core.llms import ChatMessage, ChatResponse, CustomLLM, LLMMetadata, MockLLM

QUESTION = [Message("system", "Be brief."), Message("user", "When?")]


class Told(CustomLLM):
    """An LLM that says what it is told, or raises it."""

    deltas: Sequence[Any] = ()
    asked: list[Any] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=2048, model_name="told")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise NotImplementedError

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        self.asked.append([(message.role.value, message.content) for message in messages])

        def gen() -> Any:
            for delta in self.deltas:
                if isinstance(delta, Exception):
                    raise delta
                more = {} if isinstance(delta, str) else delta
                text = delta if isinstance(delta, str) else ""
                yield ChatResponse(message=ChatMessage(role="assistant", content=""), delta=text, additional_kwargs=more)

        return gen()


def test_its_words_come_as_they_are_said() -> None:
    llm = Told(deltas=["In ", "1871."], asked=[])
    model = as_chat_model(llm)
    assert (model.name, model.context_tokens) == ("llamaindex:told", 2048)
    assert list(model.stream(QUESTION, max_tokens=50)) == [Piece("In "), Piece("1871.")]
    assert llm.asked == [[("system", "Be brief."), ("user", "When?")]]


def test_its_thinking_is_kept_apart() -> None:
    llm = Told(deltas=[{"thinking_delta": "Hm."}, "In 1871."])
    assert list(as_chat_model(llm).stream(QUESTION, max_tokens=50)) == [Piece("Hm.", thinking=True), Piece("In 1871.")]
    tagged = Told(deltas=["<think>Hm.</th", "ink>In 1871."])
    assert list(as_chat_model(tagged).stream(QUESTION, max_tokens=50))[-1] == Piece("In 1871.")


def test_a_reply_that_does_not_end_is_left_off() -> None:
    pieces = list(as_chat_model(Told(deltas=["word "] * 1000)).stream(QUESTION, max_tokens=10))
    assert 8 <= len(pieces) <= 10
    assert pieces[-1].cut


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            RuntimeError("boom\nwith lines, and the key sk-abcdefghijkl"),
            ModelError,
            "llamaindex:told failed: RuntimeError: boom with lines",
        ),
        (TimeoutError("slow"), ModelUnavailable, "llamaindex:told did not answer (TimeoutError: slow); ask again"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(error: Exception, kind: type[Exception], says: str) -> None:
    with pytest.raises(ModelError) as wrong:
        list(as_chat_model(Told(deltas=["In ", error])).stream(QUESTION, max_tokens=50))
    assert type(wrong.value) is kind
    assert says in str(wrong.value)
    assert "sk-abc" not in str(wrong.value)


def test_llamaindexs_own_mock() -> None:
    assert "When?" in "".join(piece.text for piece in as_chat_model(MockLLM()).stream(QUESTION, max_tokens=50))


def test_a_model_of_ours_stays_what_it_is_and_anything_else_is_told() -> None:
    ours = ScriptedModel(["yes"])
    assert as_chat_model(ours) is ours
    with pytest.raises(ModelError, match="a str is neither a ChatModel nor a LlamaIndex LLM; give one of these, or a model's name"):
        as_chat_model("deepseek")


def test_asking_whether_something_is_a_model_loads_no_llamaindex() -> None:
    code = (
        "import sys\nfrom askdivide.models import as_chat_model, open_model\nfrom askdivide.errors import ModelError\n"
        "try:\n    as_chat_model(3)\nexcept ModelError:\n    print(sorted({'llama_index', 'httpx', 'torch', 'xllamacpp'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout == "[]\n"
