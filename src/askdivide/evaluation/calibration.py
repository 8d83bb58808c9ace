"""Fit the refusal's calibration: a logistic regression from the signals of a search to whether the corpus answers the question."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from askdivide.answering.assistant import Assistant
from askdivide.answering.calibration import Calibration, built_in, identity
from askdivide.answering.refusal import Signals
from askdivide.errors import QuestionError
from askdivide.evaluation.figures import Figure, auroc, share
from askdivide.evaluation.holdout import without
from askdivide.evaluation.questions import Question

Vector = NDArray[np.float64]

FALSE_REFUSALS = 0.05
"""The threshold is set so that at most this share of the answerable questions is refused, in the mean of the groups.

Where the hardest group decided by itself, up to half of the right refusals of the other groups were lost."""
RIDGE, _RIDGE_INTERCEPT = 1.0, 0.001
_STEP = 2.0
_LEAST = 10
"""Questions of either kind; from fewer nothing can be learned."""
_FOLDS = 5


@dataclass(frozen=True)
class Row:
    """What a search said of one question, and the truth."""

    signals: Signals
    answerable: bool
    group: int = 0
    """Rows of one question file."""
    weight: float = 1.0


def collect(
    assistant: Assistant, questions: Sequence[Question], on_progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Row]:
    """A row for every question that is known to be answerable or not, in order."""
    known = [question for question in questions if question.answerable is not None]
    rows: dict[int, Row] = {}
    for held_out in dict.fromkeys(question.held_out for question in known):
        with without(assistant, held_out) as asked:
            for place, question in enumerate(known):
                if question.held_out == held_out:
                    rows[place] = Row(asked.signals(question.question, history=question.history), bool(question.answerable))
                    on_progress(len(rows), len(known))
    return [rows[place] for place in range(len(known))]


def fit(rows: Sequence[Row], prior: Calibration | None = None) -> Calibration:
    """The calibration that fits `rows` best; where few of them speak, the weights stay near those of `prior` (none: near 0).

    Raises QuestionError where there are too few answerable or unanswerable ones.
    """
    for answerable, word in ((True, "answerable"), (False, "unanswerable")):
        count = sum(row.answerable is answerable for row in rows)
        if count < _LEAST:
            raise QuestionError(
                f"{count} questions are marked as {word}, and a calibration needs at least {_LEAST} of either kind; "
                "askdivide eval --make drafts both"
            )
    names = [spec.name for spec in fields(Signals)]
    start = [prior.weights[name] for name in ("intercept", *names)] if prior else None
    w = fitted(_matrix(rows), _truth(rows), np.array([row.weight for row in rows]), None if start is None else np.array(start))
    weights = {name: round(float(value), 4) for name, value in zip(("intercept", *names), w, strict=True)}
    # Rounded down, so that no question more is refused.
    return Calibration(weights, math.floor(_threshold(rows, Calibration(weights, 0.0)) * 1e4) / 1e4)


def _threshold(rows: Sequence[Row], rough: Calibration) -> float:
    """The highest confidence below which at most FALSE_REFUSALS of the answerable rows lie, every group counting the same."""
    answered = [row for row in rows if row.answerable]
    sizes = Counter(row.group for row in answered)
    refused = 0.0
    for confidence, group in sorted((rough.confidence(row.signals), row.group) for row in answered):
        refused += 1 / sizes[group] / len(sizes)
        if refused > FALSE_REFUSALS:
            return confidence
    return 1.0


def fit_own(assistant: Assistant, rows: Sequence[Row]) -> Calibration:
    """A calibration for the index of `assistant`, starting from the one that ships."""
    made = fit(rows, built_in(assistant.settings.reader))
    return Calibration(made.weights, made.threshold, identity(assistant.settings))


@dataclass(frozen=True)
class Quality:
    """What a calibration makes of rows."""

    auroc: Figure | None
    false_refusals: Figure | None
    refusal_recall: Figure | None


def judge(rows: Sequence[Row], calibration: Calibration) -> Quality:
    """How well `calibration` tells the rows apart."""
    return _quality([(calibration.confidence(row.signals), calibration.threshold, row.answerable) for row in rows])


def judge_blind(rows: Sequence[Row], prior: Calibration | None = None) -> Quality:
    """How well calibrations fitted to four fifths of the rows do on the fifth they have not seen."""
    order = random.Random(0).sample(range(len(rows)), len(rows))
    folds = [{*order[number::_FOLDS]} for number in range(_FOLDS)]
    found = []
    for fold in folds:
        try:
            made = fit([row for place, row in enumerate(rows) if place not in fold], prior)
        except QuestionError:
            return Quality(None, None, None)
        found += [(made.confidence(rows[place].signals), made.threshold, rows[place].answerable) for place in sorted(fold)]
    return _quality(found)


def _quality(found: Sequence[tuple[float, float, bool]]) -> Quality:
    return Quality(
        auroc([(confidence, answerable) for confidence, _, answerable in found]),
        share([confidence < threshold for confidence, threshold, answerable in found if answerable]),
        share([confidence < threshold for confidence, threshold, answerable in found if not answerable]),
    )


def _matrix(rows: Sequence[Row]) -> Vector:
    return np.array([list(vars(row.signals).values()) for row in rows], dtype=np.float64)


def _truth(rows: Sequence[Row]) -> Vector:
    return np.array([float(row.answerable) for row in rows])


def fitted(x: Vector, y: Vector, weight: Vector, prior: Vector | None = None) -> Vector:
    """Weights of a ridge-regularised logistic regression, the intercept first (Newton's method).

    `x` holds a row of signals for each question, `y` 0 or 1, `weight` how much each counts; `prior` are the weights that the
    ridge pulls towards (None: 0); the intercept is all but free.
    """
    x = np.hstack([np.ones((len(x), 1)), x])
    start = np.zeros(x.shape[1]) if prior is None else prior
    penalty = np.diag([_RIDGE_INTERCEPT] + [RIDGE] * (x.shape[1] - 1))
    w = start.copy()
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(curvature, x.T @ (weight * (y - p)) - penalty @ (w - start))
        # From a start far away, where every p is 0 or 1, a whole step leads beyond all bounds.
        w = w + np.clip(step, -_STEP, _STEP)
        if np.abs(step).max() < 1e-8:
            break
    return w
