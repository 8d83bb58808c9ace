"""Embedding ahead: vectors of all texts, and an end soon after an error."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import Embedded, HashEmbedder
from askdivide.ingestion.ahead import Ahead

TEXTS = {f"k{number}": (f"ship {number} " * (number % 7 + 1), [(0, 4)]) for number in range(300)}


class Waiting(HashEmbedder):
    """Stops within its first call until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.texts = 0

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        self.texts += len(texts)
        self.begun.set()
        assert self.go_on.wait(30)
        return super().embed_documents(texts, spans)


def test_every_text_has_its_vector_whatever_the_order_they_are_run_in() -> None:
    embedder = HashEmbedder()
    with Ahead() as ahead:
        made = ahead.embed(embedder, TEXTS).result()
    assert made.keys() == TEXTS.keys()
    for key, (text, _) in TEXTS.items():
        assert np.array_equal(made[key].vector, embedder.embed_query(text))
        assert np.array_equal(made[key].sentences, [embedder.embed_query("ship")])


def test_left_with_an_error_it_stops_after_the_texts_it_is_at() -> None:
    embedder = Waiting()
    threading.Timer(0.3, embedder.go_on.set).start()
    coming = []

    def interrupted() -> None:
        with Ahead() as ahead:
            coming.extend(ahead.embed(embedder, TEXTS) for _ in range(2))
            embedder.begun.wait(30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    first, second = coming
    assert first.done()
    assert second.cancelled()
    assert 0 < embedder.texts < 100


def test_what_goes_wrong_is_raised_where_the_vectors_are_asked_for() -> None:
    class Broken(HashEmbedder):
        def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
            raise EmbeddingError("the embedding model broke")

    with Ahead() as ahead:
        coming = ahead.embed(Broken(), TEXTS)
        with pytest.raises(EmbeddingError, match="broke"):
            coming.result()
