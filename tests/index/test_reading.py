"""The index as readers see it: one committed state for a question, the newest for the next; nothing is ever written."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.errors import IndexDamaged, IndexMismatch, IndexMissing
from askdivide.index.folder import CHROMA, current, expected_manifest
from askdivide.index.reading import Index
from askdivide.ingestion.reindex import reindex
from askdivide.records import Filters
from askdivide.settings import Settings

NEW = "# A new pier\n\nThe new pier of Ostrava Bay opened in 2026.\n"


def opened(settings: Settings) -> Index:
    return Index(settings, expected_manifest(settings))


def content(folder: Path) -> dict[str, str]:
    """Names of all files, and hashes of ours; Chroma touches its own when it opens them."""
    return {
        file.relative_to(folder).as_posix(): "" if CHROMA in file.parts else hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith(("-shm", "-wal"))
    }


def test_opening_and_reading_write_nothing(indexed: Settings) -> None:
    before = content(indexed.index)
    index = opened(indexed)
    with index.reading() as catalog:
        assert index.vectors(catalog).nearest(index.embedder.embed_query("harbour"), 5, Filters())
        assert catalog.documents()
    assert content(indexed.index) == before


def test_an_index_that_is_not_there_is_not_made(settings: Settings) -> None:
    with pytest.raises(IndexMissing, match="run: askdivide index"):
        opened(settings)
    assert not settings.index.exists()


def test_an_index_made_with_other_settings_is_not_opened(indexed: Settings) -> None:
    with pytest.raises(IndexMismatch, match="chunk_tokens 180, now it is 99"):
        opened(replace(indexed, chunk_tokens=99))


def test_a_reading_is_one_state_and_the_next_is_the_newest(indexed: Settings) -> None:
    index = opened(indexed)
    with index.reading() as catalog:
        before = catalog.documents()
        (indexed.corpus / "pier.md").write_text(NEW, encoding="utf-8")
        (indexed.corpus / "harbour.md").unlink()
        reindex(indexed)
        assert catalog.documents() == before
        known = catalog.chunk_keys()
    with index.reading() as catalog:
        assert [row.path for row in catalog.documents()] == ["notes/lighthouse.md", "orchards.txt", "pier.md"]
        assert catalog.chunk_keys() != known
        assert index.vectors(catalog).keys() == catalog.chunk_keys()


def test_vectors_are_opened_once_for_a_state(indexed: Settings) -> None:
    index = opened(indexed)
    with index.reading() as catalog:
        first = index.vectors(catalog)
        assert index.vectors(catalog) is first
    with index.reading() as catalog:
        assert index.vectors(catalog) is first
    (indexed.corpus / "pier.md").write_text(NEW, encoding="utf-8")
    reindex(indexed)
    with index.reading() as catalog:
        assert index.vectors(catalog) is not first


def test_every_thread_reads_by_itself(indexed: Settings) -> None:
    index = opened(indexed)
    inside = threading.Barrier(3, timeout=30)
    counts: list[tuple[int, int]] = []

    def read() -> None:
        with index.reading() as catalog:
            inside.wait()
            counts.append(catalog.counts())

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    read()
    for thread in threads:
        thread.join()
    assert len(counts) == 3
    assert len(set(counts)) == 1


def test_the_embedding_model_is_loaded_once_however_many_ask(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened(indexed)
    loaded: list[str] = []
    at_once = threading.Barrier(4, timeout=30)

    def load(name: str, **more: object) -> object:
        loaded.append(name)
        return object()

    def ask() -> None:
        at_once.wait()
        assert index.embedder is not None

    monkeypatch.setattr("askdivide.index.reading.load_embedder", load)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == ["test:256"]


def test_an_error_inside_a_reading_does_not_bar_the_next(indexed: Settings) -> None:
    index = opened(indexed)
    with pytest.raises(KeyError), index.reading():
        raise KeyError
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3


def test_missing_vectors_are_told_and_not_made(indexed: Settings) -> None:
    index = opened(indexed)
    shutil.rmtree(current(indexed.index) / CHROMA)
    with index.reading() as catalog, pytest.raises(IndexDamaged, match="are missing; run: askdivide index$"):
        index.vectors(catalog)
    assert not (current(indexed.index) / CHROMA).exists()
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3


def test_an_index_that_disappears_is_told_and_its_return_noticed(indexed: Settings) -> None:
    index = opened(indexed)
    indexed.index.rename(indexed.index.with_name("away"))
    with pytest.raises(IndexMissing), index.reading():
        pass
    indexed.index.with_name("away").rename(indexed.index)
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3


def test_reading_the_catalog_alone_imports_no_chroma(indexed: Settings) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom askdivide.settings import Settings\nfrom askdivide.index.reading import Index\n"
        "from askdivide.index.folder import expected_manifest\n"
        f"settings = Settings(index=Path({str(indexed.index)!r}), embedding='test:256')\n"
        "with Index(settings, expected_manifest(settings)).reading() as catalog:\n    print(catalog.counts()[0], 'chromadb' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "False"]
