"""Books and magazines (.epub): one document, chapter by chapter in reading order."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import hypertext
from askdivide.ingestion.readers.composing import Composer, clean
from askdivide.ingestion.readers.packed import Archive, joined
from askdivide.ingestion.readers.webpage import decode
from askdivide.records import Document
from askdivide.text.dates import parse_date

_DC = "{http://purl.org/dc/elements/1.1/}"
_CHAPTERS_MOST = 5_000


def read(path: str, data: bytes) -> Document:
    """The text of a book, its chapters' headings included; the table of contents and the cover are left out."""
    archive = Archive(data)
    if archive.has("META-INF/encryption.xml") and _encrypts_text(archive):
        raise UnreadableDocument("is protected (DRM) and cannot be read; get it without protection")
    container = archive.tree("META-INF/container.xml")
    rootfile = container.find(".//{*}rootfile")
    name = (rootfile.get("full-path") or "") if rootfile is not None else ""
    package = archive.tree(name)
    folder = posixpath.dirname(name)
    composer = Composer()
    problem = None
    for chapter in _chapters(package, folder):
        try:
            hypertext.compose(hypertext.parse(decode(archive.part(chapter))), composer)
        except UnreadableDocument as error:
            if "unpacks to" in str(error) or "million characters" in str(error):
                raise
            problem = problem or error
    if problem and not composer:
        raise problem
    return composer.document(
        path,
        title=_field(package, "title"),
        published=parse_date(_field(package, "date")),
        source=_field(package, "publisher") or _field(package, "creator"),
        tags=tuple(dict.fromkeys(tag for node in package.iter(f"{_DC}subject") if (tag := clean(node.text or "")))),
        notes=(f"has chapters that cannot be read: {problem}",) if problem else (),
    )


def _chapters(package: Any, folder: str) -> list[str]:
    items = {node.get("id"): node for node in package.iterfind("{*}manifest/{*}item")}
    names = []
    for reference in package.findall("{*}spine/{*}itemref")[:_CHAPTERS_MOST]:
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        if "html" in (item.get("media-type") or "html"):
            names.append(joined(folder, unquote(item.get("href") or "")))
    return list(dict.fromkeys(names))


def _encrypts_text(archive: Archive) -> bool:
    # Fonts are often obscured without any protection of the text.
    references = [node.get("URI") or "" for node in archive.tree("META-INF/encryption.xml").iter("{*}CipherReference")]
    return any(reference.lower().endswith((".html", ".xhtml", ".htm", ".opf")) for reference in references)


def _field(package: Any, name: str) -> str | None:
    node = package.find(f"{{*}}metadata/{_DC}{name}")
    return clean(node.text or "") or None if node is not None else None
