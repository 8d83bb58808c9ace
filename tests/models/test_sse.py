"""Events out of bytes that are cut anywhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdivide.models.sse import ServerEvent, server_events

STREAM = 'event: message\r\ndata: {"a": "x\u2028y\x85z"}\r\n\r\n: keep-alive\n\ndata:one\ndata: two\n\nevent: done\rdata: 猫\r\rdata: lost'
EVENTS = [
    ServerEvent("message", '{"a": "x\u2028y\x85z"}'),
    ServerEvent("", ""),
    ServerEvent("", "one\ntwo"),
    ServerEvent("done", "猫"),
]


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_the_events_are_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    whole = STREAM.encode()
    at = [0, *sorted(cuts), len(whole)]
    assert list(server_events(whole[a:b] for a, b in pairwise(at))) == EVENTS


def test_an_event_that_the_end_cuts_off_is_dropped() -> None:
    assert list(server_events([b"data: whole\n\ndata: half"])) == [ServerEvent("", "whole")]


def test_a_line_without_end_is_an_error_and_does_not_fill_the_memory() -> None:
    with pytest.raises(ValueError, match="without end"):
        list(server_events(b"x" * (1 << 20) for _ in range(100)))
