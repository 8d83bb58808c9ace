from __future__ import annotations

import threading
import time

import pytest
from tests.awaiting import awaited
from tests.interfaces.web.test_cards import Reader

from askdivide.errors import CorpusError
from askdivide.index.folder import expected_manifest, writing
from askdivide.index.reading import Index
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces.web import changing
from askdivide.interfaces.web.changing import Changes, web_address


@pytest.fixture
def changes(indexed):
    return Changes(indexed, Index(indexed, expected_manifest(indexed)))


def told(steps):
    """All that is said of a change, as text."""

    async def collect():
        return [Reader(html).text async for html in steps]

    return awaited(collect())


def uploaded(tmp_path, name, text="# A\n\nSome words to be read.\n"):
    place = tmp_path / "uploads" / name.replace(".", "-") / name
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    return place


def test_uploaded_files_are_added_and_not_kept(changes, corpus, tmp_path):
    first, second = uploaded(tmp_path, "first.md"), uploaded(tmp_path, "second.md", "# B\n\nOther words.\n")
    assert told(changes.upload([first, second], replace=False))[-1] == "2 articles added.first.mdsecond.md"
    assert (corpus / "first.md").exists()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_what_is_not_added_is_said_by_its_name_and_deleted_too(changes, corpus, tmp_path):
    bad, same, other = uploaded(tmp_path, "a.exe"), uploaded(tmp_path, "harbour.md"), uploaded(tmp_path, "new.md")
    last = told(changes.upload([bad, same, other], replace=False))[-1]
    assert last.startswith("1 article added.new.md")
    assert "a.exe was not added: it is of a kind that has no reader" in last
    assert "harbour.md was not added: it would replace harbour.md in the corpus" in last
    assert "--replace" not in last
    assert str(tmp_path) not in last
    assert list((tmp_path / "uploads").iterdir()) == []
    assert "Ostrava" in (corpus / "harbour.md").read_text(encoding="utf-8")


def test_a_file_is_replaced_where_that_is_wished(changes, corpus, tmp_path):
    assert told(changes.upload([uploaded(tmp_path, "harbour.md")], replace=True))[-1] == "1 article added.harbour.md"
    assert "Ostrava" not in (corpus / "harbour.md").read_text(encoding="utf-8")


def test_a_page_of_this_machine_is_not_fetched(changes, site):
    url = site.serve("/secret", "<p>Secret</p>")
    last = told(changes.fetch(url))[-1]
    assert last.startswith("Nothing was added.")
    assert "private address" in last
    assert "--allow-private" not in last
    assert site.asked == []


@pytest.mark.parametrize(
    "typed", ["", "/etc/passwd", "file:///etc/passwd", "../corpus", "ftp://example.org/a", "http://a b", "./a.md", "notes"]
)
def test_what_is_no_address_is_not_taken_for_a_file(typed):
    with pytest.raises(CorpusError, match="no address of a page"):
        web_address(typed)


@pytest.mark.parametrize(
    ("typed", "url"),
    [(" https://example.org/a ", "https://example.org/a"), ("example.org/a", "https://example.org/a"), ("HTTP://x.org", "HTTP://x.org")],
)
def test_an_address_may_be_typed_without_its_scheme(typed, url):
    assert web_address(typed) == url


def test_articles_are_removed_with_their_files(changes, corpus):
    assert told(changes.remove(["harbour.md", "notes/lighthouse.md"]))[-1] == "2 articles removed.harbour.mdnotes/lighthouse.md"
    assert not (corpus / "harbour.md").exists()


def test_what_is_unknown_removes_nothing(changes, corpus):
    assert "nothing was removed" in told(changes.remove(["harbour.md", "../index/CURRENT"]))[-1]
    assert (corpus / "harbour.md").exists()


def test_reindexing_says_what_has_changed(changes, corpus):
    assert "Nothing has changed since the last run; 3 articles in the index." in told(changes.reindex())[-1]
    (corpus / "harbour.md").write_text("# Other\n\nOther words stand here now.\n", encoding="utf-8")
    (corpus / "new.md").write_text("# New\n\nSomething new.\n", encoding="utf-8")
    (corpus / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    (corpus / "orchards.txt").unlink()
    steps = told(changes.reindex())
    assert steps[-1].startswith("1 added, 1 changed, 1 removed, 1 cannot be read; 3 articles in the index.")
    for line in ("added: new.md", "changed: harbour.md", "removed: orchards.txt", "broken.md is UTF-16 text"):
        assert line in steps[-1]


def test_what_another_writer_did_first_is_told_all_the_same(changes, indexed, corpus):
    (corpus / "new.md").write_text("# New\n\nSomething new.\n", encoding="utf-8")

    def first(*given, **more):
        reindex(indexed)
        return reindex(*given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "reindex", first)
        assert "added: new.md" in told(changes.reindex())[-1]


def test_one_who_comes_second_waits_and_is_told(changes, indexed, tmp_path):
    held, free = threading.Event(), threading.Event()

    def hold():
        with writing(indexed.index):
            held.set()
            free.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    threading.Timer(1, free.set).start()
    steps = told(changes.upload([uploaded(tmp_path, "new.md")], replace=False))
    other.join()
    assert any("Waiting" in step for step in steps)
    assert steps[-1] == "1 article added.new.md"


def test_one_who_waits_too_long_is_told(changes, indexed, monkeypatch):
    monkeypatch.setattr(changing, "WAIT", 0.2)
    with writing(indexed.index):
        last = told(changes.reindex())[-1]
    assert last.startswith("Somebody else is changing the corpus")
    assert str(indexed.index) not in last


def test_progress_is_told_while_it_is_made(changes, corpus, monkeypatch):
    for number in range(6):
        (corpus / f"new-{number}.md").write_text(f"# New {number}\n\nSomething new, number {number}.\n", encoding="utf-8")
    load = changing.reindex.__globals__["load"]
    monkeypatch.setitem(changing.reindex.__globals__, "load", lambda *given: (time.sleep(0.3), load(*given))[1])
    steps = told(changes.reindex())
    assert any("2 of " in step for step in steps)
    assert len(set(steps)) == len(steps)


def test_trouble_is_one_line(changes, indexed, corpus, monkeypatch):
    corpus.rename(corpus.with_name("elsewhere"))
    assert "does not exist" in told(changes.reindex())[-1]
    monkeypatch.setattr(changing, "reindex", lambda *given, **more: 1 / 0)
    corpus.with_name("elsewhere").rename(corpus)
    assert "fault of its own" in told(changes.reindex())[-1]
    assert len(told(changes.reindex())[-1].splitlines()) == 1


def test_names_are_text(changes, tmp_path):
    async def last():
        return [html async for html in changes.upload([uploaded(tmp_path, "<b>&.exe")], replace=False)][-1]

    html = awaited(last())
    assert "<b>" not in html
    assert "<b>&.exe was not added" in Reader(html).text
