"""What went wrong at a service, told in one line with what to do about it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from askdivide.errors import CredentialsMissing, ModelError, ModelUnavailable, ModelUnknown, NoAnswer
from askdivide.models.presets import Service

_SAID_MOST = 200
_SECRET = re.compile(r"\b(?:sk|pk|key)[-_][\w.*-]{6,}|\bBearer\s+\S+", re.IGNORECASE)

# In the order in which they are tried: a code or message often matches several.
_SIGNS = {
    "credit": "insufficient[_ ]?(quota|balance|credit|funds)|arrearage|credit balance|billing|overdue|payment required|freetieronly"
    "|good standing",
    "filter": "content[_ ]?(filter|policy)|data_?inspection|inappropriate content|moderation|flagged",
    "overflow": "context[_ ]?(length|size|window)|exceed_context|prompt is too long|range of input length|maximum (context|input)"
    "|too many (input )?tokens|request_too_large|input (is|was) too long",
    "model": "model[_ ]?not[_ ]?(found|exist)|model.{0,200}(does not exist|not found|not exist|is not supported)|not a valid model"
    "|no endpoints found",
    "key": "invalid[_ ]?api[_ ]?key|incorrect api key|api key not valid|authentication|unauthori[sz]ed|invalid x-api-key"
    "|no auth credentials",
    "rate": "rate[_ ]?limit|throttling|too many requests|requests per",
    "busy": "overloaded|unavailable|server_error|internal[_ ]?(server[_ ]?)?error|loading model|timed? ?out",
}
_LASTING = ("credit", "filter", "overflow")
"""What waiting does not mend, whatever the status."""
_STATUSES = {401: "key", 402: "credit", 403: "forbidden", 404: "model", 408: "busy", 413: "overflow", 425: "busy", 429: "rate", 529: "busy"}


class TryAgain(ModelUnavailable):
    """A failure that passes: worth another try after `after` seconds, where the service has named a time."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True)
class Asked:
    """Who was asked: what a message needs to name things."""

    name: str
    """provider:model"""
    model: str
    service: Service
    url: str

    def no_key(self) -> CredentialsMissing:
        """The key is not set."""
        keys = f" (keys: {self.service.keys})" if self.service.keys else ""
        return CredentialsMissing(f"{self.name} needs a key: set the environment variable {self.service.key}{keys}")

    def failure(self, status: int | None, body: str, *, after: float | None = None) -> ModelError:
        """The error for an answer of `status` (None: an error in the middle of a stream) with `body`."""
        key_set = os.environ.get(self.service.key, "").strip() if self.service.key else ""
        codes, said = _said(body.replace(key_set, "…") if key_set else body)
        kind = _kind(status, codes, said)
        title, key = self.service.title, self.service.key
        told = f' ("{said}")' if said else ""
        if kind == "credit" and status == 429 and self.service.name == "qwen":
            # DashScope names its limits on tokens a minute like OpenAI's empty account.
            kind = "rate"
        if kind == "rate":
            return TryAgain(f"{title} is limiting requests to {self.name}{told}; wait a while and ask again", after)
        if kind == "busy":
            number = f" (status {status})" if status else ""
            return TryAgain(f"{title} cannot answer just now{number}{told}; ask again, or choose another model", after)
        if kind == "overflow":
            return self.overflow(said)
        if kind == "filter":
            return NoAnswer(f"the content filter of {title} stopped {self.name}{told}; ask in other words, or choose another model")
        if kind == "model":
            return ModelUnknown(f"{title} has no model {self.model}{told}; {self._other_models()}")
        if kind == "key" and key:
            # What a service says about a wrong key may hold the key: it is not repeated.
            keys = f" (keys: {self.service.keys})" if self.service.keys else ""
            return CredentialsMissing(f"{title} does not accept the key in {key}; set that variable to a valid key{keys}")
        at = f" at {self.service.keys}" if self.service.keys else ""
        mend = "mend what it names" if said else "check the address and the model's name"
        return ModelError(
            {
                "key": f"{title} at {self.url} asks for a key, and {self.name} has none; choose another model",
                "credit": f"the {title} account has no credit left for {self.name}; top it up{at}, or choose another model",
                "forbidden": f"{title} does not allow {self.name} with this key{told}; check what the key in {key} may do",
                "path": f"{title} has nothing at {self.url}{told}; check the address (it often ends in /v1)",
            }.get(kind, f"{title} refused the request to {self.name} (status {status or 'unknown'}){told}; {mend}, or choose another model")
        )

    def overflow(self, said: str = "") -> ModelError:
        """The prompt does not fit."""
        told = f' ("{said}")' if said else ""
        return NoAnswer(
            f"the question with its passages is too long for {self.name}{told};"
            " lower ASKDIVIDE_PASSAGES, or choose a model with a longer context"
        )

    def _other_models(self) -> str:
        if self.service.name == "ollama":
            return f"run: ollama pull {self.model}"
        if self.service.name == "server":
            return f"see what it serves: {self.url}/models"
        return "see: askdivide models"


def _kind(status: int | None, codes: str, said: str) -> str:
    if status is not None and status >= 500 and status != 529:
        # llama.cpp and gateways answer 5xx with many words; only the ones that waiting does not mend are looked for.
        found = next((kind for kind, sign in _SIGNS.items() if kind in _LASTING and re.search(sign, f"{codes} {said}", re.IGNORECASE)), "")
        return found or "busy"
    for text in (codes, said):
        for kind, sign in _SIGNS.items():
            if re.search(sign, text, re.IGNORECASE):
                return "rate" if kind == "busy" and status == 429 else kind
    if status == 404 and "model" not in said.lower():
        return "path"
    return _STATUSES.get(status or 0, "" if status else "busy")


def _said(body: str) -> tuple[str, str]:
    """The codes in an error's body, and its message, harmless and short."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        text = re.sub(r"<(?:script|style).*?</(?:script|style)>|<[^>]*>", " ", body, flags=re.DOTALL | re.IGNORECASE)
        return "", clean(text)
    found = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(found, dict):
        return "", clean(found if isinstance(found, str) else "")
    codes = " ".join(str(found[key]) for key in ("code", "type", "status") if found.get(key) is not None)
    message = found.get("message") or found.get("detail") or found.get("error") or ""
    if isinstance(meta := found.get("metadata"), dict) and isinstance(meta.get("raw"), str):
        message = f"{message}: {meta['raw']}"
    return codes, clean(message if isinstance(message, str) else json.dumps(message))


def clean(text: str) -> str:
    """`text` as one short line without anything that looks like a key."""
    line = _SECRET.sub("…", " ".join(text.split())).replace('"', "'")
    return line if len(line) <= _SAID_MOST else line[: _SAID_MOST - 1] + "…"
