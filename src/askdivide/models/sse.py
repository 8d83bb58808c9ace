"""Server-sent events: the format in which models are streamed over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_MOST = 4 << 20


@dataclass(frozen=True)
class ServerEvent:
    """One event. A comment, which servers send to show that they are alive, has neither kind nor data."""

    kind: str
    data: str


def server_events(chunks: Iterable[bytes]) -> Iterator[ServerEvent]:
    """The events in `chunks`, which may be cut anywhere; one that the end cuts off is dropped. Raises ValueError for a line without end."""
    kind, data = "", list[str]()
    for line in _lines(chunks):
        if not line:
            if data or kind:
                yield ServerEvent(kind, "\n".join(data))
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            yield ServerEvent("", "")
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    # Not str.splitlines: it also cuts at characters that are allowed inside JSON, such as U+2028.
    rest = b""
    for chunk in chunks:
        rest += chunk
        # A carriage return at the end may be half of a line's end.
        held = rest.endswith(b"\r")
        text = rest.replace(b"\r\n", b"\n")
        if not held:
            text = text.replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        if len(rest) > _LINE_MOST:
            raise ValueError("a line without end")
        for line in lines:
            yield line.decode("utf-8", "replace")
