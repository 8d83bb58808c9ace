from pathlib import Path

import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read
from askdivide.records import Document

COPIED = """Home > Country life > Fruit

The last pear orchards of Lindqvist Valley

By Petra J. Holm

Published 14 May 2022 at 10:15

6 min read

Only eleven pear orchards are left in Lindqvist Valley. In 1950 there were 340 of them.

Photo: Pears in a basket. Picture: Ann Lee

“We sold the land because nobody bought pears”

Why they vanished

A late frost in April 1985 killed two thirds of the trees. Their owners sold the land.

Share this article

What is grown now?

The Amber Bell ripens in October and keeps until March.

Comments (12)
"""


def article(text: str, path: str = "pear-orchards_2022.txt") -> Document:
    return read(path, text.encode())


def parts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def sentences(document: Document) -> list[str]:
    chunks = chunk(document, limit=60, count_tokens=lambda texts: [len(text.split()) for text in texts])
    return [document.text[sentence.start : sentence.end] for piece in chunks for sentence in piece.sentences]


def test_only_what_the_article_says_becomes_a_sentence() -> None:
    document = article(COPIED)
    assert (document.title, document.published) == ("The last pear orchards of Lindqvist Valley", "2022-05-14")
    assert sentences(document) == [
        "Only eleven pear orchards are left in Lindqvist Valley.",
        "In 1950 there were 340 of them.",
        "Photo: Pears in a basket.",
        "Picture: Ann Lee",
        "“We sold the land because nobody bought pears”",
        "A late frost in April 1985 killed two thirds of the trees.",
        "Their owners sold the land.",
        "The Amber Bell ripens in October and keeps until March.",
    ]
    assert [text for kind, text in parts(document) if kind == "heading"] == [document.title, "Why they vanished", "What is grown now?"]
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2, 2]


def test_the_same_with_crlf_bom_and_no_blank_lines_at_the_top(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    top, rest = COPIED.split("6 min read\n\n")
    file.write_bytes(("\ufeff" + top.replace("\n\n", "\n") + "6 min read\n\n" + rest).replace("\n", "\r\n").encode())
    document = read("a.txt", file.read_bytes())
    opened = file.read_text(encoding="utf-8")
    assert document.title == "The last pear orchards of Lindqvist Valley"
    assert [opened[block.start : block.end] for block in document.blocks if block.kind == "text"][0].startswith("Only eleven")
    assert sentences(document) == sentences(article(COPIED))


def test_a_first_sentence_with_a_date_stays() -> None:
    assert sentences(article("The bridge\n\nOn 14 March 2024 the town got its bridge back.\n")) == [
        "On 14 March 2024 the town got its bridge back."
    ]


def test_a_file_without_any_title_is_named_after_its_file() -> None:
    document = article("There were 340 orchards in 1950, and nobody counted them again.\n\nA part\n\nMore text follows here.\n")
    assert document.title == "pear orchards 2022"
    assert document.published is None
    assert parts(document)[1] == ("heading", "A part")


def test_a_heading_that_only_comes_later_is_no_title() -> None:
    assert article("first words in lower case\n\nA part\n\nMore text.\n").title == "pear orchards 2022"


def test_hard_wrapped_paragraphs_are_put_together() -> None:
    document = article(
        """The orchards of the valley

Only eleven pear orchards are left in Lindqvist Valley, and the
oldest of them was planted in 1903 by a retired sea captain. In
1950 there were 340 of them, all along the river.

Owners who gave up in those years say that nobody would pay for
pears, that the frost of 1985 killed two thirds of the trees, and
that gravel was worth more than fruit to everybody but the birds.

- The Amber Bell ripens in October and keeps until the end of
  March in a cool cellar.
- The Green Duchess does not.

They sold the land
to a gravel company, which closed down nine years later for good.
"""
    )
    assert parts(document) == [
        ("heading", "The orchards of the valley"),
        ("text", document.text[document.text.index("Only") : document.text.index("\n\nOwners")]),
        ("text", document.text[document.text.index("Owners") : document.text.index("\n\n- The")]),
        ("item", "The Amber Bell ripens in October and keeps until the end of\n  March in a cool cellar."),
        ("item", "The Green Duchess does not."),
        ("text", "They sold the land\nto a gravel company, which closed down nine years later for good."),
    ]
    assert sentences(document)[1] == "In\n1950 there were 340 of them, all along the river."


def test_lines_of_a_file_that_is_not_wrapped_stand_alone() -> None:
    document = article(
        "Valley\nThe first paragraph is one line.\nThe second is another, and it is longer than the first one is.\nEnd of it.\n"
    )
    assert parts(document)[1:] == [
        ("text", "The first paragraph is one line."),
        ("text", "The second is another, and it is longer than the first one is."),
        ("text", "End of it."),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        ["Year\tShips", "2021\t388", "2022\t397"],
        ["Year  Ships", "2021    388", "2022    397"],
        ["| Year | Ships |", "|------|-------|", "| 2021 | 388 |"],
        ["Year\tShips", "", "2021\t388", "", "2022\t397"],
    ],
    ids=["tabs", "spaces", "bars", "blank lines between"],
)
def test_tables_are_seen_by_their_columns(rows: list[str]) -> None:
    table = "\n".join(rows)
    document = article(f"The harbour\n\nThe ships were counted each year.\n\n{table}\n\nNobody counted the boats.\n")
    assert parts(document)[2:] == [("table", table), ("text", "Nobody counted the boats.")]
    assert sentences(document)[1:-1] == [row for row in rows[1:] if row and "--" not in row]


def test_two_spaces_after_a_full_stop_make_no_table() -> None:
    document = article("Harbour\n\nOne ship came.  It was large.\nTwo ships left.  They were small.\n")
    assert [kind for kind, _ in parts(document)] == ["heading", "text", "text"]


def test_numbered_bulleted_and_unmarked_lists() -> None:
    document = article(
        "Plans\n\nThere are plans.\n\n1. A dock\n2) A silo\n(3) A park\n\n• A crane\n– A shed\na) A gate\n\nBought in 2020\n\nTea\nSalt\nRope\nTar\n\nThat was all.\n"
    )
    assert [text for kind, text in parts(document) if kind == "item"] == [
        "A dock", "A silo", "A park", "A crane", "A shed", "A gate", "Bought in 2020", "Tea", "Salt", "Rope"
    ]  # fmt: skip


@pytest.mark.parametrize("rule", ["=====", "* * *", "—————", "\u200b", "\u3000", "~~~ ~~~"])
def test_rules_and_invisible_lines_are_neither_titles_nor_headings(rule: str) -> None:
    document = article(f"{rule}\n\nThe harbour\n{rule}\n\nShips came and went.\n\n{rule}\n\nThat was all.\n")
    assert document.title == "The harbour"
    assert [part for part in parts(document) if part[0] != "noise"] == [
        ("heading", "The harbour"),
        ("text", "Ships came and went."),
        ("text", "That was all."),
    ]


def test_an_underlined_title_of_a_wrapped_file() -> None:
    title = "How the harbour of Ostrava Bay was founded"
    line = "The harbour was founded in 1871 by the engineer Milena Duras,\n"
    document = article(f"{title}\n{'=' * len(title)}\n\n{line * 4}who died.\n")
    assert document.title == title


def test_chinese_paragraphs_begin_after_their_indent() -> None:
    document = article("模型开源\n\n\u3000\u3000模型已经开源。价格很低。\n", "模型.txt")
    assert parts(document) == [("heading", "模型开源"), ("text", "模型已经开源。价格很低。")]


@pytest.mark.parametrize("text", ["A title\n", "A title\n\nShare this article\n", "14 March 2024\n", "***\n"])
def test_a_file_without_a_paragraph_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableDocument, match="has no paragraph of text; add one or remove it"):
        article(text)


def test_captions_in_brackets_and_dates_below_a_standfirst_head_no_section() -> None:
    document = article(
        "The last keeper\n\nFor thirty-one years Amos kept the light at Gull Rock, and now he keeps its visitors.\n\n"
        "By Lucinda Farr, Northern Post\n\nPublished 9 August 2024\n\nThe stairs have 167 steps, and Amos climbs them faster than anybody.\n\n"
        "[Photo: Amos in the lantern room. Picture: Jo Sandeman]\n\nHe retired in 2019.\n"
    )
    assert document.published == "2024-08-09"
    assert [document.text[block.start : block.end] for block in document.blocks if block.kind == "heading"] == ["The last keeper"]


def test_a_title_with_a_date_is_a_title() -> None:
    document = article("Ostrava, 7 July 1945\n\nThe harbour was bombed in the morning.\n")
    assert (document.title, document.published) == ("Ostrava, 7 July 1945", None)


def test_lines_above_the_first_paragraph_tell_who_wrote_it_when_and_of_what() -> None:
    document = article(
        "Women's League\nVale 3-2 Ashcombe\nSat 18 Oct 2025, Mill Road, att: 4,118\n\nLATE SHOW SENDS VALE TOP\n\nSam Pickering at Mill Road\n\n"
        "Two goals in stoppage time turned a match that Vale had seemed to have thrown away.\n\nThe second half\n\nThen it changed.\n"
    )
    assert (document.title, document.published) == ("LATE SHOW SENDS VALE TOP", "2025-10-18")
    kinds = {document.text[block.start : block.end]: block.kind for block in document.blocks}
    assert kinds["Sam Pickering at Mill Road"] == "noise"
    assert kinds["Vale 3-2 Ashcombe"] == "item"
    assert kinds["The second half"] == "heading"


def test_writer_and_paper_above_a_day_head_no_section() -> None:
    document = article(
        "Boil notice for 9,000 homes after bug found\n\nCallum Rennie\nNorthern Herald\n11 June 2024\n\n"
        "About 9,000 households have been told to boil their water after a parasite was found in a reservoir.\n"
    )
    assert (document.title, document.published) == ("Boil notice for 9,000 homes after bug found", "2024-06-11")
    assert [block.kind for block in document.blocks] == ["heading", "noise", "noise", "noise", "text"]


def test_a_first_section_is_no_writer() -> None:
    document = article(
        "The life of a bell founder\n\nHow she brought back a lost craft\n\nEarly Life\n\n"
        "She was born in a small town in Normandy, where her father repaired clocks.\n"
    )
    assert [document.text[block.start : block.end] for block in document.blocks if block.kind == "heading"][-1] == "Early Life"


def test_titles_of_other_articles_at_the_end_are_not_of_this_one() -> None:
    text = "Ferry maker cuts its outlook\n\nShares fell as much as 14 per cent on Thursday, after the company had cut its outlook.\n\n"
    last = "The union said that its members should not pay for mistakes that others had made.\n"
    document = article(f"{text}Related\n\nCan the grid keep up?\n\nVoltara delays its plant again\n\nWhat the union says\n\n{last}")
    kinds = {document.text[block.start : block.end]: block.kind for block in document.blocks}
    assert kinds["Can the grid keep up?"] == kinds["Voltara delays its plant again"] == "noise"
    assert (kinds["What the union says"], kinds[last.strip()]) == ("heading", "text")
    ended = article(f"{text}{last}\nMost read\n\nCan the grid keep up?\n\nVoltara delays its plant again\n")
    assert [block.kind for block in ended.blocks] == ["heading", "text", "text", "noise", "noise", "noise"]
