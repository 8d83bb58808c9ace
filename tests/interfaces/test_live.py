"""Answers on a terminal: as they come, and beside each other."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from askdivide.interfaces import live
from askdivide.records import Answer, Claim, Draft


def console(width: int, *, terminal: bool = True) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, height=12, markup=False, color_system=None)


def answer(model: str, text: str) -> Answer:
    claims = (Claim(text, (), "supported"), Claim("Odd.", (), "unsupported", "9 is not in the source"))
    return Answer("q", "q", "answered", model, text, claims=claims, seconds={"total": 1.25})


def shown(made: Console) -> str:
    assert isinstance(made.file, io.StringIO)
    return made.file.getvalue()


def test_a_wide_terminal_shows_answers_in_columns() -> None:
    made = console(120)
    made.print(live.side_by_side(made, [answer("one", "Ships rose."), answer("two", "Pears fell.")]))
    assert any("Ships rose." in line and "Pears fell." in line for line in shown(made).splitlines())
    assert shown(made).count("1 supported, 1 unsupported; 1.2 s") == 2
    assert "(unsupported: 9 is not in the source)" in " ".join(shown(made).split())


@pytest.mark.parametrize(("width", "terminal"), [(80, True), (200, False)])
def test_elsewhere_one_stands_below_the_other(width: int, terminal: bool) -> None:
    made = console(width, terminal=terminal)
    made.print(live.side_by_side(made, [answer("one", "Ships rose."), answer("two", "Pears fell.")]))
    assert not any("Ships rose." in line and "Pears fell." in line for line in shown(made).splitlines())
    assert shown(made).index("== one ==") < shown(made).index("Ships rose.") < shown(made).index("== two ==")


def test_drafts_are_shown_on_a_terminal_only_and_thinking_on_request_only() -> None:
    def events() -> Iterator[Draft | Answer]:
        yield Draft("q", "", "hm hm")
        yield Draft("q", "Ships \x1b[2Jrose", "hm hm")
        yield answer("one", "Ships rose.")

    for terminal, thinking in ((True, False), (True, True), (False, True)):
        made = console(80, terminal=terminal)
        assert live.watched(made, events(), thinking=thinking).model == "one"
        assert ("Ships [2Jrose" in shown(made)) == terminal
        assert ("hm hm" in shown(made)) == (terminal and thinking)


def test_drafts_are_shown_on_stderr_where_the_answer_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def events() -> Iterator[Draft | Answer]:
        yield Draft("q")
        yield Draft("q", "Ships")
        yield answer("one", "Ships rose.")

    file, screen = console(80, terminal=False), console(80)
    monkeypatch.setattr(live.render, "console", lambda *, stderr: screen)
    assert live.watched(file, events()).model == "one"
    assert shown(file) == ""
    assert "Ships" in shown(screen)


def test_an_interruption_closes_the_stream() -> None:
    closed = []

    def events() -> Iterator[Draft | Answer]:
        try:
            yield Draft("q")
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        live.watched(console(80), events())
    assert closed == [True]
