"""An answer in the making: one model at work on one question, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import closing, suppress

from askdivide.errors import AskDivideError
from askdivide.records import Answer, Draft

_PACE = 0.1
"""Seconds between two looks at what a model has written: Gradio sends each of them to the browser."""

FAULT = "askdivide has met with a fault of its own; the terminal it was started in says more. Other questions may still work."


class Run:
    """One model's answer, as far as it has come. Neither a visitor who stops it nor the end of the server waits for it.

    `draft` is the newest, `answer` the checked one at the end; `error` is what went wrong in its place.
    """

    def __init__(self, model: str, begin: Callable[[], Iterator[Draft | Answer]]) -> None:
        """Start at once, within a running event loop; `begin` gives the drafts and the answer, and is called in the thread."""
        self.model = model
        self.draft: Draft | None = None
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.done = False
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._stopped = threading.Event()
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Stop the model: it writes no further piece."""
        self._stopped.set()

    async def news(self) -> None:
        """Return when there is something that the last call did not know."""
        await self._news.wait()
        self._news.clear()

    def _work(self) -> None:
        try:
            with closing(self._begin()) as events:  # type: ignore[type-var]
                for event in events:
                    if self._stopped.is_set():
                        return
                    if isinstance(event, Answer):
                        self.answer, self.done = event, True
                    else:
                        self.draft = event
                    self._tell()
        except Exception as error:
            self.error = error
            if not isinstance(error, AskDivideError):
                logging.getLogger(__name__).exception("a question met with a fault")
        finally:
            self.done = True
            self._tell()

    def _tell(self) -> None:
        # The server may have ended meanwhile.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._news.set)


async def watched(runs: Sequence[Run]) -> AsyncGenerator[None, None]:
    """Give a turn whenever one of the runs has come further, at most ten times a second, the last when all are done.

    Leaving the loop, however that comes about, stops the models.
    """
    try:
        while True:
            tellers = [asyncio.ensure_future(run.news()) for run in runs]
            try:
                await asyncio.wait(tellers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for teller in tellers:
                    teller.cancel()
            done = all(run.done for run in runs)
            yield
            if done:
                return
            await asyncio.sleep(_PACE)
    finally:
        for run in runs:
            run.stop()
