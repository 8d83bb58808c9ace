"""Replies from a file: the model for tests and for trying things out."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import ModelError, ModelUnavailable
from askdivide.models import ChatModel, Message, Piece, open_model
from askdivide.models.scripted import ScriptedModel
from askdivide.settings import Settings


def write(folder: Path, name: str, content: Any) -> str:
    file = folder / name
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    file.write_text(text, encoding="utf-8")
    return f"test:{file}"


def asked(model: ChatModel, question: str, max_tokens: int = 100) -> str:
    return "".join(piece.text for piece in model.stream([Message("user", question)], max_tokens=max_tokens) if not piece.thinking)


def test_a_text_file_is_the_reply_to_everything(tmp_path: Path) -> None:
    text = "It was founded\n  in 1871 [1].\n"
    model = open_model(write(tmp_path, "reply.txt", text), Settings())
    assert [asked(model, "When?"), asked(model, "Who?")] == [text, text]
    assert len(list(model.stream([Message("user", "?")], max_tokens=100))) == 6
    assert asked(model, "When?", max_tokens=2) == "It was "
    assert [[*model.stream([Message("user", "?")], max_tokens=most)][-1].cut for most in (2, 5, 6)] == [True, True, False]


def test_replies_are_taken_in_turn_and_those_with_words_whenever_they_fit(tmp_path: Path) -> None:
    replies = ["one", {"reply": "two"}, {"when": "HARBOUR", "reply": "1871"}]
    model = open_model(write(tmp_path, "replies.json", replies), Settings())
    questions = ["a", "the harbour?", "b", "c", "And the Harbour?"]
    assert [asked(model, question) for question in questions] == ["one", "1871", "two", "one", "1871"]


def test_words_are_looked_for_in_the_question_and_not_in_the_passages_above_it(tmp_path: Path) -> None:
    model = open_model(
        write(tmp_path, "replies.json", ["other", {"when": "question: when", "reply": "no"}, {"when": "pears", "reply": "1950"}]),
        Settings(),
    )
    assert asked(model, "<<<BEGIN 1\n[S1] title: Pears\nEND 1>>>\n\nQuestion: When was the harbour founded?") == "other"
    assert asked(model, "<<<BEGIN 1\n[S1] title: Ships\nEND 1>>>\n\nQuestion: How many pears were there?") == "1950"


def test_one_reply_on_each_line(tmp_path: Path) -> None:
    model = open_model(write(tmp_path, "replies.jsonl", '"one"\n\n{"reply": ["two"]}\n'), Settings())
    assert [asked(model, "?") for _ in range(3)] == ["one", "two", "one"]


def test_thinking_waiting_and_failing() -> None:
    model = ScriptedModel([{"reply": [{"thinking": "Hm."}, {"wait": 0.1}, "Yes, ", {"error": "overloaded"}]}])
    pieces, started = model.stream([Message("user", "?")], max_tokens=5), time.monotonic()
    assert [next(pieces), next(pieces)] == [Piece("Hm.", thinking=True), Piece("Yes, ")]
    assert time.monotonic() - started >= 0.1
    with pytest.raises(ModelUnavailable, match="overloaded"):
        next(pieces)
    lasting = ScriptedModel([{"reply": [{"error": "no credit", "lasting": True}]}])
    with pytest.raises(ModelError, match="no credit") as wrong:
        asked(lasting, "?")
    assert type(wrong.value) is ModelError


def test_what_it_was_asked_is_kept() -> None:
    model = ScriptedModel(["yes"])
    messages = (Message("system", "Be brief."), Message("user", "When?"))
    list(model.stream(messages, max_tokens=5))
    assert model.asked == [messages]


def test_every_question_gets_its_own_turn() -> None:
    model = ScriptedModel([str(number) for number in range(50)])
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(asked(model, "?"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [str(number) for number in range(50)]


def test_a_script_goes_on_from_question_to_question_and_is_read_again_when_it_was_changed(tmp_path: Path) -> None:
    name = write(tmp_path, "replies.json", ["one", "two"])
    assert [asked(open_model(name, Settings()), "?") for _ in range(2)] == ["one", "two"]
    write(tmp_path, "replies.json", ["new"])
    os.utime(tmp_path / "replies.json", (1, 1))
    assert asked(open_model(name, Settings()), "?") == "new"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "[", "are not JSON"),
        ("a.json", [], "holds no reply"),
        ("a.jsonl", '"one"\n{"reply"\n', "are not JSON"),
        ("a.json", [3], "reply 1 of test:"),
        ("a.json", ["one", {"replay": "x"}], 'is neither a text nor an object with "reply" and "when"'),
        ("a.json", [{"when": 3, "reply": "x"}], "is neither a text nor an object"),
        ("a.json", [{"reply": [{"thinks": "x"}]}], 'neither a text nor {"thinking"}, {"wait"} or {"error"}'),
        ("a.json", [{"reply": [{"wait": "long"}]}], "neither a text nor"),
        ("a.json", [{"when": "x"}], "neither a text nor"),
    ],
)
def test_a_file_of_another_form_is_told(tmp_path: Path, name: str, content: Any, says: str) -> None:
    with pytest.raises(ModelError) as wrong:
        open_model(write(tmp_path, name, content), Settings())
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the replies in nowhere.txt: No such file"):
        open_model("test:nowhere.txt", Settings())
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="it is not UTF-8 text"):
        open_model(f"test:{tmp_path / 'bytes.txt'}", Settings())


def test_no_reply_fits(tmp_path: Path) -> None:
    model = open_model(write(tmp_path, "a.json", [{"when": "harbour", "reply": "1871"}]), Settings())
    with pytest.raises(ModelError, match="has no reply to this question"):
        asked(model, "pears?")
