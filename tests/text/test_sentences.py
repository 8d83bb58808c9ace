import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.records import MARK
from askdivide.text.plain import unmarked
from askdivide.text.sentences import sentence_spans

bounded = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It cost $5.576 million. That is all.", ["It cost $5.576 million.", "That is all."]),
        ("Dr. Holm met J. R. Smith. They spoke.", ["Dr. Holm met J. R. Smith.", "They spoke."]),
        ("The U.S. Army left. It was in the U.S. The law changed.", ["The U.S. Army left.", "It was in the U.S.", "The law changed."]),
        (
            "Bricks, mortar, etc. were sold by Acme Inc. The shop closed.",
            ["Bricks, mortar, etc. were sold by Acme Inc.", "The shop closed."],
        ),
        ('"Go!" he said. "Why?" she asked.', ['"Go!" he said.', '"Why?" she asked.']),
        ("模型已经开源。价格是多少？很便宜！", ["模型已经开源。", "价格是多少？", "很便宜！"]),
        ("A line\nthat wraps. Another\n\nA paragraph", ["A line\nthat wraps.", "Another", "A paragraph"]),
        ("**8. Staff matters**", ["**8. Staff matters**"]),
        ("v0.7.3 came out. Then v0.9.1.", ["v0.7.3 came out.", "Then v0.9.1."]),
        ("He said it (in 2020.) Then he left.", ["He said it (in 2020.)", "Then he left."]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert quotes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It grew by 3.5 per cent. See Fig. 2 for more.", ["It grew by 3.5 per cent.", "See Fig. 2 for more."]),
        ("He waited… and left. She stayed… Then it rained.", ["He waited… and left.", "She stayed…", "Then it rained."]),
        ("Prices rose, e.g. for tea. Nobody knew.", ["Prices rose, e.g. for tea.", "Nobody knew."]),
        ("“It works.” She smiled.", ["“It works.”", "She smiled."]),
        ("他说：「可以。」然后走了。", ["他说：「可以。」", "然后走了。"]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("The answer is no. The vote is over.", ["The answer is no.", "The vote is over."]),
        ("No. 4 is the last.", ["No. 4 is the last."]),
        ("1. First item", ["1. First item"]),
        ("It opened in 1868. Six years later it fell.", ["It opened in 1868.", "Six years later it fell."]),
        ("Read example.org/a.b?c=d. It is short.", ["Read example.org/a.b?c=d.", "It is short."]),
        ("One.\n\n\n  \t\nTwo.", ["One.", "Two."]),
    ],
)
def test_points_that_end_nothing_and_marks_that_do(text: str, expected: list[str]) -> None:
    assert quotes(text) == expected


def test_marks_end_nothing_and_are_no_sentence() -> None:
    text = "**It is bold.** [Two.](https://example.org) Then, i.e. (`/a`), three.\n\n![](a.png)\n\n<p>Four</p><p>Five</p> It rose. ![a crane](b.png)"
    words = unmarked(text)
    said = [words[start:end].replace(MARK, "") for start, end in sentence_spans(words)]
    assert said == ["It is bold.", "Two.", "Then, i.e. (/a), three.", "Four", "Five", "It rose.", "a crane"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # In a formula
        ("The policy $\\pi(. \\vert s)$ is random. So be it.", ["The policy $\\pi(. \\vert s)$ is random.", "So be it."]),
        ("Of $[. \\circ .]$ and $n! / m!$ we speak. Here.", ["Of $[. \\circ .]$ and $n! / m!$ we speak.", "Here."]),
        ("Let $S = 1.\nT$ be. It is.", ["Let $S = 1.\nT$ be.", "It is."]),
        # Amounts, a shell's names and what is too long or in another paragraph are none.
        ("It cost $0.5. Then it cost $7.", ["It cost $0.5.", "Then it cost $7."]),
        ("It cost $0.5. Then it was 7$ less.", ["It cost $0.5.", "Then it was 7$ less."]),
        ("Set $HOME. Then set $PATH to $HOME.", ["Set $HOME.", "Then set $PATH to $HOME."]),
        ("A$ was dear. The US$ was not, nor the CA$ then.", ["A$ was dear.", "The US$ was not, nor the CA$ then."]),
        ("A loose $x. " + "Word " * 40 + "y$ z.", ["A loose $x.", "Word " * 40 + "y$ z."]),
        ("A loose $x. Yes.\n\nThen y$ is.", ["A loose $x.", "Yes.", "Then y$ is."]),
        # In brackets within a sentence
        (
            "Data (the maximum date that Yahoo! [1] Finance has) ends. So it is.",
            ["Data (the maximum date that Yahoo! [1] Finance has) ends.", "So it is."],
        ),
        ("They said [“Why? Laura knows!” Tom cried] and left.", ["They said [“Why? Laura knows!” Tom cried] and left."]),
        ("We won (hurrah!) Then we ate.", ["We won (hurrah!)", "Then we ate."]),
        ("It fell. (Why? Nobody knows.) It was late.", ["It fell.", "(Why?", "Nobody knows.)", "It was late."]),
        ("It fell (it was old. Who knew? Nobody) at last.", ["It fell (it was old.", "Who knew?", "Nobody) at last."]),
        ("He asked (why? Nobody knows.", ["He asked (why?", "Nobody knows."]),
        ("He asked (why? " + "Word " * 30 + "x) there.", ["He asked (why?", "Word " * 30 + "x) there."]),
        (
            "He asked (why? [" + "X" * 80 + "] A [" + "y" * 80 + "]) there.",
            ["He asked (why?", "[" + "X" * 80 + "] A [" + "y" * 80 + "]) there."],
        ),
        # An abbreviation
        ("Cross-View Training (abbr. CVT) came. It went.", ["Cross-View Training (abbr. CVT) came.", "It went."]),
        # What is no sentence
        ("Here’s to 2021! 🎉🦀", ["Here’s to 2021! 🎉🦀"]),
        ("It was async. [..]\nIt ran. :/)", ["It was async. [..]", "It ran. :/)"]),
        ("1.1 Aims . . . . 4", ["1.1 Aims . . . .", "4"]),
        ("🎉 We won. 🦀\n\n***\n\n模型。", ["🎉 We won. 🦀", "***", "模型。"]),
    ],
)
def test_formulas_brackets_and_what_has_no_letter_stay_in_their_sentence(text: str, expected: list[str]) -> None:
    assert quotes(text) == expected


def test_spans_count_from_the_start_of_the_whole_text() -> None:
    text = "Not this. One here. And two. Nor that."
    assert [text[start:end] for start, end in sentence_spans(text, 10, 28)] == ["One here.", "And two."]


@bounded
@given(
    st.text(
        alphabet=st.one_of(st.sampled_from(" \n\t.!?…。\"')]”(AabZz1.　\u2028\ufeff"), st.characters(exclude_categories=["Cs"])),
        max_size=120,
    )
)
def test_any_text_is_cut_into_ordered_spans_that_lose_nothing(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert text[position:start].strip() == ""
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        position = end
    assert text[position:].strip() == ""


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "Image " + "iVBORw0KGgo" * 30_000 + " here. Then more.",
        "A. " * 30_000,
        "." * 100_000 + "x",
        "(" * 100_000 + ". A",
        ". ." * 30_000 + "x",
        "($a! [b? " * 30_000,
        "A " + "(b! C) " * 30_000,
        "(" * 50_000 + "a" + " (b! C)" * 20_000,
    ],
    ids=["one long word", "initials", "a row of dots", "brackets", "lone points", "open ones", "a long sentence", "both"],
)
def test_long_odd_texts_take_time_in_proportion(text: str) -> None:
    assert "".join(quotes(text)).replace(" ", "") == text.replace(" ", "")


def quotes(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]
