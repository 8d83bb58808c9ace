"""What the endurance tests stand on: a corpus and an index in a temporary folder, with the test embedder, and their options."""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askdivide.settings import Settings


def options(told: str, **defaults: float) -> argparse.ArgumentParser:
    """A parser with --seed and an option for each of `defaults`, of the type of its default."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {**defaults, "seed": 1}.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser


@contextmanager
def scratch(name: str) -> Iterator[Settings]:
    """Settings of an empty corpus and an index to be. The folder of both goes at the end, and stays where something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    (folder / "corpus").mkdir()
    try:
        yield Settings(corpus=folder / "corpus", index=folder / "index", embedding="test:256")
    except BaseException:
        print(f"kept: {folder}")
        raise
    shutil.rmtree(folder)


def ships(rng: random.Random, harbour: object) -> str:
    """A sentence about `harbour` and no other."""
    return f"The harbour of {harbour} had {rng.randrange(9999)} ships."
