"""JSON, JSON Lines and CSV files of articles: one file, many documents.

The fields are found by name, whatever their case:

    title      title, headline, name
    text       text, body, content, article, articleBody, content_html, content_text, full_text; or else summary, description
    published  date, published, date_published, published_at, publication_date, pubDate, datePublished; or else created_at
    source     source, publisher, site, outlet; or else author
    url        url, link, permalink
    tags       tags, keywords, categories (a list, or text with commas)
    id         id, guid, slug

A JSON file is a list of articles, one article, or an object that holds the list under articles, items, entries, documents,
posts, results or data. The text may be plain or HTML. An article's document is named `FILE/ID`, or `FILE/NUMBER` where it has
no id, counted from 1 (JSON Lines: the line, CSV: the row below the names).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import Articles, hypertext, plaintext
from askdivide.ingestion.readers.composing import Composer, clean, no_date
from askdivide.ingestion.readers.decoding import decode
from askdivide.records import Document, Failure
from askdivide.text.dates import parse_date
from askdivide.text.plain import table_cells

FIELDS = {
    "title": "title headline name",
    "text": "text body content article articlebody content_html content_text full_text fulltext summary description",
    "published": "date published date_published published_at publication_date pubdate datepublished created_at",
    "source": "source publisher site outlet author",
    "url": "url link permalink",
    "tags": "tags keywords categories",
    "id": "id guid slug",
}
LISTS = "articles items entries documents posts results data"
_HTML = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|table|article|section|blockquote|span|a|strong|em|b|i)\b[^<>]*>", re.IGNORECASE)
_ARTICLES_MOST = 100_000
_FAILURES_MOST = 100
_CELL_MOST = 4 * 1024 * 1024
_ID_MOST = 100
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_NO_TEXT = "has no text: none of its fields is named text, body or content; see the README for the names"


def read_json(path: str, data: bytes) -> Articles:
    """The articles of a JSON file."""
    try:
        content = json.loads(_decoded(data))
    except (ValueError, RecursionError) as error:
        reason = (
            str(error)
            if isinstance(error, json.JSONDecodeError)
            else "nested too deep"
            if isinstance(error, RecursionError)
            else str(error)
        )
        raise UnreadableDocument(f"is not valid JSON ({' '.join(reason.split())[:80]}); correct it") from error
    if isinstance(content, dict):
        record = _record(content)
        inside = next((record[name] for name in LISTS.split() if isinstance(record.get(name), list)), None)
        if inside is None or _field(record, "text") is not None:
            return Articles((_article(path, record),))
        content = inside
    if not isinstance(content, list):
        raise UnreadableDocument("holds no articles: it is neither a list nor an object; see the README for what a JSON file holds")
    return _articles(path, ((number, item) for number, item in enumerate(content, start=1)))


def read_jsonl(path: str, data: bytes) -> Articles:
    """The articles of a file with one JSON object a line."""

    def items() -> Iterator[tuple[int, Any]]:
        for number, line in enumerate(io.StringIO(_decoded(data)), start=1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield number, UnreadableDocument(f"is not valid JSON ({' '.join(str(error).split())[:80]}); correct line {number}")

    return _articles(path, items())


def read_csv(path: str, data: bytes) -> Articles:
    """The articles of a table with a row of column names, parted by commas, semicolons or tabs."""
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    csv.field_size_limit(_CELL_MOST)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [clean(name).casefold() for name in next(rows)]
        if not set(names) & set(FIELDS["text"].split()):
            raise UnreadableDocument("has no column named text, body or content; see the README for the names")
        # A row that ends early has empty cells.
        filled = ((number, [*row, *[""] * (len(names) - len(row))]) for number, row in enumerate(rows, start=1) if any(row))
        return _articles(path, ((number, dict(zip(names, row, strict=False))) for number, row in filled))
    except csv.Error as error:
        raise UnreadableDocument(f"is not a table in CSV (line {rows.line_num}: {error}); correct it") from error


def _decoded(data: bytes) -> str:
    return decode(data).lstrip("\ufeff")


def _articles(path: str, items: Iterable[tuple[int, Any]]) -> Articles:
    documents: dict[str, Document] = {}
    failed: list[Failure] = []
    for count, (number, item) in enumerate(items, start=1):
        if count > _ARTICLES_MOST:
            raise UnreadableDocument(f"holds more than {_ARTICLES_MOST:,} articles; split it")
        name = f"{path}/{number}"
        try:
            if isinstance(item, UnreadableDocument):
                raise item
            if not isinstance(item, dict):
                raise UnreadableDocument("is no article: not a JSON object")
            record = _record(item)
            name = f"{path}/{_name(record) or number}"
            copy = 2
            while name in documents:
                name = f"{path}/{_name(record) or number} ({copy})"
                copy += 1
            documents[name] = _article(name, record)
        except UnreadableDocument as error:
            failed.append(Failure(name, str(error)))
    if not documents:
        raise UnreadableDocument(f"holds no article that can be read; the first {failed[0].reason}" if failed else "holds no articles")
    if len(failed) > _FAILURES_MOST:
        failed[_FAILURES_MOST:] = [Failure(path, f"holds {len(failed) - _FAILURES_MOST} more articles that cannot be read")]
    return Articles(tuple(documents.values()), tuple(failed))


def _article(path: str, record: Mapping[str, Any]) -> Document:
    body = _field(record, "text")
    if not isinstance(body, str):
        raise UnreadableDocument(_why_no_text(record))
    composer = Composer()
    if _HTML.search(body):
        hypertext.compose(hypertext.parse(body), composer)
    else:
        _compose_plain(body, composer)
    tags = _field(record, "tags")
    listed = re.split(r"[,;，、]", tags) if isinstance(tags, str) else tags if isinstance(tags, list) else []
    stated = _field(record, "published")
    published = _date(stated)
    return composer.document(
        path,
        title=_words(_field(record, "title")),
        published=published,
        source=_words(_field(record, "source")),
        url=_words(_field(record, "url")),
        tags=tuple(dict.fromkeys(tag for item in listed[:100] if (tag := _words(item)))),
        notes=() if published or stated is None else (no_date(_words(stated)),),
    )


def _why_no_text(record: Mapping[str, Any]) -> str:
    there = [name for name in FIELDS["text"].split() if name in record]
    if not there:
        return _NO_TEXT
    held = next((name for name in there if record[name] not in _EMPTY), None)
    if held:
        return f"has no text: its field {held} holds no text but something else; write the text there"
    return f"has no text: its field {there[0]} is empty; fill it or take the article out"


def _compose_plain(body: str, composer: Composer) -> None:
    body = body.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    for block in plaintext.find_blocks(body):
        content = body[block.start : block.end]
        if block.kind == "heading":
            composer.heading(content, max(block.level, 2))
        elif block.kind == "item":
            composer.item(content)
        elif block.kind == "table":
            composer.table([table_cells(line) for line in content.splitlines() if line.strip()])
        else:
            composer.paragraph(content, kind=block.kind)


def _record(item: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).strip().casefold().replace("-", "_"): value for key, value in item.items()}


def _field(record: Mapping[str, Any], field: str) -> Any:
    """The first field of that meaning that holds something."""
    return next((record[name] for name in FIELDS[field].split() if record.get(name) not in _EMPTY), None)


def _words(value: Any) -> str | None:
    """A field as text on one line; of an object its name, of a list the first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("title")
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return clean(str(value)[:2000]) or None
    return None


def _name(record: Mapping[str, Any]) -> str | None:
    """An article's id as part of a document's name; None where it has none, or a long one."""
    name = (_words(_field(record, "id")) or "").replace("/", "_")
    return name if 0 < len(name) <= _ID_MOST and name not in (".", "..") else None


def _date(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 10**8 < value < 10**13:
        # Seconds, or milliseconds, since 1970.
        return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC).date().isoformat()
    return parse_date(value)
