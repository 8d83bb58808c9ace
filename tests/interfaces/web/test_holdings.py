import os

import pytest
from tests.interfaces.web.test_cards import HOSTILE, Reader

from askdivide.errors import CorpusError
from askdivide.index.folder import expected_manifest
from askdivide.index.reading import Index
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.web.holdings import Holding, holdings, table


def held(settings):
    with Index(settings, expected_manifest(settings)).reading() as catalog:
        return {one.document: one for one in holdings(settings, catalog)}


def states(settings):
    return {document: one.state for document, one in held(settings).items()}


def test_an_article_in_line_with_its_file_is_indexed(indexed):
    harbour = held(indexed)["harbour.md"]
    assert (harbour.title, harbour.state, harbour.file) == ("The harbour of Ostrava Bay", "indexed", "harbour.md")
    assert (harbour.source, harbour.published, harbour.tags) == ("Bay Courier", "2024-03-01", ("harbour", "shipping"))
    assert harbour.passages >= 2
    assert set(states(indexed).values()) == {"indexed"}


def test_a_file_that_was_only_touched_is_still_indexed(indexed, corpus):
    os.utime(corpus / "harbour.md", (1_000_000_000, 1_000_000_000))
    assert states(indexed)["harbour.md"] == "indexed"


def test_what_has_happened_since_the_last_run_shows(indexed, corpus):
    (corpus / "harbour.md").write_text("# Other\n\nOther words stand here now.\n", encoding="utf-8")
    same_size = (corpus / "orchards.txt").read_text(encoding="utf-8").replace("eleven", "twelve")
    (corpus / "orchards.txt").write_text(same_size, encoding="utf-8")
    (corpus / "notes" / "lighthouse.md").unlink()
    (corpus / "new.md").write_text("# New\n\nSomething new.\n", encoding="utf-8")
    assert states(indexed) == {"harbour.md": "changed", "orchards.txt": "changed", "notes/lighthouse.md": "gone", "new.md": "new"}
    reindex(indexed)
    assert states(indexed) == {"harbour.md": "indexed", "orchards.txt": "indexed", "new.md": "indexed"}


def test_what_cannot_be_read_says_why(indexed, corpus):
    (corpus / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    (corpus / "harbour.md").write_bytes(b"\xff\xfe\x00\xd8")
    (corpus / "link.md").symlink_to("/etc/hostname")
    reindex(indexed)
    found = held(indexed)
    assert {found[name].state for name in ("broken.md", "harbour.md", "link.md")} == {"unreadable"}
    assert "UTF-16" in found["broken.md"].reason
    assert (found["broken.md"].file, found["broken.md"].passages) == ("broken.md", 0)
    assert found["link.md"].file is None, "what leads out of the corpus is not removed from here"
    text = Reader(table(list(found.values()), choosing=True)).text
    assert "The version indexed before goes on answering." in text
    assert "5 articles, 3 cannot be read" in text
    (corpus / "broken.md").unlink()
    assert "broken.md" not in held(indexed)


def test_the_articles_of_one_file_go_together(indexed, corpus):
    (corpus / "feed.jsonl").write_text('{"title": "A", "text": "A one."}\n{"title": "B", "text": "B two."}\n', encoding="utf-8")
    reindex(indexed)
    of_feed = [one for one in held(indexed).values() if one.document.startswith("feed.jsonl/")]
    assert [(one.file, one.state) for one in of_feed] == [("feed.jsonl", "indexed")] * 2


def test_without_a_corpus_folder_there_is_no_table(indexed, corpus):
    corpus.rename(corpus.with_name("elsewhere"))
    with pytest.raises(CorpusError):
        held(indexed)


def test_a_table_links_to_the_reader_and_can_be_chosen_from_where_that_is_wished(indexed):
    rows = list(held(indexed).values())
    read = Reader(table(rows, choosing=True))
    assert [link["href"] for link in read.named("a")] == [
        "/article?doc=harbour.md",
        "/article?doc=orchards.txt",
        "/article?doc=notes/lighthouse.md",
    ]
    assert {box.get("value") for box in read.named("input")} == {None, "harbour.md", "notes/lighthouse.md", "orchards.txt"}
    assert [cell["data-key"] for cell in read.named("td") if cell.get("class") == "date" and "data-key" in cell] == [
        "2024-03-01",
        "2022-05-14",
    ]
    assert not Reader(table(rows, choosing=False)).named("input")
    assert "no articles yet" in table([], choosing=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text):
    one = Holding(text, text, "unreadable", text, text, "", (text, text), 1, text)
    read = Reader(table([one], choosing=True))
    assert read.tags() <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "button", "input", "span", "a", "p"}
    assert {name for _, attributes in read.elements for name in attributes} <= {
        *("class", "data-all", "type", "aria-label", "scope", "aria-sort", "data-key", "href", "value", "hidden")
    }
    assert next(box["value"] for box in read.named("input") if box["class"] == "pick") == text
    assert text in read.text


def test_a_very_large_corpus_is_shown_in_part_with_what_needs_attention():
    rows = [Holding(f"{number}.md", f"Title {number}", "indexed", f"{number}.md", passages=1) for number in range(5000)]
    html = table([*rows, Holding("z.md", "Zebras", "new", "z.md")], choosing=True)
    assert "5001 articles, 1 new, not yet indexed" in Reader(html).text
    assert "Zebras" in html
    assert html.count("<tr>") == 2001
    assert "Only 2000 are shown" in html
