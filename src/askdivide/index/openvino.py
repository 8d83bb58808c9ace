"""Running an exported embedding model with OpenVINO in bfloat16, for first indexes, where both are to be had."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askdivide.index.embedding import Vectors

STEP = 16
"""Lengths of texts go up in steps of so many tokens: OpenVINO prepares itself anew for each shape.

492 chunks took 3.5 s on 2 cores with AMX, and the process 360 MB; with lengths as they are 4.5 s and 438 MB; onnxruntime took
10.3 s and 300 MB."""
_FIRST = threading.Lock()
_SHAPES = 20
"""Of each operator's preparations so many are kept. Left to itself it keeps 5,000."""


class HalfPrecision:
    """An exported model whose products are taken in bfloat16. Safe to use from `threads` threads."""

    batch_tokens = 512
    """Padded tokens of a batch, as with onnxruntime."""

    def __init__(self, core: Any, model: Path, threads: int) -> None:
        # As many streams as threads, each on one core: both cores on one text took 1.7 times as long.
        compiled = core.compile_model(
            str(model),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16",
                "PERFORMANCE_HINT": "THROUGHPUT",
                "NUM_STREAMS": threads,
                "INFERENCE_NUM_THREADS": threads,
                "CPU_RUNTIME_CACHE_CAPACITY": str(_SHAPES),
            },
        )
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads):
            self._requests.put(compiled.create_infer_request())
        # Two threads that give OpenVINO its first arrays at the same time may wait for each other for ever: what it finds out about
        # NumPy then, it finds out under a lock of its own, which it takes with Python's lock held and keeps while it lets that go.
        with _FIRST:
            self.run({one.any_name: np.ones((1, STEP), np.int64) for one in compiled.inputs})

    def run(self, inputs: Mapping[str, NDArray[np.int64]]) -> tuple[Vectors, Vectors]:
        """The graph's two outputs: sentence vectors and token vectors."""
        request = self._requests.get()
        try:
            request.infer(inputs, share_inputs=True)
            vectors, token_vectors = (np.array(request.get_output_tensor(place).data) for place in (0, 1))
        finally:
            self._requests.put(request)
        return vectors, token_vectors


def halving_core() -> Any:
    """OpenVINO's core; None without OpenVINO (extra `openvino`), or on a processor that does not take bfloat16 itself."""
    # Its import tells its makers about it, over the network, through this package; without it, it keeps silent.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError:
        return None
    core = openvino.Core()
    return core if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else None


def half_precision(core: Any, model: Path, threads: int) -> HalfPrecision | None:
    """`model` in bfloat16; None where it holds something that OpenVINO does not know: onnxruntime runs it."""
    try:
        return HalfPrecision(core, model, threads)
    except RuntimeError:
        return None
