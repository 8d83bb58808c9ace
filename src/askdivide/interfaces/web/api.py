"""The API of `serve`: questions and searches over HTTP, answered by the JSON of `ask --json` and `search --json`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import fastapi
from fastapi.responses import JSONResponse

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError, IndexProblem, ModelError, ModelUnavailable, QuestionError
from askdivide.interfaces.web import scope
from askdivide.interfaces.web.picker import Picker
from askdivide.interfaces.web.running import FAULT, Run, watched
from askdivide.records import passage_dict

_LARGEST = 256 * 1024
"""Bytes of a request."""
_AT_ONCE, _WAITING = 4, 32
"""Requests answered at the same time, beside those of the page; and those that may wait, beyond which others are turned away."""
_FILTERS = ("since", "until", "sources", "tags", "documents")
_ASK = {"question", "history", "model", "strict", *_FILTERS}
_SEARCH = {"query", "history", "top_k", *_FILTERS}
_TOP_MOST = 100
Work = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def add_api(app: fastapi.FastAPI, assistant: Assistant, picker: Picker) -> None:
    """Serve `POST /api/ask` and `POST /api/search`.

    Models are those that `picker` lets visitors choose. What is wrong comes as `{"error": LINE}`: 400 the request, 413 too much
    of it, 415 no JSON, 500 a fault of ours, 502 the model, 503 the index, or too many requests at once.
    """
    turns = _Turns()

    async def answered(asked: dict[str, Any]) -> dict[str, Any]:
        model = picker.check(str(asked.get("model") or picker.usual))
        told = {"history": asked.get("history") or (), "filters": _filters(asked), "strict": asked.get("strict")}
        run = Run(model, partial(assistant.stream, asked["question"], model=model, **told))
        async with aclosing(watched([run])) as news:
            async for _ in news:
                pass
        if isinstance(run.error, AskDivideError):
            raise run.error
        if run.answer is None:
            raise AskDivideError(FAULT) from run.error
        return run.answer.to_dict()

    async def found(asked: dict[str, Any]) -> dict[str, Any]:
        top_k = asked.get("top_k", 10)
        if type(top_k) is not int or not 1 <= top_k <= _TOP_MOST:
            raise QuestionError(f"top_k is no number from 1 to {_TOP_MOST}")
        told = {"history": asked.get("history") or (), "filters": _filters(asked)}
        passages = await asyncio.to_thread(assistant.search, asked["query"], top_k=top_k, **told)
        return {"query": asked["query"], "passages": [passage_dict(passage) for passage in passages]}

    @app.post("/api/ask")
    async def ask(request: fastapi.Request) -> JSONResponse:
        """An answer, or the refusal that is the right answer, both with 200: `status` tells them apart."""
        return await turns.taken(request, answered, "question", _ASK)

    @app.post("/api/search")
    async def search(request: fastapi.Request) -> JSONResponse:
        """The passages nearest to a query, best first."""
        return await turns.taken(request, found, "query", _SEARCH)


class _Turns:
    """Lets a few requests be worked on at a time, and some more wait."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._here = 0

    async def taken(self, request: fastapi.Request, work: Work, about: str, fields: set[str]) -> JSONResponse:
        """The response to a request, which `work` makes of its fields."""
        try:
            asked = _checked(await _body(request), about, fields)
        except _Refused as refused:
            return _problem(refused.status, str(refused))
        if self._here >= _AT_ONCE + _WAITING:
            return _problem(503, "too many are asking just now; try again in some seconds", {"retry-after": "5"})
        self._here += 1
        try:
            async with self._free:
                return JSONResponse(await work(asked))
        except AskDivideError as error:
            return _problem(_status(error), str(error))
        finally:
            self._here -= 1


class _Refused(Exception):
    """A request that is not worked on."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _body(request: fastapi.Request) -> Any:
    # A page of another site can send a form, or plain text, without being asked by the browser whether it may.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, "send a JSON object, with the header Content-Type: application/json")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise _Refused(413, f"the request has more than {_LARGEST // 1024} kB")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refused(400, f"the request is not JSON: {error}") from error


def _checked(asked: Any, about: str, fields: set[str]) -> dict[str, Any]:
    if not isinstance(asked, dict) or not isinstance(asked.get(about), str):
        raise _Refused(400, f'the request is no JSON object with a "{about}"')
    if unknown := sorted(set(asked) - fields):
        raise _Refused(400, f"there is no field “{unknown[0]}”; there are {', '.join(sorted(fields))}")
    for name, kind in (("model", str), ("strict", bool), ("since", str), ("until", str)):
        if asked.get(name) is not None and not isinstance(asked[name], kind):
            raise _Refused(400, f"“{name}” is no {'text' if kind is str else 'true or false'}")
    for name in ("sources", "tags", "documents"):
        if not isinstance(asked.get(name) or [], list) or not all(isinstance(item, str) for item in asked.get(name) or []):
            raise _Refused(400, f"“{name}” is no list of texts")
    return asked


def _filters(asked: dict[str, Any]) -> Any:
    return scope.filters(*(asked.get(name) for name in _FILTERS))


def _status(error: AskDivideError) -> int:
    if isinstance(error, IndexProblem):
        return 503
    return 502 if isinstance(error, ModelUnavailable) else 400 if isinstance(error, QuestionError | ModelError) else 500


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers)
