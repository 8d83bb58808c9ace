import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import CorpusError, IndexBusy, IndexMissing, SettingsError
from askdivide.index.folder import writing
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.cli import commands
from askdivide.interfaces.web.serve import prepare, run
from askdivide.records import IndexReport


@pytest.fixture
def local(indexed):
    return replace(indexed, port=0)


def told(settings):
    notes = []
    prepare(settings, on_note=notes.append)
    return notes


def test_the_index_is_brought_in_line(local, corpus):
    (corpus / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    (corpus / "new.md").write_text("# New\n\nSomething new.\n", encoding="utf-8")
    assert [note for note in told(local) if note.startswith("broken.md ")]


@pytest.mark.parametrize("empty", [False, True])
def test_without_its_corpus_the_last_good_index_answers(local, corpus, empty):
    shutil.rmtree(corpus)
    if empty:
        corpus.mkdir()
    assert "going on with the index as it is" in told(local)[0]
    assert "1871" in Assistant.open(local).ask("When was the harbour founded?").text


def test_while_another_process_writes_the_last_good_index_answers(local):
    with writing(local.index):
        assert "going on with the index as it is" in told(local)[0]


def test_without_corpus_and_index_there_is_nothing_to_serve(settings, tmp_path):
    with pytest.raises(CorpusError):
        told(replace(settings, corpus=tmp_path / "none", port=0))
    shutil.rmtree(settings.corpus)
    settings.corpus.mkdir()
    with pytest.raises(CorpusError, match="put files there"):
        told(replace(settings, port=0))


def test_an_empty_corpus_leaves_the_last_good_index_answering(settings):
    local = replace(settings, port=0)
    reindex(local)
    shutil.rmtree(local.corpus)
    local.corpus.mkdir()
    assert "going on with the index as it is" in told(local)[0]
    assert "1871" in Assistant.open(local).ask("When was the harbour founded?").text


def test_what_is_not_there_cannot_be_served(settings):
    with pytest.raises(IndexMissing):
        run(replace(settings, port=0), on_note=print)
    settings.index.mkdir(exist_ok=True)
    with writing(settings.index), pytest.raises(IndexBusy):
        told(replace(settings, port=0))


@pytest.mark.parametrize("start", [told, lambda settings: run(settings, on_note=print)])
def test_an_address_that_cannot_be_had_is_said_before_any_work(local, start, monkeypatch):
    monkeypatch.setattr("askdivide.interfaces.web.serve.reindex", lambda *_, **__: IndexReport([], [], [], [], 0, 0, 0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} on 127.0.0.1 is taken; choose another with --port"):
            start(replace(local, port=port))
    for host in ("0.0.0.0", "192.0.2.1", "example.org", ""):
        with pytest.raises(SettingsError, match="name those who may sign in with --users FILE"):
            start(replace(local, host=host))
    with pytest.raises(SettingsError, match="no address of this machine|cannot listen on"):
        start(replace(local, host="nowhere.invalid", open_to_all=True))
    with pytest.raises(SettingsError, match="cannot read the file of users"):
        start(replace(local, users="none"))


def test_app_py_fails_with_one_line(tmp_path):
    app = Path(__file__).parents[3] / "app.py"
    for name, value in (("ASKDIVIDE_PORT", "many"), ("ASKDIVIDE_HOST", "0.0.0.0")):
        ended = subprocess.run(
            [sys.executable, app], cwd=tmp_path, env={**os.environ, name: value}, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith("error: ")
        assert ended.stderr.count("\n") == 1


def test_the_command_line_starts_without_the_web(tmp_path):
    code = "import sys, askdivide.interfaces.cli as cli; cli.commands(['--help'], standalone_mode=False); sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.parametrize(("flags", "editable"), [([], True), (["--edit"], True), (["--no-edit"], False)])
def test_changing_the_corpus_can_be_ruled_out(local, flags, editable, monkeypatch):
    served = []
    monkeypatch.setattr("askdivide.interfaces.web.serve.prepare", lambda settings, **_: None)
    monkeypatch.setattr("askdivide.interfaces.web.serve.run", lambda settings, **_: served.append(settings.editable))
    commands(["serve", "--corpus", str(local.corpus), "--index", str(local.index), *flags], standalone_mode=False)
    assert served == [editable]
