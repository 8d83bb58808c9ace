"""Floors under figures, so that a run can fail where quality falls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from askdivide.errors import QuestionError
from askdivide.evaluation.figures import Figure
from askdivide.evaluation.summary import MEANINGS, is_figure, less_is_better


@dataclass(frozen=True)
class Floor:
    """The least value a figure may have; the most, where less is better."""

    kind: str
    """Of the questions of one kind only; empty: of all."""
    name: str
    value: float

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.kind else self.name


def parse_floor(text: str) -> Floor:
    """A floor from `FIGURE=VALUE` or `KIND:FIGURE=VALUE`. Raises QuestionError where it is none."""
    left, _, right = text.rpartition("=")
    kind, _, name = left.rpartition(":")
    try:
        value = float(right)
    except ValueError:
        value = math.nan
    if not left or not math.isfinite(value):
        raise QuestionError(f"{text!r} is not FIGURE=VALUE, such as answer_contains=0.8 or table:right=0.8")
    if not is_figure(name):
        near = get_close_matches(name, MEANINGS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"figures are {', '.join(MEANINGS)}, and seconds_STAGE_p50 or _p95"
        raise QuestionError(f"there is no figure {name!r}; {hint}")
    return Floor(kind, name, value)


def broken(floors: Sequence[Floor], figures: Mapping[str, Figure], kinds: Mapping[str, Mapping[str, Figure]] | None = None) -> list[str]:
    """A line for each floor that a figure does not keep, or that cannot be checked because the figure was not measured."""
    lines = []
    for floor in floors:
        figure = ((kinds or {}).get(floor.kind, {}) if floor.kind else figures).get(floor.name)
        if figure is None:
            lines.append(f"{floor} is not measured by these questions")
        elif less_is_better(floor.name) and figure.value > floor.value:
            lines.append(f"{floor} is {figure.value:.4f}, more than {floor.value:g}")
        elif not less_is_better(floor.name) and figure.value < floor.value:
            lines.append(f"{floor} is {figure.value:.4f}, less than {floor.value:g}")
    return lines
