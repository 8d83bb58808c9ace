"""What bench/run.py measured, as the table and the plot of docs/performance.md. Standard library only."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
RESULTS = ROOT / "bench" / "results" / "side-by-side.json"
NONE_YET = "No figures have been taken yet with this version of the comparison: `make bench` takes them and fills this place."
_BLOCK = re.compile(r"(<!-- side by side: [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)

Results = dict[str, Any]
Figure = Callable[[dict[str, float]], float]


class Row:
    """One line of the table: which of the raw figures, in which unit, and whether more of it is better."""

    def __init__(self, label: str, what: str, figure: str | Figure, unit: str, *, more_is_better: bool = False) -> None:
        self.label, self.what, self.unit, self.more_is_better = label, what, unit, more_is_better
        self.figure: Figure = figure if callable(figure) else lambda one: one[figure]

    def values(self, results: Results, peer: str) -> list[float]:
        return [self.figure(one) for one in results["raw"].get(self.what, {}).get(peer, [])]

    def median(self, results: Results, peer: str) -> float:
        return statistics.median(self.values(results, peer))

    def ratio(self, results: Results, ours: str, peer: str) -> float:
        """The median over the rounds of how many times as well askdivide does as `peer` in the same round."""
        pairs = zip(self.values(results, ours), self.values(results, peer), strict=True)
        return statistics.median(a / b if self.more_is_better else b / a for a, b in pairs)


def rows(results: Results) -> list[Row]:
    news = results["corpora"]["news"]
    own, larger = f"{results['corpora']['own']['articles']} articles", f"{news['articles']:,} articles"
    return [
        Row("cold start to the first answer", "cold", "wall", "s"),
        Row("the same, processor time", "cold", "cpu", "s"),
        Row("the same, peak memory", "cold", "memory", "MB"),
        Row("imports alone", "imports", "wall", "s"),
        Row(f"warm question, {own}, p50", "warm_own", "p50", "ms"),
        Row(f"warm question, {own}, p95", "warm_own", "p95", "ms"),
        Row(f"warm question, {larger}, p50", "warm_news", "p50", "ms"),
        Row(f"warm question, {larger}, p95", "warm_news", "p95", "ms"),
        Row(f"first index of {larger}", "index", "wall", "s"),
        Row("the same, chunks a second", "index", lambda one: one["chunks"] / one["wall"], "", more_is_better=True),
        Row("the same, words a second", "index", lambda one: news["words"] / one["wall"], "", more_is_better=True),
        Row("the same, peak memory", "index", "memory", "MB"),
        Row("size of that index", "index", "store", "MB"),
        Row("index again, nothing changed", "unchanged", "wall", "s"),
        Row("index again, one article changed", "one_changed", "wall", "s"),
    ]


def block(results: Results) -> str:
    """The table with all that it depends on, as Markdown."""
    peers = results["peers"]
    ours = peers[0]["name"]
    lines = [_about(results), "", f"| what | {' | '.join(peer['title'] for peer in peers)} |", "| --- " * (len(peers) + 1) + "|"]
    for row in rows(results):
        cells = []
        for peer in peers:
            if not row.values(results, peer["name"]):
                cells.append("no such thing")
                continue
            cell = f"{_number(row.median(results, peer['name']))} {row.unit}".rstrip()
            cells.append(cell if peer["name"] == ours else f"{cell} · {_number(row.ratio(results, ours, peer['name']))}×")
        lines.append(f"| {row.label} | {' | '.join(cells)} |")
    our_size = peers[0]["installed"]
    sizes = [f"{_number(peer['installed'])} MB · {_number(peer['installed'] / our_size)}×" for peer in peers[1:]]
    lines.append(f"| installed | {_number(our_size)} MB | {' | '.join(sizes)} |")
    chunks = [f"{results['raw']['index'][peer['name']][-1]['chunks']:,}" for peer in peers]
    lines.append(f"| chunks of the larger corpus | {' | '.join(chunks)} |")
    for what, label in (("warm_own", "smaller"), ("warm_news", "larger")):
        last = [results["raw"][what][peer["name"]][-1] for peer in peers]
        found = [f"{one['found']} of {one['questions']}" for one in last]
        lines.append(f"| found, {label} corpus | {' | '.join(found)} |")
    commands = results["raw"]["commands"]
    told = ", ".join(
        f"`askdivide {name}` {_number(_median(commands[name], 'wall'))} s and {_number(_median(commands[name], 'memory'))} MB"
        for name in commands
    )
    export = results["raw"]["export"][ours][0]
    lines.append(
        f"\naskdivide's own command line: {told}. Once for each embedding model, before its first index, askdivide exports it to ONNX:"
        f" {_number(export['wall'])} s, {_number(export['memory'])} MB; that is not in the table."
    )
    return "\n".join(lines)


def _about(results: Results) -> str:
    machine, peers = results["machine"], results["peers"]
    made_of = "; ".join(
        f"{peer['title']}: {', '.join(f'{name} {version}' for name, version in peer['versions'].items())}" for peer in peers
    )
    rounds = f"Medians of {results['runs']} rounds" if results["runs"] > 1 else "One round"
    first = "one" if results["index_runs"] == 1 else str(results["index_runs"])
    return (
        f"Taken on {results['taken']} with commit {results['commit'] or 'unknown'} on {machine['processor']}, {machine['cores']} cores,"
        f" {machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; load average {machine['load']:.1f} before and"
        f" {machine['load_after']:.1f} after. {rounds}, {first} of the first index. Smaller corpus:"
        f" {results['corpora']['own']['articles']} articles, {results['corpora']['own']['words']:,} words; larger:"
        f" {results['corpora']['news']['articles']:,} articles, {results['corpora']['news']['words']:,} words.\n\n{made_of}."
    )


def _median(figures: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in figures)


def _number(value: float) -> str:
    """Two significant digits below 100, whole numbers above."""
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"


_WIDTH, _LEFT, _BAR, _STEP, _HEAD = 720, 215, 400, 22, 34


def plot(results: Results) -> str:
    """Bars of the figures that people feel, one panel below the other. Its greys are legible on light and on dark pages."""
    wanted = {
        ("cold", "wall"): "Cold start to the first answer, seconds",
        ("cold", "memory"): "Cold start to the first answer, peak memory in MB",
        ("warm_news", "p95"): f"Warm question over {results['corpora']['news']['articles']:,} articles, 95th percentile in ms",
        ("index", "wall"): f"First index of {results['corpora']['news']['articles']:,} articles, seconds",
    }
    peers = results["peers"]
    parts: list[str] = []
    top = 0
    for (what, figure), title in wanted.items():
        row = Row(title, what, figure, "")
        values = [row.median(results, peer["name"]) for peer in peers]
        parts.append(f'<text x="0" y="{top + 20}" font-weight="600">{escape(title)}</text>')
        for place, (peer, value) in enumerate(zip(peers, values, strict=True)):
            y = top + _HEAD + place * _STEP
            width = max(_BAR * value / max(values), 1)
            colour = "#2f81c7" if place == 0 else "#9aa3ad"
            parts.append(f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(peer["title"])}</text>')
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="16" rx="2" fill="{colour}"/>')
            parts.append(f'<text x="{_LEFT + width + 8:.1f}" y="{y + 12}">{_number(value)}</text>')
        top += _HEAD + len(peers) * _STEP + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" role="img"'
        ' aria-label="askdivide beside its peers; shorter bars are better" font-family="system-ui, sans-serif" font-size="13"'
        f' fill="#7d8590">\n{chr(10).join(parts)}\n</svg>\n'
    )


def renewed(page: str, results: Results | None) -> str:
    """`page` with what stands between the two marks made anew."""
    made = NONE_YET if results is None else f"![The main figures as bars]({PLOT.name})\n\n{block(results)}"
    return _BLOCK.sub(lambda match: f"{match.group(1)}{made}\n{match.group(2)}", page)


def write_page(results: Results) -> None:
    PLOT.write_text(plot(results), encoding="utf-8")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
