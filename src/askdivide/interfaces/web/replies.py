"""What is said in the chat, as HTML. The chat takes its text for Markdown, so each message is one line of HTML, which it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable

from askdivide.interfaces.web.cards import counted, one_line, safe
from askdivide.records import Answer, Claim, Note

_SUPPORT = {"unsupported": "not supported by its source", "uncited": "without a source"}
_NOTES = {"disagreement": "Sources disagree", "newer": "A newer article"}


def welcome() -> str:
    """What an empty conversation shows."""
    return '<div class="welcome">What would you like to know?</div>'


def hint(model: str, problem: str = "") -> str:
    """The line below the question: what is wrong with it, or who answers."""
    if problem:
        return f'<p role="status" class="problem">{safe(problem)}</p>'
    who = "Answers are the articles’ own sentences. Nothing leaves this machine." if model == "quote" else f"Answers by {safe(model)}."
    return f'<p role="status">{who}</p>'


def question(text: str) -> str:
    """What a visitor asked."""
    return _message("asked", [one_line(text)])


def waiting() -> str:
    """What stands in the place of a reply that is being worked on."""
    return _message("waiting", ["Reading the articles …"])


def reply(answer: Answer, turn: int, shown: int | None = None) -> str:
    """An answer in the place of turn `turn`, of which the first `shown` claims are there already, or a refusal."""
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(f'<p class="aside">Understood as: {one_line(answer.standalone_question)}</p>')
    if answer.refusal:
        return _message("reply", [*parts, _refused(answer, turn)])
    seen: set[int] = set()
    kind = "claims quoted" if all(claim.support == "quoted" for claim in answer.claims) else "claims"
    parts.append(f'<p class="{kind}">{" ".join(_claim(claim, answer, turn, seen) for claim in answer.claims[:shown])}</p>')
    if shown is None or shown >= len(answer.claims):
        parts += [_note(note, answer, turn) for note in answer.notes]
        parts.append(f'<p class="aside jump"><a href="#t-{turn}">{counted(len(answer.citations), "source")} below</a></p>')
    return _message("reply", parts)


def failure(message: str) -> str:
    """Why a question could not be answered, and what to do."""
    return _message("reply", [f'<p class="failed"><strong class="label">That did not work</strong> {one_line(message)}</p>'])


def stopped(html: str) -> str:
    """A reply that the visitor stopped."""
    return html + _message("reply", ['<p class="aside">Stopped.</p>'])


def _claim(claim: Claim, answer: Answer, turn: int, seen: set[int]) -> str:
    marks = "".join(_marker(number, answer, turn, first=number not in seen) for number in claim.citations)
    seen.update(claim.citations)
    flag = f' <em class="flag">({_SUPPORT[claim.support]})</em>' if claim.support in _SUPPORT else ""
    return f'<span class="claim">{one_line(claim.text)}{flag} {marks}</span>'


def _marker(number: int, answer: Answer, turn: int, *, first: bool = False) -> str:
    # The first marker of a source is where its card leads back to.
    back = f' id="c-{turn}-{number}"' if first else ""
    title = next((citation.title for citation in answer.citations if citation.number == number), "")
    return f'<a class="cite" href="#s-{turn}-{number}"{back} title="{one_line(title)}">[{number}]</a>'


def _note(note: Note, answer: Answer, turn: int) -> str:
    marks = "".join(_marker(number, answer, turn) for number in note.citations)
    return f'<p class="note"><strong class="label">{_NOTES.get(note.kind, "Note")}</strong> {one_line(note.text)} {marks}</p>'


def _refused(answer: Answer, turn: int) -> str:
    assert answer.refusal is not None
    if answer.text != answer.refusal.reason:
        return f"<p>{one_line(answer.text)}</p>"
    nearest = f' <a href="#t-{turn}">Nearest passages</a>' if answer.refusal.nearest else ""
    return f'<p class="refused"><strong class="label">Not in the articles</strong> {one_line(answer.refusal.reason)}{nearest}</p>'


def _message(kind: str, parts: Iterable[str]) -> str:
    return f'<div class="{kind}">{"".join(parts)}</div>'
