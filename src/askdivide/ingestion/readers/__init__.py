"""Readers: one file per format, from a file's bytes to documents.

A reader is a function `read(path, data)` that returns a Document, or Articles where a file holds several, and raises
UnreadableDocument with the reason. `READERS` names them by file ending; other packages add theirs through the entry point
group `askdivide.readers`. A reader's module is imported when the first file of its kind is read; all but those of plain text
run in a process of their own (`confined`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.checking import fault, is_name, is_text
from askdivide.ingestion.readers.confined import Worker
from askdivide.records import Document, Failure
from askdivide.text.dates import date_in_path


@dataclass(frozen=True)
class Articles:
    """What a file holds: its documents, named below the file's own path, and those articles of it that cannot be read."""

    documents: tuple[Document, ...]
    failed: tuple[Failure, ...] = ()


Reader = Callable[[str, bytes], Document | Articles]

GROUP = "askdivide.readers"
"""Entry points are named by file ending without the dot: `rtf = "package.module:read"`. Ours go before them."""
_HERE = "askdivide.ingestion.readers"
READERS = {
    ".md": f"{_HERE}.markdown:read",
    ".markdown": f"{_HERE}.markdown:read",
    ".txt": f"{_HERE}.plaintext:read",
    ".text": f"{_HERE}.plaintext:read",
    ".html": f"{_HERE}.webpage:read",
    ".htm": f"{_HERE}.webpage:read",
    ".xhtml": f"{_HERE}.webpage:read",
    ".pdf": f"{_HERE}.pdf:read",
    ".docx": f"{_HERE}.docx:read",
    ".epub": f"{_HERE}.epub:read",
    ".mdx": f"{_HERE}.markdown:read",
    ".json": f"{_HERE}.collection:read_json",
    ".jsonl": f"{_HERE}.collection:read_jsonl",
    ".ndjson": f"{_HERE}.collection:read_jsonl",
    ".csv": f"{_HERE}.collection:read_csv",
    ".tsv": f"{_HERE}.collection:read_csv",
}
_IN_PROCESS = frozenset({f"{_HERE}.markdown:read", f"{_HERE}.plaintext:read"})
LARGEST = 32 * 1024 * 1024
"""Bytes; a larger file is reported, not read."""
_LARGEST = {".html": 8, ".htm": 8, ".xhtml": 8, ".pdf": 128, ".docx": 128, ".epub": 128}
"""Megabytes, where that is not the limit: pictures make some formats large, and web pages are none of that size."""

_worker = Worker()


def readable(name: str) -> bool:
    """Whether there is a reader for files named like this."""
    ending = PurePosixPath(name).suffix.lower()
    return ending in READERS or (bool(ending) and ending in _others())


def largest(path: str) -> int:
    """How many bytes a file named like this may have."""
    megabytes = _LARGEST.get(PurePosixPath(path).suffix.lower())
    return megabytes * 1024 * 1024 if megabytes else LARGEST


def too_large(path: str) -> str:
    """The reason why a larger file is not read."""
    return f"is larger than {largest(path) // 1024**2} MB; split it into articles"


def articles(path: str, data: bytes) -> Articles:
    """What the file `path` (below the corpus, with `/`) with the content `data` holds. Raises UnreadableDocument.

    One document has the file's own path; several have paths below it, and each its own content's notes.
    """
    ending = PurePosixPath(path).suffix.lower()
    target = READERS.get(ending) or _others()[ending]
    if len(data) > largest(path):
        raise UnreadableDocument(too_large(path))
    if target in _IN_PROCESS:
        found = run_reader(target, path, data)
    else:
        documents, failed = _worker.read(target, path, data)
        found = Articles(tuple(documents), tuple(failed))
    return replace(found, documents=tuple(_dated(document, path) for document in found.documents))


def _dated(document: Document, path: str) -> Document:
    """`document` with the date in its address or, where it is all that its file holds, in the file's path, if it tells none itself."""
    if document.published:
        return document
    return replace(document, published=date_in_path(document.url or "") or (date_in_path(path) if document.path == path else None))


def read(path: str, data: bytes) -> Document:
    """The one document that a file holds. Raises UnreadableDocument, also where there are several."""
    found = articles(path, data)
    if len(found.documents) != 1 or found.failed:
        raise UnreadableDocument(f"holds {len(found.documents) + len(found.failed)} articles, not one")
    return found.documents[0]


def close() -> None:
    """End the process that reads, if one was started. The next file starts another."""
    _worker.close()


def run_reader(target: str, path: str, data: bytes) -> Articles:
    """What the reader `target` ("module:function") makes of a file, in this process."""
    module, _, function = target.partition(":")
    try:
        reader: Reader = getattr(import_module(module), function)
        return _checked(reader(path, data), path, f"cannot be read: its reader {target}")
    except UnreadableDocument as error:
        raise UnreadableDocument(_line(str(error))) from error
    except MemoryError as error:
        raise UnreadableDocument("needs more memory than it may use to be read; split it or save it in another way") from error
    except ModuleNotFoundError as error:
        raise UnreadableDocument(
            f"needs the Python package {error.name} to be read, which is not installed; install it and run again"
        ) from error
    except Exception as error:
        # One article must not end the run for all, whatever it makes a parser do.
        raise UnreadableDocument(f"cannot be parsed ({type(error).__name__}: {_line(str(error))[:100]})") from error


def _checked(found: object, path: str, begun: str) -> Articles:
    """What a reader gave, where it is what a reader has to give. `begun` is how a sentence about its fault begins."""
    if not isinstance(found, Articles):
        if wrong := fault(found, path):
            raise UnreadableDocument(f"{begun} {wrong}")
        return Articles((cast(Document, found),))
    if not isinstance(found.documents, tuple | list) or not isinstance(found.failed, tuple | list):
        raise UnreadableDocument(f"{begun} gives Articles that are no tuple of Documents and tuple of Failures")
    if not all(type(one) is Failure and is_text(one.document) and is_text(one.reason) for one in found.failed):
        raise UnreadableDocument(f"{begun} gives failed articles that are no Failures of two texts")
    documents: dict[str, Document] = {}
    failed = list(found.failed)
    for number, document in enumerate(found.documents, start=1):
        if wrong := fault(document, path) or ("gives two documents this name" if document.path in documents else None):
            name = getattr(document, "path", None)
            failed.append(Failure(str(name) if is_name(name, path) else f"{path}/{number}", f"{begun} {wrong}"))
        else:
            documents[document.path] = document
    if not documents:
        raise UnreadableDocument(
            f"holds no article that can be read; the first {failed[0].reason}" if failed else f"{begun} finds no articles"
        )
    return Articles(tuple(documents.values()), tuple(failed))


def _line(text: str) -> str:
    """`text` on one line, and such as the catalog can hold: parsers put what they stumbled over into their errors."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


@cache
def _others() -> dict[str, str]:
    """Readers of other packages by file ending. Asked for only when a file has an ending that is none of ours."""
    from importlib.metadata import entry_points

    return {f".{entry.name.lower().lstrip('.')}": entry.value for entry in entry_points(group=GROUP)}
