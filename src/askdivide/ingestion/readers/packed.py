"""Files that are ZIP archives of XML (DOCX, EPUB), opened with limits on what they unpack to."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any

from lxml import etree

from askdivide.errors import UnreadableDocument

_UNPACKED_MOST = 64 * 1024 * 1024
"""Bytes unpacked from one file, all its parts together; pictures are never unpacked."""
_RATIO_MOST = 200
"""A part of more than a megabyte that packs better than this is no text: prose packs 3 to 5 times, repetitive XML 30 to 60."""
_PARTS_MOST = 20_000
_DAMAGED = "is damaged or not a file of this kind; save it again"


class Archive:
    """The parts of a packed file. What cannot be read raises UnreadableDocument."""

    def __init__(self, data: bytes) -> None:
        """Open the archive that `data` is."""
        # Office keeps documents with a password in an older container, which this mark begins.
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            raise UnreadableDocument(
                "is encrypted with a password, or of an older Office format; save it without one in the format of its ending"
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        self._names = {info.filename: info for info in self._zip.infolist()[:_PARTS_MOST]}
        self._left = _UNPACKED_MOST

    def has(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self._names

    def part(self, name: str) -> bytes:
        """The content of a part."""
        info = self._names.get(name)
        if info is None:
            raise UnreadableDocument(f"has no part {name}; it is damaged or not a file of this kind")
        if info.flag_bits & 1:
            raise UnreadableDocument("is encrypted; save it without a password")
        try:
            with self._zip.open(info) as stream:
                # What the archive says about sizes need not be true: no more is unpacked than is allowed.
                content = stream.read(self._left + 1)
        except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, ValueError, OSError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        if len(content) > self._left:
            raise UnreadableDocument(f"unpacks to more than {_UNPACKED_MOST // 1024**2} MB; it is no article")
        if len(content) > 1024**2 and len(content) > _RATIO_MOST * max(info.compress_size, 1):
            raise UnreadableDocument(f"unpacks to more than {_RATIO_MOST} times its size; it is no article")
        self._left -= len(content)
        return content

    def tree(self, name: str) -> Any:
        """The root element of a part that is XML. Entities are not resolved, and those of its own making refused."""
        return parse_xml(self.part(name))


def parse_xml(content: bytes) -> Any:
    """The root element of an XML file. Raises UnreadableDocument, also for one that defines entities."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(f"holds XML that cannot be parsed ({' '.join(str(error).split())[:80]}); save it again") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise UnreadableDocument("holds XML that defines entities of its own; no article needs them")
    return root


def joined(folder: str, reference: str) -> str:
    """The name of the part that `reference`, in a part of `folder`, points to."""
    return posixpath.normpath(posixpath.join(folder, reference)).lstrip("/")
