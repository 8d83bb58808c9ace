"""What is told of the models before one is chosen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from askdivide.errors import ModelUnknown
from askdivide.models import check_model
from askdivide.models.listing import ModelRow, destination, model_table
from askdivide.models.ollama import OllamaState, look_at_ollama
from askdivide.models.presets import about, hosted, open_weights, services
from askdivide.models.registry import PROVIDERS
from provider import Provider

NO_OLLAMA = OllamaState(False)


def row(name: str, ollama: OllamaState = NO_OLLAMA) -> ModelRow:
    return next(one for one in model_table(ollama) if one.name == name)


def test_every_provider_is_in_the_table_and_every_name_in_it_can_be_asked_for() -> None:
    rows = model_table(NO_OLLAMA)
    assert {one.name.partition(":")[0] for one in rows} == {"quote", *PROVIDERS}
    assert len({one.name for one in rows}) == len(rows)
    for one in rows:
        assert check_model(one.name) == one.name
        assert one.ready == (not one.missing)


def test_a_key_makes_a_service_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    before = row("deepseek:deepseek-flash")
    assert (before.ready, before.missing) == (False, "set DEEPSEEK_API_KEY (keys: platform.deepseek.com)")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret")
    after = row("deepseek:deepseek-flash")
    assert (after.ready, after.missing, after.where) == (True, "", "api.deepseek.com")
    assert "sk-secret" not in repr(model_table(NO_OLLAMA))


def test_whose_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (row("deepseek:deepseek-v4-pro").licence, row("deepseek:deepseek-v4-pro").open) == ("MIT", True)
    assert (row("qwen:qwen3.6-plus").licence, row("qwen:qwen3.6-plus").open) == ("", False)
    qwen = row("server:Qwen/Qwen3.6-35B-A3B@http://127.0.0.1:8000/v1")
    assert (qwen.licence, qwen.open, qwen.context) == ("Apache-2.0", True, 262_144)
    assert qwen.size == "35B, 3B active, needs one H200 or 2 H100"
    assert qwen.missing.startswith("vllm serve Qwen/Qwen3.6-35B-A3B")
    assert row("quote").open is None


def test_a_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert row("gguf:PATH").ready
    monkeypatch.setattr("askdivide.models.listing.find_spec", lambda name: None)
    assert row("gguf:PATH").missing == "pip install 'askdivide[gguf]'"


def test_weights_in_the_hugging_face_cache_are_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "hf:deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"
    assert row(name).missing == "hf download deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "models--deepseek-ai--DeepSeek-R1-Distill-Qwen-1.5B" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"")
    assert row(name).ready


def test_a_running_ollama_is_offered_with_what_it_has(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.pages["/api/tags"] = {"models": [{"name": "gpt-oss:20b"}, {"name": "own:latest"}, {"name": "gpt-oss:120b-cloud"}]}
    monkeypatch.setenv("OLLAMA_HOST", provider.root)
    rows = {one.name: one for one in model_table()}
    assert rows["ollama:NAME"].ready
    assert (rows["ollama:gpt-oss:20b"].where, rows["ollama:gpt-oss:20b"].licence) == ("this machine", "Apache-2.0")
    assert (rows["ollama:own:latest"].open, rows["ollama:own:latest"].licence) == (None, "")
    assert (rows["ollama:gpt-oss:120b-cloud"].where, rows["ollama:gpt-oss:120b-cloud"].kind) == ("ollama.com", "hosted")
    assert provider.requests == []


@pytest.mark.parametrize("page", [None, {"models": "nonsense"}, ["x"]])
def test_something_else_at_ollamas_address_is_no_ollama(provider: Provider, monkeypatch: pytest.MonkeyPatch, page: object) -> None:
    provider.pages["/api/tags"] = page
    monkeypatch.setenv("OLLAMA_HOST", provider.root)
    assert not look_at_ollama().running


@pytest.mark.parametrize("address", ["127.0.0.1:9", "http://127.0.0.1:notaport", "no such host.invalid"])
def test_no_ollama(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", address)
    assert look_at_ollama(0.2) == NO_OLLAMA


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("quote", "this machine"),
        ("gguf:a.gguf", "this machine"),
        ("hf:org/name", "this machine"),
        ("test:a.txt", "this machine"),
        ("ollama", "this machine"),
        ("ollama:gpt-oss:120b-cloud", "ollama.com"),
        ("server:a@http://localhost:8000/v1", "this machine"),
        ("server:a@http://[::1]:8000/v1", "this machine"),
        ("server:a@http://gpu.example.org:8000/v1", "gpu.example.org"),
        ("server:a@http://localhost.example.org/v1", "localhost.example.org"),
        ("deepseek", "api.deepseek.com"),
        ("qwen:qwen3.6-plus", "dashscope.aliyuncs.com"),
        ("anthropic", "api.anthropic.com"),
    ],
)
def test_where_the_text_goes(name: str, where: str) -> None:
    assert destination(name) == where


def test_where_the_text_goes_when_an_address_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://gpu.example.org:11434")
    monkeypatch.setenv("DASHSCOPE_BASE_URL", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1")
    assert destination("ollama") == "gpu.example.org"
    assert destination("qwen") == row("qwen:qwen3.6-plus").where == "dashscope-intl.aliyuncs.com"
    with pytest.raises(ModelUnknown):
        destination("deepsek")


def test_the_presets_hold_together() -> None:
    known = {preset.name for preset in hosted()}
    for service in services().values():
        if service.default and service.name != "ollama":
            assert f"{service.name}:{service.default}" in known
        assert not set(service.retired) & {name.partition(":")[2] for name in known}
        for successor in service.retired.values():
            assert f"{service.name}:{successor}" in known
    for preset in (*hosted(), *open_weights()):
        assert preset.thinks in ("", "fenced", "opened")
        assert preset.open is not None
        assert not (preset.licence and not preset.open)
    names = [preset.name for preset in (*hosted(), *open_weights())]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("provider_name", "model", "known"),
    [
        ("server", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"),
        ("server", "someone/deepseek-r1-distill-qwen-7b-awq", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"),
        ("ollama", "deepseek-r1:14b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"),
        ("server", "Qwen3.6-27B-FP8", "Qwen/Qwen3.6-27B"),
        ("server", "Qwen3.6-270B", "server:Qwen3.6-270B"),
        ("deepseek", "deepseek-v4-pro", "deepseek:deepseek-v4-pro"),
        ("server", "mine", "server:mine"),
    ],
)
def test_open_weights_are_known_by_the_names_that_others_give_them(provider_name: str, model: str, known: str) -> None:
    assert about(provider_name, model).name == known


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("Qwen/Qwen3.6-35B-A3B", "opened"),
        ("Qwen/Qwen3.6-27B-FP8", "opened"),
        ("zai-org/GLM-5-FP8", "opened"),
        ("zai-org/GLM-4.5-Air", "fenced"),
        ("moonshotai/Kimi-K2.5", "opened"),
        ("moonshotai/Kimi-K2-Instruct", ""),
        ("MiniMaxAI/MiniMax-M2", "opened"),
        ("meta-llama/Llama-3.1-8B-Instruct", ""),
    ],
)
def test_thinking_is_taken_apart_as_the_chat_template_begins_it(model: str, thinks: str) -> None:
    assert about("server", model).thinks == thinks


def test_a_command_serves_the_model_under_the_name_it_is_asked_by() -> None:
    for preset in open_weights():
        if preset.serve:
            words = preset.serve.split()
            assert words[:2] == ["vllm", "serve"]
            assert preset.name == (words[words.index("--served-model-name") + 1] if "--served-model-name" in words else words[2])


def test_the_table_loads_no_model_and_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy = {"torch", "transformers", "llama_index", "xllamacpp", "httpx", "chromadb"}
    loaded = heavy & set(sys.modules)
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    model_table(NO_OLLAMA)
    assert not heavy & set(sys.modules)
