import socket

import pytest
from tests.awaiting import awaited

from askdivide.interfaces.web.guard import Guard, Hosts


def answer(path="/", host="127.0.0.1:7860", hosts=Hosts(), *, method="GET", uploads=False, **more):
    sent = []

    async def app(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"a", b"b"), (b"Access-Control-Allow-Origin", b"https://evil.example")],
            }
        )
        await send({"type": "http.response.body", "body": b"page"})

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode())] if host else []
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    awaited(Guard(app, hosts, uploads=uploads)(scope, None, send))
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
    ("hosts", "answered", "turned_away"),
    [
        (Hosts(beyond=True), ["127.0.0.1", "192.0.2.7:80", "[2001:db8::1]:7860", socket.gethostname()], ["evil.example", "7.evil.example"]),
        (
            Hosts("ask.example, docs.example"),
            ["ask.example:443", "DOCS.example", "localhost:1"],
            ["askXexample", "evil.example", "192.0.2.7"],
        ),
        (Hosts(signed_in=True, beyond=True), ["evil.example", "192.0.2.7"], []),
        (Hosts("ask.example", signed_in=True), ["ask.example"], ["evil.example"]),
    ],
)
def test_beyond_this_machine_the_names_are_those_that_cannot_be_rebound(hosts, answered, turned_away):
    assert [answer(host=host, hosts=hosts)[0] for host in answered] == [200] * len(answered)
    assert [answer(host=host, hosts=hosts)[0] for host in turned_away] == [421] * len(turned_away)


def test_a_web_socket_is_closed():
    sent = []

    async def send(message):
        sent.append(message["type"])

    awaited(Guard(None)({"type": "websocket", "path": "/", "headers": []}, None, send))
    assert sent == ["websocket.close"]


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
    "path", ["/", "/article", "/assets/index-1.js", "/gradio_api/queue/join", "/gradio_api/heartbeat/abc", "/gradio_api/run/predict"]
)
def test_what_it_needs_is_open_and_may_load_from_here_only(path):
    status, headers = answer(path)
    assert status == 200
    assert headers[b"a"] == b"b"
    assert not [name for name in headers if name.lower().startswith(b"access-control")]
    assert b"connect-src 'self'" in headers[b"content-security-policy"]


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload_progress"])
def test_uploads_are_open_where_the_corpus_may_be_changed(path):
    assert answer(path)[0] == 404
    assert answer(path, uploads=True)[0] == 200
    assert answer("/gradio_api/file=/etc/passwd", uploads=True)[0] == 404


@pytest.mark.parametrize(("length", "status"), [("1000", 200), ("300000000", 413), ("0", 413), ("x", 413), ("9" * 30, 413), (None, 413)])
def test_an_upload_has_a_length_and_a_limit(length, status):
    more = {} if length is None else {"content_length": length}
    assert answer("/gradio_api/upload", method="POST", uploads=True, **more)[0] == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:7860", 200),
        ("http://evil.example", 403),
        ("http://127.0.0.1:7861", 403),
        ("http://localhost:7860", 403),
        ("null", 403),
    ],
)
def test_the_pages_of_other_sites_are_turned_away(origin, status):
    assert answer("/gradio_api/queue/join", method="POST", origin=origin)[0] == status
