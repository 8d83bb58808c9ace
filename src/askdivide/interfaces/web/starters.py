"""Questions to begin with, drawn from the headings of the indexed articles."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from askdivide.answering.assistant import Assistant
from askdivide.index.tables import DocumentRow
from askdivide.retrieval.conversation import leans

_WANTED = 4
_ARTICLES = 24
"""Most articles that are looked into."""
_TRIED = 20
"""Most questions that are tried."""
_HEADING = re.compile(r"(?m)^#{2,3} +(.+?) *#*$")
# A heading with other signs than these hardly reads as part of a sentence.
_SENTENCE_LIKE = re.compile(r"[\w .’'&%/+-]+\??")
_NAME = re.compile(r"\s[A-Z]\w")
_CLAUSE = re.compile(r"(?:The|An?|How|Why|Where|When|Who)\b")


class Starters:
    """Questions that the articles surely answer, worked out anew when the index has changed."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._made: tuple[object, list[str]] = (None, [])

    def questions(self) -> list[str]:
        """At most four questions, each of another article. Raises IndexProblem or EmbeddingError."""
        with self._lock:
            with self._assistant.index.reading() as catalog:
                state = catalog.file, catalog.manifest()["commit"]
            if self._made[0] != state:
                self._made = state, self._make()
            return self._made[1]

    def _make(self) -> list[str]:
        with self._assistant.index.reading() as catalog:
            rows = sorted(catalog.documents(), key=lambda row: row.published or "", reverse=True)
            rows = rows[:: max(len(rows) // _ARTICLES, 1)][:_ARTICLES]
            candidates = [(rank, question, row.path) for row in rows for rank, question in _candidates(row, catalog.text(row.id))]
        found: dict[str, str] = {}
        for _, question, path in sorted(candidates, key=lambda candidate: -candidate[0])[:_TRIED]:
            if path not in found and len(found) < _WANTED and self._answered_from(path, question):
                found[path] = question
        return list(found.values())

    def _answered_from(self, path: str, question: str) -> bool:
        answer = self._assistant.ask(question)
        sure = answer.status == "answered" and not any(note.first for note in answer.notes)
        return sure and answer.citations[0].document == path


def _candidates(row: DocumentRow, text: str) -> Iterator[tuple[int, str]]:
    """Questions made of an article's title and headings, with a rank: the higher, the better it reads by itself."""
    headings = [match.group(1).strip() for match in _HEADING.finditer(text)]
    for heading in [*headings, row.title]:
        if not _SENTENCE_LIKE.fullmatch(heading) or not 4 <= len(heading.split()) <= 9 or leans(heading):
            continue
        named = int(bool(_NAME.search(heading)))
        if heading.endswith("?"):
            yield 3 + named, heading
        elif heading.startswith("Which "):
            yield 2 + named, f"{heading}?"
        elif _CLAUSE.match(heading):
            yield 2 * named, f"What do the articles say about {heading[0].lower()}{heading[1:]}?"
        elif not heading.startswith("What "):
            yield named, f"What do the articles say about {heading}?"
