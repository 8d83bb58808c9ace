"""The state of an index, for people and programs."""

from __future__ import annotations

from typing import Any

from askdivide.errors import CorpusError
from askdivide.index.catalog import Catalog
from askdivide.index.copies import all_copies
from askdivide.index.folder import CATALOG, UNFINISHED, check_manifest, current, expected_manifest
from askdivide.settings import Settings


def status_of(settings: Settings) -> dict[str, Any]:
    """What is in the index, how it was made, and whether the corpus has changed since. Loads no model and no Chroma."""
    from askdivide.ingestion.scan import file_of, scan

    generation = current(settings.index)
    catalog = Catalog(generation / CATALOG)
    manifest = catalog.manifest()
    check_manifest(manifest, expected_manifest(settings), settings.index)
    documents, chunks = catalog.counts()
    rows = {row.path: (row.size, row.mtime_ns) for row in catalog.documents()}
    failures = [{"document": failure.document, "reason": failure.reason} for failure in catalog.failures()]
    copies = [copy.to_dict() for copy in all_copies(catalog)]
    catalog.close()
    try:
        files = {file.path: (file.size, file.mtime_ns) for file in scan(settings.corpus).files}
        known = {file_of(path, files) or path: state for path, state in rows.items()}
        failing = {file_of(failure["document"], files) or failure["document"] for failure in failures}
        new = len(files.keys() - known.keys() - failing)
        gone = len(known.keys() - files.keys() - failing)
        # A time of 0 means that the file was too young to be trusted when it was read.
        touched = sum(1 for path in files.keys() & known.keys() if files[path] != known[path] and known[path] != (files[path][0], 0))
        state = f"{new} new, {touched} touched, {gone} gone" if new or touched or gone else "unchanged since the last run"
    except CorpusError as error:
        state = str(error)
    if not manifest.get("complete"):
        state += f"; {UNFINISHED}"
    return {
        "index": str(settings.index),
        "corpus": str(settings.corpus),
        "documents": documents,
        "chunks": chunks,
        "state": state,
        "embedding": manifest["embedding"],
        "identity": manifest["identity"],
        "dimension": manifest["dimension"],
        "chunk_tokens": manifest["chunk_tokens"],
        "format": manifest["format"],
        "failed": failures,
        "copies": copies,
    }
