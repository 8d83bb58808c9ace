"""`askdivide eval` as a person or a CI job meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from askdivide.interfaces import cli
from askdivide.settings import Settings

QUESTIONS: list[dict[str, Any]] = [
    {"id": "a", "kind": "when", "question": "When was the harbour founded?", "answerable": True, "must_contain": [["1871"]],
     "evidence": ["The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras."], "documents": ["harbour.md"]},
    {"id": "b", "kind": "who", "question": "Who kept the lighthouse?", "answerable": True, "must_contain": [["Nobody at all"]]},
    {"id": "c", "kind": "none", "question": "What does a violin <b>weigh</b>?", "answerable": False},
]  # fmt: skip


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(indexed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `askdivide eval` in this process over the small corpus."""
    for name in ("corpus", "index", "embedding", "cache", "refuse_below"):
        monkeypatch.setenv(f"ASKDIVIDE_{name.upper()}", str(getattr(indexed, name)))

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["askdivide", "eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return Ran(int(stop.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "questions.jsonl", QUESTIONS)


def written(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_question_that_the_model_does_not_answer_leaves_the_figures_of_the_others(run: Run, file: Path, tmp_path: Path) -> None:
    replies = tmp_path / "replies.json"
    replies.write_text(json.dumps(["It was founded in 1871 [S1].", {"when": "lighthouse", "reply": [{"error": "overloaded"}]}]))
    ran = run(file, "--json", "--model", f"test:{replies}")
    assert (ran.code, ran.err.splitlines()) == (
        1,
        [f"error: {file}, line 2: overloaded", "note: the figures are of the 2 questions that were answered, without 1 that failed"],
    )
    made = json.loads(ran.out)
    assert [one["id"] for one in made["questions"]] == ["a", "c"]
    assert made["failed"] == [{"id": "b", "question": "Who kept the lighthouse?", "error": "overloaded"}]
    replies.write_text(json.dumps([{"reply": [{"error": "overloaded"}]}]))
    ran = run(file, "--model", f"test:{replies}")
    assert (ran.code, ran.out, ran.err.splitlines()[-1]) == (1, "", "error: overloaded")


def test_a_table_shows_figures_and_kinds(run: Run, file: Path) -> None:
    ran = run(file)
    assert (ran.code, ran.err) == (0, "")
    assert "answer_contains            0.500   0.095 to 0.905" in ran.out
    kinds = ran.out[ran.out.index("\nkind ") :].splitlines()[2:]
    assert [line.split()[:3] for line in kinds] == [["when", "1", "1.000"], ["who", "1", "0.000"], ["none", "1", "0.000"]]


def test_json_holds_every_question(run: Run, file: Path) -> None:
    ran = run(file, "--json")
    data = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert data["about"]["file"] == str(file)
    assert [one["right"] for one in data["questions"]] == [True, False, False]


def test_a_file_without_kinds_has_no_table_of_them(run: Run, tmp_path: Path) -> None:
    plain = written(tmp_path / "plain.jsonl", [{"question": "When was the harbour founded?", "must_contain": ["1871"]}])
    assert "\nkind" not in run(plain).out


def test_floors_fail_the_run_with_a_line_each(run: Run, file: Path) -> None:
    ran = run(file, "--fail-under", "answer_contains=0.6", "--fail-under", "who:right=0.5", "--fail-under", "hit@1=0.5")
    assert ran.code == 1
    assert ran.err.splitlines() == ["error: answer_contains is 0.5000, less than 0.6", "error: who:right is 0.0000, less than 0.5"]
    assert "answer_contains" in ran.out
    assert run(file, "--fail-under", "answer_contains=0.5").code == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--fail-under", "tables:right=1"], "has no questions of that kind"),
        (["--compare", "none.json"], "none.json cannot be read"),
        (["--html", "/proc/none/report.html"], "report.html cannot be written"),
        (["--model", "gpt9"], "gpt9"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line_before_anything_runs(run: Run, file: Path, arguments: list[str], part: str) -> None:
    ran = run(file, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert part in ran.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "give a FILE of questions, or --make"),
        (["q.jsonl", "--fail-under", "answer_contain=0.5"], "did you mean answer_contains?"),
        (["q.jsonl", "--fail-under", "right=high"], "'right=high' is not FIGURE=VALUE, such as answer_contains=0.8"),
        (["q.jsonl", "--make"], "--make goes with --out only"),
        (["--make", "--json"], "--make goes with --out only"),
        (["q.jsonl", "--out", "x"], "--out goes with --make"),
        (["q.jsonl", "--calibrate", "--html", "x"], "--calibrate measures nothing else"),
    ],
)
def test_flags_that_do_not_go_together_are_wrong_usage(run: Run, arguments: list[str], part: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err


def test_an_empty_file_is_told(run: Run, tmp_path: Path) -> None:
    assert "holds no question" in run(written(tmp_path / "none.jsonl", [])).err


def test_a_comparison_tells_what_changed(run: Run, file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(run(file, "--json").out, encoding="utf-8")
    same = run(file, "--compare", old)
    assert "0 better, 0 worse" in same.out
    assert "3 the same" in same.out
    written(file, [QUESTIONS[0] | {"must_contain": [["1999"]]}, QUESTIONS[1] | {"must_contain": [["Okoro"]]}, QUESTIONS[2]])
    ran = run(file, "--compare", old)
    assert "better  b  Who kept the lighthouse?" in ran.out
    assert "worse   a  When was the harbour founded?" in ran.out
    data = json.loads(run(file, "--compare", old, "--json").out)
    assert (data["comparison"]["better"], data["comparison"]["worse"], data["comparison"]["same"]) == (1, 1, 1)


def test_the_page_is_written_beside_the_table(run: Run, file: Path, tmp_path: Path) -> None:
    ran = run(file, "--html", tmp_path / "deep" / "report.html")
    assert ran.code == 0
    assert "answer_contains" in ran.out
    assert ran.err == f"note: report in {tmp_path / 'deep' / 'report.html'}\n"
    assert (tmp_path / "deep" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_earlier_page_outlives_a_run_that_fails(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("kept", encoding="utf-8")
    assert run(file, "--html", tmp_path / "report.html", "--model", "gpt9").code == 1
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "kept"


def test_a_draft_can_be_run_as_it_is(run: Run, tmp_path: Path) -> None:
    ran = run("--make", "--out", tmp_path / "draft.jsonl")
    assert (ran.code, ran.out) == (0, "")
    assert "reword them" in ran.err
    figures = json.loads(run(tmp_path / "draft.jsonl", "--json").out)["figures"]
    assert figures["answer_contains"]["value"] > 0.5
    assert figures["refusal_recall"]["count"] >= 1


def test_a_draft_goes_to_standard_output_without_a_file(run: Run) -> None:
    ran = run("--make")
    assert all(json.loads(line)["question"] for line in ran.out.splitlines())


def test_a_draft_never_replaces_a_file_that_may_hold_edits(run: Run, file: Path) -> None:
    before = file.read_bytes()
    assert "may hold your edits" in run("--make", "--out", file).err
    assert file.read_bytes() == before


def test_a_calibration_is_fitted_and_kept_with_the_index(run: Run, tmp_path: Path, indexed: Settings) -> None:
    known = ("harbour", "pear orchards", "lighthouse", "basins", "dry dock", "ships", "frost", "gravel", "lamp", "museum", "silo", "cargo")
    lines = [{"question": f"What about the {word}?", "answerable": True} for word in known]
    lines += [
        {"question": f"How does one {word} a violin?", "answerable": False} for word in "paint tune weigh sell buy glue mend hide".split()
    ]
    lines += [{"question": f"Which {word} won the cup?", "answerable": False} for word in ("horse", "painter", "robot", "choir")]
    file = written(tmp_path / "own.jsonl", lines)
    ran = run("--calibrate", file)
    assert (ran.code, ran.err) == (0, "")
    assert "now, on questions not seen" in ran.out
    kept = json.loads((indexed.index / "calibration.json").read_text(encoding="utf-8"))
    assert kept["identity"]["embedding"] == "test:256"
    assert json.loads(run("--calibrate", file, "--json").out)["threshold"] == kept["threshold"]


def test_a_broken_calibration_is_fitted_anew(run: Run, tmp_path: Path, indexed: Settings) -> None:
    (indexed.index / "calibration.json").write_text("{", encoding="utf-8")
    lines = [
        {"question": f"What of the {word}?", "answerable": n % 2 == 0}
        for n, word in enumerate("a1 b2 c3 d4 e5 f6 g7 h8 i9 j10".split() * 2)
    ]
    assert run("--calibrate", written(tmp_path / "own.jsonl", lines)).code == 0
    assert json.loads((indexed.index / "calibration.json").read_text(encoding="utf-8"))["weights"]


def test_too_few_questions_to_calibrate_are_told(run: Run, file: Path, indexed: Settings) -> None:
    ran = run("--calibrate", file)
    assert ran.code == 1
    assert "at least 10 of either kind" in ran.err
    assert not (indexed.index / "calibration.json").exists()
