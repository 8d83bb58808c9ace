"""Measuring the support check: on quotes, on judged pairs, on whole answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.support import balanced_accuracy, by_kind, in_half, main, on_answers, on_pairs, on_quotes, rank_correlation
from askdivide.index.embedding import load_embedder
from askdivide.settings import Settings

SOURCE = "The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. It has three basins."
PAIRS = [
    {"id": "1", "claim": "The harbour of Ostrava Bay was founded in 1871.", "source": SOURCE, "supported": True},
    {"id": "2", "claim": "The harbour of Ostrava Bay was founded in 1872.", "source": SOURCE, "supported": False},
    {"id": "3", "claim": "The harbour was not founded by the engineer Milena Duras.", "source": SOURCE, "supported": False},
]


@pytest.fixture
def embedder(tmp_path: Path):
    return load_embedder("test:256", cache=tmp_path)


def test_quotes_pass_and_their_corrupted_numbers_do_not(indexed: Settings) -> None:
    questions = ["How many ships did the harbour handle in 2023?", "How many pear orchards are left in Lindqvist Valley?"]
    judged = on_quotes(Assistant.open(indexed), questions, half="both")
    figures = by_kind(judged)
    assert figures["+ verbatim"].value == 1.0
    assert figures["- number"].value == 1.0
    assert figures["- number"].count >= 1
    halves = [len(on_quotes(Assistant.open(indexed), questions, half=half)) for half in ("first", "second")]
    assert sum(halves) == len(judged)


def test_pairs_are_judged_against_their_own_source(embedder) -> None:
    found = on_pairs(PAIRS, embedder)
    assert [people for people, _ in found] == [True, False, False]
    assert [verdict.supported for _, verdict in found] == [True, False, False]
    assert balanced_accuracy(found) == 1.0
    assert balanced_accuracy([(not people, verdict) for people, verdict in found]) == 0.0


def test_whole_answers_are_scored_by_their_sentences(embedder) -> None:
    rows = [
        {"answer": "The harbour was founded in 1871. It has three basins.", "sources": [SOURCE], "faithfulness": 4},
        {"answer": "The harbour was founded in 1871. It has nine basins.", "sources": [SOURCE], "faithfulness": 2},
        {"answer": "", "sources": [SOURCE], "faithfulness": 1},
    ]
    found = on_answers(rows, embedder)
    assert [(people, supported) for people, _, supported in found] == [(4, 1.0), (2, 0.5)]


def test_ranks_are_correlated_and_ties_share_theirs() -> None:
    assert rank_correlation([(1, 10), (2, 20), (3, 40)]) == pytest.approx(1)
    assert rank_correlation([(1, 3), (2, 2), (3, 1)]) == pytest.approx(-1)
    assert rank_correlation([(1, 1), (1, 2), (2, 3), (2, 4)]) == pytest.approx(0.894, abs=0.001)


def test_each_text_is_of_one_half() -> None:
    for text in map(str, range(50)):
        assert in_half(text, "first") != in_half(text, "second")
        assert in_half(text, "both")


def test_the_command_prints_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDIVIDE_EMBEDDING", "test:256")
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("\n".join(map(json.dumps, PAIRS)), encoding="utf-8")
    result = CliRunner().invoke(main, ["--pairs", str(pairs), "--half", "both", "--errors"])
    assert result.exit_code == 0
    assert result.output == "balanced accuracy 1.000 (3 pairs)\n"
