"""What axe-core finds in the page for people who see little, or use a keyboard or a screen reader: nothing serious."""

from __future__ import annotations

from importlib.resources import files

import pytest
from tests.e2e.browsing import BROWSING, Visitor, served

pytestmark = BROWSING
ARTICLES = {
    "harbour.md": "---\ntitle: The harbour\ndate: 2024-03-01\nsource: Courier\n---\n\n## When was the harbour founded?\n\n"
    "The harbour was founded in 1971. It was rebuilt on 6 May 2019.\n\n| Year | Ships |\n|---|---|\n| 2023 | 412 |\n",
    "parrots.md": "---\ntitle: Parrots\ndate: 2023-05\n---\n\nZanzibar parrots eat figs.\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("axe")
    (made / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (made / "corpus" / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder):
    # Its questions are answered; one that names nothing of the articles is refused.
    with served(folder, ASKDIVIDE_REFUSE_BELOW="0.05") as url:
        yield url


def serious(page) -> list[str]:
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_every_state_of_the_page(browser, address, scheme, width):
    visitor = Visitor(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = visitor.page
    page.locator("#chat .example").first.wait_for()
    assert serious(page) == []
    visitor.ask("When was the harbour founded?").locator(".cite").first.wait_for()
    page.locator("#feedback").wait_for()
    assert serious(page) == []
    page.locator("#feedback-no").click()
    page.get_by_role("textbox", name="Reason").wait_for()
    assert serious(page) == []
    visitor.ask("What is the capital of Peru?").get_by_text("Not in the articles").wait_for()
    assert serious(page) == []
    for tab in page.get_by_role("tab").all()[1:]:
        tab.click()
        if tab.inner_text() == "Pictures":
            page.locator("#picture-map > svg").wait_for()
            page.locator("#picture-found > svg").wait_for()
            for folded in page.locator(".picture summary").all():
                folded.click()
        assert serious(page) == [], tab.inner_text()
    visitor.context.close()
    assert not visitor.troubles
