"""What a conversation consists of in the web chat."""

from __future__ import annotations

from dataclasses import dataclass, replace

from askdivide.records import Answer, Filters, Turn


@dataclass(frozen=True)
class Reply:
    """What one model made of a question: an answer, words that were stopped before they were checked, or a failure."""

    model: str
    answer: Answer | None = None
    text: str = ""
    thinking: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Exchange:
    """A question of one visitor and what came of it."""

    number: int
    """From 1 in its conversation; a turn that is taken back leaves its number to the next."""
    question: str
    replies: tuple[Reply, ...] = ()
    """More than one where models are compared."""
    filters: Filters = Filters()
    closed: bool = True
    """Whether nothing more will come of it."""
    message: str = ""
    """The replies as HTML."""
    sources: str = ""
    """Their sources as HTML."""

    @property
    def answers(self) -> list[Answer]:
        """The answers there are."""
        return [reply.answer for reply in self.replies if reply.answer]

    @property
    def failed(self) -> bool:
        """Whether nothing came of it but failures."""
        return bool(self.replies) and all(reply.failure for reply in self.replies)

    def lean(self) -> Exchange:
        """The same without what only explains how its answers came about, which is most of their size."""
        replies = (replace(one, answer=one.answer and replace(one.answer, read=(), raw="")) for one in self.replies)
        return replace(self, replies=tuple(replies))

    @property
    def answer(self) -> Answer | None:
        """The first answer, if there is one."""
        return self.answers[0] if self.answers else None

    @property
    def turn(self) -> Turn | None:
        """What later questions may refer to; None where no answer came."""
        if self.answers:
            return Turn(self.question, self.answers[0].text)
        return Turn(self.question) if self.replies and not self.failed else None


@dataclass(frozen=True)
class Conversation:
    """A conversation as one page shows it."""

    id: str = ""
    """Names it where it is kept; empty before the first question."""
    title: str = ""
    exchanges: tuple[Exchange, ...] = ()
    shown: int = 30
    """Newest exchanges that are on the page: a browser takes longer with each one more."""

    @property
    def visible(self) -> tuple[Exchange, ...]:
        """The exchanges on the page."""
        return self.exchanges[-self.shown :]

    @property
    def next_number(self) -> int:
        """The number of the next exchange."""
        return self.exchanges[-1].number + 1 if self.exchanges else 1
