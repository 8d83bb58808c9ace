"""How long people wait for the web chat: from its start to a page that can be used, and from a question to its answer on the page.

    python bench/page.py [--index DIR] [--runs 3]

A real browser (Chromium at /usr/bin/chromium, from a warm file cache) opens the page of a server that has just been started on a
built index, and asks; browser and server share this machine's cores.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from load import ROOT, questions, serving
from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
ASKED = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, default=ROOT / "index")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    usable, first, answered = [], [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(args.runs):
            begun = time.perf_counter()
            with serving(args.index) as (address, _pid):
                page = browser.new_page()
                page.goto(address)
                box = page.get_by_role("textbox", name="Question")
                box.fill("Is it there?")
                usable.append(time.perf_counter() - begun)
                for number, question in enumerate(questions()[:ASKED]):
                    box.fill(question)
                    sent = time.perf_counter()
                    box.press("Enter")
                    page.locator("#chat .reply").nth(number).wait_for()
                    (first if number == 0 else answered).append(time.perf_counter() - sent)
                    page.locator("#question .submit-button").wait_for()
                page.close()
        browser.close()
    print(f"start to usable page: median {statistics.median(usable):.1f} s, longest {max(usable):.1f} s ({args.runs} starts)")
    print(f"first question after a start to its answer: median {statistics.median(first):.2f} s, longest {max(first):.2f} s")
    print(f"later questions: median {statistics.median(answered):.2f} s, longest {max(answered):.2f} s ({len(answered)} questions)")


if __name__ == "__main__":
    main()
