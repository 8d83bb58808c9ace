"""Quantities in every notation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from askdivide.text.numbers import find_quantities


@pytest.mark.parametrize(
    "forms",
    [
        ("$5.6M", "5.6 million dollars", "5,600,000 dollars", "US$5.6 million", "USD 5.6 million"),
        ("37%", "37 percent", "37 per cent", "thirty-seven percent"),
        ("128K tokens", "128,000 tokens", "128 thousand tokens"),
        ("two hundred and five ships", "205 ships"),
        ("a dozen eggs", "12 eggs", "twelve eggs"),
        ("3bn yuan", "RMB 3 billion", "three billion yuan"),
        ("23 km", "23 kilometres", "23 kilometers"),
        ("a million", "1,000,000", "one million"),
        ("two thirds", "two-thirds"),
        ("three-year", "3 years"),
    ],
)
def test_notations_of_one_quantity_agree(forms: tuple[str, ...]) -> None:
    found = [find_quantities(form) for form in forms]
    assert all(len(one) == 1 for one in found)
    assert all(one[0].agrees(found[0][0]) for one in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [("$5.6M", "$5.576M"), ("41 years", "41 months"), ("37%", "37 times"), ("$5", "€5"), ("5 million", "5 billion"), ("23 miles", "23 km")],
)
def test_other_values_and_other_units_do_not_agree(one: str, other: str) -> None:
    assert not find_quantities(one)[0].agrees(find_quantities(other)[0])


def test_a_number_without_a_unit_agrees_with_the_same_number_of_anything() -> None:
    assert find_quantities("412")[0].agrees(find_quantities("412 tonnes")[0])


@pytest.mark.parametrize("text", ["V3 and GPT-4 and Qwen3.6-Plus run on H800", "one of them", "nothing at all"])
def test_digits_of_names_are_no_quantities(text: str) -> None:
    assert find_quantities(text) == ()


def test_values_are_exact() -> None:
    assert [one.value for one in find_quantities("0.1, 14.8T and 2.5x")] == [Decimal("0.1"), Decimal("14.8E12"), Decimal("2.5")]
