"""Settings: flag before environment before file before default; what is wrong is told with its place."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import SettingsError
from askdivide.settings import Settings


def load(folder: Path, toml: str = "", environment: dict[str, str] | None = None, **given: Any) -> Settings:
    if toml:
        (folder / "askdivide.toml").write_text(toml, encoding="utf-8")
    return Settings.load(folder, environment or {}, **given)


def test_argument_before_environment_before_file_before_default(tmp_path: Path) -> None:
    toml = "passages = 11\nsentences = 2\nport = 1111\n"
    environment = {"ASKDIVIDE_SENTENCES": "3", "ASKDIVIDE_PORT": "2222", "PASSAGES": "99"}
    made = load(tmp_path, toml, environment, port=3333, passages=None)
    assert (made.passages, made.sentences, made.port, made.chunk_tokens) == (11, 3, 3333, Settings().chunk_tokens)


def test_the_real_environment_and_working_folder_are_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKDIVIDE_PASSAGES", "5")
    (tmp_path / "askdivide.toml").write_text('index = "elsewhere"\n', encoding="utf-8")
    assert (Settings.load().passages, Settings.load().index) == (5, Path("elsewhere"))


@pytest.mark.parametrize("setting", dataclasses.fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_has_a_variable_of_its_name_and_a_line_of_help(tmp_path: Path, setting: dataclasses.Field[Any]) -> None:
    value = {"Path": "some/where", "str": "some name", "int": str(setting.metadata.get("least")), "float": "0.5", "bool": "True"}[
        str(setting.type)
    ]
    value = "http://some:80" if setting.name == "chroma" else value
    made = load(tmp_path, environment={f"ASKDIVIDE_{setting.name.upper()}": value})
    assert str(getattr(made, setting.name)) == value
    assert setting.metadata["help"]


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    assert load(tmp_path, environment={"ASKDIVIDE_PORT": "", "ASKDIVIDE_INDEX": ""}) == load(tmp_path)


def test_an_empty_value_in_the_file_is_not_set(tmp_path: Path) -> None:
    assert load(tmp_path, 'reader = ""\nport = ""\nindex = ""\njudge = ""\n') == Settings()
    assert load(tmp_path, 'reader = ""\n', reader="none").reader == "none"
    with pytest.raises(SettingsError, match="unknown setting raeder .*; did you mean reader"):
        load(tmp_path, 'raeder = ""\n')


def test_kinds_are_converted(tmp_path: Path) -> None:
    made = load(tmp_path, 'corpus = "~/articles"\nrefuse_below = 1\n', {"ASKDIVIDE_THREADS": "4"}, index="here", refuse_below="0.25")
    assert (made.corpus, made.index, made.threads, made.refuse_below) == (Path.home() / "articles", Path("here"), 4, 0.25)


@pytest.mark.parametrize(
    ("toml", "environment", "given", "says"),
    [
        ("passage = 3\n", {}, {}, "unknown setting passage in {file}; did you mean passages?"),
        ("", {}, {"zzz": 1}, "unknown setting zzz given; known are corpus, "),
        ('passages = "many"\n', {}, {}, "setting passages in {file} is 'many', which is not a number"),
        ("passages = 3.5\n", {}, {}, "setting passages in {file} is 3.5, which is not a number"),
        ("passages = true\n", {}, {}, "setting passages in {file} is True, which is not a number"),
        ("refuse_below = true\n", {}, {}, "setting refuse_below in {file} is True, which is not a number"),
        ("model = 3\n", {}, {}, "setting model in {file} is 3, which is not text"),
        ("corpus = 3\n", {}, {}, "setting corpus in {file} is 3, which is not a folder"),
        ("[model]\nname = 1\n", {}, {}, "setting model in {file} is {{'name': 1}}, which is not text"),
        ("", {"ASKDIVIDE_PORT": "web"}, {}, "setting port in the environment (ASKDIVIDE_PORT) is 'web', which is not a number"),
        ("", {}, {"port": 99999}, "setting port is 99999, and must lie between 0 and 65535"),
        ("", {"ASKDIVIDE_CHUNK_TOKENS": "31"}, {}, "setting chunk_tokens is 31, and must lie between 32 and 8192"),
        ("refuse_below = nan\n", {}, {}, "setting refuse_below is nan, and must lie between -1 and 1"),
        ("passages = \n", {}, {}, "cannot read the settings file {file}: "),
        ('model = "\\ud800"\n', {}, {}, "cannot read the settings file {file}: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, toml: str, environment: dict[str, str], given: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(tmp_path, toml, environment, **given)
    assert str(wrong.value).startswith(says.format(file=tmp_path / "askdivide.toml"))
    assert "\n" not in str(wrong.value)


def test_a_settings_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "askdivide.toml").write_bytes(b"model = '\xff'\n")
    with pytest.raises(SettingsError, match="cannot read the settings file"):
        load(tmp_path)


def test_settings_cannot_be_changed_and_are_checked_when_made() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
    with pytest.raises(SettingsError):
        dataclasses.replace(Settings(), passages=0)


def test_exported_models_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Settings().cache == Path("/somewhere/askdivide")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Settings().cache == Path.home() / ".cache" / "askdivide"


def test_corpus_and_index_are_folders_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the same folder"):
        Settings(corpus=tmp_path, index=tmp_path)
    with pytest.raises(SettingsError, match="setting corpus given is '', which is not a folder"):
        Settings.load(folder=tmp_path, environment={}, corpus="")


def test_a_chroma_server_has_an_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="write it as http://host:port"):
        Settings.load(folder=tmp_path, environment={"ASKDIVIDE_CHROMA": "localhost:8000"})


def test_a_settings_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "askdivide.toml").write_text("\ufeffsentences = 2\n", encoding="utf-8")
    assert Settings.load(folder=tmp_path, environment={}).sentences == 2
