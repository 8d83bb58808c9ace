import pytest
from made import epub, packed

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.epub import read

ONE = "<h1>The founding</h1><p>The harbour was founded in 1871.</p>"
TWO = "<h1>The traffic</h1><p>It handled <i>412</i> ships.</p><table><tr><th>Year</th><th>Ships</th></tr><tr><td>2023</td><td>412</td></tr></table>"


def test_chapters_come_in_the_order_of_the_book() -> None:
    metadata = (
        "<dc:title>The book of harbours</dc:title><dc:creator>Petra Holm</dc:creator><dc:date>2024-03-14</dc:date>"
        "<dc:subject>ships</dc:subject><dc:subject>docks</dc:subject>"
    )
    document = read("a.epub", epub([ONE, TWO], metadata))
    assert (document.title, document.source, document.published, document.tags) == (
        "The book of harbours", "Petra Holm", "2024-03-14", ("ships", "docks"),
    )  # fmt: skip
    assert [(b.kind, document.text[b.start : b.end]) for b in document.blocks] == [
        ("heading", "The book of harbours"),
        ("heading", "The founding"),
        ("text", "The harbour was founded in 1871."),
        ("heading", "The traffic"),
        ("text", "It handled 412 ships."),
        ("table", "| Year | Ships |\n| 2023 | 412 |"),
    ]


def test_a_chapter_that_is_missing_is_told_and_the_others_are_read() -> None:
    whole = epub([ONE, TWO])
    assert not read("a.epub", whole).notes
    spine = '<itemref idref="c0"/><itemref idref="gone"/>'
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="c0" href="text/c%200.xhtml" media-type="application/xhtml+xml"/>'
        f'<item id="gone" href="../../../etc/passwd.html" media-type="application/xhtml+xml"/></manifest><spine>{spine}</spine></package>'
    )
    document = read("a.epub", epub([ONE], **{"OEBPS/book.opf": book}))
    assert document.notes == (
        "has chapters that cannot be read: has no part ../../etc/passwd.html; it is damaged or not a file of this kind",
    )
    assert "founded in 1871" in document.text


def test_what_cannot_be_read_says_why() -> None:
    encryption = (
        '<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:CipherData>'
        '<enc:CipherReference URI="OEBPS/{}"/></enc:CipherData></enc:EncryptedData></encryption>'
    )
    with pytest.raises(UnreadableDocument, match=r"is protected \(DRM\)"):
        read("a.epub", epub([ONE], **{"META-INF/encryption.xml": encryption.format("text/c.xhtml")}))
    assert read("a.epub", epub([ONE], **{"META-INF/encryption.xml": encryption.format("font.otf")})).blocks
    with pytest.raises(UnreadableDocument, match="has no part META-INF/container.xml"):
        read("a.epub", packed({"mimetype": "application/epub+zip"}))
    with pytest.raises(UnreadableDocument, match="has no text to quote"):
        read("a.epub", epub(["<img/>"]))
    with pytest.raises(UnreadableDocument, match="unpacks to more than 200 times its size"):
        read("a.epub", epub([ONE, "<p>" + "a" * 5_000_000 + "</p>"]))
