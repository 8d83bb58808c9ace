"""What a question and a run of indexing cost as the corpus grows, and how exact the search for neighbours stays.

    python bench/scale.py [--chunks 1000 10000 100000] [--embedding static] [--runs 3] [--questions 200] [--write]

For each size: articles are generated (texts.py), indexed by `askdivide index` in a process of its own, indexed again with
nothing changed and with one article changed; then a process asks the questions of the planted facts and those of
evaluation/, without and with the reader, and another one compares the nearest vectors with those of a brute-force search.
Sizes may be said as 1e6. `--embedding static` is bench/static.py's model, which costs nothing beside the rest; a name such
as all-MiniLM-L6-v2 takes the real one. What was made stays in build/scale and is used again: remove it to measure the
first index afresh. `--write` puts table and plot into docs/scaling.md, docs/scaling.svg and the raw figures into
docs/scaling.json; without it they go to build/scale.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from measuring import measured
from scaleplot import plot

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "scale"
CHUNKS_PER_ARTICLE = 22
"""Of the generated articles, with the tokens of the default model."""
BLOCK = re.compile(r"(?<=<!-- scale -->\n).*?(?=<!-- /scale -->)", re.DOTALL)


def size_of(folder: Path) -> float:
    """MB of all files below `folder`."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def part(name: str, folder: Path, *options: str, environment: dict[str, str] | None = None) -> str:
    """What a part of scaleparts.py prints."""
    command = [sys.executable, str(ROOT / "bench" / "scaleparts.py"), name, str(folder), *options]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def index_runs(folder: Path, environment: dict[str, str], runs: int) -> dict[str, Any]:
    """Whole processes of `askdivide index`, and of `status`: seconds, the processor's seconds, MB."""
    index = [sys.executable, "-m", "askdivide", "index"]
    figures: dict[str, Any] = {}
    first = folder / "first.json"
    if not first.exists():
        first.write_text(json.dumps(measured(index, environment)), encoding="utf-8")
    figures["first index"] = json.loads(first.read_text(encoding="utf-8"))

    for name, command in (("one changed", index), ("unchanged", index), ("status", [*index[:3], "status"])):
        rows = []
        for _ in range(runs):
            if name == "one changed":
                part("edit", folder)
            rows.append(measured(command, environment))
        figures[name] = {key: statistics.median(row[key] for row in rows) for key in rows[0]} | {"raw": rows}
    return figures


def one_size(chunks: int, given: argparse.Namespace) -> dict[str, Any]:
    """All figures of one size."""
    name = Path(given.embedding).name
    folder = BUILD / f"{name}-{chunks}"
    environment = {
        **os.environ, "HF_HUB_OFFLINE": "1", "ASKDIVIDE_CORPUS": str(folder / "corpus"), "ASKDIVIDE_INDEX": str(folder / "index"),
        "ASKDIVIDE_EMBEDDING": given.embedding,
    }  # fmt: skip
    if given.embedding == "static":
        model, cache = BUILD / "static", BUILD / "cache"
        part("static", BUILD)
        environment |= {"ASKDIVIDE_EMBEDDING": str(model), "ASKDIVIDE_CACHE": str(cache)}
    if not (folder / "facts.json").exists():
        part("make", folder, f"--articles={max(round(chunks / CHUNKS_PER_ARTICLE), 1)}", f"--words={given.words}")
    figures = index_runs(folder, environment, given.runs)
    for name in ("ask", "exactness"):
        figures[name] = json.loads(part(name, folder, f"--questions={given.questions}", environment=environment))
    figures["size on disk"] = size_of(folder / "index" / (folder / "index" / "CURRENT").read_text(encoding="utf-8").strip())
    return figures


def table(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    sizes = results["sizes"]
    columns = [f"{one['exactness']['chunks']:,} chunks" for one in sizes]
    lines = [f"| | {' | '.join(columns)} |", "| --- |" + " --- |" * len(columns)]

    def row(what: str, value: Any) -> None:
        lines.append(f"| {what} | {' | '.join(value(one) for one in sizes)} |")

    def pair(values: dict[str, float]) -> str:
        return f"{values['p50']:.0f} / {values['p95']:.0f} ms"

    row("articles", lambda one: f"{one['exactness']['documents']:,}")
    row("warm question without the reader, p50 / p95", lambda one: pair(one["ask"]["reader none"]["total"]))
    for stage in ("embed", "search", "answer"):
        row(f"of it {stage}", lambda one, stage=stage: pair(one["ask"]["reader none"][stage]))
    row("of the search: nearest vectors", lambda one: pair(one["ask"]["vector search"]))
    row("warm question with the reader", lambda one: pair(one["ask"]["reader own"]["total"]))
    row("first question after another process's commit", lambda one: f"{one['ask']['after a commit']:.0f} ms")
    row("memory of a process that asks, without / with the reader", lambda one: " / ".join(
        f"{one['ask'][f'reader {reader}']['memory']:.0f}" for reader in ("none", "own")) + " MB")  # fmt: skip
    row("nearest 10, of those that brute force finds", lambda one: f"{one['exactness']['recall@10']:.2%}")
    row("nearest 60, of those that brute force finds", lambda one: f"{one['exactness']['recall@60']:.2%}")
    row("planted facts among 12 passages / with brute force", lambda one: " / ".join(
        f"{one['exactness'][name]:.1%}" for name in ("planted", "planted, brute force")))  # fmt: skip
    row("first index", lambda one: f"{one['first index']['wall']:.0f} s, {one['first index']['memory']:.0f} MB")
    for name in ("unchanged", "one changed", "status"):
        row(f"{name}, whole process", lambda one, name=name: f"{one[name]['wall']:.2f} s, {one[name]['memory']:.0f} MB")
    row("index on disk", lambda one: f"{one['size on disk']:,.0f} MB")
    machine = results["machine"]
    note = (
        f"`{results['command']}`, {machine['cores']} cores ({machine['processor']}), load average {machine['load']:.1f} at the end; "
        f"medians of {results['runs']} runs, {results['questions']} questions."
    )
    return "\n".join([*lines, "", note, "", "![cost against size](scaling.svg)", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", nargs="+", type=lambda text: int(float(text)), default=[1_000, 10_000, 100_000])
    parser.add_argument("--words", type=int, default=1650)
    parser.add_argument("--embedding", default="static")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    results: dict[str, Any] = {"command": " ".join(["python", "bench/scale.py", *sys.argv[1:]]).replace(" --write", "")}
    results |= {"embedding": given.embedding, "runs": given.runs, "questions": given.questions, "sizes": []}
    for chunks in given.chunks:
        results["sizes"].append(one_size(chunks, given))
        print(f"{chunks:,} chunks measured", file=sys.stderr, flush=True)
    results["machine"] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[1],
    }
    text = table(results)
    print(text)
    place = ROOT / "docs" if given.write else BUILD
    (place / "scaling.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (place / "scaling.svg").write_text(plot(results["sizes"]), encoding="utf-8")
    if given.write:
        page = ROOT / "docs" / "scaling.md"
        page.write_text(BLOCK.sub(lambda _: text, page.read_text(encoding="utf-8")), encoding="utf-8")


def processor() -> str:
    """The processor's name, as far as the machine tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
