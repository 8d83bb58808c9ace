"""Answers in a terminal: as they are written, and several beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from askdivide.interfaces import render
from askdivide.records import Answer, Draft

_WIDE = 100
"""Columns of a terminal from which answers stand beside each other."""
_PER_SECOND = 12


def watched(console: Console, events: Iterator[Draft | Answer], *, thinking: bool = False) -> Answer:
    """The answer that `events` end with; on a terminal what comes before is shown as it comes, and taken away again.

    Where the answer goes into a file or a pipe, that is shown on stderr, if that is a terminal: a model may take a minute.
    The events are closed whatever happens, which stops the model.
    """
    answer: Draft | Answer | None = None
    with closing(events) as coming:  # type: ignore[type-var]
        first = next(coming)
        screen = console if console.is_terminal else render.console(stderr=True)
        if isinstance(first, Answer):
            answer = first
        elif not screen.is_terminal:
            *_, answer = coming
        else:
            with Live(console=screen, transient=True, refresh_per_second=_PER_SECOND) as live:
                live.update(_draft(first, screen, thinking=thinking))
                for event in coming:
                    if isinstance(event, Answer):
                        answer = event
                    else:
                        live.update(_draft(event, screen, thinking=thinking))
    assert isinstance(answer, Answer)
    return answer


def _draft(draft: Draft, console: Console, *, thinking: bool) -> RenderableType:
    if not draft.text and not thinking:
        return Text("thinking …" if draft.thinking else "reading …", style="dim")
    parts = [(draft.thinking, "dim italic"), (draft.text, "")] if thinking else [(draft.text, "")]
    lines: list[Text] = []
    for text, style in parts:
        lines += Text(render.harmless(text), style=style).wrap(console, console.width)
    # A live region higher than the screen cannot be redrawn.
    return Group(*lines[-max(console.height - 2, 1) :])


def side_by_side(console: Console, answers: Sequence[Answer]) -> RenderableType:
    """Several models' answers: in columns on a wide terminal, else one below the other; each with its verdicts and its time."""
    if not console.is_terminal or console.width < _WIDE or len(answers) > console.width // (_WIDE // 2):
        return Group(*(part for one in answers for part in (render.title(one.model), render.answer(one), Text(), _summary(one), Text())))
    table = Table.grid(expand=True, padding=(0, 2))
    for _ in answers:
        table.add_column(ratio=1)
    table.add_row(*(render.title(one.model) for one in answers))
    table.add_row(*(render.answer(one) for one in answers))
    table.add_row(*(_summary(one) for one in answers))
    return table


def _summary(answer: Answer) -> Text:
    """How an answer did, in one line: its verdicts and its time."""
    kinds = ("quoted", "supported", "unsupported", "uncited")
    counts = [f"{count} {kind}" for kind in kinds if (count := sum(claim.support == kind for claim in answer.claims))]
    told = ", ".join(counts) or "refused"
    return Text(f"{told}; {answer.seconds.get('total', 0.0):.1f} s", style="dim")
