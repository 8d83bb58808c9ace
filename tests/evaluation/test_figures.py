import math

import pytest

from askdivide.evaluation.figures import auroc, mean, ndcg, percentile, reciprocal_rank, share


def test_share_has_wilsons_interval() -> None:
    figure = share([True] * 8 + [False] * 2)
    assert figure
    assert figure.value == 0.8
    # Worked by hand from Wilson's formula for 8 of 10.
    assert figure.low == pytest.approx(0.4902, abs=1e-3)
    assert figure.high == pytest.approx(0.9433, abs=1e-3)


def test_nothing_has_no_figure() -> None:
    assert share([]) is None
    assert mean([]) is None
    assert auroc([(0.5, True)]) is None


def test_mean_lies_in_its_interval() -> None:
    figure = mean([1.0, 2.0, 3.0, 4.0])
    assert figure
    assert figure.low < figure.value == 2.5 < figure.high


@pytest.mark.parametrize(
    ("scored", "expected"),
    [
        ([(0.9, True), (0.8, True), (0.1, False)], 1.0),
        ([(0.1, True), (0.9, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.5),
        ([(0.9, True), (0.5, False), (0.5, True), (0.1, False)], 0.875),
    ],
)
def test_auroc_counts_pairs_and_ties_half(scored: list[tuple[float, bool]], expected: float) -> None:
    figure = auroc(scored)
    assert figure
    assert figure.value == pytest.approx(expected)


def test_ranking_figures() -> None:
    assert ndcg(["b", "a"], ["a"]) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "b"], ["a", "b"]) == 1.0
    assert ndcg(["x"] * 10 + ["a"], ["a"]) == 0.0
    assert reciprocal_rank(["x", "a"], ["a"]) == 0.5
    assert reciprocal_rank(["x"], ["a"]) == 0.0


def test_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile([1], 0.95) == 1
