"""Saved web pages: the article in them, without navigation, banners, scripts and comments. Nothing is ever fetched."""

from __future__ import annotations

import codecs
import logging
import re
import warnings
from copy import deepcopy
from functools import cache
from typing import Any

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import hypertext
from askdivide.ingestion.readers.composing import Composer, clean, no_date
from askdivide.ingestion.readers.furniture import date_line
from askdivide.ingestion.readers.mending import is_all_links
from askdivide.records import Document
from askdivide.text.dates import parse_date

_CHARSET = re.compile(rb"""(?:<meta[^>]{0,200}charset\s*=\s*["']?|<\?xml[^>]{0,100}encoding\s*=\s*["'])([\w.:-]{2,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SHORT = 400
"""Characters; where no more is found, the page's own marks for its article may know better."""
_LEAST = 2 / 3
"""Of an article's prose: with less, something went wrong. Of 619 real pages that mark their article 3 have less, and lack half of it."""
_LONG, _LINKED = 160, 0.3
"""Characters and share of links: what is shorter or linked more may be of a menu or a teaser."""
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:comments?|respond|shar(?:e|ing)|social|related|recommended|newsletter|subscribe|cookies?|consent|promo|breadcrumbs?|"
    r"toc|menu|pagination|tags)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Names by which pages call what is no article, as class or id."""
_URL_MOST = 2000
_DATE_FIELDS = frozenset(
    "article:published_time og:published_time og:article:published_time datepublished date pubdate publishdate dc.date "
    "dc.date.issued dcterms.date dcterms.created date.published published_time".split()
)
"""Of `meta` elements, as property, name or itemprop, in small letters."""


def read(path: str, data: bytes) -> Document:
    """The article of a web page, with title, date, source and address where the page states them."""
    source = decode(data)
    root = hypertext.parse(source)
    if root.find(".//frameset") is not None:
        raise UnreadableDocument("is a page of frames without text of its own; save the frame with the article")
    found: Any = _trafilatura().bare_extraction(
        hypertext.source_of(root),
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        # Dates are taken where a page states them; one guessed from its text would be filtered by as if it were true.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    composer = Composer()
    if found is not None and found.body is not None:
        hypertext.compose(found.body, composer, keep_head=True)
    place = _place(root)
    marked = _composed(root if place is None else place)
    is_short = len(composer.text) < max(_SHORT, len(marked.text) // 3)
    # Of little text trafilatura makes one paragraph, with what the page hides.
    if is_short and (len(marked.text) > len(composer.text) or (marked and place is not None)):
        composer = marked
    elif place is not None:
        article = _without_furniture(place)
        own = _composed(article)
        if _weight(composer) < _LEAST * min(_weight(own), _prose(article)):
            composer = own
    stated = next((iso for block in composer.blocks[:12] if (iso := date_line(composer.of(block)))), None)
    published = parse_date(_field(found, "date")) or stated
    unread = None if published else _stated_date(root)
    return composer.document(
        path,
        title=_field(found, "title") or _title(root),
        published=published,
        source=_field(found, "sitename") or _field(found, "author"),
        url=_address(root) or _field(found, "url"),
        tags=_tags(root),
        notes=(no_date(unread),) if unread else (),
    )


@cache
def _trafilatura() -> Any:
    with warnings.catch_warnings():
        # Its downloading half, which is never called, warns of what it could do with more packages.
        warnings.simplefilter("ignore")
        import trafilatura
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return trafilatura


def decode(data: bytes) -> str:
    """The text of a page in the encoding that it declares; undeclared, in UTF-8 or else Windows-1252, as browsers have it."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    declared = _CHARSET.search(data[:4096])
    for name in ([declared.group(1).decode("ascii")] if declared else []) + ["utf-8"]:
        try:
            # What browsers take for Latin-1 and GB2312 are their supersets.
            name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(
                name.lower(), name
            )
            if name.lower().startswith("utf-16"):
                continue  # It could not have been read as far as the declaration.
            return str(data.decode(name))
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", "replace")


def _place(root: Any) -> Any:
    """What the page itself marks as its article; None where it marks nothing."""
    articles = root.findall(".//article")
    return articles[0] if len(articles) == 1 else root.find(".//main")


def _composed(node: Any) -> Composer:
    composer = Composer()
    hypertext.compose(node, composer)
    return composer


def _weight(composer: Composer) -> int:
    """The characters of paragraphs, list items and headings; tables and code are laid out with many more."""
    return sum(block.end - block.start for block in composer.blocks if block.kind in ("text", "item", "heading"))


def _prose(node: Any) -> int:
    """The characters of long paragraphs and list items that are not mostly links."""
    total = 0
    for part in node.iter("p", "li"):
        words = len(hypertext.text_of(part))
        linked = sum(len(hypertext.text_of(link)) for link in part.iter("a"))
        if words >= _LONG and linked < _LINKED * words and next(part.iterdescendants("p", "li"), None) is None:
            total += words
    return total


def _without_furniture(place: Any) -> Any:
    """A copy of `place` without menus, which are lists of nothing but links, forms, and what names itself comments and the like."""
    copied = deepcopy(place)
    most = len("".join(copied.itertext())) // 2
    for node in list(copied.iterdescendants("ul", "ol", "form", "div", "section", "p")):
        named = node.tag == "form" or _FURNITURE.search(f"{node.get('class') or ''} {node.get('id') or ''}")
        # A page may name all that it holds so: "has-comments", one form around everything.
        if (named and len("".join(node.itertext())) < most) or (node.tag in ("ul", "ol") and is_all_links(node)):
            node.drop_tree()
    return copied


def _title(root: Any) -> str | None:
    for name in ("h1", "title"):
        node = root.find(f".//{name}")
        if node is not None and (text := hypertext.text_of(node)):
            return text
    return None


def _address(root: Any) -> str | None:
    for query in (".//link[@rel='canonical']", ".//meta[@property='og:url']"):
        node = root.find(query)
        address = clean((node.get("href") or node.get("content") or "") if node is not None else "")
        if re.match(r"https?://[^\s/]", address) and len(address) <= _URL_MOST:
            return address
    return None


def _stated_date(root: Any) -> str | None:
    """What the page itself gives as the date of its article."""
    for node in root.iterfind(".//meta"):
        names = {(node.get(attribute) or "").strip().lower() for attribute in ("property", "name", "itemprop")}
        if names & _DATE_FIELDS and (content := clean(node.get("content") or "")):
            return content
    return None


def _tags(root: Any) -> tuple[str, ...]:
    found = [node.get("content") or "" for node in root.iterfind(".//meta[@property='article:tag']")]
    keywords = root.find(".//meta[@name='keywords']")
    if not found and keywords is not None:
        found = re.split(r"[,，、;]", keywords.get("content") or "")
    return tuple(dict.fromkeys(tag for text in found[:20] if (tag := clean(text)) and len(tag) <= 60))


def _field(found: Any, name: str) -> str | None:
    value = getattr(found, name, None)
    return clean(value) or None if isinstance(value, str) else None
