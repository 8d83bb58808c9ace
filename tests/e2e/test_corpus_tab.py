"""The corpus tab in a real browser: what is there, and changing it."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.browsing import ARTICLES, BROWSING, Visitor, gathering, served

pytestmark = BROWSING

WHALES = "---\ntitle: The whales of Ustka\ndate: 1999-05-01\nsource: Zoo Weekly\n---\n\n# The whales of Ustka\n\nThe whales of Ustka sing in the key of D minor.\n"
# Pages of this machine may be added here, and one article takes its time.
LENIENT = """
import time
from askdivide.ingestion import fetch, loading, reindex
from askdivide.interfaces.cli import main
made = fetch.Fetcher.__init__
fetch.Fetcher.__init__ = lambda self, **given: made(self, **{**given, "allow_private": True, "pause": 0})
load = loading.load
def slow(file, known, given_up):
    time.sleep(4 if "slow" in file.path and not known else 0)
    return load(file, known, given_up)
reindex.load = slow
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("keeping")
    (made / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (made / "corpus" / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder, program=("-c", LENIENT), GRADIO_TEMP_DIR=str(folder / "uploads")) as url:
        yield url


class Keeper(Visitor):
    """A visitor in the corpus tab."""

    def __init__(self, browser, url: str, **window) -> None:
        super().__init__(browser, url, **window)
        self.go("Corpus")
        self.page.locator("#articles table").wait_for()

    def go(self, tab: str) -> None:
        self.page.get_by_role("tab", name=tab).click()

    def upload(self, *files) -> None:
        self.page.locator("#upload input[type=file]").set_input_files(files)

    def told(self, words: str) -> str:
        """What the page says of a change, once it holds `words`."""
        place = self.page.locator("#told [role=status]", has_text=re.compile(words))
        place.wait_for()
        return place.inner_text()

    def titles(self) -> list[str]:
        return [title.split("\n")[0] for title in self.page.locator("#articles tbody tr:visible th").all_inner_texts()]

    def row(self, words: str):
        return self.page.locator("#articles tbody tr", has_text=words)


@pytest.fixture
def keepers(browser, address):
    with gathering(browser, address, Keeper) as coming:
        yield coming


def markdown(name: str, text: str) -> dict:
    return {"name": name, "mimeType": "text/markdown", "buffer": text.encode()}


def test_an_article_is_uploaded_asked_about_removed_and_then_refused(keepers, folder):
    keeper = keepers()
    page = keeper.page
    keeper.upload(markdown("whales.md", WHALES))
    assert keeper.told("added") == "1 article added.\n\nwhales.md"
    row = keeper.row("The whales of Ustka")
    row.wait_for()
    assert " ".join(row.inner_text().split()) == "The whales of Ustka whales.md Zoo Weekly 1 May 1999 1 indexed"
    assert (folder / "corpus" / "whales.md").read_text(encoding="utf-8") == WHALES
    assert not [file for file in (folder / "uploads").rglob("*") if file.is_file() and "vibe" not in file.name], "uploads are not kept"
    page.locator("#title summary", has_text="3 articles").wait_for()
    # The title opens the reader.
    row.get_by_role("link").click()
    page.locator("#reader", has_text="D minor").wait_for()
    page.keyboard.press("Escape")
    keeper.go("Chat")
    assert "D minor" in keeper.ask("In which key do the whales of Ustka sing?").inner_text()
    keeper.cards().first.get_by_role("link", name="The whales of Ustka").wait_for()
    # The same name with other content is not replaced unless that is wished.
    keeper.go("Corpus")
    keeper.upload(markdown("whales.md", WHALES.replace("D minor", "E flat")))
    assert "would replace whales.md" in keeper.told("would replace")
    assert "tick “Replace files of the same name”" in keeper.told("would replace")
    page.get_by_label("Replace files of the same name").check()
    keeper.upload(markdown("whales.md", WHALES.replace("D minor", "E flat")))
    keeper.told("1 article added")
    assert "E flat" in (folder / "corpus" / "whales.md").read_text(encoding="utf-8")
    # Removing asks first.
    remove = page.get_by_role("button", name="Remove selected")
    keeper.row("The whales of Ustka").wait_for()
    remove.click()
    keeper.told("Select the articles first")
    keeper.row("The whales of Ustka").get_by_role("checkbox").check()
    remove.click()
    page.get_by_text("They are deleted").wait_for()
    page.get_by_role("button", name="Keep them").click()
    page.get_by_text("They are deleted").wait_for(state="hidden")
    assert (folder / "corpus" / "whales.md").exists()
    remove.click()
    page.get_by_role("button", name="Remove them").click()
    assert keeper.told("removed") == "1 article removed.\n\nwhales.md"
    keeper.row("The whales of Ustka").wait_for(state="detached")
    assert not (folder / "corpus" / "whales.md").exists()
    keeper.go("Chat")
    answer = keeper.ask("In which key do the whales of Ustka sing, and who heard them?").inner_text()
    assert "E flat" not in answer
    assert "D minor" not in answer


def test_what_is_no_article_gets_a_line(keepers, folder, tmp_path):
    keeper = keepers()
    before = sorted(file.name for file in (folder / "corpus").iterdir())
    keeper.upload({"name": "tool.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\0\1"})
    assert "tool.exe was not added: it is of a kind that has no reader" in keeper.told("tool.exe")
    keeper.upload({"name": "blob.md", "mimeType": "text/markdown", "buffer": bytes(range(256)) * 9})
    assert "blob.md was not added" in keeper.told("blob.md")
    keeper.upload({"name": ".hidden.md", "mimeType": "text/markdown", "buffer": b"# Hidden\n\nText.\n"})
    assert "was not added" in keeper.told("hidden")
    (tmp_path / "large.txt").write_bytes(b"a" * (33 << 20))
    keeper.upload(tmp_path / "large.txt")
    keeper.page.get_by_text(re.compile("exceed the maximum allowed size")).wait_for()
    assert sorted(file.name for file in (folder / "corpus").iterdir()) == before


def test_the_web_is_added_from_by_address(keepers, folder, site):
    url = site.serve(
        "/otters",
        f"<html><head><title>Otters</title></head><body><article><h1>Otters</h1><p>{'The otters of Hel hold hands while they sleep. ' * 8}</p></article></body></html>",
    )
    keeper = keepers()
    field = keeper.page.get_by_label("Address of a page or a feed")
    for wrong, said in (
        ("/etc/passwd", "no address of a page"),
        ("file:///etc/passwd", "no address"),
        (f"{site.url}/none", "was not added: it.*404"),
    ):
        field.fill(wrong)
        field.press("Enter")
        keeper.told(said)
    field.fill(url)
    keeper.page.get_by_role("button", name="Add from the web").click()
    assert "web/127.0.0.1/otters" in keeper.told("1 article added")
    keeper.row("Otters").get_by_role("link").wait_for()


def test_the_table_is_searched_and_sorted(keepers):
    keeper = keepers()
    page = keeper.page
    everything = keeper.titles()
    assert everything == sorted(everything, key=str.casefold)
    page.get_by_role("button", name="Title").click()
    assert keeper.titles() == everything[::-1]
    page.get_by_role("button", name="Date").click()
    assert keeper.titles()[0].startswith("Parrots"), "of 2023; what has no date comes last"
    assert page.locator("#articles th[aria-sort]").all_inner_texts() == ["Date"]
    page.get_by_label("Find an article").fill("bay HARBOUR")
    assert keeper.titles() == ["The harbour of Ostrava Bay"]
    assert page.locator("#articles caption").inner_text().startswith("1 of ")
    page.get_by_label("Select all that are shown").check()
    assert page.locator("#articles .pick:checked").count() == 1
    page.get_by_label("Find an article").fill("xyzzy")
    assert page.get_by_text("No article matches.").is_visible()
    assert page.locator("#articles .pick:checked").count() == 0, "what is not shown is not removed"


def test_two_people_change_the_corpus_at_once_while_others_ask(keepers, folder):
    first, second = keepers(), keepers()
    first.upload(markdown("slow.md", "# Slow\n\nSloths of Lublin move slowly.\n"))
    first.page.locator("#told .doing").wait_for()
    while not (folder / "index" / "writer.json").exists():
        first.page.wait_for_timeout(50)
    second.upload(markdown("quick.md", "# Quick\n\nQuicksilver hares of Lublin run.\n"))
    second.page.get_by_text("Waiting: the index is being brought up to date already").wait_for()
    second.go("Chat")
    assert "1871" in second.ask("When was the harbour founded?").inner_text()
    second.go("Corpus")
    first.told("1 article added")
    second.told("1 article added")
    (folder / "corpus" / "broken.md").write_bytes(b"\xff\xfe\x00\xd8")
    first.page.get_by_role("button", name="Re-index").click()
    said = first.told("cannot be read")
    assert "broken.md is UTF-16 text" in said
    first.row("broken.md").get_by_text("cannot be read").wait_for()
    (folder / "corpus" / "broken.md").unlink()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_the_table_runs_out_of_the_window_or_is_more_than_text(keepers, scheme):
    page = keepers(color_scheme=scheme).page
    assert "<script>window.pwned = 1</script>" in page.inner_text("#articles")
    assert page.locator("#articles :is(script, img, style)").count() == 0
    assert page.evaluate("window.pwned") is None
    for width in (360, 1600):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth && document.body.scrollWidth <= window.innerWidth")
        right = page.locator("#articles table").evaluate("table => table.getBoundingClientRect().right")
        assert right <= page.locator("#holdings").evaluate("column => column.getBoundingClientRect().right") + 1


def test_another_site_cannot_change_it(address):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    with closing(connection):
        connection.request("POST", "/gradio_api/queue/join", b"{}", {"Origin": "http://evil.example", "Content-Type": "application/json"})
        assert connection.getresponse().status == 403
