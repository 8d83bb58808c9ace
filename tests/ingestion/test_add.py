"""Adding files, folders, pages and feeds: what is in the corpus and answers afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from askdivide.answering.assistant import Assistant
from askdivide.errors import CorpusError
from askdivide.files import replace_file
from askdivide.index.folder import expected_manifest
from askdivide.index.reading import Index
from askdivide.ingestion.add import Added, add
from askdivide.ingestion.addresses import REMOVED
from askdivide.ingestion.fetch import Fetcher
from askdivide.ingestion.readers.markdown import read
from askdivide.ingestion.remove import remove
from askdivide.ingestion.scan import endings
from askdivide.settings import Settings
from website import Site, moved, status

PIER = "# A new pier\n\nThe new pier of Ostrava Bay opened in 2026.\n"


def page(title: str, text: str, more: str = "") -> str:
    return f"""<!doctype html><html lang="en"><head><title>{title} - Bay Courier</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Bay Courier">
<meta property="article:published_time" content="2024-03-01T10:00:00Z">{more}</head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><script>alert("run me")</script>
<article><h1>{title}</h1><p>{text} It was reported by the harbour master of Ostrava Bay on Monday morning, and nobody has denied it since.</p>
<h2>Traffic</h2><p>In 2023 the harbour handled 412 ships, according to its annual report. The largest of them was the Corona Borealis.</p>
<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2022</td><td>397</td></tr><tr><td>2023</td><td>412</td></tr></table></article>
<footer>Subscribe to our newsletter. All rights reserved.</footer></body></html>"""


def feed(site: Site, *paths: str) -> str:
    items = "".join(f"<item><title>Entry {path}</title><link>{site.url}{path}</link></item>" for path in paths)
    return f"<rss><channel><title>News</title>{items}</channel></rss>"


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(allow_private=True, pause=0) as made:
        yield made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "pier.md").write_text(PIER)
    (folder / "deep" / "fog.txt").write_text("The fog\n\nFog stood over the bay for 19 days in June.\n")
    (folder / ".hidden.md").write_text(PIER)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def answer(settings: Settings, question: str) -> str:
    return Assistant.open(settings).ask(question).text


def failures(done: Added) -> dict[str, str]:
    return {failure.document: failure.reason for failure in done.failed}


# Files and folders


def test_a_file_and_a_folder_are_copied_and_answer(settings: Settings, outside: Path) -> None:
    notes: list[str] = []
    done = add(settings, [str(outside / "pier.md"), str(outside)], on_note=notes.append)
    assert notes[:1] == [f"of {outside} left alone, no reader for their kind: 1 .png (readable are {endings()})"]
    assert (done.stored, done.known, done.failed) == (["pier.md", "outside/deep/fog.txt", "outside/pier.md"], [], [])
    assert done.report
    assert done.report.documents == 6
    assert (settings.corpus / "outside/pier.md").read_text() == (outside / "pier.md").read_text() == PIER
    assert not list(settings.corpus.rglob("*.png")) + list(settings.corpus.rglob(".*"))
    assert "19 days" in answer(settings, "How long did the fog stand over the bay?")


def test_what_is_there_already_is_said_and_nothing_is_replaced_unasked(indexed: Settings, outside: Path) -> None:
    file = outside / "pier.md"
    assert add(indexed, [str(file)], into="notes/new").stored == ["notes/new/pier.md"]
    again = add(indexed, [str(file), str(indexed.corpus / "harbour.md")], into="notes/new")
    assert (again.stored, again.known) == ([], [(str(file), "notes/new/pier.md"), (str(indexed.corpus / "harbour.md"), "harbour.md")])
    file.write_text(PIER.replace("2026", "2027"))
    refused = add(indexed, [str(file)], into="notes/new")
    assert "would replace notes/new/pier.md in the corpus, which has other content; to do so use --replace" in failures(refused)[str(file)]
    assert "2026" in (indexed.corpus / "notes/new/pier.md").read_text()
    assert add(indexed, [str(file)], into="notes/new", replace=True).stored == ["notes/new/pier.md"]
    assert "2027" in answer(indexed, "When did the new pier open?")


def test_what_cannot_be_added_is_said_and_stops_nothing(settings: Settings, outside: Path) -> None:
    (outside / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    (outside / "empty.txt").write_bytes(b"")
    (outside / "a\nb.md").write_text(PIER)
    given = [str(outside / name) for name in ("broken.md", "empty.txt", "picture.png", ".hidden.md", "nowhere.md", "a\nb.md")]
    empty = outside / "nothing"
    empty.mkdir()
    os.mkfifo(outside / "pipe.md")
    done = add(
        settings,
        [*given, str(empty), str(settings.corpus), str(settings.corpus.parent), str(outside / "pipe.md"), str(outside / "pier.md")],
    )
    assert done.stored == ["pier.md"]
    reasons = {Path(name).name: reason for name, reason in failures(done).items()}
    expected = {
        "broken.md": "is UTF-16 text", "empty.txt": "is empty", "picture.png": "is of a kind that has no reader", ".hidden.md": "has the name of a hidden",
        "nowhere.md": "does not exist", "a\nb.md": "has a name with control characters", "nothing": "holds no articles",
        "corpus": "is the corpus folder", settings.corpus.parent.name: "is the corpus folder, or holds it", "pipe.md": "is not a regular file",
    }  # fmt: skip
    assert reasons.keys() == expected.keys()
    assert all(reasons[name].startswith(reason) for name, reason in expected.items())


@pytest.mark.parametrize("into", ["../x", "/tmp", "a/../../b", ".hidden", "a/.git"])
def test_nothing_is_put_outside_the_corpus(settings: Settings, outside: Path, into: str) -> None:
    with pytest.raises(CorpusError, match="is no folder of the corpus"):
        add(settings, [str(outside / "pier.md")], into=into)


def test_a_link_in_the_corpus_leads_nothing_out(settings: Settings, outside: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (settings.corpus / "linked").symlink_to(tmp_path / "elsewhere")
    done = add(settings, [str(outside / "pier.md")], into="linked")
    assert "would be stored outside the corpus" in done.failed[0].reason
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_first_article_makes_corpus_and_index(tmp_path: Path, outside: Path) -> None:
    settings = Settings(corpus=tmp_path / "new" / "corpus", index=tmp_path / "new" / "index", embedding="test:256", refuse_below=0)
    add(settings, [str(outside / "pier.md")])
    assert "2026" in answer(settings, "When did the new pier open?")


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.md"
    target.write_text("old")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(target, b"new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


# Pages


def test_a_page_is_stored_as_markdown_with_front_matter_and_answers(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    url = site.serve("/harbour?id=7&utm_source=mail", page("The harbour grows", "A fourth basin was dug by Milena Duras in 2024."))
    done = add(settings, [url], fetcher=fetcher)
    assert done.failed == []
    (path,) = done.stored
    assert path.startswith("web/127.0.0.1/the-harbour-grows-")
    text = (settings.corpus / path).read_text(encoding="utf-8")
    fields = yaml.safe_load(text.split("---\n")[1])
    assert (fields["title"], str(fields["date"]), fields["source"], fields["url"]) == (
        "The harbour grows",
        "2024-03-01",
        "Bay Courier",
        url,
    )
    assert fields["retrieved"]
    assert "| 2023 | 412 |" in text
    for noise in ("Subscribe", "Home", "alert", "<"):
        assert noise not in text
    document = read(path, text.encode())
    assert (document.title, document.published, document.source, document.url) == ("The harbour grows", "2024-03-01", "Bay Courier", url)
    found = Assistant.open(settings).ask("Who dug the fourth basin?")
    assert "Milena Duras" in found.text
    assert found.citations[0].url == url


@pytest.mark.parametrize("front", ["---\nurl: {}\n---\n", "+++\nurl = '{}'\n+++\n"], ids=["YAML", "TOML"])
def test_a_page_that_an_article_names_as_its_address_takes_its_place(settings: Settings, site: Site, fetcher: Fetcher, front: str) -> None:
    url = site.serve("/a", page("The harbour grows", "It has four basins."))
    (settings.corpus / "mine.md").write_text(front.format(url) + PIER)
    assert add(settings, [url], fetcher=fetcher).stored == ["mine.md"]


def test_a_page_added_again_is_updated_in_its_place(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    url = site.serve("/a", page("The harbour grows", "It has four basins."))
    (path,) = add(settings, [url], fetcher=fetcher).stored
    for same in (url, url + "/", url + "#part", url + "?utm_medium=x"):
        site.pages[same.removeprefix(site.url).partition("#")[0]] = site.pages["/a"]
        site.kinds[same.removeprefix(site.url).partition("#")[0]] = "text/html"
        assert add(settings, [same], fetcher=fetcher).known == [(same, path)]
    site.serve("/a", page("The harbour shrinks", "It has two basins."))
    assert add(settings, [url], fetcher=fetcher).stored == [path]
    assert "two basins" in (settings.corpus / path).read_text()
    assert len(list((settings.corpus / "web").rglob("*.md"))) == 1


def test_pages_without_an_article_and_other_kinds_are_refused(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    urls = [
        site.serve("/empty", "<html><body><div id=app></div><script>render()</script></body></html>"),
        site.serve("/zip", b"PK", "application/zip"),
        site.serve("/gone", status(410)),
        site.serve("/feed", "<rss><channel><title>x</title></channel></rss>", "application/rss+xml"),
    ]
    done = add(settings, urls, fetcher=fetcher)
    assert [failure.reason.split(" (")[0] for failure in done.failed] == [
        "holds no article text", "is application/zip, which is not stored as an article; download it and add the file",
        "cannot be fetched", "is a feed without articles",
    ]  # fmt: skip
    assert not (settings.corpus / "web").exists()


def test_plain_text_from_the_web_is_an_article_too(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    text = "---\ntitle: not this\nurl: https://elsewhere.example/\n---\n# The fog\n\n" + "Fog stood over the bay for 19 days. " * 10
    (path,) = add(settings, [site.serve("/fog.md", text, "text/markdown")], fetcher=fetcher).stored
    assert read(path, (settings.corpus / path).read_bytes()).url == site.url + "/fog.md"


def test_a_page_cannot_break_out_of_its_front_matter_or_its_folder(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    title = "../../etc/passwd&#10;---&#10;url: https://evil.example/"
    canonical = '<link rel="canonical" href="https://evil.example/fake">'
    (path,) = add(settings, [site.serve("/a", page(title, "It has four basins.", canonical))], fetcher=fetcher).stored
    assert ".." not in path
    document = read(path, (settings.corpus / path).read_bytes())
    assert document.url == site.url + "/a"
    assert "evil" not in (document.source or "")


# Feeds


def test_each_article_of_a_feed_is_added_once(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    for name in "abc":
        site.serve(f"/{name}", page(f"Story {name}", f"This is the story of the letter {name} and of {ord(name)} ships."))
    site.serve("/moved", moved("/a"))
    url = site.serve("/feed.xml", feed(site, "/a", "/b", "/gone", "/moved"), "application/rss+xml")
    done = add(settings, [url], fetcher=fetcher)
    assert len(done.stored) == 2
    assert [name for name, _ in done.known] == [site.url + "/moved"]
    assert failures(done) == {site.url + "/gone": "cannot be fetched (status 404)"}
    site.serve("/feed.xml", feed(site, "/c", "/a", "/b"), "application/rss+xml")
    site.asked.clear()
    again = add(settings, [url], fetcher=fetcher)
    assert (len(again.stored), [name for name, _ in again.known]) == (1, [site.url + "/a", site.url + "/b"])
    assert "/a" not in site.asked
    assert "99 ships" in answer(settings, "How many ships are in the story of the letter c?")


def test_a_feed_does_not_bring_back_what_was_removed_and_its_own_address_does(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    for name in "ab":
        site.serve(f"/{name}", page(f"Story {name}", f"This is the story of the letter {name} and of {ord(name)} ships."))
    site.serve("/moved", moved("/a"))
    url = site.serve("/feed.xml", feed(site, "/a", "/b"), "application/rss+xml")
    story = add(settings, [url], fetcher=fetcher).stored[0]
    remove(settings, [story])
    (settings.corpus / "pier.md").write_text(PIER)
    assert (settings.corpus / REMOVED).read_text() == f"{site.url}/a\n"
    site.asked.clear()
    # Another address that leads to the same page is known as the same only when it has been fetched.
    site.serve("/feed.xml", feed(site, "/a?utm_source=feed", "/b", "/moved"), "application/rss+xml")
    again = add(settings, [url], fetcher=fetcher)
    assert (again.stored, again.failed) == ([], [])
    assert again.left_out == [site.url + "/a?utm_source=feed", site.url + "/moved"]
    assert again.to_dict()["left_out"] == again.left_out
    assert "/a?utm_source=feed" not in site.asked
    assert not (settings.corpus / story).exists()
    assert add(settings, [site.url + "/a"], fetcher=fetcher).stored == [story]
    back = add(settings, [url], fetcher=fetcher)
    assert (back.left_out, len(back.known)) == ([], 3)
    assert "97 ships" in answer(settings, "How many ships are in the story of the letter a?")
    remove(settings, [story])
    assert (settings.corpus / REMOVED).read_text() == f"{site.url}/a\n"


def test_a_line_taken_out_by_hand_lets_an_article_come_back(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", page("Story a", "This is the story of the letter a and of 97 ships."))
    url = site.serve("/feed.xml", feed(site, "/a"), "application/rss+xml")
    stored = add(settings, [url], fetcher=fetcher).stored
    remove(settings, stored)
    (settings.corpus / REMOVED).write_text("\n")
    assert add(settings, [url], fetcher=fetcher).stored == stored


def test_only_the_newest_entries_are_taken(settings: Settings, site: Site, fetcher: Fetcher) -> None:
    for number in range(4):
        site.serve(f"/{number}", page(f"Story {number}", f"Number {number} is told."))
    url = site.serve("/feed", feed(site, "/0", "/1", "/2", "/3"), "text/xml")
    assert len(add(settings, [url], most_entries=2, fetcher=fetcher).stored) == 2


def test_a_feed_cannot_lead_into_a_private_network(settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.ingestion.fetch.refused_address", lambda address: address == "10.0.0.5")
    items = "<rss><channel><item><link>http://10.0.0.5/admin</link></item><item><link>file:///etc/passwd</link></item></channel></rss>"
    with Fetcher(pause=0) as fetcher:
        done = add(settings, [site.serve("/feed", items, "application/rss+xml")], fetcher=fetcher)
    assert done.stored == []
    assert [failure.reason.split(",")[0] for failure in done.failed] == ["leads to 10.0.0.5", "leads to file"]


# Removing


def test_removing_takes_out_of_corpus_and_index(indexed: Settings) -> None:
    done = remove(indexed, ["harbour.md", str(indexed.corpus / "notes/lighthouse.md")])
    assert (done.documents, done.report.removed) == (("harbour.md", "notes/lighthouse.md"), ("harbour.md", "notes/lighthouse.md"))
    assert sorted(file.name for file in indexed.corpus.rglob("*.*")) == ["orchards.txt"]
    passages = Assistant.open(indexed).search("The harbour of Ostrava Bay was founded in 1871", top_k=50)
    assert {passage.document for passage in passages} == {"orchards.txt"}


def test_removed_files_can_be_kept_elsewhere(indexed: Settings, tmp_path: Path) -> None:
    text = (indexed.corpus / "notes/lighthouse.md").read_text()
    remove(indexed, ["notes/lighthouse.md"], keep_in=tmp_path / "kept")
    assert (tmp_path / "kept/notes/lighthouse.md").read_text() == text
    with pytest.raises(CorpusError, match="is in the corpus, where the articles would be indexed again"):
        remove(indexed, ["harbour.md"], keep_in=indexed.corpus / "old")
    (tmp_path / "kept/harbour.md").write_text("mine")
    with pytest.raises(CorpusError, match="would replace .*kept/harbour.md"):
        remove(indexed, ["harbour.md"], keep_in=tmp_path / "kept")
    assert (indexed.corpus / "harbour.md").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("harbor.md", r"did you mean harbour.md\?"),
        ("notes", "is a folder; name its documents"),
        ("../outside.md", "no document is named"),
        ("", ""),
    ],
)
def test_an_unknown_name_removes_nothing(indexed: Settings, name: str, says: str) -> None:
    (indexed.corpus.parent / "outside.md").write_text(PIER)
    with pytest.raises(CorpusError, match=f"{says}.*nothing was removed"):
        remove(indexed, ["orchards.txt", name])
    assert (indexed.corpus / "orchards.txt").exists()
    assert (indexed.corpus.parent / "outside.md").exists()


def test_the_last_article_can_be_removed(indexed: Settings) -> None:
    done = remove(indexed, ["harbour.md", "notes/lighthouse.md", "orchards.txt"])
    assert (done.report.documents, done.report.chunks) == (0, 0)
    assert Assistant.open(indexed).search("harbour") == []


def test_what_is_indexed_and_gone_can_be_removed_and_a_corpus_not_mounted_costs_nothing(indexed: Settings) -> None:
    (indexed.corpus / "harbour.md").unlink()
    assert remove(indexed, ["harbour.md"]).documents == ("harbour.md",)
    for file in indexed.corpus.rglob("*.*"):
        file.rename(indexed.corpus.parent / file.name)
    with pytest.raises(CorpusError, match="no articles in"):
        remove(indexed, ["orchards.txt"])
    assert Assistant.open(replace(indexed)).search("pear orchards")


def test_a_link_is_removed_and_not_what_it_leads_to(indexed: Settings) -> None:
    (indexed.corpus / "link.md").symlink_to("harbour.md")
    remove(indexed, ["link.md"])
    assert (indexed.corpus / "harbour.md").exists()
    assert not (indexed.corpus / "link.md").is_symlink()


def test_a_file_that_is_not_as_it_was_indexed_is_not_removed(indexed: Settings, tmp_path: Path) -> None:
    other = replace(indexed, corpus=tmp_path / "other")
    (other.corpus / "notes").mkdir(parents=True)
    (other.corpus / "harbour.md").write_text("Precious, and in no index.\n", encoding="utf-8")
    (other.corpus / "list.csv").write_text("title,text\nA,Precious too.\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="harbour.md is not as it was indexed; nothing was removed"):
        remove(other, ["harbour.md"])
    assert (other.corpus / "harbour.md").exists()
    with Index(indexed, expected_manifest(indexed)).reading() as catalog:
        assert len(catalog.documents()) == 3
