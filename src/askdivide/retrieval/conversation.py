"""Follow-up questions made to stand alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from askdivide.errors import QuestionError
from askdivide.records import Turn
from askdivide.text.terms import content_terms

_REFERS = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|ones?|former|latter|same|"
    r"the (?:company|model|firm|lab|paper|report|article|law|rule|licence|license|other|first|second))\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\bit (?:costs?|takes?|took)\b[^,;?]{0,40}\bto\b|\b(?:is|was|would) it (?:true|false|correct|possible|legal|allowed|necessary|common|"
    r"usual|normal|safe|likely|worth) (?:to|that|for)\b",
    re.IGNORECASE,
)
"""Where "it" stands for nothing: "How long does it take to train one?"."""
_DEFINES = re.compile(r"^\W*(?:what|who)(?:['’]s| is| are| was| were)\s+(?P<named>.+?)\W*$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|so|or|then|also|what about|how about|really|since when|what else)\b"
    r"|^\W*(?:why|why not|how come|how so|who|when|where)\W*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w.&’'-]*(?:\s+(?:of\s+(?:the\s+)?|the\s+)?[A-Z0-9][\w.&’'-]*)*|\b[\w-]*\d[\w.-]*\b")


_CLAUSE_ENDS = re.compile(r"[,;:.?!](?=\s|$)|\b(?:and|but|if|because|when|while|why|how|whether|so)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:which|who|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b", re.IGNORECASE
)

_ENOUGH = 2
"""Content words of a follow-up that say by themselves what is asked of the earlier subject."""


History = Sequence[Turn | str | Mapping[str, Any]]
"""Earlier turns as callers may give them, oldest first: turns, questions alone, or mappings with `question` and `answer`."""


def turns(history: object) -> tuple[Turn, ...]:
    """The turns of a `History`; None: there are none. Raises QuestionError for anything else."""
    if history is None:
        return ()
    if isinstance(history, str) or not isinstance(history, Sequence):
        raise QuestionError('"history" is not a list of earlier questions or turns')
    return tuple(_turn(item) for item in history)


def _turn(item: object) -> Turn:
    if isinstance(item, Turn):
        return item
    if isinstance(item, str):
        return Turn(item)
    if isinstance(item, Mapping) and isinstance(item.get("question"), str):
        return Turn(item["question"], str(item.get("answer") or ""))
    raise QuestionError('"history" holds something that is neither a question nor a turn')


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` with what it silently takes from the earlier questions of `history` (oldest first) in brackets behind it.

    Only a question that leans on an earlier one is changed. Names of the nearest question that has some are added, or its
    content where the question has hardly any of its own. Where a question without names lies in between, nobody can tell
    whether it went on with the same subject, so its content is added, too. Where the question before asked who or which and
    named nothing, or asked who did something and "he" or "she" is spoken of now, what is meant may be the answer to it, and the
    names with which that begins are added. Joining whole turns does worse than nothing (docs/quality.md), so as little as will
    do is added.
    """
    if not history or not _wants(question):
        return question
    subject = ""
    for turn in reversed(history):
        names = _names(turn.question)
        if subject and names:
            fresh = [name for name in names if name not in question and name not in subject]
            subject = ", ".join([subject, *fresh])
            break
        if subject or (not names and _wants(turn.question) and turn is not history[0]):
            continue
        subject = _subject(turn.question, question)
        if turn is history[-1] and (not names or _finds_person(turn.question, question)):
            subject = ", ".join([*_found(turn, question), *filter(None, [subject])])
        if subject and names:
            break
    return f"{question.rstrip()} ({subject})" if subject else question


def earlier(question: str, history: Sequence[Turn]) -> str:
    """The question before `question`, whose words may help to find what is meant; "" where there is none on the same subject.

    A question whose names the one before does not have begins another subject.
    """
    if not history:
        return ""
    before = history[-1].question
    named = {term for name in _names(question) for term in content_terms(name)}
    return before if not named or named & set(content_terms(before)) else ""


def leans(question: str) -> bool:
    """Whether a question, by its form, needs an earlier one to be understood.

    One does that refers back ("it", "those") to what it has not named itself, goes on ("and", "what about"), or has hardly a
    content word of its own.
    """
    if _GOES_ON.match(question):
        return True
    return _refers_back(question) or (len(content_terms(question)) < _ENOUGH and not _asks_of_a_name(question))


def _wants(question: str) -> bool:
    """Whether a question in a conversation leans on what was asked before: also one of two content words and no name.

    "Which sizes were the exceptions?" could open a conversation, but in one it goes on.
    """
    few = len(content_terms(question)) == _ENOUGH and _ASKS.match(question) and not _names(question)
    return bool(few) or leans(question)


def _asks_of_a_name(question: str) -> bool:
    """Whether a question asks what or who something is, and names it: "What is MLA?"."""
    asked = _DEFINES.match(question)
    return asked is not None and _names(question) == [asked["named"]]


def _refers_back(question: str) -> bool:
    """Whether a question has a word that stands for something it has not said itself."""
    # What follows has to say what is spoken of: "How long does it take to run?" still asks about an earlier "it".
    idle = [match.span() for match in _EXPLETIVE.finditer(question) if len(content_terms(question[match.end() :])) >= _ENOUGH]
    return any(
        not _settled(question[: match.start()]) and not any(start <= match.start() < end for start, end in idle)
        for match in _REFERS.finditer(question)
    )


def _settled(before: str) -> bool:
    """Whether a word that refers back finds what it stands for in what the question has said `before`, in an earlier clause.

    In "Can I extend the web chat, and how can I do that?" it does; in "Who was the judge at his trial?" it does not.
    """
    ends = [match.start() for match in _CLAUSE_ENDS.finditer(before)]
    return bool(ends) and len(content_terms(before[: ends[-1]])) >= _ENOUGH


def _names(question: str) -> list[str]:
    """The names and telling numbers of `question`, each once."""
    return [name for name in dict.fromkeys(match.group().strip(" .'’-") for match in _NAME.finditer(question)) if _tells(name)]


def _subject(earlier: str, question: str) -> str:
    """What `question` leaves unsaid of the `earlier` one: its names, and its other words where the question has few of its own."""
    own = set(content_terms(question))
    named = {match.group() for match in _NAME.finditer(question)}
    names = _names(earlier)
    # "US" is a name though "us" is no content word.
    fresh = [name for name in names if name not in question and not ((words := set(content_terms(name))) and words <= own)]
    if fresh and len(own) >= _ENOUGH:
        return ", ".join(fresh)
    # "And for the H200?" asks the same of something else: what was asked is kept, the name that is replaced is not.
    kept = [name for name in fresh if not any(_numbered(name) == _numbered(own_name) for own_name in named)]
    kept = kept if _GOES_ON.match(question) else fresh
    spoken = own | {term for name in names for term in content_terms(name)}
    said = dict.fromkeys(re.findall(r"[^\W_][\w.'’-]*", earlier))
    rest = [word for word in said if (found := content_terms(word)) and not set(found) <= spoken]
    return " ".join([*kept, *rest])


def _found(before: Turn, question: str) -> list[str]:
    """The first names of the answer to a question that asked who or which, where `question` refers to what was found."""
    if not _WHO.search(before.question) or not _refers_back(question):
        return []
    claim = _MARK.split(before.answer.strip(), maxsplit=1)[0]
    cells = [match.groups() for match in _CELL.finditer(claim)] if _ROW.match(claim) else []
    if not cells:
        return [name for name in _telling(claim, before) if name not in question][:_FOUND_MOST]
    # "Which model ...?" is answered by the cell below "Model", and by the first name of the row where no column is named so.
    asked = set(content_terms(before.question))
    cells.sort(key=lambda cell: asked.isdisjoint(content_terms(cell[0])))
    return next((names[:1] for _, value in cells if (names := _telling(value, before))), [])


def _finds_person(before: str, question: str) -> bool:
    """Whether "he" or "she" in `question` may be somebody whom the question `before` it asked for, and not one whom that named."""
    return bool(_PERSON.search(question)) and bool(_WHO_DID.match(before)) and not _asks_of_a_name(before)


def _telling(text: str, before: Turn) -> list[str]:
    """The names in `text` that may answer the question of the turn `before`."""
    # A name may begin the text, too; its article is not part of it.
    names = [_LEADS_IN.sub("", name).removesuffix("'s").removesuffix("’s") for name in _names(f"it {text}")]
    if not _WHICH.search(before.question):
        names = [name for name in names if not _numbered(name)]
    return [name for name in names if content_terms(name) and not _is_date(name) and name not in before.question]


def _is_date(name: str) -> bool:
    return all(word.isdigit() or _MONTH.fullmatch(word) for word in name.split())


_WHO = re.compile(r"\b(?:who|whose|whom|which)\b", re.IGNORECASE)
_WHICH = re.compile(r"\bwhich\b", re.IGNORECASE)
_WHO_DID = re.compile(r"\W*(?:and |but |so )?who\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_FOUND_MOST = 2
_MARK = re.compile(r"\s*\[\d+\]")
_ROW = re.compile(r"[^:—]{1,60}: [^—]+ — [^:]{1,60}: ")
_CELL = re.compile(r"(?:^|(?<= — )|(?<=; ))([^:;—]{1,60}): (.+?)(?= — |; |$)")
"""A column's name and what the row has there, as rows are quoted."""
_LEADS_IN = re.compile(
    r"^(?:(?:the|an?|that|this|these|those|its|his|her|their|in|on|at|by|from|for|of|to|with|after|before|since|until|under) )+",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?",
    re.IGNORECASE,
)


def _numbered(name: str) -> bool:
    return any(char.isdigit() for char in name)


def _tells(name: str) -> bool:
    """Whether a name by itself says what is spoken of: not "I", a month, nor a number that is no year."""
    return bool(name) and not _NO_NAME.fullmatch(name) and not _MONTH.fullmatch(name)


_NO_NAME = re.compile(r"I(?:['’]\w+)?|[\d.,]{1,3}|[\d.,]{5,}")
