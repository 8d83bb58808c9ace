"""Putting the scores of two searches on one scale."""

from collections.abc import Mapping

import numpy as np

DENSE_WEIGHT = 0.6
"""Share of the dense score; the rest is lexical."""


def fuse(dense: Mapping[int, float], lexical: Mapping[int, float], *, weight: float = DENSE_WEIGHT) -> dict[int, float]:
    """One score in 0..1 for each key of `dense` and `lexical`, which have the same keys.

    Each search's scores are scaled to 0..1 over the candidates and added. Scores know how far apart two passages are; ranks
    (reciprocal-rank fusion) forget it, and did worse on every set we measured.
    """
    keys = list(dense)
    dense_scaled = _scaled(np.array([dense[key] for key in keys]))
    lexical_scaled = _scaled(np.array([lexical[key] for key in keys]))
    fused = weight * dense_scaled + (1 - weight) * lexical_scaled
    return dict(zip(keys, fused.tolist(), strict=True))


def _scaled(scores: np.ndarray) -> np.ndarray:
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)
