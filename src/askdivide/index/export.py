"""Exporting a sentence-transformers model to one ONNX graph, once, in a process of its own.

torch and transformers take seconds to import and several hundred megabytes; the process that indexes or answers never
loads them. Run as `python -m askdivide.index.export MODEL FOLDER IDENTITY`.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from askdivide.index.embedding import INT8

_PROBES = (
    "What does the licence allow?",
    "A second, longer probe: the exported graph has to give the same vector as the original for short and for long texts. " * 4,
    "短い文",
)
_TOLERANCE, _TOLERANCE_INT8 = 1e-3, 0.05
"""How far from 1 the cosine of the exported graph's vector and the model's may be. In eight bits it was .985 at least."""
OPSET = 23
"""The first with attention as one operator: from its parts, a run took 74 ms instead of 54 (with what `onnx.session` leaves out)."""


def run_export(model: Path, folder: Path, *, identity: str) -> str | None:
    """Export `model` into `folder` in a process of its own. Returns what went wrong, or None when the export is in place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        result = subprocess.run(
            [sys.executable, "-m", "askdivide.index.export", str(model), scratch, identity],
            capture_output=True,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
            check=False,
        )
        if result.returncode:
            return (result.stderr.strip().splitlines() or ["export failed"])[-1]
        finished = Path(scratch) / "export"
        try:
            os.replace(finished, folder)
        except OSError:
            # Another process finished the same export first.
            if not (folder / "embedder.json").is_file():
                shutil.rmtree(folder, ignore_errors=True)
                os.replace(finished, folder)
    return None


def export(model: Path, folder: Path, identity: str) -> None:
    """Write model.onnx, tokenizer.json and embedder.json into `folder`, in eight bits where `identity` says so.

    Raises where the graph and the model disagree.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(str(model), device="cpu", local_files_only=True, trust_remote_code=False).eval()
    tokenizer = transformer.tokenizer
    features = tokenizer(["a probe", "another probe, which is longer"], padding=True, return_tensors="pt")
    inputs = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features]

    class Graph(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def forward(self, *tensors: Any) -> Any:
            output = transformer(dict(zip(inputs, tensors, strict=True)))
            return output["sentence_embedding"], output["token_embeddings"]

    max_tokens = int(transformer.max_seq_length or 512)
    sizes = {0: torch.export.Dim("batch", min=1, max=65536), 1: torch.export.Dim("tokens", min=1, max=max_tokens)}
    torch.onnx.export(
        Graph().eval(),
        tuple(features[name] for name in inputs),
        str(folder / "model.onnx"),
        dynamo=True,
        opset_version=OPSET,
        external_data=False,
        input_names=inputs,
        output_names=["sentence_embedding", "token_embeddings"],
        dynamic_shapes=(tuple(sizes for _ in inputs),),
        verbose=False,
    )
    eight = identity.endswith(INT8)
    if eight:
        _quantize(folder / "model.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    prompts = transformer.prompts or {}
    config = {
        "identity": identity,
        "dimension": int(transformer.get_embedding_dimension()),
        "max_tokens": max_tokens,
        "query_prompt": prompts.get("query") or "",
        "document_prompt": prompts.get("document") or prompts.get("passage") or "",
        "inputs": inputs,
        "pad_id": int(tokenizer.pad_token_id or 0),
        # The range of the eight bits is found anew in each run: the vectors of a text must not depend on what else is in it.
        "alone": eight,
    }
    (folder / "embedder.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    _compare(transformer, folder, _TOLERANCE_INT8 if eight else _TOLERANCE)


def _quantize(model: Path) -> None:
    """Weights, and what they are multiplied with, in eight bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = model.rename(model.with_suffix(".full"))
    quantize_dynamic(full, model, op_types_to_quantize=["MatMul", "Gather"], weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()


def _compare(transformer: Any, folder: Path, tolerance: float) -> None:
    import numpy as np

    from askdivide.index.onnx import OnnxEmbedder

    embedder = OnnxEmbedder(folder)
    documents = transformer.encode_document(list(_PROBES), normalize_embeddings=True)
    ours = embedder.embed_documents(_PROBES, [[] for _ in _PROBES])
    queries = transformer.encode_query(list(_PROBES), normalize_embeddings=True)
    for probe, document, query, own in zip(_PROBES, documents, queries, ours, strict=True):
        for theirs, vector in ((document, own.vector), (query, embedder.embed_query(probe))):
            if 1 - float(np.dot(theirs, vector)) > tolerance:
                raise RuntimeError("the exported graph gives other vectors than the model")


def main() -> None:
    """Entry point of the exporting process."""
    model, scratch, identity = sys.argv[1:]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    folder = Path(scratch) / "export"
    folder.mkdir()
    export(Path(model), folder, identity)


if __name__ == "__main__":
    main()
