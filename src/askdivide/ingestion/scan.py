"""What is in the corpus folder, and what of it has changed since the last run."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from askdivide.errors import CorpusError
from askdivide.index.folder import LOCK
from askdivide.ingestion.readers import READERS, readable
from askdivide.records import Failure


@dataclass(frozen=True)
class File:
    """An article's file."""

    path: str
    """Path below the corpus folder, with `/`."""
    place: Path
    size: int
    mtime_ns: int


@dataclass
class Scan:
    """The files of a corpus folder."""

    files: list[File] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    """Files of kinds that have no reader, by their ending."""
    folders: list[int] = field(default_factory=list, compare=False)
    """When something last came into each folder or left it, in nanoseconds, in the order of the walk."""

    def left_alone(self) -> str | None:
        """A line on the files of other kinds, for people; None where there are none."""
        kinds = ", ".join(f"{count} {ending}" for ending, count in self.other.most_common(5))
        return f"left alone, no reader for their kind: {kinds} (readable are {endings()})" if kinds else None


def scan(corpus: Path) -> Scan:
    """The articles below `corpus`, by path. Hidden and temporary files and index folders are passed over; links must not lead out.

    Raises CorpusError where there is no such folder, or it is an index.
    """
    check_folder(corpus)
    found = Scan()
    root = corpus.resolve()

    def unreadable(error: OSError) -> None:
        path = Path(os.path.relpath(error.filename, corpus)).as_posix()
        if path == ".":
            raise CorpusError(f"corpus folder {corpus} cannot be read ({error.strerror}); check its permissions") from error
        found.failed.append(Failure(path, f"cannot be read ({error.strerror}); check its permissions"))

    for folder, folders, names in os.walk(corpus, onerror=unreadable):
        folders[:] = [name for name in sorted(folders) if _entered(found, root, corpus, Path(folder) / name)]
        with suppress(OSError):
            found.folders.append(os.stat(folder).st_mtime_ns)
        for name in sorted(names):
            if passed_over(name):
                continue
            if not readable(name):
                # A file without an ending (LICENSE, Makefile) is not meant as an article.
                if ending := os.path.splitext(name)[1].lower():
                    found.other[ending] += 1
                continue
            _add(found, root, corpus, Path(folder) / name)
    found.files.sort(key=lambda file: file.path)
    return found


def check_folder(corpus: Path) -> None:
    """Raises CorpusError where there is no such folder, or it is an index."""
    if not corpus.is_dir():
        what = "is not a folder" if corpus.exists() else "does not exist"
        raise CorpusError(f"corpus folder {corpus} {what}; give another with --corpus, or make it and put articles in")
    if (corpus / LOCK).exists():
        raise CorpusError(f"corpus folder {corpus} is an index; give the folder of articles with --corpus")


def _entered(found: Scan, root: Path, corpus: Path, folder: Path) -> bool:
    """Whether a folder is looked into: links to folders are not, and one that leads out of the corpus is reported."""
    if folder.name.startswith("."):
        return False
    if folder.is_symlink():
        with suppress(OSError, RuntimeError):
            if not folder.resolve().is_relative_to(root):
                path = folder.relative_to(corpus).as_posix().encode("utf-8", "backslashreplace").decode()
                found.failed.append(Failure(path, "is a link to a folder outside of the corpus; put the folder itself here"))
        return False
    # "askdivide index --corpus ." makes its index among the articles.
    return not (folder / LOCK).exists()


def _add(found: Scan, root: Path, corpus: Path, place: Path) -> None:
    path = place.relative_to(corpus).as_posix()
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        found.failed.append(Failure(path.encode("utf-8", "backslashreplace").decode(), "its name is not UTF-8; rename it"))
        return
    if any(unicodedata.category(char) == "Cc" for char in path):
        found.failed.append(Failure(path.encode("unicode_escape").decode(), "its name holds control characters; rename it"))
        return
    try:
        if place.is_symlink() and not place.resolve(strict=True).is_relative_to(root):
            found.failed.append(Failure(path, "is a link that leads out of the corpus; copy the file instead"))
            return
        stat = place.stat()
    except (OSError, RuntimeError) as error:
        if isinstance(error, FileNotFoundError) and place.is_symlink():
            target = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in os.readlink(place))
            found.failed.append(Failure(path, f"is a link that leads nowhere, to {target}; mend or remove it"))
            return
        # RuntimeError is how Python before 3.13 tells of a link that leads to itself.
        reason = error.strerror if isinstance(error, OSError) else "the link leads to itself"
        found.failed.append(Failure(path, f"cannot be read ({reason}); check it and its permissions"))
        return
    if not place.is_file():
        found.failed.append(Failure(path, "is not a regular file; remove it"))
        return
    found.files.append(File(path, place, stat.st_size, stat.st_mtime_ns))


def file_of(document: str, files: Container[str]) -> str | None:
    """Which of `files` holds a document: the one at its path or, for one of several in a file, the one above it."""
    if document in files:
        return document
    return next((path for parent in PurePosixPath(document).parents if (path := parent.as_posix()) in files), None)


def passed_over(name: str) -> bool:
    """Whether a file of this name is hidden, or one that editors and downloads make for a while."""
    return name.startswith((".", "~$", "#")) or name.endswith(("~", ".swp", ".tmp", ".part", ".crdownload"))


def endings() -> str:
    """The file endings that are read, for messages."""
    return " ".join(READERS)
