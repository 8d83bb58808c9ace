"""Speed of askdivide beside the LlamaIndex + Chroma starter: same articles, same embedding model, same question, in turn.

    python bench/run.py [--runs 5]

Writes a table to stdout and the raw figures to build/bench/results.json. Wall and CPU seconds and peak memory are those of
whole processes as the operating system accounts for them; ratios are medians of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
PEERS = BUILD / "peers"
PEER_PACKAGES = ("llama-index-vector-stores-chroma==0.6.0", "llama-index-embeddings-huggingface==0.8.0")
QUESTION = "Which licence does DeepSeek-R1 have?"
WARM_QUESTIONS = (
    "How many parameters does V4-Flash have?",
    "When was the H20 banned?",
    "Who leads on Hugging Face?",
    "What does Apache 2.0 allow?",
    "Why do labs publish weights?",
    "How long did V3 train?",
    "What is sparse attention?",
    "Which servers run Kimi K3?",
)


def measured(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Run a command to its end; wall and CPU seconds, peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output.decode(errors='replace')[-2000:]}")
    return {"wall": time.perf_counter() - started, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}


def paired(ours: list[str], theirs: list[str], environment: dict[str, str], runs: int) -> dict[str, object]:
    """Both commands in turn, after one uncounted run of each."""
    rows = []
    for run in range(-1, runs):
        pair = (measured(ours, environment), measured(theirs, environment))
        if run >= 0:
            rows.append(pair)
    figures = {}
    for name in ("wall", "cpu", "memory"):
        figures[name] = {
            "askdivide": statistics.median(row[0][name] for row in rows),
            "starter": statistics.median(row[1][name] for row in rows),
            "ratio": statistics.median(row[1][name] / row[0][name] for row in rows),
            "raw": [[row[0][name], row[1][name]] for row in rows],
        }
    return figures


def warm(environment: dict[str, str]) -> dict[str, float]:
    """Milliseconds of a question in a process that has answered before."""
    code = (
        "import json, sys, time; from askdivide import Assistant; a = Assistant.open(); a.warm_up(); qs = json.loads(sys.argv[1]); "
        "[a.ask(q) for q in qs]; ms = []\n"
        "for q in qs * 10:\n t = time.perf_counter(); a.ask(q); ms.append((time.perf_counter() - t) * 1000)\n"
        "ms.sort(); print(json.dumps({'p50': ms[len(ms) // 2], 'p95': ms[int(len(ms) * .95)]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(WARM_QUESTIONS)], env=environment, cwd=ROOT, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    # Only the two small adapters are added; all that is heavy is the same installation for both.
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(PEERS), *PEER_PACKAGES], check=True)
    sys.path.insert(0, str(ROOT / "src"))
    from askdivide.index.embedding import find_model

    model = str(find_model("all-MiniLM-L6-v2"))
    environment = {
        **os.environ, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "PYTHONPATH": str(PEERS), "TOKENIZERS_PARALLELISM": "false",
        "ASKDIVIDE_INDEX": str(BUILD / "index"), "ASKDIVIDE_CORPUS": str(ROOT / "corpus"),
    }  # fmt: skip
    askdivide = [sys.executable, "-m", "askdivide"]
    starter = [sys.executable, str(ROOT / "bench" / "starter.py")]
    arguments = [str(ROOT / "corpus"), str(BUILD / "chroma"), model, QUESTION]
    results: dict[str, object] = {
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "first_index": {
            "askdivide": measured([*askdivide, "index"], environment),
            "starter": measured([*starter, "build", *arguments], environment),
        },
        "cold_ask": paired([*askdivide, "ask", QUESTION], [*starter, "ask", *arguments], environment, runs),
        "help": [measured([*askdivide, "--help"], environment) for _ in range(runs)],
        "status": [measured([*askdivide, "status"], environment) for _ in range(runs)],
        "unchanged_index": [measured([*askdivide, "index"], environment) for _ in range(runs)],
        "warm_ms": warm(environment),
    }
    (BUILD / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    show(results)


def show(results: dict) -> None:
    """The table, as Markdown."""
    print(f"\n{results['machine']}\n\n| what | askdivide | starter | ratio |\n| --- | --- | --- | --- |")
    cold = results["cold_ask"]
    for name, unit in (("wall", "s"), ("cpu", "s"), ("memory", "MB")):
        row = cold[name]
        print(f"| cold ask, {name} | {row['askdivide']:.2f} {unit} | {row['starter']:.2f} {unit} | {row['ratio']:.1f} |")
    first = results["first_index"]
    print(f"| first index, wall | {first['askdivide']['wall']:.1f} s | {first['starter']['wall']:.1f} s | |")
    for name in ("help", "status", "unchanged_index"):
        print(f"| {name.replace('_', ' ')}, wall | {statistics.median(one['wall'] for one in results[name]):.2f} s | | |")
    print(f"| warm question, p50 / p95 | {results['warm_ms']['p50']:.0f} / {results['warm_ms']['p95']:.0f} ms | | |")


if __name__ == "__main__":
    main()
