"""Running an embedding model with sentence-transformers itself: for models that cannot be exported to ONNX, and on a graphics card."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import Embedded, Vectors

_CARDS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""What there is where there is a card, of NVIDIA, of AMD, and below Windows: importing torch to ask takes seconds."""


class GraphicsCard:
    """A sentence-transformers model on a graphics card, which gives what its exported graph gives. Safe to use from several threads."""

    batch_tokens = 16_384
    """Padded tokens of a batch."""

    def __init__(self, model: Path, device: str) -> None:
        """Load `model` on to torch's `device`. Raises RuntimeError where that has no room."""
        from sentence_transformers import SentenceTransformer

        with quiet():
            self._model = SentenceTransformer(str(model), device=device, local_files_only=True, trust_remote_code=False).eval()
        self._device = device

    def run(self, inputs: Mapping[str, NDArray[np.int64]]) -> tuple[Vectors, Vectors]:
        """Sentence vectors and token vectors. Raises EmbeddingError where the card fails, as for want of memory."""
        import torch

        try:
            with torch.inference_mode():
                output = self._model({name: torch.from_numpy(array).to(self._device) for name, array in inputs.items()})
                return output["sentence_embedding"].float().cpu().numpy(), output["token_embeddings"].float().cpu().numpy()
        except RuntimeError as error:
            reason = str(error).partition("\n")[0][:200]
            raise EmbeddingError(f"the graphics card failed ({reason}); to do without it, set CUDA_VISIBLE_DEVICES=-1") from error


def graphics_card(model: Path) -> GraphicsCard | None:
    """`model` on the first graphics card; None without one that torch can use, or with one that is full."""
    if not any(Path(card).exists() for card in _CARDS):
        return None
    try:
        import torch

        return GraphicsCard(model, "cuda") if torch.cuda.is_available() else None
    except (ImportError, OSError, ValueError, RuntimeError):
        return None


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
