from types import SimpleNamespace

import pytest
from tests.awaiting import awaited

from askdivide.interfaces.web.visitors import COOKIE, USER, Visitors, owner

GOOD = "a" * 43


def cookie_of(path="/", cookie="", scheme="http"):
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    awaited(Visitors(app)({"type": "http", "path": path, "headers": headers, "scheme": scheme}, None, send))
    return dict(sent[0]["headers"]).get(b"set-cookie", b"").decode()


def test_a_browser_gets_an_id_of_its_own_once():
    first, second = cookie_of(), cookie_of()
    assert first.split(";")[0] != second.split(";")[0]
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert "Secure" not in first
    assert "Secure" in cookie_of(scheme="https")
    assert cookie_of(cookie=first.split(";")[0]) == ""
    assert cookie_of(path="/config") == ""


@pytest.mark.parametrize("cookie", [f"{COOKIE}=short", f"{COOKIE}=" + "a" * 500, f"{COOKIE}=" + "'" * 40, "a;;=b; \x01"])
def test_an_id_that_is_none_is_replaced(cookie):
    assert COOKIE in cookie_of(cookie=cookie)


def asking(cookie="", username=None, **scope):
    return SimpleNamespace(username=username, cookies={COOKIE: cookie}, request=SimpleNamespace(scope=scope))


def test_a_user_owns_their_conversations_and_no_browser_can_claim_to_be_one():
    assert owner(asking(GOOD, username="ada")) == owner(asking(GOOD, **{USER: "ada"})) == "user:ada"
    assert owner(asking(GOOD)) == f"visitor:{GOOD}"
    assert owner(asking("user:ada")) == owner(asking()) == ""
