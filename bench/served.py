"""How long `askdivide ask` takes beside a running `askdivide serve`, which has everything loaded, and without one.

    python bench/served.py [--index DIR] [--questions 10]

Each question is asked both ways, one after the other, each time by a new process; the ratio is the median of those within the pairs.
The index must be of the corpus at hand; the server shares this machine's cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

from load import ROOT, questions, serving
from measuring import measured

from askdivide.interfaces.local_client import has_server
from askdivide.settings import Settings

LIMIT = 120
"""Seconds that the server has for loading its models."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, default=ROOT / "index")
    parser.add_argument("--questions", type=int, default=10)
    args = parser.parse_args()
    place = ["--corpus", ROOT / "corpus", "--index", args.index]
    runs: dict[str, list[dict[str, float]]] = {"yes": [], "no": []}
    with serving(args.index):
        until = time.monotonic() + LIMIT
        while not has_server(Settings.load(corpus=ROOT / "corpus", index=args.index)):
            if time.monotonic() > until:
                sys.exit("the server has no socket; are its settings those of this process?")
            time.sleep(0.2)
        for question in questions()[: args.questions]:
            for used, figures in runs.items():
                command = [sys.executable, "-c", ASK, question, *map(str, place)]
                figures.append(measured(command, os.environ | {"ASKDIVIDE_SOCKET": used}))
    for what, unit in (("wall", "s"), ("cpu", "s"), ("memory", "MB")):
        with_it, without = ([one[what] for one in figures] for figures in runs.values())
        ratio = statistics.median(far / near for near, far in zip(with_it, without, strict=True))
        print(
            f"{what}: {statistics.median(with_it):.2f} {unit} with a server, {statistics.median(without):.2f} {unit} without, {ratio:.1f} x"
        )


ASK = """
import sys
from askdivide.interfaces import cli
sys.argv[1:1] = ["ask"]
try:
    cli.main()
except SystemExit as stop:
    sys.exit(0 if stop.code == cli.REFUSED else stop.code)
"""
"""The command line, to which a refusal is no failure here."""


if __name__ == "__main__":
    main()
