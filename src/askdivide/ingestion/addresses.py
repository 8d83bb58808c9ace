"""Addresses of the web: which of them are one page's, which articles came from where, and which of those a reader removed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from askdivide.errors import CorpusError

REMOVED = ".removed-addresses.txt"
"""File in the corpus folder, where it outlives the index: an address on each line. Its name is a hidden file's, never indexed."""
_FRONT_FIELD = re.compile(r"(?m)^(?:url|via)(?:: *| *= *)[\"']?(\S+?)[\"']?$")
_HEAD = 4096
_TRACKING = re.compile(r"utm_|fbclid$|gclid$|mc_[ce]id$", re.IGNORECASE)


def same_address(url: str) -> str:
    """`url` in a form that is equal for addresses of the same page: without scheme, fragment, tracking and final slash."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key)])
    return f"{host}{f':{port}' if port and port not in (80, 443) else ''}{parts.path.rstrip('/')}{f'?{query}' if query else ''}"


def addresses_in(place: Path) -> list[str]:
    """The addresses in the front matter of a Markdown file; none of any other, or of one that cannot be read."""
    if place.suffix not in (".md", ".markdown"):
        return []
    try:
        with place.open("rb") as stream:
            head = stream.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return []
    mark = head[:3]
    return _FRONT_FIELD.findall(head.partition(f"\n{mark}")[0]) if mark in ("---", "+++") else []


def note_removed(corpus: Path, addresses: Iterable[str]) -> None:
    """Note that the articles from these addresses are not wanted any more. Raises CorpusError where that cannot be written."""
    noted = removed_addresses(corpus)
    new = {address: None for address in addresses if same_address(address) not in noted}
    if not new:
        return
    try:
        with (corpus / REMOVED).open("a", encoding="utf-8") as stream:
            stream.write("".join(f"{address}\n" for address in new))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise CorpusError(f"{corpus / REMOVED} cannot be written ({error.strerror or error}); nothing was removed") from error


def removed_addresses(corpus: Path) -> set[str]:
    """What `note_removed` noted, in the form of `same_address`; somebody may have edited it. Raises CorpusError."""
    try:
        lines = (corpus / REMOVED).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise CorpusError(f"{corpus / REMOVED} cannot be read ({error.strerror or error}); check its permissions") from error
    return {same_address(line.strip()) for line in lines if line.strip()}
