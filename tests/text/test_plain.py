import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.records import MARK
from askdivide.text.plain import plain, table_cells, unmarked


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
        ("Press ![the wheel](wheel.png) to steer", "Press the wheel to steer"),
        ("See [a harbour\nof old](https://example.org/a_(b)_c), now.", "See a harbour of old, now."),
        ("The [index][1], [built][the-index] and [new][].", "The index, built and new."),
        ("As two have shown [1][2], see [3](https://example.org).", "As two have shown [1][2], see 3."),
        ("[![The quay](quay.png)](https://example.org) at noon", "The quay at noon"),
        ("**The [Forest\nService](a) sells** permits", "The Forest Service sells permits"),
        ("Write to <mailto:a@example.org> or <https://example.org>.", "Write to mailto:a@example.org or https://example.org."),
        (r"a \*literal\* star", "a *literal* star"),
        ("`__init__`, `Vec<T>` and `{{ x }}` and `&amp;`", "__init__, Vec<T> and {{ x }} and &amp;"),
        ("a Vec<T> where 1 < 2 and 3 > 2", "a Vec<T> where 1 < 2 and 3 > 2"),
        ("> [!NOTE]\n> Mind the tide.", "Mind the tide."),
        ("::: warning\nMind the tide.\n:::", "Mind the tide."),
        ("![A ship](a.png){: .wide } leaves {#top}", "A ship leaves"),
        ("~~old~~ new", "old new"),
        ("The set {.5, 1} of $a_b$ and $c_d$", "The set {.5, 1} of $a_b$ and $c_d$"),
        ("*Prices are in euro. Wine* costs more", "Prices are in euro. Wine costs more"),
        ("Beer* and wine** cost more. *But not tea.", "Beer* and wine** cost more. *But not tea."),
        # Links of note-taking programs
        ("[[Ostrava]] has [[Places/Old docks]], [[Milena Duras|its founder]] says.", "Ostrava has Places/Old docks, its founder says."),
        (
            "See [[Docks#Prices]], [[#Basins]], [[Docks#Prices#New|prices]] and [[Docks#^a1]][[#^b2]].",
            "See Docks Prices, Basins, prices and Docks.",
        ),
        (
            "By **[[Ann Lee|Ann]]**, [[Docks|]] *[[snake_case]]* ([[2025-01-06]]), 模型[[港口]]。",
            "By Ann, Docks snake_case (2025-01-06), 模型港口。",
        ),
        (
            "![[quay.png]] It ![[Places/quay.JPG|300]] opened ![[a.pdf#page=2|200x100]]![[a.webp|at noon]] ![[Docks#Prices]]",
            "It opened at noon Docks Prices",
        ),
        (r"| [[Docks\|its docks]] | [[Ostrava\|]] | ![[a.png\|300]] |", "| its docks | Ostrava | |"),
        ("`[[Docks]]` and ``![[a.png]]``, a\n```\n[[b|c]]\n```", "[[Docks]] and ![[a.png]], a [[b|c]]"),
        ("[[1]](https://example.org/a) [[1]][2] [[3]] [[1, 2]] [[0.5 -1]]", "[1] [1] [[3]] [[1, 2]] [[0.5 -1]]"),
        (r"[[ -f a ]] [[]] [[|a]] [[C#]] \[[a]] [[a]](b) [[[a]]] [[a] b]", "[[ -f a ]] [[]] [[|a]] [[C#]] [[a]] [a] [[[a]]] [[a] b]"),
        # Site generators
        ('An [earlier post]({{ "/2016/a/" | url }}) says so.', "An earlier post says so."),
        ('An [earlier post]({{< ref "a.md" >}} "A title") says so.', "An earlier post says so."),
        ('{% image "a.png" "A quay" %} The quay at noon', "The quay at noon"),
        ('{{< figure src="a.png" alt="A quay" >}}', ""),
        # HTML
        ('<p style="color: red">It <em>grew</em> by&nbsp;3&#37;.</p>', "It grew by 3%."),
        ("<strong>Phase</strong><br/>One", "Phase One"),
        ("It&#8217;s AT&T &amp; R&D; &unknown; &#0;", "It’s AT&T & R&D; &unknown; \ufffd"),
        ("seen <!-- not\nthis --> here", "seen here"),
        ('<Note type="tip">Mind the tide.</Note><Rule />', "Mind the tide."),
        ("<script>var a = 1 < 2;</script>Text", "Text"),
        ('<progress value="0" max="7"></progress>Begun', "Begun"),
        # Raised and lowered figures
        ("10<sup>5</sup> m<sup>2</sup>, 10<sup class='e'>-5</sup> and 2<SUP>n</SUP>", "10^5 m^2, 10^-5 and 2^n"),
        ("**10**<sup>5</sup> `n`<sup>2</sup> <b>x</b><sub>1</sub><sup>2</sup> (1 + r)<sup>2</sup>", "10^5 n^2 x1^2 (1 + r)^2"),
        ("It grew.<sup>3</sup> By 80% <sup>1</sup> (or 9%<sup>b</sup>)<sup>2</sup> then", "It grew. By 80% (or 9%) then"),
        ("72.7<sup>*</sup> Smith<sup>1,2</sup> and Jones<sup>†</sup><sup>[3]</sup>", "72.7 Smith and Jones"),
        ("One<sup>[1](#a)</sup> two<sup>[[2]](#b)</sup> three<sup><a href='#c'>3</a></sup>", "One two three"),
        ("The 1<sup>st</sup>, n<sup>th</sup> and 5 <sup>th</sup>, <sup>14</sup>C, Ca<sup>2+</sup>", "The 1st, nth and 5 th, 14C, Ca^2+"),
        ("CDNA<sup>TM</sup> 3 <sup>(Agentic Coding)</sup> by Qwen<sup>new ones</sup>", "CDNA 3 (Agentic Coding) by Qwennew ones"),
        ("27.18<sub>1.30</sub>, <b>5</b><sub>±2</sub> and H<sub>2</sub>O, log<sub>10</sub>", "27.18 (1.30), 5 (±2) and H2O, log10"),
        ("5<sub>max</sub> of `10<sup>5</sup>`", "5max of 10<sup>5</sup>"),
        # Entities without their end
        ("Chat</a>&nbsp&nbsp | 1 &lt 2 &gt 0 &amp &quotA&quot &copy", 'Chat | 1 < 2 > 0 & &quotA" ©'),
        ("R&ampD, a?b=1&copy=2&lt=3&gt_x, &nbsp2, &reg now", "R&ampD, a?b=1&copy=2&lt=3&gt_x, &nbsp2, &reg now"),
        ("> > Deep\n> > down.\n>\n>> There", "Deep down. There"),
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
@pytest.mark.parametrize(
    "run",
    [
        "[",
        "**b ",
        "[a](b",
        "![a](b",
        "[^",
        "`",
        "***b __c ",
        "> ",
        "[a[b](",
        "[a](b(",
        "<p ",
        "<Note a=",
        "<script>a",
        "{{",
        "{%",
        "&a",
        "<!--",
        ":::a",
        "~~a",
        "1<sup>2",
        "<sup><a x>b",
        "<sup>[a](",
        "1<sup>2</sup>(+",
        "&lt",
        "[[a",
        "[[a#",
        "[[a|b#",
        "![[1 ",
        "[[a]]",
    ],
)
def test_long_runs_of_unclosed_marks_take_time_in_proportion(run: str) -> None:
    assert plain(run * 20_000, markup=True)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet='ab \n*_`[]()!>^<&;:#{}%"/\\\ue000', max_size=80))
def test_every_place_stays_the_same(text: str) -> None:
    words = unmarked(text)
    assert len(words) == len(text)
    changed = [(own, now) for own, now in zip(text, words, strict=True) if own != now]
    assert all(now in (MARK, " ", "\n") or own == "&" for own, now in changed)


def test_every_place_stays_the_same_with_raised_and_lowered_figures() -> None:
    text = "10<sup>5</sup> by 27.18<sub>1.30</sub> now.<sup>3</sup>&nbsp So"
    words = unmarked(text)
    assert len(words) == len(text)
    for word in ("10", "5", "by", "27.18", "1.30", "now", "So"):
        assert words.index(word) == text.index(word)


def test_brackets_alone_are_marks_where_the_article_defines_the_link() -> None:
    assert plain("[Libs] and [Infra]", markup=True) == "[Libs] and [Infra]"
    assert unmarked("[Libs] and [Infra  team]", frozenset({"infra team"})).replace(MARK, "") == "[Libs] and Infra  team"


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
