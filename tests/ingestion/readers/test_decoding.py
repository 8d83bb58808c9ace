from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.readers import LARGEST, read, readable
from askdivide.ingestion.readers.decoding import decode


@settings(max_examples=100, deadline=None, derandomize=True)
@given(text=st.text(alphabet="ab é中\r\n\t\ufeff\u2028\x0b\x0c\x85", max_size=40))
def test_text_is_what_open_reads(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "decoded.txt"
    file.write_bytes(("x" + text).encode())
    assert decode(file.read_bytes()) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("Ein Wort".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (b"\xfe\xff\x00A", "is UTF-16 text; save it as UTF-8"),
        ("Wort".encode("utf-16-le"), "is a binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a binary file"),
        ("eins\nzwei\ncafé".encode("latin-1"), r"is not UTF-8 text \(line 3, byte 0xe9\); save it as UTF-8"),
        (b"", "is empty; add text to it or remove it"),
        (b" \r\n\t", "is empty"),
        ("\ufeff\n".encode(), "is empty"),
    ],
)
def test_what_is_no_utf8_text_says_what_it_is_and_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        decode(data)


@pytest.mark.parametrize(("name", "expected"), [("a.md", True), ("A.MD", True), ("b.markdown", True), ("c.txt", True), ("c.text", True)])
def test_kinds_with_a_reader(name: str, expected: bool) -> None:
    assert readable(name) is expected
    assert read(name, b"A line of text, and it ends here.").path == name


@pytest.mark.parametrize("name", ["a.odt", "md", "a.md.bak", ".md"])
def test_kinds_without_a_reader(name: str) -> None:
    assert not readable(name)


def test_a_file_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnreadableDocument, match="is larger than 32 MB; split it into articles"):
        read("a.md", b"\xff" * (LARGEST + 1))


def test_one_article_that_breaks_a_parser_is_only_unreadable() -> None:
    front = f"---\ntitle: 0x{'f' * 6000}\n---\nText.\n"
    with pytest.raises(UnreadableDocument, match=r"cannot be parsed \(ValueError"):
        read("a.md", front.encode())


def test_bytes_are_read_as_they_are_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffOne line.\r\nAnother line.\rA third.".encode())
    document = read("a.txt", file.read_bytes())
    assert document.text == file.read_text(encoding="utf-8") == "\ufeffOne line.\nAnother line.\nA third."
