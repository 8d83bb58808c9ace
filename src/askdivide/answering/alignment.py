"""A claim laid beside the sentence that it repeats, word by word: what it puts in, leaves out or puts in another's place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from askdivide.answering.words import DIRECTIONS, Token, listed, stem, tokens_of
from askdivide.text.facts import has_name, name_form
from askdivide.text.terms import STOPWORDS, terms

_FOLLOWS = 0.6
"""A claim that has this much of its words in the order of a sentence follows it."""
_LONGEST = 6
"""Words at most that stand in the place of others; longer ones are another way of saying it."""
_NEW = 2
"""Words put in that the source does not know, for them to say something new."""
_NEGATORS = frozenset("not no never neither without cannot hardly barely".split())
_CONTRACTED = re.compile(r"^(.+)n['’]t$", re.IGNORECASE)
_ADDS = frozenset("only just merely simply least".split())
"""Behind "not" they affirm: "not only"."""
_POINTS = frozenset("it its they their them he his him she her this these that those who which whose".split())


@dataclass(frozen=True)
class _Word:
    """A token with the key by which two are the same."""

    token: Token
    key: str


@dataclass(frozen=True)
class _Change:
    """Words of the claim in the place of words of the source; either may be none."""

    said: tuple[_Word, ...]
    known: tuple[_Word, ...]


def changed(claim: str, quoted: Sequence[str], known: Set[str] = frozenset()) -> str | None:
    """Why the claim is not what the sentence that it follows says; empty where it says the same, None where it follows none.

    `known` are the terms of all that the source holds: what is put in may come from elsewhere in it.
    """
    said = _words(claim)
    laid = [(*_laid(said, _words(sentence)), sentence) for sentence in quoted]
    share, changes, sentence = max(laid, key=lambda one: one[0], default=(0.0, (), ""))
    if share < _FOLLOWS:
        return None
    turned = sum(_negations(change.said) - _negations(change.known) for change in changes)
    for change in changes:
        reason = (turned % 2 and _flipped(change)) or _displaced(change, tokens_of(sentence)) or _added(change, known)
        if reason:
            return reason
    return ""


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[_Word, ...]:
    found: list[_Word] = []
    for token in tokens_of(text):
        contracted = token.kind in ("stop", "word") and _CONTRACTED.match(token.text)
        if contracted:
            found += [_Word(Token("stop", "", contracted[1]), contracted[1].casefold()), _Word(Token("stop", "", "not"), "not")]
        elif token.kind == "end":
            continue
        elif token.kind in ("number", "time"):
            found.append(_Word(token, token.form))
        elif token.text.casefold() == "cannot":
            found += [_Word(Token("stop", "", "can"), "can"), _Word(Token("stop", "", "not"), "not")]
        else:
            folded = token.text.casefold()
            found.append(_Word(token, folded if folded in STOPWORDS or folded in DIRECTIONS else stem(name_form(folded))))
    return tuple(found)


def _laid(said: Sequence[_Word], known: Sequence[_Word]) -> tuple[float, tuple[_Change, ...]]:
    """The share of the words said that `known` has in the same order; the changes between those."""
    ours, theirs = [one.key for one in said], [one.key for one in known]
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    same = sum(end - start for kind, start, end, _, _ in steps if kind == "equal")
    changes = tuple(
        _Change(tuple(said[a:b]), tuple(known[c:d]))
        for kind, a, b, c, d in steps
        if kind != "equal" and (c == d or max(b - a, d - c) <= _LONGEST)
    )
    return (same / len(ours) if ours else 0.0), changes


def _flipped(change: _Change) -> str:
    """A negation put in or taken out, with nothing else."""
    keys = {one.key for one in change.said + change.known}
    ours, theirs = _negations(change.said), _negations(change.known)
    if ours % 2 == theirs % 2 or keys & _ADDS or not keys <= STOPWORDS | _NEGATORS:
        return ""
    return "the source says it without the negation" if ours else "the source says that it is not so"


def _negations(side: Sequence[_Word]) -> int:
    return sum(one.key in _NEGATORS for one in side)


def _displaced(change: _Change, tokens: Sequence[Token]) -> str:
    """A name, number, time or direction in the place of another one."""
    if any(one.key in _POINTS for one in change.known):
        return ""
    for fact, kind, keys, sure in _facts(change.said):
        if not sure:
            continue
        theirs = [(text, others) for text, other, others, _ in _facts(change.known) if other == kind]
        if (
            theirs
            and not any(_same(kind, keys, others) for _, others in theirs)
            and not any(listed(keys, others, tokens) for _, others in theirs)
        ):
            return f"the source has {theirs[0][0]} where this has {fact}"
    return ""


def _added(change: _Change, known: Set[str]) -> str:
    """Words put in, where the source has none, of which it knows nothing."""
    if change.known or not known:
        return ""
    new = [one for one in change.said if one.key not in STOPWORDS and not set(terms(one.token.text)) <= known]
    return f"the source does not say “{' '.join(one.token.text for one in change.said)}”" if len(new) >= _NEW else ""


def _facts(side: Sequence[_Word]) -> Iterator[tuple[str, str, frozenset[str], bool]]:
    """The facts of a side, neighbouring names as one: text, kind, keys, whether it surely is one."""
    at = 0
    while at < len(side):
        kind = side[at].token.kind
        last = at
        while kind == "name" and last + 1 < len(side) and side[last + 1].token.kind == "name":
            last += 1
        if kind not in ("word", "stop"):
            run = side[at : last + 1]
            keys = frozenset(one.token.form for one in run)
            initials = {"".join(one.token.form[0] for one in run)} if kind == "name" and len(run) > 1 else set()
            yield " ".join(one.token.text for one in run), kind, keys | initials, any(one.token.sure for one in run)
        at = last + 1


def _same(kind: str, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    if kind == "time":
        (one,), (other,) = ours, theirs
        return all("None" in pair or pair[0] == pair[1] for pair in zip(one.split(), other.split(), strict=True))
    return bool(ours & theirs) or (kind == "name" and any(has_name(one, theirs) for one in ours))
