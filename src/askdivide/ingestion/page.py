"""A fetched page as a Markdown article with front matter, which is how the corpus keeps it."""

from __future__ import annotations

import codecs
import logging
from datetime import UTC, datetime
from urllib.parse import urlsplit

import yaml

from askdivide.errors import FetchError
from askdivide.ingestion.feeds import Entry
from askdivide.ingestion.fetch import Page
from askdivide.text.dates import parse_date

_LEAST = 200
"""Characters of an article's text; shorter ones are sign-in walls, consent pages and errors."""


def article(page: Page, *, asked: str, entry: Entry | None = None) -> tuple[str, dict[str, str]]:
    """The Markdown text of the article on a page, front matter included, and the fields of the front matter.

    `asked`: the address that was asked for; `entry`: what a feed says of the article, for where the page says nothing.
    Raises FetchError where the page holds no article.
    """
    found: dict[str, str] = {}
    if page.kind in ("text/plain", "text/markdown", "text/x-markdown"):
        body = page.content.decode(_codec(page.charset), "replace").replace("\r\n", "\n")
        if body.startswith("---\n"):
            # Its own front matter ends where ours stands; it stays readable as text.
            body = body.replace("---\n", "", 1)
    elif "html" in page.kind or (not page.kind and b"<html" in page.content[:4000].lower()):
        body, found = _main_text(page)
    else:
        raise FetchError(f"is {page.kind or 'of an unknown kind'}, which is not stored as an article; download it and add the file")
    body = body.strip()
    if len(body) < _LEAST:
        raise FetchError("holds no article text (it may need a sign-in, or a browser that runs its scripts)")
    fields = {
        "title": found.get("title") or (entry.title if entry else None) or _first_line(body),
        "date": found.get("date") or (entry.published if entry else None) or "",
        "author": found.get("author") or "",
        "source": found.get("sitename") or urlsplit(page.url).hostname or "",
        "url": found.get("url") or page.url,
        "via": asked if asked not in (page.url, found.get("url")) else "",
        "retrieved": datetime.now(UTC).strftime("%Y-%m-%d"),
    }
    fields = {key: value for key, value in fields.items() if value}
    front = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{front}---\n\n{body}\n", fields


def _main_text(page: Page) -> tuple[str, dict[str, str]]:
    import trafilatura

    # What it cannot make sense of is told below, in our words.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = trafilatura.bare_extraction(
        page.content, url=page.url, output_format="python", include_comments=False, include_tables=True, include_formatting=True,
        include_links=False, include_images=False, with_metadata=True,
    )  # fmt: skip
    if found is None or isinstance(found, dict):
        return "", {}
    values = {name: " ".join(str(getattr(found, name) or "").split()) for name in ("title", "author", "sitename", "url")}
    values["date"] = parse_date(str(found.date)) or "" if found.date else ""
    # A page may name another address for itself, but not one of another site.
    if urlsplit(values["url"]).hostname != urlsplit(page.url).hostname:
        values["url"] = ""
    return found.text or "", values


def _codec(name: str | None) -> str:
    try:
        return codecs.lookup(name or "utf-8").name
    except LookupError:
        return "utf-8"


def _first_line(body: str) -> str:
    return body.splitlines()[0].lstrip("# ").strip()[:200]
