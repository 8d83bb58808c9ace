"""Dates, numbers and names of a sentence."""

from __future__ import annotations

import pytest

from askdivide.text.facts import Moment, find_facts, has_name, name_forms


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("In January 2025 it began.", [(2025, 1, None)]),
        ("In Jan 2025 it began.", [(2025, 1, None)]),
        ("On 2025-01-20 it began.", [(2025, 1, 20)]),
        ("On 20 January it began.", [(None, 1, 20)]),
        ("It may march in May.", [(None, 5, None)]),
        ("From 2021–2023.", [(2021, None, None), (2023, None, None)]),
        ("Over 2000 years ago.", []),
    ],
)
def test_times_are_found_as_far_as_they_are_named(text: str, moments: list[tuple[int | None, int | None, int | None]]) -> None:
    assert [(one.year, one.month, one.day) for one in find_facts(text).moments] == moments


def test_a_less_precise_time_lies_within_a_more_precise_one_and_not_the_other_way() -> None:
    day, month = Moment(2025, 1, 20), Moment(2025, 1)
    assert month.within(day)
    assert not day.within(month)
    assert month.within(Moment(None, 1), frozenset({2025}))
    assert not month.within(Moment(None, 1), frozenset({2024}))


def test_names_are_known_by_their_form_and_place() -> None:
    found = find_facts("Moonshot trained Kimi K2. However, the lab’s Milena Duras did not use 37% of DeepSeek-V3.")
    assert [(one.text, one.sure) for one in found.names] == [
        ("Moonshot", False), ("Kimi", True), ("K2", True), ("However", False), ("Milena", True), ("Duras", True), ("DeepSeek", True), ("V3", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("Chinese", "a lab in China", True), ("US", "the United States", True), ("Alibaba's", "Alibaba", True), ("UN", "the United Nations", True),
        ("V2", "DeepSeek-V3", False), ("R1", "DeepSeek R1", True), ("Alibaba", "Baidu", False), ("Qwen", "Qwen3.6", True),
    ],
)  # fmt: skip
def test_names_are_compared_without_regard_to_form(name: str, text: str, there: bool) -> None:
    assert has_name(name, name_forms(text)) is there
