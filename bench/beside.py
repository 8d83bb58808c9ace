"""A watcher, a command line and a reader at work on one index, with an oracle of what must and must not be found.

    python bench/beside.py [--seconds 120] [--within 5] [--seed 1]

One process watches; this one edits at random and asks all the time, as a server does; now and then a third one runs `add`,
`remove`, `index --checksum` or `index --purge`. Every edition of an article has a word of its own: once it is older than
`within` seconds it must be found, once it is gone that long it must not. Prints the number of questions and of violations.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from scratch import options, scratch, ships

from askdivide.answering.assistant import Assistant
from askdivide.settings import Settings


def main() -> None:
    given = options(__doc__, seconds=120.0, within=5.0).parse_args()
    with scratch("beside") as settings:
        disturb(settings, random.Random(given.seed), seconds=given.seconds, within=given.within)


def disturb(settings: Settings, rng: random.Random, *, seconds: float, within: float) -> None:
    """Edit, command and ask for `seconds`; print what was found too late or too long."""
    # Beside the corpus, where nothing looks.
    folder = settings.corpus.parent
    there: dict[str, tuple[str, float]] = {}
    gone: dict[str, float] = {}

    def put(name: str, where: Path) -> None:
        word = f"zq{rng.randrange(10**9)}x"
        (where / name).write_text(f"# Article {name}\n\n{ships(rng, word)}\n", encoding="utf-8")
        leave(name)
        there[name] = (word, time.monotonic())

    def leave(name: str) -> None:
        if name in there:
            gone[there.pop(name)[0]] = time.monotonic()

    for number in range(30):
        put(f"{number}.md", settings.corpus)
    command = [sys.executable, "-m", "askdivide"]
    folders = ["--corpus", str(settings.corpus), "--index", str(settings.index)]
    environment = {**os.environ, "ASKDIVIDE_EMBEDDING": "test:256"}

    def run(*arguments: str) -> None:
        done = subprocess.run([*command, *arguments, *folders], env=environment, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            sys.exit(f"{arguments} failed: {done.stderr}")

    run("index")
    watcher = subprocess.Popen([*command, "index", "--watch", *folders], env=environment, stdout=subprocess.DEVNULL)
    assistant = Assistant.open(settings)
    assistant.warm_up()
    began = time.monotonic()
    asked = commands = 0
    violations: list[str] = []
    due = began
    try:
        while time.monotonic() - began < seconds:
            if time.monotonic() > due:
                due = time.monotonic() + rng.uniform(0.1, 2)
                name = f"{rng.randrange(40)}.md"
                act = rng.choice(["put"] * 8 + ["unlink"] * 4 + ["add", "remove", "checksum", "purge"])
                if act == "put":
                    put(name, settings.corpus)
                elif act == "unlink" and name in there:
                    (settings.corpus / name).unlink()
                    leave(name)
                elif act == "add":
                    put(name, folder)
                    run("add", str(folder / name), "--replace")
                    there[name] = (there[name][0], time.monotonic())
                elif act == "remove" and name in there:
                    run("remove", name)
                    leave(name)
                elif act in ("checksum", "purge"):
                    run("index", f"--{act}")
                commands += act in ("add", "remove", "checksum", "purge")
            for name, (word, since) in rng.sample(sorted(there.items()), min(3, len(there))):
                sure = time.monotonic() - since > within
                found = [passage.document for passage in assistant.search(f"harbour of {word}", top_k=5) if word in passage.text]
                asked += 1
                if sure and found != [name]:
                    violations.append(f"{name} {word} not found after {time.monotonic() - since:.1f} s")
            for word, since in rng.sample(sorted(gone.items()), min(3, len(gone))):
                sure = time.monotonic() - since > within
                asked += 1
                if sure and any(word in passage.text for passage in assistant.search(f"harbour of {word}", top_k=5)):
                    violations.append(f"{word} found {time.monotonic() - since:.1f} s after it went")
    finally:
        watcher.terminate()
        watcher.wait()
    print(f"{asked} questions in {seconds:.0f} s beside {commands} commands; {len(violations)} violations")
    print("\n".join(violations[:20]))


if __name__ == "__main__":
    main()
