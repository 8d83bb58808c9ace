"""Models by name: every form, near matches, other packages, and what stays open."""

from __future__ import annotations

import importlib.metadata
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from askdivide.errors import ExtraMissing, ModelError, ModelUnknown
from askdivide.models import ChatModel, Message, Piece, check_model, open_model, registry
from askdivide.settings import Settings


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("quote", "quote"),
        ("deepseek", "deepseek:deepseek-flash"),
        ("qwen", "qwen:qwen3.6-plus"),
        ("ollama", "ollama:gpt-oss:20b"),
        ("ollama:qwen3:8b", "ollama:qwen3:8b"),
        ("openrouter:any/thing:free", "openrouter:any/thing:free"),
        ("gguf:/models/a.gguf", "gguf:/models/a.gguf"),
        ("server:org/name@http://host:8000/v1", "server:org/name@http://host:8000/v1"),
        ("test:replies.json", "test:replies.json"),
    ],
)
def test_a_provider_alone_takes_its_default(name: str, full: str) -> None:
    assert check_model(name) == full


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("quote:foo", "did you mean quote?"),
        ("qoute", "no answer model is named 'qoute'; did you mean quote?"),
        ("deepsek:deepseek-v4-pro", "did you mean deepseek:deepseek-v4-pro?"),
        ("Anthropic", "did you mean anthropic?"),
        ("qwen3.6-plus", "did you mean qwen:qwen3.6-plus?"),
        ("claude-sonnet-5", "did you mean anthropic:claude-sonnet-5-5?"),
        ("model.gguf", "did you mean gguf:model.gguf?"),
        ("zzz", "known are: quote, gguf, hf, ollama, server, deepseek, qwen, openai, anthropic, openrouter, test; see: askdivide models"),
        ("gguf", "the name 'gguf' lacks the model; write gguf:PATH"),
        ("hf:", "write hf:NAME"),
        ("server", "write server:NAME@BASE_URL"),
        ("deepseek:", "write deepseek:NAME"),
        ("", "no answer model is named ''"),
    ],
)
def test_a_name_that_is_not_right_is_told_with_the_near_one(name: str, says: str) -> None:
    for function in (check_model, open_model):
        with pytest.raises(ModelUnknown) as wrong:
            function(name)
        assert says in str(wrong.value)


def test_quote_is_not_a_model_that_writes() -> None:
    with pytest.raises(ModelError, match="the quote model answers with the articles' own sentences"):
        open_model("quote")


def test_the_same_model_is_opened_once_and_few_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "k")
    first = open_model("deepseek", Settings())
    assert open_model("deepseek:deepseek-flash", Settings()) is first
    assert open_model("deepseek", Settings(context=5000)) is not first
    open_model("server:a@http://127.0.0.1:9/v1", Settings())
    open_model("server:b@http://127.0.0.1:9/v1", Settings())
    assert len(registry._opened) == 2
    assert open_model("deepseek", Settings()) is not first
    assert registry._opening == {}


def test_two_threads_that_open_the_same_model_get_the_same_one(monkeypatch: pytest.MonkeyPatch, outsider: ModuleType) -> None:
    def open_slowly(name: str, settings: Settings) -> ChatModel:
        time.sleep(0.05)
        return Parrot(name)

    monkeypatch.setattr(outsider, "open_parrot", open_slowly)
    found: list[ChatModel] = []
    threads = [threading.Thread(target=lambda: found.append(open_model("parrot:grey", Settings()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_settings_are_loaded_where_none_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDIVIDE_CONTEXT", "1234")
    (tmp_path / "reply.txt").write_text("Yes.")
    assert open_model(f"test:{tmp_path / 'reply.txt'}").context_tokens == 1234


def test_an_extra_that_is_not_installed_is_told_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smollm2: Path) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ExtraMissing, match=r"run: pip install 'askdivide\[gguf\]'"):
        open_model(f"gguf:{smollm2}", Settings())


class Parrot(ChatModel):
    def __init__(self, name: str) -> None:
        self.name = name
        self.context_tokens = 1000

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        yield Piece(messages[-1].content)


@pytest.fixture
def outsider(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Another package with a provider, one that fails, and one that would take the place of ours."""
    module = ModuleType("parrots")
    module.open_parrot = lambda name, settings: Parrot(name)  # type: ignore[attr-defined]
    module.open_nothing = lambda name, settings: "nothing"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "parrots", module)
    points = [
        importlib.metadata.EntryPoint(name, value, registry.GROUP)
        for name, value in [
            ("parrot", "parrots:open_parrot"),
            ("nothing", "parrots:open_nothing"),
            ("broken", "no_such_package:open"),
            ("deepseek", "parrots:open_parrot"),
            ("quote", "parrots:open_parrot"),
        ]
    ]

    def entry_points(*, group: str) -> Any:
        return importlib.metadata.EntryPoints(points).select(group=group)

    monkeypatch.setattr(registry, "entry_points", entry_points)
    return module


def test_a_provider_of_another_package_answers(outsider: ModuleType) -> None:
    model = open_model("parrot:grey", Settings())
    assert model.name == "parrot:grey"
    assert [piece.text for piece in model.stream([Message("user", "Hello")], max_tokens=5)] == ["Hello"]
    with pytest.raises(ModelUnknown, match="did you mean parrot:grey?"):
        open_model("parot:grey", Settings())


def test_a_provider_of_another_package_takes_no_name_of_ours(outsider: ModuleType) -> None:
    assert set(registry.outsiders()) == {"parrot", "nothing", "broken"}
    assert check_model("quote") == "quote"


def test_a_provider_of_another_package_that_fails_is_told(outsider: ModuleType) -> None:
    with pytest.raises(ModelError, match="the provider broken of package no_such_package:open failed: ModuleNotFoundError"):
        open_model("broken:x", Settings())
    with pytest.raises(ModelError, match="the provider nothing of package parrots:open_nothing gave a str, which is no ChatModel"):
        open_model("nothing:x", Settings())
