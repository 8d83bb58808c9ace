"""Flags that commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askdivide.interfaces.printing import note

if TYPE_CHECKING:
    from askdivide.answering.assistant import Assistant
    from askdivide.records import Filters
    from askdivide.settings import Settings


def given(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command takes."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks."),
        click.option("--index", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the index.  [default: index]"),
        click.option("--corpus", type=click.Path(path_type=Path), metavar="DIR", help="Folder of articles.  [default: corpus]"),
    ):
        function = option(function)
    return function


json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def filtering(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose articles."""
    for option in (
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only articles with this tag (repeat: any of them)."),
        click.option("--source", "sources", multiple=True, metavar="NAME", help="Only articles of this source (repeat: any of them)."),
        click.option("--until", callback=_date, metavar="DATE", help="Only articles published on this date or before."),
        click.option(
            "--since", callback=_date, metavar="DATE", help="Only articles published on this date or after: 2025, 2025-06, 2025-06-30."
        ),
    ):
        function = option(function)
    return function


def _date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    from askdivide.text.dates import parse_date

    if value is None:
        return None
    iso = parse_date(value)
    if iso is None:
        raise click.BadParameter(f"{value!r} is no date; write 2025, 2025-06 or 2025-06-30")
    return iso


def load_settings(**given: Any) -> Settings:
    """The settings in force, with what flags gave."""
    from askdivide.settings import Settings

    return Settings.load(**given)


def open_assistant(settings: Settings) -> Assistant:
    """An assistant over the index of `settings`; where that lacks articles still, a note says so."""
    from askdivide.answering.assistant import Assistant
    from askdivide.index.folder import UNFINISHED

    assistant = Assistant.open(settings)
    with assistant.index.reading() as catalog:
        if not catalog.manifest().get("complete"):
            note(UNFINISHED)
    return assistant


def article_filters(since: str | None, until: str | None, sources: Sequence[str], tags: Sequence[str]) -> Filters:
    """The filters that flags gave."""
    from askdivide.records import Filters

    return Filters(since, until, tuple(sources), tuple(tags))
