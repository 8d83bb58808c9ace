"""Causal language models of the Hugging Face hub, run in this process by transformers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from askdivide.errors import ModelError, NoAnswer
from askdivide.index.torch import quiet
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.models.failures import clean
from askdivide.models.thinking import Reply
from askdivide.models.worker import Worker
from askdivide.settings import Settings

CONTEXT = 8192
"""Most tokens of context unless the settings say otherwise."""
_FILES = ["*.json", "*.txt", "*.model", "*.jinja", "*.safetensors"]


class HuggingFaceModel(ChatModel):
    """A model in a folder: its weights as safetensors, no code of its own. Loaded by the first question, which others wait for."""

    def __init__(self, folder: Path, *, name: str = "", context: int = 0, threads: int = 0) -> None:
        """Reads the tokenizer and the configuration only. Raises ModelError where the folder holds no chat model."""
        from transformers import AutoConfig, AutoTokenizer

        self.name = name or f"hf:{folder}"
        self._folder = folder
        self._threads = threads
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._model: Any = None
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise self._unusable(error) from error
        if not self._tokenizer.chat_template:
            raise ModelError(
                f"{self.name} has no chat template, so it is not made for answering; choose one that ends in -Instruct or -Chat"
            )
        trained = getattr(config.get_text_config(), "max_position_embeddings", None) or CONTEXT
        self.context_tokens = context or min(trained, CONTEXT)
        self._opened = self._prompt([Message("user", "?")]).rstrip().endswith("<think>")
        self.thinking_tokens = self.context_tokens // 4 if "think" in str(self._tokenizer.chat_template) else 0

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it arrives, thinking kept apart. Closing it stops the model with the next token."""
        ids = self._ids(self._prompt(messages))
        if len(ids) + 1 > self.context_tokens:
            raise NoAnswer(
                f"the question with its passages is too long for {self.name}: {len(ids)} tokens, and its context holds"
                f" {self.context_tokens}; raise ASKDIVIDE_CONTEXT, or lower ASKDIVIDE_PASSAGES"
            )
        return self._pieces(ids, min(max_tokens + self.thinking_tokens, self.context_tokens - len(ids)))

    def count_tokens(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer."""
        return len(self._ids(text))

    def _pieces(self, ids: list[int], most: int) -> Iterator[Piece]:
        import torch
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        with self._turn:
            model = self._loaded()
            streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
            failed: list[Exception] = []
            lengths: list[int] = []
            prompt = torch.tensor([ids], device=model.device)

            def stopped(seen: Any, _scores: Any, **_more: Any) -> Any:
                return torch.full((seen.shape[0],), worker.stop.is_set(), dtype=torch.bool, device=seen.device)

            def run() -> None:
                try:
                    made = model.generate(
                        prompt,
                        attention_mask=torch.ones_like(prompt),
                        max_new_tokens=most,
                        streamer=streamer,
                        stopping_criteria=StoppingCriteriaList([stopped]),
                        **({} if self.thinking_tokens else {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}),
                    )
                    lengths.append(made.shape[1] - len(ids))
                except Exception as error:  # noqa: BLE001 - it is told by the thread that reads
                    failed.append(error)
                    streamer.end()  # type: ignore[no-untyped-call]

            worker = Worker(run)
            worker.start()
            reply = Reply(self.name, opened=self._opened, remedy="raise ASKDIVIDE_CONTEXT")
            try:
                for text in streamer:
                    yield from reply.feed(text)
            finally:
                worker.stop.set()
                worker.join()
            if failed:
                raise ModelError(f"{self.name} failed: {type(failed[0]).__name__}: {clean(str(failed[0]))}") from failed[0]
            yield from reply.end(cut=lengths[0] >= most)

    def _loaded(self) -> Any:
        if self._model is None:
            import torch
            from safetensors import SafetensorError
            from transformers import AutoModelForCausalLM

            if self._threads:
                torch.set_num_threads(self._threads)
            device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
            try:
                loaded: Any = AutoModelForCausalLM.from_pretrained(
                    self._folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype="auto"
                )
                self._model = loaded.to(device).eval()
            except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
                raise self._unusable(error) from error
        return self._model

    def _prompt(self, messages: Sequence[Message]) -> str:
        given = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return self._templated(given)
        except Exception as error:
            # Templates are programs of their makers, and raise what they like. Some know no system message.
            if len(given) > 1 and given[0]["role"] == "system" and given[1]["role"] == "user":
                joined = {"role": "user", "content": f"{given[0]['content']}\n\n{given[1]['content']}"}
                with suppress(Exception):
                    return self._templated([joined, *given[2:]])
            raise ModelError(f"the chat template of {self.name} refuses the messages: {clean(str(error))}") from error

    def _templated(self, messages: list[dict[str, str]]) -> str:
        with self._counting:
            return str(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))

    def _ids(self, text: str) -> list[int]:
        with self._counting:
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _unusable(self, error: Exception) -> ModelError:
        return ModelError(
            f"{self.name} cannot be run by transformers, which takes safetensors weights of the kinds that it knows: {clean(str(error))}"
        )


def open_hf(name: str, settings: Settings) -> ChatModel:
    """The model `hf:NAME`: a folder, or a repository from the Hugging Face cache or hub."""
    with quiet():
        return HuggingFaceModel(_folder(name.removeprefix("hf:")), name=name, context=settings.context, threads=settings.threads)


def _folder(model: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        try:
            return Path(snapshot_download(model, local_files_only=True, allow_patterns=_FILES))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(model, allow_patterns=_FILES))
    except GatedRepoError as error:
        raise ModelError(
            f"the makers of {model} ask for an agreement: accept it at huggingface.co/{model}, and run: hf auth login"
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError, ValueError) as error:
        offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
        remedy = "unset HF_HUB_OFFLINE to fetch it" if offline else f"check the name and the network, or run: hf download {model}"
        raise ModelError(f"{model} is neither a folder here nor in the Hugging Face cache; {remedy}") from error
