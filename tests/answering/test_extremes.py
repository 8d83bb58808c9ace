"""Questions for the most or least of something, and the rows of tables that answer them."""

from __future__ import annotations

import pytest

from askdivide.answering.extremes import asked_extremes

FERRIES = (
    ["Ferry", "Built", "Length", "Price of a ticket", "Crew", "Crossing"],
    [
        ["Amber", "May 1998", "84 m", "£12.50", "14", "1 h 20 min"],
        ["Borealis", "3 June 2011", "0.12 km", "£9", "31", "55 minutes"],
        ["Corona", "1974", "61 m", "£21", "9", "2 hours"],
        ["In all", "", "265 m", "£42.50", "54", ""],
    ],
)


def named(question: str, table: tuple[list[str], list[list[str]]] = FERRIES) -> list[tuple[list[str], bool]]:
    """The first cells of the rows for each extreme asked for, and whether the column is likely the one meant."""
    found = [extreme.rows(*table) for extreme in asked_extremes(question)]
    return [([table[1][at][0] for at in one[0]], one[1] > 0) for one in found if one]


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Which ferry is the longest?", "Borealis"),
        ("Which ferry has the greatest length?", "Borealis"),
        ("What is the shortest crossing?", "Borealis"),
        ("Which is the cheapest?", "Borealis"),
        ("Which is the least expensive one?", "Borealis"),
        ("Which is the second cheapest?", "Amber"),
        ("dearest ferry", "Corona"),
        ("Which has the largest crew?", "Borealis"),
        ("Who sails with the fewest crew?", "Corona"),
        ("Which is the oldest?", "Corona"),
        ("Which is the newest?", "Borealis"),
        ("Which ferry is the slowest?", "Corona"),
    ],
)
def test_the_row_is_the_one_with_the_highest_or_lowest_figure(question: str, row: str) -> None:
    assert named(question) == [([row], True)]


def test_where_no_column_fits_the_first_figures_count_and_that_is_unsure() -> None:
    assert named("Which ferry is the biggest?") == [(["Borealis"], False)]


def test_each_extreme_has_its_row() -> None:
    assert named("How do the oldest and the newest ferry compare?") == [(["Corona"], True), (["Borealis"], True)]


@pytest.mark.parametrize(
    "question",
    [
        "Which ferry sails at most once a day?",
        "Does it take at least an hour?",
        "What was counted most recently?",
        "Which ferry is green?",
        "Where is the forest?",
        "Which is the warmest of 1998?",
    ],
)
def test_other_questions_have_none(question: str) -> None:
    assert named(question) == []


def test_rows_are_compared_among_those_that_the_question_speaks_of() -> None:
    loans = (
        ["Town", "Country", "Loans"],
        [["Tarn", "Vale", "40"], ["Gellin", "Vale", "75"], ["Port Osk", "Moor", "90"], ["Hask", "Moor", "12"]],
    )
    assert named("Which town of Vale has the most loans?", loans) == [(["Gellin"], True)]
    assert named("Which town has the most loans?", loans) == [(["Port Osk"], True)]


def test_of_things_named_side_by_side_each_is_compared() -> None:
    loans = (["Town", "Loans"], [["Tarn", "40"], ["Gellin", "75"], ["Port Osk", "90"]])
    assert named("Which of Tarn and Gellin has the most loans?", loans) == [(["Gellin"], True)]


def test_level_rows_are_all_named_and_nothing_is_the_least() -> None:
    fees = (["Kind", "Fee"], [["Child", "free"], ["Adult", "£4"], ["Pensioner", "none"]])
    assert named("Who pays the lowest fee?", fees) == [(["Child", "Pensioner"], True)]


def test_the_biggest_loss_is_the_lowest_figure() -> None:
    firms = (["Firm", "Change in sales"], [["Tarn Steel", "+41%"], ["Gellin Mills", "-19%"], ["Osk", "down 30 per cent"]])
    assert named("Whose sales dropped the most?", firms) == [(["Osk"], True)]
    assert named("Whose sales grew most?", firms) == [(["Tarn Steel"], True)]


def test_units_are_brought_to_one_and_a_range_counts_from_its_beginning() -> None:
    waits = (["Clinic", "Wait"], [["North", "4 to 6 weeks"], ["South", "90 minutes"], ["East", "2 days"]])
    assert named("Where is the longest wait?", waits) == [(["North"], True)]
    assert named("shortest wait", waits) == [(["South"], True)]


def test_columns_of_years_do_not_say_which_is_meant() -> None:
    years = (["Item", "2034", "2035"], [["Loans", "40", "75"], ["Members", "90", "60"]])
    assert named("What is the highest figure?", years) == []
    assert named("What was highest in 2035?", years) == [(["Loans"], True)]
