"""The reader in a real browser: an article opens over the chat at the words cited."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.e2e.browsing import ARTICLES, BROWSING, HARBOUR, gathering, served

pytestmark = BROWSING

LAYERS = "How many routed and shared experts does an MoE layer of DeepSeek-V2 have?"
HOSTILE = """---
title: Parrots <script>window.pwned = 1</script> <img src=x onerror="window.pwned = 2">
url: javascript:window.pwned=3
tags: ["<b onclick=alert(1)>", "[x](javascript:alert(1))"]
---

# Quetzals <iframe src="http://tracker.example"></iframe>

Quetzals eat <img src="http://tracker.example/p.png" onerror="window.pwned = 5"> figs and <script>window.pwned = 6</script> dates.

[nectar](javascript:window.pwned=7) ![pixel](http://tracker.example/p.png) {{value}} ${window.pwned = 8} <style>* { display: none }</style>

<details open ontoggle="window.pwned = 9"><svg onload="window.pwned = 10">

- <a href="javascript:window.pwned=11">click</a> [good](https://example.org/good)

| <b>cell</b> | <link rel=stylesheet href=http://tracker.example/x.css> |
|---|---|
| </td></table><script>window.pwned = 12</script> | `x` |

```
</code></pre><script>window.pwned = 13</script>
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("reading")
    (made / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (made / "corpus" / name).write_text(text, encoding="utf-8")
    shutil.copy(Path(__file__).parents[2] / "corpus" / "deepseek-v2-mla-moe.md", made / "corpus")
    (made / "corpus" / "hostile.md").write_text(HOSTILE, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture
def visitors(browser, address):
    with gathering(browser, address) as coming:
        yield coming


def test_a_source_opens_the_article_at_its_words(visitors, folder):
    visitor = visitors()
    page = visitor.page
    visitor.ask(LAYERS)
    link = visitor.cards().nth(1).locator("h3 a")
    fields = parse_qs(urlsplit(link.get_attribute("href")).query)
    link.focus()
    link.press("Enter")
    reader = page.get_by_role("dialog", name="Article")
    reader.locator("mark").first.wait_for()
    text = (folder / "corpus" / fields["doc"][0]).read_text(encoding="utf-8")
    cited = {
        index: (one[1], text[int(one[2]) : int(one[3])]) for index, one in enumerate(re.finditer(r"(\d+):(\d+)-(\d+):", fields["at"][0]))
    }
    assert len(cited) > 1
    for index, (number, words) in cited.items():
        pieces = reader.locator(f'mark[data-span~="{index}"]').all()
        assert "".join(piece.text_content() for piece in pieces) == words
        badge = reader.locator("#here" if index == 0 else f"#at-{index}")
        assert badge.text_content() == f"citation {number}"
    assert sorted(number for number, _ in cited.values()) == re.findall(r"\d+", reader.get_by_role("navigation", name="Cited").inner_text())
    # The words that were asked for are in view.
    box, window = reader.locator('mark[data-span="0"]').first.bounding_box(), page.viewport_size
    assert 0 <= box["y"] < window["height"] - box["height"]
    assert 'title: "' not in reader.inner_text()
    # The others are a click away, and the address of the chat stays.
    before = page.url
    other = cited[1][0]
    reader.get_by_role("link", name=f"citation {other}").click()
    page.wait_for_function("document.querySelector('#reader mark[data-span~=\"1\"]').getBoundingClientRect().top > 0")
    assert page.url == before
    page.keyboard.press("Escape")
    reader.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('href')") == link.get_attribute("href"), "focus comes back"


def test_it_closes_by_button_by_a_click_beside_it_and_by_the_way_back(visitors):
    visitor = visitors()
    visitor.ask(HARBOUR)
    reader = visitor.page.locator("#reader")
    by_button, beside = (lambda: reader.get_by_role("button", name="Close").click(), lambda: visitor.page.mouse.click(30, 300))
    for close in (by_button, beside, visitor.page.go_back):
        visitor.cards().first.locator("h3 a").click()
        reader.locator("mark").first.wait_for()
        assert visitor.page.evaluate("document.querySelector('#reader').contains(document.activeElement)"), "focus goes in"
        close()
        reader.wait_for(state="hidden")
    assert visitor.replies.count() == 1, "the way back led out of the article, not out of the page"


def test_an_address_opens_an_article_on_arrival(visitors, address):
    visitor = visitors(f"{address}?doc=harbour.md&at=1:150-180")
    reader = visitor.page.locator("#reader")
    reader.locator("mark").first.wait_for()
    assert "The harbour of Ostrava Bay" in reader.locator("h1").inner_text()
    assert "Open in a tab" in reader.inner_text()
    gone = visitors(f"{address}?doc=nowhere.md").page.locator("#reader")
    gone.get_by_text("There is no such article any more.").wait_for()
    for query in ("", "?doc=harbour.md&from=x&at=y"):
        answer = visitor.page.request.get(f"{address}article{query}")
        assert (answer.status == 200) == bool(query)
        assert "<h1>" in answer.text()
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("alone", [False, True])
def test_a_hostile_article_stays_text(visitors, address, alone):
    visitor = visitors()
    page = visitor.page
    page.goto(f"{address}{'article' if alone else ''}?doc=hostile.md&at=1:200-420")
    main = page.locator("main.article" if alone else "#reader .article")
    main.locator("mark").first.wait_for()
    for text in (
        '<img src="http://tracker.example/p.png" onerror="window.pwned = 5">',
        "<script>window.pwned = 6</script>",
        "[nectar](javascript:window.pwned=7)",
        "![pixel](http://tracker.example/p.png)",
        "${window.pwned = 8} * { display: none }",
        "</code></pre><script>window.pwned = 13</script>",
    ):
        assert text in main.text_content()
    # What is marked is there with its tags; elsewhere they are left out.
    assert "<svg" not in main.text_content()
    assert main.locator(":is(script, img, style, iframe, svg, link, details, b)").count() == 0
    assert [link.get_attribute("href") for link in main.locator("a").all()] == ["#here", "https://example.org/good"]
    assert page.evaluate("window.pwned") is None
    assert main.is_visible()
    assert [url for url in visitor.requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_an_article_runs_out_of_the_window(visitors, address, scheme):
    page = visitors(f"{address}?doc=hostile.md", color_scheme=scheme).page
    pane = page.locator("#reader .pane")
    pane.locator("h1").wait_for()
    for width in (360, 1600):
        page.set_viewport_size({"width": width, "height": 740})
        assert pane.evaluate("pane => pane.scrollWidth <= pane.clientWidth && pane.getBoundingClientRect().right <= window.innerWidth")
        assert page.get_by_role("button", name="Close").is_visible()
    paper = pane.evaluate("pane => getComputedStyle(pane.closest('dialog')).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
