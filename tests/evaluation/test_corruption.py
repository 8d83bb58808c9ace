"""Sentences made false in one way each, and true ones put in other words."""

from __future__ import annotations

import random

import pytest

from askdivide.evaluation.corruption import corrupted, names_of, reworded

CLAIM = "In March 2023, the firm Arvid Tools sold more than 412 pumps for $5.5 million to Norland, because it is near."
PASSAGE = f"{CLAIM} The firm Bexley Works sold 377 of them."
ELSEWHERE = ["Qorvanta", "Milena Duras"]


def made(claim: str = CLAIM, seed: int = 1) -> dict[str, str]:
    return {one.kind: one.text for one in corrupted(claim, PASSAGE, ELSEWHERE, random.Random(seed))}


@pytest.mark.parametrize("seed", range(8))
def test_each_corruption_changes_what_it_is_named_for_and_nothing_else(seed: int) -> None:
    found = made(seed=seed)
    assert len(found) == 10
    assert all(text != CLAIM for text in found.values())
    assert ("412" in found["number"]) + ("5.5" in found["number"]) == 1
    assert "377" in found["number of the same passage"]
    assert any(name in found["name"] for name in ELSEWHERE)
    assert "Bexley Works" in found["name of the same passage"]
    assert "March 2023" not in found["date"]
    assert found["negation"] == CLAIM.replace("it is near", "it is not near")
    assert found["direction"] in (CLAIM.replace("more than", "less than"), CLAIM.replace("more", "fewer"))
    assert found["unit"] in (CLAIM.replace("million", "billion"), CLAIM.replace("$", "€"))
    assert found["invented extra"].startswith(CLAIM[:-1])
    exchanged = found["two names exchanged"]
    assert sorted(exchanged.replace(",", " ").split()) == sorted(CLAIM.replace(",", " ").split())


def test_what_cannot_be_corrupted_is_left_out() -> None:
    assert made("Sweet pears") == {}
    assert "not" not in made("Pears do not keep.")["negation"].split()


def test_the_same_chance_makes_the_same_sentences() -> None:
    assert made(seed=3) == made(seed=3)
    assert any(made(seed=3)[kind] != made(seed=4)[kind] for kind in made())


@pytest.mark.parametrize(
    ("claim", "kind", "expected"),
    [
        ("In March 2023, the harbour opened.", "reordered", "The harbour opened in March 2023."),
        ("It cost $5.5 million.", "other notation", "It cost $5.5M."),
        ("About 40 per cent of them left.", "other notation", "About 40% of them left."),
        ("Malta, Latvia and Poland joined.", "list reordered", "Malta, Poland and Latvia joined."),
        ("The dock (built in 1950) is dry.", "shortened", "The dock is dry."),
        ("The dock is dry.", "attributed", "According to the article, The dock is dry."),
        ("Work began because of rain.", "synonyms", "Work started since of rain."),
    ],
)
def test_rewordings_say_the_same(claim: str, kind: str, expected: str) -> None:
    found = {one.kind: one for one in reworded(claim)}
    assert found[kind].text == expected
    assert found[kind].supported


def test_the_order_of_names_in_a_list_makes_no_sentence_false() -> None:
    for seed in range(4):
        assert "two names exchanged" not in made("In 2004 came Malta, Latvia and the Poland.", seed)
        assert "two names exchanged" in made("In 2004 came Malta with Latvia.", seed)


def test_names_are_whole_and_those_that_only_open_a_sentence_are_none() -> None:
    assert names_of("Yesterday the firm Arvid Tools met the Bay Courier. Pumps came from Norland.") == [
        "Arvid Tools",
        "Bay Courier",
        "Norland",
    ]
