"""The doctor finds every state that an index should not be in, and mends it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.index.folder import CATALOG, CHROMA, current, put_in_force
from askdivide.index.vectors import ChromaVectors
from askdivide.ingestion.doctor import examine, repair
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings


def found(settings: Settings) -> dict[str, str]:
    """What is not as it should be, by check: level and text."""
    return {finding.check: f"{finding.level}: {finding.text}" for finding in examine(settings) if finding.level != "ok"}


def catalog(settings: Settings, *statements: str) -> None:
    db = sqlite3.connect(current(settings.index) / CATALOG)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def garbage_in(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage " * 2048)


def vectors_gone(settings: Settings) -> None:
    vectors = ChromaVectors(current(settings.index) / CHROMA)
    vectors.delete(sorted(vectors.keys())[:3])
    ChromaVectors.forget()


def edited_behind_its_time(settings: Settings) -> None:
    file = settings.corpus / "harbour.md"
    stat = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("412", "413"), encoding="utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def leftover(settings: Settings) -> None:
    (settings.index / "generation-20200101-000000-abcdef").mkdir()


STATES: dict[str, tuple[Callable[[Settings], object], str, str]] = {
    "no index": (lambda s: shutil.rmtree(s.index), "catalog", "wrong: there is no index"),
    "catalog is garbage": (lambda s: (current(s.index) / CATALOG).write_bytes(b"garbage " * 4096), "catalog", "wrong: .* is not a readable catalog"),
    "catalog is gone": (lambda s: (current(s.index) / CATALOG).unlink(), "catalog", "wrong: .* holds no usable index"),
    "CURRENT is garbage": (lambda s: (s.index / "CURRENT").write_bytes(b"\xff\xfe"), "catalog", "wrong: .*CURRENT cannot be read"),
    "a table is gone": (lambda s: catalog(s, "ALTER TABLE chunks RENAME TO elsewhere"), "catalog", "wrong: .* is damaged"),
    "vectors are missing in the catalog": (lambda s: catalog(s, "DELETE FROM vectors"), "catalog", r"wrong: .* holds \d+ chunks without vectors"),
    "full text is missing": (lambda s: catalog(s, "DELETE FROM lexicon"), "catalog", r"wrong: .* holds \d+ chunks without full text"),
    "Chroma is gone": (lambda s: shutil.rmtree(current(s.index) / CHROMA), "vectors", "wrong: the vectors in .* are missing"),
    "Chroma is garbage": (lambda s: garbage_in(current(s.index) / CHROMA), "vectors", "wrong: "),
    "Chroma is out of step": (vectors_gone, "vectors", "wrong: .* 3 vectors are missing, 0 are too many"),
    "a run was interrupted": (lambda s: catalog(s, "INSERT INTO pending VALUES ('x')"), "interrupted", "wrong: .* 1 vectors may differ"),
    "a first run was interrupted": (lambda s: catalog(s, "UPDATE manifest SET value = 'false' WHERE key = 'complete'"), "interrupted", "wrong: "),
    "half a file is left": (lambda s: (s.corpus / ".askdivide-1-ab.part").write_text("x"), "interrupted", "note: 1 half-written"),
    "another build is left": (leftover, "generations", "note: 1 replaced or unfinished"),
    "a writer has died": (lambda s: (s.index / "writer.json").write_text(json.dumps({"pid": 4})), "lock", "note: process 4 died"),
    "the corpus has moved on": (lambda s: (s.corpus / "orchards.txt").unlink(), "corpus", "wrong: .* 0 new, 0 changed, 1 gone"),
    "an edit that times do not show": (edited_behind_its_time, "corpus", "wrong: .* 0 new, 1 changed, 0 gone"),
}  # fmt: skip


def age(corpus: Path) -> None:
    for file in corpus.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_found_and_mended(settings: Settings, state: str) -> None:
    age(settings.corpus)
    reindex(settings)
    act, check, says = STATES[state]
    act(settings)
    findings = examine(settings)
    wrong = {finding.check: f"{finding.level}: {finding.text}" for finding in findings if finding.level != "ok"}
    assert check in wrong
    assert re.match(says, wrong[check])
    repair(settings, findings, on_note=lambda note: None)
    assert found(settings) == {}
    answer = Assistant.open(settings).ask("How many ships did the harbour handle in 2023?").text
    assert ("413" if state.startswith("an edit") else "412") in answer


def test_a_sound_index_gets_no_remark(indexed: Settings) -> None:
    assert found(indexed) == {}


def test_other_settings_are_named_with_what_keeps_the_index(indexed: Settings) -> None:
    other = replace(indexed, chunk_tokens=64)
    assert found(other) == {
        "settings": f"wrong: the index in {indexed.index} was made with chunk_tokens 180, now it is 64; or keep it with ASKDIVIDE_CHUNK_TOKENS=180"
    }
    repair(other, examine(other), on_note=lambda note: None)
    assert found(other) == {}


def test_damaged_chroma_is_filled_again_without_corpus_and_model(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(indexed.corpus)
    garbage_in(current(indexed.index) / CHROMA)
    monkeypatch.setattr("askdivide.ingestion.reindex.load_embedder", lambda *args, **more: pytest.fail("a model was loaded"))
    repair(indexed, examine(indexed), on_note=lambda note: None)
    assert found(indexed).keys() == {"corpus"}
    assert "1871" in Assistant.open(indexed).ask("When was the harbour founded?").text


def test_a_run_of_indexing_mends_damaged_chroma_by_itself(indexed: Settings) -> None:
    garbage_in(current(indexed.index) / CHROMA)
    (indexed.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
    assert reindex(indexed).added == ("pier.md",)
    assert found(indexed) == {}


def test_what_only_a_person_can_mend_stays_wrong(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (indexed.corpus / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    repair(indexed, examine(indexed), on_note=lambda note: None)
    unreadable = next(finding for finding in examine(indexed) if finding.check == "unreadable")
    assert (unreadable.level, unreadable.text, unreadable.remedy) == ("wrong", "broken.md is UTF-16 text", "save it as UTF-8")
    monkeypatch.setattr("askdivide.ingestion.doctor._LEAST_FREE", 10**18)
    assert found(indexed)["disk"].startswith("wrong: ")
    elsewhere = replace(indexed, corpus=indexed.corpus / "nowhere")
    assert found(elsewhere)["corpus"].startswith("wrong: corpus folder")


def test_copies_are_told(indexed: Settings) -> None:
    text = (indexed.corpus / "harbour.md").read_text(encoding="utf-8")
    (indexed.corpus / "copy.md").write_text(
        "From our correspondent in the bay, with thanks.\n\n" + text.partition("---\n\n")[2], encoding="utf-8"
    )
    notes: list[str] = []
    reindex(indexed, on_note=notes.append)
    assert notes
    assert notes[0].startswith("copy.md repeats harbour.md (")
    assert found(indexed)["copies"] == "note: 2 articles say the same and count as one source: harbour.md = copy.md"
    answer = Assistant.open(indexed).ask("When was the harbour of Ostrava Bay founded?")
    assert len({citation.document for citation in answer.citations}) == 1
    (indexed.corpus / "copy.md").unlink()
    reindex(indexed)
    assert found(indexed) == {}


def test_an_unfinished_build_is_no_reason_to_leave_the_one_in_force(indexed: Settings) -> None:
    put_in_force(current(indexed.index))
    (indexed.index / "CURRENT.new").write_text("half")
    assert found(indexed)["interrupted"].startswith("note: 1 half-written")
    repair(indexed, examine(indexed), on_note=lambda note: None)
    assert found(indexed) == {}
