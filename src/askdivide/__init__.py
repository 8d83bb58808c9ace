"""askdivide: ask a folder of articles; every sentence of the answer cites the exact words it rests on.

>>> from askdivide import Assistant
>>> Assistant.open(index="index").ask("Which licence does DeepSeek-R1 have?")   # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module

# What `typing` has, whose import would take a good part of the time in which Ctrl-C is not minded yet.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from askdivide.answering.assistant import Assistant
    from askdivide.errors import AskDivideError
    from askdivide.ingestion.reindex import reindex
    from askdivide.records import Answer, Citation, Claim, Draft, Filters, IndexReport, Passage, Turn
    from askdivide.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "Answer": "records",
    "AskDivideError": "errors",
    "Assistant": "answering.assistant",
    "Citation": "records",
    "Claim": "records",
    "Draft": "records",
    "Filters": "records",
    "IndexReport": "records",
    "Passage": "records",
    "Settings": "settings",
    "Turn": "records",
    "reindex": "ingestion.reindex",
}

__all__ = [
    "Answer",
    "AskDivideError",
    "Assistant",
    "Citation",
    "Claim",
    "Draft",
    "Filters",
    "IndexReport",
    "Passage",
    "Settings",
    "Turn",
    "reindex",
]


def __getattr__(name: str) -> Any:
    """Public names are imported on first use, so that `import askdivide` loads next to nothing."""
    if name in _HOMES:
        return getattr(import_module(f"askdivide.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'askdivide' has no attribute {name!r}")
