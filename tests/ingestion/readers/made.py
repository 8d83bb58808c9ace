"""Files of each format, made small and the same every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def paragraph(text: str, style: str = "", more: str = "") -> str:
    """A paragraph of a Word document."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{named}{more}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """A table of a Word document."""
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


STYLES = (
    f"<w:styles {W}>"
    '<w:style w:styleId="Title"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:styleId="Chapter"><w:name w:val="House chapter"/><w:basedOn w:val="H2"/></w:style>'
    '<w:style w:styleId="Bullets"><w:name w:val="List Bullet"/></w:style>'
    '<w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>'
    "</w:styles>"
)


def docx(body: str, core: str = "", **more: str | bytes) -> bytes:
    """A Word document with this body, and core properties where given."""
    parts: dict[str, str | bytes] = {
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{body}</w:body></w:document>',
        "word/styles.xml": STYLES,
    }
    if core:
        parts["docProps/core.xml"] = (
            '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
            f' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">{core}</cp:coreProperties>'
        )
    return packed({**parts, **{name.replace("__", "/"): content for name, content in more.items()}})


def epub(chapters: Sequence[str], metadata: str = "<dc:title>The book of harbours</dc:title>", **more: str) -> bytes:
    """A book of these chapters (the inside of their body elements)."""
    items = "".join(f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<metadata>{metadata}</metadata><manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
            f'{items}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
            "OEBPS/nav.xhtml": "<html><body><nav><ol><li>Contents</li></ol></nav></body></html>",
            **{
                f"OEBPS/text/c {n}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>'
                for n, body in enumerate(chapters)
            },
            **more,
        }
    )


def drawn_pdf(*pages: Sequence[tuple[float, float, str, str, float]], **about: Any) -> bytes:
    """A PDF whose pages have each text at its place: points from left and from the top, text, font, size."""
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800), invariant=1, encrypt=about.get("encrypt"))
    for field in ("title", "author", "keywords"):
        getattr(canvas, f"set{field.capitalize()}")(about.get(field, ""))
    for page in pages:
        for left, top, text, font, size in page:
            canvas.setFont(font, size)
            canvas.drawString(left, 800 - top, text)
        if not page:
            canvas.drawInlineImage(_picture(), 50, 50, 400, 600)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _picture() -> Any:
    from PIL import Image

    return Image.new("L", (8, 8), 128)


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object of a PDF."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def page_pdf(content: bytes, *, flate: bool = False, forms: Sequence[bytes] = ()) -> bytes:
    """A PDF of one page with this content stream; `forms` are further objects, the first of them named X0."""
    resources = b"/Resources<</Font<</F1 5 0 R>>%s>>" % (b"/XObject<</X0 6 0 R>>" if forms else b"")
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R" + resources + b">>",
            stream(content, b"/Filter/FlateDecode" if flate else b""),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *forms,
        ]
    )


def forms_in_forms(depth: int) -> bytes:
    """A small PDF that draws 10 ** (depth - 1) texts, by forms that draw forms ten times each."""
    kind = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"
    inner = [stream(b"/X Do " * 10, kind + b"/Resources<</XObject<</X %d 0 R>>>>" % (7 + level)) for level in range(depth - 1)]
    last = stream(b"BT /F1 12 Tf (boom) Tj ET", kind + b"/Resources<</Font<</F1 5 0 R>>>>")
    return page_pdf(b"/X0 Do", forms=[*inner, last])
