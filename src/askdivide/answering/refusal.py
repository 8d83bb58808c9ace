"""Whether the corpus answers a question: a probability, and what to say when it does not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from askdivide.answering.evidence import Candidate
from askdivide.records import Filters, Refusal
from askdivide.retrieval.search import Hit

_NEAREST = 3


@dataclass(frozen=True)
class Signals:
    """What the search says about whether the question is answered. All in about 0..1, higher meaning likelier."""

    passage: float
    """Cosine of the question and the nearest chunk."""
    sentence: float
    """Cosine of the question and the best of the first sentences."""
    covered: float
    """Share of the question's terms, weighted by rarity, that stand in the best sentence."""
    around: float
    """The same for the passage that sentence is in, headings included."""
    known: float
    """The same for the whole index: 1 less the weight of terms that occur nowhere."""
    rarest: float
    """Whether the question's rarest three terms stand in the best passage (share of them)."""
    read_sentence: float
    """The reader's probability that the sentence it likes best answers."""
    read_passage: float
    """The highest of the reader's probabilities that a passage answers."""


def signals(hits: Sequence[Hit], candidates: Sequence[Candidate], idf: Mapping[str, float], known: Mapping[str, int]) -> Signals:
    """The signals of one search. `idf` weighs the question's terms; `known` holds those that occur in the index."""
    if not hits or not candidates:
        return Signals(0, 0, 0, 0, 0, 0, 0, 0)
    total = sum(idf.values()) or 1.0
    best = candidates[0]
    around = _terms_around(candidates, best.hit)
    rarest = sorted(idf, key=lambda term: -idf[term])[:3]
    return Signals(
        passage=max(hit.dense for hit in hits),
        sentence=max(candidate.dense for candidate in candidates[:5]),
        covered=max(candidate.coverage for candidate in candidates[:3]),
        around=sum(weight for term, weight in idf.items() if term in around) / total,
        known=sum(weight for term, weight in idf.items() if term in known) / total,
        rarest=sum(term in around for term in rarest) / max(len(rarest), 1),
        read_sentence=max((_probability(one.reading.answers) for one in candidates if one.reading), default=0.0),
        read_passage=max((_probability(one.passage_reading) for one in candidates if one.passage_reading is not None), default=0.0),
    )


def _terms_around(candidates: Sequence[Candidate], hit: Hit) -> set[str]:
    from askdivide.text.terms import terms

    document, chunk = hit.row.document, hit.row.chunk
    words = set(terms(f"{document.title}\n{chunk.heading}\n{document.source or ''}\n{document.published or ''}"))
    for candidate in candidates:
        if candidate.hit is hit:
            words |= candidate.terms
    return words


@cache
def _calibration() -> dict[str, float]:
    text = (files("askdivide.answering") / "calibration.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["weights"])


@cache
def threshold() -> float:
    """The confidence below which a question is refused, unless a setting says otherwise."""
    text = (files("askdivide.answering") / "calibration.json").read_text(encoding="utf-8")
    return float(json.loads(text)["threshold"])


def confidence(found: Signals) -> float:
    """Estimated probability that the corpus answers the question, from a logistic regression over the signals."""
    weights = _calibration()
    logit = weights["intercept"] + sum(weights[name] * value for name, value in vars(found).items())
    return _probability(logit)


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))


def refusal(hits: Sequence[Hit], missing: Sequence[str], filters: Filters) -> Refusal:
    """The refusal of a question that the corpus does not answer: what was looked for, and the nearest passages."""
    if not hits:
        reason = "No article passes the filters." if filters else "The corpus has no passage to go by."
        return Refusal(reason)
    reason = "The articles do not answer this."
    if missing:
        reason += f" Nothing in them mentions {_listed(missing)}."
    return Refusal(reason, tuple(hit.passage() for hit in hits[:_NEAREST]))


def missing_words(question: str, unknown: Sequence[str]) -> list[str]:
    """The question's own words whose terms occur nowhere in the index, as written."""
    from askdivide.text.terms import content_terms

    gone = set(unknown)
    words = dict.fromkeys(re.findall(r"[^\W_][\w.'’-]*[^\W_]|[^\W_]", question))
    return [word for word in words if (found := content_terms(word)) and all(term in gone for term in found)][:3]


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


_SMALL_TALK = (
    (r"(?:hi|hello|hey|hallo|howdy|good (?:morning|day|afternoon|evening))(?: there| everyone)?", "Hello."),
    (r"(?:many )?(?:thanks|thank you|thx|cheers)(?: (?:a lot|so much|very much|again))?|great|ok(?:ay)?|perfect|nice", "You are welcome."),
    (r"(?:bye|goodbye|see you(?: later)?)", "Goodbye."),
    (
        r"(?:who|what|how) are you(?: doing)?|what(?: can| do)(?: you)? do|what can i ask(?: you)?|help|how do you work|what is this",
        "I answer questions from a folder of articles, in their own words and with their source.",
    ),
)


def small_talk(question: str) -> str | None:
    """A fitting word where somebody says something that is no question for articles, such as a greeting; else None."""
    said = " ".join(re.sub(r"[^\w\s]", " ", question.casefold()).split())
    return next((reply for pattern, reply in _SMALL_TALK if re.fullmatch(pattern, said)), None)
