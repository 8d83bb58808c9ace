import json
from pathlib import Path

import pytest

from askdivide.errors import QuestionError
from askdivide.evaluation.questions import read_questions
from askdivide.records import Turn


def test_reads_every_field(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        '{"id": 7, "question": "When?", "history": ["Who?", {"question": "Where?", "answer": "Here."}], "answerable": true,'
        ' "must_contain": [["1871", "71"], "Duras"], "evidence": ["in 1871"], "documents": ["a.md"]}\n\n{"question": "Bare?"}\n',
        encoding="utf-8",
    )
    full, bare = read_questions(file)
    assert full.history == (Turn("Who?"), Turn("Where?", "Here."))
    assert full.must_contain == (("1871", "71"), ("Duras",))
    assert (full.id, full.answerable, full.evidence, full.documents) == (7, True, ("in 1871",), ("a.md",))
    assert (bare.number, bare.id, bare.answerable) == (3, None, None)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": 1}', '{"question": 5}', '{"question": "a", "answerable": "yes"}', '{"question": "a", "history": "b"}',
     '{"question": "a", "history": [5]}', '{"question": "a", "documents": "b"}', '{"question": "a", "evidence": [5]}'],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "fine"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(QuestionError, match="line 2"):
        read_questions(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="none.jsonl"):
        read_questions(tmp_path / "none.jsonl")


@pytest.mark.parametrize("wanted", ["two", 1902, True, {"a": "b"}, [1902]])
def test_what_must_be_contained_is_a_list_of_texts(tmp_path: Path, wanted: object) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"question": "Who?", "must_contain": wanted}) + "\n", encoding="utf-8")
    with pytest.raises(QuestionError, match="must_contain is not a list of texts"):
        read_questions(file)
