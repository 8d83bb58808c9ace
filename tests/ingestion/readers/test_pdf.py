from __future__ import annotations

from collections.abc import Sequence

import pytest
from made import drawn_pdf, forms_in_forms, page_pdf, raw_pdf

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import confined, pdf
from askdivide.records import Document

Drawn = tuple[float, float, str, str, float]
ROMAN, BOLD = "Times-Roman", "Helvetica-Bold"


def column(left: float, top: float, lines: Sequence[str], font: str = ROMAN, size: float = 10) -> list[Drawn]:
    return [(left, top + 12 * number, line, font, size) for number, line in enumerate(lines)]


def parts(document: Document, *kinds: str) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if not kinds or b.kind in kinds]


LEFT = [
    "The harbour of Ostrava Bay was founded in 1871 by Milena",
    "Duras, an engineer who came from the mountains and had",
    "never seen the sea before. She drew up plans for contain-",
    "ers of a size that nobody had built. The open-",
    "source plans are kept in the town's own archive, where",
    "anybody may look at them on weekdays. Other open-source",
]
RIGHT = [
    "plans followed. In 2023 the harbour handled 412 ships and",
    "so became the busiest of the coast, before Point Verity",
    "with its 397. Containers make up most of what is landed,",
    "and grain the rest. The town lives from both of them and",
    "has done so for a long time, as its museum shows to those",
    "who come to see it in the old silo beside the third basin.",
]


def test_two_columns_are_read_one_after_the_other_and_broken_words_put_together() -> None:
    page = [(40, 60, "The harbour that outgrew its bay and what came of it", BOLD, 20), *column(40, 100, LEFT), *column(320, 100, RIGHT)]
    document = pdf.read("a.pdf", drawn_pdf(page))
    assert parts(document) == [
        "The harbour that outgrew its bay and what came of it",
        (
            "The harbour of Ostrava Bay was founded in 1871 by Milena Duras, an engineer who came from the mountains and had never seen the sea "
            "before. She drew up plans for containers of a size that nobody had built. The open-source plans are kept in the town's own archive, "
            "where anybody may look at them on weekdays. Other open-source plans followed. In 2023 the harbour handled 412 ships and so "
            "became the busiest of the coast, before Point Verity with its 397. Containers make up most of what is landed, and grain the rest. "
            "The town lives from both of them and has done so for a long time, as its museum shows to those who come to see it in the old silo "
            "beside the third basin."
        ),
    ]
    assert document.title == "The harbour that outgrew its bay and what came of it"
    assert not document.markup


def test_columns_drawn_row_by_row_are_columns_all_the_same() -> None:
    rows = [one for pair in zip(column(40, 100, LEFT), column(320, 100, RIGHT), strict=True) for one in pair]
    assert parts(pdf.read("a.pdf", drawn_pdf(rows))) == parts(
        pdf.read("a.pdf", drawn_pdf([*column(40, 100, LEFT), *column(320, 100, RIGHT)]))
    )


def test_a_table_stays_a_table() -> None:
    rows = [("Year", "Ships", "Cargo in tonnes"), ("2021", "388", "1,204,000"), ("2022", "397", "1,310,500"), ("2023", "412", "1,377,250")]
    page = column(40, 100, LEFT)
    page += [(40 + 120 * at, 200 + 14 * row, cell, ROMAN, 10) for row, cells in enumerate(rows) for at, cell in enumerate(cells)]
    page += column(40, 300, RIGHT)
    document = pdf.read("a.pdf", drawn_pdf(page))
    assert parts(document, "table") == [
        "| Year | Ships | Cargo in tonnes |\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows[1:])
    ]
    assert [block.kind for block in document.blocks] == ["text", "table", "text"]


def cells(left: Sequence[float], top: float, texts: Sequence[str], font: str = ROMAN) -> list[Drawn]:
    return [(x, top, text, font, 10) for x, text in zip(left, texts, strict=True) if text]


def tables(document: Document) -> list[list[list[str]]]:
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in document.text[b.start : b.end].splitlines()]
        for b in document.blocks
        if b.kind == "table"
    ]


# Labels so long, and figures so near, that the table looks like two columns of text to whoever looks for a gap down the page.
WIDE = (40, 330, 362, 394, 426, 458)
FIGURES = [(f"Ships of the {word} class with more than {n}00 containers", f"{n}1.5", f"{n}2.5", f"{n}3.5", f"{n}4.5", f"{n}5.5")
           for n, word in enumerate(("smallest", "second", "third", "fourth", "largest"), start=1)]  # fmt: skip


def test_a_table_is_not_torn_into_columns_of_text() -> None:
    names = ("Class", "2019", "2020", "2021", "2022", "2023")
    page = [one for row, texts in enumerate([names, *FIGURES]) for one in cells(WIDE, 100 + 13 * row, texts)]
    assert tables(pdf.read("a.pdf", drawn_pdf(page))) == [[list(names), *map(list, FIGURES)]]


def test_names_of_columns_stand_on_several_lines_and_over_several_columns() -> None:
    left = (40, 160, 220, 280, 340)
    page = [
        *cells((190, 310), 100, ("Summer", "Winter")),
        *cells((40,), 106, ("Harbour",)),
        *cells(left[1:], 112, ("Ships", "Boats", "Ships", "Boats")),
        *cells(left, 126, ("Ostrava Bay", "388", "1,204", "112", "310")),
        *cells(left, 139, ("Point Verity", "397", "1,310", "98", "287")),
    ]
    assert tables(pdf.read("a.pdf", drawn_pdf(page))) == [
        [
            ["Harbour", "Summer Ships", "Summer Boats", "Winter Ships", "Winter Boats"],
            ["Ostrava Bay", "388", "1,204", "112", "310"],
            ["Point Verity", "397", "1,310", "98", "287"],
        ]
    ]


def test_the_name_of_a_group_stands_above_the_columns_of_the_group_only() -> None:
    left = (40, 150, 200, 250, 300, 350, 400, 450)
    page = [
        *cells((262, 412), 100, ("Summer", "Winter")),
        *cells((40, 150, 200), 107, ("Harbour", "Berths", "Docks")),
        *cells(left[3:], 114, ("In", "Out", "In", "Out", "Lost")),
        *cells((200,), 128, ("Northern coast with the islands",)),
        *cells(left, 142, ("Ostrava Bay", "12", "3", "388", "381", "112", "110", "2")),
        *cells(left, 156, ("Point Verity", "14", "4", "397", "390", "98", "97", "1")),
    ]
    [[names, label, first, _]] = tables(pdf.read("a.pdf", drawn_pdf(page)))
    assert names[:3] == ["Harbour", "Berths", "Docks"]
    assert [name.rpartition(" ")[2] for name in names[3:]] == ["In", "Out", "In", "Out", "Lost"]
    assert {name.partition(" ")[0] for name in names[3:5]} == {"Summer"}
    assert "Summer" not in "".join(names[5:])
    assert label[0] == "Northern coast with the islands"
    assert first[:2] == ["Ostrava Bay", "12"]


def test_labels_of_groups_and_long_cells_within_a_table() -> None:
    left = (40, 200, 260, 330)
    page = [
        *cells(left, 100, ("Harbour", "Ships", "Berths", "What is landed")),
        *cells((215,), 114, ("Northern coast",)),
        *cells(left, 128, ("Ostrava Bay", "388", "12", "grain and containers, and of late")),
        *cells((330,), 140, ("wind turbines",)),
        *cells(left, 154, ("Point Verity", "397", "14", "fish")),
    ]
    assert tables(pdf.read("a.pdf", drawn_pdf(page))) == [
        [
            ["Harbour", "Ships", "Berths", "What is landed"],
            ["Northern coast", "", "", ""],
            ["Ostrava Bay", "388", "12", "grain and containers, and of late wind turbines"],
            ["Point Verity", "397", "14", "fish"],
        ]
    ]


def test_a_caption_parts_two_tables_and_figures_are_no_names() -> None:
    left = (40, 200, 300)
    page = [
        *cells(left, 100, ("Ostrava Bay", "388", "112")),
        *cells(left, 114, ("Point Verity", "397", "98")),
        *cells((40,), 128, ("Table 2: Berths",)),
        *cells(left, 142, ("Harbour", "2022", "2023")),
        *cells(left, 156, ("Ostrava Bay", "12", "13")),
        *cells(left, 170, ("Point Verity", "14", "14")),
    ]
    document = pdf.read("a.pdf", drawn_pdf(page))
    # The first goes on from a page before: nothing is said of what its columns are.
    assert tables(document) == [
        [["", "", ""], ["Ostrava Bay", "388", "112"], ["Point Verity", "397", "98"]],
        [["Harbour", "2022", "2023"], ["Ostrava Bay", "12", "13"], ["Point Verity", "14", "14"]],
    ]
    assert parts(document, "text") == ["Table 2: Berths"]


def test_formulas_and_the_labels_of_a_chart_are_no_tables() -> None:
    formulas = [
        one for row, text in enumerate(("a = b + c", "d = e - f")) for one in cells((200, 480), 100 + 14 * row, (text, f"({row + 1})"))
    ]
    chart = [one for row in range(6) for one in cells((40, 120, 220), 200 + 25 * row, (f"{100 - 10 * row}", "Bay", "Verity"))]
    assert tables(pdf.read("a.pdf", drawn_pdf(column(40, 60, LEFT[:2]) + formulas))) == []
    document = pdf.read("a.pdf", drawn_pdf(column(40, 60, LEFT[:2]) + chart))
    assert tables(document) == []


def test_contents_and_numbers_alone_are_no_text() -> None:
    listed = [
        (40, 100 + 14 * n, f"{n} {word} " + ". " * 20 + f"{n + 2}", ROMAN, 10)
        for n, word in enumerate(("Ships", "Docks", "Trade"), start=1)
    ]
    page = [*listed, (40, 156, "4 Outlook 9", ROMAN, 10), (40, 200, "100", ROMAN, 10), (40, 220, "80 Ostrava 60 Verity", ROMAN, 10)]
    page += [(40, 250, "12 of 40 ships stayed out.", ROMAN, 10), *column(40, 280, LEFT)]
    document = pdf.read("a.pdf", drawn_pdf(page))
    assert [block.kind for block in document.blocks] == ["noise"] * 6 + ["text"] * 2


def test_a_line_that_only_begins_in_bold_is_no_heading() -> None:
    page = [
        *column(40, 60, LEFT[:3]),
        (40, 110, "Dry docks.", BOLD, 10),
        (94, 110, "There are two of them, and a third one, for the largest ships of", "Helvetica", 10),
        (40, 122, "the coast, is planned for 2027.", "Helvetica", 10),
    ]
    document = pdf.read("a.pdf", drawn_pdf(page))
    assert [block.kind for block in document.blocks] == ["text", "text"]
    assert parts(document)[1].startswith("Dry docks. There are two of them")


def test_letters_of_formulas_are_read_as_they_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [0xD835, 0xDC65, 0x1D466, 0x2B, 0xFB01]
    monkeypatch.setattr(pdf.pdfium, "FPDFText_CountChars", lambda text: len(units))
    monkeypatch.setattr(pdf.pdfium, "FPDFText_GetUnicode", lambda text, index: units[index])
    assert list(pdf._letters(None)) == [(1, "x"), (2, "y"), (3, "+"), (4, "fi")]


def test_headings_items_and_paragraphs() -> None:
    page = [
        (40, 60, "Harbours", BOLD, 22),
        (40, 100, "Traffic on the water", BOLD, 14),
        *column(40, 120, LEFT[:3]),
        (52, 170, "A second paragraph begins with an indent, and goes on in the", ROMAN, 10),
        (40, 182, "next line without one.", ROMAN, 10),
        (40, 210, "Plans", BOLD, 10),
        (40, 224, "• A second dry dock is planned for 2027, if the town finds the", ROMAN, 10),
        (52, 236, "money for it.", ROMAN, 10),
        (40, 248, "• The old grain silo will become a museum.", ROMAN, 10),
    ]
    document = pdf.read("a.pdf", drawn_pdf(page))
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading", 1), ("heading", 2), ("text", 0), ("text", 0), ("heading", 3), ("item", 0), ("item", 0),
    ]  # fmt: skip
    assert parts(document, "item") == [
        "A second dry dock is planned for 2027, if the town finds the money for it.",
        "The old grain silo will become a museum.",
    ]


def test_pages_are_numbered_and_running_heads_are_noise() -> None:
    pages = [
        [
            (40, 30, "Bay Courier · Special report", ROMAN, 8),
            *column(40, 100, [f"Story {word} is about a ship."]),
            (290, 780, f"Page {n} of 3", ROMAN, 8),
        ]
        for n, word in ((1, "one"), (2, "two"), (3, "three"))
    ]
    document = pdf.read("a.pdf", drawn_pdf(*pages))
    assert [(b.page, document.text[b.start : b.end]) for b in document.blocks if b.kind == "text"] == [
        (1, "Story one is about a ship."),
        (2, "Story two is about a ship."),
        (3, "Story three is about a ship."),
    ]
    assert parts(document, "noise") == [text for n in (1, 2, 3) for text in ("Bay Courier · Special report", f"Page {n} of 3")]


def test_a_sentence_that_a_page_break_parts_is_one_sentence() -> None:
    pages = [
        [(40, 30, "Bay Courier", ROMAN, 8), *column(40, 700, LEFT[:2]), (290, 780, "1", ROMAN, 8)],
        [(40, 30, "Bay Courier", ROMAN, 8), *column(40, 100, ["never seen the sea before."]), (290, 780, "2", ROMAN, 8)],
    ]
    document = pdf.read("a.pdf", drawn_pdf(*pages))
    assert parts(document, "text") == [
        "The harbour of Ostrava Bay was founded in 1871 by Milena Duras, an engineer who came from the mountains and had never seen the sea before."
    ]
    assert [block.page for block in document.blocks if block.kind == "text"] == [1]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("The harbour grows", "The harbour grows"),
        ("Microsoft Word - harbour_final2.docx", "The harbour grows"),
        ("untitled", "The harbour grows"),
        ("Quarterly template", "The harbour grows"),
        ("", "The harbour grows"),
    ],
)
def test_title_is_that_of_the_file_unless_it_is_a_programs(stated: str, title: str) -> None:
    page = [(40, 60, "The harbour grows", BOLD, 20), *column(40, 100, LEFT)]
    assert pdf.read("a.pdf", drawn_pdf(page, title=stated)).title == title


def test_date_on_the_page_goes_before_that_of_the_file() -> None:
    page = [(40, 60, "The harbour grows", BOLD, 20), (40, 85, "Published 14 March 2024", ROMAN, 9), *column(40, 110, LEFT)]
    document = pdf.read("a.pdf", drawn_pdf(page, author="Petra Holm", keywords="ships, docks"))
    assert (document.published, document.source, document.tags) == ("2024-03-14", "Petra Holm", ("ships", "docks"))
    # What reportlab writes when it is asked for the same bytes every time.
    assert pdf.read("a.pdf", drawn_pdf(column(40, 110, LEFT), author="admin")).published == "2000-01-01"


def test_pages_of_pictures_are_named() -> None:
    document = pdf.read("a.pdf", drawn_pdf(column(40, 100, LEFT), [], column(40, 100, RIGHT), []))
    assert document.notes == ("has no text on pages 2, 4 (scanned); run text recognition (OCR) on it",)
    assert [block.page for block in document.blocks] == [1, 3]
    with pytest.raises(UnreadableDocument, match=r"has no text, only pictures of pages \(scanned\); run text recognition"):
        pdf.read("a.pdf", drawn_pdf([], []))


def test_what_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableDocument, match="is encrypted with a password; save it without one"):
        pdf.read("a.pdf", drawn_pdf(column(40, 100, LEFT), encrypt="secret"))
    for data in (b"", b"%PDF-1.4", b"no pdf at all", drawn_pdf(column(40, 100, LEFT))[:300]):
        with pytest.raises(UnreadableDocument, match="is damaged or not a PDF"):
            pdf.read("a.pdf", data)
    with pytest.raises(UnreadableDocument, match="has no text; remove it"):
        pdf.read("a.pdf", page_pdf(b""))
    monkeypatch.setattr(pdf, "PAGES_MOST", 1)
    with pytest.raises(UnreadableDocument, match="has 2 pages, more than 1; split it into articles"):
        pdf.read("a.pdf", drawn_pdf(column(40, 100, LEFT), column(40, 100, RIGHT)))


@pytest.mark.parametrize("turn", ["0 1 -1 0 {across} 100", "0 -1 1 0 {back} 700", "-1 0 0 -1 500 {across}"])
def test_text_that_stands_upright_only_when_the_page_is_turned(turn: str) -> None:
    places = [turn.format(across=100 + 12 * n, back=500 - 12 * n) for n in range(2)]
    lines = "".join(f"BT /F1 10 Tf {place} Tm ({line}) Tj ET\n" for place, line in zip(places, LEFT, strict=False))
    document = pdf.read("a.pdf", page_pdf(lines.encode()))
    assert parts(document) == [" ".join(LEFT[:2])]


def test_a_stamp_in_the_margin_is_no_part_of_the_text() -> None:
    lines = "".join(f"BT /F1 10 Tf 1 0 0 1 100 {700 - 12 * n} Tm ({line}) Tj ET\n" for n, line in enumerate(LEFT[:2]))
    document = pdf.read("a.pdf", page_pdf(f"{lines}BT /F1 14 Tf 0 1 -1 0 30 300 Tm (arXiv:2401.00001) Tj ET".encode()))
    assert parts(document) == [" ".join(LEFT[:2])]


def test_chinese_lines_are_joined_without_a_space() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    lines = ["该港口由工程师米莱娜于一八七一年建立，拥有三个码头和一个干", "船坞。二零二三年，港口共接待了四百一十二艘船舶，比前一年多"]
    document = pdf.read("a.pdf", drawn_pdf(column(40, 100, lines, "STSong-Light")))
    assert parts(document) == ["".join(lines)]


def test_loops_and_bombs_cost_the_one_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = confined.Worker()
    target = "askdivide.ingestion.readers.pdf:read"
    pages_of_pages = raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>"])
    try:
        with pytest.raises(UnreadableDocument, match="has 1,000,000 pages"):
            worker.read(target, "a.pdf", pages_of_pages)
        with pytest.raises(UnreadableDocument, match="breaks its reader, or needs more than 1024 MB of memory"):
            worker.read(target, "a.pdf", forms_in_forms(9))
        documents, failed = worker.read(target, "a.pdf", drawn_pdf(column(40, 100, LEFT)))
        assert (len(documents), failed) == (1, [])
    finally:
        worker.close()
