"""What every peer's script understands, so that all are asked for the same things in the same way and answer as JSON.

    python bench/peers/SCRIPT.py imports                                      import what the script imports at its top
    python bench/peers/SCRIPT.py index FOLDER STORE --model DIR               index the texts below FOLDER
    python bench/peers/SCRIPT.py ask STORE QUESTIONS --model DIR --cold       the first question, once
    python bench/peers/SCRIPT.py ask STORE QUESTIONS --model DIR --warm       all of them, once unmeasured, then --repeat times

QUESTIONS is a JSON file: a list of {"question", "must_contain": [[alternatives], ...]}. Milliseconds of a warm question are those
of the call alone. `found` counts the questions with one alternative of each group among the texts that came back: it shows that
what was measured did its work, and says nothing about how well a question is answered. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PASSAGES = 12
"""Passages that a question brings up, in every peer: as many as askdivide reads."""
CHUNK_TOKENS = 180
"""Most tokens of a chunk; the embedding model itself reads 256."""
_WORDS = 120
"""Words of prose that make about CHUNK_TOKENS tokens of all-MiniLM-L6-v2."""

Ask = Callable[[str], list[str]]


def cut(folder: Path) -> Iterator[tuple[str, str]]:
    """Paragraphs below `folder`, packed up to _WORDS words, each with its key: what people write who have no splitter at hand."""
    for file in sorted(folder.rglob("*.md")):
        packed: list[str] = []
        number = 0
        for paragraph in re.split(r"\n\s*\n", file.read_text(encoding="utf-8")):
            words = paragraph.split()
            if len(packed) > _WORDS // 2 and len(packed) + len(words) > _WORDS:
                yield f"{file.relative_to(folder).as_posix()}/{number}", " ".join(packed)
                packed, number = [], number + 1
            packed += words
            while len(packed) > _WORDS:
                yield f"{file.relative_to(folder).as_posix()}/{number}", " ".join(packed[:_WORDS])
                packed, number = packed[_WORDS:], number + 1
        if packed:
            yield f"{file.relative_to(folder).as_posix()}/{number}", " ".join(packed)


def run(index: Callable[[Path, Path, str], int], opened: Callable[[Path, str], Ask]) -> None:
    """Do what the command line asks for: `index(folder, store, model)` gives the number of chunks, `opened(store, model)` a way to ask."""
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    modes.add_parser("imports")
    for mode, *places in (("index", "folder", "store"), ("ask", "store", "questions")):
        options = modes.add_parser(mode)
        for place in places:
            options.add_argument(place, type=Path)
        options.add_argument("--model", required=True)
    options.add_argument("--repeat", type=int, default=3)
    heat = options.add_mutually_exclusive_group(required=True)
    heat.add_argument("--cold", action="store_true")
    heat.add_argument("--warm", action="store_true")
    given = parser.parse_args()
    result: dict[str, object] = {}
    if given.mode == "index":
        result = {"chunks": index(given.folder, given.store, given.model)}
    elif given.mode == "ask":
        questions = json.loads(given.questions.read_text(encoding="utf-8"))
        result = asked(
            opened(given.store, given.model), questions[:1] if given.cold else questions, repeat=0 if given.cold else given.repeat
        )
    # The last line, whatever a library may have printed before it.
    print("\n" + json.dumps(result))


def asked(ask: Ask, questions: list[dict], *, repeat: int) -> dict[str, object]:
    """Ask everything once, unmeasured, and then `repeat` times: milliseconds of each call, and how many found what they asked for."""
    found = sum(_holds(" ".join(" ".join(ask(one["question"])).split()), one["must_contain"]) for one in questions)
    milliseconds = []
    for one in questions * repeat:
        begun = time.perf_counter()
        ask(one["question"])
        milliseconds.append((time.perf_counter() - begun) * 1000)
    return {"questions": len(questions), "found": found, "milliseconds": milliseconds}


def _holds(text: str, groups: list[list[str]]) -> bool:
    return all(any(alternative.casefold() in text.casefold() for alternative in group) for group in groups)
