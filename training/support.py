"""Fit the support check's weights: a logistic regression from the nearness of a claim and its source to people's verdict.

    python training/support.py --pairs FILE [QUESTIONS=INDEX ...]

`FILE` holds claims with a source and people's verdict; each other argument is a question file and an index whose quote answers
are corrupted and reworded. Only the first half of each is used, and only claims that no rule speaks against.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from askdivide.answering import support
from askdivide.answering.assistant import Assistant
from askdivide.answering.support import Nearness, Verdict
from askdivide.evaluation import support as measuring
from askdivide.evaluation.calibration import fitted
from askdivide.evaluation.questions import read_questions
from askdivide.index.embedding import load_embedder
from askdivide.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("quotes", nargs="*")
    given = parser.parse_args()
    settings = Settings.load()
    seen: list[Nearness] = []
    original = support.likelihood
    support.likelihood = lambda found: (seen.append(found), original(found))[1]
    rows: list[tuple[Nearness, bool, float]] = []

    def take(verdicts: list[tuple[bool, Verdict]], share: float) -> None:
        # A verdict of score 0 is a rule's, which left no signals.
        judged = [truth for truth, verdict in verdicts if verdict.score > 0]
        assert len(judged) == len(seen)
        for wanted in (True, False):
            weight = share / max(sum(truth == wanted for truth in judged), 1)
            rows.extend((found, truth, weight) for found, truth in zip(seen, judged, strict=True) if truth == wanted)
        seen.clear()

    embedder = load_embedder(settings.embedding, cache=settings.cache, threads=settings.threads)
    take(measuring.on_pairs(list(measuring._rows(given.pairs, "first")), embedder), 300)
    for pair in given.quotes:
        file, index = pair.split("=")
        asked = [one.question for one in read_questions(Path(file)) if one.answerable is not False]
        judged = measuring.on_quotes(Assistant.open(index=index), asked, half="first")
        take([(one.made.supported, one.verdict) for one in judged], 150)
    x = np.array([list(vars(found).values()) for found, _, _ in rows])
    y = np.array([truth for _, truth, _ in rows], float)
    weights = fitted(x, y, np.array([weight for _, _, weight in rows]))
    print({name: round(float(value), 2) for name, value in zip(["bias", *vars(rows[0][0])], weights, strict=True)})


if __name__ == "__main__":
    main()
