"""`askdivide chat`: a conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askdivide.errors import AskDivideError
from askdivide.interfaces.flags import article_filters, filtering, given, load_settings, note_unknown, open_assistant
from askdivide.interfaces.printing import note, tell

if TYPE_CHECKING:
    from askdivide.answering.assistant import Assistant
    from askdivide.records import Answer, Filters

_HELP = """\
/model NAME   let another model answer; without NAME: say which one does
/sources      the last answer's sources, word for word
/reset        begin a new conversation
/save FILE    write the conversation as Markdown with footnotes
/help         this list
/quit         leave (or press Ctrl-D); Ctrl-C stops an answer"""
_COMMANDS = ("model", "sources", "reset", "save", "help", "quit")


@click.command()
@given
@filtering
@click.option("--model", metavar="NAME", help="Who writes the answers.  [default: quote]")
@click.option("--strict", is_flag=True, default=None, help="Leave out what no article supports.")
@click.option("--thinking", is_flag=True, help="Show a model's reasoning while it lasts.")
def chat(corpus: Path | None, index: Path | None, model: str | None, strict: bool | None, thinking: bool, **filters: Any) -> int:
    """Ask question after question in the terminal; later ones may refer to earlier ones."""
    from askdivide.answering.writers import open_writer

    assistant = open_assistant(load_settings(corpus=corpus, index=index))
    wanted = model or assistant.settings.model
    open_writer(wanted, assistant.settings)
    chosen = article_filters(**filters)
    note_unknown(chosen, assistant.settings)
    talk = Talk(assistant, wanted, chosen, strict=strict, thinking=thinking)
    if sys.stdin.isatty():
        note(f"answers by {wanted}; /help lists what can be done, Ctrl-D leaves")
    for line in _lines():
        if not talk.take(line):
            break
    return 0


def _lines() -> Iterator[str]:
    """What is typed, line by line, with line editing on a terminal, until the end of input."""
    terminal = sys.stdin.isatty()
    if terminal:
        with suppress(ImportError):
            import readline  # noqa: F401 - gives input() its editing and its history
    while True:
        try:
            yield input("> " if terminal else "")
        except KeyboardInterrupt:
            # Ctrl-C leaves the line, not the conversation.
            click.echo()
        except EOFError:
            if terminal:
                click.echo()
            return


class Talk:
    """A conversation as it goes on."""

    def __init__(self, assistant: Assistant, model: str, filters: Filters, *, strict: bool | None, thinking: bool) -> None:
        from askdivide.interfaces import render

        self._assistant = assistant
        self._model = model
        self._filters = filters
        self._strict = strict
        self._thinking = thinking
        self._answers: list[Answer] = []
        self._console = render.console()

    def take(self, line: str) -> bool:
        """Answer a question or do what a command says; False where the conversation is over."""
        line = line.strip()
        if line in ("/quit", "/exit"):
            return False
        try:
            if line.startswith("/"):
                name, _, argument = line[1:].partition(" ")
                self._command(name, argument.strip())
            elif line:
                self._ask(line)
        except AskDivideError as error:
            tell(f"error: {error}")
        except KeyboardInterrupt:
            tell("stopped")
        return True

    def _ask(self, question: str) -> None:
        from askdivide.interfaces import live, render
        from askdivide.records import Turn

        history = [Turn(one.question, one.text) for one in self._answers]
        events = self._assistant.stream(question, history=history, filters=self._filters, model=self._model, strict=self._strict)
        answer = live.watched(self._console, events, thinking=self._thinking)
        self._answers.append(answer)
        self._console.print(render.answer(answer, full=False))
        self._console.print()

    def _command(self, name: str, argument: str) -> None:
        if name == "help":
            click.echo(_HELP)
        elif name == "model":
            self._choose(argument)
        elif name == "sources":
            self._sources()
        elif name == "reset":
            self._answers.clear()
            note("a new conversation")
        elif name == "save":
            self._save(argument)
        else:
            near = get_close_matches(name, _COMMANDS, n=1)
            hint = f"did you mean /{near[0]}?" if near else "/help lists them"
            tell(f"error: there is no command /{name}; {hint}")

    def _choose(self, name: str) -> None:
        from askdivide.answering.writers import open_writer

        if name:
            open_writer(name, self._assistant.settings)
            self._model = name
        note(f"answers by {self._model}")

    def _sources(self) -> None:
        from askdivide.interfaces import render

        if not self._answers:
            note("there is no answer yet")
            return
        self._console.print(render.sources(self._answers[-1]))

    def _save(self, name: str) -> None:
        from askdivide.interfaces.transcript import markdown

        if not name:
            tell("error: name the file: /save FILE")
            return
        try:
            # An existing file is never overwritten.
            with Path(name).expanduser().open("x", encoding="utf-8") as file:
                file.write(markdown(self._answers))
        except FileExistsError:
            tell(f"error: {name} exists; choose another name")
        except OSError as error:
            tell(f"error: {name} cannot be written ({error.strerror}); choose another place")
        else:
            note(f"written to {name}")
