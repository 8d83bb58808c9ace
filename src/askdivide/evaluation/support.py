"""How well the support check tells supported claims from others.

    python -m askdivide.evaluation.support --index DIR --questions FILE     answers of the quote model, corrupted and reworded
    python -m askdivide.evaluation.support --pairs FILE                     claims with a source and people's verdict
    python -m askdivide.evaluation.support --answers FILE                   whole answers with passages and people's faithfulness

What rules were chosen on is one half of each set (`--half first`); what is reported is the other (`--half second`).
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from askdivide.answering import keys
from askdivide.answering.assistant import Assistant
from askdivide.answering.context import Part, Source
from askdivide.answering.generate import embedded, examined
from askdivide.answering.support import Evidence, Verdict, check
from askdivide.evaluation.corruption import Made, corrupted, names_of, reworded
from askdivide.evaluation.figures import Figure, share
from askdivide.evaluation.questions import read_questions
from askdivide.index.embedding import Embedder, load_embedder
from askdivide.records import Citation
from askdivide.retrieval.search import Hit, prepare, search
from askdivide.settings import Settings
from askdivide.text.sentences import sentence_spans

FAITHFUL = 4.0
"""People's faithfulness of an answer of which they find everything in its passages."""


@dataclass(frozen=True)
class Judged:
    """A made sentence and what the check says of it."""

    made: Made
    verdict: Verdict


def on_quotes(assistant: Assistant, questions: Sequence[str], *, half: str, seed: int = 1) -> list[Judged]:
    """The check on the sentences of quote answers, on their corruptions and on their rewordings, each citing its passage."""
    quoted: dict[str, Hit] = {}
    for question in questions:
        answer = assistant.ask(question, model="quote")
        with assistant.index.reading() as catalog:
            hits = search(assistant.index, catalog, prepare(assistant.index, answer.standalone_question), top_k=assistant.settings.passages)
        for claim in answer.claims:
            citation = next(one for one in answer.citations if one.number == claim.citations[-1])
            holding = [hit for hit in hits if _holds(hit, citation)]
            # A table row is quoted in a form of its own.
            if holding and len(claim.citations) == 1 and " — " not in claim.text and in_half(claim.text, half):
                quoted[claim.text] = holding[0]
    names: dict[int, list[str]] = {}
    for hit in quoted.values():
        names.setdefault(hit.row.document.id, []).extend(names_of(hit.row.chunk.text))
    made: list[tuple[Made, Hit]] = []
    for claim_text, hit in quoted.items():
        rng = random.Random(f"{seed} {claim_text}")
        others = [name for document, found in names.items() if document != hit.row.document.id for name in found]
        made.append((Made("verbatim", claim_text, True), hit))
        made += [(one, hit) for one in reworded(claim_text)]
        made += [(one, hit) for one in corrupted(claim_text, hit.row.chunk.text, others or ["Qorvanta"], rng)]
    sources = [Source("S1", (Part(hit, len(hit.row.chunk.sentences)),)) for _, hit in made]
    vectors = embedded([(one.text, [source]) for (one, _), source in zip(made, sources, strict=True)], assistant.index.embedder)
    judged = []
    for (one, _), source, vector in zip(made, sources, vectors, strict=True):
        verdict = examined(one.text, vector, [source]).verdict
        assert verdict
        judged.append(Judged(one, verdict))
    return judged


def _holds(hit: Hit, citation: Citation) -> bool:
    chunk = hit.row.chunk
    return hit.row.document.path == citation.document and chunk.start <= citation.start and citation.end <= chunk.end


def by_kind(judged: Iterable[Judged]) -> dict[str, Figure]:
    """For each kind of sentence, the share that the check judges rightly."""
    rights: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        rights[("+ " if one.made.supported else "- ") + one.made.kind].append(one.verdict.supported == one.made.supported)
    return {kind: figure for kind, right in sorted(rights.items()) if (figure := share(right))}


def on_pairs(rows: Sequence[dict[str, Any]], embedder: Embedder) -> list[tuple[bool, Verdict]]:
    """People's verdict and the check's, for claims with the text they should rest on."""
    return [(bool(row["supported"]), _Passages([row["source"]], embedder).check(row["claim"])) for row in rows]


def balanced_accuracy(judged: Sequence[tuple[bool, Verdict]]) -> float:
    """The mean of the shares of supported and of other claims that are judged rightly."""
    shares = [np.mean([verdict.supported == truth for people, verdict in judged if people == truth]) for truth in (True, False)]
    return float(np.mean(shares))


def on_answers(rows: Sequence[dict[str, Any]], embedder: Embedder) -> list[tuple[float, float, float]]:
    """For whole answers: people's faithfulness, the mean nearness of the sentences, the share of them that are supported."""
    found = []
    for row in rows:
        sentences = [one.text for one in keys.parse(row["answer"], ()).sentences]
        passages = _Passages(row["sources"], embedder)
        verdicts = [passages.check(sentence) for sentence in sentences]
        if verdicts:
            supported = float(np.mean([one.supported for one in verdicts]))
            found.append((float(row["faithfulness"]), float(np.mean([one.score for one in verdicts])), supported))
    return found


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Spearman's, with ties at their mean rank."""
    one, other = (_ranks(np.array(column, float)) for column in zip(*pairs, strict=True))
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    order = np.array([(values < value).sum() + ((values == value).sum() + 1) / 2 for value in values])
    return order.astype(float)


class _Passages:
    """Texts with their sentences embedded."""

    def __init__(self, texts: Sequence[str], embedder: Embedder) -> None:
        self._embedder = embedder
        self._around = "\n".join(texts)
        self._sentences = [text[start:end] for text in texts for start, end in sentence_spans(text)]
        self._vectors = [one.vector for one in embedder.embed_documents(self._sentences, [[] for _ in self._sentences])]

    def check(self, claim: str) -> Verdict:
        """The check of a claim, the nearest sentences taken as cited."""
        vector = self._embedder.embed_documents([claim], [[]])[0].vector
        near = [float(vector @ one) for one in self._vectors]
        best = sorted(range(len(near)), key=lambda number: -near[number])[:4]
        return check(claim, Evidence([self._sentences[number] for number in sorted(best)], self._around, max(near, default=0.0)))


def in_half(text: str, half: str) -> bool:
    """Whether a text belongs to the half named: "first", "second" or "both"."""
    return half == "both" or (zlib.crc32(text.encode()) % 2 == 0) == (half == "first")


def _rows(file: Path, half: str) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if in_half(str(row["id"]), half):
                yield row


@click.command(help=__doc__)
@click.option("--index", type=click.Path(path_type=Path), help="An index, with --questions.")
@click.option("--questions", type=click.Path(path_type=Path), help="A question file whose quote answers are corrupted.")
@click.option("--pairs", type=click.Path(path_type=Path), help="JSONL of claim, source, supported.")
@click.option("--answers", type=click.Path(path_type=Path), help="JSONL of answer, sources, faithfulness.")
@click.option("--half", type=click.Choice(["first", "second", "both"]), default="second", show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--errors", is_flag=True, help="Show the sentences judged wrongly.")
def main(index: Path | None, questions: Path | None, pairs: Path | None, answers: Path | None, half: str, seed: int, errors: bool) -> None:
    """Measure what the options name."""
    settings = Settings.load(index=index)
    if questions:
        asked = [one.question for one in read_questions(questions) if one.answerable is not False]
        judged = on_quotes(Assistant.open(settings), asked, half=half, seed=seed)
        for kind, figure in by_kind(judged).items():
            click.echo(f"{kind:<32}{figure.value:>6.3f}   {figure.low:.3f} to {figure.high:.3f}{figure.count:>7}")
        for one in judged if errors else ():
            if one.verdict.supported != one.made.supported:
                click.echo(f"{one.made.kind}: {one.made.text} ({one.verdict.reason or f'{one.verdict.score:.2f}'})")
    if pairs or answers:
        embedder = load_embedder(settings.embedding, cache=settings.cache, threads=settings.threads)
        if pairs:
            rows = list(_rows(pairs, half))
            found = on_pairs(rows, embedder)
            click.echo(f"balanced accuracy {balanced_accuracy(found):.3f} ({len(found)} pairs)")
            for row, (people, verdict) in zip(rows, found, strict=True) if errors else ():
                if people != verdict.supported:
                    click.echo(f"{people}: {row['claim']} || {row['source']} ({verdict.reason or f'{verdict.score:.2f}'})")
        if answers:
            _tell_answers(on_answers(list(_rows(answers, half)), embedder))


def _tell_answers(scored: Sequence[tuple[float, float, float]]) -> None:
    click.echo(f"rank correlation {rank_correlation([(people, score) for people, score, _ in scored]):.3f} ({len(scored)} answers)")
    click.echo(f"rank correlation of the share supported {rank_correlation([(people, part) for people, _, part in scored]):.3f}")
    for title, faithful in (("faithful", True), ("other", False)):
        parts = [part for people, _, part in scored if (people >= FAITHFUL) == faithful]
        click.echo(f"share of sentences supported in {title} answers {np.mean(parts) if parts else float('nan'):.3f} ({len(parts)})")


if __name__ == "__main__":
    main()
