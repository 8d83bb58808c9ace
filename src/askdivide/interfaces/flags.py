"""Flags that commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askdivide.interfaces.printing import note

if TYPE_CHECKING:
    from askdivide.answering.assistant import Assistant
    from askdivide.records import Filters
    from askdivide.settings import Settings


_SHOWN = 8
"""Sources or tags that are named where none is near to the one asked for."""


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


def note_unknown(filters: Filters, settings: Settings) -> None:
    """Tell a source or a tag that no article has, with the nearest there is, from one that the other filters leave nothing of."""
    if not (filters.sources or filters.tags):
        return
    from askdivide.index.catalog import Catalog
    from askdivide.index.folder import CATALOG, current

    with closing(Catalog(current(settings.index) / CATALOG)) as catalog:
        for kind, wanted, known in (("source", filters.sources, catalog.sources()), ("tag", filters.tags, catalog.tags())):
            written = {one.casefold(): one for one in reversed(known)}
            for value in wanted:
                if value.casefold() not in written:
                    note(f"no article has the {kind} “{value}”; {_nearest(value.casefold(), written)}")


def _nearest(value: str, written: Mapping[str, str]) -> str:
    if near := get_close_matches(value, written, n=1, cutoff=0.5):
        return f"did you mean “{written[near[0]]}”?"
    known = sorted(written.values(), key=str.casefold)
    return f"there are {', '.join(known[:_SHOWN])}{' and others' if known[_SHOWN:] else ''}" if known else "none has any"
