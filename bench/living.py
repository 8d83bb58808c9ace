"""A corpus that changes: seconds and memory of whole processes of `askdivide index` over generated articles.

python bench/living.py [--articles 1000] [--runs 5] [--embedding all-MiniLM-L6-v2]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import measured

WORDS = Path(__file__).parent.parent / "corpus"


def articles(folder: Path, number: int, words: int) -> None:
    """Articles of sentences drawn from our own, each another mixture."""
    sentences = [
        line.strip() for file in sorted(WORDS.glob("*.md")) for line in file.read_text(encoding="utf-8").split(". ") if 60 < len(line) < 300
    ]
    folder.mkdir(parents=True)
    for one in range(number):
        rng = random.Random(one)
        text = ""
        while len(text.split()) < words:
            text += ". ".join(" ".join(rng.choice(sentences).split()) for _ in range(4)) + ".\n\n"
        file = folder / f"article{one:05}.md"
        file.write_text(f"# Article {one}\n\n{text}", encoding="utf-8")
        os.utime(file, (1_700_000_000, 1_700_000_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--words", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--embedding", default="all-MiniLM-L6-v2")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "ASKDIVIDE_EMBEDDING": given.embedding}
        print(f"{os.cpu_count()} cores, {given.embedding}, articles of {given.words} words\n")
        print("| what | seconds | of the processor | MB |\n| --- | --- | --- | --- |")

        def run(what: str, folder: Path, *, before: object = None, runs: int = 1) -> None:
            rows = []
            for number in range(runs):
                if callable(before):
                    before(number)
                command = [sys.executable, "-m", "askdivide", "index", "--corpus", str(folder), "--index", f"{folder}-index"]
                rows.append(measured(command, environment))
            wall, cpu, memory = (statistics.median(row[name] for row in rows) for name in ("wall", "cpu", "memory"))
            spread = f" ({min(row['wall'] for row in rows):.2f} to {max(row['wall'] for row in rows):.2f})" if runs > 1 else ""
            print(f"| {what} | {wall:.2f}{spread} | {cpu:.2f} | {memory:.0f} |", flush=True)

        quarter, full = Path(place) / "quarter", Path(place) / "full"
        articles(quarter, given.articles // 4, given.words)
        articles(full, given.articles, given.words)
        run(f"first index of {given.articles // 4}", quarter)
        run(f"first index of {given.articles}", full)
        run(f"unchanged run over {given.articles}", full, runs=given.runs)

        def change(number: int) -> None:
            file = full / f"article{number * 7:05}.md"
            file.write_text(file.read_text(encoding="utf-8") + f"\nThis was added in run {number}.\n", encoding="utf-8")

        run(f"one changed of {given.articles}", full, before=change, runs=given.runs)


if __name__ == "__main__":
    main()
