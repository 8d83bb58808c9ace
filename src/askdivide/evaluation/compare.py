"""What changed between two evaluations, figure by figure and question by question."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Shift:
    """A figure that both evaluations have."""

    name: str
    old: float
    new: float


@dataclass(frozen=True)
class Change:
    """A question whose outcome is not what it was."""

    id: Any
    question: str
    turn: Literal["better", "worse", "other"]
    """Right now and not before, the other way round, or as right or wrong as before with other words."""
    old: str
    new: str
    """What was answered, as text."""


@dataclass(frozen=True)
class Comparison:
    """Two evaluations side by side."""

    figures: tuple[Shift, ...]
    changes: tuple[Change, ...]
    """Better ones first, then worse, then other."""
    same: int
    """Questions answered word for word as before."""
    added: int
    removed: int
    """Questions that only one of the two has."""

    def count(self, turn: str) -> int:
        """How many questions took this turn."""
        return sum(change.turn == turn for change in self.changes)

    @property
    def chance(self) -> float:
        """The probability that as lopsided a count of better and worse comes by chance alone (two-sided sign test)."""
        better, worse = self.count("better"), self.count("worse")
        total, most = better + worse, max(better, worse)
        if not total:
            return 1.0
        return min(1.0, sum(math.comb(total, k) for k in range(most, total + 1)) / (1 << (total - 1)))

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        counts = {turn: self.count(turn) for turn in ("better", "worse", "other")}
        return {**counts, "chance": round(self.chance, 4), **asdict(self)}


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """The way from the report `old` to the report `new`; questions are matched by id, or by their words where they have none.

    Those that share either are matched in their order.
    """
    before, after = _by_key(old["questions"]), _by_key(new["questions"])
    changes = [change for key, one in after.items() if key in before and (change := _change(before[key], one))]
    order = ("better", "worse", "other")
    return Comparison(
        figures=tuple(
            Shift(name, old["figures"][name]["value"], figure["value"]) for name, figure in new["figures"].items() if name in old["figures"]
        ),
        changes=tuple(sorted(changes, key=lambda change: order.index(change.turn))),
        same=sum(key in before for key in after) - len(changes),
        added=sum(key not in before for key in after),
        removed=sum(key not in after for key in before),
    )


def _by_key(questions: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    met: Counter[str] = Counter()
    keyed = {}
    for one in questions:
        key = _key(one)
        keyed[key, met[key]] = one
        met[key] += 1
    return keyed


def _key(one: Mapping[str, Any]) -> str:
    return json.dumps(one["id"] if one.get("id") is not None else [one["question"], one.get("history") or []])


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change | None:
    was, now = old.get("right"), new.get("right")
    turned = was is not None and now is not None and was != now
    if not turned and old.get("text") == new.get("text"):
        return None
    turn: Literal["better", "worse", "other"] = "other"
    if turned:
        turn = "better" if now else "worse"
    return Change(new.get("id"), new["question"], turn, str(old.get("text") or ""), str(new.get("text") or ""))
