"""Signing in, as people meet it: a server of its own process, a real browser."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.browsing import BROWSING, WAIT, served
from tests.e2e.test_axe import serious

from askdivide.interfaces.web.users import Secret, read_users, write_users

pytestmark = BROWSING
ROUTES = [
    *(
        "/config",
        "/theme.css",
        "/assets/index.js",
        "/gradio_api/queue/data?session_hash=a",
        "/gradio_api/heartbeat/a",
        "/article?doc=harbour.md",
    ),
    *("/gradio_api/upload", "/gradio_api/file=harbour.md", "/gradio_api/info", "/gradio_api/token", "/gradio_api/user", "/login"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("signin")
    (made / "corpus").mkdir()
    (made / "corpus" / "harbour.md").write_text("# Harbour\n\nThe harbour of Ostrava Bay was founded in 1871.\n", encoding="utf-8")
    write_users(made / "users", {name: Secret.of(f"{name} and a horse") for name in ("ada", "bob")})
    return made


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with served(folder, ASKDIVIDE_USERS=str(folder / "users")) as url:
        yield url


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


def sign_in(page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def test_people_sign_in_ask_and_sign_out(page, address, folder):
    page.goto(f"{address}?__theme=dark")
    assert page.get_by_role("textbox", name="Question").count() == 0
    assert serious(page) == []
    sign_in(page, "ada", "bob and a horse")
    page.get_by_role("alert").wait_for()
    page.emulate_media(color_scheme="dark")
    assert serious(page) == []
    assert "do not belong together" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "ada"
    assert page.get_by_label("Password").input_value() == ""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Password").press_sequentially("ada and a horse")
    page.get_by_role("button", name="Sign in").click()
    box = page.get_by_role("textbox", name="Question")
    box.wait_for()
    assert page.url == f"{address}?__theme=dark", "where they were going"
    box.fill("When was the harbour founded?")
    box.press("Enter")
    page.locator("#chat .reply").get_by_text("1871").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page.goto(address)
    page.get_by_role("button", name="Sign in").wait_for()


def test_who_is_removed_can_ask_no_more(page, address, folder):
    from playwright.sync_api import TimeoutError as NotInTime

    page.goto(address)
    sign_in(page, "bob", "bob and a horse")
    box = page.get_by_role("textbox", name="Question")
    box.wait_for()
    write_users(folder / "users", {name: secret for name, secret in read_users(folder / "users").items() if name != "bob"})
    # The page may notice by itself, and sooner.
    with suppress(NotInTime):
        box.fill("When was the harbour founded?", timeout=3000)
        box.press("Enter", timeout=3000)
    page.get_by_role("button", name="Sign in").wait_for()


def test_by_plain_http_nothing_is_had_without_signing_in(address):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    with closing(connection):

        def asked(method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
            connection.request(method, path, body, {"Content-Type": "application/json", "Cookie": "access-token-unsecure-x=y"})
            response = connection.getresponse()
            return response.status, response.read()

        for path in ["/", *ROUTES]:
            assert asked("GET", path) == (401, b"Sign in first."), path
        for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/upload", "/login", "/gradio_api/cancel"):
            assert asked("POST", path, "{}") == (401, b"Sign in first."), path
