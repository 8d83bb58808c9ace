"""The terms a text is searched by: one normal form for articles and for questions.

Articles and questions go through the same function, so a term of a question meets the same term in an article whatever
their inflection, case or typography. The full-text index stores these terms and splits at spaces only.
"""

import json
import re
import threading
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

import snowballstemmer

from askdivide.text.spelling import base_form, one_spelling

TERMS_VERSION = 2
"""Raise when `terms` gives other terms for the same text: an index made with another version must be rebuilt."""

_CJK = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
# A number keeps its inner points and commas ("5.576", "1,240"), a word its inner apostrophe; a run of CJK stands alone.
_TOKEN = re.compile(rf"[{_CJK}]+|\d+(?:[.,]\d+)*(?:[^\W\d_{_CJK}]+)?|[^\W\d_{_CJK}]+(?:['’][^\W\d_]+)*(?:\d+(?:\.\d+)*)?")
_LETTERS_DIGITS = re.compile(r"([^\W\d_]{2,})(\d+(?:\.\d+)*)")
_DIGITS_LETTERS = re.compile(r"(\d+(?:\.\d+)*)([^\W\d_]+)")
_ENDING = re.compile(r"'(?:s|d|ll|re|ve|m)$")
_CJK_RUN = re.compile(rf"[{_CJK}]")

STOPWORDS = frozenset(
    "a an the and or but if then than so as of at by for from in into on onto to with without about over under between "
    "is are was were be been being am do does did done doing have has had having will would shall should can could may "
    "might must i me my we us our you your he him his she her it its they them their this that these those there here "
    "what which who whom whose when where why how not no nor only own same such too very just also "
    "don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't can't couldn't won't wouldn't shouldn't mustn't".split()
)
"""Function words of English; they never decide which passage answers."""


def terms(text: str) -> list[str]:
    """The search terms of `text`, in order, repeats kept.

    Words are stemmed (Snowball English); compounds of letters and digits give the whole and its parts ("qwen3.6" also as
    "qwen" and "3.6"), thousands separators are dropped, runs of Chinese, Japanese or Korean give overlapping pairs.
    """
    return list(chain.from_iterable(map(_token_terms, _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))))


def content_terms(text: str) -> list[str]:
    """The terms of `text` without function words, each once, in order of first occurrence."""
    return list(dict.fromkeys(term for term in terms(text) if term not in _STOP_TERMS))


@cache
def word_shares() -> Mapping[str, float]:
    """Share of passages of general English that each common term stands in; training/word_shares.py counted them."""
    return dict(json.loads((files("askdivide.text") / "word_shares.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=65536)
def _token_terms(token: str) -> tuple[str, ...]:
    if _CJK_RUN.match(token):
        return tuple(token[i : i + 2] for i in range(len(token) - 1)) or (token,)
    # The full-text index splits at commas; "2,5" is "2.5" in half of Europe.
    token = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", token.replace("’", "'")).replace(",", ".")
    if token[0].isdigit():
        parts = _DIGITS_LETTERS.fullmatch(token)
        return (token, parts.group(1)) if parts else (token,)
    parts = _LETTERS_DIGITS.fullmatch(token)
    if parts:
        return (token, _stem(parts.group(1)), parts.group(2))
    return (_stem(_ENDING.sub("", token).replace("'", "")),)


_stemmer = snowballstemmer.stemmer("english")
# The stemmer keeps the word in itself: two threads at once make wrong stems of both, or an IndexError.
_stemming = threading.Lock()


def _stem(word: str) -> str:
    with _stemming:
        stem = str(_stemmer.stemWord(base_form(_strip_accents(word))))
    return one_spelling(stem)


def _strip_accents(word: str) -> str:
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


_STOP_TERMS = frozenset(term for word in STOPWORDS for term in _token_terms(word))
