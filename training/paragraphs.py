"""Articles made of the public sets' paragraphs and, beside each, the questions on it, so that `ours.py` can ask a search for them.

    PYTHONPATH=training python training/paragraphs.py --data DIR --sets squadshifts-wiki --people 0.6 --out build/wiki
    PYTHONPATH=training python training/paragraphs.py --data DIR --sets nq-open-oracle nospan-boolq --people 0.5 --contrast 0.35 --out ...

Paragraphs of one title stand in one article. Questions are a share of those that came with the sets and of ours on the same
paragraphs (training/contrast). A question that a paragraph does not answer might be answered by another one of its article; that is rare.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path
from typing import Any

from askdivide.text.sentences import sentence_spans

CONTRAST = Path(__file__).parent / "contrast"


def asked(context: str, question: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    """A question as `ours.py` reads it; `answer` as the sets have it."""
    if answer is None:
        return {"question": question, "answer": None, "sentence": None}
    at = answer["start"]
    sentence = next((context[start:end] for start, end in sentence_spans(context) if start <= at < end), "")
    return {"question": question, "answer": answer["text"], "sentence": sentence}


def questions(data: Path, name: str, people: float, contrast: float, chance: random.Random) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The questions on each paragraph of each article of a set; rows marked `bench` (they overlap with evaluation data) left out."""
    articles: dict[str, dict[str, list[dict[str, Any]]]] = {}
    rows: dict[str, dict[str, Any]] = {}
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for raw in map(json.loads, lines):
            if not raw.get("bench"):
                rows[raw["id"]] = raw
                found = articles.setdefault(raw.get("title") or raw["id"], {}).setdefault(raw["context"], [])
                if raw["answers"] and chance.random() < people:
                    found.append(asked(raw["context"], raw["question"], min(raw["answers"], key=lambda answer: len(answer["text"]))))
    for line in (CONTRAST / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        ours = json.loads(line)
        raw = rows[ours["row"]]
        if chance.random() < contrast:
            answer = {"text": ours["answer"], "start": ours["start"]} if ours["answer"] is not None else None
            articles[raw.get("title") or raw["id"]][raw["context"]].append(asked(raw["context"], ours["question"], answer))
    return articles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--people", type=float, default=1.0, help="share of the questions that came with the sets")
    parser.add_argument("--contrast", type=float, default=1.0, help="share of ours")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    chance = random.Random(9)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.sets:
        for number, (title, paragraphs) in enumerate(questions(args.data, name, args.people, args.contrast, chance).items()):
            stem = args.out / f"{name}-{number:04d}"
            text = "\n\n".join([title.replace("_", " "), *(paragraph.replace("\n", " ") for paragraph in paragraphs)])
            stem.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
            lines = [json.dumps(one, ensure_ascii=False) + "\n" for found in paragraphs.values() for one in found if one["sentence"] != ""]
            stem.with_suffix(".jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
