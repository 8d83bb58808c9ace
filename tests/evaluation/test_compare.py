from typing import Any

import pytest

from askdivide.evaluation.compare import compare


def report(*questions: dict[str, Any], **figures: float) -> dict[str, Any]:
    return {"figures": {name: {"value": value} for name, value in figures.items()}, "questions": list(questions)}


def question(name: Any, right: bool | None, text: str = "x", **more: Any) -> dict[str, Any]:
    return {"id": name, "question": f"Question {name}?", "right": right, "text": text, **more}


def test_what_changed_is_told_question_by_question() -> None:
    old = report(question(1, False), question(2, True), question(3, True, "so"), question(4, True), question(5, True), right=0.5, gone=1)
    new = report(question(1, True), question(2, False), question(3, True, "thus"), question(4, True), question(6, True), right=0.6)
    found = compare(old, new)
    assert [(change.id, change.turn) for change in found.changes] == [(1, "better"), (2, "worse"), (3, "other")]
    assert (found.same, found.added, found.removed) == (1, 1, 1)
    assert [(shift.name, shift.old, shift.new) for shift in found.figures] == [("right", 0.5, 0.6)]
    assert found.to_dict()["better"] == 1


def test_questions_without_ids_are_matched_by_their_words() -> None:
    one, other = ({"id": None, "question": "Why?", "right": right, "text": "x", "history": ["Who?"]} for right in (False, True))
    assert compare(report(one), report(other)).count("better") == 1
    assert compare(report(one), report(other | {"history": []})).added == 1


def test_an_id_of_another_kind_is_another_question() -> None:
    assert compare(report(question(1, True)), report(question("1", True))).added == 1


def test_an_older_report_without_verdicts_is_compared_by_its_text() -> None:
    assert compare(report({"question": "Why?", "text": "x"}), report({"question": "Why?", "text": "x", "right": True})).same == 1


@pytest.mark.parametrize(("better", "worse", "chance"), [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 0.0625), (8, 1, 20 / 512)])
def test_chance_is_that_of_a_sign_test(better: int, worse: int, chance: float) -> None:
    old = report(*[question(n, n >= better) for n in range(better + worse)])
    new = report(*[question(n, n < better) for n in range(better + worse)])
    assert compare(old, new).chance == pytest.approx(chance)


def test_chance_of_thousands_of_turned_questions_is_a_number() -> None:
    old = report(*[question(n, n >= 1100) for n in range(2100)])
    new = report(*[question(n, n < 1100) for n in range(2100)])
    assert compare(old, new).chance == pytest.approx(0.031, abs=0.002)


def test_questions_that_share_an_id_are_counted_apart() -> None:
    old = report(question(1, False), question(1, True), question(1, True))
    new = report(question(1, True), question(1, True, "other"))
    found = compare(old, new)
    assert [change.turn for change in found.changes] == ["better", "other"]
    assert (found.same, found.added, found.removed) == (0, 0, 1)
