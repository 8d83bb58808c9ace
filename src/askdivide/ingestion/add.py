"""Adding to the corpus: files, folders, pages of the web and the articles of feeds. What is added stays a readable file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from askdivide.errors import CorpusError, FetchError, UnreadableDocument
from askdivide.files import replace_file
from askdivide.ingestion import readers
from askdivide.ingestion.addresses import addresses_in, removed_addresses, same_address
from askdivide.ingestion.reindex import OnProgress, Progress, reindex
from askdivide.ingestion.scan import endings, passed_over, scan
from askdivide.records import Failure, IndexReport
from askdivide.settings import Settings

if TYPE_CHECKING:
    from askdivide.ingestion.feeds import Entry
    from askdivide.ingestion.fetch import Fetcher, Page

WAIT = 60.0
"""Seconds to wait for another process that writes the index, such as a server that has seen the new file first."""
_WEB = "web"
"""Folder of the corpus for what was fetched."""


@dataclass
class Added:
    """What `add` did."""

    stored: list[str] = field(default_factory=list)
    """Documents that are new in the corpus, or were replaced."""
    known: list[tuple[str, str]] = field(default_factory=list)
    """What was there already, and as which document."""
    left_out: list[str] = field(default_factory=list)
    """Addresses of a feed's articles that were removed from the corpus before."""
    failed: list[Failure] = field(default_factory=list)
    """What was not added, by the name it was given, and why."""
    report: IndexReport | None = None
    """The run of indexing that followed."""

    def to_dict(self) -> dict[str, Any]:
        """The shape of `add --json`."""
        return {
            "stored": self.stored,
            "known": [{"given": given, "document": document} for given, document in self.known],
            "left_out": self.left_out,
            "failed": [{"given": failure.document, "reason": failure.reason} for failure in self.failed],
            "index": self.report.to_dict() if self.report else None,
        }


def add(
    settings: Settings,
    sources: Sequence[str],
    *,
    into: str = "",
    replace: bool = False,
    most_entries: int = 50,
    fetcher: Fetcher | None = None,
    on_progress: OnProgress | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Added:
    """Put files, folders, pages and feeds' articles into the corpus, and bring the index in line.

    Files are copied, into the folder `into` of the corpus where one is given; one that stands there with other content is
    only replaced with `replace`. A page is stored as Markdown; the address of a feed adds each of its newest `most_entries`
    articles once, but for those that were taken out with `remove`: only their own address brings them back. What cannot be
    added is reported and stops nothing. Raises CorpusError, IndexProblem or EmbeddingError.
    """
    run = _Adding(
        settings.corpus,
        _folder(into),
        replace,
        most_entries,
        fetcher,
        on_progress or (lambda progress: None),
        on_note or (lambda note: None),
    )
    settings.corpus.mkdir(parents=True, exist_ok=True)
    for source in sources:
        run.add(source)
    if run.done.stored or any(scan(settings.corpus).files):
        run.done.report = reindex(settings, wait=WAIT, on_progress=on_progress, on_note=on_note)
    return run.done


@dataclass
class _Adding:
    corpus: Path
    into: PurePosixPath
    replace: bool
    most_entries: int
    fetcher: Fetcher | None
    on_progress: OnProgress
    on_note: Callable[[str], None]
    done: Added = field(default_factory=Added)
    _addresses: dict[str, str] | None = None

    def add(self, source: str) -> None:
        with self._reported(source):
            if "://" in source:
                self._add_address(source)
            elif (place := Path(source)).is_dir():
                self._add_folder(place)
            else:
                self._add_file(place, self.into / place.name, source)

    @contextmanager
    def _reported(self, given: str) -> Iterator[None]:
        """What goes wrong with one thing stops nothing else."""
        try:
            yield
        except (FetchError, UnreadableDocument, CorpusError) as error:
            self.done.failed.append(Failure(given, str(error)))
        except OSError as error:
            self.done.failed.append(Failure(given, f"cannot be copied ({error.strerror or error})"))

    def _add_folder(self, folder: Path) -> None:
        if folder.resolve() == self.corpus.resolve() or self.corpus.resolve().is_relative_to(folder.resolve()):
            raise CorpusError("is the corpus folder, or holds it; nothing is to be copied, run: askdivide index")
        found = scan(folder)
        self.done.failed += [Failure(f"{folder}/{failure.document}", failure.reason) for failure in found.failed]
        if not found.files and not found.failed:
            raise CorpusError(f"holds no articles; readable are files that end in {endings()}")
        if left := found.left_alone():
            self.on_note(f"of {folder} {left}")
        for file in found.files:
            given = f"{folder}/{file.path}"
            with self._reported(given):
                self._add_file(file.place, self.into / folder.resolve().name / file.path, given)

    def _add_file(self, place: Path, path: PurePosixPath, given: str) -> None:
        if not place.exists():
            raise CorpusError("does not exist")
        if not place.is_file():
            raise CorpusError("is not a regular file")
        _check_name(path)
        inside = place.resolve()
        if inside.is_relative_to(self.corpus.resolve()):
            self.done.known.append((given, inside.relative_to(self.corpus.resolve()).as_posix()))
            return
        if place.stat().st_size > readers.largest(path.as_posix()):
            raise UnreadableDocument(readers.too_large(path.as_posix()))
        data = place.read_bytes()
        # Rather refused here than kept in the corpus and reported with every run.
        readers.articles(path.as_posix(), data)
        self._store(path, data, given, replace=self.replace)

    def _add_address(self, url: str) -> None:
        from askdivide.ingestion.feeds import entries, is_feed

        page = self._fetch(url)
        if not is_feed(page.content, page.kind):
            self._store_page(page, url)
            return
        _, found = entries(page.content, page.url)
        if not found:
            raise FetchError("is a feed without articles")
        chosen = found[: self.most_entries]
        removed = removed_addresses(self.corpus)
        for number, entry in enumerate(chosen, start=1):
            with self._reported(entry.url):
                self.on_progress(Progress(number, len(chosen), entry.url))
                if path := self._known(entry.url):
                    self.done.known.append((entry.url, path))
                elif same_address(entry.url) in removed:
                    self.done.left_out.append(entry.url)
                else:
                    self._store_page(self._fetch(entry.url), entry.url, entry)

    def _store_page(self, page: Page, asked: str, entry: Entry | None = None) -> None:
        from askdivide.ingestion.page import article

        text, fields = article(page, asked=asked, entry=entry)
        path = self._known(asked) or self._known(page.url) or self._known(fields["url"])
        if path and entry:
            self.done.known.append((asked, path))
            self._remember(asked, path)
            return
        if entry and {same_address(address) for address in (page.url, fields["url"])} & removed_addresses(self.corpus):
            # The feed names it by another address than before.
            self.done.left_out.append(asked)
            return
        if path and _without_fetching(text) == _without_fetching(self._text(path)):
            # Fetched again on another day, and the same: what was stored stays.
            self.done.known.append((asked, path))
            return
        path = path or (self.into if self.into.parts else PurePosixPath(_WEB)).joinpath(_page_name(fields)).as_posix()
        self._store(PurePosixPath(path), text.encode("utf-8"), asked, replace=True)
        for address in (asked, page.url, fields["url"]):
            self._remember(address, path)

    def _store(self, path: PurePosixPath, data: bytes, given: str, *, replace: bool) -> None:
        target = self.corpus / path
        if target.is_file():
            if target.read_bytes() == data:
                self.done.known.append((given, path.as_posix()))
                return
            if not replace:
                raise CorpusError(f"would replace {path} in the corpus, which has other content; to do so use --replace")
        if not target.parent.resolve().is_relative_to(self.corpus.resolve()):
            raise CorpusError(f"would be stored outside the corpus (a folder of {path} is a link)")
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, data)
        self.done.stored.append(path.as_posix())

    def _fetch(self, url: str) -> Page:
        if self.fetcher is None:
            from askdivide.ingestion.fetch import Fetcher

            self.fetcher = Fetcher()
        return self.fetcher.fetch(url)

    def _text(self, path: str) -> str:
        return (self.corpus / path).read_text(encoding="utf-8", errors="replace")

    def _known(self, url: str) -> str | None:
        if self._addresses is None:
            self._addresses = {}
            for file in scan(self.corpus).files:
                for address in addresses_in(file.place):
                    self._remember(address, file.path)
        path = self._addresses.get(same_address(url))
        return path if path and (self.corpus / path).is_file() else None

    def _remember(self, url: str, path: str) -> None:
        assert self._addresses is not None
        self._addresses.setdefault(same_address(url), path)


def _folder(into: str) -> PurePosixPath:
    path = PurePosixPath(into.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or any(part.startswith(".") for part in path.parts):
        raise CorpusError(f"{into} is no folder of the corpus; name one below it, without .. and not hidden")
    return path


def _check_name(path: PurePosixPath) -> None:
    name = path.name
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in path.as_posix()):
        raise CorpusError("has a name with control characters, or one that is not UTF-8; rename it")
    if passed_over(name):
        raise CorpusError("has the name of a hidden or temporary file, which is never indexed; rename it")
    if not readers.readable(name):
        raise CorpusError(f"is of a kind that has no reader; readable are files that end in {endings()}")


def _page_name(fields: dict[str, str]) -> str:
    """A name for a page's file: its site, its title in words, and a few figures of its address that tell it from others."""
    host = re.sub(r"[^a-z0-9.-]+", "-", (urlsplit(fields["url"]).hostname or "").lower()).strip(".-")
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", fields["title"]).lower()).strip("-")
    slug = words.encode("utf-8")[:100].decode("utf-8", "ignore").strip("-")
    return f"{host}/{slug or 'page'}-{hashlib.sha256(same_address(fields['url']).encode()).hexdigest()[:6]}.md"


def _without_fetching(text: str) -> str:
    """A stored page without the fields that say how it was fetched: the last one may differ for the same page."""
    head, mark, body = text.partition("\n---\n")
    return re.sub(r"(?m)^(?:retrieved|via|url): .*\n?", "", head) + mark + body
