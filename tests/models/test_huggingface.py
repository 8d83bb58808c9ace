"""Hugging Face models, with a tiny one made here: random weights, a real tokenizer, a real chat template."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import ModelError
from askdivide.models import Message, open_model
from askdivide.models.huggingface import HuggingFaceModel
from askdivide.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore")
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system message') }}{% endif %}"
    "{{ m.role }} {{ m.content }} {% endfor %}{% if add_generation_prompt %}assistant{% endif %}"
)
WORDS = "user assistant system When was the harbour founded ? In 1871 Hello world and then some more words of no meaning at all".split()
QUESTION = [Message("user", "When was the harbour founded ?")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    where = tmp_path_factory.mktemp("tiny")
    vocabulary = {word: number for number, word in enumerate(["<unk>", "<eos>", *dict.fromkeys(WORDS)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    fast.chat_template = TEMPLATE
    fast.save_pretrained(where)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=64, bos_token_id=None, eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(where)
    return where


@pytest.fixture(scope="module")
def model(folder: Path) -> HuggingFaceModel:
    return HuggingFaceModel(folder)


def changed(folder: Path, where: Path, name: str, change: Any) -> Path:
    """A copy of the model's folder with one file changed."""
    for file in folder.iterdir():
        (where / file.name).write_bytes(file.read_bytes())
    change(where / name)
    return where


def text(model: Any, messages: list[Message] = QUESTION, max_tokens: int = 10) -> str:
    return "".join(piece.text for piece in model.stream(messages, max_tokens=max_tokens))


def test_a_folder_is_asked_and_streams(model: HuggingFaceModel) -> None:
    pieces = list(model.stream(QUESTION, max_tokens=10))
    words = "".join(piece.text for piece in pieces).split()
    assert len(words) == 10
    assert len(pieces) > 5
    assert set(words) <= {*WORDS, "<unk>", "<eos>"}
    assert text(model).split() == words


def test_its_context_and_tokens_are_its_own(model: HuggingFaceModel) -> None:
    assert model.context_tokens == 64
    assert model.count_tokens("When was the harbour founded ?") == 6


def test_it_stops_when_nobody_listens(model: HuggingFaceModel) -> None:
    pieces: Iterator[Any] = iter(model.stream(QUESTION, max_tokens=50))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "askdivide-model"]
    assert len(text(model).split()) == 10


def test_two_questions_at_once_are_both_answered(model: HuggingFaceModel) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(text(model))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [text(model)] * 2


def test_a_prompt_that_does_not_fit_is_an_error_and_a_reply_is_cut_to_the_context(model: HuggingFaceModel) -> None:
    with pytest.raises(ModelError, match=r"too long for hf:.*: 202 tokens, and its context holds 64; raise ASKDIVIDE_CONTEXT"):
        text(model, [Message("user", "word " * 200)])
    pieces = list(model.stream([Message("user", "word " * 55)], max_tokens=500))
    assert len("".join(piece.text for piece in pieces).split()) == 64 - 57
    assert pieces[-1].cut


def test_a_system_message_goes_before_the_question_where_the_template_knows_none(model: HuggingFaceModel) -> None:
    messages = [Message("system", "Hello"), *QUESTION]
    assert model._prompt(messages).split() == ["user", "Hello", *QUESTION[0].content.split(), "assistant"]
    with pytest.raises(ModelError, match="the chat template of hf:.* refuses the messages: no system message"):
        model._prompt([Message("user", "?"), Message("system", "Hello")])


def test_a_template_that_opens_the_thinking(folder: Path, tmp_path: Path) -> None:
    where = changed(folder, tmp_path, "chat_template.jinja", lambda file: file.write_text(TEMPLATE + "<think>\n"))
    thinker = HuggingFaceModel(where)
    pieces = thinker.stream(QUESTION, max_tokens=3)
    assert next(pieces).thinking
    with pytest.raises(ModelError, match="thought, and came to no answer within its limit of tokens; raise ASKDIVIDE_CONTEXT"):
        list(pieces)
    assert thinker.thinking_tokens == 16


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("chat_template.jinja", Path.unlink, "has no chat template, so it is not made for answering"),
        ("config.json", lambda file: file.write_text("{"), "cannot be run by transformers"),
        ("config.json", lambda file: file.write_text('{"model_type": "no-such-kind"}'), "cannot be run by transformers"),
        ("config.json", lambda file: file.write_text(json.dumps({"auto_map": {"AutoConfig": "evil.Config"}})), "cannot be run"),
        ("model.safetensors", lambda file: file.write_bytes(b"cut"), "cannot be run by transformers"),
        ("model.safetensors", lambda file: file.rename(file.with_name("pytorch_model.bin")), "cannot be run by transformers"),
    ],
)
def test_a_folder_that_holds_no_chat_model_is_told(folder: Path, tmp_path: Path, name: str, change: Any, says: str) -> None:
    where = changed(folder, tmp_path, name, change)
    with pytest.raises(ModelError) as wrong:
        text(HuggingFaceModel(where))
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_name_is_looked_for_in_the_cache_and_not_fetched_when_offline(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "models--own--tiny"
    (cached / "snapshots" / "abc").mkdir(parents=True)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc")
    changed(folder, cached / "snapshots" / "abc", "config.json", lambda file: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert (open_model("hf:own/tiny", Settings()).name, open_model("hf:own/tiny", Settings()).context_tokens) == ("hf:own/tiny", 64)
    assert open_model(f"hf:{folder}", Settings()).name == f"hf:{folder}"
    with pytest.raises(ModelError, match="nobody/nothing is neither a folder here nor in the Hugging Face cache; unset HF_HUB_OFFLINE"):
        open_model("hf:nobody/nothing", Settings())
    with pytest.raises(ModelError, match="is neither a folder here nor in the Hugging Face cache"):
        open_model("hf:no//such name", Settings())
