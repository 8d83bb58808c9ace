"""The next question, asked the moment an answer is there, on a server that is slow to end the event of the last."""

from __future__ import annotations

import pytest
from tests.e2e.browsing import BROWSING, gathering, served

pytestmark = BROWSING
# What is between an event's last update and its end takes a second.
SLOW_TO_END = """
import asyncio
from askdivide.interfaces.cli import main
from askdivide.interfaces.web.chat import Chat
finished = Chat._finished
async def slow(self, *given):
    async for update in finished(self, *given):
        yield update
    await asyncio.sleep(1)
Chat._finished = slow
main()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("next")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "harbour.md").write_text("# Harbour\n\nThe harbour was founded in 1871.\n", encoding="utf-8")
    with served(folder, program=("-c", SLOW_TO_END)) as url:
        yield url


def test_a_question_sent_as_soon_as_the_button_is_there_is_asked(browser, address):
    with gathering(browser, address) as visitors:
        visitor = visitors()
        for _ in range(3):
            assert "1871" in visitor.ask("When was the harbour founded?").inner_text()
        assert visitor.page.locator("#chat .asked").count() == 3


def test_a_question_that_could_not_be_asked_is_in_the_box_when_the_button_is_there(browser, address):
    with gathering(browser, address) as visitors:
        visitor = visitors()
        endless = "harbour " * 2000
        visitor.ask(endless)
        assert visitor.box.input_value() == endless.strip()
        assert "1871" in visitor.ask("When was the harbour founded?").inner_text()
