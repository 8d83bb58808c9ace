from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console, RenderableType

from askdivide.interfaces import render
from askdivide.records import Answer, Citation, Claim, Note, Passage, Refusal


def citation(number: int, **given: Any) -> Citation:
    made = Citation(
        number=number, document="a/b.md", version="0" * 64, title="A title", source="A source", published="2025-01-06", url=None,
        heading="One > Two", page=None, start=10, end=20, quote=f"Quote {number}.",
    )  # fmt: skip
    return replace(made, **given)


def passage(**given: Any) -> Passage:
    made = Passage(
        document="a/b.md", title="A title", source="A source", published="2025-01", url=None, heading="", page=3, start=10, end=20,
        text="The **passage** itself.", score=0.5, ranks={"dense": 1, "lexical": None}, scores={"dense": 0.7, "lexical": 0.0},
    )  # fmt: skip
    return replace(made, **given)


def answered(**given: Any) -> Answer:
    made = Answer(
        question="Q?", standalone_question="Q?", status="answered", model="quote", text="C1. [1]",
        claims=(Claim("C1.", (1,), "quoted"),), citations=(citation(1),), confidence=0.876, seconds={"search": 0.0123, "total": 1.0},
    )  # fmt: skip
    return replace(made, **given)


def shown(what: RenderableType, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False)
    console.print(what)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def test_claims_carry_their_markers_and_sources_their_place_and_exact_words() -> None:
    one = answered(claims=(Claim("C1.", (1, 2), "quoted"), Claim("C2.", (2,), "supported")), citations=(citation(1), citation(2, page=7)))
    assert shown(render.answer(one)).splitlines() == [
        "C1. [1] [2]",
        "C2. [2]",
        "",
        "Sources",
        "[1] A title, A source, 6 January 2025, One > Two",
        "    “Quote 1.”",
        "    a/b.md:10-20",
        "[2] A title, A source, 6 January 2025, One > Two, page 7",
        "    “Quote 2.”",
        "    a/b.md:10-20",
    ]


def test_what_is_not_known_about_an_article_is_left_out() -> None:
    one = answered(citations=(citation(1, source=None, published=None, heading=""),))
    assert "\n[1] A title\n" in shown(render.answer(one))


@pytest.mark.parametrize("support", ["unsupported", "uncited"])
def test_a_claim_that_nothing_supports_is_marked_where_it_stands(support: Any) -> None:
    one = answered(claims=(Claim("C1.", (1,), "supported"), Claim("C2.", (), support)))
    assert shown(render.answer(one)).startswith(f"C1. [1]\nC2. ({support})\n")


def test_notes_and_the_understood_question_are_shown() -> None:
    one = answered(standalone_question="Q? (of A)", notes=(Note("newer", "A newer article disagrees.", (1,)),))
    text = shown(render.answer(one))
    assert text.startswith("Understood as: Q? (of A)\n\nC1.")
    assert "\nA newer article disagrees.\n" in text


def test_that_an_answer_is_not_sure_is_said_before_it() -> None:
    text = shown(render.answer(answered(notes=(Note("newer", "Newer."), Note("uncertain", "Not sure.")))))
    assert text.startswith("Not sure.\n\nC1.")
    assert text.index("C1.") < text.index("Newer.")


def test_a_refusal_shows_its_reason_and_the_nearest_passages_as_such() -> None:
    one = answered(status="refused", text="No.", claims=(), citations=(), refusal=Refusal("No.", (passage(), passage(text="x " * 200))))
    lines = shown(render.answer(one)).splitlines()
    assert lines[:5] == ["No.", "", "Nearest passages:", "- A title, A source, January 2025, page 3", "    The passage itself."]
    assert lines[-1].endswith(" …")
    assert len(lines[-1]) < 180
    bare = replace(one, refusal=Refusal("No."))
    assert shown(render.answer(bare)) == "No.\n"


def test_passages_are_shown_without_the_marks_of_notes_links() -> None:
    assert "\n    See the quays of Ostrava.\n" in shown(render.passages([passage(text="See [[Quays|the quays]] of [[Ostrava]].")]))


def test_search_results_are_numbered_with_place_and_score() -> None:
    text = shown(render.passages([passage(), passage(score=0.25)]))
    assert text.splitlines()[:3] == ["1. A title, A source, January 2025, page 3  0.50", "    The passage itself.", "    a/b.md:10-20"]
    assert "\n2. A title, A source, January 2025, page 3  0.25\n" in text


def test_an_explanation_gives_ranks_scores_confidence_and_times() -> None:
    text = shown(render.explanation(answered(read=(passage(), passage(title="Other")))))
    assert "1. A title, page 3\n    score 0.50, dense 0.70 (rank 1), BM25 0.0\n2. Other, page 3\n" in text
    assert "Confidence that the articles answer: 0.88\n" in text
    assert "Time: search 12 ms, total 1000 ms" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b31m", "31m"),
        ("\x1b]8;;http://x\x07link", "]8;;http://xlink"),
        ("a\u202eb\u2066c\u2069d\u061ce\u200ff", "abcdef"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("one\rtwo\x08\x7f\x00", "onetwo"),
        ("\ud800half", "half"),
        ("\U000e0041tag", "tag"),
        ("line\n\ttab", "line\n\ttab"),
        ("Größe 模型 ñ 👩\u200d💻 —“”", "Größe 模型 ñ 👩\u200d💻 —“”"),
    ],
)
def test_harmless_takes_out_what_a_terminal_obeys_and_keeps_what_people_read(text: str, expected: str) -> None:
    assert render.harmless(text) == expected


EVIL = "\x1b[2J\u202e[bold]x[/bold] :smile:"
SAFE = "[2J[bold]x[/bold] :smile:"


@pytest.mark.parametrize(
    "made",
    [
        render.answer(answered(claims=(Claim(EVIL, (1,), "quoted"),))),
        render.answer(answered(standalone_question=EVIL)),
        render.answer(answered(notes=(Note(EVIL, EVIL),))),
        *(
            render.answer(answered(citations=(citation(1, **{name: EVIL}),)))
            for name in ("title", "source", "heading", "quote", "document")
        ),
        render.answer(answered(refusal=Refusal(EVIL, (passage(),)), text=EVIL)),
        render.answer(answered(refusal=Refusal("", (passage(text=EVIL),)))),
        *(render.passages([passage(**{name: EVIL})]) for name in ("title", "source", "heading", "text", "document")),
        render.explanation(answered(read=(passage(title=EVIL),))),
        render.title(EVIL),
    ],
)
def test_text_of_an_article_is_printed_literally_and_never_obeyed(made: RenderableType) -> None:
    text = shown(made)
    assert SAFE in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_rows_in_tags_are_lines_of_cells() -> None:
    quote = "<tr><th>Lamp</th>\n<th>Year</th></tr>\n<tr>\n  <td><b>oil</b></td>\n  <td>1871</td>\n</tr>"
    lines = [line.strip() for line in shown(render.sources(answered(citations=(citation(1, quote=quote),)))).splitlines()]
    assert lines[1:3] == ["“| Lamp | Year |", "| oil | 1871 |”"]


def test_a_long_quote_is_cut_short_and_says_so() -> None:
    text = shown(render.answer(answered(citations=(citation(1, quote="word " * 400),))), width=5000)
    line = next(line for line in text.splitlines() if "“" in line)
    assert line.endswith(" …”")
    assert 500 < len(line) < 700


@pytest.mark.parametrize("width", [40, 60, 100])
def test_nothing_is_wider_than_the_terminal_and_no_word_is_lost(width: int) -> None:
    words = "The harbour of Ostrava Bay handled four hundred and twelve ships in the year of the great flood"
    one = answered(
        claims=(Claim(words, (1,), "quoted"),),
        citations=(citation(1, title=words, quote=words, document="notes/harbours/ostrava-bay.md"),),
        read=(passage(title=words),),
    )
    for made in (render.answer(one), render.explanation(one), render.passages([passage(title=words, text=words)])):
        text = shown(made, width)
        assert max(map(len, text.splitlines())) <= width
        assert words in " ".join(text.split())
    assert "notes/harbours/ostrava-bay.md" in shown(render.answer(one), width)


def test_output_that_is_no_terminal_is_neither_wrapped_nor_styled(capsys: pytest.CaptureFixture[str]) -> None:
    words = "word " * 200
    render.console().print(render.answer(answered(claims=(Claim(words.strip(), (1,), "quoted"),))))
    out = capsys.readouterr().out
    assert out.startswith(words + "[1]\n")
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_a_quote_of_several_lines_keeps_them_without_trailing_spaces() -> None:
    text = shown(render.answer(answered(citations=(citation(1, quote="| a | b |\n|---|---|\n| longer row | 2 |"),))))
    assert "    “| a | b |\n    |---|---|\n    | longer row | 2 |”\n" in text
