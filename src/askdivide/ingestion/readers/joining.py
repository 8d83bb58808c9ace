"""Lines put together as running text: words parted by hyphens, and scripts without spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_BROKEN = re.compile(r"([^\W\d_]{2,})[-\u2010\xad]$")


def is_cjk(char: str) -> bool:
    """Whether a character is of a script that puts no spaces between words."""
    return bool(_CJK.match(char))


def join(lines: Sequence[str], words: Counter[str] | None = None) -> str:
    """Lines as running text. A word parted by a hyphen is put together, unless `words` (of the document) knows it with the hyphen."""
    text = ""
    for line in lines:
        line = line.strip()
        broken = _BROKEN.search(text, max(len(text) - 60, 0))
        if not text:
            text = line
        elif broken and line[:1].islower():
            rest = re.match(r"[^\W\d_]+", line)
            whole, hyphened = broken.group(1) + (rest.group() if rest else ""), f"{broken.group(1)}-{rest.group() if rest else ''}"
            known = words or Counter()
            keep = text[-1] != "\xad" and known[hyphened.casefold()] > known[whole.casefold()]
            text = (text if keep else text[:-1]) + line
        elif is_cjk(text[-1]) and is_cjk(line[:1]):
            text += line
        elif text.endswith("\xad"):
            text = text[:-1] + "-" + line
        else:
            text += ("" if text.endswith(("-", "–", "/")) and line[:1].isalnum() and not text.endswith((" -", " –")) else " ") + line
    return text
