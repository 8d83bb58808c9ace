"""The command that says who may sign in to the web chat."""

from __future__ import annotations

from pathlib import Path

import click

from askdivide.interfaces.flags import given
from askdivide.interfaces.printing import note


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@given
@click.option("--add", metavar="NAME", help="Ask for a password and let NAME in with it, or with a new one.")
@click.option("--remove", metavar="NAME", help="Let NAME in no longer.")
def users(file: Path, corpus: Path | None, index: Path | None, add: str | None, remove: str | None) -> int:  # noqa: ARG001 - every command takes them
    """List, add or remove those who may sign in to the web chat.

    FILE is the one that the setting users names. It holds no password, only what tells whether one is right.
    """
    from askdivide.errors import SettingsError
    from askdivide.interfaces.render import harmless
    from askdivide.interfaces.web.users import LONGEST, SHORTEST, Secret, named, read_users, write_users

    if add and remove:
        raise click.UsageError("give --add NAME or --remove NAME")
    known = read_users(file) if file.exists() or not add else {}
    if not add and not remove:
        for name in sorted(known):
            click.echo(harmless(name))
        return 0
    try:
        name = named(add or remove or "")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if add:
        password = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        if not SHORTEST <= len(password) <= LONGEST:
            raise SettingsError(f"a password has {SHORTEST} characters or more; nothing is changed")
        known[name] = Secret.of(password)
    elif known.pop(name, None) is None:
        raise SettingsError(f"{file} has no user {name}; see: askdivide users {file}")
    write_users(file, known)
    note(f"{harmless(name)} may sign in" if add else f"{harmless(name)} may not sign in any more")
    return 0
