"""Figures over outcomes, each with a 95 % interval: Wilson's for shares, a seeded bootstrap for means and AUROC."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_RESAMPLES = 1000


@dataclass(frozen=True)
class Figure:
    """A measured value with its 95 % interval and the number of questions it rests on."""

    value: float
    low: float
    high: float
    count: int


def share(outcomes: Sequence[bool]) -> Figure | None:
    """The share of True, with Wilson's interval. None of nothing."""
    count = len(outcomes)
    if not count:
        return None
    z, p = 1.959964, sum(outcomes) / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return Figure(p, max(middle - half, 0.0), min(middle + half, 1.0), count)


def mean(values: Sequence[float]) -> Figure | None:
    """The mean, with a bootstrap interval. None of nothing."""
    return bootstrapped(values, lambda sample: sum(sample) / len(sample))


def auroc(scored: Sequence[tuple[float, bool]]) -> Figure | None:
    """Probability that a positive scores above a negative, ties counting half. None without both kinds."""
    if len({positive for _, positive in scored}) < 2:
        return None
    return bootstrapped(scored, _auroc, resamples=200)


def _auroc(scored: Sequence[tuple[float, bool]]) -> float:
    positives = sum(positive for _, positive in scored)
    negatives = len(scored) - positives
    if not positives or not negatives:
        return 0.5
    # Mann-Whitney U by ranks, ties sharing their mean rank.
    ordered = sorted(scored)
    ranks, position = 0.0, 0
    while position < len(ordered):
        end = position
        while end < len(ordered) and ordered[end][0] == ordered[position][0]:
            end += 1
        ranks += sum(positive for _, positive in ordered[position:end]) * (position + 1 + end) / 2
        position = end
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def quantile(values: Sequence[float], share_below: float) -> Figure | None:
    """The value below which `share_below` of `values` lie, with a bootstrap interval. None of nothing."""
    return bootstrapped(values, lambda sample: percentile(sample, share_below), resamples=200)


def percentile(values: Sequence[float], share_below: float) -> float:
    """The value below which `share_below` of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(share_below * len(ordered)), len(ordered) - 1)]


def bootstrapped(values: Sequence[T], statistic: Callable[[Sequence[T]], float], resamples: int = _RESAMPLES) -> Figure | None:
    """`statistic` of `values`, with the middle 95 % of its values on seeded resamples. None of nothing."""
    if not values:
        return None
    chance = random.Random(0)
    resampled = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(resamples))
    return Figure(statistic(values), resampled[int(0.025 * resamples)], resampled[int(0.975 * resamples) - 1], len(values))


def ndcg(found: Sequence[str], wanted: Sequence[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k` of `found`, every one of `wanted` being equally good."""
    gain = sum(1 / math.log2(rank + 1) for rank, item in enumerate(found[:k], start=1) if item in wanted)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))


def reciprocal_rank(found: Sequence[str], wanted: Sequence[str], k: int = 10) -> float:
    """1 over the rank of the first of `found` that is wanted; 0 where none of the first `k` is."""
    return next((1 / rank for rank, item in enumerate(found[:k], start=1) if item in wanted), 0.0)
