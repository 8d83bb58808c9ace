from itertools import pairwise

import pytest

from askdivide.evaluation.confidence import bins, calibration_error, tradeoffs

SCORED = [(0.95, True), (0.91, True), (0.92, False), (0.15, False), (1.0, True)]


def test_bins_hold_confidence_beside_truth() -> None:
    low, high = bins(SCORED)
    assert (low.low, low.high, low.confidence, low.answerable.value) == (0.1, 0.2, 0.15, 0.0)
    assert high.confidence == pytest.approx((0.95 + 0.91 + 0.92 + 1.0) / 4)
    assert high.answerable.value == 0.75
    assert high.answerable.count == 4


def test_calibration_error_is_the_distance_from_truth() -> None:
    figure = calibration_error(SCORED)
    assert figure
    assert figure.value == pytest.approx((4 * abs(0.945 - 0.75) + abs(0.15 - 0)) / 5)
    assert figure.low <= figure.value <= figure.high


def test_a_confidence_that_keeps_its_word_has_no_error() -> None:
    figure = calibration_error([(0.5, True), (0.5, False)] * 10)
    assert figure
    assert figure.value == 0
    assert calibration_error([]) is None


def test_a_higher_threshold_refuses_more_of_both() -> None:
    points = tradeoffs(SCORED)
    assert (points[0].threshold, points[0].false_refusals, points[0].refused) == (0, 0, 0)
    assert all(a.refused <= b.refused and a.false_refusals <= b.false_refusals for a, b in pairwise(points))
    at = next(point for point in points if point.threshold == 0.91)
    assert (at.false_refusals, at.refused) == (0, 0.5)
    assert tradeoffs([(0.5, True)]) == []
