"""Floors under the quality of answers, on half of the questions of two sets, with the real embedding model.

The floors lie a few points below what was measured when they were set; raise them when answers get better. `make eval` runs
whole sets.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.evaluation.floors import broken, parse_floor
from askdivide.evaluation.questions import read_questions
from askdivide.evaluation.run import evaluate
from askdivide.evaluation.summary import by_kind, summary
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

EVALUATION = Path(__file__).parent.parent.parent / "evaluation"
pytestmark = pytest.mark.weights

OWN = """
right=0.66 hit@1=0.80 hit@5=0.95 evidence@5=0.74 answer_contains=0.70 first_claim_contains=0.46 citations_exact=1
citation_recall=0.58 false_refusals=0.07 confidence_auroc=0.85
"""
EVERYDAY = """
right=0.62 hit@1=0.90 hit@5=0.97 evidence@5=0.88 answer_contains=0.70 first_claim_contains=0.46 citations_exact=1
citation_recall=0.70 false_refusals=0.10 confidence_auroc=0.80
"""


@pytest.fixture(scope="module")
def everyday_index(tmp_path_factory: pytest.TempPathFactory, weights_cache: Path) -> Settings:
    made = Settings(corpus=EVALUATION / "everyday" / "corpus", index=tmp_path_factory.mktemp("everyday") / "index", cache=weights_cache)
    reindex(made)
    return made


def kept(settings: Settings, name: str, floors: str) -> list[str]:
    outcomes = evaluate(Assistant.open(settings), read_questions(EVALUATION / name / "questions.jsonl")[::2])
    return broken([parse_floor(text) for text in floors.split()], summary(outcomes), by_kind(outcomes))


def test_answers_over_our_own_corpus_keep_their_floors(own_index: Settings) -> None:
    assert kept(own_index, "own", OWN) == []


def test_answers_about_everyday_subjects_keep_their_floors(everyday_index: Settings) -> None:
    assert kept(everyday_index, "everyday", EVERYDAY) == []
