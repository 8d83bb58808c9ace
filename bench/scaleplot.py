"""Cost against size, drawn as SVG: small panels with both axes logarithmic, so that a straight rise of one is in proportion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _TOP, _ACROSS = 300, 210, 52, 34, 3
_INNER = (_WIDTH - _LEFT - 16, _HEIGHT - _TOP - 40)
_COLOURS = ("#0b5cad", "#b3541e")
Read = Callable[[Any], float]

_PANELS: tuple[tuple[str, str, tuple[tuple[str, Read], ...]], ...] = (
    ("Warm question without the reader", "ms", (
        ("p50", lambda one: one["ask"]["reader none"]["total"]["p50"]), ("p95", lambda one: one["ask"]["reader none"]["total"]["p95"]))),
    ("Nearest vectors", "ms", (
        ("p50", lambda one: one["ask"]["vector search"]["p50"]), ("p95", lambda one: one["ask"]["vector search"]["p95"]))),
    ("First question after a commit", "ms", (("", lambda one: one["ask"]["after a commit"]),)),
    ("Index: first", "s", (("", lambda one: one["first index"]["wall"]),)),
    ("Index: again", "s", (
        ("unchanged", lambda one: one["unchanged"]["wall"]), ("one changed", lambda one: one["one changed"]["wall"]))),
    ("Memory and disk", "MB", (
        ("asking", lambda one: one["ask"]["reader none"]["memory"]), ("on disk", lambda one: one["size on disk"]))),
)  # fmt: skip


def plot(sizes: Sequence[Any]) -> str:
    """All panels, over the number of chunks."""
    chunks = [one["exactness"]["chunks"] for one in sizes]
    rows = -(-len(_PANELS) // _ACROSS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH * _ACROSS} {_HEIGHT * rows}" style="font: 11px sans-serif">',
        "<title>What questions and indexing cost against the number of chunks</title>",
        f'<rect width="{_WIDTH * _ACROSS}" height="{_HEIGHT * rows}" fill="white"/>',
    ]
    for place, (title, unit, lines) in enumerate(_PANELS):
        left, top = place % _ACROSS * _WIDTH, place // _ACROSS * _HEIGHT
        values = [(name, [read(one) for one in sizes]) for name, read in lines]
        parts.append(f'<g transform="translate({left} {top})">{_panel(f"{title}, {unit}", chunks, values)}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(title: str, chunks: Sequence[int], lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    across = _axis([float(count) for count in chunks])
    up = _axis([value for _, values in lines for value in values])

    def x(value: float) -> float:
        return _LEFT + _INNER[0] * _share(value, across)

    def y(value: float) -> float:
        return _TOP + _INNER[1] * (1 - _share(value, up))

    parts = [f'<text x="{_LEFT}" y="20" font-weight="bold">{title}</text>']
    for power in range(up[0], up[1] + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {at:.1f}H{_LEFT + _INNER[0]}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#444">{_told(power)}</text>')
    for power in range(across[0], across[1] + 1):
        at = x(10.0**power)
        parts.append(f'<path d="M{at:.1f} {_TOP}V{_TOP + _INNER[1]}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.1f}" y="{_TOP + _INNER[1] + 16}" text-anchor="middle" fill="#444">{_told(power)}</text>')
    for colour, (name, values) in zip(_COLOURS, lines, strict=False):
        points = [(x(count), y(value)) for count, value in zip(chunks, values, strict=True)]
        drawn = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (a, b), count, value in zip(points, chunks, values, strict=True):
            told = f"{name} {value:,.3g} at {count:,} chunks".strip()
            parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"><title>{told}</title></circle>')
        below = any(other[-1] > values[-1] for _, other in lines)
        at = points[-1][1] + (16 if below else -7)
        parts.append(f'<text x="{points[-1][0] - 4:.1f}" y="{at:.1f}" text-anchor="end" fill="{colour}">{name}</text>')
    return "".join(parts)


def _axis(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold all values, at least two of them."""
    low, high = (math.log10(max(value, 1e-3)) for value in (min(values), max(values)))
    # 100,089 chunks are not to need an axis up to a million.
    first, last = math.floor(low + 0.05), math.ceil(high - 0.05)
    return first, max(last, first + 1)


def _share(value: float, axis: tuple[int, int]) -> float:
    return (math.log10(max(value, 1e-3)) - axis[0]) / (axis[1] - axis[0])


def _told(power: int) -> str:
    if power < 3:
        return f"{10.0**power:g}"
    return f"{10 ** (power % 3)}{'kM'[power // 3 - 1]}" if power < 9 else f"{10.0**power:g}"
