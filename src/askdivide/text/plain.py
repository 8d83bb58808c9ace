"""Markdown marks taken out of a quote, for people to read; the quote itself keeps them."""

import re

# Every rule is bounded, or cannot begin inside its own match: articles may hold long runs of unclosed marks.
_RULES = (
    (re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE), ""),
    (re.compile(r"!\[([^\[\]\n]*)\]\([^)\s\[]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[([^\[\]\n]+)\]\([^)\s\[]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\^[^\[\]\s]+\]"), ""),
    (re.compile(r"(\*\*\*|\*\*|___|__)(?=\S)(.{1,1000}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])"), r"\1"),
)


def plain(text: str, *, markup: bool) -> str:
    """`text` on one line; where `markup`, without Markdown's marks for emphasis, links, code and quotation."""
    if markup:
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return " ".join(text.split())


def table_cells(line: str) -> list[str]:
    """The cells of a table row: separated by `|`, by tabs, or by two and more spaces."""
    line = line.strip()
    if "|" in line:
        cells = re.split(r"(?<!\\)\|", line)
        cells = cells[1:] if not cells[0].strip() else cells
        cells = cells[:-1] if cells and not cells[-1].strip() else cells
        return [cell.strip().replace("\\|", "|") for cell in cells]
    if "\t" in line:
        return [cell.strip() for cell in line.split("\t")]
    return re.split(r" {2,}", line)
