"""The reader: an article as it was indexed, the words that an answer cites marked in it. A page of its own, without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import fastapi
from fastapi.responses import HTMLResponse

from askdivide.errors import AskDivideError
from askdivide.index.catalog import Catalog
from askdivide.index.reading import Index
from askdivide.index.tables import DocumentRow
from askdivide.interfaces.web.cards import counted, one_line, safe
from askdivide.interfaces.web.inline import outside
from askdivide.interfaces.web.spans import PATH, Span, address, is_web, parse
from askdivide.interfaces.web.typeset import Shape, badge, typeset
from askdivide.text.dates import date_words

_PART = 60_000
"""Characters of a long article that are shown at a time; one that is not much longer is shown whole."""
_BEFORE = 10_000
"""Of them, at most, before the words that are looked for."""
_SEAM = 2_000
"""How far a part may be shortened to end between paragraphs."""
_HEADINGS_MOST = 500
_FRONT_MATTER = re.compile(r"\ufeff?(?:---[ \t]*\n.*?^(?:---|\.\.\.)|\+\+\+[ \t]*\n.*?^\+\+\+)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"(?m)^ {0,3}(?:```|~~~)")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_GONE = "There is no such article any more. It has been removed or renamed since it was quoted."


@dataclass(frozen=True)
class Request:
    """What is asked of the reader."""

    document: str
    spans: Sequence[Span] = ()
    version: str = ""
    """The one that was cited; empty where any will do."""
    begin: int | None = None
    """Where the part to be shown begins; None: so that the first span is in it."""


def add_reader(app: fastapi.FastAPI, index: Index) -> None:
    """Serve the articles of `index` to readers."""

    @app.get(PATH, response_class=HTMLResponse)
    def read(doc: str = "", v: str = "", at: str = "", begin: str = fastapi.Query("", alias="from")) -> HTMLResponse:
        """One article."""
        start = int(begin) if begin.isdecimal() and len(begin) < 10 else None
        status, title, html = shown(index, Request(doc, parse(at), v, start))
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(page(title, html), status, headers=headers)


def shown(index: Index, request: Request) -> tuple[int, str, str]:
    """The HTTP status, the title, and the article as HTML, or in its place why it cannot be shown."""
    try:
        with index.reading() as catalog:
            row = catalog.document(request.document)
            if row is None:
                return 404, "Article not found", _problem(_GONE, request.document)
            return 200, row.title, _article(catalog, row, request)
    except AskDivideError as error:
        return 503, "Article not available", _problem(str(error), request.document)


def page(title: str, html: str) -> str:
    """A whole page, for a tab of its own; the chat takes only its main part."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{one_line(title)} · askdivide</title>"
    return f'<!doctype html><html lang="en"><head>{head}<style>{style()}</style></head><body class="alone">{html}</body></html>'


def _article(catalog: Catalog, row: DocumentRow, request: Request) -> str:
    text = catalog.text(row.id)
    changed = bool(request.version) and request.version != row.version
    standing = [span for span in request.spans if span.end <= len(text) and (not changed or span.stands_in(text))]
    target = standing[0] if standing and standing[0] == request.spans[0] else None
    chunks = catalog.outline(row.id)
    body, above = _body(text, row, standing, [(start, end) for start, end, _, _ in chunks])
    start, end = _part(text, body, target, request.begin)
    shape = Shape(
        markup=row.markup,
        title=row.title if start == body else "",
        headings={} if row.markup else _headings(heading for _, _, heading, _ in chunks),
        pages=_pages((begin, number) for begin, _, _, number in chunks),
        in_code=row.markup and len(_FENCE.findall(text, body, start)) % 2 == 1,
    )
    kept = replace(request, spans=standing)
    before = _more(kept, "Show what comes before", max(start - _PART, body), "#end") if start > body else ""
    after = _more(kept, "Show what follows", end, "") if end < len(text) else ""
    parts = [(start, end)]
    shown = typeset(text, start, end, standing, shape, target=target)
    if above and start == body:
        parts.append(above)
        shown = typeset(text, *above, standing, replace(shape, title="", in_code=False), target=target) + shown
    kind = "text" if row.markup else "text lines"
    part = f'{before}<div class="{kind}">{shown}</div>{after}<span id="end"></span>'
    return f'<main class="article">{_head(row, request, standing, changed, parts)}{part}</main>'


def _head(row: DocumentRow, request: Request, standing: Sequence[Span], changed: bool, parts: Sequence[tuple[int, int]]) -> str:
    date = safe(date_words(row.published)) if row.published else ""
    original = outside(row.url, "original") if row.url and is_web(row.url) else ""
    # An address that is no link is still worth knowing.
    known = [safe(row.source or ""), date, original or one_line(row.url or "")]
    tags = f'<ul class="tags" aria-label="Tags">{"".join(f"<li>{one_line(tag)}</li>" for tag in row.tags)}</ul>' if row.tags else ""
    told = ""
    if changed:
        lost = len(request.spans) - len(standing)
        rest = f" {counted(lost, 'quoted passage')} can no longer be found in {'its' if lost == 1 else 'their'} place." if lost else ""
        told = f'<p class="told" role="status">The article has changed since it was quoted.{rest}</p>'
    name = f'<p class="path">{one_line(row.path)}</p>'
    meta = f'<p class="meta">{" · ".join(one for one in known if one)}</p>'
    return f"<header><h1>{one_line(row.title)}</h1>{meta}{tags}{name}{told}{_cited(request, standing, parts)}</header>"


def _cited(request: Request, standing: Sequence[Span], parts: Sequence[tuple[int, int]]) -> str:
    """Ways to the cited passages, in the order of their numbers, also to those that are in other parts."""
    links = []
    for number, span in sorted(enumerate(standing), key=lambda one: one[1].number):
        if not span.number:
            continue
        anchor = "here" if span == request.spans[0] else f"at-{number}"
        inside = any(first <= span.start < last for first, last in parts)
        others = [span, *(one for one in standing if one != span)]
        href = f"#{anchor}" if inside else address(request.document, others, version=request.version)
        links.append(f'<a href="{safe(href)}">{badge(span)}</a>')
    return f'<nav class="cited" aria-label="Cited passages">Cited in the answer: {" ".join(links)}</nav>' if links else ""


def _more(request: Request, words: str, begin: int, anchor: str) -> str:
    href = address(request.document, request.spans, version=request.version, begin=begin) + anchor
    return f'<p class="more"><a href="{safe(href)}">{words}</a></p>'


def _problem(words: str, document: str) -> str:
    told = f'<p class="told" role="status">{one_line(words)}</p><p class="path">{one_line(document)}</p>'
    return f'<main class="article"><header><h1>This article cannot be shown</h1>{told}</header></main>'


def _body(text: str, row: DocumentRow, spans: Iterable[Span], chunks: Iterable[tuple[int, int]]) -> tuple[int, tuple[int, int] | None]:
    """Where the text begins that is shown, after front matter, and what of that is shown above it: the article's description.

    Where something else in the front matter is to be marked, all is shown from there.
    """
    matter = _FRONT_MATTER.match(text) if row.markup else None
    body = matter.end() if matter else 0
    said = [chunk for chunk in chunks if chunk[1] <= body]
    above = (said[0][0], said[-1][1]) if said else None
    others = [span.start for span in spans if span.start < body and not (above and above[0] <= span.start and span.end <= above[1])]
    return (min(others), None) if others else (body, above)


def _part(text: str, body: int, target: Span | None, begin: int | None) -> tuple[int, int]:
    """What of the text is shown at once: around the target or from `begin` on, cut between paragraphs or words."""
    if len(text) - body <= _PART * 1.25:
        return body, len(text)
    if begin is not None:
        start = min(max(begin, body), len(text))
    else:
        start = _seam(text, body, target.start - _BEFORE) if target and target.start - body > _BEFORE else body
    if target and begin is None:
        return start, _seam(text, min(target.end, start + _PART), start + _PART)
    return start, _seam(text, start, start + _PART)


def _seam(text: str, least: int, most: int) -> int:
    """A place to cut, at most at `most` and after `least`: after a paragraph, else a line, else a word."""
    if most >= len(text):
        return len(text)
    for sign in ("\n\n", "\n", " "):
        found = text.rfind(sign, max(least, most - _SEAM), most)
        if found > least:
            return found + len(sign)
    return max(most, least)


def _headings(paths: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in paths:
        for depth, heading in enumerate(path.split(" > ") if path else (), start=1):
            if len(found) < _HEADINGS_MOST:
                found.setdefault(" ".join(heading.split()), depth)
    return found


def _pages(chunks: Iterable[tuple[int, int | None]]) -> list[tuple[int, int]]:
    """Where each page begins, as far as the chunks tell."""
    found: list[tuple[int, int]] = []
    for start, number in chunks:
        if number is not None and (not found or found[-1][1] != number):
            found.append((start, number))
    return found


@cache
def style() -> str:
    """The style of a page of its own: the chat's colours, dark where the system is, and what an article looks like."""
    here = Path(__file__).parent
    light, dark = re.findall(r"\{(.*?)\}", (here / "style.css").read_text(encoding="utf-8"), re.DOTALL)[:2]
    colours = f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"
    return colours + (here / "style-article.css").read_text(encoding="utf-8")
