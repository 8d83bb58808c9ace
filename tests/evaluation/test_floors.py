import pytest

from askdivide.errors import QuestionError
from askdivide.evaluation.figures import Figure
from askdivide.evaluation.floors import broken, parse_floor


def figure(value: float) -> Figure:
    return Figure(value, value, value, 10)


def test_a_figure_under_its_floor_is_told() -> None:
    floors = [parse_floor("right=0.8"), parse_floor("hit@1=0.5")]
    assert broken(floors, {"right": figure(0.7), "hit@1": figure(0.5)}) == ["right is 0.7000, less than 0.8"]


def test_where_less_is_better_the_floor_is_a_ceiling() -> None:
    floors = [parse_floor("false_refusals=0.05"), parse_floor("seconds_search_p95=1")]
    figures = {"false_refusals": figure(0.06), "seconds_search_p95": figure(0.2)}
    assert broken(floors, figures) == ["false_refusals is 0.0600, more than 0.05"]


def test_a_floor_may_hold_for_one_kind_of_question() -> None:
    floor = parse_floor("table:right=0.8")
    assert broken([floor], {"right": figure(1)}, {"table": {"right": figure(0.5)}}) == ["table:right is 0.5000, less than 0.8"]


def test_a_floor_that_cannot_be_checked_is_broken() -> None:
    assert broken([parse_floor("right=0.1")], {}) == ["right is not measured by these questions"]


@pytest.mark.parametrize("text", ["", "right", "right=", "right=high", "=1", "right=nan", "right=inf"])
def test_what_is_no_floor_is_told_with_an_example(text: str) -> None:
    with pytest.raises(QuestionError, match="such as"):
        parse_floor(text)


def test_a_misspelt_figure_is_named_with_the_nearest() -> None:
    with pytest.raises(QuestionError, match=r"did you mean hit@1\?"):
        parse_floor("hit1=0.5")
    with pytest.raises(QuestionError, match="figures are right"):
        parse_floor("zzz=0.5")
