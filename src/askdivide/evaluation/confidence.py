"""How far the confidence of answers can be trusted: reliability by bins, calibration error, and what any threshold would refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from askdivide.evaluation.figures import Figure, bootstrapped, share

BINS = 10

Scored = Sequence[tuple[float, bool]]
"""Confidence that the corpus answers, and whether it does."""


@dataclass(frozen=True)
class Bin:
    """The questions whose confidence lies in one tenth of 0..1."""

    low: float
    high: float
    confidence: float
    """Their mean confidence."""
    answerable: Figure
    """The share of them that the corpus answers."""


@dataclass(frozen=True)
class Tradeoff:
    """What refusing below one threshold would do."""

    threshold: float
    false_refusals: float
    """Share of the answerable questions that would be refused."""
    refused: float
    """Share of the unanswerable ones that would be."""


def bins(scored: Scored) -> list[Bin]:
    """The bins that hold any question, lowest first."""
    made = []
    for number in range(BINS):
        inside = [(score, answerable) for score, answerable in scored if _bin(score) == number]
        answerable = share([answerable for _, answerable in inside])
        if answerable:
            made.append(Bin(number / BINS, (number + 1) / BINS, sum(score for score, _ in inside) / len(inside), answerable))
    return made


def calibration_error(scored: Scored) -> Figure | None:
    """Expected calibration error: the mean distance, over questions, of a bin's mean confidence from its share of answerable ones."""
    figure = bootstrapped(scored, _calibration_error, resamples=200)
    if figure is None:
        return None
    # Resamples hold fewer different questions, so that their error is larger than the sample's own.
    return Figure(figure.value, min(figure.low, figure.value), max(figure.high, figure.value), figure.count)


def _calibration_error(scored: Scored) -> float:
    sums = [[0.0, 0.0] for _ in range(BINS)]
    for score, answerable in scored:
        place = sums[_bin(score)]
        place[0] += score
        place[1] += answerable
    return sum(abs(confidence - answerable) for confidence, answerable in sums) / len(scored)


def _bin(score: float) -> int:
    return min(int(score * BINS), BINS - 1)


def tradeoffs(scored: Scored) -> list[Tradeoff]:
    """What every threshold does that makes a difference, lowest first. Empty without both kinds of questions."""
    good = sorted(score for score, answerable in scored if answerable)
    bad = sorted(score for score, answerable in scored if not answerable)
    if not good or not bad:
        return []
    return [
        Tradeoff(threshold, sum(s < threshold for s in good) / len(good), sum(s < threshold for s in bad) / len(bad))
        for threshold in sorted({0.0, *(score for score, _ in scored), 1.0})
    ]
