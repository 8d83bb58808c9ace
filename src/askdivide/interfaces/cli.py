"""The command line. Answers and data go to stdout, progress and notes to stderr; exit codes are documented in the README."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askdivide import __version__
from askdivide.errors import AskDivideError, ModelUnavailable, QuestionError
from askdivide.interfaces import corpus_commands, model_commands, users_command
from askdivide.interfaces.chat_command import chat
from askdivide.interfaces.eval_command import eval_
from askdivide.interfaces.flags import article_filters, filtering, given, json_flag, load_settings, note_unknown, open_assistant
from askdivide.interfaces.printing import note, print_json, progress_bar, tell

if TYPE_CHECKING:
    from rich.console import Console

    from askdivide.interfaces.asking import Asking
    from askdivide.records import Answer, Filters

REFUSED, INTERRUPTED = 3, 130
WAIT = 10.0
"""Seconds to wait for another process that writes the index; a server that watches the corpus does so for a moment."""


def main() -> None:
    """Run the command line: errors become one line on stderr and an exit code."""
    debug = "--debug" in sys.argv
    _print_anything()
    output = sys.stdout
    try:
        sys.exit(commands.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except AskDivideError as error:
        if debug:
            raise
        tell(f"error: {error}")
        sys.exit(1)
    except SystemExit as stop:
        # Where the reader of our output (head, less) has gone, click puts another stream in its place and leaves with 1, and so
        # does rich from within the error. It is none.
        if sys.stdout is not output or isinstance(stop.__context__, BrokenPipeError):
            sys.exit(0)
        raise
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and _met_in_printing(error):
            # What is left of it would be tried again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            tell(f"error: the output cannot be written ({error.strerror}); free some space, or send it elsewhere")
            sys.exit(1)
        what = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}; this is a bug"
        tell(f"error: {what}; run again with --debug for the traceback")
        sys.exit(1)


def _met_in_printing(error: OSError) -> bool:
    """Whether one of those who print for us met `error`, which itself does not say what was written to."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith(("click.", "rich."))


def _print_anything() -> None:
    """Let an output that is not UTF-8 show a character that it lacks as an escape, where Python would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="askdivide")
def commands() -> None:
    """Ask a folder of articles; every sentence of the answer cites the exact words it rests on."""


@commands.command()
@given
@json_flag
@click.option("--rebuild", is_flag=True, help="Make a new index beside the old one and swap them when it is complete.")
@click.option("--checksum", is_flag=True, help="Compare the content of files whose size and time are unchanged, too.")
@click.option("--purge", is_flag=True, help="Leave no trace of removed and replaced text in the index folder's files.")
@click.option("--watch", is_flag=True, help="Go on: bring the index in line whenever an article changes, until Ctrl-C.")
def index(corpus: Path | None, index: Path | None, as_json: bool, rebuild: bool, checksum: bool, purge: bool, watch: bool) -> int:
    """Bring the index in line with the corpus.

    Reads and embeds only what is new or changed. Exits with 1 when an article could not be read; the others are indexed.
    """
    from askdivide.index.purge import purge_begun
    from askdivide.ingestion.reindex import reindex
    from askdivide.interfaces.purging import purge_all

    settings = load_settings(corpus=corpus, index=index)
    with progress_bar() as on_progress:
        report = reindex(settings, rebuild=rebuild, checksum=checksum, wait=WAIT, on_progress=on_progress, on_note=note)
    if purge or purge_begun(settings.index):
        purge_all(settings, wait=WAIT, on_note=note)
    corpus_commands.tell_report(report, settings, as_json=as_json, indent=None if watch else 2)
    if watch:
        corpus_commands.watch_until_interrupted(settings, as_json=as_json)
    return 1 if report.failed else 0


@commands.command()
@click.argument("question", required=False)
@given
@json_flag
@filtering
@click.option("--model", "models", multiple=True, metavar="NAME", help="Who writes the answer; twice: both answer.  [default: quote]")
@click.option("--strict", is_flag=True, default=None, help="Leave out what a model writes and no article supports.")
@click.option("--explain", is_flag=True, help="Show how the passages were found.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answer every line of a JSONL file (-: standard input): id, question, history.",
)
def ask(
    question: str | None,
    corpus: Path | None,
    index: Path | None,
    as_json: bool,
    models: tuple[str, ...],
    strict: bool | None,
    explain: bool,
    batch: Path | None,
    **filters: Any,
) -> int:
    """Answer QUESTION from the articles.

    Exits with 0 when it is answered and with 3 when the articles do not answer it.
    """
    from askdivide.interfaces import local_client
    from askdivide.interfaces.asking import Asking

    if (question is None) == (batch is None):
        raise click.UsageError("give a QUESTION or --batch FILE" + (", not both" if batch else ""))
    settings = load_settings(corpus=corpus, index=index)
    chosen = article_filters(**filters)
    asking = Asking(settings, models or (settings.model,), chosen, strict=strict)
    if explain or (batch and not local_client.has_server(settings)):
        asking.open()
    if batch:
        code = _batch(batch, lambda text, history: [_data(one, explain) for one in asking.answers(text, history, batch=True)])
    else:
        assert question is not None
        code = _tell_answers(asking, question, as_json=as_json, explain=explain)
    if asking.found_nothing:
        # Only then, as it opens the catalog, without which a server's answer comes in half of the time.
        note_unknown(chosen, settings)
    return code


def _tell_answers(asking: Asking, question: str, *, as_json: bool, explain: bool) -> int:
    from askdivide.interfaces import render

    console = None if as_json else render.console()
    came = asking.answers(question, console=console)
    answers = [one for one in came if not isinstance(one, AskDivideError)]
    if console and answers:
        _print_answers(console, answers, explain=explain)
    elif answers:
        data = [_data(one, explain) for one in answers]
        print_json(data if len(came) > 1 else data[0])
    for one in came:
        if isinstance(one, AskDivideError):
            tell(f"error: {one}")
    if len(answers) < len(came):
        return 1
    return REFUSED if all(one.status == "refused" for one in answers) else 0


def _data(one: Answer | AskDivideError, explain: bool) -> Any:
    return one if isinstance(one, AskDivideError) else one.to_dict() | ({"explain": one.explanation()} if explain else {})


def _print_answers(console: Console, answers: Sequence[Answer], *, explain: bool) -> None:
    from askdivide.interfaces import render

    if len(answers) > 1:
        from askdivide.interfaces import live

        console.print(live.side_by_side(console, answers))
    else:
        console.print(render.answer(answers[0]))
    for one in answers if explain else ():
        console.print(render.explanation(one))


def _batch(file: Path, answer: Callable[[str, Any], Sequence[dict[str, Any] | AskDivideError]]) -> int:
    """Print one JSON line for each line of `file`, in order. A line that cannot be answered gets its error; the rest go on.

    What is wrong for every line, such as the name of a model, ends the run.
    """
    from askdivide.evaluation.questions import name_of, read_questions

    failed = 0
    for line in read_questions(file):
        try:
            came = answer(line.question, line.history)
        except (QuestionError, ModelUnavailable) as error:
            came = [error]
        data = []
        for one in came:
            if isinstance(one, AskDivideError):
                failed += 1
                tell(f"error: {name_of(file)}, line {line.number}: {one}")
                one = {"question": line.question, "error": str(one)}
            data.append({"id": line.id} | one)
        print_json(data[0] if len(data) == 1 else data, indent=None)
    return 1 if failed else 0


@commands.command()
@click.argument("query", required=False)
@given
@json_flag
@filtering
@click.option("--top-k", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N", help="How many passages.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Search for every line of a JSONL file (-: standard input): id, question, history.",
)
def search(
    query: str | None, corpus: Path | None, index: Path | None, as_json: bool, top_k: int, batch: Path | None, **filters: Any
) -> int:
    """Find the passages nearest to QUERY, without an answer."""
    from askdivide.interfaces import render
    from askdivide.records import passage_dict

    if (query is None) == (batch is None):
        raise click.UsageError("give a QUERY or --batch FILE" + (", not both" if batch else ""))
    assistant = open_assistant(load_settings(corpus=corpus, index=index))
    chosen = article_filters(**filters)
    note_unknown(chosen, assistant.settings)

    def found(text: str, history: Any = ()) -> dict[str, Any]:
        passages = assistant.search(text, top_k=top_k, filters=chosen, history=history)
        return {"query": text, "passages": [passage_dict(passage) for passage in passages]}

    if batch:
        return _batch(batch, lambda text, history: [found(text, history)])
    assert query is not None
    if as_json:
        print_json(found(query))
        return 0
    passages = assistant.search(query, top_k=top_k, filters=chosen)
    if passages:
        render.console().print(render.passages(passages))
    else:
        note(_nothing(chosen))
    return 0


def _nothing(chosen: Filters) -> str:
    return "no article passes the filters" if chosen else "there is no article in the index"


@commands.command("list")
@given
@json_flag
@filtering
def list_(corpus: Path | None, index: Path | None, as_json: bool, **filters: Any) -> int:
    """List the indexed articles."""
    from askdivide.index.copies import copies_by_path, told_names
    from askdivide.interfaces import render

    assistant = open_assistant(load_settings(corpus=corpus, index=index))
    chosen = article_filters(**filters)
    note_unknown(chosen, assistant.settings)
    with assistant.index.reading() as catalog:
        rows = catalog.documents(chosen)
        copies = copies_by_path(catalog)
    if not rows:
        note(_nothing(chosen))
    if as_json:
        print_json([_described(row, copies) for row in rows])
        return 0
    console = render.console()
    for row in rows:
        same = f"  (copy of {told_names(copies[row.path])})" if row.path in copies else ""
        console.print(render.harmless(f"{row.published or '-':<10}  {row.path}  {row.title}{same}"))
    return 0


def _described(row: Any, copies: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "document": row.path, "title": row.title, "published": row.published, "source": row.source, "url": row.url,
        "tags": list(row.tags), "characters": row.characters, "version": row.version, "copies": list(copies.get(row.path, ())),
    }  # fmt: skip


@commands.command()
@click.argument("document")
@given
@json_flag
def show(document: str, corpus: Path | None, index: Path | None, as_json: bool) -> int:
    """Print the text of DOCUMENT as it was indexed; citations' offsets count its characters."""
    from askdivide.errors import CorpusError
    from askdivide.index.copies import copies_by_path
    from askdivide.interfaces import render

    assistant = open_assistant(load_settings(corpus=corpus, index=index))
    with assistant.index.reading() as catalog:
        row = catalog.document(document)
        if row is None:
            near = _near(document, [other.path for other in catalog.documents()])
            raise CorpusError(f"no indexed article is named {document}{near}; see: askdivide list")
        text = catalog.text(row.id)
        copies = copies_by_path(catalog) if as_json else {}
    if as_json:
        print_json(_described(row, copies) | {"text": text})
    else:
        click.echo(render.harmless(text) if sys.stdout.isatty() else text, nl=False)
    return 0


def _near(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""


@commands.command()
@given
@json_flag
def status(corpus: Path | None, index: Path | None, as_json: bool) -> int:
    """Show the state of the index."""
    from askdivide.index.copies import Copy, told_copies
    from askdivide.interfaces import render
    from askdivide.interfaces.status import status_of

    state = status_of(load_settings(corpus=corpus, index=index))
    if as_json:
        print_json(state)
        return 0
    state["failed"] = [f"{one['document']} {one['reason']}" for one in state["failed"]]
    state["copies"] = told_copies(Copy(**one) for one in state["copies"]) or "none"
    for key, value in state.items():
        lines = (_few(value) or ["none"]) if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            name = "" if number else key.replace("_", " ") + ":"
            click.echo(f"{name:<14}{' '.join(render.harmless(str(line)).splitlines())}")
    return 0


def _few(lines: list[str], most: int = 10) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more"]


for command in (*corpus_commands.COMMANDS, eval_):
    commands.add_command(command)


commands.add_command(chat)


@commands.command()
@given
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Port to listen on; 0: any free one.  [default: 7860]")
@click.option("--users", metavar="FILE", help="Those who may sign in; see: askdivide users.  [default: no sign-in]")
@click.option("--open", "open_to_all", is_flag=True, default=None, help="Serve other machines without sign-in.")
@click.option("--watch/--no-watch", default=True, help="Follow changes to the articles while serving.  [default: watch]")
@click.option("--edit/--no-edit", default=None, help="Whether visitors may change the corpus.  [default: edit]")
def serve(
    corpus: Path | None,
    index: Path | None,
    host: str | None,
    port: int | None,
    users: str | None,
    open_to_all: bool | None,
    watch: bool,
    edit: bool | None,
) -> int:
    """Bring the index in line with the corpus and start the web chat."""
    from askdivide.interfaces.web import serve as serve_web

    settings = load_settings(corpus=corpus, index=index, host=host, port=port, users=users, open_to_all=open_to_all, editable=edit)
    with progress_bar() as on_progress:
        serve_web.prepare(settings, on_progress=on_progress, on_note=note)
    serve_web.run(settings, on_note=note, watch=watch)
    return 0


commands.add_command(model_commands.models)
commands.add_command(users_command.users)
