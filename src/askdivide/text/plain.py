"""Marks of Markdown, HTML and site generators: where they stand, and what people read without them.

An article's own text is kept as it is, since citations are exact spans of it. What is searched, embedded, read and shown is its
words, in which every mark is replaced, character by character, so that each place is the same in both.
"""

import html
import re
from collections.abc import Callable, Set

from askdivide.records import MARK

_KEPT, _TEMPLATE = "\ue000", "\ue001"
"""Within `unmarked`: a character that no further rule may touch, and one of a site generator's tags."""

_TARGET = r"\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}(?:\s{1,9}\"[^\"]{0,500}\")?\s{0,9}\)"
_LABELLED = r"(?:[^\[\]]|\[[^\[\]]{0,100}\]){1,500}?"
_BLOCKS = (
    "address|article|aside|blockquote|caption|center|colgroup|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|iframe|li|"
    "main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video|audio|object"
)
_INLINE = (
    "a|abbr|b|bdi|bdo|big|button|cite|code|data|del|dfn|em|embed|font|i|img|input|ins|kbd|label|mark|meter|picture|progress|q|s|samp|script|"
    "small|source|span|strike|strong|style|svg|path|time|tt|u|var|wbr"
)
_QUOTATION = re.compile(r"^(?:[ \t]*>){1,20}+[ \t]?", re.MULTILINE)
_ATTRIBUTES = r"(?:\s[^<>]{0,1000})?/?>"


def _marks(match: re.Match[str]) -> str:
    return MARK * len(match[0])


def _around(match: re.Match[str]) -> str:
    """All of a match but its group "kept" as marks."""
    start, end = match.span("kept")
    return MARK * (start - match.start()) + match["kept"] + MARK * (match.end() - end)


def _all_kept(match: re.Match[str]) -> str:
    """As `_around`, and no further rule looks into the group."""
    start, end = match.span("kept")
    return MARK * (start - match.start()) + _KEPT * (end - start) + MARK * (match.end() - end)


def _picture(match: re.Match[str]) -> str:
    """What a picture shows, in words: part of its sentence, or a paragraph of its own where it begins or ends a line."""
    end = match.end("kept")
    near = match.string[max(match.start() - _NEAR, 0) : match.start()].rstrip(f" \t[{MARK}")
    if near and near[-1] != "\n" and match.string[match.end() : match.end() + _NEAR].lstrip(f" \t{MARK}")[:1] not in ("", "\n"):
        return _around(match)
    return "\n\n" + match["kept"] + "\n" + " " * (match.end() - end - 2) + "\n"


_NEAR = 20
"""Characters beside a picture in which the end of its line is looked for."""


WIKI_LINK = (
    r"(?<![\\\[])!?\[\[(?=[^\s\]|])(?!(?!\d{4}[\]-])[\d\s.,;:–+-]{1,200}\]\])[^\[\]\n|#]{0,200}(?:#[^\[\]\n|]{1,200})?"
    r"(?:\|[^\[\]\n]{0,300})?\]\](?!\(|\[(?!\[))"
)
"""A link as note-taking programs write it: "[[Name]]", "[[Folder/Name#Section|words]]", or "![[a.png]]", which puts something there.
Numbers alone are those of notes ("[[1, 2]]"), and what an address follows is a link in brackets."""
_WORDLESS = re.compile(
    r".*\.(?:png|jpe?g|gif|svg|webp|avif|bmp|tiff?|heic|pdf|mp[34]|m4[av]|mov|mkv|avi|webm|wav|ogg|flac|canvas|excalidraw|base)",
    re.IGNORECASE,
)
"""Files of pictures, sound and the like, whose names are not read."""
_SIZE = re.compile(r"\s*\d{1,4}(?:\s*x\s*\d{1,4})?\s*")


def _wiki_link(match: re.Match[str]) -> str:
    """What a note's link says: its words, else the name and the section, with a space for the sign between them."""
    start = match[0].index("[[") + 2
    embeds = start == 3
    target, bar, words = match[0][start:-2].partition("|")
    # In a cell of a table "\|" parts them.
    target = target.removesuffix("\\") if bar else target
    if words.strip() and not (embeds and _SIZE.fullmatch(words)):
        start, said = len(match[0]) - len(words) - 2, words
    elif embeds and _WORDLESS.fullmatch(target.partition("#")[0]):
        said = ""
    else:
        # What "^" marks is a paragraph, which has no name.
        said = target.partition("#^")[0]
        start += len(said) - len(said.lstrip("#"))
        said = said.lstrip("#").replace("#", " ")
    return MARK * start + said + MARK * (len(match[0]) - start - len(said))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _break(match: re.Match[str]) -> str:
    """A tag that begins or ends a paragraph: a blank line."""
    return "\n" + " " * (len(match[0]) - 2) + "\n"


def _line(match: re.Match[str]) -> str:
    return "\n" + " " * (len(match[0]) - 1)


_LINKED_NOTE = re.compile(
    r"<sup(?:\s[^<>]{0,200})?>\s?(?:<a\s[^<>]{0,1000}>[^<>]{1,12}</a>|\[{1,2}[^\[\]]{1,12}\]{1,2}\([^()\s]{1,500}\)\]?)\s?</sup>",
    re.IGNORECASE,
)
"""A note's mark that leads to the note: "<sup>[1](#note)</sup>"."""
_RAISED = re.compile(r"<sup(?:\s[^<>]{0,200})?>(?P<kept>[^<>]{1,20})</sup>", re.IGNORECASE)
_LOWERED = re.compile(r"<sub(?:\s[^<>]{0,200})?>(?P<kept>[±+−-]?\d[\w.,%±+−-]{0,15})</sub>", re.IGNORECASE)
_POWER = re.compile(r"[+−–-]?\d{1,4}(?:[./]\d{1,4})?[+−–-]?")
_NOTE = re.compile(r"\d{1,3}|(?!(?:st|nd|rd|th)$)[a-z]{1,3}")
"""What marks a note where it stands behind no letter or digit ..."""
_SURE_NOTE = re.compile(r"[*†‡§]{1,3}|\[[^\[\]]{1,12}\]|\d{1,3}(?:\s?[,–]\s?\d{1,3}){1,5}|TM")
"""... and what does wherever it stands; a trade mark's sign is no word either."""
_ISOTOPE = re.compile(r"[A-Z][a-z]?\b")
"""What is behind the figure in "<sup>14</sup>C"."""
_SUM = re.compile(r"\([^()]{0,60}(?:[+−*×·=]|\s-\s)[^()]{0,60}\)$")
"""A bracket that is raised to a power: "(1 + r)"."""
_BEFORE_MOST = 200


def _before(match: re.Match[str]) -> str:
    """What stands before a match, up to its last word."""
    return match.string[max(match.start() - _BEFORE_MOST, 0) : match.start()].rstrip(f"{MARK}*_`~")


def _raised(match: re.Match[str]) -> str:
    """A power as "10^5" has it; a note's mark, such as a figure behind a full stop, is no word."""
    kept, before = match["kept"].strip(), _before(match)
    if _SURE_NOTE.fullmatch(kept):
        return _marks(match)
    if before and (before[-1].isalnum() or before[-1] == _KEPT or _SUM.search(before)):
        power = _POWER.fullmatch(kept) or (len(kept) == 1 and kept.isalpha() and before[-1].isdigit())
        return "^" + _around(match)[1:] if power else _around(match)
    is_note = _NOTE.fullmatch(kept) and not _ISOTOPE.match(match.string, match.end())
    return _marks(match) if is_note else _around(match)


def _lowered(match: re.Match[str]) -> str:
    """A figure of its own behind another: "27.18<sub>1.30</sub>" as "27.18 (1.30)"."""
    said = _around(match)
    if not _before(match)[-1:].isdigit():
        return said
    start, end = match.span("kept")
    return MARK * (start - match.start() - 2) + f" ({match['kept']})" + MARK * (match.end() - end - 1)


def _entity(match: re.Match[str]) -> str:
    meant = html.unescape(match[0]).replace("\xa0", " ")
    return meant + MARK * (len(match[0]) - 1) if len(meant) == 1 and (meant == " " or not meant.isspace()) else match[0]


# Every rule is bounded, or cannot begin inside its own match: articles may hold long runs of unclosed marks. Each gives as many
# characters as it takes. Code and escaped characters come first, since what they hold are no marks, but for the escaped bar in a note's
# link; images come before the links that they may stand in.
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<!`)(`+)(?!`)(?P<kept>.+?)(?<!`)\1(?!`)", re.DOTALL), _all_kept),
    (re.compile(WIKI_LINK), _wiki_link),
    (re.compile(r"\\(?P<kept>[!-/:-@\[-`{}~])"), _all_kept),
    (re.compile(r"\{%[^{}]{0,1000}?%\}|\{\{[^{}]{0,1000}?\}\}"), lambda match: _TEMPLATE * len(match[0])),
    (_QUOTATION, _marks),
    (re.compile(rf"(?:^|(?<={MARK}))\[!\w{{1,20}}\][-+]?", re.MULTILINE), _marks),
    (re.compile(r"<!--.{0,5000}?-->|\{/\*.{0,5000}?\*/\}", re.DOTALL), _spaces),
    (re.compile(rf"<(?:script|style)\b{_ATTRIBUTES}.{{0,2000}}?</(?:script|style)>", re.DOTALL | re.IGNORECASE), _spaces),
    (re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}", re.IGNORECASE), _break),
    (re.compile(r"<br\s?/?>", re.IGNORECASE), _line),
    (_LINKED_NOTE, _marks),
    (re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}", re.IGNORECASE), _marks),
    (_LOWERED, _lowered),
    (_RAISED, _raised),
    (re.compile(rf"</?su[bp]{_ATTRIBUTES}", re.IGNORECASE), _marks),
    # Components of MDX, which are written as tags: <Note type="x">. What has neither attributes nor an end may be a type: Vec<T>.
    (re.compile(r"</[A-Z]\w{0,50}>|<[A-Z]\w{0,50}\s?/>|<[A-Z]\w{0,50}\s[^<>]{0,1000}=[^<>]{0,1000}>"), _marks),
    (re.compile(r"^[ \t]*<[A-Z]\w{0,50}>(?=[ \t]*$)", re.MULTILINE), _marks),
    (re.compile(r"^:{3,}[^\n]{0,200}$", re.MULTILINE), _spaces),
    (re.compile(r"<(?P<kept>(?:https?://|mailto:)[^\s<>]{1,2000})>"), _around),
    (re.compile(rf"!\[(?P<kept>[^\[\]]{{0,1000}})\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])"), _picture),
    (re.compile(rf"\[(?P<kept>{_LABELLED})\]{_TARGET}"), _around),
    # "[1][2]" are notes, not a link.
    (re.compile(rf"\[(?!\d+\])(?P<kept>{_LABELLED})\]\[[^\[\]]{{0,200}}\]"), _around),
    (re.compile(r"^\[\^[^\[\]\s]+\]:", re.MULTILINE), _spaces),
    (re.compile(r"\[\^[^\[\]\s]+\]"), _marks),
    (re.compile(r"\{:[^{}\n]{1,300}\}|\{[#.][A-Za-z][^{}\n]{0,300}\}"), _marks),
    (re.compile(r"(\*\*\*|\*\*|___|__|~~)(?=\S)(?P<kept>.{1,1000}?)(?<=\S)\1", re.DOTALL), _around),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])(?P<kept>[^*]{1,1000}?)(?<=[^\s*])\*(?![\w*])"), _around),
    (re.compile(r"(?<![\w_])_(?=[^\s_])(?P<kept>[^_]{1,1000}?)(?<=[^\s_])_(?![\w_])"), _around),
    (re.compile(r"&(?:#\d{1,7}|#x[\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});"), _entity),
    # Those that HTML has without their end, too; in an address they are names: "?from=1&copy=2".
    (re.compile(r"&(?:amp|lt|gt|nbsp|quot|copy)(?![\w;=])"), _entity),
)
_ALONE = re.compile(r"\[(?P<kept>[^\[\]\n]{1,200})\]")


TAG = re.compile(
    rf"</?(?:{_BLOCKS}|{_INLINE}|su[bp]){_ATTRIBUTES}|<!--.{{0,5000}}?-->|\{{%[^{{}}]{{0,1000}}?%\}}|\{{\{{[^{{}}]{{0,1000}}?\}}\}}",
    re.IGNORECASE,
)
"""A tag of HTML or of a site generator, or a comment."""


def unmarked(text: str, labels: Set[str] = frozenset()) -> str:
    """`text` of a paragraph at the same length, with MARK for each character of a mark.

    What a site generator or a browser would not show at all becomes spaces, and a tag that ends a paragraph a blank line. `labels` are
    those of the article's link definitions, in small letters: in `[text]` alone the brackets are marks only for these.
    """
    found = text
    for pattern, replacement in _RULES:
        found = pattern.sub(replacement, found)
    if labels:
        found = _ALONE.sub(lambda match: _around(match) if label(match["kept"]) in labels else match[0], found)
    if _KEPT in found:
        found = "".join(own if char == _KEPT else char for own, char in zip(text, found, strict=True))
    return found.replace(_TEMPLATE, " ")


def unquoted(text: str) -> str:
    """`text` at the same length, with MARK for each character of a quotation's marks (`>`) at the beginning of its lines."""
    return _QUOTATION.sub(_marks, text)


def label(text: str) -> str:
    """A link's label in the form in which labels are compared."""
    return " ".join(text.replace(MARK, "").split()).casefold()


def shown(words: str) -> str:
    """What people read of the words of an article, on one line."""
    return " ".join(words.replace(MARK, "").split())


def plain(text: str, *, markup: bool) -> str:
    """`text` on one line; where `markup`, without the marks of Markdown and HTML."""
    return shown(unmarked(text) if markup else text)


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
