"""The models that are known by name: presets.toml, read once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

Thinking = Literal["", "fenced", "opened"]


@dataclass(frozen=True)
class Service:
    """A place that answers over HTTP."""

    name: str
    title: str
    url: str = ""
    url_variable: str = ""
    """The environment variable that puts another address in the place of `url`."""
    key: str = ""
    """The environment variable that holds the key."""
    keys: str = ""
    """Where keys and credit are to be had."""
    default: str = ""
    limit: str = "max_tokens"
    retired: Mapping[str, str] = field(default_factory=dict)
    """Models that are gone, and what took their place."""

    def address(self) -> str:
        """The base address in force, without a slash at the end."""
        url = (os.environ.get(self.url_variable) if self.url_variable else None) or self.url
        return (url if "://" in url else f"http://{url}").rstrip("/")


@dataclass(frozen=True)
class Preset:
    """What is known about a model."""

    name: str
    """`service:model` of a hosted one, the published name of open weights."""
    open: bool | None = None
    """Whether the weights are open."""
    licence: str = ""
    """Of open weights."""
    context: int | None = None
    """Tokens of prompt and reply together."""
    size: str = ""
    memory: str = ""
    thinks: Thinking = ""
    small: bool = False
    ollama: str = ""
    serve: str = ""


@cache
def _table() -> dict[str, list[dict[str, object]] | dict[str, dict[str, object]]]:
    return tomllib.loads(files("askdivide.models").joinpath("presets.toml").read_text(encoding="utf-8"))


@cache
def services() -> Mapping[str, Service]:
    """All services, by name."""
    table = _table()["services"]
    assert isinstance(table, dict)
    return {name: Service(name=name, **values) for name, values in table.items()}  # type: ignore[arg-type]


@cache
def hosted() -> tuple[Preset, ...]:
    """The known models of the services."""
    return tuple(Preset(**values) for values in _table()["hosted"])  # type: ignore[arg-type]


@cache
def open_weights() -> tuple[Preset, ...]:
    """The known open weights."""
    return tuple(Preset(open=True, **values) for values in _table()["weights"])  # type: ignore[arg-type]


def about(provider: str, model: str) -> Preset:
    """What is known about `provider:model`; of open weights under the name that their maker, Ollama or a server gives them."""
    name = f"{provider}:{model}"
    for preset in hosted():
        if preset.name == name:
            return preset
    plain = _plain(model)
    for preset in open_weights():
        if plain == _plain(preset.name) or (preset.ollama and model == preset.ollama):
            return preset
    # A quantised copy has the maker's name with something behind it.
    longest = max(
        (preset for preset in open_weights() if plain.startswith(_plain(preset.name) + "-")), key=lambda one: len(one.name), default=None
    )
    return longest or Preset(name)


def _plain(model: str) -> str:
    return model.rpartition("/")[2].lower().replace("_", "-").removesuffix(".gguf")
