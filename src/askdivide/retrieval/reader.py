"""Readers: cross-encoders that read question and passage together and say which sentences answer.

Named by the setting `reader`: "own", the one that comes along; "none"; a folder with one like it; or a sentence-transformers
CrossEncoder, as a folder or by the name under which the Hugging Face cache has it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from askdivide.errors import ModelUnavailable

OWN_READER, NO_READER = "own", "none"
OWN_VERSION = 2
"""Raise with every new training of the reader that comes along: what was calibrated with other weights does not hold for it."""


@dataclass(frozen=True)
class SentenceReading:
    """What the reader makes of one sentence. Logits: above 0 means likelier than not."""

    answers: float
    """Whether the sentence answers."""
    words: float
    """How much likelier the answer's own words stand here than nowhere in the passage; 0 where the reader does not say."""
    span: tuple[int, int]
    """Where those words stand, as offsets into the passage; empty where the reader has not seen the sentence, or does not say."""


@dataclass(frozen=True)
class Reading:
    """What the reader makes of one passage."""

    sentences: tuple[SentenceReading, ...]
    passage: float
    """Whether the passage answers at all; a logit."""


class Reader(Protocol):
    """Reads passages with a question in mind. Safe to use from several threads."""

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        """A reading of each passage, given as its text and the spans of its sentences. Raises ModelUnavailable."""
        ...


def load_reader(name: str, threads: int = 0) -> Reader | None:
    """The reader that the setting names, loaded once. Raises ModelUnavailable."""
    with _loading:
        return _loaded(name, threads)


# Two questions that come first together must not load the same weights twice.
_loading = threading.Lock()


@cache
def _loaded(name: str, threads: int) -> Reader | None:
    if name == NO_READER:
        return None
    from askdivide.retrieval.spanreader import SpanReader

    if name == OWN_READER:
        return SpanReader(Path(str(files("askdivide.retrieval") / "weights")), threads=threads)
    folder = Path(name).expanduser()
    if (folder / "model.onnx").is_file():
        return SpanReader(folder, threads=threads)
    if not folder.is_dir():
        folder = _cached(name)
    elif not (folder / "config.json").is_file():
        raise ModelUnavailable(
            f"no reader in {folder}: neither model.onnx of one trained here nor config.json of a sentence-transformers CrossEncoder;"
            " correct the setting reader, or leave it out"
        )
    from askdivide.retrieval.pairreader import PairReader

    return PairReader(folder, name=name, threads=threads)


def _cached(name: str) -> Path:
    """The folder in which the Hugging Face cache has the model `name`. Nothing is fetched."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise ModelUnavailable(
            f"reader {name} is neither own, none, a folder here nor a model in the Hugging Face cache;"
            " correct the setting reader, or fetch it with: hf download NAME"
        ) from error
