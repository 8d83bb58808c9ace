"""Prompts are checked when they are loaded."""

from __future__ import annotations

import pytest

from askdivide.answering.prompt import load, parse
from askdivide.models.scripted import _question


@pytest.mark.parametrize("name", ["answer", "passages", "standalone", "judge"])
def test_every_prompt_loads_and_fills(name: str) -> None:
    prompt = load(name)
    filled = prompt.fill(**{place: f"<{place} {{not a place}}>" for place in prompt.places})
    assert all(f"<{place} {{not a place}}>" in filled for place in prompt.places)


@pytest.mark.parametrize("name", ["passages", "standalone"])
def test_the_question_is_the_last_line_as_scripted_models_take_it(name: str) -> None:
    prompt = load(name)
    assert _question(prompt.fill(**(dict.fromkeys(prompt.places, "passages") | {"question": "When?"}))) == "When?"


def test_a_prompt_with_other_places_is_rejected() -> None:
    with pytest.raises(ValueError, match="must have the places"):
        parse("answer", "Only {this}.", ["that"])
    with pytest.raises(ValueError, match="given were"):
        parse("answer", "Only {this}.", ["this"]).fill(that="x")
