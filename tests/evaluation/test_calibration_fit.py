from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from askdivide.answering.assistant import Assistant
from askdivide.answering.calibration import Calibration, built_in
from askdivide.answering.refusal import Signals
from askdivide.errors import QuestionError
from askdivide.evaluation.calibration import Row, collect, fit, fit_own, fitted, judge, judge_blind
from askdivide.evaluation.questions import Question
from askdivide.settings import Settings

NAMES = list(Signals.__dataclass_fields__)


def row(answerable: bool, **given: float) -> Row:
    return Row(Signals(**{**dict.fromkeys(NAMES, 0.0), **given}), answerable)


def rows(count: int = 60) -> list[Row]:
    """Half of them answerable, told apart by one signal with a little noise."""
    chance = random.Random(1)
    return [row(n % 2 == 0, sentence=chance.gauss(0.7 if n % 2 == 0 else 0.3, 0.1), named=chance.random()) for n in range(count)]


def test_the_signal_that_tells_gets_the_weight() -> None:
    made = fit(rows())
    assert made.weights["sentence"] > 2
    assert abs(made.weights["named"]) < 1
    assert set(made.weights) == {"intercept", *NAMES}


def test_the_threshold_spares_the_answerable_ones() -> None:
    quality = judge(rows(200), fit(rows(200)))
    assert quality.false_refusals
    assert quality.refusal_recall
    assert quality.false_refusals.value <= 0.05
    assert quality.refusal_recall.value > 0.7


def test_the_threshold_holds_in_the_mean_of_the_groups_whatever_their_sizes() -> None:
    hard = [replace(one, group=1, signals=replace(one.signals, sentence=one.signals.sentence - 0.3)) for one in rows(40)]
    made = fit(rows(400) + hard)
    shares = [figure.value for part in (rows(400), hard) if (figure := judge(part, made).false_refusals)]
    assert 0.02 < sum(shares) / 2 <= 0.05
    assert shares[1] > 0.05 > shares[0]


def test_few_rows_stay_near_what_was_known_before() -> None:
    prior = Calibration({"intercept": -3.0, **dict.fromkeys(NAMES, 5.0)}, 0.2)
    few, many = (fit(rows(count), prior).weights["named"] for count in (24, 2000))
    assert abs(few - 5) < abs(many - 5)


@pytest.mark.parametrize("answerable", [True, False])
def test_too_few_of_either_kind_are_refused(answerable: bool) -> None:
    kept = [one for one in rows() if one.answerable is not answerable]
    with pytest.raises(QuestionError, match="0 questions are marked as " + ("answerable" if answerable else "unanswerable")):
        fit(kept)


def test_blind_figures_come_from_rows_not_fitted_to() -> None:
    told = judge_blind(rows(200))
    assert told.auroc
    assert told.auroc.value > 0.9
    chance = random.Random(2)
    noise = [row(chance.random() < 0.5, sentence=chance.random(), named=chance.random(), read=chance.random()) for _ in range(120)]
    blind, seen = judge_blind(noise).auroc, judge(noise, fit(noise)).auroc
    assert blind
    assert seen
    assert blind.value < seen.value
    assert judge_blind(rows(22)) == judge_blind(rows(22))


def test_classes_that_part_cleanly_still_have_finite_weights() -> None:
    x = np.array([[0.0], [0.0], [1.0], [1.0]])
    w = fitted(x, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    assert np.isfinite(w).all()
    assert w[1] > 0


def test_rows_come_from_the_assistant_in_order(indexed: Settings) -> None:
    questions = [
        Question(1, 1, "When was the harbour founded?", answerable=True),
        Question(2, 2, "When was the harbour founded?", answerable=False, held_out=("harbour.md",)),
        Question(3, 3, "Not judged?"),
        Question(4, 4, "When was the harbour founded?", answerable=True),
    ]
    there, away, again = collect(Assistant.open(indexed), questions)
    assert [one.answerable for one in (there, away, again)] == [True, False, True]
    assert there.signals == again.signals
    assert away.signals.sentence < there.signals.sentence


def test_a_calibration_of_ones_own_names_the_models_it_belongs_to(indexed: Settings) -> None:
    made = fit_own(Assistant.open(indexed), rows())
    assert made.identity == {"embedding": "test:256", "reader": "none"}
    assert 0 < made.threshold < 1
    assert made.weights != built_in("none").weights


def test_another_readers_logits_count_once_they_have_been_calibrated(indexed: Settings) -> None:
    named = replace(indexed, reader="nobody/reranker")
    told = [row(number % 2 == 1, read=1.5 if number % 2 else -1.5) for number in range(60)]
    assert built_in(named.reader).weights["read"] == 0
    made = fit_own(Assistant.open(named), told)
    assert made.weights["read"] > 0.5
    assert made.identity["reader"] == "nobody/reranker"
