"""The web chat as people meet it: a server of its own process, a real browser."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.browsing import BROWSING, Visitor, served

pytestmark = BROWSING

HARBOUR = "When was the harbour founded?"
ARTICLES = {
    "harbour.md": """---
title: The harbour of Ostrava Bay
date: 2024-03-01
source: Bay Courier
url: https://example.org/harbour
---

# The harbour of Ostrava Bay

The coast is steep here. The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. It has **three basins**.

## How many ships does the harbour handle?

In 2023 the harbour of Ostrava Bay handled 412 ships, according to its annual report.
""",
    "parrots.md": """---
title: Parrots <script>window.pwned = 1</script> <img src=x onerror="window.pwned = 2">
date: 2023-05
source: "[Gazette](javascript:window.pwned=3)"
url: javascript:window.pwned=4
---

# Parrots

Zanzibar parrots eat <img src="x" onerror="window.pwned = 5"> figs and <script>window.pwned = 6</script> dates.

Zanzibar parrots drink [nectar](javascript:window.pwned=7) ![pixel](http://tracker.example/p.png) {{value}} ${window.pwned = 8} `code`.

Zanzibar parrots sleep <style>* { display: none }</style> in $x^2$ $$y$$ nests.
""",
}
# A question may take long or meet with a fault; which, its words say here.
TROUBLED = """
import time
from askdivide.answering.assistant import Assistant
from askdivide.interfaces.cli import main
ask = Assistant.ask
def troubled(self, question, **given):
    time.sleep(60 if "slowly" in question else 0)
    return ask(self, question, **given) if "fault" not in question else 1 / 0
Assistant.ask = troubled
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("web")
    (made / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (made / "corpus" / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture
def visitors(browser, address):
    came: list[Visitor] = []

    def visitor(url: str = address, **window) -> Visitor:
        came.append(Visitor(browser, url, **window))
        return came[-1]

    yield visitor
    for one in came:
        one.context.close()
        assert not one.troubles


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
    assert "[Gazette](javascript:window.pwned=3)" in page.inner_text("#sources")
    assert page.evaluate("window.pwned") is None
    places = "#chat .message, #sources .sources, #title h1, #title details"
    assert page.locator(f":is({places}) :is(script, img, style, iframe, svg.katex, .katex, code, em, strong:not(.label))").count() == 0
    assert page.locator(f":is({places}) a:not([href^='#']):not([href^='https://example.org']):not([href^='/article?'])").count() == 0
    assert page.locator("#chat").is_visible()


def test_a_refusal_says_so_and_offers_what_is_nearest(visitors, folder):
    with served(folder, ASKDIVIDE_REFUSE_BELOW="1") as url:
        visitor = visitors(url)
        reply = visitor.ask("What is the capital of Peru?")
        assert "Not in the articles" in reply.inner_text()
        assert "“Peru”" in reply.inner_text()
        assert reply.locator("a.cite").count() == 0
        assert "They do not answer the question." in visitor.page.inner_text("#sources")
        assert visitor.cards().count() >= 1
        assert "You are welcome" in visitor.ask("thanks").inner_text()


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
    starter.press("Enter")
    visitor.replies.first.wait_for()
    assert "412 ships" in visitor.replies.first.inner_text()


def test_an_empty_or_endless_question_gets_a_word(visitors):
    visitor = visitors()
    visitor.box.press("Enter")
    visitor.page.get_by_text("Type a question first.").wait_for()
    assert visitor.replies.count() == 0
    endless = "harbour " * 2000
    reply = visitor.ask(endless)
    assert "That did not work" in reply.inner_text()
    assert visitor.box.input_value() == endless
    assert "1871" in visitor.ask(HARBOUR).inner_text()
    assert visitor.page.get_by_text("Type a question first.").count() == 0


def test_stop_and_faults_leave_a_chat_that_works(visitors, folder):
    with served(folder, program=("-c", TROUBLED)) as url:
        visitor = visitors(url)
        visitor.box.fill("Tell me slowly")
        visitor.box.press("Enter")
        assert "1871" in visitors(url).ask(HARBOUR).inner_text(), "others do not wait for it"
        visitor.page.get_by_role("button", name="Stop").click()
        visitor.page.get_by_text("Stopped.").wait_for()
        assert "fault of its own" in visitor.ask("Is this your fault?").inner_text()
        assert "1871" in visitor.ask(HARBOUR).inner_text()


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
