from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from askdivide.answering.calibration import Calibration, built_in, calibration_file, identity, load_calibration
from askdivide.answering.refusal import Signals
from askdivide.errors import IndexMismatch, SettingsError
from askdivide.retrieval.reader import OWN_VERSION
from askdivide.settings import Settings

FOUND = Signals(*[0.5] * len(Signals.__dataclass_fields__))


@pytest.fixture
def own(settings: Settings) -> Calibration:
    """A calibration of one's own, kept beside the index."""
    settings.index.mkdir()
    made = Calibration({**built_in("none").weights, "intercept": 9.0}, 0.4, identity(settings))
    made.write(calibration_file(settings))
    return made


def test_without_one_of_ones_own_the_one_that_ships_is_in_force(settings: Settings) -> None:
    assert load_calibration(settings) == built_in("none")
    assert load_calibration(replace(settings, reader="own")) == built_in()
    # What another reader's logits are worth is not known: they count for nothing.
    assert built_in("some/folder") == built_in("none")


@pytest.mark.parametrize("reader", ["own", "none"])
def test_those_that_ship_tell_better_signals_from_worse(reader: str) -> None:
    shipped = built_in(reader)
    assert 0 < shipped.threshold < 1
    assert shipped.confidence(FOUND) > shipped.confidence(Signals(*[0.1] * len(Signals.__dataclass_fields__)))
    # Weights for what is not there would move every answer by chance.
    assert (shipped.weights["read"] > 0) == (reader == "own")


def test_one_kept_with_the_index_is_in_force(settings: Settings, own: Calibration) -> None:
    assert load_calibration(settings) == own
    assert load_calibration(settings).confidence(FOUND) > built_in("none").confidence(FOUND)
    assert [file.name for file in settings.index.iterdir()] == ["calibration.json"]


def test_a_named_file_comes_before_that_of_the_index(settings: Settings, own: Calibration, tmp_path: Path) -> None:
    other = replace(own, threshold=0.9)
    other.write(tmp_path / "other.json")
    assert load_calibration(settings, str(tmp_path / "other.json")).threshold == 0.9


def test_one_fitted_to_other_models_is_told_with_the_way_out(settings: Settings, own: Calibration) -> None:
    with pytest.raises(IndexMismatch, match="embedding test:256, now it is test:64.*eval --calibrate"):
        load_calibration(replace(settings, embedding="test:64"))
    with pytest.raises(IndexMismatch, match="reader none, now it is some/folder"):
        load_calibration(replace(settings, reader="some/folder"))


def test_one_fitted_with_earlier_weights_of_our_reader_is_told(settings: Settings) -> None:
    settings = replace(settings, reader="own")
    settings.index.mkdir()
    Calibration(built_in().weights, 0.4, identity(settings) | {"reader": "own"}).write(calibration_file(settings))
    with pytest.raises(IndexMismatch, match="reader own, now it is own 2"):
        load_calibration(settings)


def test_the_version_of_our_reader_goes_up_with_its_weights() -> None:
    weights = (files("askdivide.retrieval") / "weights" / "model.onnx").read_bytes()
    assert {2: "4979c2ddc5a5fc60"}[OWN_VERSION] == sha256(weights).hexdigest()[:16]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"weights": {"intercept": 1}, "threshold": 0.5}',
        '{"weights": [], "threshold": 0.5}',
        '{"weights": {}, "threshold": "high"}',
    ],
)
def test_a_broken_file_is_told(settings: Settings, own: Calibration, text: str) -> None:
    calibration_file(settings).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"calibration\.json.*eval --calibrate"):
        load_calibration(settings)


def test_a_weight_that_is_no_number_is_told(settings: Settings, own: Calibration) -> None:
    data = json.loads(calibration_file(settings).read_text(encoding="utf-8"))
    data["weights"]["intercept"] = float("nan")
    calibration_file(settings).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SettingsError, match="number that is none"):
        load_calibration(settings)


def test_a_named_file_that_is_missing_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json cannot be read"):
        load_calibration(settings, str(tmp_path / "none.json"))


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        built_in().write(tmp_path / "no" / "where.json")
