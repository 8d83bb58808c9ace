"""The keys by which a model cites passages: found in what it wrote, however it wrote them, and taken out of what it reads."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from askdivide.text.plain import plain, table_cells
from askdivide.text.sentences import sentence_spans

_GAP = r"[ \t]{0,3}"
_WORD = r"(?:sources?|passages?|references?|refs?|documents?|docs?)"
_ITEM = rf"(?:{_WORD}{_GAP}[:#]?{_GAP})?[Ss]?{_GAP}\d{{1,3}}"
_NAMED = rf"(?:{_WORD}{_GAP}[:#]?{_GAP}[Ss]?|[Ss]{_GAP})\d{{1,3}}"
_AND = rf"{_GAP}(?:,|;|&|/|\band\b|\bto\b|[-–—]){_GAP}"
_MORE = rf"(?:{_AND}{_ITEM}){{0,30}}"
_GROUP = rf"{_ITEM}{_MORE}"
_NAMED_GROUP = rf"{_NAMED}{_MORE}"
_SEE = rf"(?:(?:see|cf\.?|from|according to){_GAP}:?{_GAP})?"
_BEFORE = rf"(?:\b(?P<before>(?:according to|as (?:stated|noted|reported|described|said|mentioned|explained) (?:in|by)){_GAP}:?{_GAP}))?"
_ADDRESS = r"\([^()\s]{0,500}"
_TARGET = rf"(?:{_ADDRESS}\))?"
_ABOUT = r"(?:†[^】〕\n]{0,80})?"
_TAG = r"<(?P<tag>sup|cite|ref|source)\b[^<>\n]{0,80}>"
_PATTERN = re.compile(
    "|".join(
        (
            rf"{_BEFORE}[\[［]{{1,2}}\^?{_GAP}{_SEE}(?P<square>{_GROUP}){_GAP}[\]］]{_TARGET}[\]］]?",
            rf"[【〔]{_GAP}(?P<lens>{_GROUP}){_GAP}{_ABOUT}[】〕]",
            rf"[(（]{_GAP}{_SEE}(?P<round>{_NAMED_GROUP}){_GAP}[)）]",
            rf"{_TAG}{_GAP}\[?(?P<tagged>{_GROUP})\]?{_GAP}</(?P=tag)>",
            rf"\\cite\{{(?P<tex>{_GROUP})\}}",
            r"\[(?P<link>[^\[\]\n]{1,200})\]\(#?(?P<target>[Ss]\d{1,3})\)",
            r"(?:(?<=[A-Za-z]{3})|(?<=[.,;:!?\"”’')\]]))\^\[?(?P<raised>[Ss]?\d{1,3})\]?(?![\w^])",
            r"(?<=[.,;:!?\"”’')])(?P<superscript>[⁰¹²³⁴-⁹]{1,3})(?!\w)",
            rf"(?:(?<=[.!?])|(?<=[.!?]\s)){_GAP}[-–—]?{_GAP}(?P<last>{_NAMED_GROUP})\.?(?={_GAP}(?:\n|$))",
            rf"\b(?P<prose>{_WORD} [Ss]?\d{{1,3}}{_MORE})\b(?![.,]?\d|{_GAP}%)",
        )
    ),
    re.IGNORECASE,
)
"""The last of the groups that have matched is what names the keys."""
_NUMBERS = re.compile(r"(?P<first>\d{1,3})(?:[ \t]{0,3}(?:[-–—]|\bto\b)[ \t]{0,3}(?:[^\W\d_]{0,10}[ \t:#]{0,3})?(?P<last>\d{1,3}))?")
_RANGE_MOST = 20
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ITEM_MARK = re.compile(r"[ \t]*(?:[-*+•–][ \t]+|\(?\d{1,2}[.)][ \t]+|>[ \t]?)")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t].*|\*\*[^*\n]+\*\*:?|__[^_\n]+__:?)[ \t]*")
_FULL_STOP = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_RULE = re.compile(r"[\s|:=*_-]*|[ \t]*```.*")


@dataclass(frozen=True)
class Cited:
    """A sentence as a model wrote it, without Markdown's marks and without keys, and the passages it cites."""

    text: str
    keys: tuple[str, ...]
    """In the order of the sentence, each once."""


@dataclass(frozen=True)
class Parsed:
    """What a model wrote, sentence by sentence."""

    sentences: tuple[Cited, ...]
    unknown: int
    """Mentions of keys that no passage has; they are dropped."""
    ended: bool = True
    """Whether the last sentence has come to its end: a full stop and the keys behind it, or the end of its line."""


def parse(raw: str, known: Collection[str]) -> Parsed:
    """The sentences of `raw`, which may cite the keys in `known` ("S1", "S2", ...) in any of many forms."""
    clean, marks = _without(raw)
    spans: list[tuple[int, int]] = []
    items: set[int] = set()
    """Which of `spans` are items of a list or rows of a table."""
    position = 0
    for line in clean.splitlines(keepends=True):
        end = position + len(line.rstrip())
        start = position
        if not _HEADING.fullmatch(clean, start, end) and not _RULE.fullmatch(clean, start, end):
            mark = _ITEM_MARK.match(clean, start, end)
            row = line.lstrip().startswith("|")
            found = [(start, end)] if row else _sentences(clean, mark.end() if mark else start, end, [place for place, _ in marks])
            if row or mark:
                items.update(range(len(spans), len(spans) + len(found)))
            spans += found
        position += len(line)
    keys: list[list[str]] = [[] for _ in spans]
    unknown = 0
    for place, cited in marks:
        wanted = [key for key in cited if key in known]
        unknown += len(cited) - len(wanted)
        owner = _owner(clean, spans, place)
        if owner is not None:
            keys[owner] += wanted
    _lead_ins(clean, spans, items, keys)
    sentences = [Cited(_shown(clean[start:end]), tuple(dict.fromkeys(cited))) for (start, end), cited in zip(spans, keys, strict=True)]
    told = tuple(one for one in sentences if re.search(r"\w", one.text))
    ended = not told or told[-1] is not sentences[-1] or "\n" in clean[spans[-1][1] :]
    return Parsed(told, unknown, ended or bool(told[-1].keys and _FULL_STOP.search(told[-1].text)))


def without_keys(text: str) -> str:
    """`text` without anything that `parse` would take for a key: an article must not cite in the model's name."""
    return _without(
        _PATTERN.sub(lambda match: f"{match['prose'].split()[0]} no. {match['prose'].split()[1]}" if match["prose"] else match[0], text)
    )[0]


def visible(raw: str) -> str:
    """What can be shown of an answer that is still being written: without keys, and up to where one may be beginning.

    For a growing `raw` the result grows, and takes back a word or two only where these turn out to have led to a key.
    """
    return _without(settled(raw).rstrip())[0]


_HELD = 48
"""Most characters between an open bracket and a number in it, and from there to the next number of a group."""
_LONGEST = 2048
"""Characters in which any group of keys, with an address behind it, comes to its end."""
_CLOSE = r"\])】〕）>}"
_BEGUN = rf"(?:[^\d{_CLOSE}\n]{{0,{_HELD}}}\d{{1,3}}(?!\d)){{0,31}}[^\d{_CLOSE}\n]{{0,{_HELD}}}{_ABOUT}"
_BEGINNING = re.compile(
    rf"(?:\^?(?:{_TAG}|[\[［【〔(（<\\]){_BEGUN}(?:[{_CLOSE}]{{1,2}}(?:{_ADDRESS}\)?)?)?|\^S?\d{{0,3}}|[⁰¹²³⁴-⁹]{{1,3}}"
    rf"|,?[ \t]*\b(?:according to|as [a-z]+ (?:in|by))[ \t]*(?:[\[［]{_BEGUN})?|(?:{_WORD}|S)[ \t]{{0,3}}\d{{0,3}})$",
    re.IGNORECASE,
)


def settled(raw: str) -> str:
    """`raw` up to where a key may be beginning at its end."""
    match = _BEGINNING.search(raw, max(0, len(raw) - _LONGEST))
    return raw[: match.start()] if match else raw


def _without(raw: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """`raw` without its keys, and these with their places in what is left."""
    clean = ""
    marks: list[tuple[int, list[str]]] = []
    done = 0
    for match in _PATTERN.finditer(raw):
        stays = match["prose"] or match["link"] or ""
        before = raw[done : match.start()]
        clean += before if stays else before.rstrip(" \t,") if match["before"] else before.rstrip(" \t")
        done = match.end()
        rest = raw[done:].lstrip(" \t:,")
        goes_on = rest[:1].islower()
        if not stays and rest and (_begins_line(clean) or (goes_on and clean[-1] in ".!?")):
            # "[S1] says that", "According to [S1], it is", "[S1]: It is".
            clean += " " if clean[-1:].strip() else ""
            done = len(raw) - len(rest)
            if match["before"]:
                clean += rest[0].upper()
                done += 1
            elif goes_on:
                clean += "The source "
        marks.append((len(clean.rstrip(" \t")), _keys(match[match.lastgroup or 0])))
        clean += stays
    return clean + raw[done:], marks


def _begins_line(clean: str) -> bool:
    before = clean.rstrip(" \t-*+•>|")
    return not before or before[-1] == "\n"


def _keys(group: str) -> list[str]:
    """The keys that a group names, a range as all that lie in it."""
    found: list[str] = []
    for number in _NUMBERS.finditer(group.translate(_SUPERSCRIPTS)):
        first = int(number["first"])
        last = int(number["last"] or first)
        found += [f"S{n}" for n in (range(first, last + 1) if 0 <= last - first < _RANGE_MOST else (first, last))]
    return found


def _sentences(clean: str, start: int, end: int, places: list[int]) -> list[tuple[int, int]]:
    """The sentences of a line; where a key stands behind a full stop, one ends there whatever follows."""
    cuts = [start, *(place for place in places if start < place < end and clean[place - 1] in ".!?…"), end]
    return [span for first, last in pairwise(dict.fromkeys(cuts)) for span in sentence_spans(clean, first, last)]


def _owner(clean: str, spans: list[tuple[int, int]], place: int) -> int | None:
    """The sentence that a key at `place` belongs to: the one around or before it; at the start of a line, the one behind it."""
    behind = None
    for number, (start, end) in enumerate(spans):
        if start < place <= end:
            return number
        if end < place:
            behind = number
        elif place <= start:
            line = clean.rfind("\n", 0, place) + 1
            leads = not clean[line:place].strip(" \t-*+•>|") and "\n" not in clean[place:start]
            return number if leads or behind is None else behind
    return behind


def _lead_ins(clean: str, spans: list[tuple[int, int]], items: set[int], keys: list[list[str]]) -> None:
    """A sentence that leads into a list, and a table's first row, rest on what the items rest on."""
    for number, (_, end) in enumerate(spans):
        following = range(number + 1, next((n for n in range(number + 1, len(spans)) if n not in items), len(spans)))
        leads = number not in items and clean[:end].endswith(":")
        heads = number in items and number - 1 not in items and clean[spans[number][0]] == "|"
        if (leads or heads) and not keys[number] and following:
            keys[number] = [key for n in following for key in keys[n]]


def _shown(text: str) -> str:
    if text.startswith("|"):
        text = "; ".join(cell for cell in table_cells(text) if cell)
    return re.sub(r"[ \t]+([.,;:!?])(?=\s|$)", r"\1", plain(text, markup=True))
