"""Fine-tune the reader from all-MiniLM-L6-v2: which sentence of a passage answers a question, and whether any does.

    python training/train_reader.py --data DIR --squad2 FILE CORPUS --out build/reader

DIR holds SQuAD-like rows as .jsonl.gz: question, context, answerable, answers [{text, start}], and optionally title, nospan,
bench, from. Rows marked `bench` overlap with evaluation data and are dropped. Everything is seeded; the sets that are used,
and how much they weigh, are the table `SETS`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from askdivide.index.embedding import find_model
from askdivide.text.sentences import sentence_spans

SETS = {
    "covidqa": 1.0, "fairytaleqa": 0.7, "hotpotqa-subset": 1.0, "musique-subset": 1.0, "nq-open-oracle": 1.0, "qamr-wiki": 0.5,
    "qed-dev": 1.0, "squadshifts-wiki": 1.0, "tatqa-text": 1.0, "timeqa-human": 1.0, "timeqa-human-test": 1.0,
    "nospan-boolq": 0.5, "nospan-medquad": 0.12, "nospan-qasper": 1.0, "made-unanswerable": 0.6,
}  # fmt: skip
"""Share of each set's rows that is used in an epoch."""
HELD_OUT = ("french-and-indian-war.txt", "packet-switching.txt")
"""SQuAD 2 articles that are never trained on."""
QUESTION_TOKENS, TOKENS, PASSAGE_CHARACTERS = 48, 256, 750


@dataclass
class Row:
    question: str
    context: str
    title: str
    spans: list[tuple[int, int]]
    positive: list[bool] | None
    """For each sentence whether it answers; None where only the passage is judged."""
    answerable: bool
    weight: float


def rows_of(data: Path, chance: random.Random) -> list[Row]:
    rows = []
    for name, share in SETS.items():
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                raw = json.loads(line)
                if raw.get("bench") or chance.random() > share:
                    continue
                if raw.get("from") and raw["from"] not in SETS:
                    continue
                weight = 0.5 if name == "made-unanswerable" or "nospan" in name else 1.0
                row = row_of(raw["question"], raw["context"], raw.get("title") or "", raw, chance, weight)
                if row:
                    rows.append(row)
    return rows


def row_of(question: str, context: str, title: str, raw: dict, chance: random.Random, weight: float) -> Row | None:
    """A row of whole sentences of at most about 200 tokens, the answer among them."""
    spans = sentence_spans(context)
    answers = [(a["start"], a["start"] + len(a["text"])) for a in raw["answers"]]
    positive = [any(a < end and start < b for a, b in answers) for start, end in spans]
    if not spans or (raw["answerable"] and not raw.get("nospan") and not any(positive)):
        return None
    first = positive.index(True) if any(positive) else chance.randrange(len(spans))
    low = high = first
    while True:
        grown = False
        for new_low, new_high in ((low - 1, high), (low, high + 1)) if chance.random() < 0.5 else ((low, high + 1), (low - 1, high)):
            if new_low >= 0 and new_high < len(spans) and spans[new_high][1] - spans[new_low][0] <= PASSAGE_CHARACTERS:
                low, high, grown = new_low, new_high, True
        if not grown:
            break
    offset = spans[low][0]
    kept = spans[low : high + 1]
    judged = None if raw.get("nospan") and raw["answerable"] else positive[low : high + 1]
    shown = title.replace("_", " ") if chance.random() < 0.7 else ""
    return Row(
        question, context[offset : kept[-1][1]], shown, [(s - offset, e - offset) for s, e in kept], judged, raw["answerable"], weight
    )


def squad2_rows(questions: Path, corpus: Path, chance: random.Random, *, held_out: bool) -> list[Row]:
    """Rows of the tuning part of SQuAD 2: unanswerable questions with the paragraph that shares most words with them."""
    paragraphs = {
        file.name: [p.strip() for p in file.read_text(encoding="utf-8").split("\n\n") if len(p.strip()) > 40]
        for file in corpus.glob("*.txt")
    }
    rows = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        name = raw["documents"][0] if raw.get("documents") else None
        if name is None or (name in HELD_OUT) != held_out:
            continue
        if raw["answerable"]:
            evidence = raw["evidence"][0]
            context = next((p for p in paragraphs[name] if evidence in p), None)
            if context is None:
                continue
            start = context.index(evidence)
            data = {"answerable": True, "answers": [{"start": start, "text": evidence}]}
        else:
            words = set(raw["question"].lower().split())
            context = max(paragraphs[name], key=lambda p: len(words & set(p.lower().split())) / math.log(len(p)))
            data = {"answerable": False, "answers": []}
        row = row_of(raw["question"], context, name.removesuffix(".txt").replace("-", " "), data, chance, 2.0)
        if row:
            rows.append(row)
    return rows


class Reader(nn.Module):
    """MiniLM with two linear heads: one over the mean of a sentence's tokens, one over the first token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder)
        size = self.encoder.config.hidden_size
        self.sentence = nn.Linear(size, 1)
        self.passage = nn.Linear(size, 1)

    def forward(self, input_ids, attention_mask, token_type_ids):
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        return self.sentence(states).squeeze(-1), self.passage(states[:, 0]).squeeze(-1)


def encoded(tokenizer, rows: list[Row]):
    """Token ids of (question, title and passage) and, for each sentence, which tokens are its own."""
    texts = [(row.title + "\n" if row.title else "") + row.context for row in rows]
    questions = [
        tokenizer.decode(tokenizer(row.question, truncation=True, max_length=QUESTION_TOKENS)["input_ids"], skip_special_tokens=True)
        for row in rows
    ]
    batch = tokenizer(
        questions, texts, truncation="only_second", max_length=TOKENS, padding=True, return_offsets_mapping=True, return_tensors="pt"
    )
    offsets, types = batch.pop("offset_mapping"), batch["token_type_ids"]
    most = max(len(row.spans) for row in rows)
    members = torch.zeros(len(rows), most, offsets.shape[1])
    for i, row in enumerate(rows):
        shift = len(row.title) + 1 if row.title else 0
        for j, (start, end) in enumerate(row.spans):
            inside = (
                (types[i] == 1)
                & (offsets[i, :, 0] >= start + shift)
                & (offsets[i, :, 1] <= end + shift)
                & (offsets[i, :, 1] > offsets[i, :, 0])
            )
            members[i, j] = inside.float()
    return batch, members


def loss_of(model: Reader, batch, members, rows: list[Row]) -> torch.Tensor:
    token_scores, passage_scores = model(**batch)
    counts = members.sum(-1)
    scores = (members * token_scores[:, None, :].float()).sum(-1) / counts.clamp(min=1)
    target = torch.zeros_like(scores)
    mask = counts > 0
    for i, row in enumerate(rows):
        if row.positive is None:
            mask[i] = False
        else:
            target[i, : len(row.positive)] = torch.tensor(row.positive, dtype=torch.float)
    weight = torch.tensor([row.weight for row in rows])
    by_sentence = nn.functional.binary_cross_entropy_with_logits(scores, target, pos_weight=torch.tensor(2.0), reduction="none")
    sentence_loss = ((by_sentence * mask).sum(-1) / mask.sum(-1).clamp(min=1) * weight).mean()
    answerable = torch.tensor([float(row.answerable) for row in rows])
    passage_loss = (nn.functional.binary_cross_entropy_with_logits(passage_scores.float(), answerable, reduction="none") * weight).mean()
    return sentence_loss + 0.5 * passage_loss


@torch.no_grad()
def measured(model: Reader, tokenizer, rows: list[Row]) -> dict[str, float]:
    """First sentence right on answerable rows; AUROC of both heads as signals of answerability."""
    model.eval()
    right = total = 0
    best, passage, truth = [], [], []
    for start in range(0, len(rows), 32):
        part = rows[start : start + 32]
        batch, members = encoded(tokenizer, part)
        token_scores, passage_scores = model(**batch)
        counts = members.sum(-1)
        scores = ((members * token_scores[:, None, :]).sum(-1) / counts.clamp(min=1)).masked_fill(counts == 0, -1e9)
        for i, row in enumerate(part):
            best.append(float(scores[i].max()))
            passage.append(float(passage_scores[i]))
            truth.append(row.answerable)
            if row.answerable and row.positive:
                total += 1
                right += row.positive[int(scores[i].argmax())] if int(scores[i].argmax()) < len(row.positive) else False
    model.train()
    return {"first": right / max(total, 1), "auroc_sentence": auroc(best, truth), "auroc_passage": auroc(passage, truth)}


def auroc(scores: list[float], truth: list[bool]) -> float:
    order = sorted(range(len(scores)), key=scores.__getitem__)
    positives = sum(truth)
    ranks = sum(rank for rank, i in enumerate(order, start=1) if truth[i])
    return (ranks - positives * (positives + 1) / 2) / max(positives * (len(truth) - positives), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--squad2", type=Path, nargs=2, required=True, metavar=("QUESTIONS", "CORPUS"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=0, help="stop after this many minutes, the schedule fitted to them; 0: no limit")
    parser.add_argument("--start", type=Path, help="a reader.pt to go on from")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    torch.manual_seed(args.seed)
    folder = find_model("all-MiniLM-L6-v2")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = Reader(folder)
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True))
    train = rows_of(args.data, chance) + squad2_rows(*args.squad2, chance, held_out=False)
    held = squad2_rows(*args.squad2, chance, held_out=True)
    steps = int(len(train) * args.epochs / args.batch)
    print(f"{len(train)} rows, {len(held)} held out, {steps} steps", flush=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01)
    started, done, running = time.time(), 0, 0.0
    order: list[Row] = []
    while done < steps:
        if not order:
            chance.shuffle(train)
            # Rows of like length share a batch, batches come in random order.
            pools = [
                sorted(train[i : i + 50 * args.batch], key=lambda row: len(row.context)) for i in range(0, len(train), 50 * args.batch)
            ]
            batches = [pool[i : i + args.batch] for pool in pools for i in range(0, len(pool), args.batch)]
            chance.shuffle(batches)
            order = batches
        progress = max(done / steps, (time.time() - started) / 60 / args.minutes if args.minutes else 0.0)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1.0, done / 150) * (1 - progress)
        rows = order.pop()
        batch, members = encoded(tokenizer, rows)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_of(model, batch, members, rows)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        done += 1
        running += float(loss.detach())
        if done % 50 == 0:
            figures = measured(model, tokenizer, held) if done % 200 == 0 else {}
            print(f"step {done}/{steps} loss {running / 50:.4f} {time.time() - started:.0f}s {figures}", flush=True)
            running = 0.0
            if figures:
                save(model, tokenizer, args.out)
    print("held out:", measured(model, tokenizer, held), flush=True)
    save(model, tokenizer, args.out)


def save(model: Reader, tokenizer, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), out / "reader.pt")
    tokenizer.save_pretrained(out)


if __name__ == "__main__":
    main()
