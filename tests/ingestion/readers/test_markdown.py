from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read
from askdivide.records import Document
from askdivide.text.plain import plain

BODY = "\nThe harbour was founded in 1871.\n"


def article(text: str, path: str = "some/old-harbour_story.md") -> Document:
    return read(path, text.encode())


def parts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_front_matter_says_what_the_article_is() -> None:
    document = article(
        "---\ntitle: The  harbour\ndate: 2024-03-01\nsource: Bay Courier\nurl: https://example.org/h\ntags: [ships, Docks, ships]\n---\n"
        + BODY
    )
    assert (document.title, document.published, document.source) == ("The harbour", "2024-03-01", "Bay Courier")
    assert (document.url, document.tags, document.markup) == ("https://example.org/h", ("ships", "Docks"), True)
    assert parts(document) == [("text", "The harbour was founded in 1871.")]


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("Title: Upper case", "title", "Upper case"),
        ("title: 1984", "title", "1984"),
        ("published: 2024-03-01", "published", "2024-03-01"),
        ("pubdate: 1 March 2024", "published", "2024-03-01"),
        ("publication_date: 2024-03", "published", "2024-03"),
        ("publisher: Bay Courier", "source", "Bay Courier"),
        ("site: baycourier.example", "source", "baycourier.example"),
        ("link: https://example.org", "url", "https://example.org"),
        ("keywords: ships, docks ,", "tags", ("ships", "docks")),
        ("tags: ships", "tags", ("ships",)),
        ("tags:\n  - 2024\n  - ships\n  - [no]", "tags", ("2024", "ships")),
        ("date: 2024-03-01T23:30:00Z", "published", "2024-03-01"),
        ("date: 2024-03-01 23:30:00", "published", "2024-03-01"),
        ('date: "March 1, 2024"', "published", "2024-03-01"),
        ("date: 2024", "published", "2024"),
        ("published: false", "published", None),
        ("published: true\ndate: 2024-03-01", "published", "2024-03-01"),
        ("publishDate: 2024-03-01", "published", "2024-03-01"),
        ("permalink: /news/2024/03/01/harbour/", "published", "2024-03-01"),
        ("canonical_url: https://example.org/2024/03/harbour", "published", "2024-03"),
        ("date: 2024年3月1日", "published", "2024-03-01"),
        ("date:", "published", None),
        ("title: [a, list]", "title", "old harbour story"),
        ("source: true", "source", None),
        ("other: thing", "published", None),
    ],
)
def test_fields_under_other_names_and_of_other_types(line: str, field: str, expected: Any) -> None:
    assert getattr(article(f"---\n{line}\n---\n{BODY}"), field) == expected


def test_front_matter_in_toml_says_the_same() -> None:
    document = article(
        """+++
title = 'The  harbour'
Date = 2024-03-01T10:00:00+01:00
source = "Bay Courier"
url = "https://example.org/h"
tags = ["ships", "Docks", "ships"]
draft = false
[params]
weight = 3
+++
"""
        + BODY
    )
    assert (document.title, document.published, document.source) == ("The harbour", "2024-03-01", "Bay Courier")
    assert (document.url, document.tags, document.markup) == ("https://example.org/h", ("ships", "Docks"), True)
    assert parts(document) == [("text", "The harbour was founded in 1871.")]
    assert article("+++\n+++\n" + BODY).text.endswith("1871.\n")
    assert parts(article("\ufeff+++ \n# nothing set\n+++\t\n" + BODY)) == [("text", "The harbour was founded in 1871.")]
    assert parts(article("+++\nMore and more.\n"))[0][0] == "text"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("front", "reason"),
    [
        (
            'title = "x"\ndate: y\n',
            r"its front matter is not valid TOML \(line 3\): Expected '=' after a key in a key/value pair; correct it",
        ),
        ('title = "unclosed\n', r"its front matter is not valid TOML \(line 2\): Illegal character"),
        ("date = 2024-02-30\n", r"not valid TOML"),
        ("date = 2024-13-01\n", r"not valid TOML"),
        ('date = "soon"\n', r"its front matter has date: 'soon', which is no date; write it as 2025-01-31"),
        ("date = ['2024-03-01']\n", r"has date: a list or fields, which is no date"),
        ('title = "' + "x" * 70_000 + '"\n', r"its front matter is longer than 64 kB"),
        ("a = " + "[" * 60_000 + "\n", r"not valid TOML: RecursionError; correct it"),
        ("a = " + "[" * 30 + "]" * 30 + "\n", r"is nested more than 20 deep; simplify it"),
        (".".join("a" * 30) + " = 1\n", r"is nested more than 20 deep; simplify it"),
        (".".join("a" * 32_000) + " = 1\n", r"is nested more than 20 deep; simplify it"),
        ("a = " + "9" * 60_000 + "\n", r"not valid TOML"),
    ],
)
def test_broken_front_matter_in_toml_says_where_and_what_to_do(front: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        article(f"+++\n{front}+++\n{BODY}")
    assert len(str(caught.value)) < 250


def test_an_article_without_front_matter_has_a_title_all_the_same() -> None:
    assert article("Before.\n\n## Part\n\n# The *real* `title`\n\nText.").title == "The real title"
    assert article("The harbour\nof the bay\n===\n\nText.").title == "The harbour of the bay"
    assert article("Just text.").title == "old harbour story"
    assert article("Just text.").published is None


@pytest.mark.parametrize("opening", ["---\n---\n", "---\n# nothing set\n---\n", "---\n...\n", "\n---\n\n", "---   \ntags: []\n---\t\n"])
def test_empty_front_matter_and_rules_leave_the_text(opening: str) -> None:
    assert parts(article(opening + BODY)) == [("text", "The harbour was founded in 1871.")]


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("title: [unclosed\n", r"its front matter is not valid YAML \(line \d\): .*; correct it"),
        ("title: a: b\n", r"its front matter is not valid YAML \(line 2\): mapping values are not allowed"),
        ("title: x\n\tdate: y\n", r"not valid YAML"),
        ("- a\n- b\n", r"its front matter is not made of fields such as title: \.\.\.; correct it"),
        ("just words\n", r"not made of fields"),
        ("date: soon\n", r"its front matter has date: 'soon', which is no date; write it as 2025-01-31"),
        ("date: [2024-03-01]\n", r"has date: a list or fields, which is no date"),
        ("date: 20241301\n", r"has date: 20241301, which is no date"),
        ("date: 2024-02-30\n", r"not valid YAML: day is out of range for month; correct it"),
        ("published: soon\n", r"has published: .*, which is no date"),
        ("title: " + "x" * 70_000 + "\n", r"its front matter is longer than 64 kB"),
        ("title: !!python/object/apply:os.system [true]\n", r"not valid YAML"),
    ],
)
def test_broken_front_matter_says_where_and_what_to_do(front: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        article(f"---\n{front}---\n{BODY}")


def test_front_matter_never_closed() -> None:
    with pytest.raises(UnreadableDocument, match="its front matter has no closing line ---; add it"):
        article("---\ntitle: Harbour\n" + BODY)
    with pytest.raises(UnreadableDocument, match=r"its front matter has no closing line \+\+\+; add it"):
        article("+++\ntitle = 'Harbour'\n" + BODY)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "front",
    [
        "title: " + "[" * 60_000,
        "title: " + "{a: " * 15_000,
        "a: &a [x, x, x, x, x, x, x, x]\n"
        + "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 8)}]" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True))
        + "\ndate: *l",
    ],
    ids=["lists", "mappings", "many laughs"],
)
def test_hostile_front_matter_is_refused_at_once(front: str) -> None:
    with pytest.raises(UnreadableDocument):
        article(f"---\n{front}\n---\n{BODY}")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("run", ["[a](b", "[a](b) ", "<a b>c", "<a b><b>", "[[a]", "![[", "**b ", "> ", "- ", "|", "<!-", "`", "*_"])
def test_hostile_text_takes_time_in_proportion(run: str) -> None:
    document = article("Some text.\n\n" + run * 20_000)
    assert parts(document)[0] == ("text", "Some text.")


@pytest.mark.timeout(20)
def test_hostile_tables_take_neither_memory_nor_time() -> None:
    rows = "<tr>" + "<td colspan=999 rowspan=999>x" * 8000 + "</tr>" + "<tr><td>y</td></tr>" * 500
    document = article(f"Some text.\n\n<table>{rows}</table>\n")
    assert sum(len(piece.sentences) for piece in chunk(document, limit=200, count_tokens=lambda texts: [1] * len(texts))) == 501


def test_blocks_are_what_a_reader_of_the_page_sees() -> None:
    document = article(
        """# The harbour #

First paragraph,
in two lines.

Setext *heading*
----------------

1. one
2. two
   - nested

     more of it
   - [ ] deep

> quoted
> twice
>
> - inside

| Year | Ships |
|---|---:|
| 2021 | 388 |

```python
x = 1
```

    indented()

***

[target]: https://example.org

<!-- a comment
over lines -->

<div>raw</div>

###### Small
"""
    )
    assert parts(document) == [
        ("heading", "The harbour"),
        ("text", "First paragraph,\nin two lines."),
        ("heading", "Setext *heading*"),
        ("item", "one"),
        ("item", "two"),
        ("item", "nested"),
        ("item", "more of it"),
        ("item", "[ ] deep"),
        ("text", "quoted\n> twice"),
        ("item", "inside"),
        ("table", "| Year | Ships |\n|---|---:|\n| 2021 | 388 |"),
        ("code", "```python\nx = 1\n```"),
        ("code", "indented()"),
        ("noise", "<!-- a comment\nover lines -->"),
        ("text", "<div>raw</div>"),
        ("heading", "Small"),
    ]
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2, 6]


def test_copied_furniture_is_marked_and_its_date_kept() -> None:
    document = article(
        "# Rails\n\nHome > Nature\n\nBy J. R. Holm\n\n14 March 2024\n\n[Share](https://example.org/share)\n\nThe rails are back.\n"
    )
    assert parts(document)[-1] == ("text", "The rails are back.")
    assert {kind for kind, _ in parts(document)[1:-1]} == {"noise"}
    assert document.published == "2024-03-14"


@pytest.mark.parametrize(
    "paragraph",
    [
        "[Paper](https://example.org/a_(b)) | [Demo](demo.md)",
        '**[Paper][paper]** · [Demo](demo.md "A demo") • 🤗 [Weights](w.md)',
        "[Paper](a.md) ｜ [Demo](b.md)\n[Weights](c.md)",
        "[![Build](a.svg)](b) [![Licence](c.svg)](d)",
        "![Build](a.svg)\n![Licence](c.svg)",
        '<a href="a.md"><b>Paper</b></a>&nbsp&nbsp | &nbsp&nbsp📑 <a href="b.md">Demo</a>',
        '<p align="center">\n  💜 <a href="a.md">Paper</a> |\n  <a href="b.md"><img src="b.svg"> Demo</a><br>\n</p>',
        '<div><a href="a"><img src="a.svg"/></a></div><p><a href="b">Paper</a> | <a href="c">Demo</a></p>',
        "Source: [Bay Courier](a.md)",
        "**Sources:** [Bay Courier](a.md), [Ostrava Post](b.md)",
        "*via*: [Ann](a.md)",
    ],
)
def test_a_paragraph_of_links_or_badges_is_furniture(paragraph: str) -> None:
    document = article(f"# The crane\n\nIt lifts.\n\nIt swings.\n\n{paragraph}\n\nIt turns.\n\n[paper]: p.md\n")
    assert parts(document)[3:] == [("noise", paragraph), ("text", "It turns.")]


@pytest.mark.parametrize(
    "paragraph",
    [
        "[The annual report of the harbour](report.md)",
        "![The quay at noon](quay.jpg)",
        "[Paper](a.md) and [Demo](b.md)",
        "[Ann Lee](a.md), [Bo Roe](b.md)",
        "[Paper](a.md) | 2024",
        "Source: the harbour's [report](a.md)",
        "Sources: none",
        '<p><a href="a.md">The first goal</a></p><p><a href="b.md">The second goal</a></p>',
        "[Paper](a.md) | [Demo](b.md",
    ],
)
def test_a_single_link_and_links_among_words_stay(paragraph: str) -> None:
    assert parts(article(f"# The crane\n\nIt lifts.\n\nIt turns.\n\n{paragraph}\n"))[3:] == [("text", paragraph)]


@pytest.mark.parametrize(
    "paragraph",
    [
        '<p align="center"><img src="a.png"><img src="b.png"></p>',
        '<div>\n  <a href="a"><img alt="Build" src="a.svg"/></a>\n  <a href="b"><img alt="Chat" src="b.svg"/></a>\n</div>',
        "</details>",
    ],
)
def test_tags_without_words_are_no_paragraph(paragraph: str) -> None:
    assert parts(article(f"# The crane\n\nIt lifts.\n\n{paragraph}\n"))[1:] == [("text", "It lifts.")]


def test_notes_links_are_words_and_what_they_put_there_is_none() -> None:
    document = article(
        "# [[Docks|The docks]]\n\nSee [[Ostrava#Quays|the quays]].\n\n![[quay.png]]\n![[Plan.pdf|300]]\n\n- ![[a.mp3]]\n\n![[Prices]]\n\n"
        "| Dock | Depth |\n|---|---|\n| [[East dock\\|East]] | 9 m |\n\n    [[ code ]] [[a|b]]\n"
    )
    assert document.title == "The docks"
    assert [kind for kind, _ in parts(document)] == ["heading", "text", "noise", "noise", "text", "table", "code"]
    chunks = chunk(document, limit=60, count_tokens=lambda texts: [len(text.split()) for text in texts])
    said = [" ".join(piece.said(one.start, one.end).split()) for piece in chunks for one in piece.sentences]
    assert said == ["See the quays.", "Prices", "| East | 9 m |", "[[ code ]] [[a|b]]"]
    with pytest.raises(UnreadableDocument, match="has no text"):
        article("# Docks\n\n![[quay.png]]\n")


def test_a_list_of_links_stays() -> None:
    assert [kind for kind, _ in parts(article("It lifts.\n\nIt turns.\n\n- [Paper](a.md) | [Demo](b.md)\n"))] == ["text", "text", "item"]


def test_a_first_sentence_with_a_date_stays() -> None:
    document = article("# Rails\n\nOn 14 March 2024 the rails came back.\n")
    assert parts(document)[-1] == ("text", "On 14 March 2024 the rails came back.")


def test_an_article_of_headings_only_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match="has no text below its front matter and headings"):
        article("---\ntitle: x\n---\n# One\n\n## Two\n\n<!-- three -->\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("front", ["", "---\ntitle: Ü\n---\n"], ids=["bare", "front"])
def test_spans_are_those_of_the_file_as_open_reads_it(tmp_path: Path, newline: str, bom: str, front: str) -> None:
    text = f"{bom}{front}# Ünïcode 标题\n\nFirst 段落 𝔘.\n\n- item é\n\n| a | b |\n|---|---|\n| ü | 1 |\n"
    file = tmp_path / "a.md"
    file.write_bytes(text.replace("\n", newline).encode())
    document = read("a.md", file.read_bytes())
    opened = file.read_text(encoding="utf-8")
    assert [opened[block.start : block.end] for block in document.blocks] == [
        "Ünïcode 标题",
        "First 段落 𝔘.",
        "item é",
        "| a | b |\n|---|---|\n| ü | 1 |",
    ]
    assert document.title == ("Ü" if front else "Ünïcode 标题")


def test_a_line_in_bold_above_a_paragraph_is_a_heading() -> None:
    document = article(
        "# News\n\nIt opened.\n\n**About the harbour**\n\nIt has **three** basins.\n\n__4. Any other business__\n\n- None\n\n"
        "**It was closed again.**\n\n**Only four words here**\n\n**Signed**\n"
    )
    assert parts(document)[2:] == [
        ("heading", "**About the harbour**"),
        ("text", "It has **three** basins."),
        ("heading", "__4. Any other business__"),
        ("item", "None"),
        ("text", "**It was closed again.**"),
        ("text", "**Only four words here**"),
        ("text", "**Signed**"),
    ]
    assert document.title == "News"


def test_the_first_of_several_sections_names_no_article() -> None:
    for first in ("1. Introduction", "Introduction", "I. The harbour"):
        assert article(f"## {first}\n\nIt opened.\n\n## 2. Basins\n\nThree.\n").title == "old harbour story"
        assert article(f"# {first}\n\nIt opened.\n\n## 2. Basins\n\nThree.\n").title == first
    for first in ("The harbour", "A harbour"):
        assert article(f"## {first}\n\nIt opened.\n\n## Basins\n\nThree.\n").title == first


def test_headings_in_tags_and_of_components_are_headings() -> None:
    document = article(
        '<h1 align="center">The <b>harbour</b></h1>\n<p>It opened.</p>\n\n<Title as="h2" id="b">Basins</Title>\n\nThree of them.\n\n'
        '<details><summary>Older ones</summary>\n\nOne.\n\n</details>\n\n<Question open title="Is it free?">\nYes.\n</Question>\n\n'
        'It is <b>not</b> <h2>far</h2>.\n\n<Link title="More" href="/more" />\n\n<h3><img src="a.png"></h3>\n'
    )
    assert parts(document)[:8] == [
        ("heading", "The <b>harbour</b>"),
        ("text", "<p>It opened.</p>"),
        ("heading", "Basins"),
        ("text", "Three of them."),
        ("heading", "Older ones"),
        ("text", "One."),
        ("heading", "Is it free?"),
        ("text", "Yes.\n</Question>"),
    ]
    assert {kind for kind, _ in parts(document)[8:]} == {"text"}
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2, 7, 7]
    assert document.title == "The harbour"


def test_what_mdx_has_for_programs_is_not_read() -> None:
    text = "import { Tabs } from '@/tabs';\nimport './a.css'\n\nexport const meta = {\n  a: 1,\n};\n\nImport duties rose. {/* not yet */}\n"
    document = article(text, "docs/a.mdx")
    assert [block.kind for block in document.blocks] == ["noise", "noise", "text"]
    assert plain(parts(document)[2][1], markup=True) == "Import duties rose."
    assert [block.kind for block in article(text).blocks] == ["text", "text", "text"]


def test_a_line_in_bold_names_an_article_at_its_top_only() -> None:
    assert article("**The harbour**\n\nIt opened.\n").title == "The harbour"
    assert article("It opened.\n\n**The harbour**\n\nIt has basins.\n").title == "old harbour story"


def test_the_questions_of_an_interview_are_headings() -> None:
    document = article("# Talk\n\nQ: Did the insurance pay?\n\nA: No. Not a penny.\n\n**Q: And now?**\n\nA: We bake.\n\nQ: is a letter.\n")
    assert [kind for kind, _ in parts(document)] == ["heading", "heading", "text", "heading", "text", "text"]


def test_text_between_rules_is_no_front_matter() -> None:
    document = article("---\n\n# Title\n\nThe harbour opened.\n\n---\n\nIt closed.\n")
    assert document.title == "Title"
    assert [kind for kind, _ in parts(document)] == ["heading", "text", "text"]


@pytest.mark.parametrize(
    "text",
    [
        "# Results\n\n*Bay Courier, 7 July 2025*\n\nThe regatta took place.\n",
        "# Order\n\n**OSTRAVA, 7 July 2025** – The yard has an order.\n",
        "# Manual\n\nDocument no. 7 · Edition 7 July 2025\n\nKeep it.\n",
        "# Keeper\n\nHe kept the light for thirty-one years, and now he keeps those who come.\n\nPublished 7 July 2025\n\nThe stairs are steep.\n",
    ],
)
def test_a_date_below_the_title_is_the_articles(text: str) -> None:
    assert article(text).published == "2025-07-07"


@pytest.mark.parametrize(
    "text",
    [
        "# Order\n\nOn Monday, 7 July 2025 the yard got an order.\n",
        "# Order\n\nIt opened.\n\nIt closed.\n\nThe end came at Ostrava, 7 July 2025\n\nIt was sad.\n",
        "# Battle of Ostrava, 7 July 1945\n\nIt was lost.\n",
    ],
)
def test_other_dates_are_not(text: str) -> None:
    assert article(text).published is None
