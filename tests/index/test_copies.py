"""Which articles are noted as copies, what stands for them when some go, and what many of them cost and show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from askdivide.index import copies
from askdivide.index.catalog import Catalog
from askdivide.index.copies import all_copies, copies_among, copies_by_path, hand_over, note_copies, told_copies
from askdivide.index.tables import NewChunk
from askdivide.records import Chunk, Document, Sentence
from askdivide.text.shingles import Shingles

STORY = [
    f"basin {number} of the harbour was dug in {1900 + number} by {number * 7} workers for {number * 3} crowns" for number in range(20)
]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    made = Catalog.create(tmp_path / "catalog.sqlite3", {"commit": 0})
    yield made
    made.close()


def put(catalog: Catalog, path: str, lines: Sequence[str] = STORY) -> None:
    text = "\n".join(lines)
    new = NewChunk(f"key {path}", "vector", Chunk(0, len(text), "", None, text, (Sentence(0, len(text)),)))
    with catalog.transaction():
        hand_over(catalog, [path])
        catalog.replace(Document(path, text, path), "1", 1, 1, [new])
        note_copies(catalog, path)


def take(catalog: Catalog, *paths: str) -> None:
    with catalog.transaction():
        hand_over(catalog, paths)
        for path in paths:
            catalog.remove(path)


def pairs(catalog: Catalog) -> list[tuple[str, str]]:
    return [(copy.document, copy.other) for copy in all_copies(catalog)]


def rows(catalog: Catalog, table: str) -> int:
    return int(catalog.connection.execute(f"SELECT count(DISTINCT document_id) FROM {table}").fetchone()[0])


def test_each_copy_is_noted_once_and_compared_with_one(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    share = copies.share

    def counted(one: Shingles, other: Shingles) -> float:
        nonlocal compared
        compared += 1
        return share(one, other)

    monkeypatch.setattr(copies, "share", counted)
    for number in range(60):
        put(catalog, f"{number:02}.md")
    assert pairs(catalog) == [(f"{number:02}.md", "00.md") for number in range(1, 60)]
    assert compared == 59
    assert rows(catalog, "bands") == 1


def test_two_that_repeat_the_same_article_are_copies_of_each_other(catalog: Catalog) -> None:
    put(catalog, "story.md")
    put(catalog, "beginning.md", ["our reporter adds that the sea was calm", *STORY])
    put(catalog, "end.md", [*STORY, "the gazette adds that a twelfth basin was flooded"])
    put(catalog, "other.md", [f"the orchard of row {number} bears {number * 5} pears in autumn" for number in range(20)])
    ids = {row.path: row.id for row in catalog.documents()}
    assert copies_among(catalog, [ids["beginning.md"], ids["end.md"], ids["other.md"]]) == {
        ids["beginning.md"]: {ids["end.md"]},
        ids["end.md"]: {ids["beginning.md"]},
    }
    assert copies_among(catalog, [ids["end.md"], ids["other.md"]]) == {}
    assert copies_by_path(catalog) == {
        "story.md": ["beginning.md", "end.md"],
        "beginning.md": ["story.md"],
        "end.md": ["story.md"],
    }


def test_when_what_stands_for_copies_goes_another_does(catalog: Catalog) -> None:
    for name in "abcd":
        put(catalog, f"{name}.md")
    take(catalog, "a.md")
    assert pairs(catalog) == [("b.md", "d.md"), ("c.md", "d.md")]
    put(catalog, "e.md")
    assert ("e.md", "d.md") in pairs(catalog)
    take(catalog, "d.md", "e.md")
    assert pairs(catalog) == [("b.md", "c.md")]
    take(catalog, "b.md")
    assert pairs(catalog) == []
    put(catalog, "f.md")
    assert pairs(catalog) == [("f.md", "c.md")]


def test_when_what_stands_for_copies_changes_the_others_stay_copies(catalog: Catalog) -> None:
    for name in "abc":
        put(catalog, f"{name}.md")
    put(catalog, "a.md", [f"the orchard of row {number} bears {number * 5} pears in autumn" for number in range(20)])
    assert pairs(catalog) == [("b.md", "c.md")]
    put(catalog, "a.md")
    assert pairs(catalog) == [("a.md", "c.md"), ("b.md", "c.md")]


def test_copies_that_change_one_after_the_other_hand_over_once(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(catalog, f"{number:02}.md")
    noted: list[str] = []
    note = copies.note_copies
    monkeypatch.setattr(copies, "note_copies", lambda catalog, path: noted.append(path) or note(catalog, path))
    for number in range(29):
        put(catalog, f"{number:02}.md", [*STORY, "a line more"])
    assert len(noted) == 29
    assert {other for _, other in pairs(catalog)} == {"29.md"}


def test_many_copies_are_told_shortly() -> None:
    assert told_copies([]) == ""
    group = [copies.Copy(f"{number:04}.md", "first.md", 1.0) for number in range(1500)]
    assert told_copies(group[:1]) == "first.md = 0000.md"
    assert told_copies(group[:4]) == "first.md = 0000.md, 0001.md, 0002.md, 0003.md"
    assert told_copies(group) == "first.md = 0000.md, 0001.md, 0002.md and 1,497 more"
    groups = [copies.Copy(f"copy {number}.md", f"{number}.md", 1.0) for number in range(10)]
    assert told_copies(groups[:6]).endswith("; 4.md = copy 4.md; and 1 more group")
    assert told_copies(groups).endswith("; 4.md = copy 4.md; and 5 more groups")
