"""The reader that ships as a checkpoint to train on from: the weights of its int8 graph in full length.

    PYTHONPATH=training python training/restore_reader.py src/askdivide/retrieval/weights build/shipped

What eight bits lost stays lost: at most half a step of each column's scale. The graph also rounds what goes through it, so that its
logits differ from the checkpoint's, by up to 0.7 where two passages were compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor
from train_reader import Reader, installed, save


def full_length(graph: onnx.GraphProto) -> dict[str, Tensor]:
    """The weights of `graph` by the names that the model gives them."""
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}

    def times_scale(name: str) -> Tensor:
        scale, zero = stored[f"{name}_scale"], stored[f"{name}_zero_point"]
        return torch.from_numpy((stored[f"{name}_quantized"].astype(np.float32) - zero.astype(np.float32)) * scale)

    def product(name: str) -> str:
        """The matrix whose product, cast and scaled, is the value `name`."""
        node = made_by[name]
        while node.op_type != "MatMulInteger":
            node = made_by[node.input[0]]
        return node.input[1].removesuffix("_quantized")

    weights = {name: torch.from_numpy(array.copy()) for name, array in stored.items() if name.endswith((".weight", ".bias"))}
    for name in stored:
        if name.endswith(".weight_quantized"):
            weights[name.removesuffix("_quantized")] = times_scale(name.removesuffix("_quantized"))
    for node in graph.node:
        bias = next((name for name in node.input if name.endswith(".bias")), None)
        if node.op_type == "Add" and bias:
            other = next(name for name in node.input if name != bias)
            weights[bias.removesuffix("bias") + "weight"] = times_scale(product(other)).T.contiguous()
    return weights


def main() -> None:
    shipped, out = map(Path, sys.argv[1:])
    save(Reader(installed(), full_length(onnx.load(shipped / "model.onnx").graph)), out)
    print(out / "reader.pt")


if __name__ == "__main__":
    main()
