import json
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import QuestionError
from askdivide.evaluation.questions import Question
from askdivide.evaluation.report import read_report, report
from askdivide.evaluation.run import evaluate
from askdivide.settings import Settings

QUESTIONS = [
    Question(1, "a", "When was the harbour founded?", answerable=True, must_contain=(("1871",),), documents=("harbour.md",), kind="when"),
    Question(2, "c", "What does a violin weigh?", answerable=False, kind="none"),
]


def test_a_report_survives_json(indexed: Settings, tmp_path: Path) -> None:
    made = report(evaluate(Assistant.open(indexed), QUESTIONS), {"model": "quote"})
    file = tmp_path / "report.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    read = read_report(file)
    assert read == json.loads(json.dumps(made))
    assert read["about"] == {"model": "quote"}
    assert read["figures"]["answer_contains"]["value"] == 1
    assert set(read["kinds"]) == {"when", "none"}
    assert [(one["id"], one["right"], one["status"]) for one in read["questions"]] == [("a", True, "answered"), ("c", False, "answered")]
    assert read["questions"][0]["citations"][0]["document"] == "harbour.md"
    assert read["reliability"]
    assert read["tradeoff"]


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "{}", '{"figures": {}}', '{"figures": {"right": 1}, "questions": []}', '{"figures": {}, "questions": [1]}',
     '{"figures": {}, "questions": [{}]}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_report_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "old.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"old\.json is not what eval --json prints"):
        read_report(file)


def test_a_missing_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="cannot be read"):
        read_report(tmp_path / "none.json")
