"""The OpenAI protocol against a service of our own that plays each provider's quirks and faults."""

from __future__ import annotations

import gc
import json
import logging
import threading
import time
from typing import Any

import pytest
from provider import Answer, Cut, Provider, Stall, data, delta, failure, reply

from askdivide.errors import CredentialsMissing, ModelError, ModelUnavailable, ModelUnknown, NoAnswer
from askdivide.models import Message, open_model
from askdivide.models.endpoint import Patience
from askdivide.models.failures import Asked
from askdivide.models.openai import OpenAIModel
from askdivide.models.presets import about, services
from askdivide.settings import Settings

QUESTION = [Message("system", "Answer briefly."), Message("user", "When was the harbour founded?")]
QUICK = Patience(connect=1, silence=0.4, attempts=3, pause=0.01, longest_pause=0.3)
SECRET = "sk-secret-0123456789abcdef"
KEYS = {"deepseek": "DEEPSEEK_API_KEY", "qwen": "DASHSCOPE_API_KEY", "openai": "OPENAI_API_KEY", "openrouter": "OPENROUTER_API_KEY"}
MODELS = {
    "deepseek": "deepseek-flash",
    "qwen": "qwen3.6-plus",
    "openai": "gpt-5.4-mini",
    "openrouter": "deepseek/deepseek-v4-flash",
    "ollama": "llama3.1:8b",
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in KEYS.values():
        monkeypatch.setenv(variable, SECRET)


def model(provider: Provider, service: str = "server", name: str = "", context: int = 0, patience: Patience = QUICK) -> OpenAIModel:
    name = name or MODELS.get(service, "tiny")
    asked = Asked(f"{service}:{name}", name, services()[service], provider.url)
    return OpenAIModel(asked, about(service, name), context=context or 4096, patience=patience)


def answered(one: OpenAIModel, max_tokens: int = 50) -> tuple[str, str]:
    pieces = list(one.stream(QUESTION, max_tokens=max_tokens))
    return "".join(piece.text for piece in pieces if piece.thinking), "".join(piece.text for piece in pieces if not piece.thinking)


def test_a_reply_is_streamed_piece_by_piece(provider: Provider) -> None:
    gate = [*data(delta(role="assistant", content=""), delta("In ")), 0.2, *data(delta("1871."), delta(finish="stop")), "data: [DONE]\n\n"]
    provider.plays(Answer(gate))
    started = time.monotonic()
    pieces = model(provider).stream(QUESTION, max_tokens=50)
    assert next(iter(pieces)).text == "In "
    assert time.monotonic() - started < 0.2
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
    provider.plays(Answer([*data(delta("In ")), 0.3, *data(delta("1871."), delta(finish="stop"))]))
    one, found = model(provider), []
    threads = [threading.Thread(target=lambda: found.append(answered(one))) for _ in range(3)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [("", "In 1871.")] * 3
    assert time.monotonic() - started < 0.85


# --- what goes wrong -----------------------------------------------------------------------------------------------------

OPENAI_BAD_KEY = {
    "error": {"message": f"Incorrect API key provided: {SECRET}.", "type": "invalid_request_error", "code": "invalid_api_key"}
}
LASTING = [
    ("openai", 401, OPENAI_BAD_KEY, CredentialsMissing, "OpenAI does not accept the key in OPENAI_API_KEY; set that variable to a valid key"),
    ("deepseek", 401, {"error": {"message": "Authentication Fails (no such user)", "type": "authentication_error"}}, CredentialsMissing,
     "DeepSeek does not accept the key in DEEPSEEK_API_KEY; set that variable to a valid key (keys: platform.deepseek.com)"),
    ("deepseek", 402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}, ModelError,
     "the DeepSeek account has no credit left for deepseek:deepseek-flash; top it up at platform.deepseek.com, or choose another model"),
    ("deepseek", 400, {"error": {"message": "Model Not Exist", "type": "invalid_request_error"}}, ModelUnknown,
     "DeepSeek has no model deepseek-flash (\"Model Not Exist\"); see: askdivide models"),
    ("openai", 429, {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}},
     ModelError, "the OpenAI account has no credit left"),
    ("openai", 404, {"error": {"message": "The model `gpt-9` does not exist", "type": "invalid_request_error", "code": "model_not_found"}},
     ModelUnknown, "OpenAI has no model gpt-5.4-mini"),
    ("openai", 400, {"error": {"message": "maximum context length is 8192 tokens", "code": "context_length_exceeded"}}, NoAnswer,
     "the question with its passages is too long for openai:gpt-5.4-mini (\"maximum context length is 8192 tokens\"); lower ASKDIVIDE_PASS"),
    ("openai", 400, {"error": {"message": "Rejected", "code": "content_filter"}}, NoAnswer, "the content filter of OpenAI stopped openai:"),
    ("openai", 403, {"error": {"message": "Country not supported", "code": "unsupported_country"}}, ModelError,
     "OpenAI does not allow openai:gpt-5.4-mini with this key (\"Country not supported\"); check what the key in OPENAI_API_KEY may do"),
    ("openai", 400, {"error": {"message": "Unsupported value: 'stream'", "type": "invalid_request_error"}}, ModelError,
     "OpenAI refused the request to openai:gpt-5.4-mini (status 400) (\"Unsupported value: 'stream'\")"),
    ("qwen", 401, {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "x"}, CredentialsMissing,
     "Alibaba Cloud (DashScope) does not accept the key in DASHSCOPE_API_KEY"),
    ("qwen", 400, {"error": {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."},
                   "request_id": "x"}, ModelError, "the Alibaba Cloud (DashScope) account has no credit left for qwen:qwen3.6-plus"),
    ("qwen", 400, {"error": {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}}, NoAnswer,
     "the content filter of Alibaba Cloud (DashScope) stopped qwen:qwen3.6-plus"),
    ("qwen", 400, {"error": {"code": "invalid_parameter_error", "message": "Range of input length should be [1, 129024]"}}, NoAnswer,
     "the question with its passages is too long for qwen:qwen3.6-plus"),
    ("qwen", 404, {"error": {"code": "model_not_found", "message": "The model does not exist or you do not have access to it."}},
     ModelUnknown, "Alibaba Cloud (DashScope) has no model qwen3.6-plus"),
    ("qwen", 403, {"error": {"code": "AllocationQuota.FreeTierOnly", "message": "The free tier of the model has been exhausted."}},
     ModelError, "the Alibaba Cloud (DashScope) account has no credit left"),
    ("openrouter", 402, {"error": {"code": 402, "message": "Insufficient credits"}}, ModelError, "the OpenRouter account has no credit left"),
    ("openrouter", 404, {"error": {"code": 404, "message": "No endpoints found for deepseek/deepseek-v9."}}, ModelUnknown,
     "OpenRouter has no model deepseek/deepseek-v4-flash"),
    ("openrouter", 403, {"error": {"code": 403, "message": "Your chosen model requires moderation and your input was flagged"}}, NoAnswer,
     "the content filter of OpenRouter stopped"),
    ("ollama", 404, {"error": {"message": 'model "llama3.1:8b" not found, try pulling it first', "type": "not_found_error"}}, ModelUnknown,
     "run: ollama pull llama3.1:8b"),
    ("ollama", 404, {"error": "model 'llama3.1:8b' not found"}, ModelUnknown, "run: ollama pull llama3.1:8b"),
    ("server", 404, {"object": "error", "message": "The model `tiny` does not exist.", "type": "NotFoundError", "code": 404}, ModelUnknown,
     "the server has no model tiny (\"The model `tiny` does not exist.\"); see what it serves: {url}/models"),
    ("server", 404, {"detail": "Not Found"}, ModelError, "the server has nothing at {url} (\"Not Found\"); check the address (it often ends in"),
    ("server", 401, {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}, CredentialsMissing,
     "the server does not accept the key in SERVER_API_KEY"),
    ("server", 400, {"error": {"code": 400, "message": "request (3031 tokens) exceeds the available context size (512 tokens)",
                               "type": "exceed_context_size_error", "n_prompt_tokens": 3031, "n_ctx": 512}}, NoAnswer,
     "is too long for server:tiny (\"request (3031 tokens) exceeds the available context size (512 tokens)\")"),
    ("server", 500, {"error": {"message": "context size has been exceeded", "type": "server_error"}}, NoAnswer, "is too long for server:tiny"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "status", "body", "kind", "says"), LASTING, ids=lambda value: str(value)[:25])
def test_a_fault_that_stays_is_told_in_one_line_and_not_tried_again(
    provider: Provider, service: str, status: int, body: Any, kind: type[Exception], says: str
) -> None:
    provider.plays(failure(status, body))
    with pytest.raises(ModelError) as wrong:
        answered(model(provider, service))
    assert type(wrong.value) is kind
    assert says.format(url=provider.url) in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert len(provider.requests) == 1


PASSING = [
    ("openai", failure(429, {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}), "OpenAI is limiting requests"),
    ("qwen", failure(429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}), "is limiting requests"),
    ("qwen", failure(429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}), "is limiting requests"),
    ("deepseek", failure(500, {"error": {"message": "Server Error"}}), 'DeepSeek cannot answer just now (status 500) ("Server Error")'),
    ("deepseek", failure(503, {}), "DeepSeek cannot answer just now (status 503); ask again, or choose another model"),
    ("server", failure(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}), "Loading model"),
    ("openrouter", Answer(data({"error": {"code": 502, "message": "Provider returned error: overloaded"}})), "cannot answer just now"),
    ("openai", Answer([], 502, "text/html"), "OpenAI cannot answer just now (status 502)"),
    ("openai", Answer(["<html><title>Bad</title><style>x{}</style><h1>Gateway</h1></html>"], 502, "text/html"), '("Bad Gateway")'),
    ("server", Answer([Cut()]), "server:tiny closed the connection without an answer; ask again"),
    ("server", Answer([]), "server:tiny broke off in the middle of its answer"),
]


@pytest.mark.parametrize(("service", "answer", "says"), PASSING, ids=lambda value: str(value)[:25])
def test_a_fault_that_passes_is_tried_again(provider: Provider, service: str, answer: Answer, says: str) -> None:
    provider.plays(answer, answer, reply("In ", "1871."))
    assert answered(model(provider, service)) == ("", "In 1871.")
    assert len(provider.requests) == 3
    provider.plays(answer)
    with pytest.raises(ModelUnavailable) as wrong:
        answered(model(provider, service))
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert len(provider.requests) == QUICK.attempts


def test_the_time_that_a_service_asks_for_is_waited(provider: Provider) -> None:
    provider.plays(failure(429, {"error": {"message": "slow down"}}, Retry_After="0.25"), reply("In 1871."))
    started = time.monotonic()
    assert answered(model(provider))[1] == "In 1871."
    assert time.monotonic() - started >= 0.25


@pytest.mark.parametrize("after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_service_that_asks_for_too_long_is_not_waited_for(provider: Provider, after: str) -> None:
    provider.plays(failure(429, {"error": {"message": "slow down"}}, Retry_After=after))
    with pytest.raises(ModelUnavailable, match=r"\(it asks for \d+ s\)"):
        answered(model(provider))
    assert len(provider.requests) == 1


BROKEN = [
    (Answer([*data(delta("In ")), Cut()]), "server:tiny broke off in the middle of its answer; ask again"),
    (Answer(data(delta("In "))), "server:tiny broke off in the middle of its answer; ask again"),
    (Answer([*data(delta("In ")), Stall()]), "server:tiny was silent for 0.4 s in the middle of its answer; ask again, or raise"),
    (Answer(data(delta("In "), {"error": {"message": "CUDA out of memory", "code": 500}})), "cannot answer just now"),
    (Answer(data(delta("In "), delta(finish="insufficient_system_resource"))), "server:tiny broke off in the middle of its answer"),
]


@pytest.mark.parametrize(("answer", "says"), BROKEN, ids=["cut", "no end", "stall", "error", "no means"])
def test_half_an_answer_is_an_error_and_is_never_asked_for_again(provider: Provider, answer: Answer, says: str) -> None:
    provider.plays(answer, reply("Something else."))
    pieces = iter(model(provider).stream(QUESTION, max_tokens=50))
    assert next(pieces).text == "In "
    with pytest.raises(ModelUnavailable) as wrong:
        next(pieces)
    assert says in str(wrong.value)
    assert len(provider.requests) == 1


def test_a_service_that_never_speaks_is_given_up(provider: Provider) -> None:
    provider.plays(Answer([Stall()]))
    with pytest.raises(ModelUnavailable, match=r"server:tiny was silent for 0\.4 s before its first word"):
        answered(model(provider))
    assert len(provider.requests) == 1


def test_a_service_that_only_shows_that_it_is_alive_is_given_up(provider: Provider) -> None:
    provider.plays(Answer([": keep-alive\n\n", 0.1] * 30))
    with pytest.raises(ModelUnavailable, match=r"silent for 0\.8 s"):
        answered(model(provider))


def test_a_content_filter_in_the_middle(provider: Provider) -> None:
    provider.plays(Answer(data(delta("In "), delta(finish="content_filter"))))
    with pytest.raises(ModelError, match="the content filter of the server stopped server:tiny; ask in other words"):
        answered(model(provider))


@pytest.mark.parametrize(("kind", "says"), [("text/html", "answered with text/html, not with a model's words"), ("image/png", "image/png")])
def test_an_address_that_is_no_model(provider: Provider, kind: str, says: str) -> None:
    provider.plays(Answer(["<html>Welcome</html>"], kind=kind))
    with pytest.raises(ModelError, match=says):
        answered(model(provider))


def test_a_body_that_is_not_what_it_says(provider: Provider) -> None:
    provider.plays(Answer(data(delta("In ")), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ModelError, match=r"did not answer as a model does \(DecodingError\)"):
        answered(model(provider))


@pytest.mark.parametrize("words", [[], ["", " \n"]])
def test_an_empty_answer_is_told(provider: Provider, words: list[str]) -> None:
    provider.plays(reply(*words))
    with pytest.raises(NoAnswer, match="server:tiny gave an empty answer; ask in other words"):
        answered(model(provider))


@pytest.mark.parametrize("body", ["not json", "[1, 2]", '"text"'])
def test_a_stream_of_something_else(provider: Provider, body: str) -> None:
    provider.plays(Answer([f"data: {body}\n\n"]))
    with pytest.raises(ModelError, match="sent something that is no model's answer"):
        answered(model(provider))


def test_nothing_listens(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", provider.root)
    gone = "http://127.0.0.1:9/v1"
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match=f"nothing answers at {gone}; is the server running, and is that its address?"):
        list(open_model(f"server:tiny@{gone}", Settings(context=4096)).stream(QUESTION, max_tokens=5))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match=f"nothing answers at {gone}; start it with: ollama serve"):
        list(open_model("ollama:llama3.1:8b", Settings()).stream(QUESTION, max_tokens=5))
    assert time.monotonic() - started < 1
    assert provider.requests == []


# --- keys ----------------------------------------------------------------------------------------------------------------


def test_a_key_that_is_not_set_is_told_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    with pytest.raises(CredentialsMissing, match=r"deepseek:deepseek-flash needs a key: set the environment variable DEEPSEEK_API_KEY"):
        open_model("deepseek", Settings())


def test_a_key_is_nowhere_kept_or_shown(provider: Provider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    one = open_model("openai", Settings(context=4096))
    caplog.set_level(logging.DEBUG)
    provider.plays(failure(400, {"error": {"message": f"Bad header: Bearer {SECRET}, and again {SECRET}", "type": "odd"}}))
    with pytest.raises(ModelError) as wrong:
        list(one.stream(QUESTION, max_tokens=5))
    assert "refused the request" in str(wrong.value)
    assert SECRET not in str(wrong.value)
    assert SECRET not in caplog.text
    gc.collect()
    kept = [vars(one), vars(one._endpoint), vars(one._endpoint.asked)]  # type: ignore[attr-defined]
    assert SECRET not in repr(kept)
    assert SECRET not in str(dict(one._endpoint._client.headers))  # type: ignore[attr-defined]


def test_a_key_without_a_known_form_is_not_repeated_either(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_API_KEY", "correct horse")
    provider.plays(failure(400, {"error": {"message": "the key provided, correct horse, is odd"}}))
    with pytest.raises(ModelError, match=r'refused the request to server:tiny \(status 400\) \("the key provided, …, is odd"\)'):
        answered(model(provider))


def test_a_key_of_another_kind_of_text_is_told(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-schlüssel")
    with pytest.raises(ModelError, match="the key in OPENAI_API_KEY holds characters that no key has") as wrong:
        answered(model(provider, "openai"))
    assert "schl" not in str(wrong.value)


def test_a_key_does_not_follow_a_redirection(provider: Provider) -> None:
    provider.plays(Answer([], 302, "text/html", {"Location": "http://127.0.0.1:9/steal"}))
    with pytest.raises(ModelError, match=r"refused the request to openai:gpt-5.4-mini \(status 302\)"):
        answered(model(provider, "openai"))


# --- names and contexts --------------------------------------------------------------------------------------------------


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
