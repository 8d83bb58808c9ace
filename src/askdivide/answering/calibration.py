"""The refusal's calibration as a file: weights of the signals, the threshold, and what both were fitted to."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from askdivide.answering.refusal import Signals
from askdivide.errors import IndexMismatch, SettingsError
from askdivide.index.folder import embedding_name
from askdivide.retrieval.reader import OWN_READER, OWN_VERSION
from askdivide.settings import Settings

NAME = "calibration.json"
"""Of the file that lies with an index, beside its generations."""
_REFIT = "fit it again with: askdivide eval --calibrate QUESTIONS, or remove it"


@dataclass(frozen=True)
class Calibration:
    """A logistic regression over Signals."""

    weights: Mapping[str, float]
    """Of `intercept` and of every signal."""
    threshold: float
    """The confidence below which a question is refused."""
    identity: Mapping[str, str] = field(default_factory=dict)
    """The models whose signals it was fitted to; empty for the one that ships."""

    def confidence(self, found: Signals) -> float:
        """Estimated probability that the corpus answers."""
        logit = self.weights["intercept"] + sum(self.weights[name] * value for name, value in vars(found).items())
        return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))

    def write(self, file: Path) -> None:
        """Store it in one step, so that a reader never sees half of it. Raises SettingsError where the file cannot be written."""
        scratch = file.with_name(file.name + ".new")
        try:
            scratch.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
            os.replace(scratch, file)
        except OSError as error:
            raise SettingsError(f"{file} cannot be written: {error.strerror}") from error


@cache
def built_in(reader: str = OWN_READER) -> Calibration:
    """The calibration that ships, for the setting `reader`: one for the reader that ships, and one that heeds no reader.

    How sure another reader is when it is right nobody knows before it has been calibrated, so its logits count for nothing here.
    """
    name = NAME if reader == OWN_READER else "calibration-unread.json"
    return _parsed((files("askdivide.answering") / name).read_text(encoding="utf-8"), "the calibration that ships")


def identity(settings: Settings) -> dict[str, str]:
    """What a calibration belongs to: the models that the signals come from."""
    reader = f"{OWN_READER} {OWN_VERSION}" if settings.reader == OWN_READER else settings.reader
    return {"embedding": embedding_name(settings), "reader": reader}


def calibration_file(settings: Settings, named: str = "") -> Path:
    """Where a calibration of one's own lies: the file `named`, or else beside the index."""
    return Path(named).expanduser() if named else settings.index / NAME


def load_calibration(settings: Settings, named: str = "") -> Calibration:
    """The calibration in force: that of the file `named`, or else that of the index where it has one, or else the one that ships.

    Raises SettingsError where the file is none, and IndexMismatch where it was fitted to other models.
    """
    file = calibration_file(settings, named)
    if not named and not file.exists():
        return built_in(settings.reader)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the calibration {file} cannot be read ({error}); {_REFIT}") from error
    calibration = _parsed(text, f"the calibration {file}")
    for key, value in identity(settings).items():
        if calibration.identity.get(key, value) != value:
            was = calibration.identity[key] or "none"
            raise IndexMismatch(f"the calibration {file} was fitted with {key} {was}, now it is {value or 'none'}; {_REFIT}")
    return calibration


def _parsed(text: str, place: str) -> Calibration:
    try:
        data: Any = json.loads(text)
        weights = {str(name): float(value) for name, value in data["weights"].items()}
        calibration = Calibration(weights, float(data["threshold"]), {str(k): str(v) for k, v in (data.get("identity") or {}).items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SettingsError(f"{place} is not one ({type(error).__name__}: {error}); {_REFIT}") from error
    wanted = {"intercept", *(spec.name for spec in fields(Signals))}
    if set(weights) != wanted:
        odd = ", ".join(sorted(set(weights) ^ wanted))
        raise SettingsError(f"{place} was fitted to other signals ({odd}); {_REFIT}")
    if not all(map(math.isfinite, [*weights.values(), calibration.threshold])):
        raise SettingsError(f"{place} holds a number that is none; {_REFIT}")
    return calibration
