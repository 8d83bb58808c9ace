"""Vectors on a plane, near ones near: t-SNE (van der Maaten and Hinton, 2008) from the two principal components.

In numpy, exactly and without chance: a picture of the same articles is the same picture.
"""

from __future__ import annotations

import numpy as np

from askdivide.index.embedding import Vectors

_KEPT = 30
"""Principal components that distances are taken in."""
_NEIGHBOURS = 20.0
"""Perplexity: about so many neighbours count for each."""
_ROUNDS, _EARLY = 280, 80
_PRESSED = 6.0
"""Early exaggeration, under which groups find together."""


def plane(vectors: Vectors) -> Vectors:
    """A place within the unit square for each of the rows of `vectors`."""
    places = components(vectors, 2)
    if len(vectors) >= 12:
        places = _drawn_together(components(vectors, _KEPT), places)
    places = places - places.min(axis=0, initial=0.0)
    extent = places.max(axis=0, initial=0.0)
    return np.asarray(places / np.where(extent > 0, extent, 1.0), np.float32)


def components(vectors: Vectors, count: int) -> Vectors:
    """The rows along their first principal components, with zeros where there are fewer."""
    centred = np.asarray(vectors, np.float32) - vectors.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    chosen = directions[:, np.argsort(values)[::-1][:count]]
    # The sign of a component is chance; its largest part shall be positive.
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    found = centred @ chosen
    return np.asarray(np.pad(found, ((0, 0), (0, count - found.shape[1]))), np.float32)


def _drawn_together(vectors: Vectors, places: Vectors) -> Vectors:
    near = _nearness(vectors)
    # Copies start at one place, from where no force would part them.
    apart = np.sin(np.arange(places.size, dtype=np.float32)).reshape(places.shape)
    places = np.asarray(places / max(float(places.std()), 1e-9) * 1e-2 + 1e-4 * apart, np.float32)
    speed, gain = np.zeros_like(places), np.ones_like(places)
    rate = max(len(places) / _PRESSED / 4, 50.0)
    for turn in range(_ROUNDS):
        # In place: with thousands of rows each of these fills megabytes.
        close = _squares(places)
        close += 1.0
        np.reciprocal(close, out=close)
        np.fill_diagonal(close, 0.0)
        pull = close * np.float32(-1.0 / close.sum())
        pull += near * np.float32(_PRESSED) if turn < _EARLY else near
        pull *= close
        slope = 4.0 * (pull.sum(axis=1)[:, None] * places - pull @ places)
        gain = np.where(np.sign(slope) == np.sign(speed), gain * 0.8, gain + 0.2).clip(0.01)
        speed = (0.5 if turn < _EARLY else 0.8) * speed - rate * gain * slope
        places = np.asarray(places + speed, np.float32)
    return np.asarray(places - places.mean(axis=0), np.float32)


def _nearness(vectors: Vectors) -> Vectors:
    """How much each counts as a neighbour of each, summing to 1; widths found by halving, so that all have as many neighbours."""
    squares = _squares(vectors)
    np.fill_diagonal(squares, np.inf)
    squares -= squares.min(axis=1)[:, None]
    finite = np.where(np.isfinite(squares), squares, np.float32(0.0))
    wanted = np.log(min(_NEIGHBOURS, (len(vectors) - 1) / 3))
    low, high = np.zeros(len(vectors), np.float32), np.full(len(vectors), np.inf, np.float32)
    precision = np.ones(len(vectors), np.float32)
    for _ in range(30):
        share = np.exp(-squares * precision[:, None])
        total = share.sum(axis=1)
        spread = np.log(total) + precision * np.einsum("ij,ij->i", share, finite) / total
        wide = spread > wanted
        low, high = np.where(wide, precision, low), np.where(wide, high, precision)
        precision = np.where(np.isinf(high), precision * 2, (low + high) / 2)
    share = np.exp(-squares * precision[:, None])
    share /= share.sum(axis=1)[:, None]
    return np.asarray((share + share.T) / (2 * len(vectors)), np.float32)


def _squares(rows: Vectors) -> Vectors:
    """Squared distances between all rows."""
    lengths = np.square(rows).sum(axis=1)
    squares = rows @ (-2.0 * rows.T)
    squares += lengths[:, None]
    squares += lengths[None, :]
    return np.asarray(np.maximum(squares, 0.0, out=squares), np.float32)
