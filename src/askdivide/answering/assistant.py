"""The read path: from a question to an Answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from askdivide.answering.citations import Citations
from askdivide.answering.evidence import candidates, weights
from askdivide.answering.quote import quote_answer
from askdivide.answering.refusal import Signals, confidence, missing_words, refusal, signals, small_talk, threshold
from askdivide.index.catalog import Catalog
from askdivide.index.reading import Index
from askdivide.models import check_model
from askdivide.records import Answer, Claim, Filters, Passage, Refusal, Turn
from askdivide.retrieval.conversation import standalone
from askdivide.retrieval.reader import load_reader
from askdivide.retrieval.search import Hit, Query, prepare, search
from askdivide.settings import Settings


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
        """Load the embedding model and the vectors now and not with the first question."""
        with self.index.reading() as catalog:
            search(self.index, catalog, prepare(self.index, "ready"), top_k=1)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        model: str | None = None,
    ) -> Answer:
        """The answer to `question`, or the refusal that is the right answer where the articles do not have it.

        `history` holds the earlier turns of a conversation, oldest first. Raises QuestionError, ModelError or IndexProblem.
        """
        model = check_model(model or self.settings.model)
        clock = _Clock()
        said = small_talk(question)
        alone = standalone(question, history)
        with self.index.reading() as catalog:
            with clock.stage("embed"):
                query = prepare(self.index, alone)
            if said:
                return self._small_talk(catalog, question, said, model)
            with clock.stage("search"):
                hits = search(self.index, catalog, query, top_k=self.settings.passages, filters=filters)
            with clock.stage("answer"):
                return self._answer(catalog, question, query, hits, filters, model, clock)

    def search(self, text: str, *, top_k: int = 10, filters: Filters = Filters(), history: Sequence[Turn] = ()) -> list[Passage]:
        """The `top_k` passages nearest to `text`, best first. Raises QuestionError or IndexProblem."""
        with self.index.reading() as catalog:
            query = prepare(self.index, standalone(text, history))
            return [hit.passage() for hit in search(self.index, catalog, query, top_k=top_k, filters=filters)]

    def signals(self, question: str, *, history: Sequence[Turn] = ()) -> Signals:
        """What the search says about whether `question` is answered, for fitting the refusal's calibration."""
        with self.index.reading() as catalog:
            query = prepare(self.index, standalone(question, history))
            hits = search(self.index, catalog, query, top_k=self.settings.passages)
            idf = weights(catalog, query)
            reader = load_reader(Path(self.settings.reader), self.settings.threads) if self.settings.reader else None
            return signals(hits, candidates(query, hits, idf, reader, self.settings.reader_passages), idf, catalog.chunks_with(query.terms))

    def _answer(
        self, catalog: Catalog, question: str, query: Query, hits: Sequence[Hit], filters: Filters, model: str, clock: _Clock
    ) -> Answer:
        read = tuple(hit.passage() for hit in hits)
        idf = weights(catalog, query)
        known = catalog.chunks_with(query.terms)
        reader = load_reader(Path(self.settings.reader), self.settings.threads) if self.settings.reader else None
        found = candidates(query, hits, idf, reader, self.settings.reader_passages)
        sure = confidence(signals(hits, found, idf, known))
        least = self.settings.refuse_below if self.settings.refuse_below >= 0 else threshold()
        if not found or sure < least:
            missing = missing_words(query.text, [term for term in query.terms if term not in known])
            refused = refusal(hits, missing, filters)
            return Answer(
                question, query.text, "refused", model, refused.reason, refusal=refused, confidence=sure, seconds=clock.seconds(), read=read
            )
        citations = Citations(catalog)
        claims = quote_answer(found, idf, citations, most=self.settings.sentences)
        cited = {(citation.document, citation.start, citation.end) for citation in citations.all()}
        consulted = [passage for hit, passage in zip(hits, read, strict=True) if not any(_overlaps(hit, *span) for span in cited)]
        return Answer(
            question=question,
            standalone_question=query.text,
            status="answered",
            model=model,
            text=marked_text(claims),
            claims=tuple(claims),
            citations=citations.all(),
            consulted=tuple(consulted),
            confidence=sure,
            seconds=clock.seconds(),
            read=read,
        )

    def _small_talk(self, catalog: Catalog, question: str, said: str, model: str) -> Answer:
        titles = [row.title for row in catalog.documents()[:3]]
        text = f"{said} Ask something that the articles may answer; among them are: {'; '.join(titles)}."
        return Answer(question, question, "refused", model, text, refusal=Refusal("This is not a question that articles answer."))


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

    def seconds(self) -> Mapping[str, float]:
        now = time.perf_counter()
        running = {self._open[0]: now - self._open[1]} if self._open else {}
        return {**self._stages, **running, "total": now - self._started}
