"""Fit the refusal's calibration: a logistic regression from the signals of a search to whether the question was answerable.

    python training/calibrate.py --out src/askdivide/answering/calibration.json QUESTIONS=INDEX [QUESTIONS=INDEX ...]

Each pair is a question file and an index over its articles. Questions marked `answerable` are used as they are; the answerable
ones of every file are also asked of all the other indexes, where they are not answered. The threshold is the confidence below
which at most 5 % of any file's answerable questions fall.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np

from askdivide.answering import assistant as reading
from askdivide.answering.assistant import Assistant
from askdivide.answering.refusal import Signals
from askdivide.evaluation.figures import auroc
from askdivide.evaluation.questions import read_questions

FOREIGN = 120
"""Questions of other files asked of each index."""
RIDGE = 1.0


def collect(pairs: list[tuple[Path, Path]], chance: random.Random) -> list[tuple[int, str, list[float], bool]]:
    """Rows of (pair, kind, signals, answerable)."""
    caught: list[Signals] = []
    original = reading.confidence
    reading.confidence = lambda signals: (caught.append(signals), original(signals))[1]
    files = [[q for q in read_questions(file) if q.answerable is not None and not q.history] for file, _ in pairs]
    rows = []
    for number, (_, index) in enumerate(pairs):
        assistant = Assistant.open(index=index)
        foreign = [q for other, questions in enumerate(files) if other != number for q in questions]
        asked = [("own", q, q.answerable) for q in files[number]] + [
            ("foreign", q, False) for q in chance.sample(foreign, min(FOREIGN, len(foreign)))
        ]
        for kind, question, answerable in asked:
            caught.clear()
            assistant.ask(question.question)
            if caught:
                rows.append((number, kind, list(vars(caught[0]).values()), bool(answerable)))
    reading.confidence = original
    return rows


def fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of a ridge-regularised logistic regression, the intercept first (Newton's method)."""
    x = np.hstack([np.ones((len(x), 1)), x])
    penalty = np.diag([0.0] + [RIDGE] * (x.shape[1] - 1))
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + penalty, x.T @ (weight * (y - p)) - penalty @ w)
        w += step
        if np.abs(step).max() < 1e-8:
            break
    return w


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="QUESTIONS=INDEX")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    pairs = [tuple(map(Path, pair.split("=", 1))) for pair in args.pairs]
    rows = collect(pairs, random.Random(0))
    names = list(Signals.__dataclass_fields__)
    x = np.array([row[2] for row in rows])
    y = np.array([float(row[3]) for row in rows])
    group = np.array([row[0] for row in rows])
    own = np.array([row[1] == "own" for row in rows])
    # Every pair counts the same, whatever its size; foreign questions are easy and count half.
    weight = np.where(own, 1.0, 0.5)
    for number in range(len(pairs)):
        weight[group == number] *= len(rows) / len(pairs) / weight[group == number].sum()
    w = fitted(x, y, weight)
    confidence = 1 / (1 + np.exp(-(w[0] + x @ w[1:])))
    # The set that is hardest to be sure of decides: no set may lose more than 5 % of its answers.
    threshold = min(float(np.quantile(confidence[(group == number) & (y == 1)], 0.05)) for number in range(len(pairs)))
    for number, (file, _) in enumerate(pairs):
        others = group != number
        left_out = fitted(x[others], y[others], weight[others]) if others.any() else w
        part = (group == number) & own
        blind = 1 / (1 + np.exp(-(left_out[0] + x[part] @ left_out[1:])))
        figure = auroc([(float(c), bool(t)) for c, t in zip(blind, y[part], strict=True)])
        refused = {name: float((confidence[rows_] < threshold).mean()) for name, rows_ in (
            ("false refusals", part & (y == 1)), ("refused", part & (y == 0)), ("foreign refused", (group == number) & ~own))}  # fmt: skip
        print(f"{file}: AUROC without it {figure.value if figure else float('nan'):.3f}", {k: round(v, 3) for k, v in refused.items()})
    weights = {"intercept": round(float(w[0]), 4)} | {name: round(float(value), 4) for name, value in zip(names, w[1:], strict=True)}
    args.out.write_text(json.dumps({"weights": weights, "threshold": round(threshold, 4)}, indent=1) + "\n", encoding="utf-8")
    print(args.out.read_text())


if __name__ == "__main__":
    main()
