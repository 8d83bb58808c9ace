"""Answers that a chat model writes: what it is asked, and what becomes of what it wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from askdivide.answering import keys, prompt
from askdivide.answering.citations import Citations
from askdivide.answering.context import Source, sources
from askdivide.answering.fence import as_line, fence
from askdivide.answering.narrowing import Carrier, carriers, cite, narrowed, repeats
from askdivide.answering.support import Evidence, Verdict, check
from askdivide.errors import ModelError, ModelUnavailable
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedder, Vectors
from askdivide.models.chat import ChatModel, Message, Piece
from askdivide.records import Claim, Note
from askdivide.retrieval.search import Hit
from askdivide.text.dates import date_words

REFUSAL = "The passages do not answer this question."
"""What a model is told to say where the passages do not answer."""
_DECLINES = re.compile(
    r"\b(?:passages?|articles?|sources?|context|documents?|texts?)\b[^.]{0,60}(?:\b(?:not|no|cannot|never|nothing)|n['’]t)\b[^.]{0,40}"
    r"\b(?:answer|say|mention|contain|provide|include|specif|state|give|address|discuss|cover|information|enough)"
    r"|\b(?:no|not enough|insufficient) information\b"
    r"|\bI (?:cannot|can['’]t|could not|couldn['’]t|am unable|am not able|do not know|don['’]t know)\b"
    r"|无法回答|没有(?:提到|提及|说明|回答|给出)|未(?:提到|提及|说明)",
    re.IGNORECASE,
)
_MARGIN = 48
"""Tokens that a chat template may add around the messages."""
_LEAST_ROOM = 64
_TOKEN_MOST = 10
"""Characters that a token has at most, on average: more than twice as many as in English. A model that goes on does not stop by itself."""
_THINKING = 8192
"""Tokens for thinking that are let pass where nobody knows that a model thinks; a service counts them by itself."""


@dataclass(frozen=True)
class Request:
    """What a model is asked, and the sources it was shown."""

    messages: tuple[Message, ...]
    sources: tuple[Source, ...]
    max_tokens: int
    remedy: str
    """What lets the model write more."""


@dataclass(frozen=True)
class Written:
    """What became of what a model wrote."""

    claims: tuple[Claim, ...]
    notes: tuple[Note, ...]
    unknown_keys: int
    removed: int
    """Sentences left out because their sources do not support them."""


def request(question: str, hits: Sequence[Hit], catalog: Catalog, writer: ChatModel, *, answer_tokens: int) -> Request:
    """The prompt for `question`, with as much of `hits` as fits into the model's context. Raises ModelError where nothing does."""
    max_tokens = max(1, min(answer_tokens, writer.context_tokens // 4))
    # A question may not close the fence either; its own keys would be taken for the model's.
    asked = " ".join(question.split())
    empty = _messages(asked, ())
    room = (
        writer.context_tokens
        - max_tokens
        - writer.thinking_tokens
        - _MARGIN
        - sum(writer.count_tokens(message.content) for message in empty)
    )
    shown = sources(hits, catalog, room=room, count_tokens=writer.count_tokens) if room >= _LEAST_ROOM else []
    if not shown:
        raise ModelError(
            f"{writer.name} reads {writer.context_tokens} tokens at once, too few for the question and a passage;"
            " ask more briefly or choose a model with a longer context"
        )
    remedy = "raise the setting answer_tokens" if max_tokens == answer_tokens else "raise the setting context, of which they get a quarter"
    return Request(_messages(asked, shown), tuple(shown), max_tokens, remedy)


def _messages(question: str, shown: Sequence[Source]) -> tuple[Message, ...]:
    passages = "\n\n".join(source.shown for source in shown)
    marks = fence(question, passages)
    system = prompt.load("answer").fill(open=marks.open, close=marks.close, refusal=REFUSAL)
    user = prompt.load("passages").fill(open=marks.open, close=marks.close, passages=passages, question=question)
    return Message("system", system), Message("user", user)


def write(writer: ChatModel, messages: Sequence[Message], max_tokens: int) -> Generator[Piece, None, None]:
    """The model's output as it comes, cut off where it is far longer than it was asked to be.

    Closing this iterator stops the model. Raises ModelError, whatever the model raises.
    """
    stream: Any = writer.stream(messages, max_tokens=max_tokens)
    begun = False
    # For the answer, and for thinking.
    room = [_TOKEN_MOST * max_tokens, _TOKEN_MOST * max(writer.thinking_tokens, _THINKING)]
    try:
        for piece in stream:
            begun = begun or bool(piece.text)
            room[piece.thinking] -= len(piece.text)
            if room[piece.thinking] < 0:
                yield replace(piece, text=piece.text[: room[piece.thinking]], cut=True)
                return
            yield piece
    except ModelError:
        raise
    except Exception as error:
        when = "broke off in the middle of its answer" if begun else "failed"
        raise ModelUnavailable(f"{writer.name} {when} ({type(error).__name__}: {error}); ask again, or choose another model") from error
    finally:
        if hasattr(stream, "close"):
            stream.close()


def completed(writer: ChatModel, messages: Sequence[Message], max_tokens: int) -> str:
    """The whole reply, without the model's reasoning."""
    with closing(write(writer, messages, max_tokens)) as pieces:
        return "".join(piece.text for piece in pieces if not piece.thinking)


def declined(raw: str, known: Sequence[Source]) -> bool:
    """Whether the model says that the passages do not answer, and nothing that it cites a passage for."""
    parsed = keys.parse(raw, {source.key for source in known})
    if any(sentence.keys for sentence in parsed.sentences):
        return False
    return bool(parsed.sentences) and (_declines(parsed.sentences[0].text) or all(_declines(one.text) for one in parsed.sentences))


def _declines(sentence: str) -> bool:
    return sentence.strip().casefold() == REFUSAL.casefold() or bool(_DECLINES.search(sentence))


class Checks:
    """The sentences of a reply beside the sources that they cite, each looked at once, and as soon as it is complete.

    A model that writes elsewhere goes on meanwhile, so that its last word is followed by the check of one sentence, not of all.
    """

    def __init__(self, sources: Sequence[Source], embedder: Embedder) -> None:
        self._sources = {source.key: source for source in sources}
        self._embedder = embedder
        self._done: dict[keys.Cited, Examined] = {}
        self._seen = 0

    def ahead(self, raw: str) -> None:
        """Look at the sentences of an unfinished reply that are complete."""
        if _ENDS.search(raw, max(0, self._seen - 2)):
            self._seen = len(raw)
            # What stands before has been looked at, and half a sentence may begin here. The last one may go on, or be followed by its keys.
            recent = keys.parse(raw[-_RECENT:], self._sources).sentences
            self.of(recent[len(raw) > _RECENT : -1])

    def of(self, sentences: Sequence[keys.Cited]) -> list[Examined]:
        """What was found of each sentence."""
        new = [one for one in dict.fromkeys(sentences) if one not in self._done]
        cited = [[self._sources[key] for key in one.keys] for one in new]
        vectors = embedded([(one.text, found) for one, found in zip(new, cited, strict=True)], self._embedder)
        self._done.update((one, examined(one.text, vector, found)) for one, found, vector in zip(new, cited, vectors, strict=True))
        return [self._done[one] for one in sentences]


_RECENT = 2000
"""Characters of a growing reply that are parsed at each end of a sentence: parsing all of it would cost more each time."""
_ENDS = re.compile(r"[.!?…]\W*\s|[。！？\n]")


def written(
    raw: str,
    asked: Request,
    citations: Citations,
    checks: Checks,
    *,
    cut: bool = False,
    strict: bool = False,
    judge: Callable[[str, str], bool] | None = None,
) -> Written:
    """The claims of what a model wrote, each with its verdict; with `strict`, only those that their sources support.

    Of a reply that was `cut` off, the last sentence is left out where it has not come to its end. `checks` may have looked at
    some of the sentences already. `judge` is asked, with a claim and its source, about what the rules support.
    """
    by_key = {source.key: source for source in asked.sources}
    # Half a key is no part of the sentence before it.
    parsed = keys.parse(keys.settled(raw) if cut else raw, by_key)
    whole = parsed.sentences[:-1] if cut and not parsed.ended else parsed.sentences
    sentences = [one for one in whole if one.keys or not _declines(one.text)]
    notes = [Note("partial", one.text) for one in whole if one not in sentences]
    claims: list[Claim] = []
    for sentence, found in zip(sentences, checks.of(sentences), strict=True):
        verdict = found.verdict
        if verdict and verdict.supported and judge and not judge(sentence.text, "\n\n".join(_around(by_key[key]) for key in sentence.keys)):
            verdict = replace(verdict, supported=False, reason="the judge finds no support in the source")
        if strict and (verdict is None or not verdict.supported):
            continue
        if verdict is None:
            claims.append(Claim(sentence.text, (), "uncited", "no passage is cited for it"))
            continue
        numbers = dict.fromkeys(citation.number for carried in found.carried for citation in cite(carried, citations))
        claims.append(Claim(sentence.text, tuple(numbers), "supported" if verdict.supported else "unsupported", verdict.reason))
    removed = len(sentences) - len(claims)
    if removed and claims:
        what = "1 sentence of the model was" if removed == 1 else f"{removed} sentences of the model were"
        notes.append(
            Note(
                "removed",
                f"{what} left out, for no article supports what it says."
                if removed == 1
                else f"{what} left out, for no article supports what they say.",
            )
        )
    if cut:
        notes.append(
            Note(
                "cut",
                f"The model was cut off in the middle of its answer, with {asked.max_tokens} tokens to write in; what it had not"
                f" finished is left out. For longer answers {asked.remedy}.",
            )
        )
    return Written(tuple(claims), tuple(notes), parsed.unknown, removed)


_FAINT = 0.25
"""A source whose best sentence is no more like the claim than this is not cited beside better ones."""


@dataclass(frozen=True)
class Examined:
    """A claim beside the sources that it cites."""

    carried: tuple[tuple[Carrier, ...], ...]
    """For each source that carries it, the sentences that do."""
    verdict: Verdict | None
    """None where it cites nothing."""


def embedded(claims: Sequence[tuple[str, Sequence[Source]]], embedder: Embedder) -> list[Vectors | None]:
    """The vectors of claims; None for those that cite nothing, or repeat a sentence of what they cite, and need none."""
    needing = [number for number, (claim, cited) in enumerate(claims) if cited and not any(repeats(claim, source) for source in cited)]
    made = embedder.embed_documents([claims[number][0] for number in needing], [[] for _ in needing]) if needing else []
    vectors = {number: one.vector for number, one in zip(needing, made, strict=True)}
    return [vectors.get(number) for number in range(len(claims))]


def examined(claim: str, vector: Vectors | None, cited: Sequence[Source]) -> Examined:
    """Which sentences of the sources in `cited` carry `claim`, whose vector `embedded` gave, and whether they support it."""
    chosen = [(source, narrowed(claim, carriers(source, claim, vector))) for source in cited]
    chosen = [(source, found) for source, found in chosen if found]
    telling = [(source, found) for source, found in chosen if max(one.near for one in found) >= _FAINT]
    chosen = telling or chosen[:1]
    if not chosen:
        return Examined((), None)
    carried = tuple(tuple(found) for _, found in chosen)
    around = "\n".join(_around(source) for source, _ in chosen)
    flat = [one for found in carried for one in found]
    evidence = Evidence(
        [one.text for one in flat], around, max(one.near for one in flat), tabular=all(one.sentence.kind == "row" for one in flat)
    )
    return Examined(carried, check(claim, evidence))


def _around(source: Source) -> str:
    row = source.parts[0].hit.row
    document = row.document
    about = [document.title, document.source or "", date_words(document.published) if document.published else "", row.chunk.heading]
    speakers = [speaker for part in source.parts for speaker in part.hit.row.chunk.speakers]
    return "\n".join([*about, *speakers, *(part.text for part in source.parts)])


def judged(writer: ChatModel, claim: str, source: str) -> bool:
    """Whether a chat model finds that `source` says what `claim` says."""
    inside = as_line(claim)
    marks = fence(inside, source)
    text = prompt.load("judge").fill(open=marks.open, close=marks.close, source=source, claim=inside)
    return bool(re.match(r"\W*(?:yes|true|supported)\b", completed(writer, [Message("user", text)], 512), re.IGNORECASE))
