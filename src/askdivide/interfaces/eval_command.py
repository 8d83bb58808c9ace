"""`askdivide eval`: quality on questions with known answers, in a table, as JSON, as a page; drafts of questions; calibration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askdivide.errors import AskDivideError, ModelUnavailable, QuestionError
from askdivide.interfaces.flags import given, json_flag, load_settings, open_assistant
from askdivide.interfaces.printing import counted, note, print_json, progress_bar, tell

if TYPE_CHECKING:
    from askdivide.answering.assistant import Assistant
    from askdivide.evaluation.calibration import Quality
    from askdivide.evaluation.compare import Comparison
    from askdivide.evaluation.figures import Figure
    from askdivide.evaluation.floors import Floor
    from askdivide.evaluation.questions import Question
    from askdivide.evaluation.run import Outcome

_KIND_FIGURES = ("right", "first_claim_contains", "evidence@5", "citation_recall", "claims")
_SHOWN_CHANGES = 20


def _file(name: str, told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(name, help=told, type=click.Path(path_type=Path), metavar="FILE")


def _floors(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[Floor]:
    if not given:
        return []
    from askdivide.evaluation.floors import parse_floor

    try:
        return [parse_floor(text) for text in given]
    except QuestionError as error:
        raise click.BadParameter(str(error)) from error


@click.command("eval")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@given
@json_flag
@click.option("--model", metavar="NAME", help="Who writes the answers.  [default: quote]")
@_file("--html", "Also write a page with plots and the worst cases to read.")
@_file("--compare", "Show what has changed since an earlier run that was kept with --json.")
@click.option(
    "--fail-under", "floors", multiple=True, callback=_floors, metavar="FIGURE=VALUE",
    help="Exit with 1 where a figure is worse (repeat; KIND:FIGURE=VALUE for one kind of question).",
)  # fmt: skip
@click.option("--make", is_flag=True, help="Draft a question file from the indexed articles instead, to be edited by hand.")
@_file("--out", "Where --make writes.  [default: standard output]")
@click.option("--calibrate", is_flag=True, help="Fit the refusal's calibration to FILE and keep it with the index instead.")
def eval_(
    file: Path | None,
    corpus: Path | None,
    index: Path | None,
    as_json: bool,
    model: str | None,
    html: Path | None,
    compare: Path | None,
    floors: list[Floor],
    make: bool,
    out: Path | None,
    calibrate: bool,
) -> int:
    """Measure retrieval, answers, citations and refusals on a JSONL FILE of questions with known answers.

    A line holds a question and any of: id, history, kind, answerable, must_contain (groups of alternatives), evidence
    (verbatim text), documents, held_out (articles to leave out). Exits with 1 where a figure is under its floor, or a model did
    not answer a question.
    """
    measuring = html or compare or floors or model
    if make and (file or calibrate or measuring or as_json):
        raise click.UsageError("--make goes with --out only")
    if out and not make:
        raise click.UsageError("--out goes with --make; a report is written by --html, or by --json > FILE")
    if calibrate and measuring:
        raise click.UsageError("--calibrate measures nothing else; run eval again without it")
    if make:
        return _make(open_assistant(load_settings(corpus=corpus, index=index)), out)
    if file is None:
        raise click.UsageError("give a FILE of questions, or --make to draft one")
    from askdivide.evaluation.questions import read_questions

    questions = read_questions(file)
    if not questions:
        raise QuestionError(f"{file} holds no question")
    if calibrate:
        return _calibrate(open_assistant(load_settings(corpus=corpus, index=index)), questions, as_json)
    return _measure(file, questions, open_assistant(load_settings(corpus=corpus, index=index)), as_json, model, html, compare, floors)


@contextmanager
def _counting() -> Iterator[Callable[[int, int], None]]:
    with progress_bar() as on_progress:
        yield lambda done, total: on_progress(counted(done, total))


def _measure(
    file: Path,
    questions: Sequence[Question],
    assistant: Assistant,
    as_json: bool,
    model: str | None,
    html: Path | None,
    compare: Path | None,
    floors: Sequence[Floor],
) -> int:
    from askdivide.evaluation import compare as comparing
    from askdivide.evaluation.floors import broken
    from askdivide.evaluation.report import read_report, report
    from askdivide.evaluation.summary import by_kind, summary

    # What is wrong with the flags is said before minutes are spent.
    unknown = [str(floor) for floor in floors if floor.kind and floor.kind not in {question.kind for question in questions}]
    if unknown:
        raise QuestionError(f"{unknown[0]}: {file} has no questions of that kind")
    before = read_report(compare) if compare else None
    if html:
        _check_writable(html)
    outcomes, failed = _asked(file, questions, assistant, model)
    settings = assistant.settings
    about = {"file": str(file), "questions": len(questions), "model": model or settings.model, "embedding": settings.embedding}
    data = report(outcomes, about) | {"failed": failed}
    comparison = comparing.compare(before, data) if before else None
    if html:
        from askdivide.interfaces.eval_page import page

        _write(html, page(data, comparison))
    figures, kinds = summary(outcomes), by_kind(outcomes)
    lines = broken(floors, figures, kinds)
    if as_json:
        print_json(data | ({"comparison": comparison.to_dict()} if comparison else {}))
    else:
        _print_figures(figures)
        _print_kinds(kinds)
        if comparison:
            _print_comparison(comparison)
    if html:
        note(f"report in {html}")
    for line in lines:
        tell(f"error: {line}")
    return 1 if lines or failed else 0


def _asked(
    file: Path, questions: Sequence[Question], assistant: Assistant, model: str | None
) -> tuple[list[Outcome], list[dict[str, Any]]]:
    """What came of the questions, and those that the model did not answer, which are told as it happens."""
    from askdivide.evaluation.run import evaluate

    failed: list[dict[str, Any]] = []

    def on_failure(question: Question, error: ModelUnavailable) -> None:
        tell(f"error: {file}, line {question.number}: {error}")
        failed.append({"id": question.id, "question": question.question, "error": str(error)})
        if len(failed) == len(questions):
            raise error

    with _counting() as on_progress:
        outcomes = evaluate(assistant, questions, model=model, on_progress=on_progress, on_failure=on_failure)
    if failed:
        note(f"the figures are of the {len(outcomes)} questions that were answered, without {len(failed)} that failed")
    return outcomes, failed


def _print_figures(figures: Mapping[str, Figure]) -> None:
    click.echo(f"{'figure':<24}{'value':>8}   95 % interval      questions")
    for name, figure in figures.items():
        count = "" if name.startswith("support") else figure.count
        click.echo(f"{name:<24}{figure.value:>8.3f}   {figure.low:.3f} to {figure.high:.3f}{count:>14}")


def _print_kinds(kinds: Mapping[str, Mapping[str, Figure]]) -> None:
    from askdivide.interfaces.render import harmless

    if not kinds:
        return
    shown = [name for name in _KIND_FIGURES if any(name in figures for figures in kinds.values())]
    click.echo()
    click.echo(f"{'kind':<16}{'questions':>10}" + "".join(f"  {name}" for name in shown))
    for kind, figures in kinds.items():
        count = max((figure.count for name, figure in figures.items() if name.startswith("seconds")), default=0)
        cells = (f"{figures[name].value:.3f}" if name in figures else "-" for name in shown)
        click.echo(
            f"{harmless(kind)[:15]:<16}{count:>10}" + "".join(f"  {cell:>{len(name)}}" for name, cell in zip(shown, cells, strict=True))
        )


def _print_comparison(comparison: Comparison) -> None:
    from askdivide.interfaces.render import harmless

    click.echo()
    click.echo(f"{'figure':<24}{'before':>8}{'now':>8}{'change':>9}")
    for shift in comparison.figures:
        if round(shift.new - shift.old, 3):
            click.echo(f"{shift.name:<24}{shift.old:>8.3f}{shift.new:>8.3f}{shift.new - shift.old:>+9.3f}")
    counts = ", ".join(f"{comparison.count(turn)} {turn}" for turn in ("better", "worse"))
    click.echo(
        f"\n{counts} (by chance alone with probability {comparison.chance:.3f}), {comparison.count('other')} in other words, "
        f"{comparison.same} the same, {comparison.added} new, {comparison.removed} gone"
    )
    for turn in ("better", "worse"):
        changes = [change for change in comparison.changes if change.turn == turn]
        for change in changes[:_SHOWN_CHANGES]:
            click.echo(f"{turn:<7} {harmless(str(change.id if change.id is not None else ''))}  {harmless(change.question)[:100]}")
        if len(changes) > _SHOWN_CHANGES:
            click.echo(f"{turn:<7} ... and {len(changes) - _SHOWN_CHANGES} more; --json and --html have all")


def _make(assistant: Assistant, out: Path | None) -> int:
    from askdivide.evaluation.drafting import draft

    with assistant.index.reading() as catalog:
        lines = draft(catalog)
    if not lines:
        raise QuestionError("no sentence of the articles has a form that the rules can turn into a question; write the file by hand")
    unanswerable = sum(not line["answerable"] for line in lines)
    if out:
        if out.exists():
            raise QuestionError(f"{out} exists, and may hold your edits; name another file")
        _check_writable(out)
        _write(out, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    else:
        for line in lines:
            print_json(line, indent=None)
    note(
        f"{len(lines) - unanswerable} questions that the articles answer and {unanswerable} that they do not once an article is held out"
        + (f", in {out}" if out else "")
        + "; they copy the articles' words: reword them as you would ask, drop what is odd, add what matters"
    )
    return 0


def _calibrate(assistant: Assistant, questions: Sequence[Question], as_json: bool) -> int:
    from askdivide.answering.calibration import built_in, calibration_file, load_calibration
    from askdivide.errors import IndexMismatch, SettingsError
    from askdivide.evaluation.calibration import collect, fit_own, judge, judge_blind

    settings = assistant.settings
    target = calibration_file(settings)
    with _counting() as on_progress:
        rows = collect(assistant, questions, on_progress)
    try:
        before = load_calibration(settings)
    except (IndexMismatch, SettingsError):
        # What is there belongs to other models, or is broken: fitting anew is the way out.
        before = built_in(settings.reader)
    made = fit_own(assistant, rows)
    qualities = {"before": judge(rows, before), "now, on questions not seen": judge_blind(rows, built_in(settings.reader))}
    made.write(target)
    if as_json:
        print_json({"file": str(target), "threshold": made.threshold, "weights": dict(made.weights)} | {
            name.split(",")[0]: _plain(quality) for name, quality in qualities.items()
        })  # fmt: skip
        return 0
    click.echo(f"{'':<28}{'auroc':>8}{'false refusals':>16}{'refused rightly':>17}")
    for name, quality in qualities.items():
        cells = (f"{figure.value:.3f}" if figure else "-" for figure in (quality.auroc, quality.false_refusals, quality.refusal_recall))
        click.echo("{:<28}{:>8}{:>16}{:>17}".format(name, *cells))
    click.echo(f"threshold {made.threshold:.4f}; kept in {target}, which can be removed to go back")
    return 0


def _plain(quality: Quality) -> dict[str, float | None]:
    return {name: round(figure.value, 4) if figure else None for name, figure in vars(quality).items()}


def _write(file: Path, text: str) -> None:
    with _translated(file):
        file.write_text(text, encoding="utf-8")


def _check_writable(file: Path) -> None:
    """Find out now, and not after minutes, that `file` cannot be written. What it holds stays."""
    with _translated(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        there = file.exists()
        file.open("a").close()
        if not there:
            file.unlink()


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AskDivideError(f"{file} cannot be written: {error.strerror}") from error
