"""What happens when somebody asks: calls to the assistant, and what comes of them as updates of the page."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from askdivide.answering.assistant import Assistant
from askdivide.errors import AskDivideError, QuestionError
from askdivide.interfaces.web import cards, replies, scope
from askdivide.interfaces.web.conversations import Conversations
from askdivide.interfaces.web.picker import Picker
from askdivide.interfaces.web.running import FAULT, Run, watched
from askdivide.interfaces.web.starters import Starters
from askdivide.interfaces.web.turns import Conversation, Exchange, Reply
from askdivide.interfaces.web.view import Update, Updates, View, busy, latest, ready, unchanged, whole
from askdivide.interfaces.web.visitors import owner
from askdivide.records import Filters

_PACE = 0.06
_REVEAL = 0.5
"""Seconds between two sentences of a quote answer, and for all of them at most."""
_CALM = 1
"""Other questions in progress up to which sentences come one by one: each of these updates costs 2 to 4 ms of the processor, and
without them fifty people at once had their answers a fifth sooner (bench/load.py, six pairs)."""
_EMPTY = "Type a question first."
_BUSY = "The last question is still being answered; wait, or stop it."
_DRAFT = "Another question is in the box; send it or delete it first."
_LOST = "This conversation could not be kept ({}); it is gone when the page is left."

Names = Sequence[str] | None


@dataclass(frozen=True)
class Choice:
    """Who is to answer, one model or two, and from which articles."""

    models: tuple[str, ...]
    filters: Filters = Filters()


class Chat:
    """The page's events. A visitor's conversation comes in and goes out; what is kept of it is in `kept`."""

    def __init__(self, assistant: Assistant, starters: Starters) -> None:
        self.assistant = assistant
        self.view = View(assistant)
        self.kept = Conversations(assistant.settings.index)
        self.picker = Picker(assistant.settings)
        self._starters = starters
        self._answering = 0

    def title(self) -> str:
        """The title line as of now."""
        try:
            with self.assistant.index.reading() as catalog:
                return cards.header(catalog.documents())
        except AskDivideError as error:
            return replies.failure(str(error))

    def begun(self) -> tuple[str, Any]:
        """The title line and questions to start with, for a page just opened."""
        try:
            examples = [{"text": text} for text in self._starters.questions()]
        except AskDivideError:
            examples = []
        return self.title(), gr.Chatbot(examples=examples)

    def offered(self, before: Any) -> tuple[Any, Any, Any, Any, Any]:
        """The models to answer and to compare with, and the sources, tags and articles there are.

        `before`: which two this browser's visitor last chose. They are chosen again where they are still offered.
        """
        models = self.picker.choices()
        model, second = map(str, before) if isinstance(before, list) and len(before) == 2 else ("", "")
        try:
            with self.assistant.index.reading() as catalog:
                sources, tags, documents = scope.choices(catalog.documents())
        except AskDivideError:
            sources, tags, documents = [], [], []
        names = {name for _, name in models}
        first = gr.Dropdown(choices=models, **({"value": model} if model in names else {}))
        other = gr.Dropdown(choices=[("no second answer", ""), *models], **({"value": second} if second in names else {}))
        return first, other, gr.Dropdown(choices=sources), gr.Dropdown(choices=tags), gr.Dropdown(choices=documents)

    def told(self, model: str, second: str, since: str, until: str, sources: Names, tags: Names, documents: Names) -> str:
        """What stands below the box: who answers, where the question goes, which articles may answer."""
        try:
            return self._hint(self._choice(model, second, since, until, sources, tags, documents))
        except AskDivideError as error:
            return replies.hint("", problem=str(error))

    async def ask(
        self, question: str, conversation: Conversation, model: str, second: str, since: str, until: str, sources: Names, tags: Names,
        documents: Names, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Answer `question`, as the answer comes."""
        try:
            if not question.strip():
                raise QuestionError(_EMPTY)
            if conversation.exchanges and not conversation.exchanges[-1].closed:
                raise QuestionError(_BUSY)
            choice = self._choice(model, second, since, until, sources, tags, documents)
        except AskDivideError as error:
            yield unchanged(hint=replies.hint("", problem=str(error)))
            return
        async with aclosing(self._asked(question, conversation, choice, owner(request), box="")) as updates:
            async for update in updates:
                yield update

    async def start(
        self, conversation: Conversation, model: str, second: str, since: str, until: str, sources: Names, tags: Names, documents: Names,
        chosen: gr.SelectData, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask one of the questions to start with."""
        asking = self.ask(chosen.value["text"], conversation, model, second, since, until, sources, tags, documents, request)
        async with aclosing(asking) as updates:
            async for update in updates:
                yield update

    async def again(
        self, conversation: Conversation, model: str, second: str, since: str, until: str, sources: Names, tags: Names, documents: Names,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask the last question again, of the models and articles that are chosen now."""
        if not conversation.exchanges:
            yield unchanged()
            return
        try:
            choice = self._choice(model, second, since, until, sources, tags, documents)
        except AskDivideError as error:
            yield unchanged(hint=replies.hint("", problem=str(error)))
            return
        *before, last = conversation.exchanges
        earlier = replace(conversation, exchanges=tuple(before))
        async with aclosing(self._asked(last.question, earlier, choice, owner(request), number=last.number)) as updates:
            async for update in updates:
                yield update

    def edit(self, conversation: Conversation, draft: str, request: gr.Request) -> Update:
        """Take the last question back into the box, unless that holds the `draft` of another."""
        if not conversation.exchanges:
            return unchanged()
        if draft.strip() and draft.strip() != conversation.exchanges[-1].question:
            return unchanged(hint=replies.hint("", problem=_DRAFT))
        *before, last = conversation.exchanges
        if conversation.id and (mine := owner(request)):
            self.kept.take_back(mine, conversation.id, last.number)
        return whole(replace(conversation, exchanges=tuple(before)), box=ready(value=last.question))

    def stop(self, conversation: Conversation) -> Update:
        """Leave the answer in progress as far as it is."""
        if not conversation.exchanges or conversation.exchanges[-1].closed:
            return unchanged(box=ready())
        *before, last = conversation.exchanges
        return latest(replace(conversation, exchanges=tuple(before)), self._drawn(last), ready(), panel=True)

    def renewed(self) -> Update:
        """An empty conversation."""
        return whole(Conversation(), box=ready(value=""))

    def more(self, conversation: Conversation) -> Update:
        """More of a long conversation."""
        return whole(self.view.drawn(replace(conversation, shown=conversation.shown + 30)))

    async def _asked(
        self, question: str, conversation: Conversation, choice: Choice, mine: str, *, box: str | None = None, number: int = 0
    ) -> Updates:
        """Ask, as the next exchange or as the one of that `number`; what is to be in the `box` then."""
        question = question.strip()
        if not conversation.exchanges:
            conversation = replace(conversation, id=conversation.id or secrets.token_urlsafe(16), title=question)
        # A page holds its conversation for as long as it is open, and an hour more.
        conversation = replace(conversation, exchanges=(*conversation.exchanges[:-1], *(one.lean() for one in conversation.exchanges[-1:])))
        empty = tuple(Reply(model) for model in choice.models)
        number = number or await asyncio.to_thread(self._next_number, mine, conversation)
        now = Exchange(number, question, empty, choice.filters, closed=False)
        yield latest(conversation, now, busy() if box is None else busy(value=box), hint=self._hint(choice))
        history = [turn for one in conversation.exchanges if (turn := one.turn)]
        ask = partial(self.assistant.stream, question, history=history, filters=choice.filters)
        runs = [Run(model, partial(ask, model=model)) for model in choice.models]
        done = False
        self._answering += 1
        try:
            async with aclosing(watched(runs)) as news:
                async for _ in news:
                    now = replace(now, replies=tuple(map(_reply, runs)), message=_making(runs, now.number))
                    done = all(run.done for run in runs)
                    if not done:
                        yield latest(conversation, now)
        finally:
            self._answering -= 1
            # Stopped, left, or on the way to another conversation: what there is, is kept.
            if not done:
                self._keep(mine, conversation, now)
        async for update in self._finished(conversation, now, mine):
            yield update

    async def _finished(self, conversation: Conversation, now: Exchange, mine: str) -> Updates:
        problem = "" if now.failed else await asyncio.to_thread(self._keep, mine, conversation, now)
        drawn = await asyncio.to_thread(self._drawn, now)
        if now.failed:
            yield latest(conversation, drawn, busy(value=now.question), panel=True)
            return
        panel = True
        quoted = now.answers[0].claims if len(now.replies) == 1 else ()
        if self._answering <= _CALM and all(claim.support == "quoted" for claim in quoted):
            for shown in range(1, len(quoted)):
                yield latest(
                    conversation, replace(drawn, message=replies.reply(now.answers[0], now.number, shown), closed=False), panel=panel
                )
                panel = False
                await asyncio.sleep(min(_PACE, _REVEAL / len(quoted)))
        yield latest(conversation, drawn, panel=panel, hint=replies.hint("", problem=problem) if problem else None)

    def _next_number(self, mine: str, conversation: Conversation) -> int:
        try:
            # The same conversation may have gone on in another window.
            last = self.kept.last_number(mine, conversation.id) if mine else 0
        except AskDivideError:
            last = 0
        return max(conversation.next_number, last + 1)

    def _drawn(self, exchange: Exchange) -> Exchange:
        try:
            return self.view.closed(exchange)
        except AskDivideError as error:
            return replace(exchange, message=replies.failure(str(error)), closed=True)

    def _keep(self, mine: str, conversation: Conversation, exchange: Exchange) -> str:
        """Keep an exchange; what went wrong where that cannot be done."""
        try:
            if mine:
                self.kept.save(mine, conversation.id, conversation.title, exchange)
        except AskDivideError as error:
            return _LOST.format(error)
        return ""

    def _choice(self, model: str, second: str, since: str, until: str, sources: Names, tags: Names, documents: Names) -> Choice:
        """What was chosen. Raises AskDivideError for a model that cannot be asked, a date that is none or an article that is not there."""
        if documents:
            with self.assistant.index.reading() as catalog:
                unknown = next((name for name in documents if catalog.document(name) is None), None)
            if unknown is not None:
                raise QuestionError(f"no article is named “{unknown}”; choose one from the list")
        names = [self.picker.check(model or self.picker.usual), *([self.picker.check(second)] if second else [])]
        return Choice(tuple(dict.fromkeys(names)), scope.filters(since, until, sources, tags, documents))

    def _hint(self, choice: Choice) -> str:
        return replies.hint(self.picker.told(choice.models), scope.words(choice.filters))


def _reply(run: Run) -> Reply:
    """What a run has come to."""
    if run.error:
        # Not raised: Gradio would leave the visitor with a chat that waits for an answer.
        return Reply(run.model, failure=str(run.error) if isinstance(run.error, AskDivideError) else FAULT)
    if run.answer:
        return Reply(run.model, answer=run.answer)
    text, thinking = (run.draft.text, run.draft.thinking) if run.draft else ("", "")
    return Reply(run.model, text=text, thinking=thinking)


def _making(runs: Sequence[Run], number: int) -> str:
    """Replies in the making, as HTML."""
    if len(runs) == 1:
        return _part(runs[0], number)
    return replies.beside([(run.model, _part(run, f"{number}{side}")) for side, run in zip("ab", runs, strict=True)])


def _part(run: Run, turn: int | str) -> str:
    if run.answer:
        return replies.reply(run.answer, turn)
    if run.error:
        return replies.failure(_reply(run).failure)
    return replies.draft(run.draft) if run.draft else replies.waiting()
