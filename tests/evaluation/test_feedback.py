import json
import threading
from dataclasses import replace

import pytest
from click.testing import CliRunner

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError
from askdivide.evaluation import feedback
from askdivide.evaluation.feedback import FILE, judgement, keep
from askdivide.evaluation.questions import read_questions
from askdivide.interfaces.cli import commands
from askdivide.records import Turn

FOUNDED = "When was the harbour of Ostrava Bay founded?"


@pytest.fixture
def assistant(indexed):
    return Assistant.open(indexed)


def lines(settings):
    return [json.loads(line) for line in (settings.index / FILE).read_text(encoding="utf-8").splitlines()]


def judged(settings, assistant, question=FOUNDED, *, right, key="k", **more):
    line = judgement(key, assistant.ask(question), [], right=right, **more)
    keep(settings.index, line)
    return line


def test_the_file_is_one_that_eval_takes(indexed, assistant):
    strict = Assistant.open(replace(indexed, refuse_below=1))
    judged(indexed, assistant, right=True, key="a")
    judged(indexed, assistant, "Who kept the lighthouse?", right=False, key="b", reason="nothing on the machine")
    judged(indexed, strict, "What is the capital of Peru?", right=True, key="c")
    judged(indexed, strict, "Which pear is grown?", right=False, key="d")
    file = indexed.index / FILE
    done = CliRunner().invoke(
        commands,
        ["eval", str(file), "--corpus", str(indexed.corpus), "--index", str(indexed.index), "--json"],
        env={"ASKDIVIDE_EMBEDDING": "test:256", "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0"},
        catch_exceptions=False, standalone_mode=False,
    )  # fmt: skip
    assert done.return_value == 0
    figures = json.loads(done.stdout)["figures"]
    assert figures["evidence@5"]["value"] == 1
    assert figures["false_refusals"]["count"] == 2
    right, wrong, refused, missed = read_questions(file)
    assert (right.answerable, refused.answerable, missed.answerable) == (True, False, True)
    assert (wrong.answerable, wrong.evidence) == (None, ()), "a bad answer says nothing about whether there is a good one"
    assert right.documents == ("harbour.md",)
    assert "1871" in right.evidence[0]
    assert "the keeper" not in json.dumps(lines(indexed)[2])
    assert lines(indexed)[1]["reason"] == "nothing on the machine"


def test_what_no_source_supports_is_no_evidence(assistant):
    answer = assistant.ask(FOUNDED)
    odd = replace(answer, claims=tuple(replace(claim, support="unsupported") for claim in answer.claims))
    assert judgement("k", odd, [], right=True)["evidence"] == []


def test_a_follow_up_keeps_what_it_follows(assistant):
    line = judgement("k", assistant.ask("And who founded it?"), [Turn(FOUNDED, "In 1871.")], right=True)
    assert line["history"] == [FOUNDED]


def test_a_second_judgement_takes_the_place_of_the_first(indexed, assistant):
    judged(indexed, assistant, right=True, key="a")
    judged(indexed, assistant, right=True, key="b")
    judged(indexed, assistant, right=False, key="a", reason="x" * 5000)
    assert [(line["id"], line["kind"]) for line in lines(indexed)] == [("b", "right"), ("a", "wrong")]
    assert len(lines(indexed)[1]["reason"]) == feedback.LONGEST_REASON


def test_what_somebody_has_written_into_the_file_stays(indexed, assistant):
    (indexed.index / FILE).write_text('my note\n[1]\n\n{"question": "Mine?"}', encoding="utf-8")
    judged(indexed, assistant, right=True)
    assert (indexed.index / FILE).read_text(encoding="utf-8").splitlines()[:3] == ["my note", "[1]", '{"question": "Mine?"}']


def test_many_at_once_lose_nothing(indexed, assistant):
    line = judgement("k", assistant.ask(FOUNDED), [], right=True)
    threads = [threading.Thread(target=keep, args=(indexed.index, line | {"id": str(number)})) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one["id"] for one in lines(indexed)} == {str(number) for number in range(20)}


def test_a_file_that_is_full_takes_no_more_and_loses_nothing(indexed, assistant, monkeypatch):
    judged(indexed, assistant, right=True, key="a")
    monkeypatch.setattr(feedback, "_LARGEST", 300)
    with pytest.raises(AskDivideError, match="is full; move it away"):
        judged(indexed, assistant, right=True, key="b")
    assert [line["id"] for line in lines(indexed)] == ["a"]
    assert not list(indexed.index.glob(f".{FILE}.*"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(AskDivideError, match="cannot be written"):
        keep(tmp_path / "file", {"id": "a"})


def test_purging_forgets_what_removed_articles_said(indexed, assistant):
    judged(indexed, assistant, right=True, key="a")
    judged(indexed, assistant, right=False, key="b")
    judged(indexed, assistant, "Who kept the lighthouse at Point Verity?", right=True, key="c")
    (indexed.corpus / "harbour.md").unlink()
    arguments = ["index", "--purge", "--corpus", str(indexed.corpus), "--index", str(indexed.index)]
    CliRunner().invoke(commands, arguments, env={"ASKDIVIDE_EMBEDDING": "test:256"}, catch_exceptions=False, standalone_mode=False)
    text = (indexed.index / FILE).read_text(encoding="utf-8")
    assert "1871" not in text
    assert [line["question"] for line in lines(indexed)][:2] == [FOUNDED, FOUNDED]
    assert "Anselm Okoro" in lines(indexed)[2]["evidence"][0]
