"""What the pictures share: their frame on the page, links into articles, what is said of a point."""

from __future__ import annotations

from urllib.parse import quote

from askdivide.interfaces.web.cards import safe

KINDS = 24
"""Groups that can be told apart: eight colours in three shapes."""


def framed(name: str, title: str, told: str, svg: str, *, below: str = "", hint: str = "") -> str:
    """A picture on the page. `told` and `hint` are text; `svg` and `below` are HTML."""
    tip = f'<p class="tip" aria-hidden="true">{safe(hint)}</p>' if hint else ""
    save = f'<p class="save">{_button(name, "svg")}{_button(name, "png")}</p>'
    return (
        f'<section class="picture" id="picture-{name}" aria-labelledby="picture-{name}-title">'
        f'<h2 id="picture-{name}-title">{safe(title)}</h2><p class="told">{safe(told)}</p>{svg}{tip}{below}{save}</section>'
    )


def blank(name: str, title: str, told: str) -> str:
    """The place of a picture that there is not, and why."""
    return f'<section class="picture" id="picture-{name}"><h2>{safe(title)}</h2><p class="told" role="status">{safe(told)}</p></section>'


def svg(width: float, height: float, label: str, inside: str) -> str:
    """A drawing of so many pixels, which a screen reader calls `label`."""
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label="{safe(label)}" {size}>{inside}</svg>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Words in a drawing, their baseline at `y`."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def mark(x: float, y: float, radius: float, kind: int) -> str:
    """A point of one of `KINDS` groups: a circle, a square or a diamond in one of eight colours; -1: of none."""
    colour, shape = f"c{kind % 8}" if kind >= 0 else "c-none", kind // 8 if kind >= 0 else 0
    if shape == 1:
        return f'<rect class="{colour}" x="{x - radius:.1f}" y="{y - radius:.1f}" width="{2 * radius:.1f}" height="{2 * radius:.1f}"/>'
    if shape == 2:
        r = radius * 1.35
        return f'<path class="{colour}" d="M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f} {-r:.1f} {r:.1f} {-r:.1f} {-r:.1f}z"/>'
    return f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def link(document: str, span: tuple[int, int] | None, words: str, drawn: str) -> str:
    """A part of a drawing that opens an article, at `span` where given, and is named by `words`.

    It cannot be reached with the tabulator: hundreds of stops would bar the way, and what matters is in a list beside it.
    """
    return f'<a href="{safe(address(document, span))}" tabindex="-1"><title>{safe(words)}</title>{drawn}</a>'


def address(document: str, span: tuple[int, int] | None = None) -> str:
    """Where an article is shown, at `span` where given."""
    return f"/article?doc={quote(document, safe='')}" + (f"&at={span[0]}-{span[1]}#here" if span else "")


def anchor(document: str, span: tuple[int, int] | None, words: str) -> str:
    """A link in text that opens an article."""
    return f'<a href="{safe(address(document, span))}">{safe(words)}</a>'


def shortened(words: str, most: int) -> str:
    """`words` in one line of at most `most` characters."""
    words = " ".join(words.split())
    return words if len(words) <= most else words[: max(most - 1, 1)].rstrip() + "…"


def _button(name: str, kind: str) -> str:
    return f'<button type="button" data-save="{kind}" data-name="askdivide-{name}">Save as {kind.upper()}</button>'
