"""The reader: a small cross-encoder of our own that says which sentence of a passage answers a question, and whether any does.

It reads question and passage together, once, and scores every sentence of the passage in that one run. How it is trained,
and on what, is told in training/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askdivide.errors import ModelUnavailable

_QUESTION_TOKENS, _TOKENS = 48, 256


@dataclass(frozen=True)
class Reading:
    """What the reader makes of one passage. Logits: above 0 means likelier than not."""

    sentences: NDArray[np.float32]
    """Whether each sentence answers; shape (sentences,)."""
    passage: float
    """Whether the passage answers at all."""


class Reader:
    """The reader's weights, loaded and ready. Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Load the reader in `folder`. Raises ModelUnavailable where there is none."""
        import onnxruntime
        from tokenizers import Tokenizer

        from askdivide.index.onnx import session_options

        if not (folder / "model.onnx").is_file() or not (folder / "tokenizer.json").is_file():
            raise ModelUnavailable(f"no reader in {folder} (model.onnx and tokenizer.json); correct the setting reader, or leave it empty")
        model = str(folder / "model.onnx")
        self._session = onnxruntime.InferenceSession(model, session_options(threads), providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        """Read each passage, given as its text and the spans of its sentences, with `question` in mind."""
        if not passages:
            return []
        asked = self._tokenizer.encode(question).ids[1:-1][:_QUESTION_TOKENS]
        start, separator = (int(self._tokenizer.token_to_id(mark) or 0) for mark in ("[CLS]", "[SEP]"))
        head = [start, *asked, separator]
        room = _TOKENS - len(head) - 1
        texts = self._tokenizer.encode_batch([text for text, _ in passages], add_special_tokens=False)
        length = len(head) + min(max(len(text.ids) for text in texts), room) + 1
        ids = np.zeros((len(texts), length), np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, text in enumerate(texts):
            body = [*text.ids[:room], separator]
            end = len(head) + len(body)
            ids[row, :end] = head + body
            mask[row, :end] = 1
            types[row, len(head) : end] = 1
        token_scores, passage_scores = self._session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
        readings = []
        for row, (text, (_, spans)) in enumerate(zip(texts, passages, strict=True)):
            offsets = np.array(text.offsets[:room]).reshape(-1, 2)
            scores = token_scores[row, len(head) : len(head) + len(offsets)]
            readings.append(Reading(_pooled(offsets, scores, spans), float(passage_scores[row])))
        return readings


_UNSEEN = -8.0
"""The score of a sentence that did not fit into the reader's window."""


def _pooled(offsets: NDArray[np.int64], scores: NDArray[np.float32], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    pooled = np.full(len(spans), _UNSEEN, np.float32)
    for row, (start, end) in enumerate(spans):
        inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])
        if inside.any():
            pooled[row] = scores[inside].mean()
    return pooled


@cache
def load_reader(folder: Path, threads: int = 0) -> Reader:
    """The reader in `folder`, loaded once."""
    return Reader(folder, threads=threads)
