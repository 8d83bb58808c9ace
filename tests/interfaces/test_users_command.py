import stat

import click
import pytest
from click.testing import CliRunner

from askdivide.errors import SettingsError
from askdivide.interfaces.cli import commands
from askdivide.interfaces.web.users import read_users


def run(*arguments, typed=""):
    return CliRunner().invoke(commands, ["users", *map(str, arguments)], input=typed, catch_exceptions=False, standalone_mode=False)


def added(file, name="ada", password="correct horse"):
    return run(file, "--add", name, typed=f"{password}\n{password}\n")


def test_who_is_added_can_sign_in_with_the_password_and_no_other(tmp_path):
    file = tmp_path / "new" / "users"
    told = added(file)
    assert "correct horse" not in told.output
    assert "correct horse" not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = read_users(file)["ada"]
    assert secret.fits("correct horse")
    assert not secret.fits("Correct horse")


def test_a_name_stands_once_and_salts_differ(tmp_path):
    file = tmp_path / "users"
    for name in ("ada", "bob", "ada"):
        added(file, name)
    added(file, "ada", "another one")
    users = read_users(file)
    assert file.read_text(encoding="utf-8").count("\n") == len(users) == 2
    assert users["ada"].fits("another one")
    assert not users["ada"].fits("correct horse")
    assert users["ada"].salt != users["bob"].salt
    assert run(file).stdout == "ada\nbob\n"


def test_who_is_removed_is_gone(tmp_path):
    file = tmp_path / "users"
    added(file)
    run(file, "--remove", "ada")
    assert read_users(file) == {}
    with pytest.raises(SettingsError, match="has no user ada"):
        run(file, "--remove", "ada")


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("ada", "short\nshort\n", "8 characters or more"),
        ("a:b", "correct horse\ncorrect horse\n", "no colon"),
        (" ", "correct horse\ncorrect horse\n", "1 to 64"),
    ],
)
def test_what_is_no_name_or_password_changes_nothing(tmp_path, name, typed, told):
    with pytest.raises((SettingsError, click.UsageError), match=told):
        run(tmp_path / "users", "--add", name, typed=typed)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_typed_twice_alike(tmp_path):
    with pytest.raises(click.Abort):
        run(tmp_path / "users", "--add", "ada", typed="correct horse\ncorrect hose\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "ada",
        "ada:correct horse",
        "ada:scrypt$1$8$1$AAAAAAAAAAAAAAAA$AAAA",
        "ada:scrypt$1073741824$8$1$AAAAAAAAAAAAAAAA$" + "A" * 43 + "=",
        "ada:scrypt$32768$8$3$!$" + "A" * 43 + "=",
        ":scrypt$32768$8$3$AAAAAAAAAAAAAAAA$" + "A" * 43 + "=",
    ],
)
def test_a_line_that_is_none_is_named(tmp_path, line):
    file = tmp_path / "users"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="line 2 is no line of a user"):
        read_users(file)


def test_a_file_that_is_not_there_says_how_to_make_it(tmp_path):
    with pytest.raises(SettingsError, match="make one with: askdivide users"):
        run(tmp_path / "none")
