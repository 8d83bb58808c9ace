"""The pictures and the question whether an answer is right, as people meet them: a server of its own process, a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.e2e.browsing import BROWSING, Visitor, served

from askdivide.evaluation.feedback import FILE
from askdivide.evaluation.questions import read_questions

pytestmark = BROWSING
ARTICLES = {
    "harbour.md": "---\ntitle: The harbour\ndate: 2024-03-01\ntags: [sea]\n---\n\nThe harbour was founded in 1971. It was rebuilt on 6 May 2019.\n\n"
    "## Ships\n\nIn June 2023 the harbour handled 412 ships.\n",
    "parrots.md": '---\ntitle: Parrots <img src=x onerror="window.pwned = 1">\ndate: 2023-05\n---\n\n# </title><script>window.pwned = 2</script>\n\n'
    "Zanzibar parrots were counted in 2021. They eat figs and dates.\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("pictures")
    (made / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (made / "corpus" / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def visitor(browser, folder) -> Iterator[Visitor]:
    """One visitor with a phone, whose pictures the tests look at one after the other."""
    with served(folder) as url:
        made = Visitor(browser, url, viewport={"width": 360, "height": 740}, color_scheme="dark", accept_downloads=True)
        yield made
        assert [asked for asked in made.requests if not asked.startswith((url, "data:", "blob:"))] == []
        made.context.close()
        assert not made.troubles


def tab(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("tab", name=name).click()


def picture(visitor: Visitor, name: str):
    found = visitor.page.locator(f"#picture-{name}")
    found.locator("> svg").wait_for()
    return found


def test_pictures_are_drawn_when_somebody_looks_and_again_after_an_answer(visitor):
    page = visitor.page
    assert page.locator(".picture").count() == 0
    tab(visitor, "Pictures")
    assert "2 articles and 4 dated statements" in picture(visitor, "timeline").inner_text()
    assert "Ask something in the chat first" in page.locator("#picture-found").inner_text()
    assert picture(visitor, "map").locator(".cited").count() == 0
    tab(visitor, "Chat")
    visitor.ask("When was the harbour founded?")
    tab(visitor, "Pictures")
    found = picture(visitor, "found")
    assert "When was the harbour founded" in found.inner_text()
    assert "[1]" in found.locator("text.cited-row").first.text_content()
    assert picture(visitor, "map").locator(".cited").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("window.pwned") is None


def test_a_mark_says_what_it_is_and_leads_to_it(visitor):
    timeline = picture(visitor, "timeline")
    mark = timeline.locator("svg a", has_text="6 May 2019")
    mark.hover()
    assert "It was rebuilt on 6 May 2019." in timeline.locator(".tip").inner_text()
    assert mark.get_attribute("href").startswith("/article?doc=harbour.md&at=")
    timeline.get_by_text("As a list").press("Enter")
    assert timeline.get_by_role("link", name="It was rebuilt on 6 May 2019.", exact=True).is_visible()


def test_the_map_may_be_coloured_otherwise(visitor):
    assert "The harbour" in picture(visitor, "map").locator(".legend").inner_text()
    visitor.page.get_by_role("radio", name="Tag").check()
    legend = visitor.page.locator("#picture-map .legend", has_text="without a tag")
    legend.wait_for()
    assert "sea" in legend.inner_text()


@pytest.mark.parametrize("name", ["timeline", "map", "found"])
def test_pictures_are_saved_as_they_look(visitor, name, tmp_path):
    shown = picture(visitor, name)
    files = {}
    for kind in ("SVG", "PNG"):
        with visitor.page.expect_download() as download:
            shown.get_by_role("button", name=f"Save as {kind}").click()
        assert download.value.suggested_filename == f"askdivide-{name}.{kind.lower()}"
        files[kind] = tmp_path / kind
        download.value.save_as(files[kind])
    root = ElementTree.parse(files["SVG"]).getroot()
    paper = root[0].get("fill")
    assert paper == "rgb(20, 23, 26)", "dark, as it is seen"
    marks = [element for element in root.iter() if element.tag.endswith(("circle", "rect", "path")) and element.get("style")]
    assert marks
    assert not any("var(" in element.get("style") for element in marks)
    assert not [element for element in root.iter() if element.tag.endswith(("}a", "}script", "}image"))]
    data = files["PNG"].read_bytes()
    box = shown.locator("> svg").bounding_box()
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (round(box["width"]) * 2, round(box["height"]) * 2)
    assert len(data) > 3000, "something is drawn"


def test_whether_the_last_answer_is_right_is_noted_with_a_reason(visitor, folder):
    page = visitor.page
    tab(visitor, "Chat")
    row = page.locator("#feedback")
    visitor.ask("When was the harbour founded?")
    row.get_by_text("Is this answer right?").wait_for()
    visitor.ask("How many ships did the harbour handle?")
    row.get_by_role("button", name="No").press("Enter")
    row.get_by_text("Noted in feedback.jsonl").wait_for()
    row.get_by_role("textbox", name="Reason").fill("Ferries are left out.")
    row.get_by_role("button", name="Send").click()
    row.get_by_text("Thank you.").wait_for()
    (question,) = read_questions(folder / "index" / FILE)
    assert question.question == "How many ships did the harbour handle?"
    line = json.loads((folder / "index" / FILE).read_text(encoding="utf-8"))
    assert (line["kind"], line["reason"]) == ("wrong", "Ferries are left out.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="New conversation").click()
    row.wait_for(state="hidden")
