"""What the command line prints: data on stdout, progress and notes on stderr, harmless to a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from askdivide.ingestion.reindex import Progress


def print_json(data: object, *, indent: int | None = 2) -> None:
    """Print data as JSON that a terminal shows and does not obey."""
    utf8 = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(data, ensure_ascii=not utf8, indent=indent, allow_nan=False)
    # What a terminal might obey, and half characters, are escaped; the value stays the same.
    click.echo(re.sub(r"[^\n -~]", lambda match: match.group() if match.group().isprintable() else json.dumps(match.group())[1:-1], text))


def tell(text: str) -> None:
    """Print `text` on stderr as one line that a terminal shows and does not obey."""
    from askdivide.interfaces.render import harmless

    click.echo(harmless(" ".join(text.splitlines())), err=True)


def note(text: str) -> None:
    """Print something worth knowing on stderr."""
    tell(f"note: {text}")


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from askdivide.interfaces import render

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=render.console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda progress: bar.update(
            task, completed=progress.done, total=progress.total or None, description=render.harmless(progress.path)[-50:]
        )


def counted(done: int, total: int) -> Progress:
    """Progress through questions."""
    from askdivide.ingestion.reindex import Progress

    return Progress(done, total, "questions")
