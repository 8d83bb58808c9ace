import asyncio

import pytest

from askdivide.interfaces.web.guard import Guard


def answer(path="/", host="127.0.0.1:7860", origin=None):
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"page"})

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode())] if host else []
    headers += [(b"origin", origin.encode())] if origin else []
    asyncio.run(Guard(app)({"type": "http", "path": path, "headers": headers}, None, send))
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860", "127.0.0.5"])
def test_this_machine_is_answered(host):
    assert answer(host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", "", "[::2]:7860"])
def test_a_foreign_name_is_not(host):
    assert answer(host=host)[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:7861", "http://127.0.0.1:7860.evil.example"])
def test_a_page_of_another_site_is_turned_away(origin):
    assert answer("/gradio_api/queue/join", origin=origin)[0] == 403
    assert answer("/gradio_api/queue/join", origin="http://127.0.0.1:7860")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://x", "/gradio_api/info", "/gradio_api/call/ask"),
        *("/gradio_api/run/../upload", "/gradio_api/vibe-edit", "/monitoring", "/docs", "/openapi.json"),
    ],
)
def test_what_the_page_does_not_need_is_closed(path):
    assert answer(path)[0] == 404


@pytest.mark.parametrize(
    "path", ["/", "/assets/index-1.js", "/gradio_api/queue/join", "/gradio_api/heartbeat/abc", "/gradio_api/run/predict"]
)
def test_what_it_needs_is_open_and_may_load_from_here_only(path):
    status, headers = answer(path)
    assert status == 200
    assert headers[b"a"] == b"b"
    assert b"connect-src 'self'" in headers[b"content-security-policy"]
