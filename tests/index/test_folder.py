"""The index folder: which generation is in force, and who may write."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from askdivide.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.folder import (
    CATALOG,
    check_manifest,
    current,
    expected_manifest,
    new_generation,
    put_in_force,
    remove_other_generations,
    writing,
)
from askdivide.settings import Settings


def generation(folder: Path) -> Path:
    made = new_generation(folder)
    Catalog.create(made / CATALOG, {}).close()
    return made


def test_one_generation_is_in_force_at_a_time(tmp_path: Path) -> None:
    first, second = generation(tmp_path / "index"), generation(tmp_path / "index")
    assert first != second
    with pytest.raises(IndexMissing):
        current(tmp_path / "index")
    put_in_force(first)
    assert current(tmp_path / "index") == first
    put_in_force(second)
    assert current(tmp_path / "index") == second
    third = generation(tmp_path / "index")
    remove_other_generations(second, keep=first)
    assert (first.exists(), second.exists(), third.exists()) == (True, True, False)
    remove_other_generations(second)
    assert (first.exists(), second.exists()) == (False, True)


def test_no_index_says_how_to_make_one_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"no index in .*/index; run: askdivide index$"):
        current(tmp_path / "index")
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    "name", [b"", b"\n", b"../outside", b"generation-../../outside", b"generation-gone", b"generation-empty", b"\xff\xfe", b"x" * 10_000]
)
def test_a_current_that_names_no_generation_is_damage(tmp_path: Path, name: bytes) -> None:
    generation(tmp_path / "outside").rename(tmp_path / "there")
    (tmp_path / "index" / "generation-empty").mkdir(parents=True)
    (tmp_path / "index" / "CURRENT").write_bytes(name)
    with pytest.raises(IndexDamaged, match=r"; run: askdivide index --rebuild$") as damaged:
        current(tmp_path / "index")
    assert len(str(damaged.value)) < 500
    assert "\n" not in str(damaged.value)


def test_a_file_in_the_place_of_the_index(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(IndexDamaged, match="is a file, not an index folder; choose another with --index"):
        current(tmp_path / "index")
    with pytest.raises(IndexProblem, match="choose another folder with --index"), writing(tmp_path / "index"):
        pass
    assert (tmp_path / "index").read_text() == "a file"


def test_a_current_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").mkdir()
    with pytest.raises(IndexDamaged, match=r"CURRENT cannot be read \(.*\); run: askdivide index --rebuild"):
        current(tmp_path)


def test_one_writer_at_a_time_also_among_threads(tmp_path: Path) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with writing(tmp_path / "index"):
                pass
        except IndexBusy as busy:
            refused.append(str(busy))

    with writing(tmp_path / "index"):
        owner = json.loads((tmp_path / "index" / "writer.json").read_text(encoding="utf-8"))
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert f"process {owner['pid']} on {owner['host']} since {owner['since']} ({owner['command']})" in refused[0]
    second()
    assert len(refused) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"pid": 1}', "\x00"])
def test_a_writer_without_a_readable_name_is_another_process(tmp_path: Path, content: str) -> None:
    with writing(tmp_path):
        (tmp_path / "writer.json").write_text(content)
        with pytest.raises(IndexBusy, match="is being written by another process; wait for it, or stop it"), writing(tmp_path):
            pass


def test_the_manifest_is_that_of_the_settings() -> None:
    made = expected_manifest(Settings(embedding="sentence-transformers/all-MiniLM-L6-v2", chunk_tokens=99))
    assert made == expected_manifest(Settings(chunk_tokens=99))
    assert (made["embedding"], made["chunk_tokens"]) == ("all-MiniLM-L6-v2", 99)
    check_manifest(made | {"commit": 3, "identity": "x"}, made, Path("index"))


@pytest.mark.parametrize("key", ["format", "terms", "chunking", "chunk_tokens", "embedding"])
def test_a_mismatch_names_old_and_new_value_and_the_command(key: str) -> None:
    made = expected_manifest(Settings())
    with pytest.raises(IndexMismatch) as refused:
        check_manifest(made | {key: 0}, made, Path("some/index"))
    message = str(refused.value)
    assert message.startswith(f"the index in some/index was made with {key} 0, now it is {made[key]!r}; run: askdivide index --rebuild")
    assert (f"; or keep it with ASKDIVIDE_{key.upper()}=0" in message) == (key in ("chunk_tokens", "embedding"))
    with pytest.raises(IndexMismatch, match=f"{key} None"):
        check_manifest({name: value for name, value in made.items() if name != key}, made, Path("index"))
