"""What the corpus holds, article by article, with its state: indexed, new, changed, gone or unreadable. As data and as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from askdivide.index.catalog import Catalog
from askdivide.index.tables import DocumentRow
from askdivide.ingestion.scan import File, file_of, scan
from askdivide.interfaces.web.cards import counted, one_line, safe
from askdivide.interfaces.web.spans import address
from askdivide.settings import Settings
from askdivide.text.dates import date_words

State = Literal["indexed", "changed", "new", "gone", "unreadable"]
_SHOWN = 2000
"""Most articles in the table; a page with more is slow to open."""
_HASHED = 4 * 1024 * 1024
"""Bytes; a larger file whose time has changed counts as changed, unread."""
_STATES: Mapping[State, str] = {
    "indexed": "indexed",
    "changed": "changed, not yet indexed",
    "new": "new, not yet indexed",
    "gone": "file gone, not yet taken out",
    "unreadable": "cannot be read",
}
_COLUMNS = ("Title", "Source", "Date", "Tags", "Passages", "State")


@dataclass(frozen=True)
class Holding:
    """An article of the corpus, of the index, or of both."""

    document: str
    title: str
    state: State
    file: str | None
    """Which file to remove to be rid of it; None where that cannot be done from here."""
    source: str = ""
    published: str = ""
    tags: tuple[str, ...] = ()
    passages: int = 0
    """0: not in the index."""
    reason: str = ""
    """Why it cannot be read."""


def holdings(settings: Settings, catalog: Catalog) -> list[Holding]:
    """All articles, by path. Raises CorpusError where there is no corpus folder."""
    found = scan(settings.corpus)
    files = {file.path: file for file in found.files}
    failed = {failure.document: failure.reason for failure in catalog.failures()} | {one.document: one.reason for one in found.failed}
    rows = catalog.documents()
    chunks = catalog.chunk_counts()
    held = [_indexed(row, files, failed, chunks.get(row.id, 0)) for row in rows]
    known = {file_of(row.path, files) for row in rows}
    held += [Holding(path, _name(path), "new", path) for path in files.keys() - known - failed.keys()]
    indexed = {row.path for row in rows}
    for path, reason in failed.items():
        holder = file_of(path, files)
        # What the last run could not read may be gone since.
        if path not in indexed and (holder or any(one.document == path for one in found.failed)):
            held.append(Holding(path, _name(path), "unreadable", holder, reason=reason))
    return sorted(held, key=lambda one: one.document)


def _indexed(row: DocumentRow, files: Mapping[str, File], failed: Mapping[str, str], chunks: int) -> Holding:
    path = file_of(row.path, files)
    reason = next((failed[one] for one in (row.path, *_above(row.path)) if one in failed), "")
    state: State = "unreadable" if reason else "gone" if path is None else "changed" if _differs(files[path], row) else "indexed"
    return Holding(row.path, row.title, state, path or row.path, row.source or "", row.published or "", row.tags, chunks, reason)


def _differs(file: File, row: DocumentRow) -> bool:
    if file.size != row.size:
        return True
    # A remembered time of 0 stands for one that could not be trusted.
    if file.mtime_ns == row.mtime_ns or file.path != row.path:
        return file.mtime_ns != row.mtime_ns and row.mtime_ns != 0
    try:
        return file.size > _HASHED or hashlib.sha256(file.place.read_bytes()).hexdigest() != row.version
    except OSError:
        return False


def _above(path: str) -> list[str]:
    return [parent.as_posix() for parent in PurePosixPath(path).parents]


def _name(path: str) -> str:
    return PurePosixPath(path).name


def table(held: Sequence[Holding], *, choosing: bool) -> str:
    """The articles as a table, whose rows can be chosen where `choosing`."""
    if not held:
        return '<p class="none">There are no articles yet.</p>'
    counts = {state: sum(one.state == state for one in held) for state in _STATES}
    summary = ", ".join(
        [counted(len(held), "article"), *(f"{count} {_STATES[state]}" for state, count in counts.items() if count and state != "indexed")]
    )
    shown = sorted(held, key=lambda one: one.state == "indexed")[:_SHOWN]
    more = "" if len(held) <= _SHOWN else f'<p class="none">Only {_SHOWN} are shown; “askdivide list” shows all.</p>'
    rows = "".join(_row(one, choosing) for one in sorted(shown, key=lambda one: one.title.casefold()))
    pick = '<th class="picking"><input type="checkbox" class="pick-all" aria-label="Select all that are shown"></th>' if choosing else ""
    heads = "".join(f'<th scope="col"{_sorted(name)}><button type="button">{name}</button></th>' for name in _COLUMNS)
    head = f'<caption class="count" data-all="{safe(summary)}">{safe(summary)}</caption><thead><tr>{pick}{heads}</tr></thead>'
    none = '<p class="none unmatched" hidden>No article matches.</p>'
    return f"<table>{head}<tbody>{rows}</tbody></table>{none}{more}"


def _sorted(name: str) -> str:
    return ' aria-sort="ascending"' if name == "Title" else ""


def _row(one: Holding, choosing: bool) -> str:
    title = one_line(one.title)
    opens = f'<a href="{safe(address(one.document))}">{title}</a>' if one.passages else title
    cells = [
        f'<th scope="row" data-key="{one_line(one.title)}">{opens}<span class="path">{one_line(one.document)}</span></th>',
        _cell("source", one_line(one.source)),
        _cell("date", safe(date_words(one.published)) if one.published else "", key=one.published),
        _cell("tags", one_line(", ".join(one.tags))),
        _cell("passages", str(one.passages) if one.passages else "", key=f"{one.passages:09}"),
        _cell(f"state {one.state}", f"{_STATES[one.state]}{_why(one)}", key=_STATES[one.state]),
    ]
    pick = ""
    if choosing:
        box = f'<input type="checkbox" class="pick" value="{safe(one.file)}" aria-label="Select {title}">' if one.file else ""
        pick = f'<td class="picking">{box}</td>'
    return f"<tr>{pick}{''.join(cells)}</tr>"


def _cell(kind: str, html: str, *, key: str = "") -> str:
    return f'<td class="{kind}"{f" data-key={chr(34)}{safe(key)}{chr(34)}" if key else ""}>{html}</td>'


def _why(one: Holding) -> str:
    if not one.reason:
        return ""
    kept = " The version indexed before goes on answering." if one.passages else ""
    return f'<span class="why">{one_line(one.reason)}.{kept}</span>'
