"""The read path: from a question to an Answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from askdivide.answering.calibration import load_calibration
from askdivide.answering.citations import Citations
from askdivide.answering.disagreement import disagreement
from askdivide.answering.evidence import Candidate, candidates, weights
from askdivide.answering.generate import Checks, Request, declined, judged, request, write, written
from askdivide.answering.headed import HEADED, asked_by_heading
from askdivide.answering.keys import visible
from askdivide.answering.quote import quote_answer
from askdivide.answering.refusal import (
    NOTHING_ASKED,
    WHAT_I_DO,
    Signals,
    absent_names,
    missing_words,
    quoted_list,
    refusal,
    signals,
    small_talk,
)
from askdivide.answering.rewriting import rewritten
from askdivide.answering.windows import FIRST_READ
from askdivide.answering.writers import open_writer
from askdivide.errors import IndexProblem, ModelUnavailable, ModelUnknown, NoAnswer, QuestionError, SettingsError
from askdivide.index.catalog import Catalog
from askdivide.index.reading import Index
from askdivide.models import QUOTE, check_model
from askdivide.models.chat import ChatModel
from askdivide.records import Answer, Claim, Draft, Filters, Note, Passage, Refusal
from askdivide.retrieval.comparison import search_compared
from askdivide.retrieval.conversation import History, earlier, standalone, turns
from askdivide.retrieval.reader import load_reader
from askdivide.retrieval.search import LONGEST_QUESTION, Hit, Query, checked, prepare, search
from askdivide.settings import Settings

_BETWEEN_DRAFTS = 0.02
"""Seconds; more drafts than fifty a second nobody sees."""


class Assistant:
    """Answers questions from an index. One assistant serves any number of threads.

    >>> assistant = Assistant.open(index="index")            # doctest: +SKIP
    >>> answer = assistant.ask("Which licence does DeepSeek-R1 have?")   # doctest: +SKIP
    >>> print(answer.text)                                   # doctest: +SKIP
    """

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index = index
        self.settings = settings

    @classmethod
    def open(cls, settings: Settings | None = None, **given: Any) -> Assistant:
        """An assistant over the index that `settings`, or settings loaded with `given`, name.

        Raises SettingsError, IndexMissing, IndexDamaged or IndexMismatch.
        """
        from askdivide.index.folder import expected_manifest

        settings = settings or Settings.load(**given)
        return cls(Index(settings, expected_manifest(settings)), settings)

    def warm_up(self) -> None:
        """Load the embedding model, the vectors and the reader now and not with the first question."""
        with self.index.reading() as catalog:
            try:
                self.index.vectors(catalog)
            except IndexProblem as problem:
                if not self.index.does_without(problem, catalog):
                    raise
        self.signals("ready")

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        filters: Filters = Filters(),
        model: Any = None,
        strict: bool | None = None,
    ) -> Answer:
        """The answer to `question`, or the refusal that is the right answer where the articles do not have it.

        `history` holds the earlier turns of a conversation, oldest first: each a `Turn`, a question alone, or a mapping with
        `question` and `answer`. `filters` take a `date` for a day, and one text alone for a tuple of one. `model` is a name,
        a `ChatModel` or a LlamaIndex `LLM`; None: that of the settings. With `strict`, what a model writes and its sources
        do not support is left out.
        Raises QuestionError (of history and filters, too), ModelError or IndexProblem.
        """
        *_, answer = self.stream(question, history=history, filters=filters, model=model, strict=strict)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        filters: Filters = Filters(),
        model: Any = None,
        strict: bool | None = None,
    ) -> Iterator[Draft | Answer]:
        """The same as it comes: where a model writes, drafts, the first as soon as the question is understood; the answer as the last.

        Closing the iterator stops the model. Each step may be taken in another thread.
        """
        earlier_turns, filters = turns(history), checked(filters)
        if self.settings.judge:
            _check_judge(self.settings.judge)
        writer = open_writer(model if model is not None else self.settings.model, self.settings)
        name = writer.name if writer else QUOTE
        clock = _Clock()
        said = small_talk(question)
        alone = standalone(question, earlier_turns)
        if writer and earlier_turns and not said and 0 < len(question.strip()) <= LONGEST_QUESTION:
            with clock.stage("understand"):
                alone = rewritten(question, earlier_turns, writer)
        if writer:
            yield Draft(alone)
        # Nothing is yielded inside: the catalog belongs to this thread, and the state it shows must not outlive this step.
        with self.index.reading() as catalog:
            with clock.stage("embed"):
                query = prepare(self.index, alone, earlier(question, earlier_turns))
            said = said or (None if query.tells else NOTHING_ASKED)
            if said:
                found: Answer | _Found = self._small_talk(catalog, question, said, name)
            else:
                with clock.stage("search"):
                    hits = search_compared(self.index, catalog, query, top_k=self.settings.passages, filters=filters)
                with clock.stage("answer" if writer is None else "prompt"):
                    found = self._found(catalog, question, query, hits, filters, name, writer, clock)
        if writer is None or isinstance(found, Answer):
            assert isinstance(found, Answer)
            yield found
            return
        asked = found.request
        assert asked is not None
        raw = thinking = ""
        cut = False
        due = 0.0
        checks = Checks(asked.sources, self.index.embedder)
        with clock.stage("model"), closing(write(writer, asked.messages, asked.max_tokens)) as pieces:
            for piece in pieces:
                raw, thinking = (raw, thinking + piece.text) if piece.thinking else (raw + piece.text, thinking)
                cut = cut or piece.cut
                clock.first("first token")
                if time.perf_counter() >= due:
                    yield Draft(alone, visible(raw), thinking)
                    due = time.perf_counter() + _BETWEEN_DRAFTS
                checks.ahead(raw)
        found = replace(found, answer=replace(found.answer, raw=raw, thinking=thinking))
        yield self._written(found, asked, checks, clock, cut=cut, strict=self.settings.strict if strict is None else strict)

    def search(self, text: str, *, top_k: int = 10, filters: Filters = Filters(), history: History = ()) -> list[Passage]:
        """The `top_k` passages nearest to `text`, best first. Raises QuestionError or IndexProblem."""
        if not isinstance(top_k, int) or top_k < 1:
            raise QuestionError(f"top_k is {top_k!r}; ask for 1 passage or more")
        earlier_turns, filters = turns(history), checked(filters)
        with self.index.reading() as catalog:
            query = prepare(self.index, standalone(text, earlier_turns), earlier(text, earlier_turns))
            return [hit.passage() for hit in search(self.index, catalog, query, top_k=top_k, filters=filters)]

    def signals(self, question: str, *, history: History = ()) -> Signals:
        """What the search says about whether `question` is answered, for fitting the refusal's calibration."""
        earlier_turns = turns(history)
        with self.index.reading() as catalog:
            query = prepare(self.index, standalone(question, earlier_turns), earlier(question, earlier_turns))
            hits = search_compared(self.index, catalog, query, top_k=self.settings.passages)
            idf = weights(catalog, query)
            spoken = self._candidates(catalog, query, hits, idf, self.settings.reader_windows)
            return signals(query, spoken, catalog.chunks_with(query.terms))

    def _candidates(self, catalog: Catalog, query: Query, hits: Sequence[Hit], idf: Mapping[str, float], most: int) -> list[Candidate]:
        return candidates(query, hits, idf, catalog, load_reader(self.settings.reader, self.settings.threads), most)

    def _found(
        self,
        catalog: Catalog,
        question: str,
        query: Query,
        hits: Sequence[Hit],
        filters: Filters,
        name: str,
        writer: ChatModel | None,
        clock: _Clock,
    ) -> Answer | _Found:
        """What the search comes to: a refusal, a quote answer, or what a writer is to be asked."""
        read = tuple(hit.passage() for hit in hits)
        idf = weights(catalog, query)
        known = catalog.chunks_with(query.terms)
        calibration = load_calibration(self.settings)
        least = self.settings.refuse_below if self.settings.refuse_below >= 0 else calibration.threshold
        # A writer reads the passages itself: where the likeliest stretches will do to ask it, it need not wait for more.
        whole = self.settings.reader_windows
        for most in sorted({min(FIRST_READ, whole), whole}) if writer else [whole]:
            spoken = self._candidates(catalog, query, hits, idf, most)
            sure = calibration.confidence(signals(query, spoken, known))
            below = asked_by_heading(spoken, query.text)
            sure = max(sure, HEADED) if below else sure
            if spoken and sure >= least:
                break
        found = _Found(Answer(question, query.text, "answered", name, "", confidence=sure, read=read), tuple(hits), Citations(catalog))
        if not spoken or sure < least:
            missing = missing_words(query.text, [term for term in query.terms if term not in known])
            return _refused(found, refusal(hits, missing or absent_names(query.text, catalog), filters), clock)
        if writer is None:
            claims, notes = quote_answer(spoken, query.text, idf, catalog, found.citations, most=self.settings.sentences, below=below)
            absent = absent_names(query.text, catalog)
            notes = ([_uncertain(absent)] if absent or sure < _UNSURE_BELOW else []) + notes
            differing = disagreement(query.text, spoken, found.citations)
            notes += [differing] if differing else []
            return _answered(replace(found, answer=replace(found.answer, notes=tuple(notes))), claims, clock)
        for hit in hits:
            found.citations.text(hit)
        return replace(found, request=request(query.text, hits, catalog, writer, answer_tokens=self.settings.answer_tokens))

    def _written(self, found: _Found, asked: Request, checks: Checks, clock: _Clock, *, cut: bool, strict: bool) -> Answer:
        """What a model wrote, and may have been `cut` off in, as an answer with citations and verdicts, or as a refusal."""
        model, raw = found.answer.model, found.answer.raw
        if not raw.strip():
            spent = f"spent all its tokens on reasoning; {asked.remedy}" if found.answer.thinking else "gave an empty answer; ask again"
            raise ModelUnavailable(f"{model} {spent}, or choose another model")
        with clock.stage("support"):
            if declined(raw, asked.sources):
                return _refused(found, refusal(found.hits, (), Filters()), clock)
            judge = open_writer(self.settings.judge, self.settings) if self.settings.judge else None
            second = partial(judged, judge) if judge else None
            result = written(raw, asked, found.citations, checks, cut=cut, strict=strict, judge=second)
            found = replace(found, answer=replace(found.answer, unknown_keys=result.unknown_keys, notes=result.notes))
            if cut and not result.claims and not result.removed:
                raise NoAnswer(f"{model} was cut off before it had written a whole sentence; {asked.remedy}, or choose another model")
            if not result.claims:
                reason = f"Nothing that {model} wrote is supported by the articles."
                return _refused(found, replace(refusal(found.hits, (), Filters()), reason=reason), clock)
            return _answered(found, result.claims, clock)

    def _small_talk(self, catalog: Catalog, question: str, said: str, model: str) -> Answer:
        titles = [row.title for row in catalog.documents()]
        shown = titles[: _TITLES_ASKED_FOR if said == WHAT_I_DO else _TITLES]
        among = "they are" if len(shown) == len(titles) else f"among the {len(titles):,} are"
        text = f"{said} Ask something that the articles may answer; {among}: {'; '.join(shown)}."
        return Answer(question, question, "refused", model, text, refusal=Refusal("This is not a question that articles answer."))


def _check_judge(name: str) -> None:
    """Say that no model has that name before one has written what it is to judge."""
    try:
        check_model(name)
    except ModelUnknown as error:
        raise SettingsError(f"setting judge: {error}") from error


_TITLES, _TITLES_ASKED_FOR = 3, 12
"""Most articles that are named to somebody who greets, and to one who wants to know what there is."""
_UNSURE_BELOW = 0.45
"""Confidence below which a quote answer says that it may be none.

On seven question files it says so of .26 to .86 of the unanswerable questions that are not refused, and of .06 to .14 of the right
answers; .46 to .90 of what it is said of is wrong or has no answer."""


def _uncertain(absent: Sequence[str]) -> Note:
    """What is said before an answer that may be none; `absent` are names in the question that no article has."""
    why = f"Nothing in the articles mentions {quoted_list(absent)}" if absent else "The articles may not answer this"
    return Note("uncertain", f"{why}; these words come nearest to it.")


@dataclass(frozen=True)
class _Found:
    """What a search found for a question, on its way to an answer."""

    answer: Answer
    hits: tuple[Hit, ...]
    citations: Citations
    request: Request | None = None


def _answered(found: _Found, claims: Sequence[Claim], clock: _Clock) -> Answer:
    citations = found.citations.all()
    cited = {(citation.document, citation.start, citation.end) for citation in citations}
    pairs = zip(found.hits, found.answer.read, strict=True)
    return replace(
        found.answer,
        text=marked_text(claims),
        claims=tuple(claims),
        citations=citations,
        consulted=tuple(passage for hit, passage in pairs if not any(_overlaps(hit, *span) for span in cited)),
        seconds=clock.seconds(),
    )


def _refused(found: _Found, refused: Refusal, clock: _Clock) -> Answer:
    return replace(found.answer, status="refused", text=refused.reason, refusal=refused, notes=(), seconds=clock.seconds())


def marked_text(claims: Sequence[Claim]) -> str:
    """The claims as one text with `[n]` markers behind each."""
    return " ".join(claim.text + "".join(f" [{number}]" for number in claim.citations) for claim in claims)


def _overlaps(hit: Hit, document: str, start: int, end: int) -> bool:
    return hit.row.document.path == document and start < hit.row.chunk.end and hit.row.chunk.start < end


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}
        self._open: tuple[str, float] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        self._open = (name, begun)
        try:
            yield
        finally:
            self._stages[name] = time.perf_counter() - begun
            self._open = None

    def first(self, name: str) -> None:
        """Note the time from the beginning of the running stage, unless it is noted already."""
        if name not in self._stages and self._open:
            self._stages[name] = time.perf_counter() - self._open[1]

    def seconds(self) -> Mapping[str, float]:
        now = time.perf_counter()
        running = {self._open[0]: now - self._open[1]} if self._open else {}
        return {**self._stages, **running, "total": now - self._started}
