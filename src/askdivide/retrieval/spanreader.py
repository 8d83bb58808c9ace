"""The reader of our own: a small cross-encoder that says which sentence of a passage answers, with which words, and whether any does.

It reads question and passage together, once, and judges every sentence of the passage in that one run. How it is trained,
and on what, is told in training/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askdivide.errors import ModelUnavailable
from askdivide.retrieval.reader import Reading, SentenceReading

QUESTION_TOKENS, TOKENS = 48, 256
"""The reader's window: most tokens of a question, and of question and passage together."""
_ANSWER_TOKENS = 24
"""Most tokens of an answer's own words."""
_UNSEEN = -8.0
"""The score of a sentence that did not fit into the window."""
FILES = ("model.onnx", "tokenizer.json")


class SpanReader:
    """The reader's weights, loaded and ready. Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Load the reader in `folder`. Raises ModelUnavailable where there is none, or a broken one."""
        from tokenizers import Tokenizer

        from askdivide.index.onnx import cores, session

        if not all((folder / name).is_file() for name in FILES):
            raise ModelUnavailable(f"no reader in {folder} ({' and '.join(FILES)}); correct the setting reader, or leave it out")
        try:
            self._session = session(folder / "model.onnx", 1)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise ModelUnavailable(f"the reader in {folder} is damaged ({type(error).__name__}); correct the setting reader") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # Each passage is a run of its own on one core. Five took 36 ms on 2 cores and 61 ms of processor time; in batches of two on
        # both cores, which wait for one another at every step, 44 and 74 ms.
        self._runs = ThreadPoolExecutor(cores(threads), "reader")

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        """Read each passage, given as its text and the spans of its sentences, with `question` in mind."""
        if not passages:
            return []
        asked = self._tokenizer.encode(question).ids[1:-1][:QUESTION_TOKENS]
        start, separator = (int(self._tokenizer.token_to_id(mark) or 0) for mark in ("[CLS]", "[SEP]"))
        head = [start, *asked, separator]
        room = TOKENS - len(head) - 1
        texts = self._tokenizer.encode_batch([text for text, _ in passages], add_special_tokens=False)

        def one(row: int) -> Reading:
            body = [*texts[row].ids[:room], separator]
            ids = np.array([head + body], np.int64)
            types = np.array([[0] * len(head) + [1] * len(body)], np.int64)
            tokens, whole = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types})
            offsets = np.array(texts[row].offsets[:room]).reshape(-1, 2)
            nowhere = float(tokens[0, 0, 1] + tokens[0, 0, 2])
            sentences = tuple(_sentence(offsets, tokens[0, len(head) : -1], nowhere, span) for span in passages[row][1])
            return Reading(sentences, float(whole[0]))

        # The longest first, so that no core waits for one at the end.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row].ids))
        readings = dict(zip(order, self._runs.map(one, order), strict=True))
        return [readings[row] for row in range(len(passages))]


def _sentence(offsets: NDArray[np.int64], logits: NDArray[np.float32], nowhere: float, span: tuple[int, int]) -> SentenceReading:
    """The sentence at `span` from its tokens' logits, shape (tokens, 3): of an answering sentence, answer begins, answer ends."""
    inside = np.flatnonzero((offsets[:, 0] >= span[0]) & (offsets[:, 1] <= span[1]) & (offsets[:, 1] > offsets[:, 0]))
    if not len(inside):
        return SentenceReading(_UNSEEN, _UNSEEN, (span[0], span[0]))
    own = logits[inside]
    pairs = own[:, None, 1] + own[None, :, 2]
    lengths = np.arange(len(own))[None, :] - np.arange(len(own))[:, None]
    pairs = np.where((lengths >= 0) & (lengths < _ANSWER_TOKENS), pairs, -np.inf)
    begins, ends = np.unravel_index(int(pairs.argmax()), pairs.shape)
    return SentenceReading(
        answers=float(own[:, 0].mean()),
        words=float(pairs[begins, ends]) - nowhere,
        span=(int(offsets[inside[begins], 0]), int(offsets[inside[ends], 1])),
    )
