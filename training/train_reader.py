"""Fine-tune the reader from all-MiniLM-L6-v2: which sentence of a passage answers a question, with which words, and whether any does.

    python training/train_reader.py --data DIR --squad2 QUESTIONS CORPUS --out build/reader-trained

DIR holds SQuAD-like rows as .jsonl.gz: question, context, answerable, answers [{text, start}], and optionally title, nospan,
bench, from; `rows.py` says which sets are used and what is made of them. Everything is seeded; with --workers, batches come in the
order in which they are ready, and no run is quite like another.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from ours import our_rows
from rows import Row, contrast_rows, squad2_rows, training_rows
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.utils.data import DataLoader, IterableDataset
from transformers import AutoConfig, AutoModel

from askdivide.evaluation.figures import auroc, share
from askdivide.retrieval.spanreader import QUESTION_TOKENS, TOKENS

WARM_UP = 100
"""Steps until the learning rate is reached."""
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
HALF = DEVICE.type == "cuda" or torch.cpu.get_capabilities().get("amx_bf16", False)
"""Whether products are of half the length: where that is faster (on a processor core with AMX a step takes half the time)."""


class Reader(nn.Module):
    """MiniLM with two linear heads: of each token (is it of an answering sentence, does the answer begin, end there), of the passage."""

    def __init__(self, folder: Path, start: dict[str, Tensor] | None = None, dropout: float = 0.05) -> None:
        """From the embedding model in `folder`, of which only the configuration is read where there is a `start` to go on from."""
        super().__init__()
        chosen = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}
        self.encoder = (
            AutoModel.from_config(AutoConfig.from_pretrained(folder, **chosen), add_pooling_layer=False)
            if start
            else AutoModel.from_pretrained(folder, add_pooling_layer=False, **chosen)
        )
        if DEVICE.type == "cpu":
            # The way back through torch's fused attention took half of a step on a processor.
            self.encoder.set_attn_implementation("eager")
        size = self.encoder.config.hidden_size
        self.token = nn.Linear(size, 3)
        self.passage = nn.Linear(size, 1)
        if start:
            self.load_state_dict(start)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of shape (passages, tokens, 3) and (passages,)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        return self.token(states), self.passage(states[:, 0]).squeeze(-1)


@dataclass
class Batch:
    """Rows as tensors; `members` says which tokens belong to which sentence, `answer` where the answer's words begin and end."""

    inputs: dict[str, Tensor]
    members: Tensor
    """Shape (rows, sentences, tokens)."""
    target: Tensor
    judged: Tensor
    """Shape (rows, sentences): whether the sentence answers, and whether that is known."""
    answer: Tensor
    """Shape (rows, 2): tokens; 0, 0 where nothing answers, -100 where it is not known."""
    answerable: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> Batch:
        moved = {field.name: getattr(self, field.name).to(device, non_blocking=True) for field in fields(self) if field.name != "inputs"}
        return Batch(inputs={name: tensor.to(device, non_blocking=True) for name, tensor in self.inputs.items()}, **moved)


def encoded(tokenizer: Tokenizer, rows: Sequence[Row]) -> Batch:
    """The rows as the reader will be given them: the marks and cuts are those of `SpanReader`."""
    start, separator = (int(tokenizer.token_to_id(mark) or 0) for mark in ("[CLS]", "[SEP]"))
    asked = tokenizer.encode_batch_fast([row.question for row in rows], add_special_tokens=False)
    texts = tokenizer.encode_batch([(row.title + "\n" if row.title else "") + row.context for row in rows], add_special_tokens=False)
    heads = [[start, *one.ids[:QUESTION_TOKENS], separator] for one in asked]
    bodies = [one.ids[: TOKENS - len(head) - 1] for head, one in zip(heads, texts, strict=True)]
    longest = max(len(head) + len(body) + 1 for head, body in zip(heads, bodies, strict=True))
    most = max(len(row.spans) for row in rows)
    ids, mask, types = (np.zeros((len(rows), longest), np.int64) for _ in range(3))
    members = np.zeros((len(rows), most, longest), np.float32)
    target, known = np.zeros((len(rows), most), np.float32), np.zeros((len(rows), most), bool)
    answer = np.full((len(rows), 2), -100)
    for i, (row, head, body) in enumerate(zip(rows, heads, bodies, strict=True)):
        end = len(head) + len(body)
        ids[i, : end + 1] = [*head, *body, separator]
        mask[i, : end + 1] = 1
        types[i, len(head) : end + 1] = 1
        shift = len(row.title) + 1 if row.title else 0
        begins, ends = np.array(texts[i].offsets[: len(body)]).reshape(-1, 2).T - shift
        real = ends > begins
        spans = np.array(row.spans).reshape(-1, 2)
        members[i, : len(spans), len(head) : end] = real & (begins >= spans[:, :1]) & (ends <= spans[:, 1:])
        if row.positive is not None:
            target[i, : len(row.positive)] = row.positive
            known[i, : len(row.positive)] = True
        if not row.answerable:
            answer[i] = 0
        elif row.answer:
            tokens = np.flatnonzero(real & (ends > row.answer[0]) & (begins < row.answer[1]))
            if len(tokens):
                answer[i] = len(head) + tokens[0], len(head) + tokens[-1]
    return Batch(
        inputs={name: torch.from_numpy(a) for name, a in (("input_ids", ids), ("attention_mask", mask), ("token_type_ids", types))},
        members=torch.from_numpy(members),
        target=torch.from_numpy(target),
        judged=torch.from_numpy(known & (members.sum(-1) > 0)),
        answer=torch.from_numpy(answer),
        answerable=torch.tensor([float(row.answerable) for row in rows]),
        weight=torch.tensor([row.weight for row in rows]),
    )


def sentence_scores(token_logits: Tensor, members: Tensor) -> Tensor:
    """The mean of each sentence's token logits; shape (rows, sentences)."""
    return (members * token_logits[:, None, :, 0]).sum(-1) / members.sum(-1).clamp(min=1)


def read(model: Reader, batch: Batch) -> tuple[Tensor, Tensor]:
    """What the model says of the batch."""
    with torch.autocast(DEVICE.type, torch.bfloat16, enabled=HALF):
        token_logits, passage_logits = model(**batch.inputs)
    return token_logits.float(), passage_logits.float()


def loss_of(model: Reader, batch: Batch) -> Tensor:
    """Four losses, each weighed by row: sentences by themselves, sentences against each other, the answer's words, the passage."""
    token_logits, passage_logits = read(model, batch)
    scores = sentence_scores(token_logits, batch.members)
    alone = binary_cross_entropy_with_logits(scores, batch.target, pos_weight=scores.new_tensor(2.0), reduction="none")
    alone = (alone * batch.judged).sum(-1) / batch.judged.sum(-1).clamp(min=1)
    # A sentence behind the end of the window is in no token.
    target = batch.target * batch.judged
    shares = target / target.sum(-1, keepdim=True).clamp(min=1)
    against = -(shares * scores.masked_fill(~batch.judged, -1e4).log_softmax(-1)).sum(-1)
    # The answer's words may lie in the passage or, where nothing answers, at the first token.
    outside = (batch.inputs["attention_mask"] == 0) | (batch.inputs["token_type_ids"] == 0)
    outside[:, 0] = False
    words = sum(
        cross_entropy(token_logits[..., 1 + side].masked_fill(outside, -1e4), batch.answer[:, side], reduction="none") for side in (0, 1)
    )
    passage = binary_cross_entropy_with_logits(passage_logits, batch.answerable, reduction="none")
    return ((alone + 0.5 * against + 0.25 * words + 0.5 * passage) * batch.weight).mean()


@torch.no_grad()
def measured(model: Reader, tokenizer: Tokenizer, rows: Sequence[Row]) -> str:
    """First sentence right where one answers; AUROC of each signal for whether one does."""
    model.eval()
    right: list[bool] = []
    signals: dict[str, list[tuple[float, bool]]] = {"sentence": [], "passage": [], "words": []}
    for start in range(0, len(rows), 32):
        part = rows[start : start + 32]
        batch = encoded(tokenizer, part).to(DEVICE)
        token_logits, passage_logits = read(model, batch)
        scores = sentence_scores(token_logits, batch.members).masked_fill(~batch.judged, -1e4)
        outside = (batch.inputs["attention_mask"] == 0) | (batch.inputs["token_type_ids"] == 0)
        inside = token_logits.masked_fill(outside[..., None], -1e4)
        words = inside[..., 1].amax(-1) + inside[..., 2].amax(-1) - token_logits[:, 0, 1] - token_logits[:, 0, 2]
        for i, row in enumerate(part):
            for name, values in (("sentence", scores.amax(-1)), ("passage", passage_logits), ("words", words)):
                signals[name].append((float(values[i]), row.answerable))
            if row.answerable:
                right.append(bool(batch.target[i, int(scores[i].argmax())]))
    model.train()
    figures = {"first": share(right)} | {name: auroc(pairs) for name, pairs in signals.items()}
    return " ".join(f"{name} {figure.value:.3f}" for name, figure in figures.items() if figure)


def batches(rows: list[Row], size: int, chance: random.Random) -> list[list[Row]]:
    """Rows of like length together, in random order."""
    chance.shuffle(rows)
    pools = [sorted(rows[i : i + 50 * size], key=lambda row: len(row.context)) for i in range(0, len(rows), 50 * size)]
    made = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
    chance.shuffle(made)
    return made


class Epochs(IterableDataset[Batch]):
    """Batches without end. Each epoch draws its own rows: other shares of the sets, other lengths, other spoilt questions."""

    def __init__(self, args: argparse.Namespace, tokenizer: Tokenizer) -> None:
        self.args, self.tokenizer = args, tokenizer

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        chance = random.Random(self.args.seed + 1000 * (worker.id if worker else 0))
        while True:
            for rows in batches(epoch_rows(self.args, chance), self.args.batch, chance):
                yield encoded(self.tokenizer, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--squad2", type=Path, nargs=2, required=True, metavar=("QUESTIONS", "CORPUS"))
    parser.add_argument("--ours", type=Path, nargs="+", help="also rows of questions of our own, made by ours.py")
    parser.add_argument("--contrast", type=Path, help="with --ours: folder of questions of our own on paragraphs of the public sets")
    parser.add_argument("--beside", type=float, default=1.0, help="with --ours: rows of the public sets for each row of our own")
    parser.add_argument("--aside", type=Path, help="rows made by ours.py that are only measured on")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of the embedding model; the one that is installed")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--minutes", type=float, default=0, help="stop after this many minutes, the schedule fitted to them; 0: no limit")
    parser.add_argument("--start", type=Path, nargs="+", help="a reader.pt to go on from, or several, from whose mean")
    parser.add_argument("--keep-words", action="store_true", help="leave the token embeddings as they are")
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches beside the training")
    parser.add_argument("--every", type=int, default=300, help="steps between two measurements")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    folder = args.model or installed()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    start = mean([torch.load(file, weights_only=True, map_location="cpu") for file in args.start]) if args.start else None
    model = Reader(folder, start, args.dropout).to(DEVICE)
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(not args.keep_words)
    aside = {"SQuAD 2": squad2_rows(*args.squad2, random.Random(0), held_out=True)}
    if args.aside:
        aside["ours"] = our_rows(args.aside, random.Random(0))
    # A process that draws the rows of its next epoch must not hold up the others.
    beside = {"num_workers": args.workers, "prefetch_factor": 16, "in_order": False} if args.workers else {}
    made = iter(DataLoader(Epochs(args, tokenizer), batch_size=None, **beside))
    optimiser = torch.optim.AdamW(
        [one for one in model.parameters() if one.requires_grad], lr=args.rate, weight_decay=0.01, fused=DEVICE.type == "cuda"
    )
    batch = next(made)
    started, running = time.time(), torch.zeros((), device=DEVICE)

    def look() -> None:
        for name, rows in aside.items():
            print(f"held out, {name}:", measured(model, tokenizer, rows), flush=True)
        save(model, args.out)

    for done in range(args.steps):
        progress = max(done / args.steps, (time.time() - started) / 60 / args.minutes if args.minutes else 0.0)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1.0, (done + 1) / WARM_UP) * (1 - progress)
        loss = loss_of(model, batch.to(DEVICE))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        running += loss.detach()
        batch = next(made)
        if done % 50 == 49:
            print(f"step {done + 1}/{args.steps} loss {float(running) / 50:.4f} {time.time() - started:.0f} s", flush=True)
            running.zero_()
        if done % args.every == args.every - 1:
            look()
    look()


def installed() -> Path:
    """The folder of the default embedding model."""
    from askdivide.index.embedding import DEFAULT, find_model

    return find_model(DEFAULT)


def epoch_rows(args: argparse.Namespace, chance: random.Random) -> list[Row]:
    """The rows of one epoch: all that is made of the public sets or, beside questions of our own, a share of it."""
    rows = training_rows(args.data, args.squad2, chance)
    if not args.ours:
        return rows
    ours = [row for made in args.ours for row in our_rows(made, chance)]
    if args.contrast:
        ours += contrast_rows(args.contrast, args.data, chance)
    return ours + chance.sample(rows, min(len(rows), int(args.beside * len(ours))))


def mean(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The weights in the middle between `states`; whole numbers, such as positions, are the same in all."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if one.is_floating_point() else one for name, one in states[0].items()
    }


def save(model: Reader, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.save({name: weights.cpu() for name, weights in model.state_dict().items()}, out / "reader.pt")


if __name__ == "__main__":
    main()
