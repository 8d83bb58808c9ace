"""An answer of the quote model from a `serve` that runs anyway and has everything loaded, where there is one."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

from askdivide.interfaces.local_socket import (
    LONGEST_LINE,
    NO_GREETING,
    greeting,
    has_sockets,
    is_private,
    is_same_user,
    read_line,
    socket_of,
)
from askdivide.records import Answer, Citation, Claim, Filters, Note, Passage, Refusal, Turn
from askdivide.settings import Settings

QUOTE = "quote"
"""The one model that is asked for here. It is models.QUOTE, which would take longer to import than all else that is done here."""

_GREETING, _ANSWER = 2.0, 10.0
"""Seconds to wait for the server's greeting and for its answer. Without it, a question takes one or two; on a busy machine, where
a greeting may be late, several."""
_LONGEST_ANSWER = 16_000_000


def ask_server(question: str, *, history: Sequence[Turn], filters: Filters, settings: Settings) -> Answer | None:
    """The answer that a server of this user, of this version and with these settings gives; None where there is no such thing.

    None stands for everything that is in the way, errors of the question included: who asks the index itself meets them again.
    """
    asked = {"question": question, "history": [asdict(turn) for turn in history], "filters": asdict(filters)}
    line = json.dumps(asked).encode() + b"\n"
    if len(line) > LONGEST_LINE:
        return None
    try:
        with _connected(settings) as connection:
            connection.settimeout(_GREETING)
            connection.sendall(line)
            answer = _answer(json.loads(read_line(connection, most=_LONGEST_ANSWER, seconds=_ANSWER)))
    except (*NO_GREETING, TypeError, KeyError, AttributeError):
        return None
    return answer if answer.question == question else None


def has_server(settings: Settings) -> bool:
    """Whether there is a server that may be asked."""
    try:
        with _connected(settings):
            return True
    except NO_GREETING:
        return False


@contextmanager
def _connected(settings: Settings) -> Iterator[socket.socket]:
    """A connection to the server of `settings`, which has told that it is the right one. Raises OSError where there is none."""
    path = socket_of(settings.index) if settings.socket and has_sockets() else None
    if path is None or not is_private(path.parent):
        raise FileNotFoundError("no server may be asked")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(_GREETING)
        connection.connect(str(path))
        # Nothing is said to a stranger, nor to a server that would answer otherwise.
        expected = greeting(settings)
        if not is_same_user(connection) or read_line(connection, most=len(expected), seconds=_GREETING) + b"\n" != expected:
            raise ConnectionError("another version, or other settings")
        yield connection


def _answer(data: dict[str, Any]) -> Answer:
    """The record that `dataclasses.asdict` made `data` of."""
    refusal = data["refusal"]
    return Answer(
        **{
            **data,
            "claims": tuple(Claim(**{**one, "citations": tuple(one["citations"])}) for one in data["claims"]),
            "citations": tuple(Citation(**one) for one in data["citations"]),
            "consulted": _passages(data["consulted"]),
            "notes": tuple(Note(**{**one, "citations": tuple(one["citations"])}) for one in data["notes"]),
            "refusal": refusal and Refusal(**{**refusal, "nearest": _passages(refusal["nearest"])}),
            "read": _passages(data["read"]),
        }
    )


def _passages(data: list[dict[str, Any]]) -> tuple[Passage, ...]:
    return tuple(Passage(**one) for one in data)
