"""The tab of pictures: worked out once for each state of the index, drawn when somebody looks."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError
from askdivide.interfaces.web.latest import last_answer
from askdivide.interfaces.web.pictures import explain, map, timeline  # noqa: A004 - a map of the corpus
from askdivide.interfaces.web.pictures.frame import blank
from askdivide.interfaces.web.turns import Conversation
from askdivide.records import Answer

_NARROWEST, _WIDEST = 280, 1180
_MEASURED = """(width, ...others) => [document.querySelector("#tabs").clientWidth, ...others]"""
Update = tuple[Any, Any, Any, Any]
"""Of the timeline, the map, how the answer was found, and what is shown."""


@dataclass(frozen=True)
class _Made:
    """What the pictures of one state of the index are drawn from."""

    state: object
    timeline: timeline.Timeline
    map: Future[map.Map]
    chunks: int


class Pictures:
    """The tab's events."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._made: _Made | None = None

    async def shown(self, width: float | None, colouring: str, conversation: Conversation, seen: tuple[Any, ...]) -> AsyncIterator[Update]:
        """Draw what has changed since `seen`; the map as soon as its places are found."""
        pixels = int(min(max(width or 0, _NARROWEST), _WIDEST)) if isinstance(width, int | float) else _WIDEST
        answer = last_answer(conversation)
        try:
            made = await asyncio.to_thread(self._gathered)
        except AskDivideError as error:
            yield blank("timeline", "Pictures", str(error)), "", "", ()
            return
        asked = (answer.question, answer.seconds.get("total")) if answer else None
        now = (made.state, pixels, colouring, asked)
        same = [old == new for old, new in zip(seen, now, strict=True)] if seen else [False] * 4
        old_map = all(same)
        line = gr.skip() if same[0] and same[1] else await asyncio.to_thread(timeline.timeline, made.timeline, pixels)
        found = gr.skip() if same[1] and same[3] else explain.explained(answer, pixels)
        if not old_map and not made.map.done():
            told = f"Finding a place for each of {min(made.chunks, map.MOST)} passages; a large corpus takes half a minute …"
            yield line, blank("map", "Map of the corpus", told), found, gr.skip()
            line = found = gr.skip()
        yield line, gr.skip() if old_map else await self._map(made, pixels, colouring, answer), found, now

    async def _map(self, made: _Made, width: int, colouring: str, answer: Answer | None) -> str:
        try:
            places = await asyncio.wrap_future(made.map)
            return await asyncio.to_thread(map.corpus_map, places, width, colouring, answer)
        except Exception:
            logging.getLogger(__name__).exception("the map met with a fault")
            return blank("map", "Map of the corpus", "The map cannot be drawn; the terminal askdivide was started in says more.")

    def _gathered(self) -> _Made:
        with self._lock, self._assistant.index.reading() as catalog:
            state = catalog.file, catalog.manifest()["commit"]
            if self._made is None or self._made.state != state:
                points = map.gather(catalog)
                self._made = _Made(state, timeline.gather(catalog), _begun(lambda: map.laid_out(*points)), points[2])
            return self._made


def pictures_tab(tab: Any, pictures: Pictures, conversation: Any) -> None:
    """The tab's parts and events, inside `tab`. `conversation` is the state that holds the chat's."""
    width, seen = gr.Number(visible=False), gr.State(())
    line = gr.HTML("", elem_id="timeline", apply_default_css=False)
    colouring = gr.Radio(list(map.COLOURINGS), value=map.COLOURINGS[0], label="Marks on the map by", elem_id="colouring")
    places = gr.HTML("", elem_id="map", apply_default_css=False)
    found = gr.HTML("", elem_id="found", apply_default_css=False)
    given, shown = [width, colouring, conversation, seen], [line, places, found, seen]
    for event in (tab.select, colouring.change):
        event(pictures.shown, given, shown, js=_MEASURED, show_progress="hidden", api_visibility="private", concurrency_id="pictures")


def _begun(work: Callable[[], map.Map]) -> Future[map.Map]:
    """`work` begun in a thread of its own, for which the end of the server does not wait."""
    future: Future[map.Map] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to the one who awaits it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
