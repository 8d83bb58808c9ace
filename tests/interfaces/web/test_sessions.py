import time

import pytest
from starlette.requests import Request
from tests.awaiting import awaited

from askdivide.interfaces.web import signin, users
from askdivide.interfaces.web.guard import Guard
from askdivide.interfaces.web.signin import SignIn
from askdivide.interfaces.web.users import Secret, write_users


class Server:
    """A guarded application with sign-in, asked as a browser would."""

    def __init__(self, file):
        self.now = 1000.0
        self.reached: list[str] = []
        self.door = SignIn(file, clock=lambda: self.now)
        self._guard = Guard(self._app, sign_in=self.door)
        self.cookie = ""

    async def _app(self, scope, receive, send):
        self.reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the page"})

    def __call__(self, path="/", *, form=None, client="192.0.2.7", **headers):
        sent = []
        body = b"" if form is None else form if isinstance(form, bytes) else b"&".join(f"{k}={v}".encode() for k, v in form.items())

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        path, _, query = path.partition("?")
        given = {"host": "127.0.0.1:7860", "cookie": self.cookie, "accept": "text/html", **headers}
        scope = {
            "type": "http", "path": path, "query_string": query.encode(), "method": "GET" if form is None else "POST", "scheme": "http",
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()], "client": (client, 5), "server": ("127.0.0.1", 7860),
        }  # fmt: skip
        awaited(self._guard(scope, receive, send))
        head = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        if "set-cookie" in head:
            self.cookie = head["set-cookie"].partition(";")[0]
        return sent[0]["status"], head, b"".join(m.get("body", b"") for m in sent[1:]).decode()

    def sign_in(self, name="ada", password="correcthorse", **more):
        return self("/sign-in", form={"name": name, "password": password, **more.pop("form", {})}, **more)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(users, "_COST", (2, 8, 1))
    monkeypatch.setattr(signin, "_DELAY", 0.0)
    write_users(tmp_path / "users", {"ada": Secret.of("correcthorse")})
    return tmp_path / "users"


@pytest.fixture
def server(file):
    return Server(file)


def test_without_signing_in_nothing_is_reached(server):
    for path in ("/", "/config", "/assets/index.js", "/theme.css", "/gradio_api/queue/data", "/article?doc=a.md", "/gradio_api/upload"):
        assert server(path, accept="*/*")[0] == 401
    assert server("/gradio_api/queue/join", form=b"{}")[0] == 401
    assert server.reached == []


def test_a_page_asked_for_leads_to_the_sign_in_and_back(server):
    status, head, _ = server("/article?doc=a%20b.md&at=1-2")
    assert (status, head["location"]) == (303, "/sign-in?to=%2Farticle%3Fdoc%3Da%2520b.md%26at%3D1-2")
    assert "doc&#61;a&#37;20b&#46;md" in server(head["location"])[2]
    assert server.sign_in(form={"to": "%2Farticle%3Fdoc%3Da%2520b.md"})[1]["location"] == "/article?doc=a%20b.md"


def test_the_right_password_opens_and_signing_out_closes(server):
    status, head, _ = server.sign_in()
    assert (status, head["location"]) == (303, "/")
    assert "HttpOnly" in head["set-cookie"]
    assert "SameSite=lax" in head["set-cookie"]
    assert server()[0] == 200
    kept = server.cookie
    server("/sign-out")
    server.cookie = kept
    assert server()[0] == 303, "the session itself is over"


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("bob", "correcthorse"), ("", ""), ("ada", ""), ("a:b", "x"), ("%00", "x")]
)
def test_wrong_ones_look_alike(server, name, password):
    status, head, html = server.sign_in(name, password)
    assert status == 401
    assert "do not belong together" in html
    assert "set-cookie" not in head


def test_an_unknown_name_takes_as_long(tmp_path):
    write_users(tmp_path / "users", {"ada": Secret.of("correcthorse")})
    door = SignIn(tmp_path / "users")

    def seconds(name):
        begun = time.process_time()
        assert awaited(door._checked(name, "wrong")) is None
        return time.process_time() - begun

    known, unknown = min(seconds("ada") for _ in range(3)), min(seconds("bob") for _ in range(3))
    assert unknown > known / 2


def test_guessing_is_stopped_for_that_address_for_a_while(server):
    for _ in range(10):
        assert server.sign_in(password="wrong", client="2001:db8::1")[0] == 401
    status, _, html = server.sign_in(client="2001:db8::2")
    assert status == 429
    assert "Try again in 10 minutes" in html
    assert server.sign_in(client="2001:db8:1::1")[0] == 303
    server.now += 601
    assert server.sign_in(client="2001:db8::1")[0] == 303


def test_a_session_ends_with_time_and_with_the_users_line(server, file):
    server.sign_in()
    server.now += 7 * 24 * 3600 + 1
    assert server()[0] == 303
    server.sign_in()
    write_users(file, {"ada": Secret.of("anotherhorse")})
    assert server()[0] == 303
    server.sign_in(password="anotherhorse")
    assert server()[0] == 200
    file.write_text("nonsense\n", encoding="utf-8")
    assert server()[0] == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-out", "/a%0d%0ab"]
)
def test_signing_in_leads_nowhere_else(server, target):
    assert server.sign_in(form={"to": target.replace(":", "%3A").replace("/", "%2F")})[1]["location"] == "/"


def test_what_was_typed_stays_text(server):
    html = server.sign_in("%22%3E%3Cscript%3E", "x")[2]
    assert "<script>" not in html
    assert "&#34;&#62;&#60;script&#62;" in html


def test_odd_requests_are_turned_away(server):
    assert server.sign_in(origin="https://evil.example")[0] == 403
    assert server.sign_in(origin="http://127.0.0.1:7860")[0] == 303
    assert server("/sign-in", form=b"name=" + b"a" * 9000)[0] == 413
    assert server("/sign-in", form=b"\xff\xfe")[0] == 401
    assert server("/sign-in", form=b"&".join([b"a=b"] * 50))[0] == 401


def test_a_session_is_of_one_port(server):
    server.sign_in()
    request = Request({"type": "http", "headers": [(b"cookie", server.cookie.encode())], "server": ("127.0.0.1", 7861)})
    assert server.door.user(request) is None


def test_the_number_of_sessions_is_bounded(server, monkeypatch):
    monkeypatch.setattr(signin, "_REMEMBERED", 3)
    for _ in range(5):
        server.sign_in()
    assert len(server.door._sessions) == 3
    assert server()[0] == 200
