"""GGUF files, run in this process by llama.cpp (xllamacpp, extra `gguf`)."""

from __future__ import annotations

import http.client
import json
import queue
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from askdivide.errors import ExtraMissing, ModelError, NoAnswer
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.ggufheader import read_header
from askdivide.models.thinking import Reply
from askdivide.models.worker import Worker
from askdivide.settings import Settings

CONTEXT = 8192
"""Most tokens of context unless the settings say otherwise: their memory is taken when the model is loaded."""
_BATCH = 256
"""Tokens of a prompt that are read at a time; a stop is noticed in between."""


class GgufModel(ChatModel):
    """A GGUF file in this process. Its weights are loaded by the first question; questions are answered one after the other."""

    def __init__(self, path: Path, *, name: str = "", context: int = 0, threads: int = 0) -> None:
        """Reads the file's header only. With a `context` of 0 it is what the model was trained for, at most 8192 tokens."""
        header = read_header(path)
        self.name = name or f"gguf:{path}"
        self.context_tokens = context or min(header.context or CONTEXT, CONTEXT)
        self.thinking_tokens = self.context_tokens // 4 if "think" in header.template else 0
        self._path = path
        self._threads = threads
        self._key = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._server: Any = None

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it arrives, thinking kept apart. Closing it, or leaving it, stops the model within one batch of its prompt."""
        if not messages:
            raise ModelError(f"{self.name} was asked nothing")
        request: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens + self.thinking_tokens,
            "stream": True,
            "return_progress": True,
        }
        if not self.thinking_tokens:
            request["temperature"] = 0
        return self._pieces(self._load(), request)

    def count_tokens(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer."""
        return len(self._post(self._load(), "/tokenize", {"content": text})["tokens"])

    def _pieces(self, server: Any, request: dict[str, Any]) -> Iterator[Piece]:
        arrived: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

        def put(chunk: dict[str, Any]) -> bool:
            arrived.put(chunk)
            return worker.stop.is_set()

        def run() -> None:
            try:
                server.handle_chat_completions(request, put)
            except Exception as error:  # noqa: BLE001 - it is told by the thread that reads
                arrived.put({"error": {"message": f"{type(error).__name__}: {error}"}})
            finally:
                arrived.put(None)

        worker = Worker(run)
        worker.start()
        try:
            yield from self._read(iter(arrived.get, None))
        finally:
            worker.stop.set()

    def _read(self, chunks: Iterator[dict[str, Any]]) -> Iterator[Piece]:
        # llama.cpp takes the thinking of the templates that it knows out itself.
        reply, finish = Reply(self.name, remedy="raise ASKDIVIDE_CONTEXT"), ""
        for chunk in chunks:
            if error := chunk.get("error"):
                raise self._failure(error)
            for choice in chunk.get("choices") or ():
                delta = choice.get("delta") or {}
                if reasoning := delta.get("reasoning_content"):
                    yield reply.think(reasoning)
                yield from reply.feed(delta.get("content") or "")
                finish = choice.get("finish_reason") or finish
        if not finish:
            raise ModelError(f"{self.name} stopped in the middle of its answer")
        yield from reply.end(cut=finish == "length")

    def _failure(self, error: Any) -> ModelError:
        about = error if isinstance(error, dict) else {"message": str(error)}
        if "n_prompt_tokens" in about or "context" in str(about.get("type", "")):
            return NoAnswer(
                f"the question with its passages is too long for {self.name}: {about.get('n_prompt_tokens', 'more')} tokens,"
                f" and its context holds {self.context_tokens}; raise ASKDIVIDE_CONTEXT, or lower ASKDIVIDE_PASSAGES"
            )
        return ModelError(f"{self.name} failed: {' '.join(str(about.get('message', about)).split())}")

    def _load(self) -> Any:
        with self._lock:
            if self._server is None:
                self._server = self._loaded()
            return self._server

    def _loaded(self) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self.context_tokens
        params.n_batch = params.n_ubatch = _BATCH
        # One place: a second question waits for the first, and each has the whole context.
        params.n_parallel = 1
        if self._threads:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        # Prompts of earlier questions would be kept in up to 8 GB.
        params.cache_ram_mib = 0
        params.warmup = False
        params.verbosity = -1
        # llama.cpp listens on a loopback port, which is used for counting tokens; nobody else gets in without this key.
        params.api_keys = [self._key]
        params.hostnames = ["127.0.0.1"]
        params.cors_origins = ""
        params.ui = False
        params.endpoint_slots = False
        params.offline = True
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            size = self._path.stat().st_size / 1e9 if self._path.exists() else 0
            raise ModelError(
                f"llama.cpp cannot load {self._path} ({size:.1f} GB): it is damaged, of a kind that this xllamacpp does not know,"
                f" or too large for the memory with a context of {self.context_tokens}; fetch it again, or lower ASKDIVIDE_CONTEXT"
            ) from error

    def _post(self, server: Any, path: str, body: dict[str, Any]) -> Any:
        address = urlsplit(server.listening_address)
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"})
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ModelError(f"{self.name} does not count tokens ({type(error).__name__})") from error
        finally:
            connection.close()


def open_gguf(name: str, settings: Settings) -> ChatModel:
    """The model `gguf:PATH`."""
    path = Path(name.removeprefix("gguf:")).expanduser()
    if path.is_dir():
        found = sorted(path.glob("*.gguf"))
        raise ModelError(f"{path} is a folder; name a file in it" + (f", such as gguf:{found[0]}" if found else ", ending in .gguf"))
    model = GgufModel(path, name=name, context=settings.context, threads=settings.threads)
    try:
        import xllamacpp  # noqa: F401
    except ImportError as error:
        raise ExtraMissing("GGUF files are run by xllamacpp, which is not installed; run: pip install 'askdivide[gguf]'") from error
    return model
