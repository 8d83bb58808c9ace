import pytest
from made import W, docx, packed, paragraph, word_table

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.docx import read
from askdivide.records import Document

TEXT = "The harbour was founded in 1871 by Milena Duras."
NUMBERED = '<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def parts(document: Document) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, document.text[b.start : b.end]) for b in document.blocks]


def test_headings_lists_and_tables() -> None:
    body = (
        paragraph("The harbour", "Title")
        + paragraph("Traffic", "H1")
        + paragraph(TEXT)
        + paragraph("By ship", "Chapter")
        + paragraph("A second dock is planned.", "Bullets")
        + paragraph("It opens in May.", more=NUMBERED.format(level=1, number=3))
        + paragraph("No list any more.", more=NUMBERED.format(level=0, number=0))
        + paragraph("Plain", more='<w:outlineLvl w:val="2"/>')
        + word_table([["Year", "Ships"], ["2022", "397 | 398"], ["", ""], ["2023", "412"]])
        + paragraph("   ")
        + paragraph("The end of it.", "Loop")
    )
    document = read("a.docx", docx(body))
    assert document.title == "The harbour"
    assert parts(document) == [
        ("heading", 1, "The harbour"),
        ("heading", 1, "Traffic"),
        ("text", 0, TEXT),
        ("heading", 2, "By ship"),
        ("item", 0, "A second dock is planned."),
        ("item", 0, "It opens in May."),
        ("text", 0, "No list any more."),
        ("heading", 3, "Plain"),
        ("table", 0, "| Year | Ships |\n| 2022 | 397 \\| 398 |\n| 2023 | 412 |"),
        ("text", 0, "The end of it."),
    ]
    assert "\n- A second dock is planned.\n  - It opens in May.\n" in document.text


def test_core_properties_say_what_the_article_is() -> None:
    core = "<dc:title>The harbour</dc:title><dc:creator>Petra Holm</dc:creator><cp:keywords>ships; docks,ships</cp:keywords>"
    core += "<dcterms:created>2024-03-14T10:00:00Z</dcterms:created>"
    document = read("a.docx", docx(paragraph(TEXT), core))
    assert (document.title, document.source, document.published, document.tags) == (
        "The harbour",
        "Petra Holm",
        "2024-03-14",
        ("ships", "docks"),
    )
    dated = read("a.docx", docx(paragraph("Published 1 March 2024") + paragraph(TEXT), core))
    assert dated.published == "2024-03-01"


def test_a_placeholder_is_no_title() -> None:
    body = paragraph("The harbour", "H1") + paragraph(TEXT)
    core = "<dc:title>Word Document</dc:title><dc:creator>python-docx</dc:creator>"
    assert (read("a.docx", docx(body, core)).title, read("a.docx", docx(body, core)).source) == ("The harbour", None)
    assert read("my-old_file.docx", docx(paragraph(TEXT))).title == "my old file"


def test_deleted_text_is_left_out_and_inserted_text_read() -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">It has </w:t></w:r><w:del><w:r><w:delText>two</w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>three</w:t></w:r></w:ins><w:r><w:tab/><w:t>basins</w:t><w:br/><w:t>and</w:t></w:r>"
        '<w:hyperlink><w:r><w:t xml:space="preserve"> a dry</w:t></w:r></w:hyperlink><w:r><w:noBreakHyphen/><w:t>dock.</w:t></w:r></w:p>'
        f"<w:sdt><w:sdtContent>{paragraph('In a control.')}</w:sdtContent></w:sdt>"
    )
    assert [text for _, _, text in parts(read("a.docx", docx(body)))] == ["It has three basins and a dry-dock.", "In a control."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is damaged or not a file of this kind"),
        (b"PK\x03\x04 no archive", "is damaged or not a file of this kind"),
        (docx(paragraph(TEXT))[:200], "is damaged or not a file of this kind"),
        (packed({"other.xml": "<a/>"}), "has no part word/document.xml"),
        (docx(""), "has no text to quote"),
        (packed({"word/document.xml": "<w:document"}), "holds XML that cannot be parsed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "is encrypted with a password, or of an older Office format"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read("a.docx", data)


def test_bombs_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    xml = f"<!DOCTYPE w:document [{laughs}]><w:document {W}><w:body>{paragraph('&l9;')}</w:body></w:document>"
    with pytest.raises(UnreadableDocument, match="holds XML that"):
        read("a.docx", packed({"word/document.xml": xml}))
    outside = (
        f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document {W}><w:body>{paragraph("&x;")}</w:body></w:document>'
    )
    with pytest.raises(UnreadableDocument, match="defines entities of its own"):
        read("a.docx", packed({"word/document.xml": outside}))
    with pytest.raises(UnreadableDocument, match=r"unpacks to more than (64 MB|200 times its size)"):
        read("a.docx", packed({"word/document.xml": b" " * 70_000_000}))
    with pytest.raises(UnreadableDocument, match="unpacks to more than 200 times its size"):
        read("a.docx", docx(paragraph("a" * 9_000_000)))
    with pytest.raises(UnreadableDocument, match="XML that cannot be parsed"):
        read("a.docx", docx("<w:sdt>" * 3000 + "</w:sdt>" * 3000))


def test_a_picture_however_large_is_not_unpacked() -> None:
    assert read("a.docx", docx(paragraph(TEXT), word__media__image1_bmp=b"\0" * 70_000_000)).text.endswith(f"{TEXT}\n")
