"""The answer models that the page offers, and what it says of each."""

from __future__ import annotations

from collections.abc import Sequence

from askdivide.errors import AskDivideError, ModelError
from askdivide.models.listing import HERE, ModelRow, destination, model_table
from askdivide.models.presets import services
from askdivide.models.registry import FORMS, QUOTE, check_model
from askdivide.settings import Settings


class Picker:
    """The models that visitors may choose.

    Those are the ones of `askdivide models`, any of a service whose address and key the operator has set, and what the settings
    `model` and `offer` name. Names that lead to files or addresses of a visitor's choice are not among them: whoever may ask is
    not by that allowed to read this machine's files or to reach into its network.
    """

    def __init__(self, settings: Settings) -> None:
        offered = (name.strip() for name in settings.offer.split(","))
        self._named = list(dict.fromkeys([settings.model, *(name for name in offered if name), QUOTE]))
        self._rows: dict[str, ModelRow] = {}

    @property
    def usual(self) -> str:
        """The model that answers where none is chosen."""
        return self._named[0]

    def choices(self) -> list[tuple[str, str]]:
        """What can be chosen, as (what is said of it, name): what is ready before what is not. Takes half a second at most."""
        self._rows = {row.name: row for row in model_table() if _is_whole(row)}
        named = {name: _label(self._rows.get(name), name) for name in self._named}
        others = sorted((row for row in self._rows.values() if row.name not in named), key=lambda row: not row.ready)
        return [(label, name) for name, label in named.items()] + [(_label(row, row.name), row.name) for row in others]

    def first(self) -> list[tuple[str, str]]:
        """What can be chosen before anybody has looked at what else there is."""
        return [(_label(None, name), name) for name in self._named]

    def check(self, name: str) -> str:
        """The full name of a model that may be asked. Raises ModelError with what is missing."""
        full = check_model(name.strip())
        row = self._rows.get(full)
        if row and not row.ready and full not in self._named:
            raise ModelError(f"{full} is not ready; what is missing: {row.missing}")
        provider = full.partition(":")[0]
        # The name of a server holds its address.
        if full in self._named or row or (provider in services() and provider != "server"):
            return full
        raise ModelError(f"{full} is not offered here; whoever runs askdivide can offer it with the setting offer")

    def told(self, names: Sequence[str]) -> str:
        """Who answers and where the question goes, for one or two full names."""
        return " ".join([*(["Two answers side by side."] if len(names) > 1 else []), *map(_told, names)])


def _told(name: str) -> str:
    if name == QUOTE:
        return "Answers are the articles’ own sentences. Nothing leaves this machine."
    where = destination(name)
    if where == HERE:
        return f"Answers by {name}, on this machine. Nothing leaves it."
    return f"Answers by {name}. The question and the passages found go to {where}."


def _label(row: ModelRow | None, name: str) -> str:
    if name == QUOTE:
        return "quote · the articles’ own sentences · stays on this machine"
    try:
        where = destination(name)
    except AskDivideError as error:
        return f"{name} · {error}"
    goes = "stays on this machine" if where == HERE else f"goes to {where}"
    missing = f"not ready: {row.missing}" if row and not row.ready else ""
    return " · ".join(part for part in (name, row.licence if row else "", goes, missing) if part)


def _is_whole(row: ModelRow) -> bool:
    """Whether a row names one model that can be asked as it is, and not a kind of model, or weights to be served somewhere."""
    return row.name not in FORMS.values() and row.kind != "other" and not row.name.startswith("server:")
