"""The command line as a person or a program meets it: what goes to stdout, what to stderr, and the exit code."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from askdivide.ingestion.reindex import reindex
from askdivide.interfaces import cli
from askdivide.settings import Settings
from provider import Answer, Provider, data, delta, reply

COURIER = """---
title: The harbour of Ostrava Bay
date: 2024-03-01
source: Bay Courier
tags: [harbour, shipping]
url: https://courier.example/harbour
---

# The harbour of Ostrava Bay

The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. It has **three basins** and one dry dock.

## Traffic

In 2023 the harbour handled 412 ships, according to its annual report. The largest of them was the Corona Borealis.

| Year | Ships | Cargo (tonnes) |
|---|---|---|
| 2021 | 388 | 1,204,000 |
| 2023 | 412 | 1,377,250 |
"""
LIGHTHOUSE = "# The lighthouse keeper\n\nAnselm Okoro kept the lighthouse at Point Verity for 41 years.\n"
YEAR = """---
title: A year of ferries
date: 2023
source: Ferry Gazette
tags: [Shipping]
---

The ferries carried 9,100 lambs.
"""
MONTH = """---
title: A month of fog
date: 2023-06
source: bay courier
tags: [weather]
---

Fog stood over the bay for 19 days.
"""
ARTICLES = {"harbour.md": COURIER, "notes/lighthouse.md": LIGHTHOUSE, "year.md": YEAR, "month.md": MONTH}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    def failed_with(self, *parts: str) -> None:
        """Assert one clear line on stderr that holds `parts`, nothing on stdout, and exit code 1."""
        assert (self.code, self.out) == (1, ""), self
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("error: "), self.err
        assert "Traceback" not in self.err
        assert "bug" not in self.err
        for part in parts:
            assert part in self.err


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index that the tests of this module read and never change."""
    folder = tmp_path_factory.mktemp("shared")
    for name, text in ARTICLES.items():
        (folder / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
        os.utime(folder / "corpus" / name, (1_700_000_000, 1_700_000_000))
    settings = Settings(
        corpus=folder / "corpus", index=folder / "index", reader="none", embedding="test:256", cache=folder / "cache", refuse_below=0
    )
    reindex(settings)
    return settings


def environment(settings: Settings) -> dict[str, str]:
    return {
        "ASKDIVIDE_CORPUS": str(settings.corpus),
        "ASKDIVIDE_INDEX": str(settings.index),
        "ASKDIVIDE_EMBEDDING": settings.embedding,
        "ASKDIVIDE_READER": settings.reader,
        "ASKDIVIDE_CACHE": str(settings.cache),
        "ASKDIVIDE_REFUSE_BELOW": "0",
    }


@pytest.fixture
def run(shared: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, with the shared index in the environment unless told otherwise."""
    for name, value in environment(shared).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object, **variables: str) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["askdivide", *map(str, arguments)])
            for name, value in variables.items():
                patch.setenv(f"ASKDIVIDE_{name.upper()}", value)
            with pytest.raises(SystemExit) as stop:
                cli.main()
        out, err = capsys.readouterr()
        return Ran(int(stop.value.code or 0), out, err)

    return run


def own(run: Run, settings: Settings) -> Run:
    """`run` with another index and corpus."""
    return lambda *arguments, **variables: run(*arguments, **{"corpus": str(settings.corpus), "index": str(settings.index), **variables})


@pytest.fixture
def damaged(shared: Settings, tmp_path: Path) -> Settings:
    """A copy of the shared index, to be broken."""
    shutil.copytree(shared.index, tmp_path / "index")
    return Settings(
        corpus=shared.corpus, index=tmp_path / "index", reader="none", embedding="test:256", cache=tmp_path / "cache", refuse_below=0
    )


# The shapes of the contract. A dict has exactly these keys; a list holds any number of its one element.

OPTIONAL_TEXT = (str, type(None))
OPTIONAL_INT = (int, type(None))
PLACE = {"document": str, "title": str, "heading": str, "page": OPTIONAL_INT, "start": int, "end": int}
ORIGIN = {"source": OPTIONAL_TEXT, "published": OPTIONAL_TEXT, "url": OPTIONAL_TEXT}
RANKS = {"dense": OPTIONAL_INT, "lexical": OPTIONAL_INT}
PASSAGE = {**PLACE, **ORIGIN, "text": str, "score": float, "ranks": RANKS}
ANSWER = {
    "question": str,
    "standalone_question": str,
    "status": str,
    "model": str,
    "text": str,
    "claims": [{"text": str, "citations": [int], "support": str}],
    "citations": [{**PLACE, **ORIGIN, "number": int, "version": str, "quote": str}],
    "consulted": [{**PLACE, "score": float}],
    "notes": [{"kind": str, "text": str, "citations": [int]}],
    "refusal": (type(None), {"reason": str, "nearest": [PASSAGE]}),
    "confidence": float,
    "seconds": {"embed": float, "search": float, "answer": float, "total": float},
}
REPORT = {
    "added": [str],
    "changed": [str],
    "removed": [str],
    "failed": [{"document": str, "reason": str}],
    "unchanged": int,
    "documents": int,
    "chunks": int,
    "seconds": float,
}
LISTED = {"document": str, "title": str, **ORIGIN, "tags": [str], "characters": int, "version": str, "copies": [str]}
STATE = {
    "index": str,
    "corpus": str,
    "documents": int,
    "chunks": int,
    "state": str,
    "embedding": str,
    "identity": str,
    "dimension": int,
    "chunk_tokens": int,
    "format": int,
    "failed": [{"document": str, "reason": str}],
    "copies": [{"document": str, "other": str, "share": float}],
}


def check(value: Any, shape: Any, place: str = "$") -> None:
    """Assert that JSON `value` has `shape`."""
    if isinstance(shape, tuple):
        kinds = tuple(kind for kind in shape if isinstance(kind, type))
        if not isinstance(value, kinds):
            check(value, next(kind for kind in shape if not isinstance(kind, type)), place)
    elif isinstance(shape, dict):
        assert isinstance(value, dict), place
        assert set(value) == set(shape), place
        for key, inner in shape.items():
            check(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for item in value:
            check(item, shape[0], f"{place}[]")
    else:
        assert isinstance(value, shape), f"{place} is {value!r}"
        assert not isinstance(value, bool), place


def test_the_shape_checker_tells_shapes_apart() -> None:
    check({"a": [1], "b": None}, {"a": [int], "b": (type(None), {"c": str})})
    for wrong in ({"a": 1}, {"a": ["1"], "b": None}, {"a": [], "b": {"c": 1}}, {"a": [True], "b": None}, {"a": [], "b": None, "c": 1}):
        with pytest.raises(AssertionError):
            check(wrong, {"a": [int], "b": (type(None), {"c": str})})


# ask


def test_ask_prints_the_answer_with_its_sources_and_nothing_on_stderr(run: Run) -> None:
    ran = run("ask", "Who founded the harbour of Ostrava Bay?")
    assert (ran.code, ran.err) == (0, "")
    first, rest = ran.out.split("\n", 1)
    assert first == "The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. [1]"
    assert "\nSources\n[1] The harbour of Ostrava Bay, Bay Courier, 1 March 2024" in rest
    start = COURIER.index("The harbour of Ostrava Bay was founded")
    assert f"    harbour.md:{start}-{COURIER.index(' It has')}\n" in rest


def test_ask_json_has_the_contracts_shape(run: Run) -> None:
    ran = run("ask", "How many ships did the harbour handle in 2023?", "--json")
    assert (ran.code, ran.err) == (0, "")
    check(ran.json, ANSWER)
    assert ran.json["status"] == "answered"
    assert ran.json["model"] == "quote"
    assert ran.json["refusal"] is None
    assert ran.json["claims"]
    assert {claim["support"] for claim in ran.json["claims"]} == {"quoted"}
    numbers = [citation["number"] for citation in ran.json["citations"]]
    assert [int(number) for number in re.findall(r"\[(\d+)\]", ran.json["text"])] == numbers == list(range(1, len(numbers) + 1))
    assert 0 <= ran.json["confidence"] <= 1
    cited = next(citation for citation in ran.json["citations"] if citation["document"] == "harbour.md")
    assert (cited["published"], cited["source"], cited["url"]) == ("2024-03-01", "Bay Courier", "https://courier.example/harbour")


def test_a_refusal_exits_with_3_and_offers_the_nearest_passages(run: Run) -> None:
    ran = run("ask", "Who invented the zeppelin of the harbour?", "--json", refuse_below="1")
    assert (ran.code, ran.err) == (3, "")
    check(ran.json, ANSWER)
    assert ran.json["status"] == "refused"
    assert (ran.json["claims"], ran.json["citations"]) == ([], [])
    assert "“zeppelin”" in ran.json["refusal"]["reason"]
    assert ran.json["refusal"]["nearest"]
    assert ran.json["text"] == ran.json["refusal"]["reason"]
    shown = run("ask", "Who invented the zeppelin of the harbour?", refuse_below="1")
    assert (shown.code, shown.err) == (3, "")
    assert shown.out.startswith(ran.json["text"] + "\n\nNearest passages:\n- The harbour of Ostrava Bay, Bay Courier, 1 March 2024")
    assert "Sources" not in shown.out


def test_small_talk_is_answered_but_no_answer_from_the_articles(run: Run) -> None:
    ran = run("ask", "hello!")
    assert ran.code == 3
    assert ran.out.startswith("Hello. Ask something")
    assert "The harbour of Ostrava Bay" in ran.out
    assert run("ask", "hello!", "--json").json["refusal"]["nearest"] == []


def test_a_model_given_twice_gives_a_list(run: Run) -> None:
    ran = run("ask", "Who founded the harbour?", "--json", "--model", "quote", "--model", "quote")
    assert ran.code == 0
    check(ran.json, [ANSWER])
    assert len(ran.json) == 2
    assert ran.json[0]["text"] == ran.json[1]["text"]
    shown = run("ask", "Who founded the harbour?", "--model", "quote", "--model", "quote").out
    assert shown.count("\nSources\n") == 2
    assert re.findall(r"^.*\bquote\b.*$", shown, re.MULTILINE) == ["== quote ==", "== quote =="]
    assert max(map(len, shown.splitlines())) < 200


def test_a_model_that_fails_does_not_take_the_others_answer_away(run: Run, batch: Callable[..., Path]) -> None:
    models = ("--model", "quote", "--model", "server:x@http://127.0.0.1:9/v1")
    for given in (models, (*models[2:], *models[:2])):
        ran = run("ask", "Who founded the harbour?", *given)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert ran.err.startswith("error: nothing answers at http://127.0.0.1:9")
        assert "founded in 1871" in ran.out
    data = run("ask", "Who founded the harbour?", "--json", *models).json
    assert [one["model"] for one in data] == ["quote"]
    run("ask", "x", *models[2:]).failed_with("nothing answers at")
    unknown = run("ask", "Who founded the harbour?", "--model", "qoute", "--model", "quote")
    assert (unknown.code, "did you mean quote?" in unknown.err, "1871" in unknown.out) == (1, True, True)
    line = run("ask", "--batch", batch({"id": 1, "question": "fog"}), *models)
    assert (line.code, line.err.count("\n")) == (1, 1)
    answered, failed = line.lines[0]
    assert (answered["id"], answered["model"]) == (1, "quote")
    assert failed["id"] == 1
    assert failed["error"] in line.err


def test_explain_shows_how_the_passages_were_found(run: Run) -> None:
    plain = run("ask", "Who founded the harbour?", "--json").json
    explained = run("ask", "Who founded the harbour?", "--json", "--explain").json
    assert set(explained) - set(plain) == {"explain"}
    check(
        explained["explain"],
        [
            {
                **PLACE,
                "score": float,
                "scores": {"dense": float, "lexical": float},
                "ranks": RANKS,
            }
        ],
    )
    shown = run("ask", "Who founded the harbour?", "--explain").out
    assert "Passages read" in shown
    assert re.search(r"score \d\.\d\d, dense -?\d\.\d\d \(rank \d+\), BM25 \d+\.\d \(rank \d+\)", shown)
    assert re.search(r"Confidence that the articles answer: [01]\.\d\d\n", shown)


# Filters

FILTERS = [
    ((), {"harbour.md", "notes/lighthouse.md", "year.md", "month.md"}),
    (("--since", "2024"), {"harbour.md"}),
    (("--since", "2023-07"), {"harbour.md", "year.md"}),  # "2023" may be any day of that year
    (("--since", "2023-06-30"), {"harbour.md", "year.md", "month.md"}),
    (("--until", "2023-05-31"), {"year.md"}),
    (("--until", "2023"), {"year.md", "month.md"}),
    (("--until", "2022-12-31"), set()),
    (("--since", "2024-03-01", "--until", "2024-03-01"), {"harbour.md"}),
    (("--since", "1 March 2024"), {"harbour.md"}),
    (("--source", "Bay Courier"), {"harbour.md", "month.md"}),
    (("--source", "BAY COURIER", "--source", "Ferry Gazette"), {"harbour.md", "month.md", "year.md"}),
    (("--source", "Bay"), set()),
    (("--tag", "shipping"), {"harbour.md", "year.md"}),
    (("--tag", "harbour", "--tag", "weather"), {"harbour.md", "month.md"}),
    (("--tag", "shipping", "--source", "bay courier"), {"harbour.md"}),
    (("--tag", "shipping", "--until", "2023"), {"year.md"}),
]


@pytest.mark.parametrize(("options", "expected"), FILTERS, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_filters_choose_the_same_articles_everywhere(run: Run, options: tuple[str, ...], expected: set[str]) -> None:
    listed = run("list", "--json", *options)
    assert {row["document"] for row in listed.json} == expected
    found = run("search", "harbour ferries fog lighthouse", "--json", "--top-k", "50", *options)
    assert found.code == 0
    assert {passage["document"] for passage in found.json["passages"]} == expected
    asked = run("ask", "harbour ferries fog lighthouse", "--json", "--explain", *options)
    assert {passage["document"] for passage in asked.json["explain"]} == expected
    assert asked.code == (0 if expected else 3)
    if not expected:
        assert asked.json["refusal"] == {"reason": "No article passes the filters.", "nearest": []}


def test_a_search_that_no_article_passes_says_so_on_stderr(run: Run) -> None:
    assert run("search", "harbour", "--since", "2030") == Ran(0, "", "note: no article passes the filters\n")


def test_a_list_that_no_article_passes_says_so_on_stderr(run: Run) -> None:
    assert run("list", "--since", "2030") == Ran(0, "", "note: no article passes the filters\n")
    assert run("list", "--since", "2030", "--json") == Ran(0, "[]\n", "note: no article passes the filters\n")


@pytest.mark.parametrize("command", ["ask fog", "ask fog --json", "search fog", "list"])
def test_a_source_or_tag_that_no_article_has_is_told_with_the_nearest(run: Run, command: str) -> None:
    none = "note: no article passes the filters\n"
    ran = run(*command.split(), "--source", "bay corier")
    assert ran.code == (3 if "ask" in command else 0)
    assert ran.err.replace(none, "") == "note: no article has the source “bay corier”; did you mean “Bay Courier”?\n"
    assert "ask" not in command or "No article passes the filters." in ran.out
    ran = run(*command.split(), "--tag", "zzz", "--tag", "weather", "--source", "Ferry Gazette")
    told = "note: no article has the tag “zzz”; there are harbour, Shipping, weather\n"
    assert ran.err.replace(none, "") == told


# search, list, show, status


def test_search_json_has_the_contracts_shape(run: Run) -> None:
    ran = run("search", "harbour ships", "--json", "--top-k", "3")
    assert (ran.code, ran.err) == (0, "")
    check(ran.json, {"query": str, "passages": [PASSAGE]})
    assert ran.json["query"] == "harbour ships"
    assert len(ran.json["passages"]) == 3
    for passage in ran.json["passages"]:
        assert ARTICLES[passage["document"]][passage["start"] : passage["end"]] == passage["text"]


def test_search_prints_numbered_passages_with_their_place(run: Run) -> None:
    ran = run("search", "Anselm Okoro", "--top-k", "1")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("1. The lighthouse keeper  ")
    assert lines[1:] == ["    Anselm Okoro kept the lighthouse at Point Verity for 41 years.", "    notes/lighthouse.md:25-87"]


def test_list_names_every_article_by_path(run: Run) -> None:
    ran = run("list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "2024-03-01  harbour.md  The harbour of Ostrava Bay",
        "2023-06     month.md  A month of fog",
        "-           notes/lighthouse.md  The lighthouse keeper",
        "2023        year.md  A year of ferries",
    ]
    data = run("list", "--json").json
    check(data, [LISTED])
    assert data[0]["tags"] == ["harbour", "shipping"]
    assert data[0]["characters"] == len(COURIER)


def test_show_prints_exactly_the_text_that_offsets_count(run: Run) -> None:
    ran = run("show", "harbour.md")
    assert ran == Ran(0, COURIER, "")
    data = run("show", "harbour.md", "--json").json
    check(data, {**LISTED, "text": str})
    assert data["text"] == COURIER


def test_status_tells_what_is_indexed_and_how(run: Run, shared: Settings) -> None:
    data = run("status", "--json").json
    check(data, STATE)
    assert (data["documents"], data["embedding"], data["dimension"], data["failed"]) == (4, "test:256", 256, [])
    assert (data["index"], data["corpus"]) == (str(shared.index), str(shared.corpus))
    shown = run("status")
    assert (shown.code, shown.err) == (0, "")
    assert re.search(r"^documents: +4$", shown.out, re.MULTILINE)
    assert re.search(r"^state: +unchanged since the last run$", shown.out, re.MULTILINE)
    assert re.search(r"^chunk tokens: 180$", shown.out, re.MULTILINE)


def test_copies_are_named_in_list_show_and_status(run: Run, settings: Settings) -> None:
    assert run("status", "--json").json["copies"] == []
    assert re.search(r"^copies: +none$", run("status").out, re.MULTILINE)
    corpus = settings.index.parent / "syndicated"
    shutil.copytree(settings.corpus, corpus)
    (corpus / "again.md").write_text(COURIER.replace("Bay Courier", "Bay Gazette") + "\nReprinted with thanks.\n", encoding="utf-8")
    options = ("--corpus", str(corpus), "--index", str(settings.index))
    assert run("index", *options).code == 0
    copies = run("status", "--json", *options).json["copies"]
    check(copies, STATE["copies"])
    assert [(one["document"], one["other"]) for one in copies] == [("harbour.md", "again.md")]
    assert copies[0]["share"] > 0.8
    assert re.search(r"^copies: +again.md = harbour.md$", run("status", *options).out, re.MULTILINE)
    listed = {row["document"]: row["copies"] for row in run("list", "--json", *options).json}
    assert listed == {"again.md": ["harbour.md"], "harbour.md": ["again.md"], "notes/lighthouse.md": [], "orchards.txt": []}
    assert "harbour.md  The harbour of Ostrava Bay  (copy of again.md)" in run("list", *options).out
    assert run("show", "again.md", "--json", *options).json["copies"] == ["harbour.md"]


def test_status_gives_each_failure_a_line_and_the_first_ten_of_many(run: Run, settings: Settings) -> None:
    run = own(run, settings)
    for number in range(12):
        (settings.corpus / f"broken{number:02}.md").write_bytes(b"\xff\xfeh\0i\0")
    run("index")
    shown = run("status").out.splitlines()
    first = next(place for place, line in enumerate(shown) if line.startswith("failed:"))
    assert shown[first] == "failed:       broken00.md is UTF-16 text; save it as UTF-8"
    assert shown[first + 9 : first + 11] == ["              broken09.md is UTF-16 text; save it as UTF-8", "              and 2 more"]
    assert len(run("status", "--json").json["failed"]) == 12


# index


def test_index_reports_what_changed(run: Run, settings: Settings) -> None:
    run = own(run, settings)
    first = run("index", "--json")
    assert (first.code, first.err) == (0, "")
    check(first.json, REPORT)
    assert first.json["added"] == ["harbour.md", "notes/lighthouse.md", "orchards.txt"]
    (settings.corpus / "harbour.md").write_text("# Harbour\n\nIt is closed.\n", encoding="utf-8")
    (settings.corpus / "orchards.txt").unlink()
    (settings.corpus / "new.md").write_text("# New\n\nA new article.\n", encoding="utf-8")
    second = run("index", "--json").json
    check(second, REPORT)
    assert (second["added"], second["changed"], second["removed"]) == (["new.md"], ["harbour.md"], ["orchards.txt"])
    assert (second["unchanged"], second["documents"], second["failed"]) == (1, 3, [])
    shown = run("index")
    assert (shown.code, shown.err) == (0, "")
    assert re.fullmatch(r"3 unchanged; 3 articles, \d+ chunks in .*index \(\d+\.\d s\)\n", shown.out)
    rebuilt = run("index", "--rebuild", "--json").json
    assert (len(rebuilt["added"]), rebuilt["documents"]) == (3, 3)


def test_index_goes_on_past_an_unreadable_article_and_exits_with_1(run: Run, settings: Settings) -> None:
    run = own(run, settings)
    (settings.corpus / "broken.md").write_bytes(b"\xff\xfeh\0i\0")
    (settings.corpus / "picture.png").write_bytes(b"\x89PNG")
    ran = run("index", "--json")
    assert ran.code == 1
    check(ran.json, REPORT)
    assert ran.json["failed"] == [{"document": "broken.md", "reason": "is UTF-16 text; save it as UTF-8"}]
    assert ran.json["documents"] == 3
    note, error = ran.err.splitlines()
    assert note.startswith("note: left alone, no reader for their kind: 1 .png")
    assert error == "error: broken.md is UTF-16 text; save it as UTF-8"
    assert run("status", "--json").json["failed"] == ran.json["failed"]
    assert run("ask", "Who founded the harbour?").code == 0


# Errors: one line on stderr, nothing on stdout


@pytest.mark.parametrize("command", ["ask x", "search x", "list", "show x", "status"])
def test_without_an_index_every_command_names_the_one_that_makes_it(run: Run, tmp_path: Path, command: str) -> None:
    run(*command.split(), index=str(tmp_path / "none")).failed_with(str(tmp_path / "none"), "run: askdivide index")
    assert not (tmp_path / "none").exists()


def test_a_missing_corpus_is_named(run: Run, tmp_path: Path) -> None:
    run("index", "--corpus", tmp_path / "gone", "--index", tmp_path / "i").failed_with(str(tmp_path / "gone"), "does not exist", "--corpus")
    (tmp_path / "file").touch()
    run("index", "--corpus", tmp_path / "file", "--index", tmp_path / "i").failed_with("is not a folder")


def test_an_empty_corpus_says_what_to_put_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run("index", "--corpus", tmp_path / "empty", "--index", tmp_path / "i").failed_with("no articles in", ".md", ".txt")
    run("ask", "x", "--corpus", tmp_path / "empty", "--index", tmp_path / "i").failed_with("no index in")


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("question", ["", "   \n\t "])
def test_an_empty_question_is_an_error(run: Run, command: str, question: str) -> None:
    run(command, question).failed_with("the question is empty")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_without_words_is_an_error(run: Run, command: str) -> None:
    run(command, "--", "?").failed_with("the question has no words; ask something")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_of_20_000_characters_is_an_error(run: Run, command: str) -> None:
    run(command, "ship " * 4000).failed_with("19,999 characters", "at most")


@pytest.mark.parametrize(
    ("model", "hint"), [("qoute", "did you mean quote?"), ("zzz", "known are: quote"), ("Quote", "did you mean quote?")]
)
def test_an_unknown_model_is_named_with_the_nearest(run: Run, model: str, hint: str) -> None:
    run("ask", "x", "--model", model).failed_with(repr(model), hint)
    run("ask", "x", model=model).failed_with(repr(model), hint)


def test_an_unknown_judge_is_told_before_anything_is_written(run: Run) -> None:
    for model in ("quote", "server:x@http://127.0.0.1:9/v1"):
        run("ask", "fog", "--model", model, judge="zzz").failed_with("setting judge: no answer model is named 'zzz'; known are: quote")


def test_an_unknown_document_is_named_with_the_nearest(run: Run) -> None:
    run("show", "harbor.md").failed_with("harbor.md", "did you mean harbour.md?", "askdivide list")
    far = run("show", "qqqqqqq")
    far.failed_with("qqqqqqq", "askdivide list")
    assert "did you mean" not in far.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["ask", "x", "--frobnicate"], "--frobnicate"),
        (["frobnicate"], "frobnicate"),
        (["ask"], "give a QUESTION or --batch FILE"),
        (["ask", "x", "--batch", "f"], "give a QUESTION or --batch FILE, not both"),
        (["search"], "give a QUERY or --batch FILE"),
        (["ask", "x", "--since", "sometime"], "'sometime' is no date; write 2025, 2025-06 or 2025-06-30"),
        (["list", "--until", "2025-02-31"], "'2025-02-31' is no date"),
        (["search", "x", "--top-k", "0"], "0 is not in the range"),
        (["search", "x", "--top-k", "many"], "'many' is not a valid integer"),
        (["serve", "--port", "65536"], "65536 is not in the range 0<=x<=65535"),
        (["serve", "--port", "-1"], "-1 is not in the range 0<=x<=65535"),
        (["show"], "Missing argument 'DOCUMENT'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str], part: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err
    assert ran.err.startswith("Usage: askdivide")
    assert "Traceback" not in ran.err


def test_help_and_version_go_to_stdout(run: Run) -> None:
    shown = run("--help")
    assert (shown.code, shown.err) == (0, "")
    for command in ("ask", "search", "index", "list", "show", "status", "serve", "eval"):
        assert re.search(rf"^  {command} +\S", shown.out, re.MULTILINE)
        inner = run(command, "-h")
        assert (inner.code, inner.err) == (0, "")
        assert "--corpus DIR" in inner.out
        assert "--index DIR" in inner.out
    assert run("--version").out.startswith("askdivide, version ")


# Settings


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"passages": "many"}, ("ASKDIVIDE_PASSAGES", "'many'", "not a number")),
        ({"passages": "0"}, ("passages is 0", "between 1 and 100")),
        ({"port": "65536"}, ("port is 65536", "between 0 and 65535")),
    ],
)
def test_a_wrong_value_in_the_environment_is_named(run: Run, variables: dict[str, str], parts: tuple[str, ...]) -> None:
    run("ask", "x", **variables).failed_with(*parts)


def test_an_unknown_setting_in_the_environment_is_named_with_the_nearest(run: Run) -> None:
    run("ask", "x", pasages="4").failed_with("ASKDIVIDE_PASAGES", "did you mean passages?")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("passages = [", ("askdivide.toml",)),
        ("pasages = 4", ("pasages", "askdivide.toml", "did you mean passages?")),
        ("passages = 'four'", ("passages", "askdivide.toml", "'four'")),
        ("passages = true", ("passages", "askdivide.toml")),
        ("[ask]\npassages = 4", ("ask", "askdivide.toml")),
        (b"\xff", ("askdivide.toml",)),
    ],
)
def test_a_broken_settings_file_is_named(run: Run, text: str | bytes, parts: tuple[str, ...]) -> None:
    Path("askdivide.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    run("ask", "x").failed_with(*parts)


def test_a_flag_overrides_the_environment_and_that_the_file(run: Run, shared: Settings, tmp_path: Path) -> None:
    Path("askdivide.toml").write_text('index = "of the file"\nsentences = 1\n', encoding="utf-8")
    assert len(run("ask", "harbour", "--json").json["claims"]) == 1
    run("ask", "x", index="of the environment").failed_with("no index in of the environment")
    assert run("ask", "harbour", "--index", shared.index, index="of the environment").code == 0


# Broken indexes


def test_an_index_folder_that_is_a_file_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run("ask", "x", index=str(tmp_path / "file")).failed_with(str(tmp_path / "file"))
    run("index", index=str(tmp_path / "file")).failed_with(str(tmp_path / "file"), "--index")


def test_an_index_folder_that_is_a_file_gets_a_remedy_that_works(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run("ask", "x", index=str(tmp_path / "file")).failed_with("is a file", "--index")


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    def spoil(index: Path) -> None:
        for file in index.glob(name):
            file.write_bytes(content)

    return spoil


def _truncate_catalog(index: Path) -> None:
    for file in index.glob("generation-*/catalog.sqlite3"):
        os.truncate(file, 5000)


DAMAGE = {
    "CURRENT is empty": _write("CURRENT", b""),
    "CURRENT names nothing": _write("CURRENT", b"generation-gone\n"),
    "CURRENT leads out": _write("CURRENT", b"../elsewhere\n"),
    "CURRENT is no text": _write("CURRENT", b"\xff\xfe\0"),
    "catalog is no database": _write("generation-*/catalog.sqlite3", b"junk " * 100),
    "catalog is empty": _write("generation-*/catalog.sqlite3", b""),
    "catalog is cut off": _truncate_catalog,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_says_the_command_that_repairs_it(run: Run, damaged: Settings, damage: str) -> None:
    run = own(run, damaged)
    DAMAGE[damage](damaged.index)
    for command in ("ask x", "search x", "list", "show harbour.md", "status", "index"):
        run(*command.split()).failed_with(str(damaged.index), "run: askdivide index --rebuild")
    assert run("index", "--rebuild").code == 0
    assert run("ask", "Who founded the harbour?").code == 0


def test_lost_vectors_come_back_with_the_next_run(run: Run, damaged: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run = own(run, damaged)
    chroma = next(damaged.index.glob("generation-*/chroma"))
    shutil.rmtree(chroma)
    # The catalog has the vectors too, and so few are compared without Chroma.
    assert run("ask", "Who founded the harbour?").code == 0
    monkeypatch.setattr("askdivide.retrieval.nearest._FEW", 0)
    run("ask", "x").failed_with("run: askdivide index")
    assert run("index").code == 0
    assert chroma.is_dir()
    assert run("ask", "Who founded the harbour?").code == 0


def test_a_changed_embedding_names_old_new_and_the_command(run: Run) -> None:
    for command in ("ask x", "search x", "list", "status", "index"):
        run(*command.split(), embedding="test:64").failed_with(
            "'test:256'", "'test:64'", "run: askdivide index --rebuild", "ASKDIVIDE_EMBEDDING=test:256"
        )


def test_an_embedding_model_that_cannot_be_found_says_what_was_tried(run: Run, settings: Settings) -> None:
    ran = own(run, settings)("index", embedding="nobody/no-such-model")
    ran.failed_with("nobody/no-such-model", "Hugging Face cache", "pip install")
    own(run, settings)("ask", "x", embedding="nobody/no-such-model").failed_with("run: askdivide index")


def test_a_first_run_cut_short_before_anything_was_committed_is_no_refusal(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = own(run, settings)
    with monkeypatch.context() as patch:
        patch.setattr("askdivide.ingestion.reindex._Run._apply", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        assert run("index").code == 130
    for command in ("ask", "search"):
        run(command, "Who founded the harbour?").failed_with(str(settings.index), "the first run has not finished, run: askdivide index")
    assert run("index").code == 0
    assert run("ask", "Who founded the harbour?").code == 0


def test_a_corpus_emptied_on_purpose_is_a_refusal(run: Run, settings: Settings) -> None:
    run = own(run, settings)
    assert run("index").code == 0
    assert run("remove", "harbour.md", "orchards.txt", "notes/lighthouse.md").code == 0
    asked = run("ask", "Who founded the harbour?")
    assert (asked.code, asked.out, asked.err) == (3, "The corpus has no passage to go by.\n", "")


# Batches


@pytest.fixture
def batch(tmp_path: Path) -> Callable[..., Path]:
    def made(*lines: object) -> Path:
        file = tmp_path / "batch.jsonl"
        file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), encoding="utf-8")
        return file

    return made


IDS = [7, "a", None, 1.5, True, [1, "x"], {"k": [None]}]


def test_a_batch_answers_every_line_in_order_with_its_id(run: Run, batch: Callable[..., Path]) -> None:
    questions = ["Who founded the harbour?", "Who kept the lighthouse?", "How many lambs?", "fog", "ships", "cargo", "basins"]
    file = batch(*({"id": id_, "question": question} for id_, question in zip(IDS, questions, strict=True)), {"question": "no id"})
    asked = run("ask", "--batch", file, "--json")
    assert (asked.code, asked.err) == (0, "")
    assert [line["id"] for line in asked.lines] == [*IDS, None]
    assert [line["question"] for line in asked.lines] == [*questions, "no id"]
    for line in asked.lines:
        check({key: value for key, value in line.items() if key != "id"}, ANSWER)
    found = run("search", "--batch", file, "--json", "--top-k", "2")
    assert [(line["id"], line["query"]) for line in found.lines] == [*zip(IDS, questions, strict=True), (None, "no id")]
    for line in found.lines:
        check({key: value for key, value in line.items() if key != "id"}, {"query": str, "passages": [PASSAGE]})
        assert len(line["passages"]) == 2


def test_a_line_of_a_batch_gets_the_same_answer_as_the_question_alone(run: Run, batch: Callable[..., Path]) -> None:
    question = "How many ships did the harbour handle in 2023?"
    (line,) = run("ask", "--batch", batch({"id": 1, "question": question}), "--json", "--tag", "shipping").lines
    alone = run("ask", question, "--json", "--tag", "shipping").json
    for key in ("text", "claims", "citations", "consulted", "confidence"):
        assert line[key] == alone[key]


def test_history_may_be_questions_or_turns(run: Run, batch: Callable[..., Path]) -> None:
    earlier = "Who kept the lighthouse at Point Verity?"
    file = batch(
        {"id": 1, "question": "For how long did he keep it?", "history": [earlier]},
        {"id": 2, "question": "For how long did he keep it?", "history": [{"question": earlier, "answer": "Anselm Okoro."}]},
        {"id": 3, "question": "For how long did he keep it?", "history": []},
        {"id": 4, "question": "For how long did he keep it?", "history": None},
    )
    strings, turns, none, null = run("ask", "--batch", file, "--json").lines
    assert "Point Verity" in strings["standalone_question"]
    assert "Anselm Okoro, Point Verity" in turns["standalone_question"]
    assert none["standalone_question"] == null["standalone_question"] == none["question"]
    strings, turns, none, _ = run("search", "--batch", file, "--json").lines
    assert strings["query"] == none["query"] == "For how long did he keep it?"
    assert strings["passages"][0]["document"] == turns["passages"][0]["document"]
    assert strings["passages"][0]["document"] == "notes/lighthouse.md"
    assert strings["passages"] != none["passages"]


def test_an_empty_question_in_a_batch_leaves_the_others_answered(run: Run, batch: Callable[..., Path]) -> None:
    file = batch({"id": 1, "question": "fog"}, {"id": 2, "question": " "}, {"id": 3, "question": "ships"})
    for command in ("ask", "search"):
        ran = run(command, "--batch", file, "--json")
        assert ran.code == 1
        assert ran.err == f"error: {file}, line 2: the question is empty; ask something\n"
        assert [line["id"] for line in ran.lines] == [1, 2, 3]
        assert ran.lines[1] == {"id": 2, "question": " ", "error": "the question is empty; ask something"}
        assert "error" not in ran.lines[0] | ran.lines[2]


def test_a_garbled_answer_in_a_batch_leaves_the_others_answered(run: Run, batch: Callable[..., Path], provider: Provider) -> None:
    garbled = Answer([*data(delta("It ")), "data: {broken\n\n"])
    provider.plays(reply("It is so [S1]."), garbled, reply("It is so [S1]."))
    file = batch(*({"id": number, "question": "How many ships?"} for number in (1, 2, 3)))
    ran = run("ask", "--batch", file, "--json", "--model", f"server:tiny@{provider.url}", context="4096")
    assert ran.code == 1
    assert ran.err.startswith(f"error: {file}, line 2: the server at {provider.url} sent something that is no model's answer; ask again")
    assert [(line["id"], "error" in line) for line in ran.lines] == [(1, False), (2, True), (3, False)]


def test_refusals_in_a_batch_are_answers(run: Run, batch: Callable[..., Path]) -> None:
    ran = run("ask", "--batch", batch({"id": 1, "question": "fog"}), "--json", refuse_below="1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0]["status"] == "refused"


def test_a_batch_of_two_models_gives_a_list_a_line(run: Run, batch: Callable[..., Path]) -> None:
    file = batch({"id": "x", "question": "fog"}, {"id": "y", "question": "ships"})
    lines = run("ask", "--batch", file, "--json", "--model", "quote", "--model", "quote", "--explain").lines
    assert [[one["id"] for one in line] for line in lines] == [["x", "x"], ["y", "y"]]
    assert all(one["explain"] for line in lines for one in line)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{not json", "is not JSON"),
        ("[1]", 'is not an object with a "question"'),
        ('{"id": 2}', 'is not an object with a "question"'),
        ('{"id": 2, "question": 5}', 'is not an object with a "question"'),
        ('{"question": "x", "history": "y"}', '"history" is not a list'),
        ('{"question": "x", "history": [5]}', '"history" holds something'),
    ],
)
def test_a_broken_batch_file_names_the_line_before_anything_is_answered(run: Run, batch: Callable[..., Path], line: str, part: str) -> None:
    file = batch({"id": 1, "question": "fog"}, "", line)
    for command in ("ask", "search"):
        run(command, "--batch", file, "--json").failed_with(f"{file}, line 3", part)


def test_a_batch_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    run("ask", "--batch", tmp_path / "none.jsonl").failed_with("none.jsonl cannot be read: No such file or directory")
    run("ask", "--batch", tmp_path).failed_with("cannot be read: Is a directory")


def test_a_batch_file_that_is_no_text_names_the_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lat.jsonl"
    file.write_bytes(b'{"question": "fog"}\n{"question": "caf\xe9"}\n')
    run("ask", "--batch", file).failed_with(f"{file}, line 2 is not UTF-8 text; save all of it as UTF-8")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_batch_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    lines = b'{"id": 1, "question": "fog"}\n{"id": 2, "question": " "}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    ran = run(command, "--batch", "-")
    assert (ran.code, ran.err) == (1, "error: standard input, line 2: the question is empty; ask something\n")
    assert [line["id"] for line in ran.lines] == [1, 2]


def test_what_is_wrong_for_every_line_is_said_once(run: Run, batch: Callable[..., Path]) -> None:
    run("ask", "--batch", batch({"question": "fog"}, {"question": "ships"}), "--model", "qoute").failed_with("did you mean quote?")


# Hostile text


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_with_bytes_that_are_no_text_is_no_bug(run: Run, command: str) -> None:
    for form in (["--json"], []):
        ran = run(command, "\udcff harbour ships", *form)
        assert (ran.code, ran.err) == (0, "")
        assert "harbour.md" in ran.out


HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066\u200b\u2069\x08\x7f\u061c\ufeff"
EVIL = f"""---
title: {json.dumps("Pirate " + HOSTILE + chr(13) + " title")}
source: {json.dumps("Source" + HOSTILE)}
date: 2024
tags: [{json.dumps("t" + HOSTILE)}]
---

## Heading {HOSTILE} end

The pirate ship {HOSTILE} sank in 1700 with [bold red]markup[/bold red] and :skull: on board.

| Ship {HOSTILE} | Year |
|---|---|
| Pirate {HOSTILE} | 1700 |
"""


@pytest.fixture
def hostile(settings: Settings) -> Settings:
    (settings.corpus / "evil.md").write_text(EVIL, encoding="utf-8")
    (settings.corpus / "bad\u202e\x9bname.md").write_bytes(b"\xff\xfe")
    reindex(settings)
    return settings


def controls(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf") and char not in "\n\t"}


SHOWN = ["ask|When did the pirate ship sink?|--explain", "search|pirate ship", "list", "status", "index", "show|bad\u202ename.md"]
SHOWN += ["ask|When did the pirate ship sink?|--json|--explain", "search|pirate ship|--json", "show|evil.md|--json"]
SHOWN += ["list|--json", "status|--json", "index|--json"]


@pytest.mark.parametrize("command", SHOWN)
def test_control_characters_of_an_article_are_never_printed(run: Run, hostile: Settings, command: str) -> None:
    ran = own(run, hostile)(*command.split("|"))
    assert controls(ran.out) | controls(ran.err) == set()
    assert ran.out + ran.err
    if "pirate" in command and "json" not in command:
        assert "[bold red]markup[/bold red]" in ran.out
        assert ":skull:" in ran.out


def test_json_keeps_the_articles_own_characters_as_escapes(run: Run, hostile: Settings) -> None:
    ran = own(run, hostile)("show", "evil.md", "--json")
    assert ran.json["text"] == EVIL
    assert ran.json["source"] == "Source" + HOSTILE


def test_a_terminal_gets_no_control_characters_either(hostile: Settings) -> None:
    shown = terminal(
        [["ask", "When did the pirate ship sink?", "--explain"], ["search", "pirate"], ["list"], ["status"], ["show", "evil.md"]],
        {**environment(hostile), "TERM": "dumb"},
    )
    assert "[bold red]markup[/bold red]" in shown
    assert "sank in 1700" in shown
    assert controls(shown.replace("\r\n", "\n")) == set()


def test_a_narrow_terminal_stays_readable(shared: Settings) -> None:
    shown = terminal(
        [["ask", "How many ships did the harbour handle in 2023?", "--explain"], ["search", "harbour"]],
        {**environment(shared), "TERM": "xterm", "COLUMNS": "40"},
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.replace("\r\n", "\n"))
    assert controls(plain) == set()
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= 40
    assert "In 2023 the harbour handled 412 ships, according to its annual report. [1]" in " ".join(plain.split())
    assert "…" not in plain


def test_output_that_is_no_terminal_is_not_wrapped(run: Run, settings: Settings) -> None:
    sentence = "The ship " + "and the captain " * 40 + "sank."
    (settings.corpus / "long.md").write_text(f"# Long\n\n{sentence}\n", encoding="utf-8")
    reindex(settings)
    ran = own(run, settings)("ask", "the captain ship", "--explain")
    assert f"{sentence} [1]\n" in ran.out
    assert all(line == line.rstrip() for line in ran.out.splitlines())


# Where the process matters

ASKDIVIDE = [sys.executable, "-m", "askdivide"]


def terminal(commands: list[list[str]], variables: Mapping[str, str]) -> str:
    """What a terminal is sent while `commands` run in one process."""
    import pty

    master, slave = pty.openpty()
    code = (
        "import sys\nfrom askdivide.interfaces import cli\n"
        f"for command in {commands!r}:\n"
        "    sys.argv = ['askdivide', *command]\n"
        "    try: cli.main()\n"
        "    except SystemExit as stop: assert not stop.code, (command, stop.code)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **variables}, start_new_session=True
    )
    os.close(slave)
    sent = bytearray()
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        sent += part
    os.close(master)
    assert process.wait(60) == 0, sent.decode()
    return sent.decode()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["show", "harbour.md"], ["ask", "harbour"], ["--help"]], ids=" ".join)
def test_output_into_a_closed_pipe_is_quiet_and_no_error(shared: Settings, command: list[str], unbuffered: str) -> None:
    variables = {**os.environ, **environment(shared), "PYTHONUNBUFFERED": unbuffered}
    process = subprocess.Popen([*ASKDIVIDE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["show", "harbour.md"], ["ask", "harbour"]], ids=" ".join)
def test_an_output_that_cannot_be_written_is_named(shared: Settings, command: list[str], unbuffered: str) -> None:
    variables = {**os.environ, **environment(shared), "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        ran = subprocess.run([*ASKDIVIDE, *command], stdout=full, stderr=subprocess.PIPE, text=True, env=variables, timeout=60)
    said = "error: the output cannot be written (No space left on device); free some space, or send it elsewhere\n"
    assert (ran.returncode, ran.stderr) == (1, said)


def test_an_output_that_is_not_utf8_gets_escapes(shared: Settings) -> None:
    code = "import sys\nfrom askdivide.interfaces import cli\n"
    code += "for more in ([], ['--json']):\n    sys.argv = ['askdivide', 'ask', 'harbour ships in 2023 \\u2013 f\\xfcr wen?', *more]\n"
    code += "    try: cli.main()\n    except SystemExit as stop: assert not stop.code\n"
    variables = {**os.environ, **environment(shared), "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, b"")
    shown, brace, data = ran.stdout.decode("ascii").partition("{\n")
    assert "\\u201cIn 2023 the harbour handled 412 ships" in shown
    assert json.loads(brace + data)["question"] == "harbour ships in 2023 – für wen?"


INTERRUPT = """
import os, signal, sys
from askdivide.interfaces import cli
{module}
original = {target}
calls = 0
def interrupted(*arguments, **named):
    global calls
    calls += 1
    result = original(*arguments, **named) if {after} else None
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGINT)
    return result if {after} else original(*arguments, **named)
{target} = interrupted
sys.argv = ["askdivide", "index"]
cli.main()
"""
MOMENTS = {
    # Of 64 texts at a time, while the second batch is written.
    "while the third batch is embedded": ("from askdivide.index.embedding import HashEmbedder", "HashEmbedder.embed_documents", 9, False),
    "after vectors, before the catalog": ("from askdivide.index.vectors import ChromaVectors", "ChromaVectors.upsert", 2, True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupted_index_run_exits_with_130_and_leaves_a_usable_state(run: Run, settings: Settings, moment: str) -> None:
    for number in range(600):
        (settings.corpus / f"a{number:03}.md").write_text(f"# Article {number}\n\nThe barge b{number} sank.\n", encoding="utf-8")
    module, target, call, after = MOMENTS[moment]
    code = INTERRUPT.format(module=module, target=target, call=call, after=after)
    process = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment(settings)}, capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 130, process.stderr
    assert process.stderr.split() == ["interrupted"]
    assert process.stdout == ""
    run = own(run, settings)
    between = run("status", "--json").json
    assert 0 < between["documents"] < 603
    assert "the first run has not finished, run: askdivide index" in between["state"]
    asked = run("ask", "Which barge is b7?", "--json")
    assert asked.json["citations"]
    assert asked.err == "note: the first run has not finished, run: askdivide index\n"
    assert run("search", "barge").err == asked.err
    done = run("index", "--json").json
    assert len(done["added"]) == 603 - between["documents"]
    assert done["documents"] == 603
    assert run("status", "--json").json["state"] == "unchanged since the last run"
    assert run("ask", "Which barge is b599?", "--json").json["citations"][0]["document"] == "a599.md"


@pytest.mark.parametrize("module", ["askdivide.interfaces.cli", "click"])
def test_an_interrupt_while_the_command_is_loaded_exits_with_130(module: str) -> None:
    code = "import signal, sys\nclass Interrupting:\n    def find_spec(self, name, *_):\n"
    code += f"        if name == {module!r}: signal.raise_signal(signal.SIGINT)\n"
    code += "sys.meta_path.insert(0, Interrupting())\nsys.argv = ['askdivide', '--help']\n"
    code += "from askdivide.interfaces.entry import main\nmain()\n"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "interrupted\n")


def test_the_command_minds_ctrl_c_before_it_loads_anything() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport askdivide.interfaces.entry\nprint(*sorted(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert not {"click", "typing", "askdivide.interfaces.cli", "askdivide.records"} & set(ran.stdout.split())


def test_an_interrupt_by_a_real_signal_exits_with_130(settings: Settings, tmp_path: Path) -> None:
    """Ctrl-C while `ask` waits: the process is told from outside."""
    code = "import sys, time, askdivide.answering.assistant as a\nfrom askdivide.interfaces import cli\n"
    code += "def stream(*_, **__):\n    yield print('waiting', file=sys.stderr, flush=True) or time.sleep(60)\n"
    code += "a.Assistant.stream = stream\nsys.argv = ['askdivide', 'ask', 'x']\ncli.main()\n"
    reindex(settings)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment(settings)}
    )
    assert process.stderr
    assert process.stderr.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.split()) == (130, "", ["interrupted"])
