import random
from dataclasses import replace

import pytest

from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read
from askdivide.ingestion.readers.marked import is_markdown
from askdivide.records import Document

PROSE = "The harbour of Ostrava Bay was founded in 1871 by Milena Duras."


def said(document: Document) -> list[str]:
    chunks = chunk(document, limit=60, count_tokens=lambda texts: [len(text.split()) for text in texts])
    return [piece.said(sentence.start, sentence.end) for piece in chunks for sentence in piece.sentences]


@pytest.mark.parametrize(
    "text",
    [
        f"## The harbour\n\n{PROSE}\n\nIt has **three** basins and [one dock](https://example.org/dock).\n",
        f"{PROSE}\n\n## Basins\n\n{PROSE}\n\n## Docks\n{PROSE}\n\n## Cranes\n\n{PROSE}\n\n## Ships\n\n{PROSE}\n",
        "".join(f"See [part {n}](https://example.org/{n}) of it.\n\n" for n in range(4)),
        f"**Ann:** {PROSE}\n\n**Bo:** {PROSE}\n\n**Ann:** {PROSE}\n\n**Bo:** {PROSE}\n",
        f"# The harbour\n\n{PROSE}\n\n| Year | Ships |\n|---|---:|\n| 2021 | 388 |\n\n```\nrun()\n```\n",
        f"# The harbour\n\n[[Ostrava]] has it, by [[Milena Duras]].\n\n{PROSE}\n",
        f"# 港口\n\n这个港口于一八七一年由米莱娜·杜拉斯在湾的北岸建成，有三个船坞。\n\n它有**三个**船坞，**很大**。\n\n{PROSE}\n",
        f"---\ntitle: The harbour\ndate: 2024-03-01\n---\n\n{PROSE}\n",
        f"+++\ntitle = 'The harbour'\n+++\n\n{PROSE}\n",
    ],
    ids=["kinds", "headings", "links", "bold", "table and code", "wiki links", "chinese", "yaml", "toml"],
)
def test_a_text_that_is_markdown_is_read_as_such(text: str) -> None:
    document = read("harbour.txt", text.encode())
    assert document.markup
    assert document == replace(read("harbour.md", text.encode()), path="harbour.txt")
    assert not any(mark in " ".join(said(document)) for mark in ("**", "](", "[[", "---", "```"))


@pytest.mark.parametrize(
    "text",
    [
        f"Prices*\n\n{PROSE}\n\n* A dock ** and a half\n* Not **yet** open\n\n*** New! ***\n\nWe saw it **there** and then.\n\n* Without tax\n",
        (
            "From: Ann Lee <ann@example.org>\nTo: Bo Roe <bo@example.org>\nSubject: Docks\n\n> > Is it *open*?\n> Yes, see [1] and <https://example.org>.\n\n"
            f"# 1 is closed. {PROSE}\n\n| a | b |\n| 1 | 2 |\n\n[1] https://example.org/docks\n\n-- \nAnn\n\n---\n"
        ),
        f"---\nFrom: Ann Lee\nDate: 2024-03-01\n---\n\n{PROSE}\n",
        (
            "# Adds up what the years hold\n\ndef total(years, **given):\n    return sum(year ** 2 for year in years)\n\n\n# The rest\n\nx = [a](b)\n\n"
            "# Ends it\ny = total(x, **x)\n\n# Says so\n\nprint(y)\n"
        ),
        "#!/bin/sh\n\n# Where the ships are. All of them are counted there.\n\nif [[ -f ships ]]; then\n  echo **ships**\nfi\n",
        (
            "/**\n * # Ships\n *\n * **Counts** the **ships** of [all](https://example.org) **docks**, see [it](https://example.org/it) and [[Dock]].\n */\n"
            '#include "ships.h"\n\nint count(char **ships) { return 1; }\n'
        ),
        f"Docks\n=====\n\n.. note:: **Mind** the **tide**, **always**, and the **wind**.\n\n{PROSE}\n",
        (
            f"The harbour\n\n{PROSE}\n\n| Year | Ships |\n|------|-------|\n| 2021 | 388 |\n| 2022 | 397 |\n\nA second one:\n\n| Year | Boats |\n|---|---|\n| 2021 | 3 |\n\n"
            "| Year | Rafts |\n|---|---|\n| 2021 | 5 |\n\n| Year | Floats |\n|---|---|\n| 2021 | 5 |\n"
        ),
        f"[[bin]]\nname = 'ships'\n\n[[bin]]\nname = 'docks'\n\n# {PROSE}\n\n[[test]]\nname = 'a'\n",
        f"# Server\n\nport = 80\n\n# Log\n\nlevel = 2\n\n# Paths\n\nroot = /\n\n# Users\n\nmost = 4\n\n{PROSE}\n",
        f"---\ntitle: [unclosed\n---\n\n{PROSE}\n",
    ],
    ids=["asterisks", "mail", "mail between rules", "program", "shell", "comments", "restructured", "tables", "toml", "settings", "broken"],
)
def test_a_text_with_some_signs_stays_plain(text: str) -> None:
    assert not is_markdown(text)
    assert not read("harbour.txt", text.encode()).markup


def test_what_stands_above_its_marks_is_seen_as_in_any_text() -> None:
    below = f"**{PROSE}**\n\n## Basins\n\nIt has **three** of [them](https://example.org).\n"
    document = read("a.txt", f"The old harbour\n2024-03-01\n\nBy Ann Lee\n\n{below}".encode())
    assert (document.title, document.published, document.markup) == ("The old harbour", "2024-03-01", True)
    assert [block.kind for block in document.blocks] == ["heading", "noise", "noise", "text", "heading", "text"]
    assert said(document) == [PROSE, "It has three of them."]
    lower = read("a.txt", f"\ufeffnot much happened here\n2024-03-01\n\n{below}".encode())
    assert (lower.published, [block.kind for block in lower.blocks[:2]]) == ("2024-03-01", ["text", "noise"])
    bare = read("a.txt", f"{PROSE}\n\n{below}".encode())
    assert (bare.title, bare.published, bare.blocks[0].kind) == ("Basins", None, "text")


def test_a_text_that_cannot_be_read_as_markdown_is_read_as_text() -> None:
    text = f"---\ntitle: The harbour\ndate: soon\n---\n\n{PROSE}\n"
    assert is_markdown(text)
    assert PROSE in said(read("a.txt", text.encode()))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "run",
    ["[", "[[a", "[a](https://a", "**a ", "**", "|--", "|-|", "# a\n\n", "```\n", "~~~ a\n```", "`", " :- |", "[[a]", "#" * 9, "//", "\n"],
)
def test_what_it_takes_to_tell_is_in_proportion(run: str) -> None:
    is_markdown(run * 200_000)
    lines = [run * random.Random(1).randrange(1, 900) for _ in range(2000)]
    is_markdown("\n".join(lines))
