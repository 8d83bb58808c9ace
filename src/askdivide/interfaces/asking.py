"""The questions of one `askdivide ask`: who answers them, and what becomes of several models' answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from askdivide.errors import AskDivideError, ExtraMissing, ModelError, ModelUnavailable
from askdivide.interfaces import local_client
from askdivide.interfaces.flags import open_assistant
from askdivide.records import Answer, Filters, Turn
from askdivide.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from askdivide.answering.assistant import Assistant


class Asking:
    """Asks every one of `models`; the quote model alone of a server that runs anyway, where there is one."""

    def __init__(self, settings: Settings, models: Sequence[str], filters: Filters, *, strict: bool | None) -> None:
        self._settings = settings
        self._models = models
        self._filters = filters
        self._strict = strict
        self._assistant: Assistant | None = None
        self.found_nothing = False
        """Whether there was a question for which no passage passed the filters."""

    def open(self) -> None:
        """Ask no server. Opening the index takes most of a second, and is put off where one may answer."""
        self._assistant = self._assistant or open_assistant(self._settings)

    def answers(
        self, question: str, history: Sequence[Turn] = (), *, console: Console | None = None, batch: bool = False
    ) -> list[Answer | AskDivideError]:
        """The answer of each model, or what kept it from one: that does not take the others' away. `console` shows them as they come.

        Raised is the error of a model that is alone, and in a `batch` what no other question can mend.
        """
        if self._assistant is None and self._models == (local_client.QUOTE,):
            served = local_client.ask_server(question, history=history, filters=self._filters, settings=self._settings)
            if served:
                return self._seen([served])
        self.open()
        came: list[Answer | AskDivideError] = []
        for model in self._models:
            try:
                came.append(self._answer(model, question, history, console))
            except (ModelError, ExtraMissing) as error:
                if len(self._models) == 1 or (batch and not isinstance(error, ModelUnavailable)):
                    raise
                came.append(error)
        return self._seen(came)

    def _seen(self, came: list[Answer | AskDivideError]) -> list[Answer | AskDivideError]:
        self.found_nothing |= any(isinstance(one, Answer) and not one.read for one in came)
        return came

    def _answer(self, model: str, question: str, history: Sequence[Turn], console: Console | None) -> Answer:
        assert self._assistant is not None
        if console is None:
            return self._assistant.ask(question, history=history, filters=self._filters, model=model, strict=self._strict)
        from askdivide.interfaces import live

        events = self._assistant.stream(question, history=history, filters=self._filters, model=model, strict=self._strict)
        return live.watched(console, events)
