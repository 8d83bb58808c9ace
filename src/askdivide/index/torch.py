"""Running an embedding model with sentence-transformers itself: for the models that cannot be exported to ONNX."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import Embedded, Vectors


class TorchEmbedder:
    """A sentence-transformers model as it is. Sentences are embedded one by one."""

    def __init__(self, model: Path, *, identity: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer

            with quiet():
                self._model = SentenceTransformer(str(model), local_files_only=True, trust_remote_code=False)
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            raise EmbeddingError(f"the embedding model in {model} cannot be loaded: {error}") from error
        self.identity = identity
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text."""
        if not texts:
            return []
        return [len(ids) for ids in self._counter(list(texts), add_special_tokens=False, truncation=False)["input_ids"]]

    @cached_property
    def _counter(self) -> Any:
        """A tokenizer of its own: another thread may be embedding, and a tokenizer fails where two are at it."""
        return copy.deepcopy(self._model.tokenizer)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,)."""
        return np.asarray(self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False), np.float32)

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        """Vectors of texts and of the sentences at `spans` of each."""
        sentences = [text[start:end] for text, at in zip(texts, spans, strict=True) for start, end in at]
        vectors = np.asarray(
            self._model.encode_document([*texts, *sentences], normalize_embeddings=True, show_progress_bar=False), np.float32
        ).reshape(-1, self.dimension)
        results, position = [], len(texts)
        for row, at in enumerate(spans):
            results.append(Embedded(vectors[row], vectors[position : position + len(at)]))
            position += len(at)
        return results


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps transformers from writing bars and remarks to the terminal while it loads a model."""
    from transformers.utils import logging as hf_logging

    before = hf_logging.get_verbosity()
    hf_logging.set_verbosity(logging.ERROR)
    hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        hf_logging.set_verbosity(before)
