"""Where sentences begin and end, as exact spans of the text they were found in."""

import re

from askdivide.records import MARK

# A full stop after one of these rarely ends a sentence. General English only; a name's initial and dotted
# abbreviations (U.S., e.g.) are recognised by their shape instead.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof rev hon st mt sr jr gen col capt lt sgt cmdr adm sen rep gov pres supt insp "
    "vs v cf viz approx ca circa est fig figs eq eqs no nos vol vols pp p ch sec art op ed eds al "
    "inc ltd co corp bros dept univ assn ave blvd rd abbr jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_NEVER_END = frozenset({"i.e", "e.g"})
# These may well end a sentence; they do so when a sentence-like start follows.
_MAY_END = frozenset({"inc", "ltd", "co", "corp", "bros", "al", "jr", "sr", "no", "st", "ed", "est", "art", "mar", "may"})

# Possessive, and never begun inside a run of marks: a long row of dots must not be tried from each of them.
_TERMINATOR = re.compile(rf"(?<![.!?…])[.!?…]++[\"'”’»)\]{MARK}]*+(?=\s|$)|[。！？｡]+[”’」』）】{MARK}]*")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?$")
_OPENING = "\"'“‘«([*_`" + MARK
_LEAD = re.compile(rf"[\s{re.escape(_OPENING)}]{{0,50}}")
"""What may stand before the first word of a sentence."""
# "$x! = 1$". An amount ("$0.5"), a shell's "$HOME" and code are none: its first "$" stands before neither a space nor a digit, its
# last one behind neither a space nor a mark.
_FORMULA = re.compile(rf"(?<![\\$])\$(?![\s\d$])[^$]{{1,200}}+(?<![\s{MARK}(\[\"'])\$(?![\d$])")
# A bracket that closes, with brackets in it or none: "(the date that Yahoo! [1] Finance has)".
_INNER = r"\([^()\[\]]{0,150}\)|\[[^()\[\]]{0,150}\]"
_BRACKET_MOST = 150
_BRACKET = re.compile(rf"[(\[](?:[^()\[\]]|{_INNER}){{1,{_BRACKET_MOST}}}+[)\]]")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans `(start, end)` of the sentences of `text[start:end]`, without surrounding whitespace.

    Offsets are into `text`. A sentence ends at `.`, `!`, `?`, `…` (with closing quotes) before whitespace, at the full-width
    terminators of Chinese and Japanese anywhere, and at a blank line. Decimal points, initials and common abbreviations do
    not end one, nor does what stands in a formula (`$...$`), or an exclamation in brackets within a sentence. A single line break
    does not end a sentence either: plain text is often wrapped. What has neither a letter nor a digit, such as an emoji, belongs to
    the sentence before it in its paragraph. `text` may hold MARK for each character of a mark; what is nothing but marks is no
    sentence.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    for block_start, block_end in _blocks(text, start, end):
        spans += _sentences(text, block_start, block_end)
    return spans


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of one paragraph."""
    spans: list[tuple[int, int]] = []
    formulas = _Stretches(_FORMULA, text, start, end)
    brackets = _Stretches(_BRACKET, text, start, end)
    begin = start
    for match in _TERMINATOR.finditer(text, start, end):
        bracket = brackets.around(match)
        if formulas.around(match) or (bracket and match[0][0] in "!?" and _is_within(text, begin, bracket)):
            continue
        if _ends_sentence(text, begin, match, end):
            _append(spans, text, begin, match.end())
            begin = match.end()
    _append(spans, text, begin, end)
    return spans


class _Stretches:
    """The stretches of a paragraph that a pattern finds, asked for from its beginning to its end."""

    def __init__(self, pattern: re.Pattern[str], text: str, start: int, end: int) -> None:
        self._found = pattern.finditer(text, start, end)
        self._last = next(self._found, None)

    def around(self, match: re.Match[str]) -> re.Match[str] | None:
        """The stretch that holds `match` and goes on behind it."""
        while self._last and self._last.end() <= match.start():
            self._last = next(self._found, None)
        return self._last if self._last and self._last.start() < match.start() and match.end() < self._last.end() else None


def _is_within(text: str, begin: int, bracket: re.Match[str]) -> bool:
    """Whether a bracket belongs to the sentence that begins at `begin`, and does not begin it."""
    lead = _LEAD.match(text, begin, max(begin, bracket.start()))
    return bracket.end() - bracket.start() <= _BRACKET_MOST and lead is not None and lead.end() < bracket.start()


def _blocks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start]
    for gap in re.compile(r"\n[ \t]*\n").finditer(text, start, end):
        cuts += [gap.start(), gap.end()]
    cuts.append(end)
    return list(zip(cuts[::2], cuts[1::2], strict=True))


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    said = text[start:end].replace(MARK, "").strip()
    if said and spans and not any(map(str.isalnum, said)):
        spans[-1] = (spans[-1][0], end)
    elif said:
        spans.append((start, end))


def _ends_sentence(text: str, begin: int, match: re.Match[str], limit: int) -> bool:
    mark = match.group()
    if mark[0] != ".":
        # "Yahoo! said" and "(why?) he asked" go on in lower case; a full-width mark always ends.
        return mark[0] in "。！？｡" or not _next_starts_lower(text, match.end(), limit)
    if _next_starts_lower(text, match.end(), limit):
        return False
    word = _word_before(text, begin, match.start())
    if mark.startswith(".."):
        return True
    if word.casefold() in _ABBREVIATIONS:
        return word.casefold() in _MAY_END and _next_word_is_common_start(text, match.end(), limit)
    if _INITIALS.match(word + "."):
        # "J. Smith", "U.S. Army": an initial goes on; "in the U.S. The law" ends.
        return len(word) > 1 and word.casefold() not in _NEVER_END and _next_word_is_common_start(text, match.end(), limit)
    # "1. First item" and "**2. Second**": a bare number at the start of a line numbers a list.
    number = word.lstrip("*_")
    return not (number.isdigit() and len(number) <= 2 and text[begin : match.start()].replace(MARK, "").strip() == word)


def _word_before(text: str, begin: int, end: int) -> str:
    start = end
    while start > begin and not text[start - 1].isspace() and text[start - 1] not in '(["“‘':
        start -= 1
    return text[start:end].replace(MARK, "")


def _next_starts_lower(text: str, position: int, limit: int) -> bool:
    while position < limit and (text[position].isspace() or text[position] in _OPENING):
        position += 1
    return position < limit and text[position].islower()


_COMMON_STARTS = frozenset(
    "the a an in on at by for from to with this that these those it its he she they we you i his her their our but and "
    "or so as if when while after before since although however there here what who which where why how no not both "
    "each some many most all one two three another other such then now".split()
)


def _next_word_is_common_start(text: str, position: int, limit: int) -> bool:
    word = re.compile(rf"[\s\"'“‘«(\[*_`{MARK}]*([^\W_]+)").match(text, position, limit)
    # A number goes on: "No. 4", "Art. 5".
    return word is None or (word.group(1)[:1].isupper() and word.group(1).casefold() in _COMMON_STARTS)
