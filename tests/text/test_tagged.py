import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdivide.records import MARK
from askdivide.text.tagged import names, rows, table_end, table_words, words_of

HARBOURS = """<table class="wide">
<thead>
<tr><th rowspan="2">Harbour</th><th colspan="2" align="center">Summer</th><th>Winter</th></tr>
<tr><th>Ships</th><th>Boats</th><th>Ships</th></tr>
</thead>
<tr>
  <td rowspan=2>Ostrava
  Bay</td>
  <td><b>388</b></td> <td>1,204</td>
  <!-- <td>no longer</td> -->
  <td>112</td>
</tr>

<tr><td>97</td><td></td><td>9<br>(<i>closed</i>)</td></tr>
<tr><td>Point Verity<td>397<td>1,310<td>98
</table>"""


def lines(words: str) -> list[str]:
    return [" ".join(line.replace(MARK, "").split()) for line in words.splitlines() if line.replace(MARK, "").strip()]


def test_each_row_is_a_line_with_bars_in_the_place_of_its_tags() -> None:
    words = table_words(HARBOURS)
    assert len(words) == len(HARBOURS)
    assert lines(words) == [
        "| Harbour | Summer | | Winter |",
        "|| Ships | Boats | Ships |",
        "| Ostrava Bay | 388 | 1,204 | 112 |",
        "|| 97 | | 9 (closed) |",
        "| Point Verity | 397 | 1,310 | 98",
    ]
    # Whatever is no mark stands where it stood.
    assert all(own == said for own, said in zip(HARBOURS, words, strict=True) if said.isalnum())


def test_rows_are_spans_of_the_text_with_their_tags() -> None:
    spans = rows(HARBOURS)
    assert len(spans) == 5
    assert HARBOURS[slice(*spans[1])] == "<tr><th>Ships</th><th>Boats</th><th>Ships</th></tr>"
    assert lines(words_of(HARBOURS[slice(*spans[2])])) == ["| Ostrava Bay | 388 | 1,204 | 112 |"]


def test_names_are_told_from_the_top_down_over_all_columns_that_they_stand_above() -> None:
    assert names(HARBOURS) == (2, ["Harbour", "Summer Ships", "Summer Boats", "Winter Ships"])


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<table><tr><td>Year<td>Ships<tr><td>2022<td>397<tr><td>2023<td>412</table>", (1, ["Year", "Ships"])),
        ("<table><tr><td rowspan=2>Year<td colspan=2>Ships<tr><td>in<td>out<tr><td>2022<td>1<td>2</table>", (2, ["Year", "Ships in", "Ships out"])),
        # What stands over the whole table names that, and no column.
        ("<table><tr><th colspan=2>Traffic<tr><th>Year<th>Ships<tr><td>2022<td>397</table>", (2, ["Year", "Ships"])),
        ("<table><tr><td colspan=2>Traffic<tr><td>Year<td>Ships<tr><td>2022<td>397</table>", (2, ["Year", "Ships"])),
        ("<table><tr><td colspan=2>Summer<tr><td colspan=2>Hot<tr><td>2022<td>397</table>", (0, [])),
        # The last row is one of figures, whatever its cells are called.
        ("<table><tr><th>Year<th>Ships<tr><th>2022<th>397</table>", (1, ["Year", "Ships"])),
    ],
)  # fmt: skip
def test_which_rows_name_columns(table: str, expected: tuple[int, list[str]]) -> None:
    assert names(table) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>One cell</td></tr><tr><td>below another</td></tr></table>",
        "<table><tr><td>One</td><td>row</td></tr></table>",
        "<table>" + f"<tr><td>{'Long text. ' * 40}</td><td>{'And more. ' * 40}</td></tr>" * 2 + "</table>",
        "<table><tr><td></td><td><img src=a.png></td></tr><tr><td></td><td></td></tr></table>",
    ],
)
def test_tables_that_only_lay_out_a_page_have_no_rows(text: str) -> None:
    assert rows(text) == []


def test_a_table_in_a_table_and_one_without_an_end_are_none() -> None:
    assert table_end(HARBOURS, 0) == len(HARBOURS)
    assert table_end(HARBOURS[:-8], 0) is None
    assert table_end("<table><tr><td><table></table></td></tr></table>", 0) is None


@given(
    st.lists(
        st.sampled_from(
            ["<tr>", "</tr>", "<td>", "</td>", "<th rowspan=3>", "<td colspan=99>", "<table>", "</table>", "a|b", "\n", "<!--", "-->", "7 "]
        )
    )
)
def test_any_tags_leave_each_place_the_same(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert len(table_words(text)) == len(words_of(text)) == len(text)
    assert all(0 <= start < end <= len(text) for start, end in rows(text))
    names(text)
