from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import QuestionError
from askdivide.evaluation.questions import Question as Line
from askdivide.evaluation.questions import history_of, read_questions
from askdivide.records import Turn


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "batch.jsonl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_lines_come_in_order_with_their_numbers(tmp_path: Path) -> None:
    file = written(tmp_path, '{"id": "b", "question": "Second?"}\n\n  \n{"question": "First?", "history": ["Zeroth?"], "more": 1}')
    assert read_questions(file) == [Line(1, "b", "Second?", ()), Line(4, None, "First?", (Turn("Zeroth?"),))]


@pytest.mark.parametrize("id_", [0, -7, 2.5, "", "x", None, True, False, [], [1, [2]], {}, {"a": None}])
def test_an_id_is_kept_as_it_is(tmp_path: Path, id_: Any) -> None:
    (line,) = read_questions(written(tmp_path, json.dumps({"id": id_, "question": "q"})))
    assert line.id == id_
    assert type(line.id) is type(id_)


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    lines = read_questions(written(tmp_path, b'\xef\xbb\xbf{"question": "a"}\r\n{"question": "b"}\r\n'))
    assert [line.question for line in lines] == ["a", "b"]


def test_a_line_separator_inside_a_question_does_not_end_the_line(tmp_path: Path) -> None:
    question = "one\u2028two\x85three 模型?"
    lines = read_questions(written(tmp_path, json.dumps({"question": question}, ensure_ascii=False)))
    assert [line.question for line in lines] == [question]


@pytest.mark.parametrize("content", ["", "\n \n\n"])
def test_a_file_without_lines_has_no_questions(tmp_path: Path, content: str) -> None:
    assert read_questions(written(tmp_path, content)) == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "is not JSON"),
        ("question", "is not JSON"),
        ('{"question": "a"} {"question": "b"}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"id": NaN, "question": "a"}', "is not JSON: NaN is no number"),
        ('{"id": [-Infinity], "question": "a"}', "is not JSON: -Infinity is no number"),
        ('{"id": 1e999, "question": "a"}', "is not JSON: 1e999 is no number"),
        ('"question"', 'is not an object with a "question"'),
        ("null", 'is not an object with a "question"'),
        ("{}", 'is not an object with a "question"'),
        ('{"question": null}', 'is not an object with a "question"'),
        ('{"question": ["a"]}', 'is not an object with a "question"'),
        ('{"question": "a", "history": {}}', '"history" is not a list'),
        ('{"question": "a", "history": ["b", 1]}', '"history" holds something'),
        ('{"question": "a", "history": [{"answer": "b"}]}', '"history" holds something'),
    ],
)
def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path, line: str, part: str) -> None:
    file = written(tmp_path, f'{{"question": "fine"}}\n{line}\n{{"question": "fine"}}')
    with pytest.raises(QuestionError) as caught:
        read_questions(file)
    assert str(caught.value).startswith(f"{file}, line 2")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "part"), [(b"\xff\xfe{\0", "is not UTF-8 text"), (None, "No such file")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, part: str) -> None:
    file = written(tmp_path, content) if content else tmp_path / "none.jsonl"
    with pytest.raises(QuestionError, match=part) as caught:
        read_questions(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ([], ()),
        (["a", "b"], (Turn("a"), Turn("b"))),
        ([{"question": "a", "answer": "x"}, "b"], (Turn("a", "x"), Turn("b"))),
        ([{"question": "a"}, {"question": "b", "answer": None}], (Turn("a"), Turn("b"))),
    ],
)
def test_history_is_made_of_questions_or_turns(value: Any, expected: tuple[Turn, ...]) -> None:
    assert history_of(value, "here") == expected


@pytest.mark.parametrize("value", ["a", 1, {"question": "a"}, [None], [["a"]], [{"question": 1}]])
def test_anything_else_is_no_history(value: Any) -> None:
    with pytest.raises(QuestionError, match='here: "history"'):
        history_of(value, "here")
