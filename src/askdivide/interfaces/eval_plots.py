"""The plots of an evaluation page, drawn as SVG. Numbers in, markup out; no text of a corpus comes in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH, _HEIGHT = 340, 300
_LEFT, _TOP, _INNER_WIDTH, _INNER_HEIGHT = 46, 14, 280, 236


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """Confidence against truth: a dot for each tenth, with its 95 % interval; on the diagonal confidence is to be believed."""
    marks = [f'<path class="guide" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>']
    for one in bins:
        share, across = one["answerable"], _x(one["confidence"])
        marks.append(f'<path class="interval" d="M{across} {_y(share["low"])}V{_y(share["high"])}"/>')
        size = 3 + min(share["count"], 100) ** 0.5 / 2
        told = f"confidence {one['confidence']:.2f}: {share['value']:.0%} of {share['count']} are answered by the corpus"
        marks.append(f'<circle class="dot" cx="{across}" cy="{_y(share["value"])}" r="{size:.1f}"><title>{told}</title></circle>')
    return _plot("Reliability: confidence against truth", "confidence", "share answerable", marks)


def tradeoff(points: Sequence[Mapping[str, Any]], false_refusals: float | None, refused: float | None) -> str:
    """What refusing costs: for every threshold the answerable questions lost against the unanswerable ones caught; today's is marked."""
    line = " ".join(f"{_x(one['false_refusals'])},{_y(one['refused'])}" for one in points)
    marks = [f'<path class="guide" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>', f'<polyline class="line" points="{line}"/>']
    if false_refusals is not None and refused is not None:
        told = f"in force: {refused:.0%} of the unanswerable refused, {false_refusals:.0%} of the answerable"
        marks.append(f'<circle class="mark" cx="{_x(false_refusals)}" cy="{_y(refused)}" r="5"><title>{told}</title></circle>')
    return _plot("Refusals at every threshold", "answerable questions refused", "unanswerable ones refused", marks)


def histogram(answerable: Sequence[float], unanswerable: Sequence[float]) -> str:
    """How confidence is spread over the questions that the corpus answers and those that it does not."""
    counts = [_tenths(answerable), _tenths(unanswerable)]
    # Ticks divide the height by five, and are whole questions.
    most = -(-max([*counts[0], *counts[1], 1]) // 5) * 5
    marks = []
    width = _INNER_WIDTH / 10
    for name, offset, tenths in zip(("answerable", "unanswerable"), (0.08, 0.5), counts, strict=True):
        for place, count in enumerate(tenths):
            tall = _INNER_HEIGHT * count / most
            left, top = _LEFT + width * (place + offset), _TOP + _INNER_HEIGHT - tall
            told = f"{count} {name}, confidence {place / 10:.1f} to {(place + 1) / 10:.1f}"
            bar = f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" width="{width * 0.42:.1f}" height="{tall:.1f}">'
            marks.append(f"{bar}<title>{told}</title></rect>")
    return _plot("Confidence of both kinds of questions", "confidence", "questions", marks, tallest=most)


def bar(low: float, value: float, high: float) -> str:
    """A figure between 0 and 1 as a short line with its interval."""
    at = [f"{100 * min(max(part, 0), 1):.1f}" for part in (low, value, high)]
    return (
        '<svg class="bar" viewBox="0 0 100 12" aria-hidden="true" preserveAspectRatio="none"><path class="axis" d="M0 6H100"/>'
        f'<path class="interval" d="M{at[0]} 6H{at[2]}"/><path class="mark" d="M{at[1]} 1V11"/></svg>'
    )


def _tenths(values: Sequence[float]) -> list[int]:
    counts = [0] * 10
    for value in values:
        counts[min(int(value * 10), 9)] += 1
    return counts


def _x(value: float) -> str:
    return f"{_LEFT + _INNER_WIDTH * value:.1f}"


def _y(value: float) -> str:
    return f"{_TOP + _INNER_HEIGHT * (1 - value):.1f}"


def _plot(title: str, across: str, up: str, marks: Sequence[str], *, tallest: int = 1) -> str:
    ticks = []
    for tenth in (0, 2, 4, 6, 8, 10):
        share = tenth / 10
        label = f"{share * tallest:.0f}" if tallest > 1 else f"{share:.1f}"
        ticks.append(f'<path class="grid" d="M{_x(0)} {_y(share)}H{_x(1)}"/>')
        ticks.append(f'<text x="{_LEFT - 6}" y="{_y(share)}" dy="4" text-anchor="end">{label}</text>')
        ticks.append(f'<text x="{_x(share)}" y="{_TOP + _INNER_HEIGHT + 16}" text-anchor="middle">{share:.1f}</text>')
    middle = _TOP + _INNER_HEIGHT / 2
    return (
        f'<figure><figcaption>{title}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">'
        f"{''.join(ticks)}{''.join(marks)}"
        f'<text class="name" x="{_LEFT + _INNER_WIDTH / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{across}</text>'
        f'<text class="name" transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{up}</text></svg></figure>'
    )
