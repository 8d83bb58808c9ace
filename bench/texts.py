"""Articles of any number that measure as real ones do: lengths, words, rare words, headings, tables, dates; with planted facts.

    python bench/texts.py FOLDER [--articles 1000] [--words 1650] [--seed 0]

What is real is learned from our own articles and those of the evaluation when this runs. An article follows the order of
headings, paragraphs, lists and tables of a real one; each of its sentences is a real sentence with its content words, names
and numbers replaced. A word that takes another's place is one that the article has used already, or one of the real words
by the number of articles it is in, or, with the probability of a new word in the real texts (Good and Turing), one of an endless vocabulary
of made-up words whose frequencies fall by a power law (Zipf), so that the vocabulary goes on growing as that of real text
does (Heaps). The sentences mean nothing; but for the planted facts, there is nothing in them to be asked.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from askdivide.text.sentences import sentence_spans
from askdivide.text.terms import STOPWORDS

ROOT = Path(__file__).parent.parent
LEARNED_FROM = ("corpus/*.md", "evaluation/*/corpus/*")
HEAPS = 0.6
"""Exponent of the growth of the vocabulary; 0.4 to 0.6 is usual of English, and names make it larger."""
AGAIN = 0.45
"""Share of the words that an article takes from those of the same kind that it has used; half of its words are then repeats, as really."""
PLANTED_MOST = 200
_WRITTEN = 1_700_000_000
"""Time of the files: long before they are indexed, or they would be read twice."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_ENDINGS = ("ing", "ed", "ly", "s")


@dataclass(frozen=True)
class Planted:
    """A fact that stands in one sentence of one article."""

    question: str
    answer: str
    """The number, as it stands in the article."""
    document: str
    """Path below the folder."""


@dataclass(frozen=True)
class Frame:
    """A real sentence, heading or table: its pieces, and for each the kind of word that takes its place ("": it stays)."""

    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """A block of a real article: what it is, and of a paragraph the number of its sentences."""

    kind: str
    sentences: int = 0


class Language:
    """What is learned of the real texts."""

    def __init__(self) -> None:
        self.frames: defaultdict[str, list[Frame]] = defaultdict(list)
        self.plans: list[list[Block]] = []
        self.lengths: list[int] = []
        self.words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """How often each word occurs, by its kind."""
        self.spread: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """In how many articles. Words are drawn by this: ours are on one subject, whose words say little of another's."""
        for file in sorted(file for pattern in LEARNED_FROM for file in ROOT.glob(pattern) if file.suffix in (".md", ".txt")):
            self._learn(_FRONT.sub("", file.read_text(encoding="utf-8")))
        self._drawn = {
            kind: (sorted(words), list(accumulate(words[word] for word in sorted(words)))) for kind, words in self.spread.items()
        }
        self._made: dict[tuple[str, int], str] = {}
        self.reserved: set[str] = set()
        """Made-up words that no sentence but a planted one may have."""

    def _learn(self, text: str) -> None:
        plan: list[Block] = []
        frames: list[tuple[str, Frame]] = []
        for block in re.split(r"\n\s*\n", text.strip()):
            if block.startswith("# ") or not block.strip():
                continue
            kind = "heading" if block[0] == "#" else "table" if block[0] == "|" else "list" if re.match(r"[-*] ", block) else "sentence"
            if kind == "sentence":
                spans = sentence_spans(block)
                frames += [(kind, _frame(" ".join(block[start:end].split()))) for start, end in spans]
                plan.append(Block("paragraph", len(spans)))
            else:
                frames.append((kind, _frame(block.lstrip("# "))))
                plan.append(Block(kind))
        self.plans.append(plan)
        self.lengths.append(len(text.split()))
        for kind, frame in frames:
            self.frames[kind].append(frame)
        words = [(kind, _form(word, kind)) for _, frame in frames for word, kind in frame.pieces if kind not in ("", "number")]
        for kind, word in words:
            self.words[kind][word] += 1
        for kind, word in set(words):
            self.spread[kind][word] += 1

    @cached_property
    def _new(self) -> dict[str, float]:
        """How likely a word of each kind is one not met yet: the share of those met once among all (Good and Turing)."""
        return {kind: sum(n == 1 for n in words.values()) / words.total() for kind, words in self.words.items()}

    @cached_property
    def _letters(self) -> dict[str, list[str]]:
        """Which letters follow each two, with "" for a word's end."""
        after: defaultdict[str, list[str]] = defaultdict(list)
        for words in self.words.values():
            for word in words:
                if len(word) > 4 and word.isascii() and word.isalpha():
                    spelt = f"^^{word.casefold()}"
                    for at in range(2, len(spelt)):
                        after[spelt[at - 2 : at]].append(spelt[at])
                    after[spelt[-2:]].append("")
        return dict(after)

    def word(self, kind: str, rng: random.Random) -> str:
        """A word of this kind by its frequency."""
        if rng.random() < self._new[kind]:
            # Ranks beyond the known words, whose probabilities fall as rank ** (-1 / HEAPS).
            rank = int(len(self.words[kind]) * (1 - rng.random()) ** (-HEAPS / (1 - HEAPS)))
            made = self._made_up(kind, min(rank, 10**9))
            return made.capitalize() if kind == "name" else made
        words, sums = self._drawn[kind]
        return words[bisect(sums, rng.randrange(sums[-1]))]

    def _made_up(self, kind: str, rank: int) -> str:
        """The made-up word of this kind and rank: always the same one."""
        known = self._made.get((kind, rank))
        if known is None:
            known = self.spelt(random.Random(f"{kind}{rank}"))
            if kind in _ENDINGS and not known.endswith(kind):
                known += kind
            while known in self.reserved:
                known += "o"
            self._made[kind, rank] = known
        return known

    def spelt(self, rng: random.Random) -> str:
        """A word that is spelt as the real ones are."""
        while True:
            word = "^^"
            while len(word) < 14 and (letter := rng.choice(self._letters.get(word[-2:], [""]))):
                word += letter
            if len(word) > 6:
                return word[2:]

    def unused(self, rng: random.Random) -> str:
        """A made-up word that stands nowhere else."""
        while True:
            word = self.spelt(rng)
            if word not in self.reserved and not any(word in words or word.capitalize() in words for words in self.words.values()):
                self.reserved.add(word)
                return word


def _frame(text: str) -> Frame:
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _WORD.finditer(text):
        pieces += [(text[end : match.start()], ""), (match.group(), _kind(match.group(), first=not text[: match.start()].strip()))]
        end = match.end()
    return Frame(tuple(piece for piece in [*pieces, (text[end:], "")] if piece[0]))


def _form(word: str, kind: str) -> str:
    return word if kind == "name" else word.casefold()


def _kind(word: str, *, first: bool) -> str:
    """The kind of word that may take a word's place; "" for function words, which stay."""
    if word[0].isdigit():
        return "number"
    if word.casefold() in STOPWORDS or len(word) < 3:
        return ""
    if word[0].isupper() and not first:
        return "name"
    return next((ending for ending in _ENDINGS if word.casefold().endswith(ending)), "plain")


class Writer:
    """One article in the making, with the words it has used."""

    def __init__(self, language: Language, rng: random.Random) -> None:
        self.language, self.rng = language, rng
        self.used: defaultdict[str, list[str]] = defaultdict(list)

    def written(self, kind: str) -> str:
        """A new sentence, heading, list or table."""
        return "".join(self._piece(text, kind) for text, kind in self.rng.choice(self.language.frames[kind]).pieces)

    def _piece(self, text: str, kind: str) -> str:
        if not kind:
            return text
        if kind == "number":
            return _year(text, self.rng) or re.sub(r"\d", lambda digit: str(self.rng.randrange(1, 10)), text)
        used = self.used[kind]
        word = self.rng.choice(used) if len(used) > 9 and self.rng.random() < AGAIN else self.language.word(kind, self.rng)
        used.append(word)
        return word[:1].upper() + word[1:] if text[:1].isupper() else word

    def _paragraph(self, sentences: int) -> str:
        return " ".join(self.written("sentence") for _ in range(sentences))

    def body(self, words: int, planted: str) -> str:
        """Headings, paragraphs, lists and tables of about `words` words, the planted sentence in a paragraph of them."""
        blocks, kinds = [self._paragraph(3)], ["paragraph"]
        length = len(blocks[0].split())
        plan = self.rng.choice(self.language.plans)
        at = self.rng.randrange(len(plan))
        while length < words:
            block = plan[at % len(plan)]
            text = self._paragraph(block.sentences) if block.kind == "paragraph" else self.written(block.kind)
            blocks.append(f"## {text}" if block.kind == "heading" else text)
            kinds.append(block.kind)
            length += len(text.split())
            at += 1
        if planted:
            paragraphs = [number for number, kind in enumerate(kinds) if kind == "paragraph"]
            chosen = self.rng.choice(paragraphs)
            blocks[chosen] = f"{blocks[chosen]} {planted}"
        return "\n\n".join(blocks)


def _year(text: str, rng: random.Random) -> str:
    """Another year in the place of a year."""
    return str(2026 - min(int(rng.expovariate(0.2)), 120)) if re.fullmatch(r"(?:19|20)\d\d", text) else ""


_FACTS = (
    (
        "The {name} observatory counted {number} {thing} in its first year.",
        "How many {thing} did the {name} observatory count in its first year?",
    ),
    ("According to its keeper, the {name} archive holds {number} {thing}.", "How many {thing} does the {name} archive hold?"),
    ("In the spring the {name} cooperative sold {number} {thing} abroad.", "How many {thing} did the {name} cooperative sell abroad?"),
    ("The bridge at {name} was built of {number} {thing}.", "Of how many {thing} was the bridge at {name} built?"),
)
_THINGS = "lanterns barrels ledgers turbines swallows rivets violins saplings"


def generated(number: int, *, words: int = 1650, seed: int = 0) -> Iterator[tuple[str, str, Planted | None]]:
    """`number` articles, one by one: file name, text, and the fact planted in it. The same ones for the same arguments."""
    language = Language()
    usual = sum(language.lengths) / len(language.lengths)
    dice = random.Random(f"facts {seed}")
    every = max(number // PLANTED_MOST, 1)
    names = [f"{language.unused(dice)} {language.unused(dice)}".title() for _ in range(min(number, PLANTED_MOST))]
    tags = [word for word, _ in language.words["plain"].most_common(24)]
    for place in range(number):
        rng = random.Random(f"article {seed} {place}")
        writer = Writer(language, rng)
        title = writer.written("heading")
        file = f"{place // 1000:04}/article-{place:07}.md"
        planted, sentence = None, ""
        if place % every == 0 and place // every < len(names):
            values = {"name": names[place // every], "number": f"{rng.randrange(1000, 10_000):,}", "thing": rng.choice(_THINGS.split())}
            told, asked = rng.choice(_FACTS)
            sentence = told.format(**values)
            planted = Planted(asked.format(**values), values["number"], file)
        published = date(2026, 11, 1) - timedelta(days=int(rng.expovariate(1 / 900)) % 7000)
        front = {"title": title, "date": published.isoformat(), "source": f"The {rng.choice(tags).capitalize()} Post"}
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
        length = round(words * rng.choice(language.lengths) / usual)
        text = f"# {title}\n\n{writer.body(length, sentence)}\n"
        yield file, "\n".join(["---", *lines, f"tags: [{', '.join(rng.sample(tags, 3))}]", "---", "", text]), planted


def write_corpus(folder: Path, *, articles: int, words: int = 1650, seed: int = 0) -> list[Planted]:
    """Write that many articles of about `words` words each below `folder`; the facts planted in them, at most PLANTED_MOST."""
    planted: list[Planted] = []
    for name, text, fact in generated(articles, words=words, seed=seed):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (_WRITTEN, _WRITTEN))
        if fact:
            planted.append(fact)
    return planted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--words", type=int, default=1650)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for fact in write_corpus(given.folder, articles=given.articles, words=given.words, seed=given.seed):
        print(json.dumps(asdict(fact), ensure_ascii=False))


if __name__ == "__main__":
    main()
