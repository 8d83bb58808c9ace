"""A question file drafted from a corpus by rule, for somebody to edit.

Questions come from sentences of a plain form ("The harbour was founded in 1871 by Milena Duras.") and from table rows. Those
that only one article answers are also drafted as unanswerable, with that article held out when they are asked.
"""

from __future__ import annotations

import random
import re
from calendar import month_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askdivide.index.catalog import Catalog
from askdivide.index.tables import ChunkRow
from askdivide.records import Sentence
from askdivide.text.plain import shown, table_cells

_EACH, _ROWS = 8, 2
"""Questions drafted from one article at most, and from its tables."""
_MOST = 120
_SUBJECT = r"(?P<subject>(?:(?:The|A|An|Its|His|Her) )?[^\W_][\w’'.-]*(?: [\w’'.&-]+){0,6}?)"
_NOT_SUBJECT = re.compile(
    r"(?:it|its|he|his|she|her|they|their|this|that|these|those|there|here|what|who|which|when|where|why|how|in|on|at|by|for|from|of|"
    r"to|with|as|after|before|since|until|while|because|although|but|and|or|so|if|both|such|some|many|most|all|one|none|nothing|no|"
    r"another|other|others|each|every|neither|either|according|during|under|over|among|between|against)\b",
    re.IGNORECASE,
)
_TELLS_NOTHING = re.compile(
    r"^(?:had )?\w+$|\b(?:it|them|this|these|those|there|again)\b|^(?:reported|noted|wrote|said|found|announced that|recalled)\b",
    re.IGNORECASE,
)
"""What somebody did, where the sentence needs others to be understood: a verb alone, a pronoun, a report of something."""
_MONTHS = "|".join(month_name[1:])
_DATE = rf"(?:(?:\d{{1,2}} )?(?:{_MONTHS})(?: \d{{1,2}},)?(?: \d{{4}})?|(?:1[5-9]|20)\d\d)"
_PAST = "[a-z]+ed|built|made|held|began|sold|bought|found|gave|set up|showed|wrote|won|led|took|put|chose|lost|came|left|grew|rose|fell"
_VERB = "(?P<verb>[a-z]+ed|built|made|held|begun|sold|bought|found|born|given|set up|shown|written|won|led|taken|put)"
_COUNT = (
    r"(?P<answer>(?:about |over |some |nearly |almost )?(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?: (?:hundred|thousand|million|billion|trillion))?)"
)
_NAME = r"(?P<answer>[A-Z][\w’'-]+(?: (?:of |de |van |von )?[A-Z][\w’'.-]+){1,3})"

_PRICE = r"(?P<answer>[$£€]?\d[\d.,]*(?: (?:million|billion|[a-z]+s))?)"

_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("when", re.compile(rf"^{_SUBJECT} (?P<be>was|were) {_VERB}\b[^,;:()]{{0,40}}? (?:in|on) (?P<answer>{_DATE})\b"),
     "When {be} {subject} {verb}?"),
    ("when", re.compile(rf"^{_SUBJECT} (?P<did>(?:{_PAST})\b[^,;:()]{{0,60}}?) (?:in|on) (?P<answer>{_DATE})\b"),
     "When was it that {subject} {did}?"),
    ("who", re.compile(rf"^{_SUBJECT} (?P<be>is|was|were|are) {_VERB}\b[^,;:()]{{0,40}}? by (?:the |an? )?(?:[a-z]+ ){{0,2}}{_NAME}"),
     "By whom {be} {subject} {verb}?"),
    ("number", re.compile(rf"^{_SUBJECT} (?P<have>has|have|had) {_COUNT} (?P<noun>[a-z][a-z-]+s)\b"),
     "How many {noun} {do} {subject} have?"),
    ("number", re.compile(rf"^{_SUBJECT} (?P<gave>{_PAST}) (?:only )?{_COUNT} (?P<noun>[a-z][a-z-]+s)\b"),
     "How many {noun} was it that {subject} {gave}?"),
    ("cost", re.compile(rf"^{_SUBJECT} (?P<cost>costs?) (?:about |over |up to )?{_PRICE}"),
     "How much {do} {subject} cost?"),
    ("who", re.compile(rf"^{_NAME}, (?P<role>(?:the|an?) [a-z][^,;:()]{{8,60}}),"),
     "Who is {role}?"),
)  # fmt: skip
_DO = {"has": "does", "have": "do", "had": "did", "costs": "does", "cost": "did"}


@dataclass(frozen=True)
class _Draft:
    kind: str
    question: str
    answer: str
    evidence: str
    document: str


def draft(catalog: Catalog) -> list[dict[str, Any]]:
    """Lines of a question file: first the answerable ones by article, then the unanswerable ones.

    The same corpus gives the same lines. Empty where no sentence has a form that the rules know.
    """
    articles = [row.path for row in catalog.documents()]
    texts = {path: _folded(catalog, path) for path in articles}
    chosen = [one for path in articles for one in _spread(list(_drafts(catalog, path)))][:_MOST]
    only_here = [one for one in chosen if not any(_says(text, one) for path, text in texts.items() if path != one.document)]
    lines = [
        {"id": f"d{number:03}", "kind": one.kind, "question": one.question, "answerable": True,
         "must_contain": [[one.answer]], "evidence": [one.evidence], "documents": [one.document]}
        for number, one in enumerate(chosen, start=1)
    ]  # fmt: skip
    # With its article held out a question is a near miss: the rest of the corpus is still about the same things.
    held_out = only_here[:: max(1, 2 * len(only_here) // max(len(chosen), 1))] if len(articles) > 1 else []
    lines += [
        {"id": f"x{number:03}", "kind": "unanswerable", "question": one.question, "answerable": False, "held_out": [one.document]}
        for number, one in enumerate(held_out, start=1)
    ]
    return lines


def _drafts(catalog: Catalog, path: str) -> Iterator[_Draft]:
    ids = catalog.chunk_ids(sorted(catalog.chunk_keys(path)))
    rows = sorted(catalog.chunks(ids.values()).values(), key=lambda row: row.chunk.start)
    for row in rows:
        for sentence in row.chunk.sentences:
            if sentence.kind == "code":
                continue
            made = _of_row(row, sentence) if sentence.kind == "row" else _of_sentence(row, sentence)
            if made:
                yield made


def _of_sentence(row: ChunkRow, sentence: Sentence) -> _Draft | None:
    evidence = row.chunk.text[sentence.start - row.chunk.start : sentence.end - row.chunk.start]
    said = shown(row.chunk.said(sentence.start, sentence.end))
    for kind, form, template in _FORMS:
        match = form.match(said)
        if not match:
            continue
        parts = {key: value for key, value in match.groupdict().items() if value}
        subject = parts.get("subject", "")
        if _NOT_SUBJECT.match(subject) or _TELLS_NOTHING.search(parts.get("did", "")):
            continue
        words = {"subject": _uncapitalised(subject), "do": _DO.get(parts.get("have", parts.get("cost", "")), "does")}
        answer = re.sub(r"^(?:about|over|some|nearly|almost) ", "", parts["answer"]).rstrip(".,")
        return _Draft(kind, template.format(**{**parts, **words}), answer, evidence, row.document.path)
    return None


def _of_row(row: ChunkRow, sentence: Sentence) -> _Draft | None:
    """A question for the first figure of a table row, by the names of its row and column."""
    chunk = row.chunk
    evidence = chunk.text[sentence.start - chunk.start : sentence.end - chunk.start]
    names = [shown(name) for name in table_cells(chunk.columns)]
    cells = [shown(cell) for cell in table_cells(chunk.said(sentence.start, sentence.end))]
    # A row is asked for by its first cell, which must name this row and no other.
    if len(names) != len(cells) or names == cells or not cells[0] or chunk.text.count(cells[0]) > 1:
        return None
    for name, cell in list(zip(names, cells, strict=True))[1:]:
        if name and re.search(r"\d", cell) and len(cell) < 40:
            question = f"What does the table give for {cells[0]} under {name}?"
            return _Draft("table", question, cell, evidence, row.document.path)
    return None


def _uncapitalised(text: str) -> str:
    """`text` as it stands within a sentence. Only the words that are never names lose their capital."""
    first, _, rest = text.partition(" ")
    return f"{first.lower()} {rest}" if first in ("The", "A", "An", "Its", "His", "Her") else text


def _spread(drafts: Sequence[_Draft]) -> list[_Draft]:
    """At most `_EACH` of them, of as many kinds as there are, each question once."""
    unique = list({one.question: one for one in drafts}.values())
    random.Random(0).shuffle(unique)
    by_kind: dict[str, list[_Draft]] = {}
    for one in unique:
        by_kind.setdefault(one.kind, []).append(one)
    turns = [(place, one) for kind, group in by_kind.items() for place, one in enumerate(group[: _ROWS if kind == "table" else None])]
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])][:_EACH]


def _folded(catalog: Catalog, path: str) -> str:
    row = catalog.document(path)
    return catalog.text(row.id).casefold() if row else ""


def _says(text: str, one: _Draft) -> bool:
    """Whether an article may answer the question as well: its answer stands in it."""
    return one.answer.casefold() in text
