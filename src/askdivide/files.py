"""Files that are replaced in one step."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(file: Path, text: str) -> None:
    """Put `text` in the place of what `file` holds, so that a reader sees the old or the new and a kill leaves one of them.

    The file is readable by its owner only. Raises OSError.
    """
    descriptor, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        os.replace(made, file)
    except BaseException:
        os.unlink(made)
        raise
