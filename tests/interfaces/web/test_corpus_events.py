import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.awaiting import awaited

from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web.corpus_tab import CorpusTab

PAGE = """
import json, sys
import gradio as gr
from askdivide.answering.assistant import Assistant
from askdivide.interfaces.web.corpus_tab import corpus_tab
from askdivide.settings import Settings
with gr.Blocks(analytics_enabled=False) as page, gr.Tab("Corpus") as tab:
    corpus_tab(Assistant.open(Settings.load()), tab, lambda: "", gr.HTML())
print(json.dumps([[one.name for one in page.fns.values()], [type(one).__name__ for one in page.blocks.values()]]))
"""


@pytest.mark.parametrize("editable", [True, False])
def test_a_corpus_that_is_not_to_be_changed_has_no_event_that_does(indexed, editable):
    given = {"CORPUS": indexed.corpus, "INDEX": indexed.index, "EMBEDDING": indexed.embedding, "READER": "none", "EDITABLE": editable}
    environment = {**os.environ, **{f"ASKDIVIDE_{name}": str(value) for name, value in given.items()}}
    ran = subprocess.run([sys.executable, "-c", PAGE], env=environment, capture_output=True, text=True, timeout=60, check=True)
    events, parts = json.loads(ran.stdout)
    assert "articles" in events
    assert ({"upload", "fetch", "remove", "reindex", "ask_removal"} <= set(events)) == editable
    assert ({"upload", "fetch", "remove", "reindex", "ask_removal"}.isdisjoint(events)) != editable
    assert ("File" in parts) == editable


def test_nothing_is_chosen_where_nothing_can_be_changed(indexed):
    assert "checkbox" in CorpusTab(Assistant.open(indexed)).articles()
    assert "checkbox" not in CorpusTab(Assistant.open(replace(indexed, editable=False))).articles()


def test_removing_is_asked_about_by_title(indexed):
    tab = CorpusTab(Assistant.open(indexed))
    _, question, chosen, said = tab.ask_removal(["harbour.md", "harbour.md", "orchards.txt"])
    assert chosen == ("harbour.md", "orchards.txt")
    assert "these 2 files" in question
    assert "The harbour of Ostrava Bay" in question
    assert said == ""
    assert "Select the articles first" in tab.ask_removal([])[3]


@pytest.mark.parametrize("place", ["/etc/hostname", "../corpus/harbour.md"])
def test_only_what_was_uploaded_can_be_added(indexed, tmp_path, monkeypatch, place):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))

    async def steps():
        return [step async for step in CorpusTab(Assistant.open(indexed)).upload([{"path": place}], False)]

    assert awaited(steps()) == []


def test_a_corpus_that_is_not_there_is_one_line(indexed, corpus):
    tab = CorpusTab(Assistant.open(indexed))
    corpus.rename(corpus.with_name("elsewhere"))
    assert "does not exist" in tab.articles()
    assert "does not exist" in tab.ask_removal(["harbour.md"])[3]
