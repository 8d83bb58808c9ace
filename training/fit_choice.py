"""Fit the weights that choose sentences: a conditional logit over the candidates of each question, from FEATURES to which hold the answer.

    python training/fit_choice.py [--reader NAME] QUESTIONS=INDEX [QUESTIONS=INDEX ...]

Prints the weights for answering/evidence.py, without and with the reader, and how often the first candidate, and one of the
first three, holds the answer: with the weights of all files, and with weights fitted to the other files.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askdivide.answering.assistant import Assistant
from askdivide.answering.evidence import FEATURES, candidates, weights
from askdivide.evaluation.questions import Question, read_questions
from askdivide.retrieval.comparison import search_compared
from askdivide.retrieval.conversation import standalone
from askdivide.retrieval.reader import Reader, load_reader
from askdivide.retrieval.search import prepare
from askdivide.text.plain import plain

RIDGE, STEPS, RATE = 0.01, 500, 0.05


@dataclass
class Case:
    features: np.ndarray
    """Shape (candidates, features)."""
    right: np.ndarray
    """Whether each candidate holds the answer."""


def case(assistant: Assistant, question: Question, reader: Reader | None) -> Case | None:
    with assistant.index.reading() as catalog:
        query = prepare(assistant.index, standalone(question.question, question.history))
        hits = search_compared(assistant.index, catalog, query, top_k=assistant.settings.passages)
        found = candidates(query, hits, weights(catalog, query), catalog, reader, assistant.settings.reader_windows)
    right = np.array([_holds(one.text, question, markup=one.hit.row.document.markup) for one in found])
    return Case(np.array([one.features for one in found]), right) if right.any() else None


def _holds(text: str, question: Question, *, markup: bool) -> bool:
    """Whether a sentence has an alternative of any group; where evidence is given, it must be of it as well."""
    folded = plain(text, markup=markup).casefold()
    said = any(alternative.casefold() in folded for group in question.must_contain for alternative in group)
    stripped = " ".join(text.split())[:60]
    return said and (not question.evidence or any(stripped in " ".join(e.split()) or e.split() == text.split() for e in question.evidence))


def fitted(cases: list[Case], used: np.ndarray) -> np.ndarray:
    """Weights by gradient ascent on the probability of the right candidates (Adam), with a ridge."""
    w, first, second = (np.zeros(len(FEATURES)) for _ in range(3))
    for step in range(STEPS):
        slope = -RIDGE * w
        for one in cases:
            p = np.exp(one.features @ w - (one.features @ w).max())
            p /= p.sum()
            right = p * one.right / (p * one.right).sum()
            slope = slope + one.features.T @ (right - p) / len(cases)
        slope = slope * used
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        w = w + RATE * (1 - step / STEPS) * first / (np.sqrt(second) + 1e-8)
    return w


def shares(cases: list[Case], w: np.ndarray) -> str:
    ranks = [int(np.argmax(one.right[np.argsort(-(one.features @ w), kind="stable")])) for one in cases]
    return " ".join(f"{np.mean([rank < k for rank in ranks]):.3f}" for k in (1, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="QUESTIONS=INDEX")
    parser.add_argument("--reader", help="as in the setting reader")
    parser.add_argument("--only", nargs="*", default=[], help="of SQuAD 2, questions on these documents only")
    args = parser.parse_args()
    reader = load_reader(args.reader) if args.reader else None
    cases: dict[str, list[Case]] = {}
    for pair in args.pairs:
        file, index = map(Path, pair.split("=", 1))
        assistant = Assistant.open(index=index)
        asked = [q for q in read_questions(file) if q.answerable is not False and q.must_contain]
        asked = [q for q in asked if not args.only or "squad2" not in str(file) or set(q.documents) & set(args.only)]
        made = [case(assistant, question, reader) for question in asked]
        cases[pair] = [one for one in made if one]
        print(f"{pair}: {len(asked)} questions, {len(cases[pair])} with the answer among the candidates", flush=True)
    of_reader = np.array([name in ("answers", "words", "passage_answers", "unread") for name in FEATURES])
    for title, used in (("without the reader", ~of_reader), ("with the reader", np.ones(len(FEATURES)))):
        if title == "with the reader" and not reader:
            continue
        w = fitted([one for group in cases.values() for one in group], np.asarray(used, float))
        print(title, {name: round(float(value), 2) for name, value in zip(FEATURES, w, strict=True)})
        for pair, group in cases.items():
            others = fitted([one for other, rest in cases.items() if other != pair for one in rest], np.asarray(used, float))
            print(f"  {pair}: first, first three {shares(group, w)}; fitted to the others {shares(group, others)}")


if __name__ == "__main__":
    main()
