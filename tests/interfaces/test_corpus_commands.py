"""add, remove, doctor and the flags of index, as people and programs meet them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from askdivide.index.folder import CHROMA, current
from askdivide.interfaces import cli
from askdivide.settings import Settings

PIER = "# A new pier\n\nThe new pier of Ostrava Bay opened in 2026.\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def askdivide(indexed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("ASKDIVIDE_EMBEDDING", "test:256")
    monkeypatch.setenv("ASKDIVIDE_READER", "none")
    monkeypatch.setenv("ASKDIVIDE_CORPUS", str(indexed.corpus))
    monkeypatch.setenv("ASKDIVIDE_INDEX", str(indexed.index))

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["askdivide", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def pier(tmp_path: Path) -> str:
    (tmp_path / "pier.md").write_text(PIER)
    return str(tmp_path / "pier.md")


def test_add_and_remove_say_what_they_did(askdivide: Any, pier: str, indexed: Settings) -> None:
    added = askdivide("add", pier, "nowhere.md")
    assert (added.code, added.err) == (1, "error: nowhere.md does not exist\n")
    assert added.out.startswith("added pier.md\n4 articles, ")
    assert "2026" in askdivide("ask", "When did the new pier open?").out
    again = json.loads(askdivide("add", pier, "--json").out)
    assert (again["stored"], again["known"]) == ([], [{"given": pier, "document": "pier.md"}])
    assert again["index"]["documents"] == 4
    removed = askdivide("remove", "pier.md")
    assert removed.out.startswith("removed pier.md and its file\n3 articles, ")
    assert not (indexed.corpus / "pier.md").exists()
    data = json.loads(askdivide("remove", "orchards.txt", "--json").out)
    assert (data["removed"], data["moved_to"], data["index"]["removed"]) == (["orchards.txt"], None, ["orchards.txt"])
    missing = askdivide("remove", "harbor.md")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "error: no document is named harbor.md (did you mean harbour.md?); see: askdivide list; nothing was removed\n"


def test_private_addresses_are_refused_on_the_command_line(askdivide: Any) -> None:
    done = askdivide("add", "http://127.0.0.1:1/", "ftp://example.org/a")
    assert done.code == 1
    assert done.err.splitlines() == [
        "error: http://127.0.0.1:1/ leads to 127.0.0.1, which is at the private address 127.0.0.1; if that is meant, use --allow-private",
        "error: ftp://example.org/a leads to ftp, and only http and https are fetched",
    ]


@pytest.mark.parametrize("arguments", [["add"], ["remove"], ["add", "--entries", "0", "x"], ["doctor", "--mend"]], ids=" ".join)
def test_wrong_usage(askdivide: Any, arguments: list[str]) -> None:
    assert askdivide(*arguments).code == 2


def test_doctor_names_what_is_wrong_and_mends_it(askdivide: Any, indexed: Settings) -> None:
    assert askdivide("doctor").code == 0
    shutil.rmtree(current(indexed.index) / CHROMA)
    ill = askdivide("doctor")
    assert ill.code == 1
    assert "wrong  vectors:     the vectors in " in ill.out
    assert "do: askdivide doctor --fix" in ill.out
    data = json.loads(askdivide("doctor", "--json").out)
    assert data["healthy"] is False
    assert next(one for one in data["findings"] if one["check"] == "vectors")["level"] == "wrong"
    mended = askdivide("doctor", "--fix")
    assert (mended.code, mended.out.splitlines()[-1]) == (0, "1 of 1 mended")
    assert "1871" in askdivide("ask", "When was the harbour founded?").out


def test_doctor_finds_a_calibration_with_which_every_question_fails(askdivide: Any, indexed: Settings) -> None:
    assert "calibration: the one that ships\n" in askdivide("doctor").out
    file = indexed.index / "calibration.json"
    shipped = json.loads((files("askdivide.answering") / "calibration-unread.json").read_text(encoding="utf-8"))
    weights, identity = shipped["weights"], {"embedding": "test:256", "reader": "none"}
    broken = {
        "{": "is not one",
        json.dumps(shipped | {"weights": {name: 1 for name in weights if name != "bare"}}): "was fitted to other signals (bare)",
        json.dumps(shipped | {"identity": identity | {"embedding": "test:64"}}): "was fitted with embedding test:64, now it is test:256",
    }
    for text, said in broken.items():
        file.write_text(text, encoding="utf-8")
        assert askdivide("ask", "When was the harbour founded?").code == 1
        ill = askdivide("doctor")
        assert ill.code == 1
        assert f"wrong  calibration: the calibration {file} {said}" in ill.out
        assert "do: fit it again with: askdivide eval --calibrate QUESTIONS, or remove it\n" in ill.out
    file.write_text(json.dumps(shipped | {"identity": identity}), encoding="utf-8")
    assert askdivide("doctor").code == 0


def test_checksum_finds_what_size_and_time_do_not_show(askdivide: Any, indexed: Settings) -> None:
    file = indexed.corpus / "harbour.md"
    for one in indexed.corpus.rglob("*.*"):
        os.utime(one, (1_700_000_000, 1_700_000_000))
    askdivide("index")
    file.write_text(file.read_text(encoding="utf-8").replace("1871", "1872"), encoding="utf-8")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert json.loads(askdivide("index", "--json").out)["changed"] == []
    assert json.loads(askdivide("index", "--json", "--checksum").out)["changed"] == ["harbour.md"]
    assert json.loads(askdivide("index", "--json", "--checksum").out)["unchanged"] == 3


def test_purge_leaves_one_build_and_the_same_answers(askdivide: Any, indexed: Settings) -> None:
    before = current(indexed.index)
    assert askdivide("index", "--purge").code == 0
    assert [folder.name for folder in indexed.index.glob("generation-*")] == [current(indexed.index).name] != [before.name]
    assert "1871" in askdivide("ask", "When was the harbour founded?").out
