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
HARBOUR = "When was the harbour founded?"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


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

Zanzibar parrots eat `<img src="x" onerror="window.pwned = 5">` figs and `<script>window.pwned = 6</script>` dates <img src="x" onerror="window.pwned = 10">.

Zanzibar parrots drink [nectar](javascript:window.pwned=7) ![pixel](http://tracker.example/p.png) `{{value}}` ${window.pwned = 8} `code`.

Zanzibar parrots sleep `<style>* { display: none }</style>` in <style>* { display: none }</style> $x^2$ $$y$$ nests.
""",
}
"""Articles for a small web chat; one of them is hostile."""
# What a model writes in the browser's sight: fast, or slowly enough to be watched and stopped.
REPLIES = """
{"when": "slowly", "reply": [{"thinking": "The question is about the harbour."}, {"wait": 3}, "It was founded in 1871 [S1]. ", {"wait": 0.7}, \
"And so on. ", {"wait": 60}, "For ever."]}
{"reply": [{"thinking": "The first source says when."}, "It was founded in 1871 [S1]. It had 999 cranes [S1]. Nobody knows why."]}
""".replace("\\\n", "")


def small_chat(folder: Path) -> Path:
    """`folder` with ARTICLES as its corpus, and replies.jsonl: what a model writes."""
    (folder / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    (folder / "replies.jsonl").write_text(REPLIES, encoding="utf-8")
    return folder


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
