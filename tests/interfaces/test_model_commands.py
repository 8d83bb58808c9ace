"""`askdivide models`, as people and programs see it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from askdivide.interfaces.cli import commands
from askdivide.models.listing import model_table
from askdivide.models.ollama import OllamaState


@pytest.fixture(autouse=True)
def _no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(commands, ["models", *arguments], catch_exceptions=False, standalone_mode=False)
    assert done.return_value == 0
    return done.stdout


def test_the_list_says_what_is_ready_and_what_repairs_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret")
    shown = run()
    lines = shown.splitlines()
    assert next(line for line in lines if line.startswith("  quote ")).split(None, 1)[1].startswith("ready; ")
    assert "  DeepSeek, api.deepseek.com: ready" in lines
    assert "  OpenAI, api.openai.com: set OPENAI_API_KEY (keys: platform.openai.com)" in lines
    assert any(line.split() == ["deepseek:deepseek-v4-pro", "MIT;", "1.6T,", "49B", "active;", "1,000,000", "tokens"] for line in lines)
    assert any("missing; install it from ollama.com, then: ollama serve" in line for line in lines)
    assert any(line.startswith("  Qwen/Qwen3.6-27B ") and "Apache-2.0" in line for line in lines)
    assert "sk-secret" not in shown


def test_columns_do_not_touch() -> None:
    words = set(run().split())
    assert {row.name for row in model_table(OllamaState(False)) if row.kind in ("local", "hosted")} <= words


def test_json_holds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(run("--json"))
    assert told == [row.to_dict() for row in model_table(OllamaState(False))]
    first = told[0]
    assert list(first) == ["name", "kind", "provider", "where", "licence", "open", "context", "size", "get", "ready", "missing"]
    assert (first["name"], first["where"], first["ready"]) == ("quote", "this machine", True)
