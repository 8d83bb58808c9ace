"""Articles as HTML: the cards of sources, and the title line.

Articles and questions are untrusted text. `safe` is the one way in which they enter HTML; everything else here is constant.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from askdivide.index.tables import DocumentRow
from askdivide.interfaces.render import harmless
from askdivide.interfaces.web.spans import address_of, is_web
from askdivide.records import MARK, Answer, Citation, Passage
from askdivide.text.dates import date_words
from askdivide.text.plain import shown, table_cells
from askdivide.text.tagged import words_of

_REACH = 250
"""Characters of the article shown on each side of a quote."""
_LOOKED_AT = 1000
"""Characters on each side in which marks are looked for: a link that is cut at the edge of what is shown is one all the same."""
_STUB = 40
"""A remainder of a paragraph shorter than this is not worth showing at the beginning."""
_SNIPPET = 220
_LISTED = 200
"""Most titles in the list of articles."""
# As character references, punctuation is text to HTML, to Markdown, to LaTeX and to templates alike.
_INERT = {ord(char): f"&#{ord(char)};" for char in string.punctuation}
_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\n.*?\n\1[ \t]*\n", re.DOTALL)
_FIELD = re.compile(r"\s*[\w-]{1,100}[ \t]*[:=]")
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})", re.MULTILINE)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")
_ROW = re.compile(rf"([\s{MARK}]*\|[ \t{MARK}]*)(.*?)([ \t{MARK}]*\|?[\s{MARK}]*)", re.DOTALL)
"""A row of a table: what stands before its cells, its cells, and what stands behind them."""
_RULE = re.compile(r"[\s|:-]*")
"""The line below a table's column names."""


def safe(text: str) -> str:
    """`text` as HTML that shows exactly these characters, less those that control or reorder what is shown."""
    return harmless(text).translate(_INERT)


def one_line(text: str) -> str:
    """`text` as HTML without line ends."""
    return safe(" ".join(text.split()))


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the singular or the plural."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sources(
    answer: Answer,
    turn: int | str,
    texts: Mapping[str, str],
    gone: Collection[str] = (),
    *,
    marked: Collection[str] = (),
    one_of_two: bool = False,
) -> str:
    """The sources of an answer, or the passages nearest to a refused question; empty where there is neither.

    `turn` is what markers name the answer by. `texts` holds the cited articles by document, of those that are still as they were
    cited; `gone` names those that are in the index no more, `marked` those whose text has marks of Markdown. With `one_of_two` the
    section is part of what `together` makes.
    """
    about = f" of {answer.model}" if one_of_two else ""
    if answer.refusal:
        if not answer.refusal.nearest:
            return ""
        told = '<p class="hint">The closest that the articles come. They do not answer the question.</p>'
        html = f"{told}<ul>{_passages(answer.refusal.nearest)}</ul>"
        return _section(turn, answer.question, "Nearest passages" + about, html, whole=not one_of_two)
    cards = "".join(
        _card(
            citation,
            turn,
            texts.get(citation.document),
            answer.citations,
            gone=citation.document in gone,
            markup=citation.document in marked,
        )
        for citation in answer.citations
    )
    also = ""
    if answer.consulted:
        also = f"<details><summary>Also read ({len(answer.consulted)})</summary><ul>{_passages(answer.consulted)}</ul></details>"
    return _section(turn, answer.question, "Sources" + about, f"<ol>{cards}</ol>{also}", whole=not one_of_two)


def together(turn: int, sections: Iterable[str]) -> str:
    """The sources of answers to one question, those of each model in a section of its own."""
    return f'<div class="turn" id="t-{turn}">{"".join(sections)}</div>'


def panel(sections: Iterable[str]) -> str:
    """The panel of sources: the last turn's, and those of earlier turns for their links."""
    filled = "".join(sections)
    if not filled:
        return '<div class="sources"><h2>Sources</h2><p class="hint">The passages that an answer rests on appear here.</p></div>'
    return f'<div class="sources">{filled}</div>'


def header(documents: Sequence[DocumentRow]) -> str:
    """The title line: what this is, and over which articles."""
    dates = sorted(row.published for row in documents if row.published)
    span = ", " + " to ".join(dict.fromkeys((date_words(dates[0]), date_words(dates[-1])))) if dates else ""
    rows = sorted(documents, key=lambda row: (row.published or "", row.title), reverse=True)
    items = "".join(f"<li>{safe(row.title)} <span>{_date(row.published)}</span></li>" for row in rows[:_LISTED])
    more = f"<li><span>and {len(rows) - _LISTED} more</span></li>" if len(rows) > _LISTED else ""
    summary = f'<summary>{counted(len(rows), "article")}<span class="dates">{safe(span)}</span></summary>'
    what = "<h1>askdivide</h1><p>Answers from a folder of articles, each sentence with its source.</p>"
    return f"{what}<details>{summary}<ul>{items}{more}</ul></details>"


def context(text: str, start: int, end: int, reach: int = _REACH) -> tuple[str, str]:
    """What stands before and after a span, cut between words, with an ellipsis where cut; without front matter."""
    matter = _FRONT_MATTER.match(text)
    if matter and start < matter.end() and _FIELD.match(text, matter.end(1)):
        # What stands beside an article's description are other fields.
        return "", ""
    body = matter.end() if matter and matter.end() <= start else 0
    left, right = max(start - reach, body), min(end + reach, len(text))
    before, after = text[left:start], text[end:right]
    if left > body:
        if not text[left - 1].isspace() and " " in before:
            before = before[before.index(" ") :]
        stub = before.find("\n\n", 0, _STUB)
        before = (before[stub:] if stub >= 0 else before).lstrip()
        if not _HEADING.match(before):
            before = ("…\n" if _is_row(before) or _ITEM.match(before) else "… ") + before
    if right < len(text):
        if not text[right].isspace() and " " in after:
            after = after[: after.rindex(" ")]
        after = after.rstrip() + " …"
    return before.lstrip("\n"), after.rstrip()


def about(citation: Citation) -> str:
    """A source on one line of plain text: title, source, date, place."""
    known = [citation.title, citation.source, date_words(citation.published) if citation.published else None]
    return " · ".join([*(part for part in known if part), f"{citation.document}:{citation.start}-{citation.end}"])


def _card(citation: Citation, turn: int | str, text: str | None, cited: Sequence[Citation], *, gone: bool, markup: bool) -> str:
    number, start, end = citation.number, citation.start, citation.end
    before, after, changed = "", "", ""
    markup = markup and text is not None and not _in_code(text, start)
    if text is not None and text[start:end] == citation.quote:
        around = text
        if markup:
            left, right = max(start - _LOOKED_AT, 0), end + _LOOKED_AT
            around = text[:left] + words_of(text[left:start]) + citation.quote + words_of(text[end:right]) + text[right:]
        before, after = (one.replace(MARK, "") for one in context(around, start, end))
    else:
        what = "is no longer among the articles" if gone else "has changed since it was quoted"
        changed = f'<p class="changed">This article {what}.</p>'
    words = words_of(citation.quote) if markup else citation.quote
    quote = f"<blockquote>{_around(before)}<mark>{_exactly(citation.quote, words)}</mark>{_around(after)}</blockquote>"
    back = f'<a class="number" href="#c-{turn}-{number}" aria-label="Source {number}, back to the answer">{number}</a>'
    where = f'<p class="where">{safe(citation.document)}:{start}-{end}</p>'
    return f'<li class="card" id="s-{turn}-{number}">{back}{_place(citation, cited)}{quote}{changed}{where}</li>'


def _passages(passages: Iterable[Passage]) -> str:
    return "".join(f'<li class="card">{_place(passage)}<p class="snippet">{_snippet(passage.text)}</p></li>' for passage in passages)


def _place(record: Citation | Passage, cited: Sequence[Citation] = ()) -> str:
    title = f'<a href="{safe(address_of(record, cited))}" title="Read in the article">{safe(record.title)}</a>'
    original = ""
    if record.url and is_web(record.url):
        original = (
            f'<span class="original"><a href="{safe(record.url)}" target="_blank" rel="noopener noreferrer nofollow">original</a></span>'
        )
    page = f"page {record.page}" if record.page else ""
    known = [safe(record.source or ""), _date(record.published), safe(record.heading), page, original]
    return f'<h3>{title}</h3><p class="meta">{" · ".join(part for part in known if part)}</p>'


def _snippet(text: str) -> str:
    words = words_of(text).replace(MARK, "")
    lines = (" · ".join(table_cells(line)) + "." if _is_row(line) else line for line in words.splitlines() if not _is_rule(line))
    text = shown("\n".join(lines))
    return safe(text if len(text) <= _SNIPPET else text[: text.rfind(" ", 0, _SNIPPET)] + " …")


def _around(text: str) -> str:
    """The surroundings of a quote, laid out: paragraphs, headings, items of lists and rows of tables."""
    html = ""
    for number, line in enumerate(text.splitlines(keepends=True)):
        heading = _HEADING.match(line)
        if heading:
            html += f"<b>{safe(heading[1])}</b>\n"
        elif _is_row(line):
            html += "" if _is_rule(line) else f"{_new_line(number)}{safe(' · '.join(table_cells(line)))}\n"
        elif not line.strip():
            # The first is the end of the quote's own line.
            html += '\n<span class="gap"></span>' if number else "\n"
        else:
            html += (_new_line(number) if _ITEM.match(line) else "") + safe(line)
    return html


def _in_code(text: str, position: int) -> bool:
    """Whether a place of a Markdown article is within a block of code."""
    return len(_FENCE.findall(text, 0, position)) % 2 == 1


def _exactly(text: str, words: str) -> str:
    """A quote, character for character, on as many lines as it has items and rows; `words` is the same without marks.

    Marks, and what only draws a table, are there too, for whoever copies the words, and not seen.
    """
    html, at, begun = "", 0, ""
    for said in words.splitlines(keepends=True):
        # A row in tags is one line of words, however many it stands on.
        line = text[at : at + len(said)]
        if _is_rule(line):
            html += _unseen(line)
        elif row := _ROW.fullmatch(said):
            first, last = row.start(2), row.end(2)
            bar = safe("|")
            cells = seen(line[first:last], said[first:last]).replace(bar, f'<span class="bar">{bar}</span>')
            html += begun + _unseen(line[:first]) + cells + _unseen(line[last:])
        else:
            html += (begun if _ITEM.match(line) else "") + seen(line, said)
        at += len(said)
        begun = begun or _new_line(len(said.replace(MARK, "").strip()))
    return html


def seen(text: str, words: str) -> str:
    """`text` with what is a mark by `words` not seen; of "&amp;" an "&" is."""
    html = ""
    for same, run in groupby(zip(text, words, strict=False), key=lambda pair: pair[0] == pair[1]):
        pairs = list(run)
        own = "".join(pair[0] for pair in pairs)
        shown = "".join(pair[1] for pair in pairs).replace(MARK, "")
        html += safe(own) if same else _unseen(own) + safe(shown.strip() or shown[:1])
    return html


def _unseen(text: str) -> str:
    return f'<span class="unseen">{safe(text)}</span>' if text else ""


def _new_line(number: int) -> str:
    return "<br>" if number else ""


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and bool(_RULE.fullmatch(line))


def _date(published: str | None) -> str:
    return safe(date_words(published)) if published else ""


def _section(turn: int | str, question: str, name: str, html: str, *, whole: bool) -> str:
    told = f'<h2>{one_line(name)}</h2><p class="for">for “{one_line(question)}”</p>'
    kind = "turn" if whole else "part"
    return f'<section class="{kind}" id="t-{turn}" aria-label="{one_line(name)}, answer {turn}">{told}{html}</section>'
