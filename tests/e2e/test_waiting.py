"""More questions than are answered at once: who waits is told how long, who is too many is told to come back."""

from __future__ import annotations

import pytest
from tests.e2e.browsing import BROWSING, Visitor, served

pytestmark = BROWSING
# One question at a time, and one that waits.
NARROW = """
import time
from askdivide.answering.assistant import Assistant
from askdivide.interfaces.cli import main
from askdivide.interfaces.web import page
page._AT_ONCE = page._WAITING = 1
stream = Assistant.stream
def slow(self, question, **given):
    time.sleep(60 if "slowly" in question else 0)
    return stream(self, question, **given)
Assistant.stream = slow
main()
"""


@pytest.fixture
def visitors(browser, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "harbour.md").write_text("# Harbour\n\nThe harbour was founded in 1871.\n", encoding="utf-8")
    with served(tmp_path, program=("-c", NARROW)) as url:
        came = [Visitor(browser, url) for _ in range(3)]
        yield came
        for one in came:
            one.context.close()
            assert not one.troubles


def test_who_waits_is_told_so(visitors):
    first, second, third = visitors
    for visitor in (first, second):
        visitor.box.fill("When was the harbour founded, slowly?" if visitor is first else "When was the harbour founded?")
        visitor.box.press("Enter")
        visitor.page.get_by_text("Reading the articles" if visitor is first else "Yours is the next question").wait_for()
    third.box.fill("When was the harbour founded?")
    third.box.press("Enter")
    third.page.get_by_text("Too many questions are waiting.").wait_for()
    assert not third.page.get_by_text("This application is currently busy").is_visible()
    assert third.box.input_value() == "When was the harbour founded?"
    first.page.get_by_role("button", name="Stop").click()
    second.replies.first.get_by_text("1871").wait_for()
    second.page.locator("#waiting").wait_for(state="hidden")
    third.box.press("Enter")
    third.replies.first.get_by_text("1871").wait_for()
    third.page.locator("#waiting").wait_for(state="hidden")
