"""Bytes of a text file as the text that spans refer to."""

from askdivide.errors import UnreadableDocument


def decode(data: bytes) -> str:
    """UTF-8 with universal newlines, just as `open(path, encoding="utf-8").read()` gives it.

    Raises UnreadableDocument for an empty, a binary or a differently encoded file, with what to do.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableDocument("is UTF-16 text; save it as UTF-8")
    if b"\0" in data:
        raise UnreadableDocument("is a binary file, not text; remove it or convert it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableDocument(f"is not UTF-8 text (line {line}, byte 0x{data[error.start]:02x}); save it as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.lstrip("\ufeff").strip():
        raise UnreadableDocument("is empty; add text to it or remove it")
    return text
