"""Purging: removed text is in no byte of the index folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.index.folder import CATALOG, current
from askdivide.index.purge import purge_index
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

SECRET = "zwyxquorvane"
"""A word that no other text holds."""


def places(folder: Path, word: str) -> list[Path]:
    """The files whose bytes hold a word, as UTF-8 or UTF-16."""
    wanted = [word.encode(), word.upper().encode(), word.encode("utf-16-le")]
    return [file for file in folder.rglob("*") if file.is_file() and any(one in file.read_bytes() for one in wanted)]


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_what_was_removed_or_replaced_is_in_no_byte(settings: Settings, how: str) -> None:
    secret = settings.corpus / "secret.md"
    secret.write_text(f"---\ntitle: On {SECRET}\ntags: [{SECRET}]\n---\n" + f"The {SECRET} was found in the harbour. " * 30)
    for number in range(30):
        (settings.corpus / f"other{number}.md").write_text(f"# Other {number}\n\nThe harbour has {number} boats, said witness{number}.\n")
    reindex(settings)
    assert places(settings.index, SECRET)
    if how == "removed":
        secret.unlink()
    else:
        secret.write_text("# Nothing\n\nNothing was found.\n")
    reindex(settings)
    # Deleting alone leaves it in free pages: that is why there is a purge.
    assert places(settings.index, SECRET)
    before = Assistant.open(settings).search("boats in the harbour", top_k=5)
    purge_index(settings)
    assert places(settings.index, SECRET) == []
    assert len(list(settings.index.glob("generation-*"))) == 1
    assert Assistant.open(settings).search("boats in the harbour", top_k=5) == before
    assert reindex(settings).unchanged == len(list(settings.corpus.rglob("*.*")))


def test_what_this_process_had_in_memory_is_in_no_byte_either(indexed: Settings) -> None:
    """Chroma writes memory that it never set: where the purge filled it in this process, the removed tag was in its files."""
    for turn in range(3):
        secrets = [indexed.corpus / f"secret{number}.md" for number in range(40)]
        for number, secret in enumerate(secrets):
            tags = ", ".join(f"{SECRET}-{turn}-{number}-{tag}" for tag in range(20))
            secret.write_text(f"---\ntags: [{tags}]\n---\n\nBoat {number} of turn {turn} is in the harbour.\n")
        reindex(indexed)
        for secret in secrets:
            secret.unlink()
        reindex(indexed)
        purge_index(indexed)
        assert places(indexed.index, SECRET) == []


def test_a_purge_embeds_nothing_and_an_open_reader_follows_it(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = Assistant.open(indexed)
    assert "1871" in assistant.ask("When was the harbour founded?").text
    monkeypatch.setattr("askdivide.ingestion.reindex.load_embedder", lambda *args, **more: pytest.fail("a model was loaded"))
    purge_index(indexed)
    assert "1871" in assistant.ask("When was the harbour founded?").text


def test_a_purge_that_was_interrupted_loses_nothing(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    old = current(indexed.index)

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("askdivide.index.purge.put_in_force", interrupt)
        with pytest.raises(KeyboardInterrupt):
            purge_index(indexed)
    assert current(indexed.index) == old
    assert "1871" in Assistant.open(replace(indexed)).ask("When was the harbour founded?").text
    purge_index(indexed)
    assert [folder.name for folder in indexed.index.glob("generation-*")] == [current(indexed.index).name]
    assert current(indexed.index) != old
    assert not list(current(indexed.index).glob(f"{CATALOG}-*"))
