"""Anthropic's Messages API against a service of our own that plays its events and faults."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import QUICK

from askdivide.errors import CredentialsMissing, ModelError, ModelUnavailable, ModelUnknown, NoAnswer
from askdivide.models import Message, open_model
from askdivide.models.anthropic import AnthropicModel
from askdivide.models.failures import Asked
from askdivide.models.presets import about, services
from askdivide.settings import Settings
from provider import Answer, Cut, Provider, failure

QUESTION = [Message("system", "Answer briefly."), Message("user", "When?"), Message("assistant", "In 1871."), Message("user", "By whom?")]
SECRET = "sk-ant-secret-0123456789"


def event(kind: str, **more: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n"


def words(kind: str, *texts: str) -> list[str]:
    field = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}[kind]
    return [event("content_block_delta", index=0, delta={"type": kind, field: text}) for text in texts]


START = [event("message_start", message={"id": "x", "content": [], "usage": {"input_tokens": 5}}), event("ping")]


def ending(reason: str = "end_turn") -> list[str]:
    return [event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 5}), event("message_stop")]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)


def model(provider: Provider, name: str = "claude-sonnet-5-5") -> AnthropicModel:
    asked = Asked(f"anthropic:{name}", name, services()["anthropic"], provider.root)
    return AnthropicModel(asked, about("anthropic", name), patience=QUICK)


def answered(one: AnthropicModel) -> tuple[str, str]:
    pieces = list(one.stream(QUESTION, max_tokens=50))
    return "".join(piece.text for piece in pieces if piece.thinking), "".join(piece.text for piece in pieces if not piece.thinking)


def test_a_reply_with_its_thinking_kept_apart(provider: Provider) -> None:
    thought = words("thinking_delta", "The source ", "says.") + words("signature_delta", "EqQBCg")
    begun = [event("content_block_start", index=0, content_block={"type": "text", "text": ""})]
    provider.plays(
        Answer([*START, *thought, *begun, *words("text_delta", "Milena ", "Duras."), event("content_block_stop", index=0), *ending()])
    )
    assert answered(model(provider)) == ("The source says.", "Milena Duras.")


def test_what_is_sent(provider: Provider) -> None:
    provider.plays(Answer([*START, *words("text_delta", "Yes."), *ending()]))
    answered(model(provider))
    (request,) = provider.requests
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == SECRET
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in request.headers
    assert request.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 50 + 8192,
        "stream": True,
        "system": "Answer briefly.",
        "messages": [
            {"role": "user", "content": "When?"},
            {"role": "assistant", "content": "In 1871."},
            {"role": "user", "content": "By whom?"},
        ],
    }


def test_it_is_opened_by_name(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.url)
    provider.plays(Answer([*START, *words("text_delta", "Yes."), *ending()]))
    one = open_model("anthropic", Settings())
    assert (one.name, one.context_tokens) == ("anthropic:claude-sonnet-5-5", 1_000_000)
    assert [piece.text for piece in one.stream(QUESTION, max_tokens=5)] == ["Yes."]
    assert open_model("anthropic:claude-next", Settings()).context_tokens == 200_000
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(CredentialsMissing, match="set the environment variable ANTHROPIC_API_KEY"):
        open_model("anthropic:claude-other", Settings())


def error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (
            401,
            error("authentication_error", f"invalid x-api-key {SECRET}"),
            CredentialsMissing,
            "does not accept the key in ANTHROPIC_API_KEY",
        ),
        (400, error("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), ModelError, "no credit left"),
        (402, error("billing_error", "Payment required"), ModelError, "the Anthropic account has no credit left"),
        (
            403,
            error("permission_error", "Not allowed"),
            ModelError,
            'does not allow anthropic:claude-sonnet-5-5 with this key ("Not allowed")',
        ),
        (404, error("not_found_error", "model: claude-sonnet-9"), ModelUnknown, "Anthropic has no model claude-sonnet-5-5"),
        (
            400,
            error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            NoAnswer,
            "is too long for anthropic:",
        ),
        (413, error("request_too_large", "Request exceeds the maximum size"), NoAnswer, "is too long for anthropic:"),
    ],
)
def test_a_fault_that_stays(provider: Provider, status: int, body: Any, kind: type[Exception], says: str) -> None:
    provider.plays(failure(status, body))
    with pytest.raises(ModelError) as wrong:
        answered(model(provider))
    assert type(wrong.value) is kind
    assert says in str(wrong.value)
    assert SECRET not in str(wrong.value)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        failure(529, error("overloaded_error", "Overloaded")),
        failure(429, error("rate_limit_error", "This request would exceed your rate limit"), Retry_After="0"),
        failure(500, error("api_error", "Internal server error")),
        Answer([*START, event("error", error={"type": "overloaded_error", "message": "Overloaded"})]),
    ],
    ids=["529", "429", "500", "in the stream"],
)
def test_a_fault_that_passes_is_tried_again(provider: Provider, answer: Answer) -> None:
    provider.plays(answer, Answer([*START, *words("text_delta", "Yes."), *ending()]))
    assert answered(model(provider)) == ("", "Yes.")
    provider.plays(answer)
    with pytest.raises(ModelUnavailable):
        answered(model(provider))


@pytest.mark.parametrize(
    "rest",
    [[Cut()], [], [event("error", error={"type": "overloaded_error", "message": "Overloaded"})]],
    ids=["cut", "no end", "error"],
)
def test_half_an_answer_is_an_error_and_is_never_asked_for_again(provider: Provider, rest: list[Any]) -> None:
    provider.plays(Answer([*START, *words("text_delta", "Milena "), *rest]))
    pieces = iter(model(provider).stream(QUESTION, max_tokens=5))
    assert next(pieces).text == "Milena "
    with pytest.raises(ModelUnavailable):
        next(pieces)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("refusal", "the content filter of Anthropic stopped anthropic:claude-sonnet-5-5"),
        ("model_context_window_exceeded", "the question with its passages is too long for anthropic:claude-sonnet-5-5"),
        ("max_tokens", "thought, and came to no answer"),
    ],
)
def test_a_reply_that_ends_for_another_reason(provider: Provider, reason: str, says: str) -> None:
    provider.plays(Answer([*START, *words("thinking_delta", "Hm."), *ending(reason)]))
    with pytest.raises(ModelError, match=says):
        answered(model(provider))


def test_an_answer_that_the_limit_cuts_off_says_so(provider: Provider) -> None:
    provider.plays(Answer([*START, *words("text_delta", "In 1871"), *ending("max_tokens")]))
    *said, last = model(provider).stream(QUESTION, max_tokens=5)
    assert ("".join(piece.text for piece in said), last.cut) == ("In 1871", True)


def test_an_answer_that_is_not_streamed_is_taken_whole(provider: Provider) -> None:
    whole = {"type": "message", "content": [{"type": "text", "text": "Milena Duras."}], "stop_reason": "end_turn"}
    provider.plays(Answer([json.dumps(whole)], kind="application/json"))
    assert answered(model(provider)) == ("", "Milena Duras.")
