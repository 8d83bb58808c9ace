"""Rows for the reader from invented articles and questions of our own, with the stretches that our own search brings up for them.

    python training/ours.py QUESTIONS INDEX build/ours.jsonl.gz

QUESTIONS (training/questions) holds articles, and beside each the questions about it as NAME.jsonl: question, answer (the words of
the article that answer) and sentence (which holds them), both null for near misses, which no article answers. Where it takes
several sentences to answer, `sentence` lists them, and the answer is of the first. INDEX is of those articles. A line of what is
written holds the rows of one question: `right` and `wrong`, what the search brings up, and `around`, cut at random.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rows import PASSAGE_CHARACTERS, Row

from askdivide.retrieval.reader import Reading, SentenceReading
from askdivide.text.sentences import sentence_spans

if TYPE_CHECKING:
    from askdivide.answering.assistant import Assistant

_STRETCHES = 8
"""Stretches that the search brings up for a question, at most."""
_OTHERS, _MISSES = 2, 3
"""Stretches that do not answer, for each question that an article answers and for each near miss, in an epoch."""
_CUTS = 4
"""Ways in which the stretch round an answer is cut, one of which is in an epoch."""


@dataclass
class _Listening:
    """A reader that keeps what it is given and is sure of nothing."""

    given: list[tuple[str, Sequence[tuple[int, int]]]] = field(default_factory=list)

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        del question
        self.given += passages
        return [Reading(tuple(SentenceReading(0.0, 0.0, (0, 0)) for _ in spans), 0.0) for _, spans in passages]


def our_rows(made: Path, chance: random.Random) -> list[Row]:
    """The rows of one epoch from what `main` wrote: of each question all stretches that answer it and some that do not."""
    rows: list[Row] = []
    with gzip.open(made, "rt", encoding="utf-8") as lines:
        for line in lines:
            found = {kind: [Row(**fields) for fields in of_it] for kind, of_it in json.loads(line).items()}
            wrong = found["wrong"]
            most = _OTHERS if found["around"] or found["right"] else _MISSES
            rows += found["right"] + wrong[:1] + chance.sample(wrong[1:], min(len(wrong[1:]), most - 1))
            rows += chance.sample(found["around"], min(1, len(found["around"])))
    return rows


def main() -> None:
    from askdivide.answering.assistant import Assistant

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("index", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    assistant, chance = Assistant.open(index=args.index), random.Random(1)
    with gzip.open(args.out, "wt", encoding="utf-8") as out:
        for file in sorted(args.questions.glob("*.jsonl")):
            article = next(path for path in file.parent.glob(f"{file.stem}.*") if path != file).read_text(encoding="utf-8")
            for line in file.read_text(encoding="utf-8").splitlines():
                found = _rows_of(json.loads(line), article, assistant, chance)
                out.write(json.dumps({kind: [asdict(row) for row in rows] for kind, rows in found.items()}) + "\n")


def _rows_of(asked: dict[str, Any], article: str, assistant: Assistant, chance: random.Random) -> dict[str, list[Row]]:
    brought_up = [row for text, spans in _brought_up(assistant, asked["question"]) if (row := _row(asked, text, spans))]
    around = [_around(asked, article, chance) for _ in range(_CUTS)] if asked["answer"] else []
    return {
        "right": [row for row in brought_up if row.answerable],
        "wrong": [row for row in brought_up if not row.answerable],
        "around": [row for row in around if row],
    }


def _brought_up(assistant: Assistant, question: str) -> list[tuple[str, Sequence[tuple[int, int]]]]:
    from askdivide.answering.evidence import candidates, weights
    from askdivide.retrieval.comparison import search_compared
    from askdivide.retrieval.search import prepare

    listening = _Listening()
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, question)
        hits = search_compared(assistant.index, catalog, query, top_k=assistant.settings.passages)
        candidates(query, hits, weights(catalog, query), catalog, listening, _STRETCHES)
    return listening.given


def _wanted(asked: dict[str, Any]) -> list[str]:
    """The sentences that answer; none of a near miss."""
    sentence = asked["sentence"] or []
    return [sentence] if isinstance(sentence, str) else sentence


def _row(asked: dict[str, Any], text: str, spans: Sequence[tuple[int, int]]) -> Row | None:
    """None where another sentence has the answer's words, too: nobody has said whether it answers."""
    said = [" ".join(text[a:b].split()) for a, b in spans]
    wanted = [" ".join(one.split()) for one in _wanted(asked)]
    positive = tuple(len(one) > 3 and any(one in other or other in one for other in wanted) for one in said)
    if asked["answer"] and any(asked["answer"] in one and not is_it for one, is_it in zip(said, positive, strict=True)):
        return None
    answer = None
    if any(positive):
        at = next((text.find(asked["answer"], a, b) for (a, b), is_it in zip(spans, positive, strict=True) if is_it), -1)
        answer = (at, at + len(asked["answer"])) if at >= 0 else None
    return Row(asked["question"], text, "", tuple(spans), positive, answer, any(positive))


def _around(asked: dict[str, Any], article: str, chance: random.Random) -> Row | None:
    """The sentence, or the first of several, with some of what stands round it, as long as passages are at random."""
    sentence = _wanted(asked)[0]
    at = article.find(sentence)
    if at < 0:
        return None
    length = chance.randint(*PASSAGE_CHARACTERS)
    spans = sentence_spans(article)
    here = [i for i, (a, b) in enumerate(spans) if a < at + len(sentence) and b > at]
    if not here:
        return None
    first, last = here[0], here[-1]
    while spans[last][1] - spans[first][0] < length and (first > 0 or last + 1 < len(spans)):
        if first > 0 and (chance.random() < 0.5 or last + 1 == len(spans)):
            first -= 1
        else:
            last = min(last + 1, len(spans) - 1)
    begin, end = spans[first][0], spans[last][1]
    return _row(asked, article[begin:end], [(a - begin, b - begin) for a, b in spans[first : last + 1]])


if __name__ == "__main__":
    main()
