"""A sentence as words for comparing: stems, names, numbers, times and directions, each in the form in which it is compared."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from askdivide.text.facts import Name, find_facts, name_form
from askdivide.text.terms import STOPWORDS, terms, word_shares

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['’][^\W_]+)*|[,;:.!?()—–]")

END_MARKS = ",;:.!?()—–"

OPPOSITES = tuple(
    (frozenset(left.split()), frozenset(right.split()))
    for left, right in (
        ("more", "less fewer"),
        ("most", "least fewest"),
        (
            ("rise rose risen rising increase increased increases increasing grow grew grown growing grows climb climbed gain gained "
            "doubled tripled soared surged"),
            ("fall fell fallen falling decrease decreased decreases decreasing shrink shrank shrunk shrinking decline declined drop "
            "dropped drops lose lost halved plunged"),
        ),
        ("up upward", "down downward"),
        ("before until earlier", "after since later"),
        ("above over exceed exceeds exceeded exceeding", "below under"),
        ("higher highest", "lower lowest"),
        ("larger bigger greater largest biggest greatest", "smaller smallest tiniest"),
        ("faster quicker fastest quickest", "slower slowest"),
        ("longer longest", "shorter shortest"),
        ("older oldest", "younger youngest newer newest"),
        ("better best", "worse worst"),
        ("stronger strongest", "weaker weakest"),
        ("cheaper cheapest", "dearer pricier costlier costliest"),
        ("first", "last final"),
        ("maximum max", "minimum min"),
        ("open opened opens", "closed closes close shut"),
        ("allow allows allowed permit permits permitted", "forbid forbids forbade forbidden ban bans banned prohibit prohibits prohibited"),
        ("accept accepts accepted approve approved", "reject rejects rejected refuse refuses refused deny denied"),
        ("include includes included including", "exclude excludes excluded excluding"),
        ("win wins won winning", "lose loses lost losing"),
        ("begin begins began start starts started", "end ends ended stop stops stopped finish finished"),
        ("succeed succeeded succeeds", "fail fails failed"),
        ("profit profits", "loss losses"),
        ("public", "private"),
        ("true", "false"),
        ("north northern", "south southern"),
        ("east eastern", "west western"),
        ("import imports imported", "export exports exported"),
        ("buy buys bought", "sell sells sold"),
        ("dense", "sparse"),
        ("always", "never"),
        ("all every", "none no"),
    )
)  # fmt: skip
"""Words for one direction and for the other."""


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """The words and marks of `text`, case folded, in order."""
    return tuple(match.group().casefold().replace("’", "'") for match in _WORD.finditer(text))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The form of a word in which words are compared."""
    found = terms(word)
    return found[0] if found else word


@dataclass(frozen=True)
class Token:
    """A word, a fact or a mark of a sentence."""

    kind: str
    """"word", "stop" (a function word), "end" (a mark that ends a clause), "name", "number", "time", or "way" with a pair's number."""
    form: str
    """Of a fact or a way, the form in which they are compared; else empty."""
    text: str
    sure: bool = True
    """False for a name that may be another word with the capital of a sentence's beginning."""


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[Token, ...]:
    """`text` as tokens, in order; a number with its unit and a time are one each."""
    facts = find_facts(text)
    names = {one.start: one for one in facts.names}
    spans = {one.start: ("number", f"{one.value:f}", one.end) for one in facts.quantities}
    spans |= {one.start: ("time", f"{one.year} {one.month} {one.day}", one.start + len(one.text)) for one in facts.moments}
    tokens: list[Token] = []
    position = 0
    for match in _WORD.finditer(text):
        start, word = match.start(), match.group()
        if start < position:
            continue
        # A currency's sign is no word; the number begins before its first digit.
        begins = next((place for place in (start, start - 1, start - 2) if place in spans), None)
        if begins is not None and spans[begins][2] > start:
            kind, form, position = spans[begins]
            tokens.append(Token(kind, form, text[begins:position].strip()))
        elif start in names:
            sure = likely_name(names[start], text) or name_form(word) != word.casefold()
            tokens.append(Token("name", name_form(word), word, sure))
        elif word[0] in END_MARKS:
            tokens.append(Token("end", "", word))
        elif word.casefold() in DIRECTIONS:
            kind, form = DIRECTIONS[word.casefold()]
            tokens.append(Token(kind, form, word))
        else:
            tokens.append(Token("stop" if word.casefold() in STOPWORDS else "word", "", word))
    return tuple(tokens)


def listed(one: Set[str], other: Set[str], tokens: Sequence[Token]) -> bool:
    """Whether two names, by their forms, stand in the same enumeration: then their order means nothing."""
    return any(one & names and other & names for names in _enumerations(tuple(tokens)))


@lru_cache(maxsize=4096)
def _enumerations(tokens: tuple[Token, ...]) -> tuple[frozenset[str], ...]:
    found, names, joined = [], set[str](), False
    for token in (*tokens, Token("end", "", ".")):
        word = token.text.casefold()
        if token.kind == "name":
            names.add(token.form)
        elif word in ("and", "or"):
            joined = True
        elif word not in (",", "the"):
            if joined and len(names) > 1:
                found.append(frozenset(names))
            names, joined = set(), False
    return tuple(found)


DIRECTIONS = {
    word: (f"way {number}", side) for number, pair in enumerate(OPPOSITES) for side, words in zip("ab", pair, strict=True) for word in words
}


_ORDINARY = frozenset(
    "according actually additionally afterwards ah all also although among animals another any anyone army article articles as at "
    "author authors back because besides birds both but by cars children code companies company compared cost costs customer "
    "customers data day days demand despite developer developers during each early either engineer engineers even every everyone "
    "everything experts few finally firm firms first firstly following food for further furthermore generally given government growth "
    "half hardware hence houses how however if in indeed initially instead it last lastly later law laws leaders least less like many "
    "maybe meanwhile members men model models money month months more moreover most much nah namely nearly neither never nevertheless "
    "next no nobody none nonetheless nope nor nothing now of officials often oh ok okay on once one only originally other others "
    "otherwise our out overall owners paper part passage people perhaps please police possibly previously price prices prior rather "
    "recent recently regarding report researchers roughly rule rules sales scientists second secondly several ships similarly since "
    "so software some somebody someone something sometimes soon source sources specifically still students such supply sure teachers "
    "technically text that the then there therefore these they third this those though thus time to today together total trains trees "
    "trucks two under unlike until up upon user users very via water week weeks weights well what when where whereas whether which "
    "while who whose why with within without women work workers wow yeah year years yep yes yet you your ".split()
)
"""Words that open sentences with a capital and are no names."""
_ENDINGS = tuple("ing ed ly ment ments tion tions ers ors ists ness ity ies ance ence ism ings ives ables".split())


def ordinary(word: str) -> bool:
    """Whether a word with a capital at the beginning of a sentence is likely no name."""
    return word.casefold() in _ORDINARY or word.casefold().endswith(_ENDINGS)


_LABEL = re.compile(r"\W*(?:[\w’'&/-]+ ){0,4}[\w’'&/-]+: (?=\S)")
"""What a list's item begins with: "Access Roles: Give users the roles they need"."""
_ACTS = re.compile(
    r"['’]s\b|\s+(?:is|was|are|were|has|have|had|will|would|can|could|may|might|must|does|did|do|said|says|[^\W\d_]{2,}ed)\b"
    r"|\s(?:of\s)?[A-Z\d]",
)
"""What follows a name that opens a sentence, rather than another word."""


def likely_name(name: Name, text: str) -> bool:
    """Whether a word of `text` with a capital is a name, and not another word in a label or at a sentence's beginning."""
    label = _LABEL.match(text)
    labels = label is not None and name.start < label.end()
    if name.sure and not labels:
        return True
    if not any(term in word_shares() for term in terms(name.text)):
        return not ordinary(name.text)
    return not labels and not ordinary(name.text) and bool(_ACTS.match(text, name.start + len(name.text)))
