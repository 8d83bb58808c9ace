"""What a GGUF file says about its model: read without loading its weights or llama.cpp."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from askdivide.errors import ModelError

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _ARRAY = 8, 9
_KEPT_MOST = 1 << 20
"""Bytes of a text that is kept; longer ones are stepped over."""


@dataclass(frozen=True)
class GgufHeader:
    """The part of the header that matters here."""

    architecture: str
    context: int | None
    """Tokens that the model was trained for."""
    template: str
    """How messages become a prompt; empty where the file does not say."""
    licence: str


def read_header(path: Path) -> GgufHeader:
    """The header of the file. Raises ModelError where it is missing or not a GGUF file."""
    try:
        with path.open("rb") as file:
            values = _values(file, path.stat().st_size)
    except OSError as error:
        raise ModelError(f"cannot read the model file {path}: {error.strerror}") from error
    except (struct.error, ValueError, UnicodeDecodeError, OverflowError) as error:
        raise ModelError(f"{path} is no complete GGUF file; fetch it again") from error
    architecture = str(values.get("general.architecture", ""))
    context = values.get(f"{architecture}.context_length")
    return GgufHeader(
        architecture,
        context if isinstance(context, int) and context > 0 else None,
        str(values.get("tokenizer.chat_template", "")),
        str(values.get("general.license", "")),
    )


def _values(file: BinaryIO, size: int) -> dict[str, Any]:
    if file.read(4) != b"GGUF":
        raise ValueError("magic")
    version, _tensors, count = _unpack(file, "<I"), _unpack(file, "<Q"), _unpack(file, "<Q")
    if version not in (2, 3) or count > size:
        raise ValueError("version")
    values = {}
    for _ in range(count):
        key = _text(file, size) or ""
        kind = _unpack(file, "<I")
        if kind == _ARRAY:
            _step_over(file, size)
        elif kind == _TEXT:
            values[key] = _text(file, size)
        else:
            values[key] = _unpack(file, _NUMBERS.get(kind, "unknown"))
    return values


def _unpack(file: BinaryIO, form: str) -> Any:
    if form not in _NUMBERS.values():
        raise ValueError("kind")
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _text(file: BinaryIO, size: int) -> str | None:
    length = _unpack(file, "<Q")
    if length > size:
        raise ValueError("length")
    if length > _KEPT_MOST:
        file.seek(length, 1)
        return None
    data = file.read(length)
    if len(data) < length:
        raise ValueError("cut")
    return data.decode("utf-8", "replace")


def _step_over(file: BinaryIO, size: int) -> None:
    kind, count = _unpack(file, "<I"), _unpack(file, "<Q")
    if count > size:
        raise ValueError("count")
    if kind in _NUMBERS:
        file.seek(min(count * struct.calcsize(_NUMBERS[kind]), size), 1)
    elif kind == _TEXT:
        # Vocabularies: some hundred thousand short texts.
        read, seek, length_of = file.read, file.seek, struct.Struct("<Q").unpack
        for _ in range(count):
            seek(min(length_of(read(8))[0], size), 1)
    else:
        raise ValueError("nested")
