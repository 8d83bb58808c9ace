"""Answers of the quote model: the articles' own sentences and rows, chosen, ordered and cited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.answering.quote import row_text
from askdivide.ingestion.reindex import reindex
from askdivide.records import Answer, Citation
from askdivide.retrieval.reader import Reading, SentenceReading
from askdivide.settings import Settings

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks one question of the articles given, by file name or as one Markdown text."""
    indexes: dict[str, Settings] = {}

    def ask(question: str, articles: dict[str, str] | str, **given: Any) -> Answer:
        if isinstance(articles, str):
            articles = {"article.md": articles}
        key = f"{articles} {given.get('chunk_tokens')}"
        if key not in indexes:
            folder = tmp_path_factory.mktemp("quote")
            (folder / "corpus").mkdir()
            for name, text in articles.items():
                (folder / "corpus" / name).write_text(text, encoding="utf-8")
            indexes[key] = Settings(
                corpus=folder / "corpus", index=folder / "index", cache=folder, reader="none", embedding="test:1024", refuse_below=0
            )
            reindex(replace(indexes[key], **given))
        answer = Assistant.open(replace(indexes[key], **given)).ask(question)
        assert answer.status == "answered"
        for citation in answer.citations:
            assert articles[citation.document][citation.start : citation.end] == citation.quote
        return answer

    return ask


def cited(answer: Answer, claim: int = 0) -> list[Citation]:
    return [citation for citation in answer.citations if citation.number in answer.claims[claim].citations]


BRIDGE = """# The bridge of Tarn

Work on the bridge of Tarn began in 1928. The steel came from a foundry in Gellin. The bridge was painted green by forty sailors.
Two workers died in a storm. The toll was lifted in 1961.
"""


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Where did the steel of the bridge come from?", "The steel came from a foundry in Gellin."),
        ("Who painted the bridge green?", "The bridge was painted green by forty sailors."),
        ("When was the toll lifted?", "The toll was lifted in 1961."),
        ("How many workers died in the storm?", "Two workers died in a storm."),
    ],
)
def test_the_sentence_that_answers_comes_first(ask: Ask, question: str, best: str) -> None:
    answer = ask(question, BRIDGE)
    assert answer.claims[0].text == best
    assert [citation.quote for citation in cited(answer)] == [best]
    assert {claim.support for claim in answer.claims} == {"quoted"}


def test_a_sentence_that_only_leads_to_the_answer_is_not_the_answer(ask: Ask) -> None:
    text = "# Tarn\n\nThe table below shows where the steel came from. The steel came from a foundry in Gellin. Fog is thick.\n"
    assert ask("Where did the steel come from?", text).claims[0].text == "The steel came from a foundry in Gellin."


@pytest.mark.parametrize("most", [1, 2, 5])
def test_there_are_never_more_claims_than_asked_for(ask: Ask, most: int) -> None:
    rows = "".join(f"| Brannoch | ferry {number} |\n" for number in range(12))
    answer = ask("Which ferry to Brannoch?", f"# Ferries\n\n| Town | Ferry |\n|---|---|\n{rows}", sentences=most)
    assert len(answer.claims) == most


def test_the_same_said_twice_is_quoted_once(ask: Ask) -> None:
    answer = ask(
        "When did the bridge of Tarn open?",
        {
            "one.md": "# Bridges\n\nThe bridge of Tarn opened on 4 May 1932 after four years of work.\n",
            "two.md": "# Bridges\n\nAfter four years of work, the bridge of Tarn opened on 4 May 1932.\n",
            "three.md": "# Bridges\n\nThe bridge of **Tarn** opened on 4 May 1932, after four years of work.\n",
            "other.md": "# Ferries\n\nFerries sail at noon. Pears ripen late. Fog is thick.\n",
        },
    )
    assert len(answer.claims) == 1
    assert len(answer.citations) == 1


def test_a_question_of_two_parts_gets_a_sentence_for_each(ask: Ask) -> None:
    answer = ask(
        "Who designed the harbour of Gellin and who painted the lighthouse of Brannoch?",
        {
            "gellin.md": "# Gellin\n\nThe harbour of Gellin was designed by Milena Duras.\n",
            "brannoch.md": "# Brannoch\n\nThe lighthouse of Brannoch was painted by Anselm Okoro.\n",
            "other.md": "# Other\n\nFerries sail at noon. Pears ripen late. Fog is thick.\n",
        },
    )
    assert {claim.text for claim in answer.claims} == {
        "The harbour of Gellin was designed by Milena Duras.",
        "The lighthouse of Brannoch was painted by Anselm Okoro.",
    }


PRONOUN = """# Engineers

Milena Duras designed the harbour of Ostrava Bay. She was paid nine hundred crowns for the drawings of its cranes. The cranes were black.
"""


def test_a_sentence_that_begins_with_a_pronoun_brings_the_one_before_in_one_span(ask: Ask) -> None:
    both = "Milena Duras designed the harbour of Ostrava Bay. She was paid nine hundred crowns for the drawings of its cranes."
    answer = ask("How many crowns were paid for the drawings of the cranes?", PRONOUN, sentences=1)
    assert answer.claims[0].text == both
    (citation,) = cited(answer)
    assert citation.quote == both
    assert PRONOUN[citation.start : citation.end] == both


@pytest.mark.parametrize(
    "opening", ["But it", "However, they", "This", "Its crew", "He", "The report says that it", "Nobody knew of this when Tar Lines"]
)
def test_other_words_that_point_back_do_the_same(ask: Ask, opening: str) -> None:
    text = f"# Ships\n\nThe Corona Borealis was the largest ship.\n{opening} carried seven thousand barrels of tar.\n"
    answer = ask("Who carried seven thousand barrels of tar?", text, sentences=1)
    assert answer.claims[0].text == f"The Corona Borealis was the largest ship. {opening} carried seven thousand barrels of tar."
    assert cited(answer)[0].quote == f"The Corona Borealis was the largest ship.\n{opening} carried seven thousand barrels of tar."


def test_a_sentence_before_in_another_paragraph_is_not_brought(ask: Ask) -> None:
    text = "# Ships\n\nThe Corona Borealis was the largest ship.\n\nIt carried seven thousand barrels of tar.\n"
    assert (
        cited(ask("What carried seven thousand barrels of tar?", text, sentences=1))[0].quote == "It carried seven thousand barrels of tar."
    )


def test_of_a_quotation_nobody_sees_the_marks_of_its_paragraphs(ask: Ask) -> None:
    text = "# The ferry\n\n> [!Note]\n> The ferry of Tarn takes dogs.\n>\n> They must wear a muzzle below deck.\n"
    answer = ask("What must they wear below deck?", text)
    assert answer.claims[0].text == "They must wear a muzzle below deck."


def test_a_sentence_that_stands_alone_does_not_bring_the_one_before(ask: Ask) -> None:
    answer = ask("Which colour were the cranes?", PRONOUN, sentences=1)
    assert answer.claims[0].text == "The cranes were black."


def test_a_pronoun_at_the_beginning_of_an_article_brings_nothing(ask: Ask) -> None:
    answer = ask("What sank in the storm?", "# Storm\n\nIt sank in the storm of 1901. Nobody died.\n", sentences=1)
    assert answer.claims[0].text == "It sank in the storm of 1901."


TABLE = """# The harbour of Ostrava Bay

| Year | **Ships** | Cargo (tonnes) |
|---|---:|---|
| 2021 | 388 | 1,204,000 |
| 2022 | `397` | 1,310,500 |
| 2023 | 412 | |
"""


def test_a_row_of_one_cell_is_told_as_it_stands() -> None:
    assert row_text(["Coast", "Port"], ["North", ""]) == "Coast: North"
    assert row_text(["Coast", "Port"], ["", "Tarn"]) == "Port: Tarn"
    assert row_text([""], ["Coast", "Port"]) == "Coast; Port"


def test_a_table_row_is_named_with_its_row_and_columns_and_cited_with_their_names(ask: Ask) -> None:
    answer = ask("How many ships and how much cargo in 2022?", TABLE, sentences=1)
    assert answer.claims[0].text == "Year: 2022 — Ships: 397; Cargo (tonnes): 1,310,500"
    (citation,) = cited(answer)
    assert citation.quote.startswith("| Year | **Ships** | Cargo (tonnes) |\n")
    assert citation.quote.endswith("| 2022 | `397` | 1,310,500 |")


def test_an_empty_cell_is_left_out(ask: Ask) -> None:
    assert ask("How many ships in 2023?", TABLE, sentences=1).claims[0].text == "Year: 2023 — Ships: 412"


COSTS = """# The museum

| Part of the museum | Cost of building |
|---|---|
| North wing | 12 crowns |
| South wing | 30 crowns |
| Total | 42 crowns |
"""


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("How much was the cost of building the museum?", ["Total", "North wing", "South wing"]),
        ("How much was the cost of building the museum in total?", ["Total"]),
        ("How much was the cost of building the north wing of the museum?", ["North wing"]),
        ("Which part of the museum had the cost of building?", ["North wing", "South wing", "Total"]),
    ],
)
def test_the_total_of_a_table_comes_before_parts_that_nobody_asked_for(ask: Ask, question: str, order: list[str]) -> None:
    told = [claim.text for claim in ask(question, COSTS).claims]
    assert [text.removeprefix("Part of the museum: ").split(" — ")[0] for text in told] == order


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How much was paid to the masons of the museum?", "Total"),
        ("How much was paid to the masons of the north wing of the museum?", "North wing"),
        ("How much was the largest sum paid to the masons of the museum?", "North wing"),
        ("Who were the masons of the museum?", "North wing"),
    ],
)
def test_a_part_that_would_be_told_alone_gives_way_to_the_total(ask: Ask, question: str, row: str) -> None:
    table = """# Costs

| Part | Cost | Remark |
|---|---|---|
| North wing | 12 crowns | paid to the masons of the museum |
| South wing | 30 crowns | not paid |
| Total | 42 crowns | - |
"""
    (claim,) = ask(question, table, sentences=1).claims
    assert claim.text.startswith(f"Part: {row} — ")


VERSIONS = """# Versions

| Lab | Model | Context |
|---|---|---|
| Tarn | Lantern-4 | 128K |
| Tarn | Lantern-4-Air | 64K |
| Gellin | gull-20b | 256K |
| Gellin | gull-120b | 1M |
"""


@pytest.mark.parametrize(
    ("question", "models"),
    [
        ("What is the context of Lantern-4?", ["Lantern-4"]),
        ("What is the context of Lantern-4-Air?", ["Lantern-4-Air"]),
        ("Has Lantern-4 or gull-20b the longer context?", ["Lantern-4", "gull-20b"]),
    ],
)
def test_a_row_is_named_by_its_whole_label(ask: Ask, question: str, models: list[str]) -> None:
    told = [claim.text for claim in ask(question, VERSIONS).claims]
    assert told[0].startswith(f"Lab: Tarn — Model: {models[0]};")
    if len(models) > 1:
        assert [text.split("Model: ")[1].split(";")[0] for text in told] == models


def test_an_extreme_is_looked_for_in_the_whole_of_a_table(ask: Ask) -> None:
    rows = [f"| Harbour {number} | {(number * 37) % 101 + 3} | {number} |" for number in range(1, 80)]
    table = "# Harbours\n\nEvery harbour of the coast has been measured.\n\n| Harbour | Depth in metres | Berths |\n|---|---|---|\n"
    answer = ask("Which harbour has the greatest depth?", table + "\n".join(rows) + "\n")
    deepest = max(range(1, 80), key=lambda number: (number * 37) % 101)
    depth = (deepest * 37) % 101 + 3
    told = [claim.text for claim in answer.claims if claim.text.startswith("Harbour: ")]
    assert told == [f"Harbour: Harbour {deepest} — Depth in metres: {depth}; Berths: {deepest}"]


def test_a_table_too_long_to_be_looked_through_has_no_extreme(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"| Harbour {number} | {number} |" for number in range(1, 80)]
    table = "# Harbours\n\n| Harbour | Depth in metres |\n|---|---|\n" + "\n".join(rows) + "\n"
    assert "Harbour: Harbour 79" in ask("Which harbour has the greatest depth?", table).text
    monkeypatch.setattr("askdivide.answering.rows._TABLE_PARTS", 1)
    assert "Harbour: Harbour 79" not in ask("Which harbour has the greatest depth?", table).text


def test_that_a_row_is_the_extreme_rests_on_its_table(ask: Ask) -> None:
    table = "# Ferries\n\n| Ferry | Ticket |\n|---|---|\n| Amber | £12 |\n| Borealis | £9 |\n| Corona | £21 |\n"
    answer = ask("Which ferry has the cheapest ticket?", table)
    assert [claim.text for claim in answer.claims] == ["Ferry: Borealis — Ticket: £9"]
    assert [one.quote for one in cited(answer)] == [table[table.index("| Ferry") :].rstrip()]


def test_of_rows_the_newest_leads_where_it_is_asked_for(ask: Ask) -> None:
    table = """# Ferries

| Ferry of the line | In service | Cabins |
|---|---|---|
| Amber | May 2019 | 40 |
| Corona | 3 June 2023 | 60 |
| Borealis | March 2021 | 50 |
"""
    first = ask("Which is the newest ferry of the line?", table).claims[0].text
    assert first == "Ferry of the line: Corona — In service: 3 June 2023; Cabins: 60"
    assert ask("Which ferry of the line is there?", table).claims[0].text.startswith("Ferry of the line: Amber")


def test_of_announcements_in_the_same_words_the_newest_is_quoted(ask: Ask) -> None:
    articles = {
        f"20{year}-05-01.md": f"# Rigging {year}\n\nWe are happy to announce to all who sail with us on every sea that Rigging {year}.0 is out.\n"
        for year in range(11, 18)
    }
    articles["2010-05-01.md"] = (
        "# Rigging 10\n\nWe are happy to announce to all who sail with us on every sea that the latest Rigging 10.0 is out.\n"
    )
    assert ask("What is the latest Rigging?", articles, sentences=1).claims[0].text.endswith("Rigging 17.0 is out.")
    undated = {f"{letter}.md": text for letter, text in zip("abcdefgh", articles.values(), strict=True)}
    assert ask("What is the latest Rigging?", undated, sentences=1).claims[0].text.endswith("the latest Rigging 10.0 is out.")


def test_what_is_true_now_is_told_by_the_newest_article_first(ask: Ask) -> None:
    articles = {
        "2021-05-01.md": "# Pier\n\nThe pier of Ostrey Sound is open to everybody who wants to walk on it and fish from it.\n",
        "2023-05-01.md": "# Pier\n\nThe pier of Ostrey Sound is closed to everybody who wants to walk on it and fish from it.\n",
    }
    assert " closed " in ask("Is the pier of Ostrey Sound still open to everybody?", articles).claims[0].text
    assert " open " in ask("Is the pier of Ostrey Sound open to everybody?", articles).claims[0].text
    articles["2024-05-01.md"] = (
        "# Pier\n\nFire has taken all of the old pier of Ostrey Sound, so open to winds from everywhere and everybody.\n"
    )
    assert " open to everybody " in ask("Is the pier of Ostrey Sound open to everybody?", articles).claims[0].text
    assert ask("Is the pier of Ostrey Sound still open to everybody?", articles).claims[0].text.startswith("Fire has taken")


def test_where_a_row_is_named_the_others_of_its_table_are_not_told(ask: Ask) -> None:
    rows = "".join(f"| Ferry {number} | {number} crowns to Brannoch |\n" for number in range(1, 7))
    fares = f"# Fares\n\n| Ferry | Fare to Brannoch |\n|---|---|\n{rows}"
    assert [claim.text for claim in ask("What is the fare of Ferry 4 to Brannoch?", fares).claims] == [
        "Ferry: Ferry 4 — Fare to Brannoch: 4 crowns to Brannoch"
    ]
    assert len(ask("What is the fare to Brannoch?", fares).claims) > 1
    assert len(ask("Is the fare of Ferry 4 to Brannoch lower than that of the others?", fares).claims) > 1


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What is the depth at Tarn?", "Tarn (tidal)"),
        ("What is the depth at Gellin's Bay?", "Gellin’s Bay"),
        ("What is the depth at Upper Tarn?", "Upper Tarn"),
        ("What is the depth at Lower Ostrava?", "Lower Ostrava [2]"),
    ],
)
def test_a_label_is_known_with_other_apostrophes_without_its_brackets_and_not_within_a_longer_one(
    ask: Ask, question: str, label: str
) -> None:
    labels = ("Tarn (tidal)", "Upper Tarn", "Gellin’s Bay", "Gellin", "Ostrava", "Lower Ostrava [2]")
    rows = "".join(f"| {label} | {number} m of depth |\n" for number, label in enumerate(labels))
    answer = ask(question, f"# Depths\n\n| Port | Depth |\n|---|---|\n{rows}")
    assert [claim.text.partition(" — ")[0] for claim in answer.claims] == [f"Port: {label}"]


def test_lists_of_sources_stand_behind_what_an_article_says(ask: Ask) -> None:
    said = "Ferries to Brannoch were slow, as Holm found."
    source = "Holm 1931, On the speed of ferries to Brannoch and why ferries to Brannoch were slow."
    question = "Why were ferries to Brannoch slow?"
    text = f"# Ferries\n\n{said}\n\n## {{}}\n\n{source}\n"
    assert ask(question, text.format("7. References")).claims[0].text == said
    assert ask(question, text.format("A study")).claims[0].text == source


@pytest.mark.parametrize("begins", ["Therefore, ", "In contrast, ", "As a result ", "On the other hand, "])
def test_a_conclusion_comes_with_what_it_is_drawn_from(ask: Ask, begins: str) -> None:
    text = f"# Tarn\n\nThe foundry closed in spring. {begins}steel for bridges cost forty crowns. Fog is thick.\n"
    answer = ask("What did steel for bridges cost?", text, sentences=1)
    assert answer.claims[0].text == f"The foundry closed in spring. {begins}steel for bridges cost forty crowns."


@pytest.mark.parametrize(
    ("sentence", "comes"),
    [
        ("Farmers may turn away this visitor at the gate of Brannoch.", True),
        ("The gate of Brannoch turned away farmers this spring.", False),
        ("Farmers who brought goods such as wool passed the gate of Brannoch.", False),
    ],
)
def test_what_is_only_pointed_at_is_named_by_the_sentence_before(ask: Ask, sentence: str, comes: bool) -> None:
    text = f"# Tarn\n\nThe tax collector came by boat. {sentence} Fog is thick.\n"
    answer = ask("Whom may farmers turn away at the gate of Brannoch?", text, sentences=1)
    assert answer.claims[0].text == (f"The tax collector came by boat. {sentence}" if comes else sentence)


@pytest.mark.parametrize(
    "question", ["What does the fare of Ferry-X2 to Brannoch cost?", "What does the fare of the ferry X2 to Brannoch cost?"]
)
def test_what_is_said_of_a_sister_stands_behind_what_is_said_of_the_thing_named(ask: Ask, question: str) -> None:
    said = {
        "x2b.md": "# Ferry-X2b\n\nThe fare to Brannoch costs nine crowns.\n",
        "x2.md": "# A ferry\n\nFerry X2 was built in Gellin.\n\nThe fare to Brannoch costs twelve crowns.\n",
        "steel.md": "# Gellin\n\nSteel from Gellin costs much.\n",
    }
    assert [citation.document for citation in cited(ask(question, said, sentences=1))] == ["x2.md"]
    # Where no article names it, nothing is known of what is its sister's.
    assert [citation.document for citation in cited(ask(question.replace("X2", "X9"), said, sentences=1))] == ["x2b.md"]


def test_what_is_added_in_brackets_comes_along(ask: Ask) -> None:
    text = "# Tarn\n\nFog is thick. Ferries to Brannoch run hourly. (They have not begun yet.) The pier is new.\n"
    answer = ask("How often do ferries to Brannoch run?", text, sentences=1)
    assert answer.claims[0].text == "Ferries to Brannoch run hourly. (They have not begun yet.)"


@pytest.mark.parametrize("remark", ["-", "a remark on the port that fills some room " * 8])
def test_a_row_without_a_label_has_that_of_the_rows_above(ask: Ask, remark: str) -> None:
    rows = [("North", "Brannoch"), ("", "Tarn"), ("South", "Gellin"), ("", "Ostrava")]
    table = "| Coast | Port | Depth | Remark |\n|---|---|---|---|\n" + "".join(f"| {a} | {b} | 9 m | {remark} |\n" for a, b in rows)
    answer = ask("What is the depth at Tarn?", f"# Depths\n\n{table}", sentences=1)
    assert answer.claims[0].text.startswith("Coast: North — Port: Tarn; Depth: 9 m")
    assert "| North | Brannoch |" in "".join(citation.quote for citation in cited(answer))
    assert "South" not in "".join(citation.quote for citation in cited(answer))


def test_a_row_far_below_its_column_names_is_cited_apart_from_them(ask: Ask) -> None:
    rows = "".join(f"| Port {number} | {number * 7} | a remark on port {number} that fills some room |\n" for number in range(60))
    answer = ask("What is the depth at Port 57?", "# Depths\n\n| Port | Depth | Remark |\n|---|---|---|\n" + rows, sentences=1)
    assert answer.claims[0].text == "Port: Port 57 — Depth: 399; Remark: a remark on port 57 that fills some room"
    names, row = cited(answer)
    assert names.quote == "| Port | Depth | Remark |"
    assert row.quote == "| Port 57 | 399 | a remark on port 57 that fills some room |"
    assert answer.text.endswith(" [1] [2]") or answer.text.endswith(" [1][2]")


def test_the_passage_of_a_cited_row_is_not_listed_as_merely_consulted(ask: Ask) -> None:
    """A table cut into passages: the row's citation begins at the column names, which stand before its passage."""
    rows = "".join(f"| Port {number} | {number * 7} | remark {number} |\n" for number in range(12))
    table = f"# Depths\n\n| Port | Depth | Remark |\n|---|---|---|\n{rows}"
    answer = ask("What is the depth at Port 11?", table, sentences=1, chunk_tokens=32)
    (citation,) = cited(answer)
    assert citation.quote.startswith("| Port | Depth |")
    assert citation.quote.endswith("| Port 11 | 77 | remark 11 |")
    assert len(answer.read) > 1
    assert not any("| Port 11 |" in passage.text for passage in answer.consulted)


def test_a_table_in_plain_text_is_named_too(ask: Ask) -> None:
    text = "Depths of ports\n\nPort\tDepth\tYear\nBrannoch\t14\t1999\nGellin\t22\t2004\n"
    answer = ask("How deep is Gellin?", {"depths.txt": text}, sentences=1)
    assert answer.claims[0].text == "Port: Gellin — Depth: 22; Year: 2004"
    assert cited(answer)[0].quote.endswith("Gellin\t22\t2004")


@pytest.mark.parametrize(
    ("names", "cells", "expected"),
    [
        (["Year", "Ships"], ["2021", "388"], "Year: 2021 — Ships: 388"),
        (["", "Ships"], ["Brannoch", "388"], "Brannoch — Ships: 388"),
        (["Year", ""], ["2021", "388"], "Year: 2021 — 388"),
        (["Year", "Ships", "Cargo"], ["2021", "", "9"], "Year: 2021 — Cargo: 9"),
        (["Year"], ["2021", "388"], "2021; 388"),
        ([], ["2021", "", "388"], "2021; 388"),
        (["a", "b"], ["a", "b"], "a; b"),
        (["Only"], ["one"], "one"),
    ],
)
def test_a_row_in_words(names: list[str], cells: list[str], expected: str) -> None:
    assert row_text(names, cells) == expected


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("The dock has **three basins** and _one_ crane.", "The dock has three basins and one crane."),
        ("The dock was [bought](https://x.example/a) in `1999` by ***Holm***.", "The dock was bought in 1999 by Holm."),
        ("The dock costs \\$5 and 3 \\* 4 crowns a day.", "The dock costs $5 and 3 * 4 crowns a day."),
        ("The dock is\nwet *and* deep.", "The dock is wet and deep."),
    ],
)
def test_markdown_marks_are_in_the_quote_and_not_in_the_claim(ask: Ask, marked: str, plain: str) -> None:
    answer = ask("What about the dock?", f"# Docks\n\n{marked}\n", sentences=1)
    assert answer.claims[0].text == plain
    assert cited(answer)[0].quote == marked


def test_marks_in_plain_text_are_the_articles_own_characters(ask: Ask) -> None:
    answer = ask("What about the dock?", {"dock.txt": "Docks\n\nThe dock has **three basins** and 4 * 5 berths.\n"}, sentences=1)
    assert answer.claims[0].text == "The dock has **three basins** and 4 * 5 berths."


@pytest.mark.parametrize("mark", ["- ", "* ", "1. ", "> - ", "  - "])
def test_a_list_item_is_quoted_without_its_mark(ask: Ask, mark: str) -> None:
    text = f"# Plans\n\n{mark}The old grain silo becomes a museum.\n{mark}A second dry dock is planned for 2027.\n"
    answer = ask("What is planned for 2027?", text, sentences=1)
    assert answer.claims[0].text == "A second dry dock is planned for 2027."
    assert cited(answer)[0].quote == "A second dry dock is planned for 2027."


def test_chinese_sentences_are_quoted_one_by_one(ask: Ask) -> None:
    answer = ask("港口有多少船坞？", "# 港口\n\n港口建于一八七一年。港口有三个船坞和一个干船坞。灯塔在海边。\n", sentences=1)
    assert answer.claims[0].text == "港口有三个船坞和一个干船坞。"


def test_sentences_after_the_best_stand_in_their_articles_order(ask: Ask) -> None:
    text = "# Brannoch\n\n" + "\n\n".join(
        f"The ferry of Brannoch, which the town {verb}, has its own story of {noun}."
        for verb, noun in [("built", "iron"), ("lost", "storms"), ("sold", "money"), ("sank", "rust")]
    )
    answer = ask("What is the story of the ferry that Brannoch lost to storms?", text)
    places = [citation.start for citation in answer.citations]
    assert "lost" in answer.claims[0].text
    assert places[1:] == sorted(places[1:])


LIST = """# The ferry

The ferry takes most things. Passengers must keep four rules on board:

- Bicycles stand on the lower deck.
- Dogs are kept on a lead. They may not enter the saloon.
- Gas bottles stay on land.

The saloon serves tea.
"""


def test_a_list_that_is_asked_for_comes_whole_with_its_lead_in(ask: Ask) -> None:
    answer = ask("Which rules must passengers keep on board?", LIST)
    assert [claim.text.split(". ")[0].split(": ")[-1].rstrip(".") for claim in answer.claims] == [
        "Bicycles stand on the lower deck", "Dogs are kept on a lead", "Gas bottles stay on land",
    ]  # fmt: skip
    assert cited(answer)[0].quote.startswith("Passengers must keep four rules on board:")
    assert "They may not enter the saloon." in cited(answer, 1)[0].quote
    assert "tea" not in answer.text


def test_a_list_with_which_its_passage_begins_keeps_the_whole_of_its_first_item(ask: Ask) -> None:
    text = "# Boats\n\n## Animals on board\n\n- Dogs come on a lead. They travel free.\n- Cats sit in a carrier.\n- Horses stand in a trailer.\n"
    answer = ask("Which animals may come on board?", text)
    assert [claim.text for claim in answer.claims] == [
        "Dogs come on a lead. They travel free.", "Cats sit in a carrier.", "Horses stand in a trailer.",
    ]  # fmt: skip


def test_a_long_list_is_cut_and_a_question_for_one_item_gets_one(ask: Ask) -> None:
    many = "# Rules\n\nPassengers must keep these rules:\n\n" + "".join(f"- Rule {n} for passengers.\n" for n in range(20))
    answer = ask("Which rules must passengers keep?", many)
    assert len(answer.claims) == 8
    assert [(note.kind, note.citations) for note in answer.notes] == [("shortened", answer.claims[-1].citations)]
    assert ask("Where do bicycles stand?", LIST).claims[0].text == "Bicycles stand on the lower deck."


def test_a_list_goes_on_in_the_next_passage_and_ends_where_another_paragraph_begins(ask: Ask) -> None:
    rules = [f"Rule {name} is that passengers keep the {name} door of the ferry shut." for name in ("north", "south", "east", "west")]
    text = "# Doors\n\nPassengers must keep these rules:\n\n" + "".join(f"- {rule}\n" for rule in rules)
    text += "\nThe crew has two rules of its own:\n\n- The crew sleeps aft.\n- The crew sings.\n"
    for question in ("Which rules must passengers keep?", "Which are the rules about the west door that passengers keep?"):
        answer = ask(question, text, chunk_tokens=48)
        assert len({passage.start for passage in answer.read}) > 1
        assert [claim.text.rpartition(": ")[2] for claim in answer.claims] == rules
        assert not answer.notes or answer.notes[0].kind != "shortened"


@pytest.mark.parametrize(
    ("items", "question", "expected", "spans"),
    [
        (["dogs without a lead;", "bottles of gas on deck."], "May I bring bottles of gas?", "Not allowed are: bottles of gas on deck.", 2),
        (["dogs without a lead;", "bottles of gas on deck."], "May I bring dogs?", "Not allowed are: dogs without a lead;", 1),
        (["Dogs without a lead", "Bottles of gas"], "May I bring bottles of gas?", "Not allowed are: Bottles of gas", 2),
        (["Dogs bark.", "Bottles of gas explode."], "May I bring bottles of gas?", "Bottles of gas explode.", 1),
        (["Dogs bark.", "iGas bottles explode."], "Do bottles explode?", "iGas bottles explode.", 1),
    ],
)
def test_an_item_that_is_no_sentence_comes_with_what_leads_to_its_list(
    ask: Ask, items: list[str], question: str, expected: str, spans: int
) -> None:
    text = "# The ferry\n\nThe ferry is old. Not allowed are:\n\n" + "".join(f"- {item}\n" for item in items)
    answer = ask(question, text, sentences=1)
    assert answer.claims[0].text == expected
    assert len(answer.claims[0].citations) == spans


def test_what_leads_to_several_items_is_said_once(ask: Ask) -> None:
    text = "# The ferry\n\nThe ferry is old. Not allowed are:\n\n- dogs on deck four;\n- cats on deck five;\n- geese on board.\n"
    answer = ask("Is a dog on deck or a cat on deck allowed?", text)
    assert answer.text.count("Not allowed are:") == 1
    assert "dogs on deck four" in answer.text
    assert "cats on deck five" in answer.text


@pytest.mark.parametrize(
    ("follows", "told"),
    [
        ("- Two tides.\n- A storm.\n- Old ropes.\n", ["{lead} Two tides.", "A storm.", "Old ropes."]),
        ("\n| Cause | Cost |\n|---|---|\n| Tides | 3 |\n| Ropes | 4 |\n", ["{lead}", "Cause: Tides — Cost: 3", "Cause: Ropes — Cost: 4"]),
        ("\n> Two tides met there.\n", ["{lead} Two tides met there."]),
        ("\n```sh\ntide --twice\nropes --old\n```\n", ["{lead} tide --twice ropes --old"]),
    ],
)
def test_what_a_sentence_leads_to_comes_with_it(ask: Ask, follows: str, told: list[str]) -> None:
    lead = "This is why the ferry of Brannoch sank:"
    answer = ask("Why did the ferry of Brannoch sink?", f"# Brannoch\n\n{lead}\n{follows}\n## Tea\n\nFog is thick.\n")
    assert [claim.text for claim in answer.claims] == [text.format(lead=lead) for text in told]


@pytest.mark.parametrize(
    "follows",
    [
        "## Causes\n\nTwo tides met there.",
        "Of these, the first:\n\n## Causes\n\nTwo tides met there.",
        "| Cause | Cost |\n|---|---|\n" + "".join(f"| Tides {number} | {number} |\n" for number in range(7)),
    ],
)
def test_a_sentence_that_leads_to_nothing_that_can_be_quoted_is_quoted_only_where_it_is_all(ask: Ask, follows: str) -> None:
    lead = "This is why the ferry of Brannoch sank:"
    question = "Why did the ferry of Brannoch sink?"
    text = f"# Brannoch\n\n{lead}\n\n{follows}\n"
    assert [claim.text for claim in ask(question, text, sentences=1).claims] == [lead]
    other = "\n## Inquest\n\nThe ferry of Brannoch sank because of its ropes.\n"
    assert [claim.text for claim in ask(question, text + other).claims if "sank" in claim.text] == [other.splitlines()[-1]]


def test_a_sentence_leads_to_a_picture_and_not_to_what_stands_behind_it(ask: Ask) -> None:
    text = "# Brannoch\n\nThis is why the ferry of Brannoch sank:\n\n{}Two tides met there.\n"
    question = "Why did the ferry of Brannoch sink?"
    assert ask(question, text.format("")).claims[0].text == "This is why the ferry of Brannoch sank: Two tides met there."
    assert ask(question, text.format("![](tides.png)\n\n")).claims[0].text == "Two tides met there."


def test_of_a_long_list_that_nobody_asked_for_there_is_room_for_some_items(ask: Ask) -> None:
    items = "".join(
        f"- The ferry lost {thing} of her own.\n" for thing in ("oars", "bells", "ropes", "sails", "lamps", "masts", "maps", "cats")
    )
    text = f"# Brannoch\n\nThis is why the old ferry of Brannoch sank in the storm of 1901:\n\n{items}"
    assert len(ask("Why did the old ferry of Brannoch sink in the storm of 1901?", text, sentences=3).claims) == 3


def test_an_item_leads_to_the_items_below_it(ask: Ask) -> None:
    text = """# The ferry

- Tea is free.
- Rules that passengers must keep on board:
  - Bicycles stand on the lower deck.
  - Gas bottles stay on land.
- Fog is thick.
"""
    told = [claim.text for claim in ask("Which rules must passengers keep on board?", text).claims]
    assert told == ["Rules that passengers must keep on board: Bicycles stand on the lower deck.", "Gas bottles stay on land."]


def test_of_a_list_a_question_for_one_item_gets_that_item(ask: Ask) -> None:
    text = """# Boats

Three boats are new this year:

- The Amber carries forty bicycles to Gellin.
- The Corona takes goats on her deck.
- The Borealis has a saloon.
"""
    assert len(ask("Which boats are new this year?", text).claims) == 3
    assert [claim.text for claim in ask("Which bicycles does the Amber carry to Gellin?", text).claims] == [
        "The Amber carries forty bicycles to Gellin."
    ]


def test_code_leads_to_no_list(ask: Ask) -> None:
    text = "# Ports\n\n```sh\nport --start\n```\n\n- Rules of Tarn for ports.\n- Rules of Gellin for ports.\n"
    assert [claim.text for claim in ask("Which are the rules for ports?", text).claims] == [
        "Rules of Tarn for ports.",
        "Rules of Gellin for ports.",
    ]


TOOLS = """# Tools of the ferry

The ferry of Brannoch has tools which the crew can call by name. The box of tools which the crew can call includes:

- saws of Gellin steel, by name;
- pumps of brass for the ferry;
- lamps;
- flags.
"""


@pytest.mark.parametrize(
    ("limit", "items"),
    [
        ("items._OF_THE_LIST = 0.3", 4),
        ("items._OF_THE_LIST = 0.8", 2),
        ("items.LIST_MOST = 3", 2),
        ("lists._SINGLED_OUT = 0.15", 2),
    ],
)
def test_of_a_short_list_that_is_asked_for_no_item_is_left_out(ask: Ask, monkeypatch: pytest.MonkeyPatch, limit: str, items: int) -> None:
    """Where it has to do with the question, which singles none of the chosen items out."""
    name, value = limit.split(" = ")
    monkeypatch.setattr(f"askdivide.answering.{name}", float(value))
    told = [claim.text for claim in ask("Which tools can the crew of the ferry of Brannoch call by name?", TOOLS).claims]
    assert told[0] == "The ferry of Brannoch has tools which the crew can call by name."
    listed = ["saws of Gellin steel, by name;", "pumps of brass for the ferry;", "lamps;", "flags."]
    assert [text.rpartition(": ")[2] for text in told[1:]] == listed[:items]


def test_an_address_singles_no_item_out(ask: Ask) -> None:
    """What stands in it is no word of the item."""
    others = "".join(f"- {who} wear coats of linen.\n" for who in ("Pilots", "Cooks", "Clerks", "Divers", "Smiths"))
    text = f"# Coats\n\nAll of them wear coats:\n\n- Stokers wear [coats](https://example.org/ferry-of-brannoch) of wool.\n{others}"
    assert len(ask("Which coats do stokers and others of the ferry of Brannoch wear?", text).claims) == 6


class Marking:
    """A reader that takes the words given for answers, and doubts every sentence without them."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Reading]:
        return [Reading(tuple(self._sentence(text, *span) for span in spans), 1.0) for text, spans in passages]

    def _sentence(self, text: str, start: int, end: int) -> SentenceReading:
        place, word = next(((at, word) for word in self.words if (at := text.find(word, start, end)) >= 0), (start, ""))
        return SentenceReading(4.0 if word else -3.0, 4.0 if word else -8.0, (place, place + len(word)))


def test_the_same_fact_from_another_place_is_not_quoted_again(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Marking("1961"))
    answer = ask(
        "When was the toll lifted?",
        {
            "one.md": "# Tarn\n\nThe toll was lifted in 1961.\n",
            "two.md": "# Tarn\n\nCarts have crossed for nothing since 1961, when the toll was lifted by the mayor of Tarn at last.\n",
        },
    )
    assert [claim.text for claim in answer.claims] == ["The toll was lifted in 1961."]


@pytest.mark.parametrize(
    ("follows", "told"),
    [
        ("## Ports\n\nFog is thick.\n", ["The ferry of Brannoch has new ports."]),
        ("- Tarn\n- Gellin\n", ["The ferry of Brannoch has new ports. There she calls at: Tarn", "Gellin"]),
    ],
)
def test_what_opens_a_subject_comes_with_what_follows_unless_that_leads_to_nothing(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, follows: str, told: list[str]
) -> None:
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Marking())
    text = f"# Brannoch\n\nThe ferry of Brannoch has new ports. There she calls at:\n\n{follows}"
    assert [claim.text for claim in ask("Has the ferry of Brannoch new ports?", text).claims] == told


def test_that_there_is_none_is_not_the_same_fact(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Marking("full refund", "no refund"))
    text = "# Passes\n\nAn unused pass can be returned for a full refund. For a pass that was shown on board there is no refund.\n"
    answer = ask("Is there a full refund for a pass?", text)
    assert sorted(("full" in claim.text, "there is no" in claim.text) for claim in answer.claims) == [(False, True), (True, False)]


@pytest.mark.parametrize(("logit", "quoted"), [(-3.9, 2), (-4.1, 1)])
def test_what_the_reader_doubts_has_to_be_nearer_to_the_best_to_be_quoted(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, logit: float, quoted: int
) -> None:
    class Doubting(Marking):
        def _sentence(self, text: str, start: int, end: int) -> SentenceReading:
            seen = super()._sentence(text, start, end)
            return seen if seen.answers > 0 else replace(seen, answers=logit)

    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Doubting("1961"))
    # All is near enough, but for what is doubted.
    monkeypatch.setattr("askdivide.answering.quote._CLOSE", 50.0)
    text = "# Tarn\n\nThe toll was lifted in 1961. A baker named Orlo Venn had asked when the toll would end.\n"
    assert len(ask("When was the toll lifted?", text).claims) == quoted


def test_an_opening_that_the_reader_doubts_brings_the_sentence_behind_it(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# Tarn\n\nSources differ on when the toll was lifted. The mayor named 1961, his clerk a year before. Fog is thick.\n"
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Marking())
    both = "Sources differ on when the toll was lifted. The mayor named 1961, his clerk a year before."
    assert cited(ask("When was the toll lifted?", text))[0].quote == both
    # Within a paragraph, or where the reader is sure, it stands alone.
    monkeypatch.setattr("askdivide.answering.assistant.load_reader", lambda name, threads: Marking("lifted"))
    assert cited(ask("When was the toll lifted?", text))[0].quote == "Sources differ on when the toll was lifted."


def test_what_leads_to_a_list_is_told_once(ask: Ask) -> None:
    text = (
        "# Gifts\n\nWe take what works. We do not take:\n\n1. Gas heaters\n2. Child seats of cars\n\n## Hours\n\nWe are open on Monday.\n"
    )
    answer = ask("Do you take gas heaters?", text, sentences=3)
    assert answer.text.count("We do not take:") == 1
    assert "1." not in answer.text


def test_an_answer_of_an_interview_is_quoted_without_who_speaks(ask: Ask) -> None:
    text = "# Talk\n\n**Q: Did the insurance pay for the flood?**\n\nA: Not a penny came from the insurance.\n\nB is a letter.\n"
    answer = ask("Did the insurance pay for the flood?", text, sentences=1)
    assert answer.claims[0].text == "Not a penny came from the insurance."
    assert cited(answer)[0].heading == "Q: Did the insurance pay for the flood?"


FAQ = """# Library of things

## Can I join online?

No. We want to see you once. After that, everything can be booked online.

You can also write to us.

## Which things need an introduction?

- Chainsaw
- Tile cutter
- Carpet cleaner
- Sewing machine
- Drill with a stand

The introduction takes 20 minutes.

## Do you take donations?

Yes, if they work. We do not take:

1. Gas heaters
2. Child seats

## How does it work?

You come and we lend.
"""


@pytest.mark.parametrize(
    ("question", "claims"),
    [
        ("Can I join online?", ["No.", "We want to see you once.", "After that, everything can be booked online."]),
        ("Which things need an introduction?", ["Chainsaw", "Tile cutter", "Carpet cleaner", "Sewing machine", "Drill with a stand"]),
        ("Do you take donations?", ["Yes, if they work.", "We do not take:", "Gas heaters", "Child seats"]),
    ],
)
def test_below_a_heading_that_asks_the_question_stands_the_answer(ask: Ask, question: str, claims: list[str]) -> None:
    answer = ask(question, FAQ)
    assert [claim.text for claim in answer.claims] == claims
    assert answer.confidence >= 0.9
    assert not answer.notes


def test_a_heading_that_may_ask_of_anything_or_asks_something_else_decides_nothing(ask: Ask) -> None:
    assert ask("How does it work?", FAQ).confidence < 0.9
    assert ask("Which things need no introduction and no deposit?", FAQ).confidence < 0.9
    several = FAQ.replace("## Can I join online?\n\nNo.", "## Can I join online?\n\n| When | How |\n|---|---|\n| always | no |\n\nNo.")
    assert ask("Can I join online?", several).confidence < 0.9


def test_a_long_list_below_its_question_says_that_it_goes_on(ask: Ask) -> None:
    items = "".join(f"- Thing number {number}\n" for number in range(12))
    answer = ask("Which things need an introduction?", f"# Library\n\n## Which things need an introduction?\n\n{items}")
    assert len(answer.claims) == 8
    assert [note.kind for note in answer.notes] == ["shortened"]


def test_of_an_answer_nobody_sees_what_a_site_generator_or_a_browser_would_not_show(ask: Ask) -> None:
    text = (
        '# Docks\n\n{% image "quay.png" %}\n\n**The dock was [dug by\nhand]({{ "/dug" | url }}) in 1871. It&#8217;s deep.**\n\n'
        '<p class="note">The <em>crane</em> came later.</p>\n'
    )
    answer = ask("When was the dock dug by hand?", text, sentences=1)
    assert answer.claims[0].text == "The dock was dug by hand in 1871."
    assert cited(answer)[0].quote == '**The dock was [dug by\nhand]({{ "/dug" | url }}) in 1871.'
    assert ask("What came later?", text, sentences=1).claims[0].text == "The crane came later."


def test_code_is_quoted_as_it_stands_and_not_beside_a_sentence(ask: Ask) -> None:
    assert ask("Which port?", "# Port\n\n```sh\nport --start **now** __name__\n```\n").claims[0].text == "port --start **now** __name__"
    text = "# Port\n\nBy the watch, as since the flood, the port is stopped at night.\n\n{}port --stopped --force --verbose --dry{}\n"
    assert ["--stopped" in claim.text for claim in ask("When is the port stopped?", text.format("", "")).claims] == [False, True]
    code = ask("When is the port stopped?", text.format("```sh\n", "\n```"))
    assert [claim.text for claim in code.claims] == ["By the watch, as since the flood, the port is stopped at night."]
    bell = "# Port\n\nA bell tells everybody in the port that work stops at night.\n\n{}port stops at night{}\n"
    assert ask("What stops at night in the port?", bell.format("", "")).claims[0].text == "port stops at night"
    assert ask("What stops at night in the port?", bell.format("```sh\n", "\n```")).claims[0].text.startswith("A bell tells")


TALK = """# The ferry hour

**Ada Moor:** Welcome back. Today we talk of the steam ferry.

**Tor Vandel:** Thank you. I began as a stoker on the ferry in 1984.

The smoke blackened every shirt of the stokers. Soot killed the gardens of Brevik.

**Ada Moor:** And now? Do the batteries hum?

**Tor Vandel:** Now the ferry runs on batteries. The batteries came from Sundal in a barge.
"""


def test_who_speaks_is_told_where_the_words_do_not(ask: Ask) -> None:
    answer = ask("What did the smoke do to the shirts of the stokers and the gardens of Brevik?", TALK)
    assert [claim.text for claim in answer.claims] == [
        "[Tor Vandel] The smoke blackened every shirt of the stokers.",
        "Soot killed the gardens of Brevik.",
    ]
    assert cited(answer)[0].quote == "The smoke blackened every shirt of the stokers."
    assert ask("What does the ferry run on now?", TALK).claims[0].text.startswith("Tor Vandel: Now the ferry runs on batteries.")


def test_what_a_person_says_is_found_by_their_name(ask: Ask) -> None:
    other = TALK.replace("Tor Vandel", "Mia Holt").replace("1984", "1999").replace("# The ferry hour", "# The boat hour")
    for name, year in (("Vandel", "1984"), ("Holt", "1999")):
        answer = ask(f"When did {name} begin as a stoker?", {"a.md": TALK, "b.md": other})
        assert year in answer.claims[0].text


def test_who_speaks_is_told_again_where_another_article_goes_on(ask: Ask) -> None:
    other = """# On orchards

**Lea Brandt:** Which trees were lost in the valley? I remember the pears.

**Tor Vandel:** All but eleven. The smoke of Brevik killed many apple trees.

**Lea Brandt:** Who pruned the rest of them? Somebody must have.

**Tor Vandel:** My aunt did, on Sundays. She had a saw from Gellin.
"""
    talk = TALK.replace(
        "The smoke blackened every shirt of the stokers. Soot killed the gardens of Brevik.", "The smoke of Brevik blackened every shirt."
    )
    answer = ask("What did the smoke of Brevik do?", {"a.md": talk, "b.md": other})
    assert sorted(claim.text for claim in answer.claims) == [
        "[Tor Vandel] The smoke of Brevik blackened every shirt.",
        "[Tor Vandel] The smoke of Brevik killed many apple trees.",
    ]
