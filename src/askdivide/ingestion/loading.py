"""A file's documents beside what the index knows of them: which are new, which the same, which gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from askdivide.errors import ReadsTooLong, UnreadableDocument
from askdivide.ingestion import readers
from askdivide.ingestion.scan import File
from askdivide.records import Document, Failure


@dataclass(frozen=True)
class Loaded:
    """What has become of a file's documents since they were indexed."""

    new: Sequence[tuple[Document, str]] = ()
    """New and changed ones, with their version."""
    same: Sequence[str] = ()
    gone: Sequence[str] = ()
    failed: Sequence[Failure] = ()
    given_up: str = ""
    """SHA-256 of a file that takes too long to be read."""


def load(file: File, known: Mapping[str, str], given_up: Mapping[str, str]) -> Loaded:
    """Read `file`. `known` has the versions of the documents that are indexed of it, by path.

    `given_up` has why files took too long to be read, by their SHA-256; such a one is not tried again.

    A document's version is the SHA-256 of its file or, where a file holds several, of what was read of it: so a changed
    article leaves the others of its file as they are.
    """
    try:
        if file.size > readers.largest(file.path):
            raise UnreadableDocument(readers.too_large(file.path))
        data = file.place.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if known == {file.path: digest}:
            return Loaded(same=[file.path])
        if digest in given_up:
            return Loaded(failed=[Failure(file.path, given_up[digest])], given_up=digest)
        found = readers.articles(file.path, data)
    except ReadsTooLong as error:
        return Loaded(failed=[Failure(file.path, str(error))], given_up=digest)
    except UnreadableDocument as error:
        return Loaded(failed=[Failure(file.path, str(error))])
    except OSError as error:
        return Loaded(failed=[Failure(file.path, f"cannot be read ({error.strerror}); check its permissions")])
    versions = {one.path: digest if one.path == file.path else _version(one) for one in found.documents}
    return Loaded(
        new=[(one, versions[one.path]) for one in found.documents if known.get(one.path) != versions[one.path]],
        same=[path for path, version in versions.items() if known.get(path) == version],
        # While an article of the file cannot be read it may be any of those that are missing.
        gone=[] if found.failed else sorted(known.keys() - versions.keys()),
        failed=found.failed,
    )


def _version(document: Document) -> str:
    return hashlib.sha256(json.dumps({**asdict(document), "path": ""}, sort_keys=True).encode()).hexdigest()
