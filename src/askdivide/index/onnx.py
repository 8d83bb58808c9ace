"""Running an exported embedding model with onnxruntime: no torch, a fraction of a second to start."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import Embedded, Vectors, unit
from askdivide.index.openvino import STEP, HalfPrecision, half_precision, halving_core
from askdivide.index.torch import GraphicsCard, graphics_card

EXPORT_VERSION = 2
_BATCH_TOKENS = 512
"""Padded tokens of a batch.

On 2 cores, two batches at a time, 400 chunks took 5.4 s and the process 270 MB; with 4,096 tokens 7.6 s and 550 MB."""

_MANY = 64
"""Texts of one call from which it is worth the second that half precision takes to get ready: it saves 14 ms of each.

A graphics card, which takes some seconds more, is asked from there on, too."""


def export_folder(cache: Path, identity: str) -> Path:
    """Where the export of the model with this identity is kept."""
    return cache / "onnx" / f"{re.sub(r'[^A-Za-z0-9._@-]+', '-', identity)}-v{EXPORT_VERSION}"


def exported(folder: Path) -> bool:
    """Whether `folder` holds a finished export."""
    return (folder / "embedder.json").is_file()


def cores(threads: int) -> int:
    """On how many cores a model runs that is to have `threads` threads (0: one for each core)."""
    return threads or os.cpu_count() or 1


def session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """A model to be run on `threads` threads (0: one for each core), without an arena that keeps memory once used."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores(threads)
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    # Threads that wait for work sleep. When they spun, a question cost 0.31 s of processor time instead of 0.13 (2 cores, both in use
    # by others, too), and took four times as long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # onnxruntime's joint kernel of addition and normalization took more than twice as long as its two kernels for them.
    return onnxruntime.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


class OnnxEmbedder:
    """A sentence-transformers model exported by `export`: one graph from tokens to sentence and token vectors.

    A sentence's vector is the mean of its tokens' vectors in the run over the whole text ("late chunking", Günther et al.
    2024, arXiv 2409.04701): one run gives them all, and each knows its surroundings. On SQuAD 2 paragraphs this chose the
    answering sentence as well as embedding each sentence by itself (.732 against .740 first, .887 against .891 in three).
    """

    def __init__(self, folder: Path, *, threads: int = 0, weights: Path | None = None) -> None:
        """Load the export in `folder`. Many texts are embedded on a graphics card where there is one and `weights` are the original's."""
        try:
            config = json.loads((folder / "embedder.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise _damaged(folder, error) from error
        self._model = folder / "model.onnx"
        self._threads = cores(threads)
        self._weights = weights
        # Loaded here, not at the first question.
        _ = self._session
        self._runs = ThreadPoolExecutor(self._threads, "embed")
        self.identity: str = config["identity"]
        self.dimension: int = config["dimension"]
        self.max_tokens: int = config["max_tokens"]
        self._query_prompt: str = config["query_prompt"]
        self._document_prompt: str = config["document_prompt"]
        self._inputs: list[str] = config["inputs"]
        self._pad: int = config["pad_id"]
        self._batch_tokens = 0 if config.get("alone") else _BATCH_TOKENS
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text; long texts are counted in full."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    @cached_property
    def _counter(self) -> Tokenizer:
        """A tokenizer of its own that cuts nothing: other threads may be embedding."""
        counter = Tokenizer.from_str(self._tokenizer.to_str())
        counter.no_truncation()
        return counter

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        try:
            return session(self._model, self._threads)
        except Exception as error:
            raise _damaged(self._model.parent, error) from error

    @cached_property
    def _of_many(self) -> GraphicsCard | HalfPrecision | None:
        """The quickest way there is to embed many texts; None: as any others."""
        card = graphics_card(self._weights) if self._weights else None
        core = None if card else halving_core()
        if card is None and core is None:
            return None
        # Each way to run the model has its weights in memory; a process that embeds many texts has seldom a question.
        self.__dict__.pop("_session", None)
        return card or half_precision(core, self._model, self._threads)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,)."""
        sentence_vectors, _ = self._run([self._tokenizer.encode(self._query_prompt + text)])
        return unit(sentence_vectors[0])

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        """Vectors of texts and of their sentences; texts of like length are run together, many of them the quickest way there is."""
        quick = self._of_many if self._batch_tokens and (len(texts) >= _MANY or "_of_many" in self.__dict__) else None
        most = quick.batch_tokens if quick else self._batch_tokens
        encodings = self._tokenizer.encode_batch([self._document_prompt + text for text in texts])
        shift = len(self._document_prompt)
        results: dict[int, Embedded] = {}

        def embed(batch: Sequence[int]) -> None:
            vectors, token_vectors = self._run([encodings[i] for i in batch], quick)
            for row, i in enumerate(batch):
                sentences = _pooled(encodings[i], token_vectors[row], spans[i], shift)
                results[i] = Embedded(unit(vectors[row]), sentences)

        for _ in self._runs.map(embed, _batches([len(encoding.ids) for encoding in encodings], most)):
            pass
        return [results[i] for i in range(len(texts))]

    def _run(self, encodings: Sequence[Encoding], quick: GraphicsCard | HalfPrecision | None = None) -> tuple[Vectors, Vectors]:
        length = max(len(encoding.ids) for encoding in encodings)
        if quick:
            length = min(-(-length // STEP) * STEP, self.max_tokens)
        ids = np.full((len(encodings), length), self._pad, np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        known: dict[str, Any] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        inputs = {name: known[name] for name in self._inputs}
        vectors, token_vectors = quick.run(inputs) if quick else self._session.run(None, inputs)
        return vectors, token_vectors


def _damaged(folder: Path, error: Exception) -> EmbeddingError:
    return EmbeddingError(f"the exported embedding model in {folder} is damaged ({type(error).__name__}); remove that folder")


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Texts of like length together, of `most` padded tokens or, where one has more, alone."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[i] > most:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _pooled(encoding: Encoding, token_vectors: Vectors, spans: Sequence[tuple[int, int]], shift: int) -> Vectors:
    offsets = np.array(encoding.offsets).reshape(-1, 2)
    real = offsets[:, 1] > offsets[:, 0]
    pooled = np.zeros((len(spans), token_vectors.shape[-1]), np.float32)
    for row, (start, end) in enumerate(spans):
        inside = real & (offsets[:, 0] >= start + shift) & (offsets[:, 1] <= end + shift)
        if inside.any():
            pooled[row] = token_vectors[: len(inside)][inside].mean(axis=0)
    return unit(pooled)
