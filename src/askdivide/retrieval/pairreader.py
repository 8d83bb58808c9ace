"""A sentence-transformers CrossEncoder as reader: models such as BAAI/bge-reranker-v2-m3, which score a question with a text.

They give one number for a pair and know nothing of sentences, so every sentence is a pair of its own, below the title and
headings of its passage, and the whole passage is another. A sentence's logit is the mean of the two: alone it lacks what
"it" stands for, and the passage alone does not tell its sentences apart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from askdivide.errors import ModelUnavailable
from askdivide.index.torch import quiet
from askdivide.retrieval.reader import Reading, SentenceReading

_SAID_MOST = 200


class PairReader:
    """A CrossEncoder with one label, run by torch. Several threads take turns."""

    def __init__(self, folder: Path, *, name: str = "", threads: int = 0) -> None:
        """Load the model in `folder`; safetensors only, none of its code is run. Raises ModelUnavailable."""
        self._name = name or str(folder)
        if not _scores_pairs(folder):
            raise ModelUnavailable(f"{self._name} is no cross-encoder, but another kind of model; name a reranker in the setting reader")
        import torch
        from sentence_transformers import CrossEncoder

        self._turn = threading.Lock()
        if threads:
            torch.set_num_threads(threads)
        try:
            with quiet():
                self._model = CrossEncoder(
                    str(folder),
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},
                    # Logits, whatever the model would make of them by itself.
                    activation_fn=torch.nn.Identity(),
                )
        except Exception as error:
            raise self._failed(
                "cannot be run by sentence-transformers, which takes safetensors weights of the kinds it knows", error
            ) from error
        if self._model.num_labels != 1:
            raise ModelUnavailable(
                f"reader {self._name} gives {self._model.num_labels} scores for a pair, and a reader gives one; name a reranker"
            )

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        """Read each passage, given as its text and the spans of its sentences, with `question` in mind. Raises ModelUnavailable."""
        pairs = [(question, text) for passage, spans in passages for text in _texts(passage, spans)]
        scores = iter(self._scores(pairs))
        readings = []
        for _, spans in passages:
            whole = next(scores)
            readings.append(Reading(tuple(SentenceReading((next(scores) + whole) / 2, 0.0, (start, start)) for start, _ in spans), whole))
        return readings

    def _scores(self, pairs: list[tuple[str, str]]) -> list[float]:
        try:
            # Its tokenizer is set anew with each call, and fails where another thread is at it.
            with self._turn:
                return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]
        except Exception as error:
            raise self._failed("failed", error) from error

    def _failed(self, what: str, error: Exception) -> ModelUnavailable:
        said = " ".join(str(error).split())[:_SAID_MOST]
        return ModelUnavailable(f"reader {self._name} {what} ({type(error).__name__}: {said}); name another in the setting reader")


def _scores_pairs(folder: Path) -> bool:
    """Whether the model in `folder` was made to score pairs. Another kind loads as well, with a head of random weights."""
    try:
        said, config = (_json(folder / name) for name in ("config_sentence_transformers.json", "config.json"))
    except (OSError, ValueError):
        # Loading it will tell what is wrong.
        return True
    if "model_type" in said:
        return bool(said["model_type"] == "CrossEncoder")
    return any(str(name).endswith("ForSequenceClassification") for name in config.get("architectures") or [])


def _json(file: Path) -> dict[str, Any]:
    """What a file of settings holds; nothing where there is none."""
    data = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return data if isinstance(data, dict) else {}


def _texts(passage: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The passage, and each of its sentences below what stands before the first."""
    head = passage[: spans[0][0]] if spans else ""
    return [passage, *(head + passage[start:end] for start, end in spans)]
