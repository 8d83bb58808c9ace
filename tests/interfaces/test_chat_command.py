"""`askdivide chat`, as somebody types into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.answering.chatting import Saying

from askdivide import Assistant, Settings
from askdivide.interfaces.chat_command import Talk
from askdivide.models.chat import ChatModel
from askdivide.records import Filters


@pytest.fixture
def talk(indexed: Settings) -> Talk:
    return Talk(Assistant.open(indexed), "quote", Filters(), strict=None, thinking=False)


def test_questions_are_answered_and_follow_ups_understood(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    assert talk.take("Who kept the lighthouse at Point Verity?")
    assert talk.take("  ")
    assert talk.take("For how many years did he keep it?")
    out = capsys.readouterr().out
    assert "Anselm Okoro kept the lighthouse at Point Verity for 41 years. [1]" in out
    assert "Understood as: For how many years did he keep it? (Anselm Okoro, Point Verity)" in out
    assert "“" not in out


def test_sources_are_shown_word_for_word_on_request(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    talk.take("/sources")
    assert "no answer yet" in capsys.readouterr().err
    talk.take("Who kept the lighthouse at Point Verity?")
    talk.take("/sources")
    assert "“Anselm Okoro kept the lighthouse at Point Verity for 41 years.”" in capsys.readouterr().out


def test_reset_forgets_the_conversation(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    talk.take("Who kept the lighthouse at Point Verity?")
    talk.take("/reset")
    talk.take("For how many years did he keep it?")
    assert "Understood as" not in capsys.readouterr().out


def test_a_conversation_is_saved_and_nothing_is_overwritten(talk: Talk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk.take("Who kept the lighthouse at Point Verity?")
    file = tmp_path / "talk.md"
    talk.take(f"/save {file}")
    assert "[^1-1]: The lighthouse keeper" in file.read_text(encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    for command in (f"/save {file}", "/save", f"/save {tmp_path / 'none' / 'x.md'}"):
        assert talk.take(command)
        assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_slip_is_told_in_one_line_and_the_conversation_goes_on(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    for line, told in (
        ("/modle x", "did you mean /model?"),
        ("/zzz", "/help lists them"),
        ("/model qoute", "did you mean quote"),
        ("x" * 9000, "9,000 characters"),
    ):
        assert talk.take(line)
        err = capsys.readouterr().err
        assert err.startswith("error: ")
        assert told in err
        assert err.count("\n") == 1
    assert talk.take("/model")
    assert "answers by quote" in capsys.readouterr().err
    assert talk.take("/help")
    assert "/save FILE" in capsys.readouterr().out
    assert not talk.take("/quit")


def test_an_interrupted_answer_does_not_end_the_conversation(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Saying(KeyboardInterrupt())

    def open_writer(name: object, settings: object) -> ChatModel | None:
        return model if name == "test:slow" else None

    for module in ("assistant", "writers"):
        monkeypatch.setattr(f"askdivide.answering.{module}.open_writer", open_writer)
    talk.take("/model test:slow")
    assert talk.take("Who kept the lighthouse at Point Verity?")
    assert capsys.readouterr().err.splitlines()[-1] == "stopped"
    talk.take("/model quote")
    talk.take("Who kept the lighthouse at Point Verity?")
    assert "41 years" in capsys.readouterr().out
