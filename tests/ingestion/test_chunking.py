from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdivide.errors import UnreadableDocument
from askdivide.index.embedding import HashEmbedder, embedded_text
from askdivide.ingestion.chunking import _words, chunk
from askdivide.ingestion.readers import read
from askdivide.records import MARK, Chunk, Document

bounded = settings(max_examples=150, deadline=None, derandomize=True)
words = HashEmbedder().count_tokens


def characters(texts: Sequence[str]) -> list[int]:
    return [sum(not char.isspace() for char in text) for text in texts]


def chunks_of(text: str, limit: int = 20, path: str = "a.md") -> tuple[Document, list[Chunk]]:
    document = read(path, text.encode())
    return document, chunk(document, limit=limit, count_tokens=words)


SENTENCES = st.sampled_from(
    [
        "The harbour was founded in 1871.",
        "It cost $5.576 million, e.g. for Dr. Holm's dock!",
        "Why?",
        "模型已经开源。价格是多少？",
        "Ünïcode 𝔘 e\u0301 and \u200b nothing.",
        "word " * 30 + "end.",
        "x" * 90,
        "**Bold** and [a link](https://example.org).",
        "**It spans.",
        "Two sentences** [and a link",
        "or so](https://example.org/a_(b)).",
        '{% image "a.png" %}',
        "<p>One</p><p>two &amp; three</p>",
        "On 14 March 2024 it rained",
        "A | b",
        "\u3000\u3000Indented。",
        "two  columns  here",
    ]
)
MARKDOWN = st.one_of(
    st.lists(SENTENCES, min_size=1, max_size=6).map(" ".join),
    st.lists(SENTENCES, min_size=1, max_size=4).map("\n".join),
    st.builds(lambda level, text: "#" * level + " " + text, st.integers(1, 6), SENTENCES),
    st.builds(lambda text, mark: text.strip() + "\n" + mark, SENTENCES, st.sampled_from(["===", "---"])),
    st.lists(st.builds(lambda indent, mark, text: indent + mark + text, st.sampled_from(["", "  ", "    "]), st.sampled_from(["- ", "* ", "12. ", "- [ ] "]), SENTENCES), min_size=1, max_size=30).map("\n".join),
    st.lists(SENTENCES, min_size=1, max_size=3).map(lambda lines: "\n".join("> " + line for line in lines)),
    st.integers(0, 40).map(lambda rows: "| Year | Ships |\n|---|---|\n" + "\n".join(f"| {2000 + row} | {row} ships |  " for row in range(rows))),
    st.integers(0, 9).map(lambda rows: "<table>" + "<tr><td rowspan=2>a</td>\n<td>b</td></tr>\n\n" * rows + "</table>"),
    st.integers(1, 12).map(lambda rows: "| a |\n|---|\n" + "\n".join(["|  |", "| - |"] * rows)),
    st.sampled_from(["```\ncode = 1\n```", "    indented", "***", "<!-- hidden -->", "<div>raw</div>", "[a]: https://example.org", "Share this article", "", "\t"]),
    st.integers(1, 80).map(lambda lines: "```\n" + "\n".join(f"line {line} = {line}" for line in range(lines)) + "\n```"),
    st.text(alphabet="ab #-*>|`\n\t.1[]<!é。\u2028\ufeff", max_size=30),
)  # fmt: skip
PLAIN = st.one_of(
    st.lists(SENTENCES, min_size=1, max_size=6).map(" ".join),
    st.lists(SENTENCES, min_size=1, max_size=6).map("\n".join),
    st.sampled_from(["A heading", "Home > News", "By Ann Lee", "6 min read", "Share this article", "=====", "", "“A pull quote”", "Photo: a ship."]),
    st.lists(st.builds(lambda mark, text: mark + text, st.sampled_from(["- ", "• ", "1. ", "(2) ", "a) "]), SENTENCES), min_size=1, max_size=20).map("\n".join),
    st.integers(2, 40).map(lambda rows: "\n".join(f"{2000 + row}\t{row} ships" for row in range(rows))),
    st.integers(2, 9).map(lambda rows: "\n".join(f"{2000 + row}    {row} ships" for row in range(rows))),
    st.text(alphabet="ab -*|\n\t .1é。\u2028\u3000\x0c", max_size=30),
)  # fmt: skip


@bounded
@given(
    pieces=st.lists(MARKDOWN, min_size=1, max_size=8),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    start=st.sampled_from(["", "\ufeff", "---\ntitle: T\n---\n", "\ufeff---\ntitle: T\n---\n"]),
    limit=st.integers(1, 60),
)
def test_chunks_of_any_markdown_are_exact(pieces: list[str], newline: str, start: str, limit: int) -> None:
    check("a.md", (start + "\n\n".join(pieces)).replace("\n", newline), limit)


@bounded
@given(
    pieces=st.lists(PLAIN, min_size=1, max_size=8),
    gap=st.sampled_from(["\n", "\n\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    start=st.sampled_from(["", "\ufeff"]),
    limit=st.integers(1, 60),
)
def test_chunks_of_any_plain_text_are_exact(pieces: list[str], gap: str, newline: str, start: str, limit: int) -> None:
    check("a.txt", (start + gap.join(pieces)).replace("\n", newline), limit)


def check(path: str, text: str, limit: int) -> None:
    try:
        document = read(path, text.encode())
    except UnreadableDocument:
        return
    headings = [block for block in document.blocks if block.kind == "heading"]
    noise = [block for block in document.blocks if block.kind == "noise"]
    for before, after in pairwise(document.blocks):
        assert before.start < before.end <= after.start < after.end <= len(document.text)
    for count in (words, characters):
        chunks = chunk(document, limit=limit, count_tokens=count)
        position = 0
        for piece in chunks:
            assert position <= piece.start < piece.end <= len(document.text)
            assert document.text[piece.start : piece.end] == piece.text
            assert piece.sentences
            assert all(block.end <= piece.start or block.start >= piece.end for block in headings + noise)
            assert len(piece.words) == len(piece.text)
            assert count([piece.words.replace(MARK, " ")])[0] <= limit or len(piece.sentences) == 1
            inside = piece.start
            for sentence in piece.sentences:
                assert inside <= sentence.start < sentence.end <= piece.end
                inside = sentence.end
            position = piece.end
        own = _words(document)
        quotable = "".join(piece.said(s.start, s.end) for piece in chunks for s in piece.sentences)
        said = "".join(own[b.start : b.end] for b in document.blocks if b.kind in ("text", "item", "code", "table"))
        assert letters(said) == letters(quotable + "".join(own[slice(*c.header)] for c in chunks if c.header and first(c, chunks)))


def letters(text: str) -> list[str]:
    return sorted(char for char in text if char.isalnum())


def first(piece: Chunk, chunks: list[Chunk]) -> bool:
    """Whether a table's header is quoted by no row, and this is the first chunk that has it."""
    same = [other for other in chunks if other.header == piece.header]
    return same[0] is piece and all((s.start, s.end) != piece.header for other in same for s in other.sentences)


def test_headings_above_a_chunk_are_told_from_the_outermost() -> None:
    _, chunks = chunks_of("# T\n\nOne.\n\n## A **b**\n\n### C\n\nTwo.\n\n## D\n\nThree.\n")
    assert [(piece.heading, piece.text) for piece in chunks] == [("", "One."), ("A b > C", "Two."), ("D", "Three.")]


def test_short_paragraphs_share_a_chunk_and_a_paragraph_that_fits_is_not_torn() -> None:
    _, chunks = chunks_of("One two three.\n\nFour five six.\n\nSeven eight nine ten. Eleven twelve thirteen.\n", limit=10)
    assert [piece.text for piece in chunks] == ["One two three.\n\nFour five six.", "Seven eight nine ten. Eleven twelve thirteen."]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    _, chunks = chunks_of("One two three. Four five six. Seven eight nine. Ten.", limit=7)
    assert [piece.text for piece in chunks] == ["One two three. Four five six.", "Seven eight nine. Ten."]


def test_marks_of_a_list_count() -> None:
    _, chunks = chunks_of("".join(f"{number}. word\n" for number in range(1, 100)), limit=10)
    assert max(words([piece.text for piece in chunks])) <= 10
    assert len(chunks) < 30


def test_a_sentence_longer_than_a_chunk_is_cut_at_spaces_however_its_words_are_spread() -> None:
    text = "pneumonoultramicroscopicsilicovolcanoconiosis " * 40 + "a " * 200
    document, chunks = chunks_of(text, limit=20)
    assert max(words([piece.text for piece in chunks])) <= 20
    assert " ".join(piece.text for piece in chunks).split() == text.split()


def test_a_table_is_cut_between_rows_and_every_part_knows_its_column_names() -> None:
    rows = [f"| {2000 + number} | {number} ships |" for number in range(30)]
    document, chunks = chunks_of("# Harbour\n\nText.\n\n| Year | Ships |\n|---|---|\n" + "\n".join(rows) + "\n\nMore.\n", limit=40)
    tables = [piece for piece in chunks if piece.header]
    assert len(tables) > 2
    assert [document.text[s.start : s.end] for piece in tables for s in piece.sentences] == rows
    assert all(s.kind == "row" for piece in tables for s in piece.sentences)
    assert {document.text[slice(*piece.header)] for piece in tables if piece.header} == {"| Year | Ships |"}
    assert {piece.columns for piece in tables} == {"| Year | Ships |"}
    assert tables[0].text.startswith("| Year | Ships |\n|---|---|\n| 2000 |")
    for piece in tables:
        text, shift = embedded_text(document.title, piece)
        assert text.startswith("Harbour\n")
        assert text.count("| Year | Ships |") == 1
        assert text[shift:] == piece.text


def test_a_table_in_tags_has_rows_and_names_like_any_other() -> None:
    table = (
        "<table>\n<tr><th rowspan=2>Year</th><th colspan=2>Harbours</th></tr>\n<tr><th>Ostrava</th><th>Verity</th></tr>\n\n"
        "<tr>\n  <td>2021</td>\n  <td><b>388</b></td>\n\n<td>97</td></tr>\n<tr><td>2022</td><td>397</td><td>98</td></tr>\n</table>"
    )
    document, chunks = chunks_of(f"# Traffic\n\nShips:\n{table}\nAnd more.\n", limit=200)
    [piece] = [piece for piece in chunks if piece.header]
    assert piece.columns == "| Year | Harbours Ostrava | Harbours Verity |"
    assert [" ".join(piece.said(s.start, s.end).split()) for s in piece.sentences] == ["| 2021 | 388 | 97 |", "| 2022 | 397 | 98 |"]
    assert document.text[slice(*piece.header or ())].endswith("<th>Verity</th></tr>")
    assert [document.text[b.start : b.end] for b in document.blocks if b.kind == "text"] == ["Ships:", "And more."]


def test_a_table_that_begins_with_rows_of_one_cell_names_nothing_and_loses_none() -> None:
    table = "<table>\n<tr><td colspan=2>Steering the ship</td></tr>\n<tr><td colspan=2>Loading it</td></tr>\n<tr><td>now</td><td>soon</td></tr>\n</table>"
    _, [piece] = chunks_of(f"{table}\n", limit=200)
    assert piece.columns == ""
    assert [" ".join(piece.said(s.start, s.end).replace("|", " ").split()) for s in piece.sentences] == [
        "Steering the ship",
        "Loading it",
        "now soon",
    ]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        # The groups of a table in bars stand in the first or in the middle of their columns.
        (["| | Summer | | Winter | |", "| | Ships | Boats | Ships | Boats |"], "| | Summer Ships | Summer Boats | Winter Ships | Winter Boats |"),
        (
            ["| Port | | Summer | | | Winter | |", "| | In | Out | Lost | In | Out | Lost |"],
            "| Port | Summer In | Summer Out | Summer Lost | Winter In | Winter Out | Winter Lost |",
        ),
        (["| Port | | Summer | |", "| | In | Out | Lost |"], "| Port | In | Out | Lost |"),
        # A row without a label and one with figures that some names lack are rows.
        (["| Port | Ships | |", "| | 12 | |"], "| Port | Ships | |"),
        (["| Port | Ships |", "| | 12 |"], "| Port | Ships |"),
    ],
)  # fmt: skip
def test_two_rows_may_name_columns_together(rows: list[str], columns: str) -> None:
    rule = "|---" * (rows[0].count("|") - 1) + "|"
    _, [piece] = chunks_of(
        "\n".join([rows[0], rule, rows[1], *["| Verity " + "| 7 " * (rows[0].count("|") - 2) + "|"] * 2]) + "\n", limit=200
    )
    assert " ".join(piece.columns.split()) == " ".join(columns.split()).replace("|  |", "| |")
    assert len(piece.sentences) == (2 if columns != rows[0] else 3)


def test_a_quoted_table_has_no_delimiter_row_to_quote() -> None:
    document, chunks = chunks_of("> | Year | Ships |\n> |---|---|\n> | 2021 | 388 |\n")
    assert [document.text[s.start : s.end] for piece in chunks for s in piece.sentences] == ["> | 2021 | 388 |"]


def test_a_table_of_column_names_only_quotes_them() -> None:
    document, chunks = chunks_of("| Year | Ships |\n|---|---|\n")
    assert [document.text[s.start : s.end] for piece in chunks for s in piece.sentences] == ["| Year | Ships |"]


def test_furniture_parts_chunks_and_is_in_none() -> None:
    _, chunks = chunks_of("# T\n\nOne.\n\nShare this article\n\nTwo.\n")
    assert [piece.text for piece in chunks] == ["One.", "Two."]


def test_what_is_embedded_is_bounded_however_long_titles_are() -> None:
    _, (piece,) = chunks_of(f"# T\n\n## {'word ' * 200}\n\nText.\n")
    text, shift = embedded_text("title " * 200, piece)
    assert shift < 500
    assert text[shift:] == "Text."


@pytest.mark.parametrize("corpus", ["corpus", "evaluation/unseen/corpus"])
def test_our_own_articles_lose_no_word(corpus: str) -> None:
    folder = Path(__file__).parents[2] / corpus
    files = sorted(folder.glob("*.*"))[:8]
    assert files
    for file in files:
        check(file.name, file.read_text(encoding="utf-8"), 180)


def test_words_are_known_without_the_marks_that_stand_in_an_article() -> None:
    text = (
        "# Port\n\n**The port grew. It [has\nnine docks](https://example.org/docs).** Ask [Holm].\n\n"
        '{% image "a.png" %}\n\n```sh\nport --list **all**\n```\n\n| Dock | Built |\n|---|---|\n| [North](n.md) | *1871* |\n\n[holm]: https://example.org\n'
    )
    document, pieces = chunks_of(text, limit=60)
    said = [(sentence.kind, piece.said(sentence.start, sentence.end)) for piece in pieces for sentence in piece.sentences]
    assert said == [
        ("sentence", "The port grew."),
        ("sentence", "It has\nnine docks."),
        ("sentence", "Ask Holm."),
        ("code", "port --list **all**"),
        ("row", "| North | 1871 |"),
    ]
    assert all(document.text[piece.start : piece.end] == piece.text for piece in pieces)
    text, shift = embedded_text(document.title, pieces[0])
    assert "https" not in text
    assert text[shift:].split()[:3] == ["The", "port", "grew."]


def test_what_stands_between_paragraphs_of_a_quotation_has_no_marks() -> None:
    _, (piece,) = chunks_of("> [!Note]\n> Dogs travel free.\n>\n> > Cats pay.\n>\n> - Geese walk.\n", limit=100)
    assert piece.said().split("\n") == ["", "Dogs travel free.", "", "Cats pay.", "", "- Geese walk."]
    assert len(piece.words) == len(piece.text)


def test_lines_of_code_are_kept_together_and_without_their_fence() -> None:
    _, pieces = chunks_of("Run:\n\n~~~\n" + "\n".join(f"step {line} --quietly" for line in range(60)) + "\n~~~\n", limit=2000)
    code = [piece.said(sentence.start, sentence.end) for piece in pieces for sentence in piece.sentences if sentence.kind == "code"]
    assert [line for unit in code for line in unit.splitlines()] == [f"step {line} --quietly" for line in range(60)]
    assert all(200 < len(unit) <= 400 for unit in code[:-1])
