"""Texts as sets of overlapping word runs, and short sketches of such sets: whether two articles are copies of each other."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

Shingles = NDArray[np.uint64]

_WORDS = 5
_BANDS, _ROWS = 42, 3
"""Two sets that share a part J of their union agree in a band with 1 - (1 - J^3)^42: .98 at .45, .04 at .1."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
"""A word; a character by itself where a language writes without spaces."""
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIXERS = np.random.default_rng(20261125).integers(1, 2**63, size=(2, _BANDS * _ROWS), dtype=np.uint64) * 2 + 1


def shingles(text: str) -> Shingles:
    """Hashes of all runs of five words, each once and sorted; of a shorter text the one run there is."""
    words = _WORD.findall(text.casefold())
    if not words:
        return np.zeros(0, np.uint64)
    known = {word: int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()) for word in set(words)}
    hashes = np.array([known[word] for word in words], np.uint64)
    length = min(_WORDS, len(words))
    runs = np.zeros(len(words) - length + 1, np.uint64)
    for place in range(length):
        runs = runs * _PRIME + hashes[place : place + len(runs)]
    return np.unique(runs)


def bands(runs: Shingles) -> list[int]:
    """A sketch of a set of shingles (MinHash, Broder 1997): sets that share much have a band in common."""
    if not len(runs):
        return []
    # One function at a time: all of them over a text of 30 MB took a gigabyte.
    least = np.array([_mixed(runs, factor, shift).min() for factor, shift in _MIXERS.T], np.uint64).reshape(_BANDS, _ROWS)
    packed = [hashlib.blake2b(bytes([number]) + row.tobytes(), digest_size=8).digest() for number, row in enumerate(least)]
    # SQLite's integers are signed.
    return [int.from_bytes(digest, signed=True) for digest in packed]


def _mixed(runs: Shingles, factor: np.uint64, shift: np.uint64) -> Shingles:
    mixed = runs * factor + shift
    # The low bits of a product depend on low bits only; the high ones are well mixed.
    return mixed ^ (mixed >> np.uint64(29))


def share(one: Shingles, other: Shingles) -> float:
    """The part of the smaller set that the larger one holds too."""
    least = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / least if least else 0.0
