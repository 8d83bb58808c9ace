"""The header of GGUF files, of real ones and of hostile ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askdivide.errors import ModelError
from askdivide.models import open_model
from askdivide.models.gguf import GgufModel
from askdivide.models.ggufheader import read_header
from askdivide.settings import Settings


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def header(**values: str | int | list[str]) -> bytes:
    made = b"GGUF" + struct.pack("<IQQ", 3, 0, len(values))
    for key, value in values.items():
        made += text(key.replace("__", "."))
        if isinstance(value, str):
            made += struct.pack("<I", 8) + text(value)
        elif isinstance(value, int):
            made += struct.pack("<II", 4, value)
        else:
            made += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(one) for one in value)
    return made


GOOD = header(
    general__architecture="llama", tokenizer__tokens=["a", "bc"], llama__context_length=2048, tokenizer__chat_template="{{ x }}<think>"
)


def write(folder: Path, data: bytes) -> Path:
    file = folder / "model.gguf"
    file.write_bytes(data)
    return file


def test_what_a_header_says(tmp_path: Path) -> None:
    found = read_header(write(tmp_path, GOOD))
    assert (found.architecture, found.context, found.template, found.licence) == ("llama", 2048, "{{ x }}<think>", "")


def test_a_models_context_is_what_it_was_trained_for_at_most_8192_or_as_set(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    assert GgufModel(file).context_tokens == 2048
    assert GgufModel(file, context=777).context_tokens == 777
    write(tmp_path, header(general__architecture="llama", llama__context_length=131072))
    assert GgufModel(file).context_tokens == 8192
    write(tmp_path, header(general__architecture="odd"))
    assert GgufModel(file).context_tokens == 8192


def test_a_model_whose_template_thinks_gets_room_for_it(tmp_path: Path) -> None:
    assert GgufModel(write(tmp_path, GOOD)).thinking_tokens == 512
    assert GgufModel(write(tmp_path, header(tokenizer__chat_template="plain"))).thinking_tokens == 0


@pytest.mark.weights
def test_the_header_of_a_real_model(smollm2: Path) -> None:
    found = read_header(smollm2)
    assert (found.architecture, found.context, found.licence) == ("llama", 8192, "apache-2.0")
    assert "im_start" in found.template


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 a zip file",
        GOOD[:40],
        GOOD[:-5],
        b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 63),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 5),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 40),
    ],
)
def test_a_file_that_is_no_model_is_told_in_one_line(tmp_path: Path, data: bytes) -> None:
    file = write(tmp_path, data)
    with pytest.raises(ModelError) as wrong:
        open_model(f"gguf:{file}", Settings())
    assert str(wrong.value) == f"{file} is no complete GGUF file; fetch it again"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255), end=st.integers(0, len(GOOD)))
def test_damage_is_read_or_told_and_nothing_else(tmp_path: Path, at: int, byte: int, end: int) -> None:
    data = bytearray(GOOD)
    data[at] = byte
    file, told = write(tmp_path, bytes(data[: max(end, 4)])), ""
    try:
        read_header(file)
    except ModelError as wrong:
        told = str(wrong)
    assert told in ("", f"{file} is no complete GGUF file; fetch it again")


def test_a_path_that_leads_nowhere_or_to_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model file nowhere.gguf: No such file or directory"):
        open_model("gguf:nowhere.gguf", Settings())
    with pytest.raises(ModelError, match=f"{tmp_path} is a folder; name a file in it, ending in .gguf"):
        open_model(f"gguf:{tmp_path}", Settings())
    file = write(tmp_path, GOOD)
    with pytest.raises(ModelError, match=f"name a file in it, such as gguf:{file}"):
        open_model(f"gguf:{tmp_path}", Settings())
