"""The support check on pairs of a claim and its source."""

from __future__ import annotations

import pytest

from askdivide.answering.support import Evidence, check

HARBOUR = "In 2023 the harbour of Ostrava Bay handled 412 ships, more than Port Verity, according to its annual report."
COST = "The final run of V3 cost $5.576 million, and does not include earlier research."
FOUNDED = "The bridge was opened on 20 January 2025 by the engineer Milena Duras."

SUPPORTED = [
    ("The harbour of Ostrava Bay handled 412 ships in 2023.", HARBOUR),
    ("According to the article, the harbour of Ostrava Bay handled 412 ships in 2023.", HARBOUR),
    ("V3's final run cost 5.576 million dollars.", COST),
    ("V3's final run cost $5,576,000.", COST),
    ("The cost of V3's final run doesn't include earlier research.", COST),
    ("Milena Duras opened the bridge in January 2025.", FOUNDED),
    ("Milena Duras opened the bridge on Jan. 20, 2025.", FOUNDED),
]
UNSUPPORTED = [
    ("The harbour of Ostrava Bay handled 421 ships in 2023.", HARBOUR, "421"),
    ("The harbour of Ostrava Bay handled 412 ships in 2022.", HARBOUR, "2022"),
    ("The harbour of Port Lindqvist handled 412 ships in 2023.", HARBOUR, "Lindqvist"),
    ("The harbour of Ostrava Bay handled 412 ships, less than Port Verity.", HARBOUR, "more"),
    ("The harbour of Ostrava Bay did not handle 412 ships in 2023.", HARBOUR, "negation"),
    ("V3's final run cost about $5.6 million.", COST, "$5.6 million"),
    ("V3's final run cost €5.576 million.", COST, "€5.576 million"),
    ("The final run of V3 cost $5.576 million and does include earlier research.", COST, "not so"),
    ("The bridge was opened on 21 January 2025 by Milena Duras.", FOUNDED, "21 January 2025"),
    ("The bridge was opened in 2025 by the engineer Anselm Okoro.", FOUNDED, "Anselm"),
    ("The bridge needs eleven wardens at night.", FOUNDED, "eleven"),
    ("The bridge is painted blue every spring by volunteers.", FOUNDED, "does not say"),
]


@pytest.mark.parametrize(("claim", "source"), SUPPORTED, ids=[claim for claim, _ in SUPPORTED])
def test_what_the_source_says_is_supported_in_whatever_notation(claim: str, source: str) -> None:
    assert check(claim, Evidence([source], source, 0.8)).reason == ""


@pytest.mark.parametrize(("claim", "source", "reason"), UNSUPPORTED, ids=[claim for claim, _, _ in UNSUPPORTED])
def test_what_the_source_does_not_say_is_not_and_the_reason_names_it(claim: str, source: str, reason: str) -> None:
    verdict = check(claim, Evidence([source], source, 0.5))
    assert not verdict.supported
    assert reason in verdict.reason


def test_a_name_may_come_from_the_articles_title_but_not_in_anothers_place() -> None:
    quoted = ["It was released under the MIT licence in January."]
    assert check(
        "DeepSeek-R1 was released under the MIT licence in January 2025.", Evidence(quoted, "DeepSeek-R1\n20 January 2025", 0.8)
    ).supported
    swapped = check(
        "Alibaba trained the model on H800 chips.", Evidence(["DeepSeek trained the model on H800 chips."], "Alibaba and DeepSeek", 0.8)
    )
    assert swapped.reason == "the source has DeepSeek where this has Alibaba"


def test_a_comparison_turned_round_is_noticed() -> None:
    source = "Ostrava handles more ships than Verity."
    assert not check("Verity handles more ships than Ostrava.", Evidence([source], source, 0.9)).supported
    assert check("Verity handles fewer ships than Ostrava.", Evidence([source], source, 0.9)).supported


@pytest.mark.parametrize(
    "claim",
    [
        "Ensure that the harbour of Ostrava Bay handled 412 ships in 2023.",
        "Yes! The harbour of Ostrava Bay handled 412 ships in 2023.",
        "3. The harbour of Ostrava Bay handled 412 ships in 2023.",
        "Busy Year: The harbour of Ostrava Bay handled 412 ships.",
        "Significant for 2023: the harbour of Ostrava Bay handled 412 ships.",
    ],
)
def test_a_word_that_opens_a_sentence_or_a_label_is_not_taken_for_a_name(claim: str) -> None:
    verdict = check(claim, Evidence([HARBOUR], HARBOUR, 0.9))
    assert "is not in the source" not in verdict.reason
    assert " where this has " not in verdict.reason


def test_a_name_that_opens_a_sentence_is_one() -> None:
    assert check("Lindqvist handled 412 ships in 2023.", Evidence([HARBOUR], HARBOUR, 0.9)).reason == "Lindqvist is not in the source"


def test_each_sentence_of_a_claim_is_set_beside_the_source_by_itself() -> None:
    quoted = [HARBOUR, FOUNDED]
    claim = "The harbour of Ostrava Bay handled 412 ships in 2023. The bridge was not opened on 20 January 2025 by Milena Duras."
    assert check(claim, Evidence(quoted, "", 0.9)).reason == "the source says it without the negation"
    assert check(claim.replace(" not", ""), Evidence(quoted, "", 0.9)).supported
