"""Conversations as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

from askdivide import Assistant, Settings
from askdivide.interfaces.transcript import markdown
from askdivide.records import Answer, Claim, Note


def test_every_footnote_used_is_there_once_and_no_other(indexed: Settings) -> None:
    assistant = Assistant.open(indexed)
    text = markdown([assistant.ask("How many ships in 2023?"), assistant.ask("Who kept the lighthouse?")])
    used = set(re.findall(r"\[\^(\d+-\d+)\](?!:)", text))
    noted = re.findall(r"^\[\^(\d+-\d+)\]: ", text, re.MULTILINE)
    assert used == set(noted)
    assert len(noted) == len(set(noted)) > 1
    assert text.startswith("# Questions and answers\n\n## How many ships in 2023?\n")


def test_text_of_articles_and_models_is_no_markup_in_it() -> None:
    claim = Claim("<script>x</script> [link](http://evil.example) **bold**\n# head", (), "uncited")
    text = markdown([Answer("a [b](c)", "a [b](c)", "answered", "m*x*", "", claims=(claim,))])
    assert r"\<script\>x\</script\> \[link\](http://evil.example) \*\*bold\*\* \# head *(without a source)*" in text
    assert r"## a \[b\](c)" in text


def test_that_an_answer_is_not_sure_is_said_before_it(indexed: Settings) -> None:
    answer = Assistant.open(indexed).ask("Who founded the harbour of Ostrava Bay?")
    text = markdown([replace(answer, notes=(Note("newer", "Newer."), Note("uncertain", "Perhaps not.")))])
    assert text.index("> Perhaps not.") < text.index(answer.claims[0].text[:20]) < text.index("> Newer.")
