"""A claim beside the sentence that it follows: what it changes, and what only says the same in another way."""

from __future__ import annotations

import pytest

from askdivide.answering.alignment import changed
from askdivide.text.terms import terms

TRUST = "The Ostrava Trust was founded in 1998 by Milena Duras, a retired teacher who ran it from her kitchen."
PORTS = "The Council (ministers of the towns) and the Senate (elected by the guilds) must agree."
STEEL = "The arches are made of weathering steel and so never need painting."
MEMBERS = "New members were Latvia, Malta and Poland in 2004, and Bulgaria in 2007."

CHANGED = [
    (
        "The Ostrava Trust was founded in 1998 by Anselm Okoro, a retired teacher.",
        TRUST,
        "the source has Milena Duras where this has Anselm Okoro",
    ),
    ("The Ostrava Trust was not founded in 1998 by Milena Duras.", TRUST, "the source says it without the negation"),
    ("The Ostrava Trust wasn't founded in 1998 by Milena Duras.", TRUST, "the source says it without the negation"),
    ("The Ostrava Trust was founded in 1989 by Milena Duras.", TRUST, "the source has 1998 where this has 1989"),
    ("The arches are made of weathering steel and so need painting.", STEEL, "the source says that it is not so"),
    (
        "The Senate (ministers of the towns) and the Council (elected by the guilds) must agree.",
        PORTS,
        "the source has Council where this has Senate",
    ),
    ("New members were Latvia, Malta and Bulgaria in 2004, and Poland in 2007.", MEMBERS, "the source has Poland where this has Bulgaria"),
]
SAME = [
    ("The Ostrava Trust was founded by Milena Duras in 1998.", TRUST),
    ("Founded in 1998 by Milena Duras, the Ostrava Trust was run from her kitchen.", TRUST),
    ("It was founded in 1998 by Duras, a retired teacher.", TRUST),
    ("The arches are made of weathering steel and so don't ever need painting.", STEEL),
    ("New members were Malta, Latvia and Poland in 2004, and Bulgaria in 2007.", MEMBERS),
    ("The senators read the report.", "The Senators read not only the report but also the letters."),
    ("The ferry, called the OBL, was sold.", "The ferry, called the Ostrava Bay Lady, was sold."),
    ("Advanced models need more memory than others.", "Larger models need more memory than others."),
]


@pytest.mark.parametrize(("claim", "source", "reason"), CHANGED, ids=[claim for claim, _, _ in CHANGED])
def test_what_stands_in_the_place_of_another_thing_is_named(claim: str, source: str, reason: str) -> None:
    assert changed(claim, ["It rained for most of the year.", source]) == reason


@pytest.mark.parametrize(("claim", "source"), SAME, ids=[claim for claim, _ in SAME])
def test_another_way_of_saying_it_changes_nothing(claim: str, source: str) -> None:
    assert not changed(claim, [source])


def test_what_is_put_in_and_known_nowhere_in_the_source_is_named() -> None:
    source = "The bridge was opened in 1871 by the engineer Milena Duras."
    known = frozenset(terms(f"{source} It won a prize from the guild of engineers."))
    claim = "The bridge was opened in 1871 by the engineer Milena Duras"
    assert changed(f"{claim} after a quarrel with its painters.", [source], known) == (
        "the source does not say “after a quarrel with its painters”"
    )
    assert changed(f"{claim}, and won a prize from the guild.", [source], known) == ""
    assert changed(f"{claim}, to applause.", [source], known) == ""


def test_a_claim_that_follows_no_sentence_is_not_judged() -> None:
    assert changed("Okoro paid for the bridge out of his own pocket.", [TRUST, STEEL]) is None
    assert changed("Okoro paid for the bridge out of his own pocket.", []) is None
