import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.text.plain import plain, table_cells


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It has **three basins** and *one* dock.", "It has three basins and one dock."),
        ("***both*** and __strong__ and _slanted_", "both and strong and slanted"),
        ("See [the licence](https://example.org/a_b_c) now.", "See the licence now."),
        ('See [it](https://example.org "a title").', "See it."),
        ("![A ship](ship.png) leaves", "A ship leaves"),
        ("Run `pip install x` and ``a ` b``", "Run pip install x and a ` b"),
        ("A claim.[^1] Another.[^note]", "A claim. Another."),
        ("> quoted\n> twice", "quoted twice"),
        (r"5 \* 3 and \[sic\]", "5 * 3 and [sic]"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("a  b\nc\t d", "a b c d"),
        ("[1] stays, [^2] goes", "[1] stays, goes"),
        ("**unclosed and [open](", "**unclosed and [open]("),
    ],
)
def test_marks_go_and_words_stay(text: str, expected: str) -> None:
    assert plain(text, markup=True) == expected


def test_plain_text_keeps_its_characters() -> None:
    assert plain("2 ** 3\n is *not* > [emphasis](really)", markup=False) == "2 ** 3 is *not* > [emphasis](really)"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet='ab1 \n*_`[]()!>^\\"', max_size=60))
def test_no_letter_or_digit_is_lost_but_in_link_targets_and_footnotes(text: str) -> None:
    kept = plain(text, markup=True)
    assert "\n" not in kept
    if "(" not in text and "[^" not in text:
        assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("run", ["[", "**b ", "[a](b", "![a](b", "[^", "`", "***b __c ", "> "])
def test_long_runs_of_unclosed_marks_take_time_in_proportion(run: str) -> None:
    assert plain(run * 20_000, markup=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("| Year | Ships |", ["Year", "Ships"]),
        ("Year | Ships", ["Year", "Ships"]),
        ("| 2021 | | 4 |", ["2021", "", "4"]),
        (r"| a \| b | c |", ["a | b", "c"]),
        ("Year\tShips\t", ["Year", "Ships"]),
        ("Year   Ships sunk  Total", ["Year", "Ships sunk", "Total"]),
        ("just words", ["just words"]),
    ],
)
def test_cells_of_a_table_row(line: str, expected: list[str]) -> None:
    assert table_cells(line) == expected
