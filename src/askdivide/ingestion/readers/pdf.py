"""PDF files: text with page numbers, in reading order, read with PDFium.

Of the libraries with a free licence PDFium was the fastest by far (66 pages, 380,000 letters: 0.6 s, pdfminer.six 5.7 s) and
the one that kept columns in order; it does not say what is a paragraph or a heading, which `layout` finds out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from ctypes import c_int, create_string_buffer
from typing import Any
from unicodedata import normalize

import pypdfium2
import pypdfium2.raw as pdfium

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers.composing import Composer, clean
from askdivide.ingestion.readers.furniture import date_line
from askdivide.ingestion.readers.joining import join
from askdivide.ingestion.readers.layout import Part, parts
from askdivide.ingestion.readers.lines import Piece
from askdivide.records import Document
from askdivide.text.dates import parse_date

PAGES_MOST = 2000
_LETTERS_MOST = 100_000
"""Of one page; a densely printed newspaper page has about 20,000."""
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_HYPHENS = ("\x02", "\ufffe", "\xad")
_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint)\b.*|untitled.*|document ?\d*|powerpoint presentation|slide 1|anonymous|none|title|"
    r".*\.(?:docx?|pdf|indd|qxd|tex|dvi|xlsx?|pptx?|odt|rtf))",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(r"(?:anonymous|unknown|admin(?:istrator)?|user|root|owner|author|\(.*\))", re.IGNORECASE)


def read(path: str, data: bytes) -> Document:
    """The article in a PDF. Raises UnreadableDocument for one that is encrypted, damaged, too long, or pictures of text only."""
    pages: list[tuple[int, float, list[Piece]]] = []
    pictures: list[int] = []
    broken: list[int] = []
    with _opened(data) as pdf:
        if len(pdf) > PAGES_MOST:
            raise UnreadableDocument(f"has {len(pdf):,} pages, more than {PAGES_MOST:,}; split it into articles")
        for number in range(1, len(pdf) + 1):
            try:
                height, pieces, is_picture = _page(pdf, number)
            except pypdfium2.PdfiumError:
                broken.append(number)
                continue
            pages.append((number, height, pieces))
            if is_picture:
                pictures.append(number)
        about = {key: clean(value) for key, value in pdf.get_metadata_dict().items()}
    if not any(pieces for _, _, pieces in pages):
        if pictures:
            raise UnreadableDocument("has no text, only pictures of pages (scanned); run text recognition (OCR) on it and save that")
        raise UnreadableDocument("is damaged: no page can be read; save it again" if broken else "has no text; remove it")
    notes = [f"has no text on {_listed(pictures)} (scanned); run text recognition (OCR) on it"] if pictures else []
    if broken:
        notes.append(f"is damaged on {_listed(broken)}; the other pages were read")
    return _document(path, parts(pages), about, tuple(notes))


def _opened(data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument("is encrypted with a password; save it without one") from error
        raise UnreadableDocument("is damaged or not a PDF; save it again") from error


def _document(path: str, found: list[Part], about: dict[str, str], notes: tuple[str, ...]) -> Document:
    words = Counter(word for part in found for line in part.lines for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.casefold()))
    sizes = sorted({round(part.size) for part in found if part.kind == "heading"}, reverse=True)
    composer = Composer()
    largest: tuple[float, str] | None = None
    for part in found:
        text = join(part.lines, words)
        if part.kind == "heading":
            composer.heading(text, 1 + sizes.index(round(part.size)), page=part.page)
            if part.page == found[0].page and (largest is None or part.size > largest[0]):
                largest = part.size, clean(text)
        elif part.kind == "table":
            composer.table(part.rows, page=part.page, named=part.named)
        elif part.kind == "item":
            composer.item(text, page=part.page)
        else:
            noise = part.kind == "noise" or (len(composer.blocks) < 12 and bool(date_line(text)))
            composer.paragraph(text, kind="noise" if noise else "text", page=part.page)
    whole = composer.text
    stated = next((iso for block in composer.blocks[:12] if (iso := date_line(whole[block.start : block.end]))), None)
    author = about.get("Author", "")
    return composer.document(
        path,
        title=_title(about.get("Title", ""), largest[1] if largest else None, whole[:5000]),
        published=stated or _made(about.get("CreationDate", "")),
        source=author if len(author) > 2 and not _NO_AUTHOR.fullmatch(author) else None,
        tags=tuple(dict.fromkeys(tag for word in re.split(r"[,;，、]", about.get("Keywords", ""))[:20] if (tag := word.strip()))),
        notes=notes,
    )


def _title(stated: str, largest: str | None, beginning: str) -> str | None:
    """The title in the metadata, unless it is a program's or a template's: then the largest heading of the first page."""
    squeezed = re.sub(r"\W+", "", beginning.casefold())
    if stated and not _NO_TITLE.fullmatch(stated) and (not largest or re.sub(r"\W+", "", stated.casefold()) in squeezed):
        return stated
    return largest


def _made(date: str) -> str | None:
    digits = re.match(r"D?:?((?:19|20)\d\d)(\d\d)?(\d\d)?", date)
    return parse_date("-".join(group for group in digits.groups() if group)) if digits else None


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    return f"page {shown}" if len(numbers) == 1 else f"pages {shown}"


def _page(pdf: Any, number: int) -> tuple[float, list[Piece], bool]:
    """A page's height, its pieces of text, and whether it shows a picture and no text."""
    page = pdf[number - 1]
    try:
        width, height = page.get_size()
        text = page.get_textpage()
        try:
            pieces = list(_pieces(text.raw, *_upright(text.raw, width, height)))
        finally:
            text.close()
        is_picture = not pieces and any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        turned = pieces and max(piece.bottom for piece in pieces) > height
        return (max(width, height) if turned else height), pieces, is_picture
    finally:
        page.close()


def _upright(text: Any, width: float, height: float) -> tuple[int, float, float]:
    """In which quarter turn most of a page's text runs, with the page's size."""
    count = min(pdfium.FPDFText_CountChars(text), _LETTERS_MOST)
    turns = Counter(_turn(text, index) for index in range(0, count, max(count // 200, 1)))
    return (turns.most_common(1)[0][0] if turns else 0), width, height


def _turn(text: Any, index: int) -> int:
    angle = pdfium.FPDFText_GetCharAngle(text, index)
    quarter = round(angle / (math.pi / 2))
    return quarter % 4 if angle >= 0 and abs(angle - quarter * math.pi / 2) < 0.05 else -1


def _pieces(text: Any, turn: int, width: float, height: float) -> Iterator[Piece]:
    """The letters of a page, put together while they stand side by side. Text that runs another way (stamps) is left out."""
    box = pdfium.FS_RECTF()
    letters: list[str] = []
    gaps: list[tuple[int, float, float]] = []
    place = (0.0, 0.0, 0.0, 0.0)
    spaced = False
    first = last = 0
    for index, char in _letters(text):
        if char.isspace() or char in "\0\r\n":
            spaced = True
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text, index, box):
            continue
        left, right, top, bottom = _placed(box, turn, width, height)
        size = place[3] - place[2]
        if letters and not (
            min(bottom, place[3]) - max(top, place[2]) > 0.5 * min(size, bottom - top)
            and -0.4 * size < left - place[1] < _WORD_GAP * size
            and abs((bottom - top) - size) < 0.2 * size
        ):
            yield Piece("".join(letters), *place, size=size, bold=_are_bold(text, first, last), gaps=tuple(gaps))
            letters, gaps = [], []
        if not letters and _turn(text, index) != turn:
            continue
        if letters:
            if spaced or left - place[1] > 0.25 * size:
                gaps.append((sum(map(len, letters)), place[1], left))
                letters.append(" ")
            place = (place[0], max(place[1], right), min(place[2], top), max(place[3], bottom))
        else:
            place, first = (left, right, top, bottom), index
        letters.append(char)
        last = index
        spaced = False
    if letters:
        yield Piece("".join(letters), *place, size=place[3] - place[2], bold=_are_bold(text, first, last), gaps=tuple(gaps))


def _letters(text: Any) -> Iterator[tuple[int, str]]:
    """A page's letters as they are typed, each with its index; formulas have letters of their own for italics."""
    high = 0
    for index in range(min(pdfium.FPDFText_CountChars(text), _LETTERS_MOST)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            # The first of the two units of a letter.
            high = code
            continue
        if high and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        high = 0
        char = normalize("NFKC", chr(code)) if 0x1D400 <= code < 0x1D800 else chr(code)
        yield index, "-" if char in _HYPHENS else _LIGATURES.get(char, char)


_WORD_GAP = 0.9
"""Of the letters' height; a wider gap may part columns or cells."""


def _placed(box: Any, turn: int, width: float, height: float) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a box as somebody sees them who reads the text upright. PDFium counts turns clockwise."""
    left, right, top, bottom = box.left, box.right, height - box.top, height - box.bottom
    if turn == 3:
        return height - bottom, height - top, left, right
    if turn == 2:
        return width - right, width - left, height - bottom, height - top
    if turn == 1:
        return top, bottom, width - right, width - left
    return left, right, top, bottom


def _are_bold(text: Any, first: int, last: int) -> bool:
    """Whether letters are bold from `first` to `last`; a sentence often begins with its subject in bold, or ends so."""
    return all(_is_bold(text, index) for index in (first, last, (first + last) // 2))


def _is_bold(text: Any, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text, index) >= 600:
        return True
    name = create_string_buffer(128)
    flags = c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, 128, flags)
    return b"bold" in name.value.lower() or b"black" in name.value.lower()
