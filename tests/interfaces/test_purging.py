"""A purge is of three stores; a kill between them is found, and the next run finishes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.feedback import judgement, keep
from askdivide.index.purge import begin_purge, purge_begun
from askdivide.interfaces.cli import commands
from askdivide.interfaces.web.conversations import Conversations
from askdivide.interfaces.web.serve import prepare
from askdivide.interfaces.web.turns import Exchange, Reply
from askdivide.settings import Settings

KILLED = """
import os, signal, sys
from askdivide.interfaces import cli

module, name, when = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
place = __import__(module, fromlist=["x"])
owner, _, method = name.rpartition(".")
holder = getattr(place, owner) if owner else place
act = getattr(holder, method)

def killed(*args, **more):
    if when == "after":
        act(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(holder, method, killed)
cli.main()
"""
MOMENTS = {
    "before the index": ("askdivide.interfaces.purging", "purge_index", "before"),
    "between index and judgements": ("askdivide.evaluation.feedback", "forget", "before"),
    "between judgements and conversations": ("askdivide.evaluation.feedback", "forget", "after"),
    "before the end": ("askdivide.interfaces.web.conversations", "Conversations.forget", "after"),
}
WORDS = b"Milena Duras"


def holding(folder: Path) -> list[str]:
    """The files whose bytes hold the removed article's words."""
    return sorted({file.name.partition("-")[0] for file in folder.rglob("*") if file.is_file() and WORDS in file.read_bytes()})


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_in_the_middle_of_a_purge_is_found_and_finished(indexed: Settings, moment: str) -> None:
    answer = Assistant.open(indexed).ask("Who founded the harbour of Ostrava Bay?")
    assert WORDS.decode() in answer.text
    keep(indexed.index, judgement("a", answer, (), right=True))
    Conversations(indexed.index).save("me", "a", "Harbour", Exchange(1, answer.question, (Reply("quote", answer),)))
    (indexed.corpus / "harbour.md").unlink()
    folders = ["--corpus", str(indexed.corpus), "--index", str(indexed.index)]
    variables = {"ASKDIVIDE_EMBEDDING": "test:256"}
    command = [sys.executable, "-c", KILLED, *MOMENTS[moment], "index", "--purge", *folders]
    assert subprocess.run(command, env=os.environ | variables, capture_output=True).returncode == -signal.SIGKILL
    assert purge_begun(indexed.index)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(commands, [*arguments, *folders], env=variables, catch_exceptions=False, standalone_mode=False)
        return done.stdout

    assert (holding(indexed.index) == []) == (moment == "before the end")
    if moment == "between index and judgements":
        found = json.loads(run("doctor", "--json"))["findings"]
        assert [(one["level"], one["remedy"]) for one in found if one["check"] == "purge"] == [("wrong", "askdivide index --purge")]
        assert run("doctor", "--fix").endswith("1 of 1 mended\n")
    else:
        run("index")
    assert holding(indexed.index) == []
    assert not purge_begun(indexed.index)
    assert json.loads((indexed.index / "feedback.jsonl").read_text())["question"] == answer.question


def test_a_web_chat_that_starts_finishes_it_too(indexed: Settings) -> None:
    (indexed.corpus / "harbour.md").unlink()
    begin_purge(indexed.index)
    notes: list[str] = []
    prepare(replace(indexed, port=0), on_note=notes.append)
    assert notes == ["finishing a purge that was interrupted"]
    assert holding(indexed.index) == []
    assert not purge_begun(indexed.index)


def test_what_a_kill_left_half_written_is_purged(indexed: Settings) -> None:
    (indexed.corpus / "harbour.md").unlink()
    (indexed.index / ".askdivide-1f.part").write_bytes(b"judged: " + WORDS)
    begin_purge(indexed.index)
    prepare(replace(indexed, port=0), on_note=[].append)
    assert holding(indexed.index) == []
