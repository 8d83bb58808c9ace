"""The web chat as people meet it: a server of its own process, a real browser."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.browsing import BROWSING, HARBOUR, gathering, served, small_chat

pytestmark = BROWSING


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return small_chat(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder, ASKDIVIDE_OFFER=f"test:{folder / 'replies.jsonl'}") as url:
        yield url


@pytest.fixture
def writer(folder) -> str:
    """A model that writes."""
    return f"test:{folder / 'replies.jsonl'}"


@pytest.fixture
def visitors(browser, address):
    with gathering(browser, address) as coming:
        yield coming


def test_an_answer_leads_to_its_exact_words(visitors, folder):
    visitor = visitors()
    reply = visitor.ask(HARBOUR)
    assert "founded in 1871" in reply.locator(".claim").first.inner_text()
    assert visitor.box.input_value() == ""
    marker = reply.locator("a.cite").first
    marker.click()
    card = visitor.page.locator(marker.get_attribute("href"))
    assert card.locator("h3").inner_text() == "The harbour of Ostrava Bay"
    assert "Bay Courier · 1 March 2024" in card.inner_text()
    assert card.locator(".original a").get_attribute("href") == "https://example.org/harbour"
    document, start, end = re.match(r"(.*):(\d+)-(\d+)$", card.locator(".where").inner_text()).groups()
    text = (folder / "corpus" / document).read_text(encoding="utf-8")
    assert card.locator("mark").text_content() == text[int(start) : int(end)]
    assert "The coast is steep here." in card.locator("blockquote").inner_text()
    assert "title:" not in card.locator("blockquote").inner_text()
    card.get_by_role("link", name="back to the answer").click()
    assert visitor.page.url.endswith(marker.get_attribute("id"))


def test_a_follow_up_is_understood_and_shows_its_own_sources(visitors):
    visitor = visitors()
    visitor.ask("How many ships did the harbour of Ostrava Bay handle?").locator("a.cite").first.click()
    reply = visitor.ask("And who founded it?")
    assert "Understood as: And who founded it? (" in reply.inner_text()
    assert all(card.get_attribute("id").startswith("s-2-") for card in visitor.cards().all() if card.get_attribute("id"))
    visitor.replies.first.locator("a.cite").first.click()
    assert visitor.cards().first.get_attribute("id") == "s-1-1"


def test_hostile_text_stays_text(visitors):
    visitor = visitors()
    for question in (
        "What do Zanzibar parrots eat?",
        "What do Zanzibar parrots drink?",
        "Where do Zanzibar parrots sleep?",
        "Do <img src=x onerror='window.pwned=9'> parrots **eat**?",
    ):
        visitor.ask(question)
    page = visitor.page
    assert "<img src=x onerror='window.pwned=9'> parrots **eat**?" in page.inner_text("#chat")
    for text in (
        '<img src="x" onerror="window.pwned = 5">',
        "<script>window.pwned = 6</script>",
        "{{value}} ${window.pwned = 8}",
        "<style>*",
        "$x^2$ $$y$$",
    ):
        assert text in page.inner_text("#chat")
        assert text in page.text_content("#sources")
    assert "window.pwned = 10" not in page.inner_text("#chat"), "a tag of the article's own is a mark, in code it is a word"
    assert "[Gazette](javascript:window.pwned=3)" in page.inner_text("#sources")
    assert page.evaluate("window.pwned") is None
    places = "#chat .message, #sources .sources, #title h1, #title details"
    assert page.locator(f":is({places}) :is(script, img, style, iframe, svg.katex, .katex, code, em, strong:not(.label))").count() == 0
    assert page.locator(f":is({places}) a:not([href^='#']):not([href^='https://example.org']):not([href^='/article?'])").count() == 0
    assert page.locator("#chat").is_visible()


def test_a_refusal_says_so_and_offers_what_is_nearest_also_where_nothing_can_be_kept(visitors, tmp_path, folder):
    shutil.copytree(folder / "corpus", tmp_path / "corpus")
    (tmp_path / "index" / "conversations.sqlite3").mkdir(parents=True)
    with served(tmp_path, ASKDIVIDE_REFUSE_BELOW="1") as url:
        visitor = visitors(url)
        reply = visitor.ask("What is the capital of Peru?")
        assert "Not in the articles" in reply.inner_text()
        assert "“Peru”" in reply.inner_text()
        assert reply.locator("a.cite").count() == 0
        assert "They do not answer the question." in visitor.page.inner_text("#sources")
        assert visitor.cards().count() >= 1
        assert "You are welcome" in visitor.ask("thanks").inner_text()
        visitor.open_drawer()
        visitor.page.get_by_text("Conversations last as long as this page").wait_for()


def test_an_empty_or_endless_question_gets_a_word(visitors):
    visitor = visitors()
    visitor.box.press("Enter")
    visitor.page.get_by_text("Type a question first.").wait_for()
    assert visitor.replies.count() == 0
    endless = "harbour " * 2000
    reply = visitor.ask(endless)
    assert "That did not work" in reply.inner_text()
    assert visitor.box.input_value() == endless.strip()
    assert "1871" in visitor.ask(HARBOUR).inner_text()
    assert visitor.page.get_by_text("Type a question first.").count() == 0


def test_what_a_model_writes_is_checked_and_marked(visitors, writer):
    visitor = visitors()
    visitor.choose(writer)
    visitor.hint.get_by_text("on this machine. Nothing leaves it.").wait_for()
    reply = visitor.ask(HARBOUR)
    supported, unsupported, uncited = reply.locator(".claim").all()
    assert supported.locator(".flag").count() == 0
    assert "not supported by its source: 999" in unsupported.inner_text()
    assert "without a source" in uncited.inner_text()
    assert "1 sentence supported, 1 not supported, 1 without a source" in reply.inner_text()
    assert not reply.get_by_text("The first source says when.").is_visible()
    reply.get_by_text("Reasoning").click()
    assert reply.get_by_text("The first source says when.").is_visible()
    visitor.page.reload()
    visitor.hint.get_by_text("on this machine. Nothing leaves it.").wait_for()
    visitor.choose("quote")
    visitor.hint.get_by_text("the articles’ own sentences").wait_for()
    assert visitor.ask(HARBOUR).locator(".flag").count() == 0


def test_stop_in_mid_stream_keeps_the_words_and_the_question_can_be_asked_again(visitors, writer):
    visitor = visitors()
    visitor.choose(writer)
    visitor.box.fill("Tell me slowly when the harbour was founded")
    visitor.box.press("Enter")
    visitor.page.locator("#chat .thought", has_text="The question is about").wait_for()
    visitor.page.locator("#chat .writing", has_text="founded in 1871").wait_for()
    assert "not yet checked" in visitor.page.inner_text("#chat")
    assert visitor.page.locator("#chat .cite").count() == 0
    assert "1871" in visitors().ask(HARBOUR).inner_text(), "others do not wait for it"
    visitor.box.fill("And now?")
    visitor.box.press("Enter")
    visitor.page.get_by_role("button", name="Stop").click()
    visitor.page.get_by_text("Stopped. Nothing of this was checked.").wait_for()
    assert "founded in 1871" in visitor.replies.first.inner_text()
    assert visitor.box.input_value() == "And now?", "what was typed meanwhile is not lost"
    assert visitor.page.locator("#chat .asked").count() == 1
    visitor.page.reload()
    visitor.page.get_by_text("Stopped. Nothing of this was checked.").wait_for()
    assert "founded in 1871" in visitor.replies.first.inner_text()
    # The model chosen before comes by itself, and would come over what is chosen too early.
    visitor.hint.get_by_text("on this machine. Nothing leaves it.").wait_for()
    visitor.choose("quote")
    visitor.hint.get_by_text("the articles’ own sentences").wait_for()
    visitor.page.get_by_role("button", name="Ask again").click()
    visitor.page.locator("#chat .quoted").wait_for()
    visitor.page.locator("#question .submit-button").wait_for()
    assert visitor.page.locator("#chat .asked").count() == visitor.replies.count() == 1
    assert "Milena Duras" in visitor.replies.first.inner_text()


def test_two_models_answer_side_by_side_with_sources_of_their_own(visitors, writer):
    visitor = visitors(viewport={"width": 1600, "height": 900})
    visitor.choose(writer)
    visitor.choose("quote", "#second")
    visitor.hint.get_by_text("Two answers side by side.").wait_for()
    visitor.ask(HARBOUR)
    visitor.page.locator("#chat .acts").wait_for()
    first, second = visitor.page.locator("#chat .pair > div").all()
    assert "1 sentence supported, 1 not supported" in first.inner_text()
    assert re.search(r"quoted · \d+\.\d s", second.inner_text())
    for reply, card in ((first, "#s-1a-1"), (second, "#s-1b-1")):
        reply.locator("a.cite").first.click()
        assert visitor.page.url.endswith(card)
        assert visitor.page.locator(card).is_visible()
        assert "1871" in visitor.page.locator(f"{card} mark").inner_text()
    assert first.bounding_box()["y"] == second.bounding_box()["y"]
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    assert first.bounding_box()["y"] + first.bounding_box()["height"] <= second.bounding_box()["y"]


def test_a_model_that_is_not_ready_says_what_is_missing(visitors):
    visitor = visitors()
    visitor.choose("test:/etc/passwd")
    visitor.hint.get_by_text("not offered here").wait_for()
    visitor.page.locator("#model input").click()
    visitor.page.get_by_role("option", name="not ready: set DEEPSEEK_API_KEY").first.click()
    visitor.hint.get_by_text("what is missing: set DEEPSEEK_API_KEY").wait_for()
    visitor.box.fill(HARBOUR)
    visitor.box.press("Enter")
    visitor.hint.get_by_text("is not ready").wait_for()
    assert visitor.box.input_value() == HARBOUR


def test_filters_narrow_what_may_answer_and_are_told(visitors):
    visitor = visitors()
    visitor.page.get_by_role("button", name="Which articles").click()
    visitor.page.get_by_label("Until").fill("soon")
    visitor.page.get_by_label("Until").press("Enter")
    visitor.hint.get_by_text("“soon” is no date").wait_for()
    visitor.page.get_by_label("Until").fill("2023")
    visitor.page.get_by_label("Until").press("Tab")
    visitor.hint.get_by_text("Only articles until 2023.").wait_for()
    visitor.ask("When was the harbour founded, and what do parrots eat?")
    assert "Only articles until 2023." in visitor.page.inner_text("#chat .asked")
    assert all("Parrots" in title for title in visitor.page.locator("#sources h3").all_text_contents())
    visitor.page.get_by_label("Until").fill("")
    sources = visitor.page.get_by_label("Articles", exact=True)
    sources.click()
    visitor.page.get_by_role("option", name="The harbour of Ostrava Bay (harbour.md)").click()
    visitor.hint.get_by_text("Only harbour.md.").wait_for()
    visitor.ask("When was the harbour founded, and what do parrots eat?")
    titles = visitor.page.locator("#sources .turn:last-child h3").all_text_contents()
    assert titles
    assert all("harbour" in title for title in titles)


def test_an_address_can_hold_a_question(visitors, address):
    visitor = visitors(f"{address}?q=When+was+the+harbour+founded%3F")
    visitor.replies.first.wait_for()
    assert "1871" in visitor.replies.first.inner_text()
    visitor.page.locator("#question .submit-button").wait_for()
    assert visitor.page.url.rstrip("/") == address.rstrip("/")
    visitor.page.reload()
    visitor.replies.first.wait_for()
    visitor.page.get_by_text("The passages that an answer rests on").wait_for(state="detached")
    assert visitor.replies.count() == 1, "it is asked once"


def test_nothing_is_asked_of_other_machines(visitors, address):
    visitor = visitors()
    visitor.ask("What do Zanzibar parrots drink?")
    visitor.cards().first.scroll_into_view_if_needed()
    assert len(visitor.requests) > 5
    assert [url for url in visitor.requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"Host": "evil.example"}, 421),
        ("gradio_api/file=/etc/passwd", {}, 404),
        ("gradio_api/info", {}, 404),
        ("docs", {}, 404),
    ],
)
def test_the_server_opens_no_more_than_the_page(address, path, headers, status):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    with closing(connection):
        connection.request("GET", f"/{path}", headers=headers)
        response = connection.getresponse()
        assert response.status == status
        assert status != 200 or "default-src 'self'" in response.headers["Content-Security-Policy"]
