"""Embedding on a thread of its own, while the next articles are read and the last ones written."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from askdivide.index.embedding import Embedded, Embedder

_SLICE = 64
"""Texts embedded between two looks whether to go on: Ctrl-C waits for them, a second or two."""

Texts = Mapping[str, tuple[str, Sequence[tuple[int, int]]]]
"""By vector key: a text, and the spans of its sentences."""


class Ahead:
    """A thread that embeds, for the length of a `with`. Left with an error, it stops after the texts it is at."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._left = threading.Event()

    def embed(self, embedder: Embedder, texts: Texts) -> Future[dict[str, Embedded]]:
        """What will be the vectors of `texts`; each call's come after those of the one before."""
        return self._thread.submit(self._embed, embedder, texts)

    def _embed(self, embedder: Embedder, texts: Texts) -> dict[str, Embedded]:
        # Texts of like length are run together.
        keys = sorted(texts, key=lambda key: len(texts[key][0]))
        made: dict[str, Embedded] = {}
        for start in range(0, len(keys), _SLICE):
            if self._left.is_set():
                break
            some = keys[start : start + _SLICE]
            made |= zip(some, embedder.embed_documents([texts[key][0] for key in some], [texts[key][1] for key in some]), strict=True)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind:
            self._left.set()
        self._thread.shutdown(cancel_futures=True)
