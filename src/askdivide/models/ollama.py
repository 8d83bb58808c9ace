"""Whether Ollama runs on this machine, and what it has."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from askdivide.models.presets import services

_SECONDS = 0.5


@dataclass(frozen=True)
class OllamaState:
    """What a look at Ollama has found."""

    running: bool
    models: tuple[str, ...] = ()
    """Names of the models that it has, the last changed first."""


def look_at_ollama(seconds: float = _SECONDS) -> OllamaState:
    """Ollama at its usual address, or at OLLAMA_HOST. It is only looked at, never started or asked to load anything."""
    address = urlsplit(services()["ollama"].address())
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(address.hostname or "127.0.0.1", address.port, timeout=seconds)
        try:
            connection.request("GET", "/api/tags")
            data = json.loads(connection.getresponse().read(1 << 20))
        finally:
            connection.close()
        return OllamaState(True, tuple(str(one["name"]) for one in data["models"]))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, socket.gaierror):
        return OllamaState(False)
