"""An article's text as HTML: paragraphs, headings, lists, tables; the words to be marked are shown character for character.

Every line is taken apart into what makes it a heading, an item or a row, and what it says. Outside of marked words the former
is left out and Markdown's marks within a line become bold, links and so on; inside them everything is there as it was written, and
marks and tags are not seen.
All of the text goes through `cards.safe`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from askdivide.interfaces.web.cards import safe
from askdivide.interfaces.web.inline import pretty, without_marks
from askdivide.interfaces.web.spans import Span
from askdivide.text.plain import plain
from askdivide.text.tagged import table_end, table_rows

_HEADING = re.compile(r"( {0,3}(#{1,6})[ \t]+)(.*?)[ \t]*#*[ \t]*\n?")
_ITEM = re.compile(r"([ \t]*)([-*+•]|\d{1,9}[.)])[ \t]+")
_QUOTATION = re.compile(r"(?: {0,3}>[ \t]?)+")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
"""The line below a table's column names."""
_LINE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\n?")
_BAR = re.compile(r"(?<!\\)\|")
_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_TABLES_MOST = 100
"""Tables in tags that are looked for the end of."""
_LONGEST = 1000
"""Characters; a longer line is no heading and no rule, and is not searched for one."""


@dataclass(frozen=True)
class Shape:
    """What is known of an article's make-up beside its text."""

    markup: bool
    """Whether the text is Markdown."""
    title: str = ""
    """A first heading that says the same, and nothing more, is left out."""
    headings: Mapping[str, int] = field(default_factory=dict)
    """Lines that are headings in a text without marks, with their depth from 1."""
    pages: Sequence[tuple[int, int]] = ()
    """Where pages begin, and their numbers, in order."""
    in_code: bool = False
    """Whether the part begins within a block of code."""


@dataclass(frozen=True)
class _Line:
    kind: str
    start: int
    content: int
    """Where what it says begins, after the signs that make it what it is."""
    stop: int
    """Where that ends."""
    end: int
    level: int = 0


def typeset(text: str, start: int, end: int, spans: Sequence[Span], shape: Shape, *, target: Span | None = None) -> str:
    """`text[start:end]` as HTML. `target` is the span that carries the anchor `here`."""
    return _Setter(text, start, end, spans, shape, target).html()


class _Setter:
    def __init__(self, text: str, start: int, end: int, spans: Sequence[Span], shape: Shape, target: Span | None) -> None:
        self._text, self._start, self._end = text, start, end
        self._order = {span: number for number, span in enumerate(spans)}
        self._spans = [span for span in self._order if span.start < end and start < span.end]
        self._edges = sorted({edge for span in self._spans for edge in (span.start, span.end)})
        self._shape, self._target = shape, target
        self._pages = [page for page in shape.pages if start <= page[0] < end]
        self._announced: set[Span] = set()
        self._parts: list[str] = []
        self._open = ""
        self._tables = 0

    def html(self) -> str:
        lines = list(self._lines())
        for number, line in enumerate(lines):
            self._set(line, lines[number + 1] if number + 1 < len(lines) else None)
        self._close()
        return "".join(self._parts)

    # Lines

    def _lines(self) -> Iterator[_Line]:
        at, code, table, blank, first = self._start, "`" if self._shape.in_code else "", False, True, True
        while at < self._end:
            newline = self._text.find("\n", at, self._end)
            end = self._end if newline < 0 else newline + 1
            if not code and (found := self._tagged_table(at, end)):
                start, stop = found
                if self._text[at:start].strip():
                    yield _Line("text", at, at, start, start)
                yield _Line("tagged", start, start, stop, stop)
                table, blank, first, at = False, True, False, stop
                continue
            line = self._line(at, end, code=code, table=table, blank=blank)
            if line.kind in ("fence", "code end"):
                code = self._text[line.content] if line.kind == "fence" else ""
            table = line.kind in ("row", "rule")
            blank = line.kind not in ("text", "item", "quotation")
            if not (first and self._repeats_title(line)):
                yield line
            first = first and line.kind == "blank"
            at = end

    def _line(self, start: int, end: int, *, code: str, table: bool, blank: bool) -> _Line:
        text = self._text[start:end]
        stop = start + len(text.rstrip())
        short = len(text) < _LONGEST
        fence = _FENCE.match(text) if self._shape.markup else None
        if code:
            return _Line("code end" if fence and fence[1][0] == code else "code", start, start, end, end)
        if fence:
            return _Line("fence", start, start + fence.start(1), end, end)
        if not text.strip():
            return _Line("blank", start, end, end, end)
        if text.lstrip().startswith("|") or (table and "|" in text) or self._is_header(text, end):
            return _Line("rule" if table and short and _RULE.fullmatch(text) else "row", start, start, stop, end)
        if self._shape.markup and short and blank and _LINE.fullmatch(text):
            return _Line("line", start, stop, stop, end)
        if self._shape.markup and short and (heading := _HEADING.fullmatch(text)):
            return _Line("heading", start, start + heading.start(3), start + heading.end(3), end, len(heading[2]))
        if not self._shape.markup and short and blank and (level := self._shape.headings.get(" ".join(text.split()))):
            return _Line("heading", start, start, stop, end, level)
        if item := _ITEM.match(text):
            return _Line("item", start, start + item.end(), stop, end, min(len(item[1].expandtabs(4)) // 2, 4))
        if self._shape.markup and (quotation := _QUOTATION.match(text)):
            return _Line("quotation", start, start + quotation.end(), stop, end)
        return _Line("text", start, start, stop, end)

    def _tagged_table(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the table in tags stands that begins on a line, if one does."""
        tag = _TABLE.search(self._text, start, end) if self._shape.markup and self._tables < _TABLES_MOST else None
        if not tag:
            return None
        self._tables += 1
        stop = table_end(self._text, tag.start())
        return (tag.start(), stop) if stop and stop <= self._end and table_rows(self._text[tag.start() : stop]) else None

    def _is_header(self, text: str, end: int) -> bool:
        """Whether a line with bars, but not at its beginning, stands above a table's rule."""
        if "|" not in text or len(text) >= _LONGEST:
            return False
        newline = self._text.find("\n", end, self._end)
        below = self._text[end : self._end if newline < 0 else newline]
        return "|" in below and len(below) < _LONGEST and bool(_RULE.fullmatch(below))

    def _repeats_title(self, line: _Line) -> bool:
        if line.kind == "blank":
            return not self._spans_over(line.start, line.end)
        if line.kind not in ("heading", "text") or line.end - line.start >= _LONGEST or self._spans_over(line.start, line.end):
            return False
        return plain(self._text[line.content : line.stop], markup=self._shape.markup) == self._shape.title

    # Blocks

    def _set(self, line: _Line, following: _Line | None) -> None:
        self._announce_page(line)
        if line.kind == "blank":
            self._blank(line, following)
        elif line.kind in ("row", "rule"):
            self._row(line)
        elif line.kind == "tagged":
            self._tagged(line)
        elif line.kind in ("fence", "code", "code end"):
            self._code(line)
        elif line.kind == "item":
            self._item(line)
        elif line.kind in ("heading", "line"):
            self._close()
            inner = self._said(line)
            level = max(line.level, 2)
            self._parts.append(f"<h{level}>{inner}</h{level}>" if line.kind == "heading" else inner or "<hr>")
        else:
            self._words(line)

    def _announce_page(self, line: _Line) -> None:
        if not self._pages or self._pages[0][0] >= line.end or self._open not in ("", "p", "ul"):
            return
        page = 0
        while self._pages and self._pages[0][0] < line.end:
            page = self._pages.pop(0)[1]
        self._close()
        self._parts.append(f'<p class="page">Page {page}</p>')

    def _said(self, line: _Line) -> str:
        """What a line says, and its signs as far as they are marked."""
        return self._lead(line.start, line.content) + self._inline(line.content, line.stop) + self._lead(line.stop, line.end)

    def _code(self, line: _Line) -> None:
        self._within("pre")
        # A fence is shown only where it is marked.
        self._parts.append(self._exact(line.start, line.end) if line.kind == "code" else self._lead(line.start, line.end))
        if line.kind == "code end":
            self._close()

    def _item(self, line: _Line) -> None:
        self._within("ul")
        sign = self._text[line.start : line.content].strip()
        # A marked sign and a number are shown as written; any other item gets a bullet.
        marked = bool(self._spans_over(line.start, line.content))
        number = f"{safe(sign)} " if sign[0].isdigit() and not marked else ""
        own = " own" if marked or number else ""
        self._parts.append(f'<li class="deep-{line.level}{own}">{number}{self._said(line)} ')

    def _words(self, line: _Line) -> None:
        if line.kind == "quotation":
            self._within("blockquote")
        elif self._open not in ("p", "ul", "blockquote"):
            self._within("p")
        inner = self._said(line)
        if not inner:
            inner = "<br><br>"
        elif not self._spans_over(line.stop, line.end):
            inner += " " if self._shape.markup else "\n"
        self._parts.append(inner)

    def _blank(self, line: _Line, following: _Line | None) -> None:
        marked = self._lead(line.start, line.end)
        if self._open == "pre":
            self._parts.append(marked or safe(self._text[line.start : line.end]))
            return
        # Items may stand apart; that makes them no other list. A marked line end is kept where no table forbids it.
        if self._open == "ul" and following and following.kind == "item":
            self._parts.append(marked)
        else:
            if self._open == "table":
                self._close()
            self._parts.append(marked)
            self._close()

    def _row(self, line: _Line) -> None:
        cell = "td" if self._open == "table" else "th"
        self._within("table")
        if line.kind == "rule":
            # Nothing to see; where it is marked, its characters stay with the cell before, which ends like this one's.
            tail = len("</th></tr>")
            self._parts[-1] = self._parts[-1][:-tail] + self._lead(line.start, line.end) + self._parts[-1][-tail:]
            return
        bars = [line.start + bar.start() for bar in _BAR.finditer(self._text[line.start : line.stop])]
        edges = bars if bars and not self._text[line.start : bars[0]].strip() else [line.start, *bars]
        ends = edges[1:] if len(edges) > 1 and edges[-1] == line.stop - 1 else [*edges[1:], line.stop]
        scope = ' scope="col"' if cell == "th" else ""
        html, at = "", line.start
        for number, stop in enumerate(ends):
            last = number == len(ends) - 1
            raw = self._text[edges[number] : stop]
            inner = raw[1:] if raw.startswith("|") else raw
            begin = stop - len(inner.lstrip())
            finish = max(begin, begin + len(inner.strip()))
            after = line.end if last else stop
            html += f"<{cell}{scope}>{self._lead(at, begin)}{self._inline(begin, finish)}{self._lead(finish, after)}</{cell}>"
            at = after
        self._parts.append(f"<tr>{html}</tr>")

    def _tagged(self, line: _Line) -> None:
        """A table in tags: where they are marked they are there, and not seen."""
        self._close()
        self._within("table")
        at = line.start
        rows = table_rows(self._text[line.start : line.stop])
        columns = max(row.columns for row in rows)
        for row in rows:
            html = ""
            for cell in row.cells:
                begin, finish = line.start + cell.content, line.start + cell.end
                # Words between rows, such as a caption, have a row of their own, those between cells the next cell.
                apart = self._apart(at, begin)
                if apart and not html:
                    self._parts.append(f'<tr><td colspan="{columns}">{apart}</td></tr>')
                before = "" if apart and not html else apart or self._unseen(at, begin)
                name = "th" if cell.is_header else "td"
                wide = "".join(f' {span}="{many}"' for span, many in (("rowspan", cell.rows), ("colspan", cell.columns)) if many > 1)
                # What closes a row stays in it.
                after = line.start + (row.stop if cell is row.cells[-1] else cell.stop)
                html += f"<{name}{wide}>{before}{self._inline(begin, finish)}{self._unseen(finish, after)}</{name}>"
                at = after
            self._parts.append(f"<tr>{html}</tr>")
        if apart := self._apart(at, line.stop):
            self._parts.append(f'<tr><td colspan="{columns}">{apart}</td></tr>')
        else:
            tail = len("</td></tr>")
            self._parts[-1] = self._parts[-1][:-tail] + self._unseen(at, line.stop) + self._parts[-1][-tail:]
        self._close()

    def _apart(self, start: int, end: int) -> str:
        """What stands in a table in tags, but in no cell of it; empty where that has no words."""
        return self._inline(start, end) if plain(self._text[start:end], markup=True) else ""

    def _within(self, element: str) -> None:
        if self._open == element:
            return
        self._close()
        self._open = element
        self._parts.append(
            {"table": '<div class="wide" role="region" aria-label="Table" tabindex="0"><table>', "pre": '<pre tabindex="0"><code>'}.get(
                element, f"<{element}>"
            )
        )

    def _close(self) -> None:
        self._parts.append({"": "", "table": "</table></div>", "pre": "</code></pre>"}.get(self._open, f"</{self._open}>"))
        self._open = ""

    # Characters

    def _spans_over(self, start: int, end: int) -> list[Span]:
        return [span for span in self._spans if span.start < end and start < span.end]

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, list[Span]]]:
        """A stretch, cut where marked words begin and end."""
        edges = [start, *(edge for edge in self._edges if start < edge < end), end]
        for left, right in pairwise(edges):
            if left < right:
                yield left, right, self._spans_over(left, right)

    def _inline(self, start: int, end: int) -> str:
        return "".join(
            self._mark(a, b, over, words=True) if over else (pretty(self._text[a:b]) if self._shape.markup else safe(self._text[a:b]))
            for a, b, over in self._pieces(start, end)
        )

    def _exact(self, start: int, end: int) -> str:
        return "".join(self._mark(a, b, over) if over else safe(self._text[a:b]) for a, b, over in self._pieces(start, end))

    def _lead(self, start: int, end: int) -> str:
        """Signs that make up the layout: shown only where they are part of marked words."""
        return "".join(self._mark(a, b, over, kind=' class="sign"') for a, b, over in self._pieces(start, end) if over)

    def _unseen(self, start: int, end: int) -> str:
        return "".join(self._mark(a, b, over, kind=' class="unseen"') for a, b, over in self._pieces(start, end) if over)

    def _mark(self, start: int, end: int, over: Sequence[Span], kind: str = "", *, words: bool = False) -> str:
        """A stretch of marked words; of `words` the marks and tags are there, and not seen."""
        badges = ""
        for span in over:
            if span not in self._announced:
                self._announced.add(span)
                badges += f'<span class="at" id="{self._anchor(span)}">{badge(span)}</span>'
        which = " ".join(str(self._order[span]) for span in over)
        inner = without_marks(self._text[start:end]) if words and self._shape.markup else safe(self._text[start:end])
        return f'{badges}<mark data-span="{which}"{kind}>{inner}</mark>'

    def _anchor(self, span: Span) -> str:
        return "here" if span == self._target else f"at-{self._order[span]}"


def badge(span: Span) -> str:
    """The number of a citation, as it stands before its words."""
    return f'<span class="number"><span class="unseen">citation </span>{span.number}</span>' if span.number else ""
