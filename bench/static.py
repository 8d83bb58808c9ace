"""An embedding model that costs next to nothing: the word-piece vectors of all-MiniLM-L6-v2, averaged.

Its vectors have the dimensions of the real model and lie in clusters as those of real text do (articles on like subjects
share words), which vectors made of hashes or dice do not: so a graph of neighbours is as hard to search. What it does not
have is the model's understanding. Rare pieces weigh more (Arora et al. 2017), as vocabularies of this kind are sorted by
frequency; their common part is taken out.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from askdivide.index.embedding import DEFAULT, find_model, fingerprint
from askdivide.index.onnx import export_folder

_USUAL = 1e-3
"""A piece of this probability counts half of what a very rare one does."""


def make(model: Path, cache: Path) -> None:
    """Write the model into folder `model`, for the setting `embedding`, with its graph in `cache`, for the setting `cache`."""
    original = find_model(DEFAULT)
    model.mkdir(parents=True, exist_ok=True)
    (model / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "static"}]), encoding="utf-8")
    (model / "tokenizer.json").write_text((original / "tokenizer.json").read_text(encoding="utf-8"), encoding="utf-8")
    identity = f"{model}@{fingerprint(model)}"
    folder = export_folder(cache, identity)
    folder.mkdir(parents=True, exist_ok=True)
    weights = load_file(original / "model.safetensors")
    vectors = next(value for name, value in weights.items() if name.endswith("word_embeddings.weight")).astype(np.float32)
    onnx.save(_graph(_weighted(vectors)), folder / "model.onnx")
    (folder / "tokenizer.json").write_text((original / "tokenizer.json").read_text(encoding="utf-8"), encoding="utf-8")
    config = {
        "identity": identity, "dimension": vectors.shape[1], "max_tokens": 256, "query_prompt": "", "document_prompt": "",
        "inputs": ["input_ids", "attention_mask"], "pad_id": 0,
    }  # fmt: skip
    (folder / "embedder.json").write_text(json.dumps(config), encoding="utf-8")


def _weighted(vectors: np.ndarray) -> np.ndarray:
    # BERT's vocabulary: marks and single characters up to 999 (full stop, comma, ...), then words, the most frequent first.
    ranks = np.maximum(np.arange(len(vectors)) - 995, 1)
    probabilities = 0.08 / ranks
    vectors = vectors - vectors[1996:].mean(axis=0)
    vectors *= (_USUAL / (_USUAL + probabilities))[:, None]
    vectors[:999] = 0
    return vectors.astype(np.float32)


def _graph(vectors: np.ndarray) -> onnx.ModelProto:
    """Ids and mask to the text's vector and its tokens' vectors; scale is no matter, for both are made unit vectors."""
    nodes = [
        helper.make_node("Gather", ["vectors", "input_ids"], ["gathered"]),
        helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["spread"]),
        helper.make_node("Mul", ["gathered", "spread"], ["token_embeddings"]),
        helper.make_node("ReduceSum", ["token_embeddings", "tokens"], ["sentence_embedding"], keepdims=0),
    ]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
    size = vectors.shape[1]
    made = [
        helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", size]),
        helper.make_tensor_value_info("token_embeddings", TensorProto.FLOAT, ["batch", "tokens", size]),
    ]
    constants = [("vectors", vectors), ("last", np.array([2])), ("tokens", np.array([1]))]
    graph = helper.make_graph(nodes, "static", ids, made, [numpy_helper.from_array(value, name) for name, value in constants])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
