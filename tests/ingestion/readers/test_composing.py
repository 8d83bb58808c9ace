import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import composing
from askdivide.ingestion.readers.composing import Composer, clean
from askdivide.text.plain import table_cells


def test_spans_are_those_of_the_text() -> None:
    made = Composer()
    made.heading("Plans  of the\ntown", 9)
    made.paragraph("  One. ")
    made.paragraph(" · ")
    made.item("A dock", depth=1)
    made.code("a = 1\n\n  b = 2\x00\n")
    made.paragraph("Share", kind="noise", page=3)
    document = made.document("a/old_harbour.html", title="The harbour")
    assert document.text == "The harbour\n\nPlans of the town\n\nOne.\n\n  - A dock\n\na = 1\n\n  b = 2\n\nShare\n"
    assert [(b.kind, b.level, b.page, document.text[b.start : b.end]) for b in document.blocks] == [
        ("heading", 1, None, "The harbour"),
        ("heading", 6, None, "Plans of the town"),
        ("text", 0, None, "One."),
        ("item", 0, None, "A dock"),
        ("code", 0, None, "a = 1\n\n  b = 2"),
        ("noise", 0, 3, "Share"),
    ]


def test_a_title_that_stands_in_the_text_is_not_said_twice() -> None:
    made = Composer()
    made.paragraph("THE harbour")
    made.paragraph("One.")
    document = made.document("a.html", title="The harbour")
    assert document.text == "THE harbour\n\nOne.\n"
    assert (document.blocks[0].kind, document.blocks[0].level, document.title) == ("heading", 1, "The harbour")
    assert made.document("a/old_harbour.html", title=None).title == "old harbour"


def test_rows_of_a_table_can_be_taken_apart_again() -> None:
    made = Composer()
    made.table([["Year", "", "Ships | boats"], ["2023", "", "4\n12"], ["", "", ""], ["2024"]])
    assert [table_cells(line) for line in made.text.splitlines()] == [["Year", "Ships | boats"], ["2023", "4 12"], ["2024", ""]]
    made.table([["Only"], ["one column"]])
    assert [made.of(block) for block in made.blocks[1:]] == ["Only", "one column"]


def test_what_no_terminal_or_database_can_hold_is_left_out() -> None:
    assert clean("a\x1b[31m\ud800 b\u202e\u200bc\xad\x85d\ufeff") == "a[31m? bc d"


def test_no_text_and_too_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Composer()
    made.heading("Only a heading", 1)
    with pytest.raises(UnreadableDocument, match="has no text to quote; add some or remove it"):
        made.document("a.html", title=None)
    monkeypatch.setattr(composing, "LONGEST", 100)
    with pytest.raises(UnreadableDocument, match="million characters; split it into articles"):
        made.paragraph("word " * 50)
