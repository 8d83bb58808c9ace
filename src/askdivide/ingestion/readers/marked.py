"""Whether a text file is Markdown all the same: saved under a name that does not say so.

One mark proves nothing: mail, code and notes hold asterisks, bars and rules, too. Several kinds of marks do, or many of one kind that
nobody writes otherwise.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from askdivide.ingestion.readers.frontmatter import has_title

_LOOKED_AT = 200_000
"""Characters from the beginning."""
_LINE_MOST = 5000
"""Characters of a line in which marks are looked for."""
_KINDS, _FEW, _MANY = 2, 3, 4
"""So many kinds of marks with so many of them together, or so many of one kind of `_SURE`."""
_SURE = ("heading", "link", "bold")

# Each begins where the one before cannot go on, and is bounded: what they cost is in proportion to the line.
_MARKS = {
    "link": re.compile(r"(?<![\w\[])!?\[[^\[\]]{1,300}\]\(https?://[^\s()]{1,2000}"),
    # A line of its own may be one of TOML.
    "wiki": re.compile(r"(?!^\[\[[^\[\]]{1,200}\]\]$)\[\[(?=[^\W_])[^\[\]]{1,200}(?<!\s)\]\]"),
    "bold": re.compile(r"(?<![A-Za-z\d*/'\"])\*\*(?=[^\s*/])[^*]{0,1000}[^\s*/]\*\*(?![A-Za-z\d*/])"),
}
_HEADING = re.compile(r"#{1,6}[ \t]+[^\s#].{0,150}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]{0,100}")
_DELIMITERS = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)+\|?")
_PROGRAM = re.compile(
    r"\s{0,100}(?://|/\*|\*/|#!|#\s?(?:include|define|ifn?def|pragma)\b|(?:def|class)\s\w{1,50}[(:]|from\s[\w.]{1,50}\simport\s)"
    r"|\.\. [\w-]{1,50}::"
)
"""What lines of programs begin with, whose comments may hold marks; and those of reStructuredText, which has bold words, too."""
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]*_]{0,5}$")
_SENTENCE_LEAST = 25


def is_markdown(text: str) -> bool:
    """Whether a text is surely Markdown."""
    if has_title(text):
        return True
    lines = [line[:_LINE_MOST].rstrip() for line in text[:_LOOKED_AT].removeprefix("\ufeff").split("\n")]
    found: Counter[str] = Counter()
    for number, line in _outside_code(lines, found):
        if _PROGRAM.match(line):
            return False
        for kind, mark in _MARKS.items():
            found[kind] += sum(1 for _ in mark.finditer(line))
        found["heading"] += _is_heading(lines, number)
        found["table"] += _is_table(lines, number)
    several = sum(count > 0 for count in found.values()) >= _KINDS and found.total() >= _FEW
    return several or any(found[kind] >= _MANY for kind in _SURE)


def _outside_code(lines: Sequence[str], found: Counter[str]) -> Iterator[tuple[int, str]]:
    """The lines outside of fenced code, with their numbers; blocks of such code are counted in `found`."""
    last = {mark[1][0]: number for number, line in enumerate(lines) if (mark := _FENCE.fullmatch(line))}
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.fullmatch(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
                found["fence"] += 1
        elif mark and last[mark[1][0]] > number:
            fence = mark[1]
        elif line:
            yield number, line


def _is_heading(lines: Sequence[str], number: int) -> bool:
    """Whether a line is a heading with a blank line before and a paragraph, or something with marks, below: no comment in a program."""
    if not _HEADING.fullmatch(lines[number]) or (number and lines[number - 1]):
        return False
    below = next((line for line in lines[number + 1 : number + 3] if line), "")
    prose = len(below) >= _SENTENCE_LEAST and _SENTENCE.search(below[-10:])
    return not below.startswith("#") and bool(prose or any(mark.search(below) for mark in _MARKS.values()))


def _is_table(lines: Sequence[str], number: int) -> bool:
    """Whether a line parts a table's names from its rows, in as many columns."""
    line = lines[number].strip()
    if not number or len(line) > _LINE_MOST // 10 or not _DELIMITERS.fullmatch(line):
        return False
    return line.strip("|").count("|") == lines[number - 1].strip().strip("|").count("|")
