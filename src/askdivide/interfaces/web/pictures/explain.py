"""How the last answer was found: the passages read with their rank in each search, and where the time went."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from askdivide.interfaces.web.cards import counted, safe
from askdivide.interfaces.web.pictures.frame import blank, framed, line, link, shortened, svg, text
from askdivide.records import Answer, Passage

_NAME, _TITLE = "found", "How the last answer was found"
_ROW = 38.0
_DEEPEST = 60
"""Ranks that a search returns."""
_STAGES = {
    "understand": "understanding the question", "embed": "reading the question", "search": "searching", "answer": "choosing sentences",
    "prompt": "preparing the request", "model": "the model writes", "first token": "until its first word", "check": "checking the claims",
}  # fmt: skip


def explained(answer: Answer | None, width: int) -> str:
    """The picture, `width` pixels wide."""
    if answer is None:
        return blank(_NAME, _TITLE, "Ask something in the chat first; then this shows which passages were read for it, and why.")
    if not answer.read:
        return blank(_NAME, _TITLE, "Nothing was searched for the last question.")
    cited = [_numbers(answer, passage) for passage in answer.read]
    inside = _scale(width, len(answer.read)) + "".join(
        _row(place, passage, cited[place - 1], width) for place, passage in enumerate(answer.read, start=1)
    )
    bottom = 52 + _ROW * len(answer.read)
    inside += text(0, bottom + 18, f"Time: {_time(answer.seconds.get('total', sum(answer.seconds.values())))}", "lane")
    stages = [(name, value) for name, value in answer.seconds.items() if name != "total"]
    inside += _bars(stages, bottom + 28, width)
    told = (
        f"For “{shortened(answer.standalone_question, 200)}”: {counted(len(answer.read), 'passage')} read, best first. "
        "Two searches rank them, one by meaning and one by words; further left is better. "
        f"Estimated probability that the articles answer: {answer.confidence:.0%}."
    )
    label = "Passages read with their ranks in both searches, and the time each stage took. The same is in the table below."
    height = bottom + 34 + 24 * len(stages)
    return framed(_NAME, _TITLE, told, svg(width, height, label, inside), below=_table(answer.read, cited))


def _x(rank: float | None, width: int) -> float:
    """Where a rank stands: the first ones have most of the room, and what was not found stands at the end."""
    share = 1.0 if rank is None else 0.88 * math.log(min(rank, _DEEPEST)) / math.log(_DEEPEST)
    return 10 + share * (width - 24)


def _scale(width: int, rows: int) -> str:
    bottom = 46 + _ROW * rows
    keys = f'<circle class="dense" cx="7" cy="9" r="5"/>{text(17, 13, "rank by meaning", "tick")}'
    keys += f'<rect class="lexical" x="130" y="4.5" width="9" height="9"/>{text(145, 13, "rank by words", "tick")}'
    for rank in (1, 2, 5, 10, 20, 60, None):
        x = _x(rank, width)
        keys += line(x, 40, x, bottom, "grid")
        if rank is not None or width > 420:
            keys += text(x, 34, "not found" if rank is None else str(rank), "tick", "end" if rank is None else "middle")
    return keys


def _row(place: int, passage: Passage, numbers: list[int], width: int) -> str:
    y = 46 + _ROW * (place - 1)
    cites = f" [{', '.join(map(str, numbers))}]" if numbers else ""
    room = max(int((width - 8) / (8.3 if numbers else 7.4)) - len(cites), 20)
    # The heading first: many passages are of one article.
    heading = passage.heading.rpartition(" > ")[2]
    named = shortened(f"{place}. {heading}{' · ' if heading else ''}{passage.title}", room)
    dense, lexical = _x(passage.ranks.get("dense"), width), _x(passage.ranks.get("lexical"), width)
    drawn = (
        f'<rect class="hit" x="0" y="{y:.1f}" width="{width}" height="{_ROW:.0f}"/>'
        f"{text(0, y + 13, named + cites, 'row cited-row' if numbers else 'row')}"
        f"{line(min(dense, lexical), y + 24, max(dense, lexical), y + 24, 'between')}"
        f'<rect class="lexical" x="{lexical - 4.5:.1f}" y="{y + 19.5:.1f}" width="9" height="9"/>'
        f'<circle class="dense" cx="{dense:.1f}" cy="{y + 24:.1f}" r="5"/>'
    )
    return link(passage.document, (passage.start, passage.end), _said(place, passage, numbers), drawn)


def _said(place: int, passage: Passage, numbers: list[int]) -> str:
    cites = f", cited as {', '.join(map(str, numbers))}" if numbers else ""
    ranks = f"by meaning {_rank(passage, 'dense')}, by words {_rank(passage, 'lexical')}"
    return f"{place}. {passage.title}: score {passage.score:.2f}, {ranks}{cites}"


def _rank(passage: Passage, search: str) -> str:
    rank = passage.ranks.get(search)
    return f"rank {rank}" if rank else "not found"


def _bars(stages: Iterable[tuple[str, float]], y: float, width: int) -> str:
    stages = list(stages)
    longest = max((value for _, value in stages), default=1.0) or 1.0
    names = min(190.0, width * 0.5)
    drawn = ""
    for number, (name, value) in enumerate(stages):
        top = y + 24 * number
        reach = max((width - names - 70) * value / longest, 1)
        drawn += text(0, top + 14, _STAGES.get(name, name), "tick")
        drawn += f'<rect class="bar" x="{names:.1f}" y="{top + 4:.1f}" width="{reach:.1f}" height="12" rx="2"/>'
        drawn += text(names + reach + 6, top + 14, _time(value), "tick")
    return drawn


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _numbers(answer: Answer, passage: Passage) -> list[int]:
    """The citations that lie in a passage."""
    return [
        one.number for one in answer.citations if one.document == passage.document and one.start < passage.end and passage.start < one.end
    ]


def _table(read: Iterable[Passage], cited: Sequence[list[int]]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{place}</th><td>{safe(passage.title)}{': ' if passage.heading else ''}{safe(passage.heading)}</td>"
        f"<td>{_cell(passage, 'dense')}</td><td>{_cell(passage, 'lexical')}</td><td>{passage.score:.2f}</td>"
        f"<td>{safe(', '.join(map(str, cited[place - 1])))}</td></tr>"
        for place, passage in enumerate(read, start=1)
    )
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("place", "passage", "by meaning", "by words", "score", "cited"))
    return f"<details><summary>As a table</summary><div class='scroll' tabindex='0'><table><tr>{head}</tr>{rows}</table></div></details>"


def _cell(passage: Passage, search: str) -> str:
    rank, score = passage.ranks.get(search), passage.scores.get(search)
    return f"{rank or '–'}" + (f" ({score:.2f})" if score is not None else "")
