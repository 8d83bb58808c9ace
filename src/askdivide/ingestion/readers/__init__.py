"""Readers: one file per format, from a file's bytes to a Document.

A reader is a function `read(path, data) -> Document` that raises UnreadableDocument with the reason. `READERS` names them by
file ending; a reader's module is imported when the first file of its kind is read.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath

from askdivide.errors import UnreadableDocument
from askdivide.records import Document

Reader = Callable[[str, bytes], Document]

READERS = {
    ".md": "askdivide.ingestion.readers.markdown:read",
    ".markdown": "askdivide.ingestion.readers.markdown:read",
    ".txt": "askdivide.ingestion.readers.plaintext:read",
    ".text": "askdivide.ingestion.readers.plaintext:read",
}
LARGEST = 32 * 1024 * 1024
"""Bytes; a larger file is reported, not read."""
TOO_LARGE = f"is larger than {LARGEST // 1024**2} MB; split it into articles"


def readable(name: str) -> bool:
    """Whether there is a reader for files named like this."""
    return PurePosixPath(name).suffix.lower() in READERS


def read(path: str, data: bytes) -> Document:
    """The document that the file `path` (below the corpus, with `/`) with the content `data` holds."""
    module, _, function = READERS[PurePosixPath(path).suffix.lower()].partition(":")
    reader: Reader = getattr(import_module(module), function)
    if len(data) > LARGEST:
        raise UnreadableDocument(TOO_LARGE)
    try:
        return reader(path, data)
    except UnreadableDocument:
        raise
    except Exception as error:
        # One article must not end the run for all, whatever it makes a parser do.
        raise UnreadableDocument(f"cannot be parsed ({type(error).__name__}: {' '.join(str(error).split())[:100]})") from error
