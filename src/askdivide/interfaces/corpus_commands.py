"""Commands that keep corpus and index: add, remove, doctor, and how a run of indexing is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from askdivide.interfaces.flags import given, json_flag, load_settings
from askdivide.interfaces.printing import note, print_json, progress_bar, tell

if TYPE_CHECKING:
    from askdivide.ingestion.doctor import Finding
    from askdivide.records import IndexReport
    from askdivide.settings import Settings


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH-OR-URL...")
@given
@json_flag
@click.option("--into", default="", metavar="FOLDER", help="Folder of the corpus to put them in.  [default: the top; web/SITE for pages]")
@click.option("--replace", is_flag=True, help="Replace files of the same name that have other content.")
@click.option("--entries", type=click.IntRange(1, 500), default=50, show_default=True, metavar="N", help="Most articles of a feed.")
@click.option("--allow-private", is_flag=True, help="Fetch from private and loopback addresses too.")
def add(
    sources: tuple[str, ...],
    corpus: Path | None,
    index: Path | None,
    as_json: bool,
    into: str,
    replace: bool,
    entries: int,
    allow_private: bool,
) -> int:
    """Add files, folders, web pages and the articles of RSS or Atom feeds to the corpus and the index.

    Files are copied; a page is stored as Markdown with its address and date. Adding a feed again adds what is new in it,
    but for what was taken out with `askdivide remove`: its own address brings that back.
    Exits with 1 when something could not be added; the rest is.
    """
    from askdivide.ingestion.add import add as add_to

    settings = load_settings(corpus=corpus, index=index)
    fetcher = None
    if any("://" in source for source in sources):
        from askdivide.ingestion.fetch import Fetcher

        fetcher = Fetcher(allow_private=allow_private)
    with progress_bar() as on_progress:
        done = add_to(
            settings, sources, into=into, replace=replace, most_entries=entries, fetcher=fetcher, on_progress=on_progress, on_note=note
        )
    for failure in done.failed:
        tell(f"error: {failure.document} {failure.reason}")
    unread = [failure for failure in done.report.failed if failure.document in done.stored] if done.report else []
    for failure in unread:
        tell(f"error: {failure.document} {failure.reason}")
    if as_json:
        print_json(done.to_dict())
    else:
        from askdivide.interfaces.render import harmless

        for document in done.stored:
            click.echo(harmless(f"added {document}"))
        for name, document in done.known:
            click.echo(harmless(f"there already: {name}" + (f" as {document}" if name != document else "")))
        for address in done.left_out:
            click.echo(harmless(f"left out, removed before: {address} (to have it back: askdivide add {address})"))
        if done.report:
            click.echo(f"{done.report.documents} articles, {done.report.chunks} chunks in {settings.index} ({done.report.seconds:.1f} s)")
    return 1 if done.failed or unread else 0


@click.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...")
@given
@json_flag
@click.option("--keep-in", type=click.Path(path_type=Path), metavar="FOLDER", help="Move the files there; without it they are deleted.")
def remove(documents: tuple[str, ...], corpus: Path | None, index: Path | None, as_json: bool, keep_in: Path | None) -> int:
    """Take documents out of the corpus and the index.

    Their files are deleted, or moved with --keep-in. A feed that is added again does not bring them back.
    Where one of the names is unknown, nothing is removed.
    """
    from askdivide.ingestion.remove import remove as remove_from

    settings = load_settings(corpus=corpus, index=index)
    with progress_bar() as on_progress:
        done = remove_from(settings, documents, keep_in=keep_in, on_progress=on_progress, on_note=note)
    if as_json:
        print_json(done.to_dict())
    else:
        from askdivide.interfaces.render import harmless

        for document in done.documents:
            click.echo(harmless(f"removed {document}" + (f", its file is in {done.moved_to}" if done.moved_to else " and its file")))
        click.echo(f"{done.report.documents} articles, {done.report.chunks} chunks in {settings.index} ({done.report.seconds:.1f} s)")
    return 0


@click.command()
@given
@json_flag
@click.option("--fix", is_flag=True, help="Mend what can be mended without a decision of yours.")
def doctor(corpus: Path | None, index: Path | None, as_json: bool, fix: bool) -> int:
    """Check corpus and index, and say what to do about what is wrong.

    Exits with 1 when something is wrong, with --fix when something still is.
    """
    from askdivide.index.purge import purge_begun
    from askdivide.ingestion.add import WAIT
    from askdivide.ingestion.doctor import repair
    from askdivide.interfaces.purging import purge_all
    from askdivide.interfaces.render import harmless

    settings = load_settings(corpus=corpus, index=index)
    findings = _examined(settings)
    before = [finding for finding in findings if finding.level == "wrong"]
    if fix and any(finding.level != "ok" for finding in findings):
        repair(settings, findings, on_note=note)
        if purge_begun(settings.index):
            purge_all(settings, wait=WAIT, on_note=note)
        findings = _examined(settings)
    wrong = [finding for finding in findings if finding.level == "wrong"]
    if as_json:
        print_json({"healthy": not wrong, "findings": [finding.to_dict() for finding in findings]})
        return 1 if wrong else 0
    for finding in findings:
        click.echo(harmless(f"{finding.level:<6} {finding.check + ':':<13}{finding.text}"))
        if finding.remedy and finding.level != "ok":
            click.echo(harmless(f"{'':<20}do: {finding.remedy}"))
    if fix and before:
        mended = len(before) - len(wrong)
        click.echo(f"{max(mended, 0)} of {len(before)} mended")
    return 1 if wrong else 0


def _examined(settings: Settings) -> list[Finding]:
    """The checks of corpus and index, and that of the calibration, of which the room that indexes knows nothing."""
    from askdivide.answering.calibration import calibration_file, load_calibration
    from askdivide.errors import AskDivideError
    from askdivide.ingestion.doctor import Finding, examine

    file = calibration_file(settings)
    try:
        load_calibration(settings)
    except AskDivideError as error:
        text, _, remedy = str(error).rpartition("; ")
        calibration = Finding("calibration", "wrong", text, remedy)
    else:
        calibration = Finding("calibration", "ok", f"{file} fits" if file.exists() else "the one that ships")
    return [*examine(settings), calibration]


def watch_until_interrupted(settings: Settings, *, as_json: bool) -> None:
    """`index --watch`: a line for every run that changed something, until Ctrl-C."""
    import threading

    from askdivide.ingestion.watch import watch

    def told(report: IndexReport) -> None:
        tell_report(report, settings, as_json=as_json, indent=None)

    note(f"watching {settings.corpus} (Ctrl-C ends it)")
    watch(settings, stop=threading.Event(), on_report=told, on_note=note)


def tell_report(report: IndexReport, settings: Settings, *, as_json: bool, indent: int | None = 2) -> None:
    """What a run of indexing did."""
    for failure in report.failed:
        tell(f"error: {failure.document} {failure.reason}")
    if as_json:
        print_json(report.to_dict(), indent=indent)
    else:
        counts = [f"{len(getattr(report, kind))} {kind}" for kind in ("added", "changed", "removed", "failed") if getattr(report, kind)]
        done = ", ".join([*counts, f"{report.unchanged} unchanged"])
        click.echo(f"{done}; {report.documents} articles, {report.chunks} chunks in {settings.index} ({report.seconds:.1f} s)")


COMMANDS = (add, remove, doctor)
