"""The parts of bench/scale.py that run in processes of their own, so that each one's memory is its own.

    python bench/scaleparts.py static|make|edit|ask|exactness FOLDER [--questions 200] [--articles 45] [--words 1650]

`ask` and `exactness` take index, corpus and model from the environment and print their figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from askdivide import Assistant
from askdivide.index.catalog import Catalog
from askdivide.records import Filters
from askdivide.retrieval.search import prepare, search

ROOT = Path(__file__).parent.parent


def percentiles(values: list[float]) -> dict[str, float]:
    return {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95))}


def edited(corpus: Path) -> None:
    """One article gets a sentence more."""
    now = time.time()
    files = sorted(corpus.rglob("*.md"))
    file = files[int(now * 7) % len(files)]
    file.write_text(f"{file.read_text(encoding='utf-8')}\nThis was added at {now}.\n", encoding="utf-8")
    # Older than two seconds: a younger file is read again by the next run, which is not what is measured.
    os.utime(file, (now - 60, now - 60))


def questions(folder: Path, most: int) -> list[str]:
    """Those of the planted facts and, as many, those of the evaluation, which ask for what these articles do not have."""
    planted = [fact["question"] for fact in json.loads((folder / "facts.json").read_text(encoding="utf-8"))]
    lines = (line for file in sorted(ROOT.glob("evaluation/*/questions.jsonl")) for line in file.read_text(encoding="utf-8").splitlines())
    real = [json.loads(line)["question"] for line in lines]
    return [one for pair in islice(zip(cycle(planted), cycle(real), strict=False), most // 2) for one in pair]


def ask(folder: Path, most: int) -> dict[str, Any]:
    """Warm questions in this process: milliseconds by stage, and its memory; then the first one after another process's commit."""
    figures: dict[str, Any] = {}
    asked = questions(folder, most)
    for reader in ("none", "own"):
        assistant = Assistant.open(reader=reader)
        started = time.perf_counter()
        assistant.ask(asked[0])
        opening = (time.perf_counter() - started) * 1000
        for question in asked[1:9]:
            assistant.ask(question)
        spent: dict[str, list[float]] = {}
        for question in asked:
            for stage, seconds in assistant.ask(question).seconds.items():
                spent.setdefault(stage, []).append(seconds * 1000)
        figures[f"reader {reader}"] = {stage: percentiles(values) for stage, values in spent.items()}
        figures[f"reader {reader}"]["first"] = opening
        figures[f"reader {reader}"]["memory"] = peak_memory()
        if reader == "none":
            with assistant.index.reading() as catalog:
                nearest = assistant.index.vectors(catalog).nearest
                queries = [prepare(assistant.index, question).vector for question in asked]
            figures["vector search"] = percentiles([timed(nearest, query, 60, Filters()) for query in queries])
            edited(folder / "corpus")
            subprocess.run([sys.executable, "-m", "askdivide", "index"], check=True, capture_output=True)
            figures["after a commit"] = timed(assistant.ask, asked[0])
    return figures


def timed(act: Callable[..., object], *arguments: object) -> float:
    """Milliseconds that a call takes."""
    started = time.perf_counter()
    act(*arguments)
    return (time.perf_counter() - started) * 1000


def exactness(folder: Path, most: int) -> dict[str, Any]:
    """The nearest vectors against a brute-force search, and the planted facts found with the one and with the other."""
    assistant = Assistant.open(reader="none")
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    with assistant.index.reading() as catalog:
        keys, matrix = all_vectors(catalog)
        known = {key: row for row, key in enumerate(keys)}
        store = assistant.index.vectors(catalog)
        overlap: dict[int, list[float]] = {10: [], 60: []}
        lost: list[float] = []
        for question in questions(folder, most):
            query = prepare(assistant.index, question)
            cosines = matrix @ query.vector
            for limit, shares in overlap.items():
                found = [known[key] for key in store.nearest(query.vector, 60, Filters())[:limit]]
                # By the cosine itself, as equal texts have equal vectors and any of them is right.
                least = np.sort(cosines)[-min(limit, len(cosines))]
                shares.append(sum(cosines[found] >= least - 1e-6) / min(limit, len(cosines)))
            lost.append(float(overlap[10][-1] < 1))

        class Exact:
            """A search for neighbours that looks at every vector."""

            def nearest(self, vector: Any, limit: int, filters: Filters) -> list[str]:  # noqa: ARG002 - the method's signature
                return [keys[row] for row in np.argsort(-(matrix @ vector), kind="stable")[:limit]]

        class Index:
            """The index with that search in the place of Chroma."""

            embedder = assistant.index.embedder
            vectors_open = True

            def vectors(self, catalog: Catalog) -> Exact:  # noqa: ARG002 - the method's signature
                return Exact()

        recall = {}
        for name, index in (("planted", assistant.index), ("planted, brute force", Index())):
            recall[name] = statistics.mean(
                any(fact["answer"] in hit.row.chunk.text for hit in search(index, catalog, prepare(index, fact["question"]), top_k=12))
                for fact in facts
            )
        documents, chunks = catalog.counts()
    return {
        "documents": documents,
        "chunks": chunks,
        "recall@10": statistics.mean(overlap[10]),
        "recall@60": statistics.mean(overlap[60]),
        "questions that missed one of 10": statistics.mean(lost),
        **recall,
    }


def all_vectors(catalog: Catalog) -> tuple[list[str], np.ndarray]:
    """The keys and vectors of all chunks."""
    rows = catalog.connection.execute("SELECT c.key, v.vector FROM chunks c JOIN vectors v ON v.key = c.vector_key")
    keys, parts = [], []
    for key, blob in rows:
        keys.append(key)
        parts.append(np.frombuffer(blob, np.float32))
    return keys, np.array(parts)


def peak_memory() -> float:
    """MB that this process has held at most; the operating system's own count would include what started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def make(folder: Path, articles: int, words: int) -> None:
    """The articles and the facts planted in them."""
    from texts import write_corpus

    facts = write_corpus(folder / "corpus", articles=articles, words=words)
    (folder / "facts.json").write_text(json.dumps([asdict(fact) for fact in facts]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("static", "make", "edit", "ask", "exactness"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--articles", type=int, default=45)
    parser.add_argument("--words", type=int, default=1650)
    given = parser.parse_args()
    if given.part == "static":
        import static

        static.make(given.folder / "static", given.folder / "cache")
    elif given.part == "make":
        make(given.folder, given.articles, given.words)
    elif given.part == "edit":
        edited(given.folder / "corpus")
    else:
        print(json.dumps((ask if given.part == "ask" else exactness)(given.folder, given.questions)))


if __name__ == "__main__":
    main()
