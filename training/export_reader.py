"""Export the trained reader to the package: one int8 ONNX graph and its tokenizer.

PYTHONPATH=training python training/export_reader.py build/reader-trained [build/further ...] src/askdivide/retrieval/weights

Of several runs that go on from one another the weights' mean is exported ("model soups", Wortsman et al. 2022,
arXiv 2203.05482).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from train_reader import Reader, mean

from askdivide.index.embedding import find_model
from askdivide.index.export import OPSET


def main() -> None:
    *trained, out = map(Path, sys.argv[1:])
    model = Reader(find_model("all-MiniLM-L6-v2"))
    model.load_state_dict(mean([torch.load(folder / "reader.pt", weights_only=True) for folder in trained]))
    model.eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in names)
    sizes = {0: torch.export.Dim("passages", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "model.onnx"
        torch.onnx.export(
            model, example, str(full), dynamo=True, opset_version=OPSET, external_data=False, input_names=names,
            output_names=["token_scores", "passage_scores"], dynamic_shapes=dict.fromkeys(names, sizes), verbose=False,
        )  # fmt: skip
        quantize_dynamic(full, out / "model.onnx", op_types_to_quantize=["MatMul", "Gather"], weight_type=QuantType.QInt8, per_channel=True)
    shutil.copy(find_model("all-MiniLM-L6-v2") / "tokenizer.json", out / "tokenizer.json")
    print(out / "model.onnx", (out / "model.onnx").stat().st_size // 1024, "kB")


if __name__ == "__main__":
    main()
