"""askdivide, as it is and light, beside its peers: same texts, same embedding model, same questions, in turn, within one run.

    python bench/run.py [--runs 3] [--index-runs 1] [--articles 600] [--quick] [--write] [--from FILE]

The table goes to stdout; raw figures, table and plot to build/bench/. With --write they become docs/performance.md, its plot and
bench/results/side-by-side.json; --from writes the page anew from figures taken before. --quick only shows that everything works.
Wall and CPU seconds and peak memory are those of whole processes as the operating system accounts for them. The peers' scripts
and requirements are in bench/peers/; what each figure means is in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from environments import PEERS, Peer, installed_size, prepare, versions
from measuring import ROOT, machine, measured, percentile, size, told
from report import RESULTS, block, plot, write_page

BUILD = ROOT / "build" / "bench"
WORK = BUILD / "side-by-side"
OURS = PEERS[0]
FIRST = {"question": "Which licence does DeepSeek-R1 have?", "must_contain": [["MIT"]]}
QUESTIONS, WORDS, QUICK = 20, 1100, (20, 400, 5)
"""Questions asked of each corpus; words of an article of the larger one (600 of them are 8,000 chunks); articles, words and
questions of --quick."""

# What this process has in memory the system counts as memory of each process it starts: so these run in processes of their own.
TEXTS = """
import json, sys
from pathlib import Path
from texts import write_corpus
planted = write_corpus(Path(sys.argv[1]), articles=int(sys.argv[2]), words=int(sys.argv[3]))
print(json.dumps([[fact.question, fact.answer] for fact in planted]))
"""
MODEL = """
from askdivide.index.embedding import DEFAULT, find_model
print(find_model(DEFAULT))
"""
EXPORT = """
import sys
from pathlib import Path
from askdivide.index.embedding import DEFAULT, load_embedder
load_embedder(DEFAULT, cache=Path(sys.argv[1]))
"""


class Bench:
    """One run. `raw` collects a figure for each round, by what was measured and by peer."""

    def __init__(self, *, runs: int, index_runs: int, model: str) -> None:
        self.runs, self.index_runs, self.model = runs, index_runs, model
        self.raw: dict[str, dict[str, list[dict[str, float]]]] = {}
        # What is set for the user's own askdivide must not change what is measured; nothing may be fetched.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASKDIVIDE_", "PYTHONPATH"))}
        self.environment = {**kept, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "ASKDIVIDE_CACHE": str(WORK / "cache")}

    def note(self, what: str, name: str, figures: dict[str, float]) -> None:
        self.raw.setdefault(what, {}).setdefault(name, []).append(figures)
        print(f"{what}, {name}: {', '.join(f'{key} {value:.4g}' for key, value in figures.items())}", file=sys.stderr, flush=True)

    def ran(self, peer: Peer, *arguments: str | Path) -> tuple[dict[str, float], dict]:
        command = [str(peer.python), str(peer.script), *map(str, arguments)]
        figures, output = told(command, self.environment | dict(peer.settings), folder=WORK)
        return figures, json.loads(output.strip().splitlines()[-1])

    def index(self, peer: Peer, texts: Path, store: Path) -> dict[str, float]:
        figures, result = self.ran(peer, "index", texts, store, "--model", self.model)
        return figures | {"chunks": result["chunks"], "store": size(store)}

    def cold(self, questions: Path) -> None:
        """From the start of a process to its first answer, after one round that only fills the file cache; and the imports alone."""
        for round_ in range(-1, self.runs):
            for peer in PEERS:
                figures, result = self.ran(peer, "ask", store("own", peer), questions, "--model", self.model, "--cold")
                if round_ >= 0:
                    self.note("cold", peer.name, figures | {"found": result["found"]})
        for _ in range(self.runs):
            for peer in PEERS:
                self.note("imports", peer.name, self.ran(peer, "imports")[0])

    def warm(self, corpus: str, questions: Path) -> None:
        """A question in a process that has answered before."""
        for _ in range(self.runs):
            for peer in PEERS:
                figures, result = self.ran(peer, "ask", store(corpus, peer), questions, "--model", self.model, "--warm")
                taken = result["milliseconds"]
                shares = {"p50": percentile(taken, 0.5), "p95": percentile(taken, 0.95), "memory": figures["memory"]}
                self.note(f"warm_{corpus}", peer.name, shares | {"found": result["found"], "questions": result["questions"]})

    def first_index(self, texts: Path) -> None:
        for _ in range(self.index_runs):
            for peer in PEERS:
                shutil.rmtree(store("news", peer), ignore_errors=True)
                self.note("index", peer.name, self.index(peer, texts, store("news", peer)))

    def index_again(self, texts: Path) -> None:
        """Where a peer has such a thing: with nothing changed, and with a sentence more in one article."""
        files = sorted(texts.rglob("*.md"))
        for peer in (peer for peer in PEERS if peer.reindexes):
            # The one before has changed some articles.
            self.index(peer, texts, store("news", peer))
            for round_ in range(self.runs):
                self.note("unchanged", peer.name, self.index(peer, texts, store("news", peer)))
                with files[round_ * 7 % len(files)].open("a", encoding="utf-8") as article:
                    article.write(f"\nThis sentence was added in round {round_}.\n")
                self.note("one_changed", peer.name, self.index(peer, texts, store("news", peer)))

    def commands(self) -> None:
        """askdivide's own command line, as people use it."""
        program = str(OURS.python.with_name("askdivide"))
        place = ["--corpus", str(ROOT / "corpus"), "--index", str(store("own", OURS))]
        for _ in range(self.runs):
            for name, command in {"--help": ["--help"], "status": ["status", *place], "ask": ["ask", FIRST["question"], *place]}.items():
                self.note("commands", name, measured([program, *command], self.environment, folder=WORK))


def ours(code: str, *arguments: str) -> str:
    """What `code` prints, run where askdivide is installed."""
    done = subprocess.run([OURS.python, "-c", code, *arguments], cwd=ROOT / "bench", stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def store(corpus: str, peer: Peer) -> Path:
    return WORK / "stores" / f"{corpus}-{peer.name}"


def own_questions(number: int) -> list[dict]:
    lines = (ROOT / "evaluation" / "own" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    usable = [one for one in map(json.loads, lines) if one.get("answerable") and one.get("must_contain") and not one.get("history")]
    return [FIRST, *usable[: number - 1]]


def words(texts: Path) -> int:
    return sum(len(file.read_text(encoding="utf-8").split()) for file in texts.rglob("*.md"))


def take(*, runs: int, index_runs: int, articles: int, quick: bool) -> dict:
    """Measure everything; the raw figures with what they depend on."""
    for peer in PEERS:
        prepare(peer)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT, check=False)
    about = machine()
    if about["load"] > 0.5:
        print(f"note: this machine is busy (load average {about['load']:.1f}), which will show in the figures", file=sys.stderr)
    shutil.rmtree(WORK, ignore_errors=True)
    own, news = ROOT / "corpus", WORK / "texts"
    articles, length, asked = QUICK if quick else (articles, WORDS, QUESTIONS)
    WORK.mkdir(parents=True)
    planted = json.loads(ours(TEXTS, str(news), str(articles), str(length)))
    every = max(len(planted) // asked, 1)
    questions = {
        "own": own_questions(asked),
        "news": [{"question": question, "must_contain": [[answer]]} for question, answer in planted[::every][:asked]],
    }
    for name, content in questions.items():
        (WORK / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    bench = Bench(runs=runs, index_runs=index_runs, model=ours(MODEL))
    export = [str(OURS.python), "-c", EXPORT, str(WORK / "cache")]
    bench.note("export", OURS.name, measured(export, bench.environment))
    for peer in PEERS:
        bench.index(peer, own, store("own", peer))
    bench.cold(WORK / "own.json")
    bench.commands()
    bench.warm("own", WORK / "own.json")
    counted = words(news)
    bench.first_index(news)
    bench.warm("news", WORK / "news.json")
    bench.index_again(news)
    return {
        "taken": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "quick": quick,
        "runs": runs,
        "index_runs": index_runs,
        "machine": about | {"load_after": os.getloadavg()[0]},
        "corpora": {
            "own": {"articles": len(list(own.glob("*.md"))), "words": words(own)},
            "news": {"articles": articles, "words": counted},
        },
        "peers": [
            {
                "name": peer.name,
                "title": peer.title,
                "reindexes": peer.reindexes,
                "installed": installed_size(peer),
                "versions": required(peer),
            }
            for peer in PEERS
        ],
        "raw": bench.raw,
    }


def required(peer: Peer) -> dict[str, str]:
    """Versions of what `peer` is made of; of askdivide, those that carry its work."""
    named = [line.partition("==")[0] for line in peer.requirements.read_text(encoding="utf-8").split() if "==" in line]
    if peer.script == OURS.script:
        named += ["chromadb", "onnxruntime", "openvino", "tokenizers"]
    found = versions(peer)
    return {name: found[name] for name in named}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="rounds of everything but the first index (3)")
    parser.add_argument("--index-runs", type=int, default=1, help="rounds of the first index of the larger corpus, minutes each (1)")
    parser.add_argument("--articles", type=int, default=600, help=f"articles of the larger corpus, {WORDS:,} words each (600)")
    parser.add_argument("--quick", action="store_true", help="small sizes and one round, to see that everything works")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md and bench/results/")
    parser.add_argument("--from", dest="source", type=Path, help="figures taken before, in the place of measuring")
    given = parser.parse_args()
    if given.source:
        results = json.loads(given.source.read_text(encoding="utf-8"))
    else:
        runs = given.runs or (1 if given.quick else 3)
        results = take(runs=runs, index_runs=given.index_runs, articles=given.articles, quick=given.quick)
    raw = json.dumps(results, indent=1) + "\n"
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "side-by-side.json").write_text(raw, encoding="utf-8")
    (BUILD / "performance.svg").write_text(plot(results), encoding="utf-8")
    print(block(results))
    if given.write:
        if results["quick"]:
            sys.exit("figures of --quick are of small sizes, and not written into the documentation")
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(raw, encoding="utf-8")
        write_page(results)


if __name__ == "__main__":
    main()
