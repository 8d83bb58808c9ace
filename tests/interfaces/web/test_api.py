"""Questions and searches over HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace

import fastapi
import httpx
import pytest
from starlette.testclient import TestClient
from tests.awaiting import awaited

from askdivide.answering.assistant import Assistant
from askdivide.errors import IndexDamaged, ModelUnavailable
from askdivide.interfaces.web import api
from askdivide.interfaces.web.api import add_api
from askdivide.interfaces.web.guard import Guard
from askdivide.interfaces.web.picker import Picker
from askdivide.interfaces.web.running import FAULT
from askdivide.records import Draft, passage_dict
from askdivide.settings import Settings

FOUNDED = "Who founded the harbour of Ostrava Bay?"


def served(settings: Settings, assistant: Assistant | None = None) -> TestClient:
    app = fastapi.FastAPI()
    add_api(app, assistant or Assistant.open(settings), Picker(settings))
    return TestClient(Guard(app), base_url="http://127.0.0.1:7860")


def test_a_question_gets_what_the_command_line_prints(indexed: Settings) -> None:
    reply = served(indexed).post("/api/ask", json={"question": FOUNDED})
    assert reply.status_code == 200
    expected = json.loads(json.dumps(Assistant.open(indexed).ask(FOUNDED).to_dict()))
    assert {**reply.json(), "seconds": None} == {**expected, "seconds": None}
    assert reply.json()["citations"][0]["document"] == "harbour.md"


def test_history_and_filters_count(indexed: Settings) -> None:
    client = served(indexed)
    followed = client.post("/api/ask", json={"question": "Who kept it?", "history": ["Where is the lighthouse of Point Verity?"]})
    assert "Point Verity" in followed.json()["standalone_question"]
    told = client.post("/api/ask", json={"question": "What is told?", "history": [{"question": "Who was Milena Duras?", "answer": "x"}]})
    assert told.status_code == 200
    for narrowed in (
        {"documents": ["orchards.txt"]},
        {"until": "2022-12"},
        {"sources": ["Valley Post"]},
        {"since": "2024-02", "tags": ["x"]},
    ):
        assert not {one["document"] for one in client.post("/api/ask", json={"question": FOUNDED, **narrowed}).json()["citations"]} & {
            "harbour.md"
        }


def test_a_refusal_is_an_answer(indexed: Settings) -> None:
    reply = served(replace(indexed, refuse_below=1.0)).post("/api/ask", json={"question": FOUNDED})
    assert reply.status_code == 200
    assert reply.json()["status"] == "refused"


def test_a_search_gets_passages(indexed: Settings) -> None:
    reply = served(indexed).post("/api/search", json={"query": "pear orchards", "top_k": 2})
    expected = [passage_dict(one) for one in Assistant.open(indexed).search("pear orchards", top_k=2)]
    assert reply.json() == {"query": "pear orchards", "passages": expected}


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("ask", {}, 'no JSON object with a "question"'),
        ("ask", [FOUNDED], 'no JSON object with a "question"'),
        ("search", {"question": FOUNDED}, 'no JSON object with a "query"'),
        ("ask", {"question": FOUNDED, "top_k": 3}, "there is no field “top_k”; there are documents, history,"),
        ("ask", {"question": ""}, "the question is empty"),
        ("ask", {"question": FOUNDED, "since": "soon"}, "“soon” is no date"),
        ("ask", {"question": FOUNDED, "since": 2024}, "“since” is no text"),
        ("ask", {"question": FOUNDED, "strict": "yes"}, "“strict” is no true or false"),
        ("ask", {"question": FOUNDED, "tags": "docks"}, "“tags” is no list of texts"),
        ("ask", {"question": FOUNDED, "history": [7]}, "history"),
        ("ask", {"question": FOUNDED, "history": "before"}, "history"),
        ("ask", {"question": FOUNDED, "model": "gguf:/etc/passwd"}, "is not offered here"),
        ("ask", {"question": FOUNDED, "model": "nonsense"}, "nonsense"),
        ("search", {"query": "pear", "top_k": 0}, "top_k is no number from 1 to 100"),
        ("search", {"query": "pear", "top_k": True}, "top_k is no number from 1 to 100"),
    ],
)
def test_what_is_wrong_with_a_request_is_one_line(indexed: Settings, path: str, body: object, says: str) -> None:
    reply = served(indexed).post(f"/api/{path}", json=body)
    assert reply.status_code == 400
    assert list(reply.json()) == ["error"]
    assert says in reply.json()["error"]
    assert "\n" not in reply.json()["error"]


def test_only_json_is_taken_and_not_too_much(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served(indexed)
    assert client.post("/api/ask", data={"question": FOUNDED}).status_code == 415
    assert client.post("/api/ask", content='{"question": "x"}', headers={"content-type": "text/plain"}).status_code == 415
    broken = client.post("/api/ask", content='{"question": ', headers={"content-type": "application/json; charset=utf-8"})
    assert (broken.status_code, broken.json()["error"][:23]) == (400, "the request is not JSON")
    monkeypatch.setattr(api, "_LARGEST", 2048)
    assert client.post("/api/ask", json={"question": "x" * 3000}).status_code == 413
    assert client.get("/api/ask").status_code == 405
    assert client.post("/api/ask", json={"question": FOUNDED}, headers={"origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("error", "status"), [(IndexDamaged("it is damaged"), 503), (ModelUnavailable("it is away"), 502), (KeyError("x"), 500)]
)
def test_faults_that_are_not_the_askers_have_another_status(indexed: Settings, monkeypatch, error: Exception, status: int) -> None:
    def fails(*args: object, **more: object) -> None:
        raise error

    assistant = Assistant.open(indexed)
    monkeypatch.setattr(assistant, "stream", fails)
    reply = served(indexed, assistant).post("/api/ask", json={"question": FOUNDED})
    assert (reply.status_code, reply.json()) == (status, {"error": FAULT if status == 500 else str(error)})


def test_more_than_can_wait_are_asked_to_come_back(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_AT_ONCE", 1)
    monkeypatch.setattr(api, "_WAITING", 1)
    assistant, begun, go = Assistant.open(indexed), threading.Semaphore(0), threading.Event()
    stream = assistant.stream

    def slow(*args, **more):
        begun.release()
        assert go.wait(20)
        return stream(*args, **more)

    monkeypatch.setattr(assistant, "stream", slow)
    with served(indexed, assistant) as client, ThreadPoolExecutor(3) as visitors:
        first = visitors.submit(client.post, "/api/ask", json={"question": FOUNDED})
        assert begun.acquire(timeout=20)
        others = [visitors.submit(client.post, "/api/ask", json={"question": FOUNDED}) for _ in range(2)]
        (turned_away,), (waiting,) = wait(others, 20, FIRST_COMPLETED)
        go.set()
        assert (turned_away.result().status_code, turned_away.result().headers["retry-after"]) == (503, "5")
        assert [first.result(20).status_code, waiting.result(20).status_code] == [200, 200]


def test_who_goes_away_and_the_end_of_the_server_stop_the_model(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant, begun, left = Assistant.open(indexed), threading.Event(), threading.Event()

    def endless(*args, **more):
        try:
            while True:
                begun.set()
                time.sleep(0.01)
                yield Draft(FOUNDED)
        finally:
            left.set()

    monkeypatch.setattr(assistant, "stream", endless)

    async def steps() -> None:
        app = fastapi.FastAPI()
        add_api(app, assistant, Picker(indexed))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            asking = asyncio.create_task(client.post("/api/ask", json={"question": FOUNDED}))
            assert await asyncio.to_thread(begun.wait, 20)
            asking.cancel()
            await asyncio.wait([asking])
        assert await asyncio.to_thread(left.wait, 20)

    awaited(steps())
