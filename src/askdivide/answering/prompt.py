"""Prompts: Markdown files with named places, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter


@dataclass(frozen=True)
class Prompt:
    """A text with places to fill, and the names of these."""

    name: str
    text: str
    places: frozenset[str]

    def fill(self, **values: str) -> str:
        """The text with `values` in its places. What is filled in is never looked at for places of its own."""
        if values.keys() != self.places:
            raise ValueError(f"prompt {self.name} has the places {sorted(self.places)}, given were {sorted(values)}")
        return self.text.format_map(values)


def parse(name: str, text: str, places: Collection[str]) -> Prompt:
    """The prompt in `text`. Raises ValueError where its places are not exactly `places`."""
    found = [place for _, place, _, _ in Formatter().parse(text) if place is not None]
    if set(found) != set(places):
        raise ValueError(f"prompt {name} must have the places {sorted(places)}, and has {sorted(set(found))}")
    return Prompt(name, text.strip(), frozenset(places))


_PLACES = {
    "answer": ("open", "close", "refusal"),
    "passages": ("open", "close", "passages", "question"),
    "standalone": ("open", "close", "conversation", "question"),
    "judge": ("open", "close", "source", "claim"),
}


@cache
def load(name: str) -> Prompt:
    """The prompt of this name."""
    return parse(name, (files("askdivide.answering") / "prompts" / f"{name}.md").read_text(encoding="utf-8"), _PLACES[name])
