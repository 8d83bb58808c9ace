import asyncio
import threading
import time

import pytest
from tests.awaiting import awaited

from askdivide.interfaces.web.running import Run, watched
from askdivide.records import Answer, Draft

ANSWER = Answer("Q?", "Q?", "answered", "m", "So.")


def seen(begin, *, most=100):
    """The runs' states, as somebody who watches sees them."""

    async def watch():
        runs = [Run("m", one) for one in begin]
        states = []
        async for _ in watched(runs):
            states.append([(run.draft.text if run.draft else "", run.answer, run.error) for run in runs])
            if len(states) == most:
                break
        return runs, states

    return awaited(watch())


def test_drafts_come_slowly_enough_and_the_answer_at_once():
    def writing():
        for number in range(100):
            time.sleep(0.005)
            yield Draft("Q?", "word " * number)
        yield ANSWER

    began = time.perf_counter()
    _, states = seen([writing])
    # One in a tenth of a second, and not each of the hundred.
    assert 3 <= len(states) <= (time.perf_counter() - began) / 0.1 + 3
    assert states[-1][0][1] == ANSWER


def test_an_error_is_the_end_of_one_and_not_of_the_other():
    def failing():
        yield Draft("Q?", "a")
        raise ZeroDivisionError

    def answering():
        time.sleep(0.2)
        yield ANSWER

    _, states = seen([failing, answering])
    assert isinstance(states[-1][0][2], ZeroDivisionError)
    assert states[-1][1][1] == ANSWER


@pytest.mark.parametrize("way", ["break", "cancel"])
def test_who_leaves_stops_the_model(way):
    closed = threading.Event()

    def endless():
        try:
            while True:
                time.sleep(0.01)
                yield Draft("Q?", "more")
        finally:
            closed.set()

    if way == "break":
        seen([endless], most=2)
    else:

        async def cancelled():
            async def watch():
                async for _ in watched([Run("m", endless)]):
                    pass

            task = asyncio.ensure_future(watch())
            await asyncio.sleep(0.3)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        awaited(cancelled())
    assert closed.wait(5)
