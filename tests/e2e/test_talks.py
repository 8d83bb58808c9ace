"""Conversations on the page: begun, gone on with, kept, found again; and the page in windows of all sizes and on paper."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.e2e.browsing import BROWSING, HARBOUR, Visitor, gathering, served, small_chat

from askdivide.interfaces.web.conversations import Conversations
from askdivide.interfaces.web.turns import Exchange, Reply

pytestmark = BROWSING

NAME = "founders-b-figs-b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return small_chat(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder, ASKDIVIDE_OFFER=f"test:{folder / 'replies.jsonl'}") as url:
        yield url


@pytest.fixture
def visitors(browser, address):
    with gathering(browser, address) as coming:
        yield coming


def test_visitors_see_their_own_conversation_only(visitors):
    first, second = visitors(), visitors()
    first.ask(HARBOUR)
    assert second.replies.count() == 0
    assert "1871" in first.page.inner_text("#sources")
    assert "1871" not in second.page.inner_text("#sources")
    assert "Understood as" not in second.ask("And what is it called?").inner_text()
    assert first.replies.count() == 1


def test_a_new_conversation_is_empty_and_offers_questions(visitors):
    visitor = visitors()
    visitor.ask(HARBOUR)
    visitor.page.get_by_role("button", name="New conversation").click()
    starter = visitor.page.get_by_role("button", name="How many ships does the harbour handle?")
    starter.wait_for()
    assert visitor.replies.count() == 0
    assert visitor.cards().count() == 0
    visitor.page.reload()
    starter.wait_for()
    assert visitor.replies.count() == 0, "it is still empty"
    starter.press("Enter")
    visitor.replies.first.wait_for()
    assert "412 ships" in visitor.replies.first.inner_text()
    visitor.page.locator("#question .submit-button").wait_for()
    visitor.page.reload()
    visitor.page.get_by_text("412 ships").first.wait_for()


def test_the_last_question_can_be_edited_and_an_answer_copied(visitors):
    visitor = visitors()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.ask(HARBOUR)
    visitor.page.get_by_role("button", name="Copy").click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert re.search(
        r"founded in 1871 .* \[1\]\n(?s:.*)\nSources\n\[1\] The harbour of Ostrava Bay · Bay Courier · 1 March 2024 · harbour.md:\d+-\d+",
        copied,
    )
    visitor.ask("Who founded the harbour?")
    assert visitor.page.get_by_role("button", name="Edit question").count() == 1, "only the last"
    visitor.page.get_by_role("button", name="Edit question").click()
    visitor.replies.nth(1).wait_for(state="detached")
    assert visitor.box.input_value() == "Who founded the harbour?"
    visitor.page.reload()
    visitor.replies.first.wait_for()
    assert visitor.replies.count() == 1, "what was taken back is not kept"


def test_of_a_long_conversation_the_end_is_shown_and_the_rest_on_demand(visitors, folder):
    visitor = visitors()
    (cookie,) = visitor.context.cookies()
    kept = Conversations(folder / "index")
    for number in range(1, 36):
        kept.save(
            f"visitor:{cookie['value']}", "long", "Long", Exchange(number, f"Question {number}?", (Reply("quote", text=f"So {number}."),))
        )
    visitor.page.reload()
    visitor.page.get_by_text("Question 35?").wait_for()
    assert visitor.page.locator("#chat .asked").count() == 30
    visitor.page.get_by_role("button", name="Show earlier questions (5)").click()
    visitor.page.get_by_text("Question 1?").wait_for()
    assert visitor.page.locator("#chat .asked").count() == 35
    assert "1871" in visitor.ask(HARBOUR).inner_text()


def test_conversations_outlive_the_page_and_the_server(visitors, tmp_path, folder):
    copy = tmp_path / "web"
    shutil.copytree(folder / "corpus", copy / "corpus")
    with served(copy) as url:
        visitor, other = visitors(url), visitors(url)
        visitor.ask(HARBOUR)
        visitor.ask("What do Zanzibar parrots eat?")
        visitor.page.get_by_role("button", name="New conversation").click()
        visitor.page.get_by_text("What would you like to know?").wait_for()
        visitor.ask("And how many ships does the harbour handle?")
        visitor.page.reload()
        visitor.replies.first.wait_for()
        assert "412 ships" in visitor.replies.first.inner_text(), "the latest is open"
        visitor.open_drawer()
        visitor.page.get_by_role("radio", name=HARBOUR).check()
        visitor.page.get_by_text("Zanzibar parrots eat").first.wait_for()
        assert visitor.replies.count() == 2
        visitor.open_drawer()
        title = visitor.page.get_by_label("Title of the open conversation")
        expect(title).to_have_value(HARBOUR)
        title.fill("Founders & <b>figs</b>")
        title.press("Enter")
        visitor.page.get_by_role("radio", name="Founders & <b>figs</b>").wait_for()
        assert [file.name for file in _saved(visitor, tmp_path, "Save as Markdown", "Save as JSON")] == [f"{NAME}.md", f"{NAME}.json"]
        other.open_drawer()
        other.page.get_by_text("Conversations that you have had are listed here.").wait_for()
        assert other.page.get_by_role("radio").count() == 0
    article = copy / "corpus" / "harbour.md"
    article.write_text(article.read_text(encoding="utf-8").replace("1871", "1881"), encoding="utf-8")
    (copy / "corpus" / "parrots.md").unlink()
    with served(copy) as url:
        visitor.page.goto(url)
        visitor.replies.first.wait_for()
        visitor.open_drawer()
        visitor.page.get_by_role("radio", name="Founders & <b>figs</b>").check()
        visitor.page.get_by_text("This article is no longer among the articles.").first.wait_for()
        visitor.replies.first.locator("a.cite").first.click()
        card = visitor.page.locator("#s-1-1")
        assert "This article has changed since it was quoted." in card.inner_text()
        assert "1871" in card.locator("mark").inner_text(), "the words are those of then"
        assert "changed since this answer was given" in visitor.page.inner_text("#chat")
        assert "Understood as" in visitor.ask("And who founded it?").inner_text(), "it goes on"
        visitor.open_drawer()
        visitor.page.get_by_role("button", name="Delete", exact=True).click()
        visitor.page.get_by_role("button", name="Keep it").click()
        assert visitor.page.get_by_role("radio").count() == 2
        visitor.page.get_by_role("button", name="Delete", exact=True).click()
        visitor.page.get_by_role("button", name="Yes, delete it").click()
        visitor.page.get_by_role("radio", name="Founders & <b>figs</b>").wait_for(state="detached")
        visitor.page.keyboard.press("Escape")
        assert not visitor.page.get_by_role("button", name="Close").is_visible()
        assert visitor.replies.count() == 0
    assert "<b>figs" not in (copy / "index" / "conversations.sqlite3").read_bytes().decode("latin-1")


def _saved(visitor: Visitor, folder: Path, *buttons: str) -> list[Path]:
    files = []
    for button in buttons:
        with visitor.page.expect_download() as saving:
            visitor.page.get_by_role("button", name=button).click()
        files.append(folder / saving.value.suggested_filename)
        saving.value.save_as(files[-1])
    markdown = files[0].read_text(encoding="utf-8")
    assert "[^1-1]: The harbour of Ostrava Bay, Bay Courier, 1 March 2024" in markdown
    assert [one["question"] for one in json.loads(files[1].read_text(encoding="utf-8"))["turns"]] == [
        HARBOUR,
        "What do Zanzibar parrots eat?",
    ]
    return files


@pytest.mark.parametrize("window", [{"width": 360, "height": 740}, {"width": 1600, "height": 900}])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_out_of_the_window(visitors, window, scheme):
    visitor = visitors(viewport=window, color_scheme=scheme)
    wide = "document.documentElement.scrollWidth <= window.innerWidth && document.body.scrollWidth <= window.innerWidth"
    assert visitor.page.evaluate(wide)
    visitor.ask("What do Zanzibar parrots drink?")
    visitor.ask("w" * 500)
    assert visitor.page.evaluate(wide)
    assert visitor.box.is_visible()


def test_on_paper_stands_the_whole_conversation_and_nothing_to_press(visitors):
    visitor = visitors(viewport={"width": 1280, "height": 500})
    for question in (HARBOUR, "What do Zanzibar parrots drink?", "Where do Zanzibar parrots sleep?"):
        visitor.ask(question)
    page = visitor.page
    page.emulate_media(media="print")
    for place in ("#chat", "#sources"):
        assert page.evaluate(
            "place => { const part = document.querySelector(place); return part.scrollHeight <= part.clientHeight + 2; }", place
        )
    first = visitor.page.locator("#chat .asked").first.bounding_box()
    assert first["y"] >= 0
    assert not visitor.box.is_visible()
    assert not page.get_by_role("button", name="Copy").is_visible()
    assert [part.is_visible() for part in page.locator("#sources .turn").all()] == [True] * 3, "each answer's sources"
    assert page.locator("#sources .for:visible").count() == 3


def test_lists_close_where_the_keyboard_goes_on(visitors):
    visitor = visitors()
    page = visitor.page
    page.locator("#model input").focus()
    lists = page.locator("#choice ul.option-list").filter(visible=True)
    for part in ("#model", "#second"):
        page.locator(f"{part} ul.option-list").wait_for()
        assert page.evaluate("part => document.activeElement.closest(part) !== null", part)
        page.keyboard.press("Tab")
    expect(lists).to_have_count(0)
    visitor.choose("quote")
    visitor.ask(HARBOUR)
