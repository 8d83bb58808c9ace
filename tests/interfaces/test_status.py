from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.errors import IndexMismatch, IndexMissing
from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, current
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.status import status_of
from askdivide.settings import Settings


@pytest.fixture
def settled(settings: Settings) -> Settings:
    """The small corpus, indexed; its files older than a run doubts."""
    for file in settings.corpus.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    reindex(settings)
    return settings


def test_a_fresh_index_is_unchanged(settled: Settings) -> None:
    state = status_of(settled)
    assert state["state"] == "unchanged since the last run"
    assert (state["documents"], state["failed"], state["chunk_tokens"], state["embedding"]) == (3, [], 180, "test:256")
    assert state["chunks"] > 3


def test_a_corpus_just_written_and_indexed_is_unchanged_too(indexed: Settings) -> None:
    assert status_of(indexed)["state"] == "unchanged since the last run"


def test_new_touched_and_gone_articles_are_counted(settled: Settings) -> None:
    (settled.corpus / "new.md").write_text("# New\n\nText.\n", encoding="utf-8")
    (settled.corpus / "newer.md").write_text("# Newer\n\nText.\n", encoding="utf-8")
    (settled.corpus / "orchards.txt").write_text("Orchards\n\nThey are all gone.\n", encoding="utf-8")
    (settled.corpus / "harbour.md").unlink()
    assert status_of(settled)["state"] == "2 new, 1 touched, 1 gone"
    reindex(settled)
    assert status_of(settled)["state"] == "unchanged since the last run"
    assert status_of(settled)["documents"] == 4


def test_an_article_that_failed_is_listed_and_not_counted_as_new(settled: Settings) -> None:
    (settled.corpus / "broken.md").write_bytes(b"a\0b")
    reindex(settled)
    state = status_of(settled)
    assert state["state"] == "unchanged since the last run"
    assert state["failed"] == [{"document": "broken.md", "reason": "is a binary file, not text; remove it or convert it"}]


def test_a_corpus_that_is_gone_is_part_of_the_state(settled: Settings, tmp_path: Path) -> None:
    state = status_of(replace(settled, corpus=tmp_path / "gone"))
    assert f"corpus folder {tmp_path / 'gone'} does not exist" in state["state"]
    assert state["documents"] == 3


def test_a_first_run_that_did_not_finish_is_part_of_the_state(settled: Settings) -> None:
    catalog = Catalog(current(settled.index) / CATALOG, write=True)
    catalog.set_manifest({"complete": False})
    catalog.close()
    assert status_of(settled)["state"].endswith("the first run has not finished, run: askdivide index")


def test_no_index_and_other_settings_are_errors(settled: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        status_of(replace(settled, index=tmp_path / "none"))
    with pytest.raises(IndexMismatch, match="chunk_tokens 180, now it is 90"):
        status_of(replace(settled, chunk_tokens=90))


def test_looking_changes_no_stored_byte(settled: Settings) -> None:
    def files() -> dict[str, bytes]:
        # SQLite makes its empty -wal and -shm beside a database that it only reads.
        found = [file for file in settled.index.rglob("*") if file.is_file() and not file.name.endswith("-shm")]
        return {str(file): content for file in found if (content := file.read_bytes()) or not file.name.endswith("-wal")}

    before = files()
    status_of(settled)
    assert files() == before


def test_a_file_of_several_articles_is_one_file(settings: Settings) -> None:
    feed = settings.corpus / "feed.jsonl"
    feed.write_text('{"id": "a", "text": "The pier."}\n{"id": "b", "text": "The dock."}\n{"id": "c"}\n', encoding="utf-8")
    for file in settings.corpus.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    reindex(settings)
    state = status_of(settings)
    assert (state["documents"], state["state"]) == (5, "unchanged since the last run")
    assert [failure["document"] for failure in state["failed"]] == ["feed.jsonl/c"]
    feed.unlink()
    assert status_of(settings)["state"] == "0 new, 0 touched, 2 gone"
