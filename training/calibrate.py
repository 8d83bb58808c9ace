"""Fit the refusal's calibration that ships.

    python training/calibrate.py --out src/askdivide/answering/calibration.json QUESTIONS=INDEX [QUESTIONS=INDEX ...]

Each pair is a question file and an index over its articles. Questions marked `answerable` are used as they are; the answerable
ones of every file are also asked of all the other indexes, where they are not answered. The threshold is the confidence below
which at most 5 % of the answerable questions fall, in the mean of the files. A user's own questions refit it with
`askdivide eval --calibrate`.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.calibration import Row, collect, fit, judge
from askdivide.evaluation.questions import read_questions

FOREIGN = 120
"""Questions of other files asked of each index."""


def gather(pairs: list[tuple[Path, Path]], chance: random.Random) -> tuple[list[Row], list[bool]]:
    """Rows of all pairs, each with its pair as its group, and whether each is of the pair's own questions."""
    files = [[q for q in read_questions(file) if q.answerable is not None and not q.history] for file, _ in pairs]
    rows, own = [], []
    for number, (_, index) in enumerate(pairs):
        assistant = Assistant.open(index=index)
        others = [q for other, questions in enumerate(files) if other != number for q in questions]
        foreign = [replace(q, answerable=False, held_out=()) for q in chance.sample(others, min(FOREIGN, len(others)))]
        part = collect(assistant, [*files[number], *foreign])
        mine = [place < len(files[number]) for place in range(len(part))]
        # Every pair counts the same, whatever its size; foreign questions are easy and count half.
        total = sum(1.0 if is_own else 0.5 for is_own in mine)
        rows += [replace(row, group=number, weight=(1.0 if is_own else 0.5) / total) for row, is_own in zip(part, mine, strict=True)]
        own += mine
    scale = len(rows) / len(pairs)
    return [replace(row, weight=row.weight * scale) for row in rows], own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="QUESTIONS=INDEX")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    pairs = [tuple(map(Path, pair.split("=", 1))) for pair in args.pairs]
    rows, own = gather(pairs, random.Random(0))
    made = fit(rows)
    for number, (file, _) in enumerate(pairs):
        others = [row for row in rows if row.group != number]
        mine = [row for row, is_own in zip(rows, own, strict=True) if row.group == number and is_own]
        foreign = [row for row, is_own in zip(rows, own, strict=True) if row.group == number and not is_own]
        blind = judge(mine, fit(others)) if others else judge(mine, made)
        seen = {name: figure.value for name, figure in vars(judge(mine, made)).items() if figure}
        away = judge(foreign, made).refusal_recall if foreign else None
        area = blind.auroc.value if blind.auroc else float("nan")
        print(f"{file}: AUROC without it {area:.3f}", {name: round(value, 3) for name, value in seen.items()})
        if away:
            print(f"  questions of other files refused: {away.value:.3f}")
    args.out.write_text(json.dumps({"weights": made.weights, "threshold": made.threshold}, indent=1) + "\n", encoding="utf-8")
    print(args.out.read_text())


if __name__ == "__main__":
    main()
