"""Threads in which a model in this process writes, so that what it writes can be read as it comes."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable

_SECONDS = 10


class Worker(threading.Thread):
    """Runs `work`, which is to end soon after `stop` is set."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(name="askdivide-model", daemon=True)
        self.stop = threading.Event()
        self._work = work
        _working.add(self)

    def run(self) -> None:
        """Called by `start`."""
        self._work()


_working: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    # A library's thread that calls back into a Python that is gone takes the whole process down.
    for worker in list(_working):
        worker.stop.set()
    for worker in list(_working):
        worker.join(_SECONDS)
