"""The command that lists the answer models."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from askdivide.interfaces.flags import given, json_flag
from askdivide.interfaces.printing import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from askdivide.models.listing import ModelRow


@click.command()
@given
@json_flag
def models(corpus: Path | None, index: Path | None, as_json: bool) -> int:  # noqa: ARG001 - every command takes them
    """List the answer models: where the text goes, whose weights, and what is missing to use them."""
    from askdivide.interfaces.render import harmless
    from askdivide.models.listing import model_table

    rows = model_table()
    if as_json:
        print_json([row.to_dict() for row in rows])
        return 0
    of = {kind: [row for row in rows if row.kind == kind] for kind in ("local", "hosted", "weights", "other")}
    parts = [_local(of["local"]), _hosted(of["hosted"]), _weights(of["weights"]), _others(of["other"])]
    click.echo("\n\n".join(harmless("\n".join(lines)) for part in parts if (lines := list(part))))
    return 0


def _local(rows: list[ModelRow]) -> Iterator[str]:
    yield "In this process or on this machine"
    for row in rows:
        state = "ready" if row.ready else f"missing; {row.missing}"
        where = "" if row.where == "this machine" else f"goes to {row.where}"
        yield _line(row.name, rows, _joined(state, where, _facts(row), row.get if row.ready else ""))


def _hosted(rows: list[ModelRow]) -> Iterator[str]:
    yield "At a service, where the question and the passages are sent"
    for (provider, where, missing), group in groupby(rows, key=lambda row: (row.provider, row.where, row.missing)):
        yield f"  {provider}, {where}: {missing or 'ready'}"
        for row in group:
            yield "  " + _line(row.name, rows, _facts(row))


def _weights(rows: list[ModelRow]) -> Iterator[str]:
    yield "Open weights for machines of your own"
    yield "  serve them, as with: vllm serve NAME, and ask server:NAME@http://127.0.0.1:8000/v1; the small ones run as hf:NAME too"
    for row in rows:
        state = "fetched" if row.ready else ""
        way = "" if row.get.startswith("vllm serve") and " --" not in row.get else row.get
        yield _line(_published(row), rows, _joined(_facts(row), state, way))


def _others(rows: list[ModelRow]) -> Iterator[str]:
    if rows:
        yield "Of other packages"
    for row in rows:
        yield _line(row.name, rows, f"from {row.provider}")


def _facts(row: ModelRow) -> str:
    weights = row.licence or {True: "open weights", False: "closed weights", None: ""}[row.open]
    return _joined(weights, row.size, f"{row.context:,} tokens" if row.context else "")


def _published(row: ModelRow) -> str:
    provider, _, name = row.name.partition(":")
    return name.rpartition("@")[0] if provider == "server" else row.name


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _line(name: str, rows: list[ModelRow], text: str) -> str:
    width = max(len(_published(row) if row.kind == "weights" else row.name) for row in rows) + 2
    return f"  {name:<{width}}{text}".rstrip()
