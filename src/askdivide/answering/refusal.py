"""Whether the corpus answers a question: a probability, and what to say when it does not."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from askdivide.answering.evidence import Candidate
from askdivide.index.catalog import Catalog
from askdivide.records import Filters, Refusal
from askdivide.retrieval.search import Hit, Query
from askdivide.text.terms import content_terms, terms, word_shares

_NEAREST = 3


@dataclass(frozen=True)
class Signals:
    """What the search says about whether the question is answered. Higher means likelier, of `apart` less likely.

    Others were tried (the nearest chunk's cosine, terms covered by the best sentence and around it, rare terms, the type of
    answer). They helped on the sets they were fitted to and hurt on those left out: docs/quality.md.
    """

    sentence: float
    """0..1: cosine of the question and the best of the first sentences."""
    named: float
    """Share of the question's names and numbers that occur in the index; 1 where it has none."""
    read: float
    """Mean of the reader's highest logits for a sentence, for an answer's own words and for a stretch, -2..2; 0 without a reader."""
    bare: float
    """The same of the best sentence alone, read without its article's title and headings."""
    apart: float
    """How far the best sentence is ahead of the second, in log-odds over 2, at most 2. What answers is rarely told only once."""
    elsewhere: float
    """Share of the question's weight in rare words that other articles have, and that of the best sentence has not."""
    parted: float
    """How many of the question's names of several words do not stand together around the best sentence, at most 2: who asks of
    Beatrice Marchetti is not answered by what is said of Odile Marchetti."""


_NOTHING = Signals(0, 0, 0, 0, 0, 0, 0)
_READ_SCALES = 4.0, 6.0, 4.0
"""Which make the three logits about as large."""
_READ_FROM, _READ_TO = -2.0, 2.0


def signals(query: Query, candidates: Sequence[Candidate], known: Container[str]) -> Signals:
    """The signals of one search; `known` holds those terms of the question that occur in the index."""
    if not candidates:
        return _NOTHING
    names = [found for name in _NAME.findall(query.text) if (found := content_terms(name))]
    read = [
        (one.reading.answers, one.reading.words, one.passage_reading)
        for one in candidates
        if one.reading and one.passage_reading is not None
    ]
    bare = candidates[0].bare
    # That a row has the most or the least of something is worked out from the others: by itself it cannot show it.
    least = 0.0 if candidates[0].extreme else _READ_FROM
    ahead = candidates[0].score - candidates[1].score if len(candidates) > 1 else 0.0
    return Signals(
        sentence=max(candidate.dense for candidate in candidates[:5]),
        named=sum(any(term in known for term in name) for name in names) / len(names) if names else 1.0,
        read=_logit(tuple(map(max, zip(*read, strict=True)))) if read else 0.0,
        bare=max(_logit((bare.sentences[0].answers, bare.sentences[0].words, bare.passage)), least) if bare else 0.0,
        apart=min(ahead / 2, _READ_TO),
        elsewhere=candidates[0].elsewhere,
        parted=_parted(query.text, candidates[0]),
    )


def _parted(question: str, best: Candidate) -> float:
    names = [_in_terms(name) for name in _LONG_NAME.findall(_FIRST_WORD.sub("", question))]
    if not names:
        return 0.0
    row = best.hit.row
    around = _in_terms(f"{row.chunk.said()} . {row.document.title} . {row.chunk.heading} . {best.sentence.speaker}")
    return float(min(sum(name not in around for name in names), _PARTED_MOST))


def _in_terms(text: str) -> str:
    return f" {' '.join(terms(text))} "


def _logit(logits: Sequence[float]) -> float:
    """The mean of the reader's logits for a sentence, for an answer's words and for the stretch around them, scaled and limited."""
    scaled = [logit / scale for logit, scale in zip(logits, _READ_SCALES, strict=True)]
    return max(_READ_FROM, min(sum(scaled) / len(scaled), _READ_TO))


_PARTED_MOST = 2
_FIRST_WORD = re.compile(r"^\W*\w+\s")
_LONG_NAME = re.compile(r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")
_NAME = re.compile(r"(?<=[^\s.!?] )[A-Z][\w’'-]+|\b[A-Za-z]*[-.]?\d[\w.-]*\b")
"""A name within a sentence, or anything with a digit."""


def refusal(hits: Sequence[Hit], missing: Sequence[str], filters: Filters) -> Refusal:
    """The refusal of a question that the corpus does not answer: what was looked for, and the nearest passages."""
    if not hits:
        reason = "No article passes the filters." if filters else "The corpus has no passage to go by."
        return Refusal(reason)
    reason = "The articles do not answer this."
    if missing:
        reason += f" Nothing in them mentions {quoted_list(missing)}."
    return Refusal(reason, tuple(hit.passage() for hit in hits[:_NEAREST]))


def missing_words(question: str, unknown: Sequence[str]) -> list[str]:
    """The question's own words whose terms occur nowhere in the index, as written; common words of English tell nothing."""
    gone = {term for term in unknown if term not in word_shares()}
    words = dict.fromkeys(re.findall(r"[^\W_][\w.'’-]*[^\W_]|[^\W_]", question))
    return [word for word in words if (found := content_terms(word)) and all(term in gone for term in found)][:3]


_CODED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*")


def absent_names(question: str, catalog: Catalog) -> list[str]:
    """The names with figures in `question` ("V3.2-Exp") that stand nowhere in the index, however they are joined there.

    Each of their parts may: where only other versions are written about, what is said of those is no answer.
    """
    names = dict.fromkeys(name for name in _CODED.findall(question) if re.search(r"\d", name) and re.search(r"[A-Z]", name))
    # "Llama3.1-8B" may be "Llama 3.1 8B" there: of a compound the terms hold the whole before its parts.
    forms = {name: (terms(name), terms(re.sub(r"(?<=[A-Za-z]{2})(?=\d)", " ", name))) for name in names}
    return [name for name in names if not any(catalog.lexical(f'"{" ".join(form)}"', 1) for form in forms[name])]


def quoted_list(words: Sequence[str]) -> str:
    """`words` in quotation marks, as a list in a sentence."""
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


WHAT_I_DO = "I answer questions from a folder of articles, in their own words and with their source."
_CORPUS = "(?:articles?|texts?|documents?|sources?|files?|corpus|collection)"
_ABOUT_US = (
    r"(?:who|what|how) are you(?: doing)?",
    r"what(?: can| do)(?: you)? do|what can i ask(?: you)?|help|how do you work|what is this",
    rf"what (?:are|is) (?:these|this|the|your|all(?: the)?) {_CORPUS}(?: all)? about",
    rf"(?:what|which) {_CORPUS} (?:do you have|are there|are here)",
    r"(?:what|which) (?:topics|subjects) (?:do you|do (?:the|these) articles) (?:cover|know(?: about)?|have)|what do you know(?: about)?",
    rf"(?:list|show|name)(?: me)?(?: all)?(?: the| your| these)? {_CORPUS}",
)
_SMALL_TALK = (
    (r"(?:hi|hello|hey|hallo|howdy|good (?:morning|day|afternoon|evening))(?: there| everyone)?|你好|您好|嗨", "Hello."),
    (r"(?:many )?(?:thanks|thank you|thx|cheers)(?: (?:a lot|so much|very much|again))?|谢谢(?:你|您)?|多谢", "You are welcome."),
    (r"great|ok(?:ay)?|perfect|nice", "You are welcome."),
    (r"(?:bye|goodbye|see you(?: later)?|再见)", "Goodbye."),
    ("|".join(_ABOUT_US), WHAT_I_DO),
)
NOTHING_ASKED = "That does not say what it is about."
"""What is said to a question without a content word, such as "why?" with nothing before it."""


def small_talk(question: str) -> str | None:
    """A fitting word where somebody says something that is no question for articles, such as a greeting; else None."""
    said = " ".join(re.sub(r"[^\w\s]", " ", question.casefold()).split())
    return next((reply for pattern, reply in _SMALL_TALK if re.fullmatch(pattern, said)), None)
