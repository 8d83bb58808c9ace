"""Which articles a question is put to: what a visitor chose, as filters and in words."""

from __future__ import annotations

from collections.abc import Sequence

from askdivide.errors import QuestionError
from askdivide.index.tables import DocumentRow
from askdivide.records import Filters
from askdivide.text.dates import date_words, parse_date

_LISTED = 500
"""Most articles in the list to choose from."""
_NAMED = 3
"""Articles that are named; more are counted."""


def filters(
    since: str | None, until: str | None, sources: Sequence[str] | None, tags: Sequence[str] | None, documents: Sequence[str] | None
) -> Filters:
    """The filters of what was chosen. Raises QuestionError for a date that is none."""
    return Filters(_date(since), _date(until), tuple(sources or ()), tuple(tags or ()), tuple(documents or ()))


def words(chosen: Filters) -> str:
    """The filters in words; empty where every article may answer."""
    parts = []
    if chosen.since:
        parts.append(f"since {date_words(chosen.since)}")
    if chosen.until:
        parts.append(f"until {date_words(chosen.until)}")
    if chosen.sources:
        parts.append(f"from {_listed(chosen.sources)}")
    if chosen.tags:
        parts.append(f"tagged {_listed(chosen.tags)}")
    told = f"Only articles {', '.join(parts)}" if parts else ""
    if chosen.documents:
        named = _listed(chosen.documents) if len(chosen.documents) <= _NAMED else f"{len(chosen.documents)} chosen articles"
        told = f"{told}, of these: {named}" if told else f"Only {named}"
    return told and f"{told}."


def choices(rows: Sequence[DocumentRow]) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """The sources, the tags and the articles, as (title, path), that can be chosen; of very many articles the newest."""
    newest = sorted(rows, key=lambda row: (row.published or "", row.title), reverse=True)[:_LISTED]
    sources = sorted({row.source for row in rows if row.source}, key=str.casefold)
    tags = sorted({tag for row in rows for tag in row.tags}, key=str.casefold)
    return sources, tags, [(f"{row.title} ({row.path})", row.path) for row in newest]


def _date(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    iso = parse_date(text)
    if iso is None:
        raise QuestionError(f"“{text.strip()}” is no date; write 2025, 2025-06 or 2025-06-30")
    return iso


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
