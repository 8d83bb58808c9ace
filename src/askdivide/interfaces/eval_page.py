"""An evaluation as one page: figures, plots, what changed, and the worst cases to read.

The page holds everything it shows and asks for nothing from elsewhere. Questions and articles are untrusted: all of their text
is escaped, and the page's own policy forbids scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from askdivide.evaluation.compare import Comparison
from askdivide.evaluation.summary import MEANINGS, less_is_better
from askdivide.interfaces import eval_plots

_WORST = 60
_KIND_FIGURES = ("right", "first_claim_contains", "evidence@5", "citation_recall", "citation_precision", "claims")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Mapping[str, Any], comparison: Comparison | None = None) -> str:
    """The page for what `evaluation.report` made, and for what has changed since another report."""
    about = report["about"]
    title = f"askdivide eval: {about.get('file', 'questions')}"
    told = ", ".join(f"{key} {value}" for key, value in about.items() if key != "file")
    style = (files("askdivide.interfaces") / "eval_page.css").read_text(encoding="utf-8")
    parts = [
        f"<h1>{_text(title)}</h1><p class='soft'>{_text(told)}</p>",
        "<h2>Figures</h2>",
        *_figures(report["figures"]),
        *_kinds(report["kinds"]),
        *_plots(report),
        *(_comparison(comparison) if comparison else ()),
        *_worst(report["questions"]),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_text(title)}</title><style>{style}</style></head>'
        f"<body>\n{chr(10).join(parts)}\n</body></html>\n"
    )


def _figures(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "<div class='wide'><table><tr><th>figure</th><th class='number'>value</th><th></th><th class='number'>95 % interval</th>"
        "<th class='number'>of</th><th>meaning</th></tr>"
    )
    for name, one in figures.items():
        share = one["low"] >= 0 and one["high"] <= 1 and not name.startswith("seconds")
        meaning = MEANINGS.get(name) or "seconds for a question: half take less, or 95 of 100" * name.startswith("seconds")
        yield (
            f"<tr><td>{_text(name)}</td><td class='number'>{one['value']:.3f}</td>"
            f"<td>{eval_plots.bar(one['low'], one['value'], one['high']) if share else ''}</td>"
            f"<td class='number'>{one['low']:.3f} to {one['high']:.3f}</td><td class='number'>{one['count']}</td>"
            f"<td class='soft'>{_text(meaning)}</td></tr>"
        )
    yield "</table></div>"


def _kinds(kinds: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    if not kinds:
        return
    shown = [name for name in _KIND_FIGURES if any(name in figures for figures in kinds.values())]
    heads = "".join(f"<th class='number'>{_text(name)}</th>" for name in shown)
    yield f"<h2>By kind of question</h2><div class='wide'><table><tr><th>kind</th>{heads}</tr>"
    for kind, figures in kinds.items():
        cells = "".join(f"<td class='number'>{_with_interval(figures.get(name))}</td>" for name in shown)
        yield f"<tr><td>{_text(kind)}</td>{cells}</tr>"
    yield "</table></div>"


def _with_interval(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['value']:.2f} <span class='soft'>({figure['low']:.2f} to {figure['high']:.2f})</span>"


def _plots(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["reliability"]:
        return
    by_truth = {
        truth: [one["confidence"] for one in report["questions"] if one["answerable"] is truth] for truth in (True, False)
    }  # fmt: skip
    yield "<h2>Confidence and refusal</h2><div class='plots'>" + eval_plots.reliability(report["reliability"])
    if report["tradeoff"]:
        lost, caught = (report["figures"].get(name, {}).get("value") for name in ("false_refusals", "refusal_recall"))
        yield eval_plots.tradeoff(report["tradeoff"], lost, caught)
    yield eval_plots.histogram(by_truth[True], by_truth[False]) + "</div>"


def _comparison(comparison: Comparison) -> Iterator[str]:
    better, worse, other = (comparison.count(turn) for turn in ("better", "worse", "other"))
    yield (
        f"<h2>What has changed</h2><p>{better} better, {worse} worse (by chance alone with probability {comparison.chance:.3f}), "
        f"{other} in other words, {comparison.same} the same, {comparison.added} new, {comparison.removed} gone.</p>"
    )
    moved = [shift for shift in comparison.figures if round(shift.new - shift.old, 3)]
    if moved:
        heads = "".join(f"<th class='number'>{head}</th>" for head in ("before", "now", "change"))
        yield f"<div class='wide'><table><tr><th>figure</th>{heads}</tr>"
    for shift in moved:
        change = shift.new - shift.old
        turn = "better" if (change < 0) == less_is_better(shift.name) else "worse"
        yield (
            f"<tr><td>{_text(shift.name)}</td><td class='number'>{shift.old:.3f}</td><td class='number'>{shift.new:.3f}</td>"
            f"<td class='number {turn}'>{change:+.3f}</td></tr>"
        )
    if moved:
        yield "</table></div>"
    for one in comparison.changes:
        yield (
            f"<details><summary><span class='{one.turn}'>{one.turn}</span> <b>{_text(one.question)}</b>{_tag(one.id)}</summary>"
            f"<dl><dt>before</dt><dd>{_text(one.old)}</dd><dt>now</dt><dd>{_text(one.new)}</dd></dl></details>"
        )


def _worst(questions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What went wrong, the surest first: those are the answers that mislead."""
    wrong = sorted(
        (one for one in questions if one["right"] is False), key=lambda one: -abs(one["confidence"] - (one["status"] == "refused"))
    )
    if not wrong:
        return
    cut = f"; {_WORST} are shown" if len(wrong) > _WORST else ""
    yield f"<h2>Worst cases</h2><p class='soft'>{len(wrong)} went wrong; the surest come first{cut}.</p>"
    for one in wrong[:_WORST]:
        yield _case(one)


def _case(one: Mapping[str, Any]) -> str:
    expected = (
        "a refusal: the articles do not answer it" if one["answerable"] is False else "; ".join(map(" or ".join, one["must_contain"]))
    )
    rows = [
        ("earlier", " / ".join(one["history"])),
        ("answer", one["text"]),
        ("expected", expected),
        ("evidence", "\n".join(one["evidence"])),
    ]
    if one["standalone_question"] != one["question"]:
        rows.insert(1, ("understood as", one["standalone_question"]))
    if one["evidence"]:
        rank = one["evidence_rank"]
        rows.append(("found", f"evidence in passage {rank}" if rank else "no passage found holds the evidence"))
    terms = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in rows if value)
    passages = "".join(
        f"<p class='passage'><span class='soft'>{_text(found['document'])} · {_text(found['heading'])}</span><br>{_text(found['text'])}</p>"
        for found in one["passages"]
    )
    return (
        f"<details><summary><b>{_text(one['question'])}</b>{_tag(one['id'])}{_tag(one['kind'])}"
        f"<span class='tag'>confidence {one['confidence']:.2f}</span></summary>"
        f"<dl>{terms}<dt>first passages</dt><dd>{passages}</dd></dl></details>"
    )


def _tag(value: Any) -> str:
    return f"<span class='tag'>{_text(str(value))}</span>" if value not in (None, "") else ""


def _text(value: str) -> str:
    """Text of people or articles, harmless in the page: escaped, and without characters that reorder or hide what is shown."""
    from askdivide.interfaces.render import harmless

    return escape(harmless(str(value)))
