"""The description of an article in its front matter; what else stands there is tested with the reader of Markdown."""

import pytest

from askdivide.errors import UnreadableDocument
from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read
from askdivide.records import Document

TOLD = "The harbour of Ostrava Bay, which Milena Duras founded in 1871, may lose its oldest basin."
BODY = "\n# The harbour\n\nNobody was there on Monday.\n"


def article(front: str, body: str = BODY, mark: str = "---", path: str = "harbour.md") -> Document:
    return read(path, f"{mark}\n{front}\n{mark}\n{body}".encode())


def said(document: Document) -> list[str]:
    chunks = chunk(document, limit=60, count_tokens=lambda texts: [len(text.split()) for text in texts])
    return [" ".join(piece.said(one.start, one.end).split()) for piece in chunks for one in piece.sentences]


@pytest.mark.parametrize(
    ("front", "mark"),
    [
        (f"description: {TOLD}", "---"),
        (f"title: Ü𝔘\nSummary: '{TOLD}'\ndate: 2024-03-01", "---"),
        (f'abstract: "{TOLD}" # a comment\nmodified: 2024-03-01', "---"),
        ("excerpt:\n  " + TOLD.replace(", ", ",\n  ") + "\ntags:\n  - a", "---"),
        ("subtitle: >-  # folded\n  " + TOLD.replace(", ", ",\n  ") + "\n\ntags: [a]", "---"),
        ("standfirst: |\n    " + TOLD.replace(", ", ",\n    ") + "\nby: Ann", "---"),
        (f"lead: 'The harbour''s end, as everybody knows, is not very near.'\ntldr: {TOLD}", "---"),
        (f"description: A short one.\nsummary: {TOLD}", "---"),
        (f"summary: {TOLD}\nother: {{summary: a}}", "---"),
        (f"title = \"Ü\"\ndescription = '{TOLD}' # a comment\ndraft = false\n[other]\ndescription = 'a'", "+++"),
        ('summary = """\n' + TOLD.replace(", ", ",\n") + '"""\nweight = 3', "+++"),
    ],
)
def test_a_description_is_the_first_paragraph(front: str, mark: str) -> None:
    document = article(front, mark=mark)
    assert said(document) == [TOLD, "Nobody was there on Monday."]
    first, rest = document.blocks[:2]
    assert (first.kind, rest.kind) == ("text", "noise")
    assert " ".join(document.text[first.start : first.end].split()) == TOLD
    assert document.text[rest.start : rest.end].endswith(mark)
    assert document.title in ("The harbour", "Ü𝔘", "Ü")
    assert document.published == ("2024-03-01" if "date: " in front else None)


@pytest.mark.parametrize(
    "front",
    [
        "description: The harbour of Ostrava Bay",
        "description: harbour, docks, basins, Ostrava, Milena-Duras",
        f'description: "The \\"old\\" harbour. {TOLD}"',
        f"description: 'The harbour''s end. {TOLD}'",
        f"description: [{TOLD.replace(',', '')}]",
        f"other: {{description: {TOLD.replace(',', '')}}}",
        f"author: {TOLD}",
    ],
    ids=["short", "labels", "escapes", "quotes", "list", "nested", "other"],
)
def test_what_is_no_description_stays_out(front: str) -> None:
    assert said(article(front)) == ["Nobody was there on Monday."]


def test_a_table_of_toml_holds_no_description() -> None:
    assert said(article(f"[other]\ndescription = '{TOLD}'", mark="+++")) == ["Nobody was there on Monday."]


def test_what_the_article_says_itself_is_not_said_twice() -> None:
    body = f"\n# The harbour\n\n*Ostrava, 1 March* - **The harbour** of [Ostrava Bay](a.md), which {TOLD.split('which ')[1]} Nobody was there.\n"
    assert TOLD not in said(article(f"description: {TOLD}", body))
    assert said(article(f"description: {TOLD}", "x " * 3000 + body))[0] == TOLD
    title = "The old harbour of Ostrava Bay may lose its oldest basin"
    assert said(article(f"title: {title}\ndescription: {title}.")) == ["Nobody was there on Monday."]


def test_marks_of_a_description_are_none_of_its_words() -> None:
    document = article(
        "description: >-\n  **The harbour** of [Ostrava Bay](https://example.org)\n  may soon lose its *oldest* basin. It is [[Docks|a dock]].\n"
    )
    assert said(document)[:2] == ["The harbour of Ostrava Bay may soon lose its oldest basin.", "It is a dock."]


def test_an_article_of_a_description_only_can_be_read() -> None:
    assert said(article(f"title: Harbour\ndescription: {TOLD}", "")) == [TOLD]
    assert said(article(f"title: Harbour\ndescription: {TOLD}", "\nElsewhere.\n", path="harbour.txt")) == [TOLD, "Elsewhere."]
    with pytest.raises(UnreadableDocument, match="has no text"):
        article("title: Harbour\ndescription: Short.", "")


@pytest.mark.timeout(10)
def test_hostile_descriptions_take_time_in_proportion() -> None:
    inner = "a = '\n" * 10_000
    assert said(article(f'description = \'{TOLD}\'\nother = """\n{inner}"""', mark="+++"))[0] == TOLD
    assert said(article(f"description: {TOLD}\nother:\n" + "- a\n" * 10_000))[0] == TOLD
