"""What goes wrong at a service: told in one line with the remedy, tried again where that may help, and never with the key."""

from __future__ import annotations

import gc
import logging
import time
from typing import Any

import pytest
from asking import HASTY, KEYS, QUESTION, QUICK, SECRET, answered, model

from askdivide.errors import CredentialsMissing, ModelError, ModelUnavailable, ModelUnknown, NoAnswer
from askdivide.models import open_model
from askdivide.settings import Settings
from provider import Answer, Cut, Provider, Stall, data, delta, failure, reply


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in KEYS.values():
        monkeypatch.setenv(variable, SECRET)


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
     "OpenAI refused the request to openai:gpt-5.4-mini (status 400) (\"Unsupported value: 'stream'\"); mend what it names, or choose another model"),
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
    (
        Answer([*data(delta("In ")), 'data: {"choices": [{"del\n\n', *data(delta("1871."), delta(finish="stop"))]),
        "the server at {url} sent something that is no model's answer; ask again, and if it goes on like that, check the address",
    ),
    (Answer(data(delta("In "), {"error": {"message": "CUDA out of memory", "code": 500}})), "cannot answer just now"),
    (Answer(data(delta("In "), delta(finish="insufficient_system_resource"))), "server:tiny broke off in the middle of its answer"),
]


@pytest.mark.parametrize(("answer", "says"), BROKEN, ids=["cut", "no end", "garbled", "error", "no means"])
def test_half_an_answer_is_an_error_and_is_never_asked_for_again(provider: Provider, answer: Answer, says: str) -> None:
    provider.plays(answer, reply("Something else."))
    pieces = iter(model(provider).stream(QUESTION, max_tokens=50))
    assert next(pieces).text == "In "
    with pytest.raises(ModelUnavailable) as wrong:
        next(pieces)
    assert says.format(url=provider.url) in str(wrong.value)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(("said", "when"), [([], "before its first word"), (data(delta("In ")), "in the middle of its answer")])
def test_a_service_that_falls_silent_is_given_up(provider: Provider, said: list[str], when: str) -> None:
    provider.plays(Answer([*said, Stall()]))
    with pytest.raises(ModelUnavailable, match=rf"server:tiny was silent for 0\.4 s {when}; ask again, or raise ASKDIVIDE_MODEL_SILENCE"):
        answered(model(provider, patience=HASTY))
    assert len(provider.requests) == 1


@pytest.mark.parametrize("sign", [": keep-alive\n\n", *data(delta(""))], ids=["comments", "no words"])
def test_a_service_that_only_shows_that_it_is_alive_is_given_up(provider: Provider, sign: str) -> None:
    provider.plays(Answer([sign, 0.1] * 30))
    with pytest.raises(ModelUnavailable, match=r"silent for 0\.8 s"):
        answered(model(provider, patience=HASTY))


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
    with pytest.raises(ModelUnavailable, match=r"no model's answer \(DecodingError\); ask again, and if it goes on like that, check"):
        answered(model(provider))


@pytest.mark.parametrize("words", [[], ["", " \n"]])
def test_an_empty_answer_is_told(provider: Provider, words: list[str]) -> None:
    provider.plays(reply(*words))
    with pytest.raises(NoAnswer, match="server:tiny gave an empty answer; ask in other words"):
        answered(model(provider))


@pytest.mark.parametrize("body", ["not json", "[1, 2]", '"text"'])
def test_a_stream_of_something_else(provider: Provider, body: str) -> None:
    provider.plays(Answer([f"data: {body}\n\n"]))
    with pytest.raises(ModelUnavailable, match="sent something that is no model's answer; ask again"):
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
    assert time.monotonic() - started < 20
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
    with pytest.raises(ModelError, match=r"sends on to http://127.0.0.1:9/steal \(status 302\); if that is where the model is, give that"):
        answered(model(provider, "openai"))
