"""Rows for the reader: question and passage with which sentences answer, read from SQuAD-like files or made from them.

Four things are made here, because people's unanswerable questions are few: questions changed so that their passage no longer
answers them (a name, number or direction swapped, the kinds of change that crowd workers made for SQuAD 2, Rajpurkar et al.
2018, table 2), passages on other things that share words with a question, as a search brings them up (a model trained without
them said yes to a steam engine where a network was asked for), tables with questions about their cells, and passages of random
length.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from askdivide.text.sentences import sentence_spans
from askdivide.text.terms import content_terms, terms

SETS = {
    "covidqa": 0.8, "fairytaleqa": 0.3, "hotpotqa-subset": 1.0, "musique-subset": 1.0, "nq-open-oracle": 1.0, "qamr-wiki": 0.4,
    "qed-dev": 1.0, "squadshifts-wiki": 1.0, "tatqa-text": 1.0, "timeqa-human": 0.8, "timeqa-human-test": 0.8, "quoref-contrast": 0.8,
    "nospan-boolq": 0.4, "nospan-medquad": 0.12, "nospan-qasper": 0.7, "made-unanswerable": 0.35,
}  # fmt: skip
"""Share of each set's rows that is used in an epoch."""
HELD_OUT = ("packet-switching.txt",)
"""The SQuAD 2 article that is never trained on."""
_MET, _MET_HELD_OUT = 5, 1
"""Paragraphs set beside a question of SQuAD 2 that does not answer it, those that a search would bring up."""
SPOILT, ELSEWHERE, TABLES = 0.35, 0.5, 1500
"""Share of answerable rows that also come with a spoilt question, and with a passage on something else; number of made tables."""
_LOOKED_AT = 40
"""Passages among which the one on something else is chosen that shares most words with the question."""
_NEAR = 150
"""How far from a row its near misses are looked for: rows of one article stand together."""
PASSAGE_CHARACTERS = (200, 560)
"""What `evidence` lets the reader read at a time is 420."""


@dataclass(frozen=True)
class Row:
    """A question, a passage, and what is known about them."""

    question: str
    context: str
    title: str
    spans: tuple[tuple[int, int], ...]
    """Of the passage's sentences."""
    positive: tuple[bool, ...] | None
    """For each sentence whether it answers; None where only the passage is judged."""
    answer: tuple[int, int] | None
    """Span of the answer's own words, where they are known."""
    answerable: bool
    weight: float = 1.0


def training_rows(data: Path, squad2: tuple[Path, Path], chance: random.Random) -> list[Row]:
    """All rows of one epoch."""
    rows = file_rows(data, chance) + 2 * squad2_rows(*squad2, chance, held_out=False)
    names = sorted({name for row in rows for name in _names(row.question)})
    spoilt = [spoil(row, names, chance) for row in rows if row.answerable and row.answer and chance.random() < SPOILT]
    made = [row for row in spoilt if row] + elsewhere(rows, chance) + [table_row(names, chance) for _ in range(TABLES)]
    return rows + made


def file_rows(data: Path, chance: random.Random) -> list[Row]:
    """A share of each set, rows marked `bench` (they overlap with evaluation data) left out."""
    rows = []
    for name, share in SETS.items():
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                raw = json.loads(line)
                if raw.get("bench") or chance.random() > share or (raw.get("from") and raw["from"] not in SETS):
                    continue
                # What nobody checked counts less.
                weight = 0.6 if name == "made-unanswerable" or "nospan" in name else 1.0
                row = _row(raw["question"], raw["context"], raw.get("title") or "", raw, chance, weight)
                if row:
                    rows.append(row)
    return rows


def contrast_rows(contrast: Path, data: Path, chance: random.Random) -> list[Row]:
    """Rows of questions of our own on paragraphs of the public sets, those that a paragraph answers and those that only look it."""
    rows = []
    for file in sorted(contrast.glob("*.jsonl")):
        with gzip.open(data / f"{file.stem}.jsonl.gz", "rt", encoding="utf-8") as lines:
            paragraphs = {raw["id"]: raw for raw in map(json.loads, lines)}
        for asked in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            paragraph, answered = paragraphs[asked["row"]], asked["answer"] is not None
            known = {"answerable": answered, "answers": [{"text": asked["answer"], "start": asked["start"]}] if answered else []}
            row = _row(asked["question"], paragraph["context"], paragraph.get("title") or "", known, chance, 1.0)
            if row:
                rows.append(row)
    return rows


def squad2_rows(questions: Path, corpus: Path, chance: random.Random, *, held_out: bool) -> list[Row]:
    """Rows of SQuAD 2: answerable ones, and unanswerable ones with the paragraph that shares most words with them."""
    paragraphs = {
        file.name: [part.strip() for part in file.read_text(encoding="utf-8").split("\n\n") if len(part.strip()) > 40]
        for file in corpus.glob("*.txt")
    }
    words_of = {part: frozenset(terms(part)) for parts in paragraphs.values() for part in parts}
    counts = Counter(term for found in words_of.values() for term in found)

    def met(question: str, name: str, most: int) -> list[str]:
        """The paragraphs of the article that share most with the question, rare words counting more."""
        asked = content_terms(question)
        shared = {part: sum(1 / counts[term] for term in asked if term in words_of[part]) for part in paragraphs[name]}
        return sorted(paragraphs[name], key=lambda part: -shared[part])[:most]

    rows = []
    nothing: dict[str, Any] = {"answerable": False, "answers": []}
    for line in questions.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        name = raw["documents"][0] if raw.get("documents") else None
        if name is None or (name in HELD_OUT) != held_out:
            continue
        if raw["answerable"]:
            evidence = raw["evidence"][0]
            context = next((part for part in paragraphs[name] if evidence in part), None)
            if context is None:
                continue
            words = max((word for word in raw["must_contain"][0] if word in evidence), key=len, default=evidence)
            data = {"answerable": True, "answers": [{"start": context.index(evidence) + evidence.index(words), "text": words}]}
            made = [(context, data)]
            if not held_out:
                others = [part for part in met(raw["question"], name, 3) if not any(word in part for word in raw["must_contain"][0])]
                made += [(part, nothing) for part in others[:1]]
        else:
            made = [(part, nothing) for part in met(raw["question"], name, _MET_HELD_OUT if held_out else _MET)]
        for context, known in made:
            row = _row(raw["question"], context, name.removesuffix(".txt").replace("-", " "), known, chance, 1.5)
            if row:
                rows.append(row)
    return rows


def _row(question: str, context: str, title: str, raw: dict[str, Any], chance: random.Random, weight: float) -> Row | None:
    """A row of whole sentences, those with the answer among them, of a random length."""
    spans = sentence_spans(context)
    answers = [(a["start"], a["start"] + len(a["text"])) for a in raw["answers"]]
    positive = [any(a < end and start < b for a, b in answers) for start, end in spans]
    judged = raw["answerable"] and not raw.get("nospan")
    if not spans or (judged and not any(positive)):
        return None
    first = positive.index(True) if any(positive) else _likest(question, context, spans, chance)
    most = chance.uniform(*PASSAGE_CHARACTERS)
    low, high, growing = first, first, True
    while growing:
        growing = False
        for below, above in chance.sample([(1, 0), (0, 1)], 2):
            at, to = low - below, high + above
            if at >= 0 and to < len(spans) and spans[to][1] - spans[at][0] <= most:
                low, high, growing = at, to, True
    offset, kept = spans[low][0], spans[low : high + 1]
    inside = [(a - offset, b - offset) for a, b in answers if a >= offset and b <= kept[-1][1]]
    return Row(
        question=question,
        context=context[offset : kept[-1][1]],
        title=title.replace("_", " ") if chance.random() < 0.7 else "",
        spans=tuple((start - offset, end - offset) for start, end in kept),
        positive=None if raw.get("nospan") and raw["answerable"] else tuple(positive[low : high + 1]),
        answer=inside[0] if inside else None,
        answerable=raw["answerable"],
        weight=weight,
    )


def _likest(question: str, context: str, spans: list[tuple[int, int]], chance: random.Random) -> int:
    """Which sentence the part of a passage that answers nothing is cut around: the one that shares most words with the question."""
    asked = set(content_terms(question))
    return max(range(len(spans)), key=lambda i: (len(asked & set(terms(context[slice(*spans[i])]))), chance.random()))


def elsewhere(rows: list[Row], chance: random.Random) -> list[Row]:
    """Questions with passages that do not answer them but share words with them."""
    words = [frozenset(terms(row.context)) for row in rows]
    counts = Counter(term for found in words for term in found)
    made = []
    for at, row in enumerate(rows):
        if not row.answerable or chance.random() > ELSEWHERE:
            continue
        asked = content_terms(row.question)
        if chance.random() < 0.6:
            places = list(range(max(0, at - _NEAR), min(len(rows), at + _NEAR)))
        else:
            places = chance.sample(range(len(rows)), _LOOKED_AT)
        answer = row.context[slice(*row.answer)].casefold() if row.answer else row.context.casefold()
        places = [i for i in places if answer not in rows[i].context.casefold()]
        if places:
            best = max(places, key=lambda i: sum(1 / counts[term] for term in asked if term in words[i]))
            other = rows[best]
            spoilt = replace(other, question=row.question, positive=(False,) * len(other.spans), answer=None, answerable=False, weight=0.7)
            made.append(spoilt)
    return made


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+(?: (?:of |the |de )*[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,]*\b")
_PAIRS = """
    first last; before after; most least; largest smallest; highest lowest; more fewer; above below; oldest youngest;
    longest shortest; increase decrease; increased decreased; north south; east west; northern southern; eastern western;
    early late; earliest latest; start end; began ended; begin end; win lose; won lost; allow forbid; allowed forbidden;
    major minor; same different; internal external; import export; male female; men women; positive negative; best worst;
    higher lower; larger smaller; public private; with without; support oppose; supported opposed; rise fall; rose fell;
    open closed; fast slow; strong weak; rich poor; native foreign; maximum minimum; upper lower; left right; accept reject;
    accepted rejected; cause prevent; caused prevented; buy sell; bought sold; joined left; arrived departed; inside outside;
    day night; modern ancient; true false; common rare; easy difficult; winter summer
"""
_OPPOSITES = {word: other for one, two in map(str.split, _PAIRS.split(";")) for word, other in ((one, two), (two, one))}
_OPPOSITE = re.compile(r"\b(?:" + "|".join(map(re.escape, _OPPOSITES)) + r")\b")


def _names(text: str) -> list[str]:
    return _NAME.findall(text)


def spoil(row: Row, names: list[str], chance: random.Random) -> Row | None:
    """The row with its question changed so that the passage does not answer it; None where no change fits."""
    for change in chance.sample([partial(_other_name, names=names), _other_number, _opposite], 3):
        question = change(row, chance=chance)
        if question:
            return replace(row, question=question, positive=(False,) * len(row.spans), answer=None, answerable=False, weight=0.7)
    return None


def _other_name(row: Row, *, names: list[str], chance: random.Random) -> str | None:
    found = list(_NAME.finditer(row.question))
    assert row.answer
    answer = row.context[slice(*row.answer)].lower()
    # A name of the same passage makes the hardest question: every word of it is there.
    near = [name for name in _names(row.context) if name.lower() not in row.question.lower() and name.lower() not in answer]
    if not found or not (near or names):
        return None
    match = chance.choice(found)
    other = chance.choice(near if near and chance.random() < 0.6 else names)
    if other.lower() in row.question.lower() or match.group().lower() in other.lower():
        return None
    return row.question[: match.start()] + other + row.question[match.end() :]


def _other_number(row: Row, *, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(row.question))
    if not found:
        return None
    match = chance.choice(found)
    number = int(match.group().replace(",", ""))
    other = str(number + chance.choice([-1, 1]) * chance.randint(1, max(3, number // 50)))
    if other in row.context:
        return None
    return row.question[: match.start()] + other + row.question[match.end() :]


def _opposite(row: Row, *, chance: random.Random) -> str | None:
    found = list(_OPPOSITE.finditer(row.question))
    if not found:
        return None
    match = chance.choice(found)
    return row.question[: match.start()] + _OPPOSITES[match.group()] + row.question[match.end() :]


_COLUMNS = {
    "year founded": "year", "population": "big", "price": "money", "top speed": "km/h", "height": "m", "weight": "kg", "score": "percent",
    "number of employees": "big", "revenue": "money", "licence": "word", "capital": "word", "director": "word", "opening date": "date",
    "members": "big", "length": "km", "distance": "km", "area": "km²", "rank": "small", "seats": "big", "memory": "GB", "cost": "money",
    "release date": "date", "language": "word", "owner": "word", "visitors": "big", "temperature": "°C", "votes": "big", "share": "percent",
    "goals": "small", "country": "word", "maker": "word", "context length": "big", "duration": "minutes", "depth": "m", "output": "MW",
}  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()


def table_row(names: list[str], chance: random.Random) -> Row:
    """A made table with a question about one of its cells, or about a row or column that it does not have."""
    subjects = list(dict.fromkeys(chance.choices(names, k=9)))
    columns = chance.sample(sorted(_COLUMNS), chance.randint(3, 5))
    rows = subjects[: chance.randint(2, max(2, len(subjects) - 2))]
    asked_columns = columns[:-1]
    cells = {(name, column): _cell(_COLUMNS[column], names, chance) for name in rows for column in asked_columns}
    head = "| " + " | ".join(["name", *asked_columns]) + " |"
    lines = [head, "|" + " --- |" * (len(asked_columns) + 1)]
    lines += ["| " + " | ".join([name, *(cells[name, column] for column in asked_columns)]) + " |" for name in rows]
    context, spans, at = "\n".join(lines), [], 0
    for number, line in enumerate(lines):
        if number > 1:
            spans.append((at, at + len(line)))
        at += len(line) + 1
    answerable = chance.random() < 0.6
    column, name = chance.choice(asked_columns), chance.choice(rows)
    if not answerable:
        column, name = (columns[-1], name) if chance.random() < 0.6 or len(subjects) == len(rows) else (column, subjects[-1])
    question = chance.choice(
        [f"What is the {column} of {name}?", f"What {column} does {name} have?", f"{name}: which {column}?", f"What was {name}'s {column}?"]
    )
    positive = tuple(answerable and subject == name for subject in rows)
    answer = None
    if answerable:
        cell = cells[name, column]
        start, end = spans[rows.index(name)]
        place = context.rindex(f"| {cell} |", start, end) + 2
        answer = (place, place + len(cell))
    return Row(question, context, chance.choice(names) if chance.random() < 0.5 else "", tuple(spans), positive, answer, answerable, 0.7)


def _cell(kind: str, names: list[str], chance: random.Random) -> str:
    match kind:
        case "year":
            return str(chance.randint(1700, 2026))
        case "date":
            return f"{chance.randint(1, 28)} {chance.choice(_MONTHS)} {chance.randint(1990, 2026)}"
        case "big":
            return f"{chance.randint(1_000, 9_000_000):,}"
        case "small":
            return str(chance.randint(1, 60))
        case "money":
            return f"${chance.randint(2, 900)}{chance.choice(['', ' million', '.50'])}"
        case "percent":
            return f"{chance.uniform(1, 99):.1f}%"
        case "word":
            return chance.choice(names)
    return f"{chance.randint(2, 900)} {kind}"
