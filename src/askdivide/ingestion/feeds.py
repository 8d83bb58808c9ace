"""RSS and Atom feeds: the articles that they name."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from askdivide.errors import FetchError
from askdivide.text.dates import parse_date

MOST_ENTRIES = 500


@dataclass(frozen=True)
class Entry:
    """An article that a feed names."""

    url: str
    title: str | None
    published: str | None


def is_feed(content: bytes, kind: str) -> bool:
    """Whether a fetched page is a feed: by its media type, or by how it begins where that is XML or unknown."""
    if kind in ("application/rss+xml", "application/atom+xml", "application/rdf+xml"):
        return True
    start = content[:2000].lower()
    return "html" not in kind and any(mark in start for mark in (b"<rss", b"<feed", b"<rdf:rdf"))


def entries(content: bytes, url: str) -> tuple[str | None, list[Entry]]:
    """A feed's own title, and its entries, each address once, in the feed's order. Raises FetchError where it is no feed.

    Entities are not resolved and nothing is loaded; broken XML is read as far as it goes, for feeds often are.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FetchError(f"is no feed that can be read ({' '.join(str(error).split())[:100]})") from error
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        raise FetchError("is no feed that can be read")
    title = None
    found: dict[str, Entry] = {}
    for element in root.iter():
        name = _name(element)
        if name == "title" and title is None:
            title = _text(element)
        elif name in ("item", "entry"):
            entry = _entry(element, url)
            if entry and len(found) < MOST_ENTRIES:
                found.setdefault(entry.url, entry)
    return title, list(found.values())


def _entry(element: etree._Element, base: str) -> Entry | None:
    link = title = published = identity = None
    for child in element:
        name, text = _name(child), _text(child)
        if name == "link":
            target = child.get("href") or text
            if target and (link is None or (child.get("rel") or "alternate") == "alternate"):
                link = target
        elif name == "title":
            title = title or text
        elif name in ("guid", "id") and child.get("isPermaLink", "true").lower() != "false":
            identity = text
        elif name in ("pubDate", "published", "date", "updated", "issued") and text:
            published = published if published and name == "updated" else parse_date(text) or published
    if link is None and identity and identity.startswith(("http://", "https://")):
        link = identity
    return Entry(urljoin(base, link), title, published) if link else None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(element: etree._Element) -> str | None:
    return " ".join("".join(element.itertext()).split()) or None
