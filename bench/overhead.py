"""What askdivide adds to a model: prompt, citations and support check around a model that needs no time to think.

    python bench/overhead.py --index DIR [--runs 5] [--pace 60]

The model cites the passages it is given with their first words and a few of its own, so that every claim is embedded,
narrowed and checked in full. It writes all at once, or, with `--pace`, that many words a second, as a server does that goes on
writing while its first sentences are looked at.
Prints medians in milliseconds: "prompt" is what comes before the model, "behind" what the answer comes after the model's last
word, "overhead" both. Embedding the question and searching are not counted, for the quote model has them too, except in
"processor", which is the processor's time for the whole answer; with ASKDIVIDE_THREADS=1 a busy machine changes it little.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Iterator, Sequence

from askdivide import Assistant
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.records import Answer

QUESTIONS = (
    "Which licence does DeepSeek-R1 have?",
    "How many parameters does V4-Flash have?",
    "When was the H20 banned?",
    "Who leads on Hugging Face?",
    "What does Apache 2.0 allow?",
    "Why do labs publish weights?",
    "How long did V3 train?",
    "What is sparse attention?",
)


class Instant(ChatModel):
    """Answers with a sentence on each of the first five passages, at once or at `pace` words a second."""

    name = "bench:instant"
    context_tokens = 32_000
    first = last = 0.0

    def __init__(self, pace: float) -> None:
        self._between = 1 / pace if pace else 0.0

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:  # noqa: ARG002 - the method's signature
        passages = re.findall(r"^\[(S\d+)\][^\n]*\n([^\n]+)", messages[-1].content, re.MULTILINE)[:5]
        told = (" ".join(re.split(r"(?<=[.]) ", text)[0].split()[:22]) for _, text in passages)
        # Words of its own, so that every claim has to be embedded.
        reply = " ".join(
            f"In short, it turns out nowadays that {text.rstrip('.')} [{key}]." for text, (key, _) in zip(told, passages, strict=True)
        )
        words = reply.split(" ")
        self.first = time.perf_counter()
        self.last = self.first + self._between * (len(words) - 1)
        for number, word in enumerate(words):
            # Whoever reads late finds several words waiting.
            time.sleep(max(0.0, self.first + self._between * number - time.perf_counter()))
            yield Piece(word + " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pace", type=float, default=0.0, help="words a second; 0: all at once")
    given = parser.parse_args()
    assistant, model = Assistant.open(index=given.index, refuse_below=0), Instant(given.pace)
    assistant.ask(QUESTIONS[0], model=model)
    rows: list[dict[str, float]] = []
    for question in QUESTIONS * given.runs:
        shown, begun = None, time.process_time()
        for event in assistant.stream(question, model=model):
            if not isinstance(event, Answer):
                shown = shown or (time.perf_counter() if event.text else None)
                continue
            prompt, behind = event.seconds["prompt"] * 1000, (time.perf_counter() - model.last) * 1000
            rows.append(
                {
                    "prompt": prompt,
                    "behind": behind,
                    "overhead": prompt + behind,
                    "processor": (time.process_time() - begun) * 1000,
                    "first token": (shown - model.first) * 1000,
                    "claims": len(event.claims),
                }
            )
    print(f"{len(rows)} answers, {statistics.mean(row['claims'] for row in rows):.1f} claims each")
    for name in ("prompt", "behind", "overhead", "first token", "processor"):
        values = sorted(row[name] for row in rows)
        print(f"{name:<12} median {statistics.median(values):6.1f} ms   95th percentile {values[int(len(values) * 0.95)]:6.1f} ms")


if __name__ == "__main__":
    main()
