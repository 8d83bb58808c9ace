"""Records as text for a terminal. Corpus text is untrusted: it is printed, never obeyed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from askdivide.records import MARK, Answer, Citation, Passage
from askdivide.text.dates import date_words
from askdivide.text.plain import plain
from askdivide.text.tagged import words_of

_QUOTE_MOST = 600


def harmless(text: str) -> str:
    """`text` without the characters that make a terminal do things, or that reorder what it shows."""
    harmful = [char for char in set(text) if char not in "\n\t\u200d" and unicodedata.category(char) in ("Cc", "Cf", "Cs")]
    return text.translate(dict.fromkeys(map(ord, harmful))) if harmful else text


def title(text: str) -> RenderableType:
    """A line above one of several answers."""
    return Text(f"== {harmless(text)} ==", style="bold")


def answer(answered: Answer, *, full: bool = True) -> RenderableType:
    """An answer with its numbered sources, or a refusal with the nearest passages; `full`: with the words cited."""
    parts: list[RenderableType] = []
    if answered.standalone_question != answered.question:
        parts += [Text(f"Understood as: {harmless(answered.standalone_question)}", style="dim"), Text()]
    if answered.refusal:
        parts.append(Text(harmless(answered.text), style="yellow"))
        if answered.refusal.nearest:
            parts += [Text(), Text("Nearest passages:", style="dim")]
            parts += [_nearest(passage) for passage in answered.refusal.nearest]
        return Group(*parts)
    for note in answered.notes:
        if note.first:
            parts += [Text(harmless(note.text), style="magenta"), Text()]
    for claim in answered.claims:
        line = Text(harmless(claim.text))
        for number in claim.citations:
            line.append(f" [{number}]", style="cyan")
        if claim.support in ("unsupported", "uncited"):
            why = f": {harmless(claim.reason)}" if claim.reason and claim.support == "unsupported" else ""
            line.append(f" ({claim.support}{why})", style="bold red")
        parts.append(line)
    parts += [Text(harmless(note.text), style="magenta") for note in answered.notes if not note.first]
    if answered.citations:
        parts += [Text(), Text("Sources", style="bold")] if full else [Text()]
        parts += [_source(citation) if full else _source_line(citation) for citation in answered.citations]
    return Group(*parts)


def sources(answered: Answer) -> RenderableType:
    """The sources of an answer with the words cited, then what else was read; of a refusal the nearest passages."""
    if answered.refusal:
        return passages(answered.refusal.nearest)
    parts: list[RenderableType] = [_source(citation) for citation in answered.citations]
    if answered.consulted:
        parts += [Text(), Text("Also read:", style="dim"), *(_nearest(passage) for passage in answered.consulted)]
    return Group(*parts)


def _source_line(citation: Citation) -> Text:
    line = Text(f"[{citation.number}] ", style="cyan")
    line.append(_place(citation.title, citation.source, citation.published, citation.heading, citation.page), style="default")
    return line


def _source(citation: Citation) -> RenderableType:
    line = _source_line(citation)
    quote = harmless(_legible(citation.quote))
    if "\n" not in quote:
        quote = plain(quote, markup=False)
    if len(quote) > _QUOTE_MOST:
        quote = quote[:_QUOTE_MOST] + " …"
    where = f"{citation.document}:{citation.start}-{citation.end}"
    return Group(line, *_indented(f"“{quote}”"), *_indented(harmless(where), style="dim"))


def _legible(quote: str) -> str:
    """A quote as it is, but rows of a table that is written in tags as lines of cells, which nobody could tell apart otherwise."""
    if "<td" not in quote.lower():
        return quote
    return "\n".join(" ".join(line.split()) for line in words_of(quote).replace(MARK, "").splitlines() if line.strip())


def _indented(text: str, style: str = "") -> list[RenderableType]:
    """`text`, line by line: a block of lines would be filled up with spaces to the longest one."""
    return [Padding(Text(line, style=style), (0, 0, 0, 4), expand=False) for line in text.split("\n")]


def _nearest(passage: Passage) -> RenderableType:
    line = Text("- ")
    line.append(_place(passage.title, passage.source, passage.published, passage.heading, passage.page))
    return Group(line, *_indented(_shortened(passage.text), style="dim"))


def _place(title: str, source: str | None, published: str | None, heading: str, page: int | None) -> str:
    parts = [title, source, date_words(published) if published else None, heading or None, f"page {page}" if page else None]
    return harmless(", ".join(part for part in parts if part))


def _shortened(text: str, most: int = 160) -> str:
    text = plain(harmless(text), markup=True)
    return text if len(text) <= most else text[: text.rfind(" ", 0, most)] + " …"


def passages(found: Sequence[Passage]) -> RenderableType:
    """Search results, numbered."""
    parts: list[RenderableType] = []
    for number, passage in enumerate(found, start=1):
        line = Text(f"{number}. ", style="cyan")
        line.append(_place(passage.title, passage.source, passage.published, passage.heading, passage.page), style="default")
        line.append(f"  {passage.score:.2f}", style="dim")
        parts += [line, *_indented(_shortened(passage.text, 300))]
        parts += _indented(harmless(f"{passage.document}:{passage.start}-{passage.end}"), style="dim")
    return Group(*parts)


def explanation(answered: Answer) -> RenderableType:
    """How an answer was found: the passages read with their ranks and scores, and the time each stage took."""
    parts: list[RenderableType] = [Text(), Text("Passages read", style="bold")]
    for number, passage in enumerate(answered.read, start=1):
        line = Text(f"{number}. ", style="cyan")
        line.append(_place(passage.title, None, None, passage.heading, passage.page), style="default")
        dense, lexical = passage.scores.get("dense", 0.0), passage.scores.get("lexical", 0.0)
        ranks = [f" (rank {passage.ranks[kind]})" if passage.ranks.get(kind) else "" for kind in ("dense", "lexical")]
        figures = f"score {passage.score:.2f}, dense {dense:.2f}{ranks[0]}, BM25 {lexical:.1f}{ranks[1]}"
        parts += [line, *_indented(figures, style="dim")]
    seconds = ", ".join(f"{stage} {value * 1000:.0f} ms" for stage, value in answered.seconds.items())
    parts += [Text(), Text(f"Confidence that the articles answer: {answered.confidence:.2f}"), Text(f"Time: {seconds}")]
    return Group(*parts)


def console(*, stderr: bool = False) -> Console:
    """A console that takes nothing in its text for markup; piped output is not wrapped."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    return made if made.is_terminal else Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=10_000)
