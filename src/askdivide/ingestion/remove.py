"""Taking documents out: of the corpus and of the index, in one go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from askdivide.errors import CorpusError, IndexDamaged, IndexMissing
from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, current, writing
from askdivide.ingestion.add import WAIT
from askdivide.ingestion.addresses import addresses_in, note_removed
from askdivide.ingestion.loading import load
from askdivide.ingestion.reindex import OnProgress, bring_in_line
from askdivide.ingestion.scan import File, scan
from askdivide.records import IndexReport
from askdivide.settings import Settings


@dataclass(frozen=True)
class Removed:
    """What `remove` did."""

    documents: Sequence[str]
    """Out of the corpus and the index."""
    moved_to: Path | None
    """Where their files are now; None: deleted."""
    report: IndexReport
    """The run of indexing that followed, which also takes in what else has changed."""

    def to_dict(self) -> dict[str, Any]:
        """The shape of `remove --json`."""
        return {
            "removed": list(self.documents),
            "moved_to": str(self.moved_to) if self.moved_to else None,
            "index": self.report.to_dict(),
        }


def remove(
    settings: Settings,
    names: Sequence[str],
    *,
    keep_in: Path | None = None,
    on_progress: OnProgress | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Removed:
    """Take the named documents out of corpus and index. Files are deleted, or moved into the folder `keep_in`.

    A name is a document's, or the path of its file. Addresses that they came from are noted, so that no feed brings them back.
    Where a name is unknown, or a file is not as it was indexed, nothing is removed and CorpusError says which: it may be of
    another corpus than the index is. Raises CorpusError, IndexProblem or EmbeddingError.
    """
    corpus = settings.corpus.resolve()
    if keep_in and keep_in.resolve().is_relative_to(corpus):
        raise CorpusError(f"{keep_in} is in the corpus, where the articles would be indexed again; name a folder elsewhere")
    with writing(settings.index, wait=WAIT):
        files = {file.path: file for file in scan(settings.corpus).files}
        known = {path: file.place for path, file in files.items()}
        indexed = _indexed(settings)
        chosen = dict.fromkeys(_document(name, corpus, known, indexed.keys()) for name in names)
        for path in chosen:
            _check_indexed(path, files.get(path), indexed)
        targets = {path: keep_in / path for path in chosen if path in known} if keep_in else {}
        for path, target in targets.items():
            if target.exists():
                raise CorpusError(f"{path} would replace {target}; name another folder, nothing was removed")
        note_removed(settings.corpus, (address for path in chosen if path in known for address in addresses_in(known[path])))
        try:
            for path in chosen:
                if path in targets:
                    targets[path].parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(known[path], targets[path])
                elif path in known:
                    known[path].unlink()
        except OSError as error:
            raise CorpusError(f"{path} cannot be removed ({error.strerror or error}); check the permissions of its folder") from error
        # A corpus that was empty before is rather one that is not mounted.
        emptied = bool(known) and known.keys() <= chosen.keys()
        report = bring_in_line(settings, may_empty=emptied, on_progress=on_progress, on_note=on_note)
    return Removed(tuple(chosen), keep_in, report)


def _indexed(settings: Settings) -> dict[str, str]:
    """The versions of all documents in the index."""
    try:
        catalog = Catalog(current(settings.index) / CATALOG)
    except (IndexMissing, IndexDamaged):
        return {}
    try:
        return {row.path: row.version for row in catalog.documents()}
    finally:
        catalog.close()


def _check_indexed(path: str, file: File | None, indexed: Mapping[str, str]) -> None:
    versions = {one: version for one, version in indexed.items() if one == path or one.startswith(path + "/")}
    if file and versions and load(file, versions, {}).new:
        raise CorpusError(
            f"{path} is not as it was indexed; nothing was removed; where the index is of this corpus, run: askdivide index, then remove it"
        )


def _document(name: str, corpus: Path, known: dict[str, Path], indexed: Collection[str]) -> str:
    if name in known:
        return name
    place = Path(name)
    # Not resolved as a whole: the file may be a link, and then the link is meant.
    as_path = (place.parent.resolve() / place.name).as_posix().removeprefix(corpus.as_posix() + "/")
    if as_path in known:
        return as_path
    if name in indexed:
        holder = next((path for path in known if name.startswith(path + "/")), None)
        if holder:
            raise CorpusError(f"{name} is one of the articles in {holder}; edit that file, or remove it whole; nothing was removed")
        return name
    if (corpus / name).is_dir():
        raise CorpusError(f"{name} is a folder; name its documents (askdivide list shows them); nothing was removed")
    near = get_close_matches(name, [*known, *indexed], n=1, cutoff=0.5)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise CorpusError(f"no document is named {name}{hint}; see: askdivide list; nothing was removed")
