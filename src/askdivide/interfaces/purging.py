"""Leaving no trace of what is in no article any more: in the index, in what people judged, in conversations."""

from __future__ import annotations

from collections.abc import Callable

from askdivide.files import SCRATCH
from askdivide.index.purge import begin_purge, end_purge, purge_begun, purge_index
from askdivide.settings import Settings


def purge_all(settings: Settings, *, wait: float, on_note: Callable[[str], None]) -> None:
    """Take removed and replaced text out of every file of the index folder; a purge that was interrupted before is done from its start.

    `wait`: seconds for another writer. Raises IndexProblem, or AskDivideError where judgements cannot be written.
    """
    from askdivide.answering.assistant import Assistant
    from askdivide.evaluation.feedback import forget
    from askdivide.interfaces.web.conversations import FILE, Conversations

    if purge_begun(settings.index):
        on_note("finishing a purge that was interrupted")
    # Three stores, no common transaction: the note is what a kill between them leaves.
    begin_purge(settings.index)
    purge_index(settings, wait=wait)
    with Assistant.open(settings).index.reading() as catalog:
        forget(settings.index, catalog)
        if (settings.index / FILE).exists():
            Conversations(settings.index).forget(catalog)
    # What a kill left half-written holds quotes, too. Somebody who is just giving a judgement has to give it again.
    for left in settings.index.glob(SCRATCH):
        left.unlink(missing_ok=True)
    end_purge(settings.index)
