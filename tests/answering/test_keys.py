"""Keys in whatever form a model writes them."""

from __future__ import annotations

import time

import pytest

from askdivide.answering.keys import parse, visible, without_keys

KNOWN = {f"S{number}" for number in range(1, 6)}

TABLE = [
    ("Ships rose [S1].", [("Ships rose.", "1")]),
    ("Ships rose [1, 3].", [("Ships rose.", "13")]),
    ("Ships rose [S1][S2].", [("Ships rose.", "12")]),
    ("Ships rose 【1】.", [("Ships rose.", "1")]),
    ("Ships rose【3†source】.", [("Ships rose.", "3")]),
    ("Ships rose (S2).", [("Ships rose.", "2")]),
    ("Ships rose (see S1, S2).", [("Ships rose.", "12")]),
    ("Ships rose (Source 3).", [("Ships rose.", "3")]),
    ("Ships rose. Source 3.\nPears fell.", [("Ships rose.", "3"), ("Pears fell.", "")]),
    ("According to Source 3, ships rose.", [("According to Source 3, ships rose.", "3")]),
    ("According to [S1], the ships rose.", [("The ships rose.", "1")]),
    ("[S1] says that ships rose. [S2] says that pears fell.", [("The source says that ships rose.", "1"), ("The source says that pears fell.", "2")]),
    ("Ships rose [1-3].", [("Ships rose.", "123")]),
    ("Ships rose [S1 – S3].", [("Ships rose.", "123")]),
    ("Ships rose [S1; S2] and pears fell [S3].", [("Ships rose and pears fell.", "123")]),
    ("Ships rose [S1 and S2].", [("Ships rose.", "12")]),
    ("Ships rose [Sources 1, 2].", [("Ships rose.", "12")]),
    ("Ships rose [^1].", [("Ships rose.", "1")]),
    ("Ships rose.^1 Pears fell.^2", [("Ships rose.", "1"), ("Pears fell.", "2")]),
    ("Ships rose.¹ Pears fell.²", [("Ships rose.", "1"), ("Pears fell.", "2")]),
    ("Ships rose<sup>1</sup>.", [("Ships rose.", "1")]),
    (r"Ships rose \cite{S1}.", [("Ships rose.", "1")]),
    ("Ships rose [S1](http://evil.example/x).", [("Ships rose.", "1")]),
    ("Ships rose [[1](http://evil.example/x)].", [("Ships rose.", "1")]),
    ("[The report](S2) says so.", [("The report says so.", "2")]),
    ("[A link](http://evil.example/x) says so [S1].", [("A link says so.", "1")]),
    ("Ships rose ［1］.", [("Ships rose.", "1")]),
    ("Ships rose [s1].", [("Ships rose.", "1")]),
    ("Ships rose. [S1] Pears fell. [S2]", [("Ships rose.", "1"), ("Pears fell.", "2")]),
    ("Ships rose.[S1][S2] Pears fell.", [("Ships rose.", "12"), ("Pears fell.", "")]),
    ("Ships rose\n\n[S1]", [("Ships rose", "1")]),
    ("[S1]: Ships rose.\n[S2]: Pears fell.", [("Ships rose.", "1"), ("Pears fell.", "2")]),
    ("- Ships rose [S1]\n- Pears fell [S2]", [("Ships rose", "1"), ("Pears fell", "2")]),
    ("Two things:\n1. Ships rose [S1]\n2. Pears fell [S2]\n\nDone.", [("Two things:", "12"), ("Ships rose", "1"), ("Pears fell", "2"), ("Done.", "")]),
    ("## Ships\n\n**Ships** rose [S1].", [("Ships rose.", "1")]),
    ("| Year | Ships |\n|---|---|\n| 2023 | 412 [S1] |", [("Year; Ships", "1"), ("2023; 412", "1")]),
    ("10^6 people and km^2.", [("10^6 people and km^2.", "")]),
    ("The Galaxy S2 and step (2) of [2024].", [("The Galaxy S2 and step (2) of [2024].", "")]),
    ("", []),
    ("[S1]", []),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), TABLE, ids=[raw[:40] for raw, _ in TABLE])
def test_keys_are_found_and_taken_out(raw: str, expected: list[tuple[str, str]]) -> None:
    found = parse(raw, KNOWN)
    assert [(one.text, "".join(key[1:] for key in one.keys)) for one in found.sentences] == expected
    assert found.unknown == 0


@pytest.mark.parametrize(
    ("raw", "unknown"), [("Ships rose [S9].", 1), ("Ships rose [S1, S99].", 1), ("Ships rose [7-9].", 3), ("Ships [12] rose (S8).", 2)]
)
def test_keys_that_no_passage_has_are_dropped_and_counted(raw: str, unknown: int) -> None:
    found = parse(raw, KNOWN)
    assert found.unknown == unknown
    assert {key for one in found.sentences for key in one.keys} <= {"S1"}
    assert not any(char in found.sentences[0].text for char in "[]()")


@pytest.mark.parametrize("raw", [raw for raw, _ in TABLE if "Galaxy" not in raw and "10^6" not in raw])
def test_an_article_cannot_bring_keys_along(raw: str) -> None:
    assert not any(one.keys for one in parse(without_keys(raw), KNOWN).sentences)


def test_text_without_keys_is_left_alone() -> None:
    text = "In 2023 [sic] the harbour (three basins) handled 412 ships; see section 2 (b).\n\n| a | b |\n"
    assert without_keys(text) == text


def test_a_draft_never_shows_half_a_key() -> None:
    raw = "Ships rose [S1]. Pears fell (Source 2) and so on [3](http://a.example/c). Then [note] and (brackets).^1 End"
    for end in range(len(raw) + 1):
        assert not any(mark in visible(raw[:end]) for mark in ("[S", "[3", "(S", "http", "^"))
    assert visible(raw) == "Ships rose. Pears fell and so on. Then [note] and (brackets). End"


MANY = [f"S{number}" for number in range(1, 32)]


@pytest.mark.parametrize(
    "key",
    [
        f"[{', '.join(MANY)}]",
        f"(see sources {' and '.join(MANY)})",
        f"【{'; '.join(MANY)}†{'a long name of a file ' * 3}】",
        f"[[Source 1, Source 2]({'http://a.example/' + 'path/' * 60})]",
        f"<sup>{', '.join(MANY)}</sup>",
        "\\cite{S1, S2, S3}",
    ],
    ids=lambda key: key[:12],
)
def test_a_draft_shows_nothing_of_a_long_group(key: str) -> None:
    raw = f"It is MIT {key}. Then"
    for end in range(len("It is MIT"), len(raw) - len(". Then") + 1):
        assert visible(raw[:end]) == "It is MIT"
    assert visible(raw) == "It is MIT. Then"


def test_a_draft_does_not_wait_for_the_end_of_other_brackets() -> None:
    raw = "It is MIT (which is a licence that asks for nothing but the notice"
    assert visible(raw) == raw
    assert visible("It is MIT [sic], and it was in 2024 (the year") == "It is MIT [sic], and it was in 2024"


@pytest.mark.parametrize(
    ("raw", "ended"),
    [
        ("Ships rose [S1].", True),
        ("Ships rose. [S1]", True),
        ("Ships rose [S1].\n- Pears fell\n", True),
        ("“Ships rose [S1].”", True),
        ("", True),
        ("Ships rose [S1]. And then it", False),
        ("Ships rose [S1]. Pears fell to 3.", False),
        ("Ships rose [S1", False),
        ("- Ships rose [S1]\n- Pears fell [S2]", False),
        ("Two things [S1]:", False),
    ],
)
def test_whether_the_last_sentence_has_come_to_its_end(raw: str, ended: bool) -> None:
    assert parse(raw, KNOWN).ended == ended


@pytest.mark.parametrize(
    "raw", ["[" * 20_000, "[1," * 20_000, "(S1 " * 20_000, "Source " * 20_000, " " * 50_000 + "[", "[S1" + " " * 50_000, "^" * 20_000]
)
def test_hostile_text_takes_no_time(raw: str) -> None:
    begun = time.process_time()
    parse(raw, KNOWN)
    visible(raw)
    assert time.process_time() - begun < 5
