"""Who may sign in: a file with a line `name:scrypt$n$r$p$salt$hash` for each, which never holds a password."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from askdivide.errors import SettingsError
from askdivide.files import replace_file

SHORTEST = 8
"""Characters of a password."""
LONGEST = 1024
_COST = (2**15, 8, 3)
"""n, r and p of scrypt: 32 MiB, and about a third of a second of one core."""
_DEAREST = 2**27
"""Most bytes that a line of the file may make this server use."""


@dataclass(frozen=True)
class Secret:
    """What is kept of a password."""

    n: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, password: str) -> Secret:
        """A password's, with a salt of its own."""
        salt = secrets.token_bytes(16)
        return cls(*_COST, salt, _scrypt(password, *_COST, salt))

    @classmethod
    def read(cls, text: str) -> Secret:
        """From a line of the file. Raises ValueError."""
        kind, n, r, p, salt, kept = text.split("$")
        made = cls(int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(kept, validate=True))
        # A power of two above 1 is what scrypt takes.
        if kind != "scrypt" or made.n < 2 or made.n & (made.n - 1) or not 0 < 128 * made.n * made.r <= _DEAREST or not 0 < made.p <= 16:
            raise ValueError("unknown parameters")
        if len(made.hash) != 32 or len(made.salt) < 8:
            raise ValueError("cut off")
        return made

    def __str__(self) -> str:
        salt, kept = (base64.b64encode(part).decode() for part in (self.salt, self.hash))
        return f"scrypt${self.n}${self.r}${self.p}${salt}${kept}"

    def fits(self, password: str) -> bool:
        """Whether it is this password's; takes the same time either way."""
        return hmac.compare_digest(self.hash, _scrypt(password, self.n, self.r, self.p, self.salt))


def read_users(file: Path) -> dict[str, Secret]:
    """The secrets by name. Raises SettingsError with the line that is at fault."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"cannot read the file of users {file}: {reason}; make one with: askdivide users {file} --add NAME") from error
    users = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            name, _, secret = line.strip().partition(":")
            try:
                users[named(name)] = Secret.read(secret)
            except (ValueError, binascii.Error) as error:
                raise SettingsError(
                    f"{file}, line {number} is no line of a user; write it with: askdivide users {file} --add NAME"
                ) from error
    return users


def write_users(file: Path, users: Mapping[str, Secret]) -> None:
    """Replace the file in one step, readable by its owner only. Raises SettingsError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, "".join(f"{name}:{secret}\n" for name, secret in sorted(users.items())).encode(), private=True)
    except OSError as error:
        raise SettingsError(f"cannot write the file of users {file}: {error.strerror}") from error


def named(name: str) -> str:
    """A user's name in the form in which names are compared. Raises ValueError where it can be none."""
    name = unicodedata.normalize("NFKC", name).strip()
    if not name or len(name) > 64 or ":" in name or not name.isprintable():
        raise ValueError("a name has 1 to 64 characters, no colon among them")
    return name


def _scrypt(password: str, n: int, r: int, p: int, salt: bytes) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=2 * _DEAREST, dklen=32)
