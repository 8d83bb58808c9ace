"""Places in articles as addresses: which article to open, what to mark in it, where to begin."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from askdivide.records import Citation, Passage

PATH = "/article"
_MOST = 200
"""Spans that one address may name."""
_SPAN = re.compile(r"(?:(\d{1,6}):)?(\d{1,9})-(\d{1,9})(?::([0-9a-f]{12}))?")


@dataclass(frozen=True)
class Span:
    """Words of an article that are to be marked, as code point offsets, end exclusive."""

    start: int
    end: int
    number: int = 0
    """Of the citation; 0: marked without a number."""
    digest: str = ""
    """Of the words cited, for finding out whether they still stand there; empty where that is not asked."""

    def stands_in(self, text: str) -> bool:
        """Whether the words cited are those of `text` at this place, as far as can be told."""
        return self.end <= len(text) and self.digest == digest(text[self.start : self.end])


def digest(words: str) -> str:
    """A short digest of cited words."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def parse(at: str) -> list[Span]:
    """The spans that an address names; what is none is passed over."""
    found = (_SPAN.fullmatch(part) for part in at.split(",", _MOST)[:_MOST])
    spans = (Span(int(one[2]), int(one[3]), int(one[1] or 0), one[4] or "") for one in found if one)
    return [span for span in dict.fromkeys(spans) if span.start < span.end]


def address(document: str, spans: Iterable[Span] = (), *, version: str = "", begin: int | None = None) -> str:
    """Where to read `document`, opened at the first of `spans`, or from the character `begin` on."""
    at = ",".join(f"{f'{s.number}:' if s.number else ''}{s.start}-{s.end}{f':{s.digest}' if s.digest else ''}" for s in spans)
    fields = {"doc": document, "v": version, "at": at, "from": "" if begin is None else str(begin)}
    query = urlencode({name: value for name, value in fields.items() if value}, safe=":,/", errors="replace")
    return f"{PATH}?{query}{'#here' if at and begin is None else ''}"


def address_of(record: Citation | Passage, cited: Sequence[Citation] = ()) -> str:
    """Where to read the article of a citation or a passage; of `cited`, all of the answer's, those in it are marked too."""
    others = [one for one in cited if one.document == record.document and one is not record]
    if isinstance(record, Citation):
        return address(record.document, map(_span, [record, *others]), version=record.version)
    return address(record.document, [Span(record.start, record.end), *map(_span, others)])


def is_web(url: str | None) -> bool:
    """Whether `url` may be a link: http or https, with a host."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _span(citation: Citation) -> Span:
    return Span(citation.start, citation.end, citation.number, digest(citation.quote))
