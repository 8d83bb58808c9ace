"""What browser tests share: a server of its own process, and visitors with a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
BROWSING = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists() and "CI" not in os.environ, reason="needs Chromium (apt-get install chromium)"),
]
"""Marks of every browser test: `pytestmark = BROWSING`."""
WAIT = 40_000
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def served(folder: Path, *, program: tuple[str, ...] = ("-m", "askdivide"), **settings: str) -> Iterator[str]:
    """The address of a web chat over `folder`/corpus; the process ends with the block, and without a traceback."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASKDIVIDE_")}
    environment |= {"ASKDIVIDE_EMBEDDING": "test:256", "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0", **settings}
    command = [sys.executable, *program, "serve", "--corpus", folder / "corpus", "--index", folder / "index", "--port", "0"]
    process = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    lines: Queue[str] = Queue()
    told: list[str] = []

    def listen(stream) -> None:
        for line in stream:
            told.append(line)
            lines.put(line)

    listener = threading.Thread(target=listen, args=(process.stderr,))
    listener.start()
    try:
        while not (address := re.search(r"http://\S+", lines.get(timeout=60))):
            pass
        yield address.group()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert "interrupted" in told[-1]
        assert program[0] == "-c" or not any("Traceback" in line for line in told)
    finally:
        process.kill()
        process.wait()
        listener.join(timeout=5)
        process.stderr.close()


class Visitor:
    """Somebody with a browser of their own, who notes what it asks for and what goes wrong in it."""

    def __init__(self, browser, url: str, **window) -> None:
        self.context = browser.new_context(**window)
        self.context.set_default_timeout(WAIT)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.troubles.append(dialog.message), dialog.dismiss()))
        self.page.goto(url)
        self.box.wait_for()

    @property
    def box(self):
        return self.page.get_by_role("textbox", name="Question")

    @property
    def replies(self):
        return self.page.locator("#chat .reply")

    def ask(self, question: str):
        """Ask by keyboard, and wait until the answer is complete."""
        before = self.replies.count()
        self.box.fill(question)
        self.box.press("Enter")
        self.replies.nth(before).wait_for()
        self.page.locator("#question .submit-button").wait_for()
        return self.replies.nth(before)

    def cards(self):
        return self.page.locator("#sources .card:visible")

    @property
    def hint(self):
        return self.page.locator("#hint")

    def choose(self, model: str, which: str = "#model") -> None:
        """Choose an answer model by keyboard."""
        field = self.page.locator(f"{which} input")
        field.fill(model)
        field.press("Enter")
        field.press("Tab")

    def open_drawer(self) -> None:
        """Open the list of conversations."""
        self.page.get_by_role("button", name="Conversations", exact=True).click()
        self.page.get_by_role("button", name="Close").wait_for()


@contextmanager
def gathering(browser, address: str, kind: type[Visitor] = Visitor) -> Iterator[Callable[..., Any]]:
    """Lets visitors come, to `address` or another; at the end they leave, and nothing may have gone wrong for one of them."""
    came: list[Visitor] = []

    def visitor(url: str = address, **window) -> Visitor:
        came.append(kind(browser, url, **window))
        return came[-1]

    yield visitor
    for one in came:
        one.context.close()
        assert not one.troubles
