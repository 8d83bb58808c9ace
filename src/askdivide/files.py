"""Files that are replaced in one step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

SCRATCH = ".askdivide-*.part"
"""Names under which files are written first. A kill leaves one behind; `doctor` finds it, and a purge removes it."""


def replace_file(file: Path, data: bytes, *, private: bool = False) -> None:
    """Put `data` in the place of what `file` holds: it is there whole or not at all, whatever happens meanwhile.

    A `private` file is readable by its owner only. Raises OSError; the file is then as it was.
    """
    # The name of a hidden file: scans and watchers pass it over.
    scratch = file.with_name(SCRATCH.replace("*", secrets.token_hex(8)))
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(scratch, file)
    finally:
        scratch.unlink(missing_ok=True)
