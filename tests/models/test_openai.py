"""The OpenAI protocol against a service of our own that plays each provider's quirks and faults."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from asking import KEYS, QUESTION, SECRET, answered, model

from askdivide.errors import ModelError
from askdivide.models import Message, open_model
from askdivide.models.presets import services
from askdivide.settings import Settings
from provider import Answer, Provider, data, delta, reply


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in KEYS.values():
        monkeypatch.setenv(variable, SECRET)


def test_a_reply_is_streamed_piece_by_piece(provider: Provider) -> None:
    gate = threading.Event()
    begun, rest = data(delta(role="assistant", content=""), delta("In ")), data(delta("1871."), delta(finish="stop"))
    provider.plays(Answer([*begun, gate, *rest, "data: [DONE]\n\n"]))
    pieces = model(provider).stream(QUESTION, max_tokens=50)
    assert next(iter(pieces)).text == "In "
    gate.set()
    assert "".join(piece.text for piece in pieces) == "1871."


def test_what_is_sent(provider: Provider) -> None:
    provider.plays(reply("Yes."))
    answered(model(provider))
    (request,) = provider.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "When was the harbour founded?"}],
        "stream": True,
        "max_tokens": 50,
        "temperature": 0,
    }
    assert "authorization" not in request.headers


def test_a_hosted_model_gets_the_key_room_to_think_and_its_own_temperature(provider: Provider) -> None:
    provider.plays(reply("Yes."))
    answered(model(provider, "openai", context=100_000))
    (request,) = provider.requests
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body["max_completion_tokens"] == 50 + 8192
    assert request.body.keys() == {"model", "messages", "stream", "max_completion_tokens"}


def test_room_to_think_leaves_the_context_whole(provider: Provider) -> None:
    provider.plays(reply("Yes."))
    one = model(provider, "deepseek", context=400)
    answered(one, max_tokens=300)
    spent = sum(one.count_tokens(message.content) for message in QUESTION)
    assert provider.requests[0].body["max_tokens"] + spent <= 400


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_is_kept_apart_where_the_service_does_so(provider: Provider, field: str) -> None:
    chunks = [delta(**{field: "The source "}, content=None), delta(**{field: "says."}), delta("In 1871."), delta(finish="stop")]
    provider.plays(Answer([": keep-alive\n\n", *data(*chunks), "data: [DONE]\n\n"]))
    assert answered(model(provider, "deepseek")) == ("The source says.", "In 1871.")


def test_thinking_is_kept_apart_where_the_tags_are_cut_in_two(provider: Provider) -> None:
    provider.plays(reply("<th", "ink>The source", " says.</thi", "nk>", "\n\nIn 1871."))
    assert answered(model(provider)) == ("The source says.", "In 1871.")


def test_a_prompt_that_opens_the_thinking_is_known_by_the_models_name(provider: Provider) -> None:
    provider.plays(reply("The source says.", "</think>", "In 1871."))
    assert answered(model(provider, name="DeepSeek-R1-Distill-Qwen-7B-AWQ")) == ("The source says.", "In 1871.")


def test_thinking_that_uses_up_the_limit_is_an_error(provider: Provider) -> None:
    provider.plays(Answer(data(delta(reasoning_content="Hm"), delta(finish="length"))))
    with pytest.raises(ModelError, match="deepseek:deepseek-flash thought, and came to no answer"):
        answered(model(provider, "deepseek"))


def test_an_answer_that_the_limit_cuts_off_says_so(provider: Provider) -> None:
    provider.plays(reply("In 1871 ", "and ", finish="length"))
    *words, last = model(provider).stream(QUESTION, max_tokens=2)
    assert [piece.text for piece in words] == ["In 1871 ", "and "]
    assert last.cut
    assert not any(piece.cut for piece in words)


def test_an_answer_that_is_not_streamed_is_taken_whole(provider: Provider) -> None:
    whole = {"choices": [{"message": {"role": "assistant", "content": "In 1871."}, "finish_reason": "stop"}]}
    provider.plays(Answer([json.dumps(whole)], kind="application/json"))
    assert answered(model(provider)) == ("", "In 1871.")


def test_half_characters_are_replaced(provider: Provider) -> None:
    provider.plays(reply("Yes."))
    assert "".join(piece.text for piece in model(provider).stream([Message("user", "Caf\udce9 \u2028 猫")], max_tokens=5)) == "Yes."
    assert provider.requests[0].body["messages"][0]["content"] == "Caf? \u2028 猫"


def test_closing_the_stream_ends_the_request(provider: Provider) -> None:
    provider.plays(Answer([*data(delta("In ")), *([*data(delta("x" * 1000)), 0.01] * 500)]))
    pieces = iter(model(provider).stream(QUESTION, max_tokens=50))
    assert next(pieces).text == "In "
    pieces.close()  # type: ignore[attr-defined]
    assert provider.broken_off.wait(5)


def test_two_questions_at_once(provider: Provider) -> None:
    all_asked = threading.Barrier(3)
    provider.plays(Answer([*data(delta("In ")), all_asked, *data(delta("1871."), delta(finish="stop"))]))
    one, found = model(provider), []
    threads = [threading.Thread(target=lambda: found.append(answered(one))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [("", "In 1871.")] * 3
    assert not all_asked.broken


@pytest.mark.parametrize("provider_name", [*KEYS, "ollama"])
def test_every_service_is_asked_at_its_address(provider: Provider, monkeypatch: pytest.MonkeyPatch, provider_name: str) -> None:
    service = services()[provider_name]
    monkeypatch.setenv(service.url_variable, provider.root if provider_name == "ollama" else provider.url + "/")
    provider.plays(reply("Yes."))
    one = open_model(provider_name, Settings(context=4096))
    assert "".join(piece.text for piece in one.stream(QUESTION, max_tokens=5)) == "Yes."
    assert provider.requests[0].path == "/v1/chat/completions"
    assert one.name == f"{provider_name}:{service.default}"
    assert provider.requests[0].body["model"] == service.default


def test_a_server_by_name_and_address(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_API_KEY", "its-key")
    provider.plays(reply("Yes."))
    one = open_model(f"server:org/name@v2@{provider.url}/", Settings())
    assert "".join(piece.text for piece in one.stream(QUESTION, max_tokens=5)) == "Yes."
    assert provider.requests[0].body["model"] == "org/name@v2"
    assert provider.requests[0].headers["authorization"] == "Bearer its-key"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("server:tiny", "server:tiny lacks a part; write server:NAME@BASE_URL"),
        ("server:@http://127.0.0.1:8000/v1", "lacks a part"),
        ("server:tiny@127.0.0.1:8000", "'127.0.0.1:8000' is no address of a server; it looks like http://127.0.0.1:8000/v1"),
        ("server:tiny@http://127.0.0.1:notaport/v1", "is no address of a server"),
        ("deepseek:deepseek-chat", "DeepSeek has retired deepseek-chat; use deepseek:deepseek-flash"),
        ("deepseek:deepseek-reasoner", "DeepSeek has retired deepseek-reasoner; use deepseek:deepseek-flash"),
    ],
)
def test_a_name_that_cannot_be_right(name: str, says: str) -> None:
    with pytest.raises(ModelError) as wrong:
        open_model(name, Settings())
    assert says in str(wrong.value)


@pytest.mark.parametrize(
    ("page", "context"),
    [
        ({"data": [{"id": "tiny", "max_model_len": 2048}]}, 2048),
        ({"data": [{"id": "/a/path.gguf", "meta": {"n_ctx": 1024, "n_ctx_train": 8192}}]}, 1024),
        ({"data": [{"id": "a", "max_model_len": 1}, {"id": "tiny", "context_length": 4096}]}, 4096),
        ({"data": [{"id": "tiny", "max_model_len": "many"}]}, 8192),
        ({"data": "nonsense"}, 8192),
        (None, 8192),
    ],
)
def test_a_server_is_asked_for_its_context(provider: Provider, page: Any, context: int) -> None:
    provider.pages["/v1/models"] = page
    assert open_model(f"server:tiny@{provider.url}", Settings()).context_tokens == context
    assert open_model(f"server:tiny@{provider.url}", Settings(context=777)).context_tokens == 777


def test_ollama_is_asked_for_the_context_it_has_loaded_the_model_with(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", provider.root)
    assert open_model("ollama:qwen3.6", Settings()).context_tokens == 4096
    provider.pages["/api/ps"] = {"models": [{"name": "other"}, {"name": "qwen3.6:latest", "context_length": 65536}]}
    assert open_model("ollama:qwen3.6", Settings(passages=9)).context_tokens == 65536


def test_a_known_hosted_model_has_its_context() -> None:
    assert open_model("deepseek", Settings()).context_tokens == 1_000_000
    assert open_model("qwen", Settings()).thinking_tokens == 8192
