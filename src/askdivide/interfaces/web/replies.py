"""What is said in the chat, as HTML. The chat takes its text for Markdown, so each message is one line of HTML, which it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from askdivide.interfaces.web.cards import about, counted, one_line, safe
from askdivide.interfaces.web.turns import Reply
from askdivide.records import Answer, Claim, Draft, Note

_SUPPORT = {"unsupported": "not supported by its source", "uncited": "without a source"}
_NOTES = {"disagreement": "Sources disagree", "newer": "A newer article", "uncertain": "Not sure", "cut": "Cut off"}
_THOUGHT = 240
"""Characters of a model's reasoning that are shown while it reasons."""


def welcome() -> str:
    """What an empty conversation shows."""
    return '<div class="welcome">What would you like to know?</div>'


def hint(who: str, only: str = "", problem: str = "") -> str:
    """The line below the question: what is wrong with it, or who answers, and from which articles `only`."""
    if problem:
        return f'<p role="status" class="problem">{safe(problem)}</p>'
    narrowed = f'<p class="only">{safe(only)}</p>' if only else ""
    return f'<p role="status">{safe(who)}</p>{narrowed}'


def word(text: str) -> str:
    """A word on something, or nothing."""
    return f'<p class="word">{safe(text)}</p>' if text else ""


def question(text: str, only: str = "") -> str:
    """What a visitor asked, and of which articles `only`."""
    return _message("asked", [one_line(text), f'<span class="only">{one_line(only)}</span>' if only else ""])


def earlier(hidden: int) -> str:
    """What shows more of a conversation of which `hidden` questions are not on the page."""
    return _message("acts", [f'<button type="button" class="act earlier">Show earlier questions ({hidden})</button>']) if hidden else ""


def waiting() -> str:
    """What stands in the place of a reply that is being worked on."""
    return _message("waiting", ["Reading the articles …"])


def draft(written: Draft) -> str:
    """What a model has written so far, and that nobody has checked it yet."""
    if written.text:
        return _message("draft", [f'<p class="writing">{_lines(written.text)}</p>', _aside("Being written; not yet checked.")])
    if written.thinking:
        thought = written.thinking[-_THOUGHT:]
        return _message(
            "draft", [_aside("Thinking …"), f'<p class="thought">{"… " * (thought != written.thinking)}{one_line(thought)}</p>']
        )
    return waiting()


def reply(answer: Answer, turn: int | str, shown: int | None = None) -> str:
    """An answer in the place of turn `turn`, of which the first `shown` claims are there already, or a refusal."""
    return _message("reply", _answered(answer, turn, shown))


def finished(replies: Sequence[Reply], turn: int, changed: int = 0) -> str:
    """All that came of a question, with what can be done about it; `changed` counts the cited articles that are no longer as cited."""
    since = ""
    if changed:
        since = (
            f'<p class="since">{counted(changed, "source")} changed since this answer was given. The words quoted are those of then.</p>'
        )
    if len(replies) == 1:
        return _message("whole", [_one(replies[0], turn), since, _acts()])
    columns = "".join(f"<div>{_heading(one)}{_one(one, f'{turn}{side}')}</div>" for side, one in zip("ab", replies, strict=True))
    return _message("whole", [f'<div class="pair">{columns}</div>', since, _acts()])


def beside(parts: Sequence[tuple[str, str]]) -> str:
    """Replies in the making, each with its model's name."""
    return _message("pair", [f'<div><p class="by">{one_line(model)}</p>{html}</div>' for model, html in parts])


def failure(message: str) -> str:
    """Why a question could not be answered, and what to do."""
    return _message("reply", [f'<p class="failed"><strong class="label">That did not work</strong> {one_line(message)}</p>'])


def stopped(text: str, thinking: str = "") -> str:
    """What a model had written when the visitor stopped it."""
    words = f'<p class="writing">{_lines(text)}</p>' if text else ""
    return _message("reply", [words, _aside("Stopped. Nothing of this was checked." if text else "Stopped."), _thinking(thinking)])


def summary(answer: Answer) -> str:
    """How an answer did, in words: the verdicts on its claims, and its time."""
    names = {"quoted": "quoted", "supported": "supported", "unsupported": "not supported", "uncited": "without a source"}
    counts = {name: sum(claim.support == kind for claim in answer.claims) for kind, name in names.items()}
    first, *more = [f"{counted(count, 'sentence')} {name}" for name, count in counts.items() if count] or ["no answer in the articles"]
    rest = [part.replace(" sentences", "").replace(" sentence", "") for part in more]
    return f"{', '.join([first, *rest])} · {answer.seconds.get('total', 0.0):.1f} s"


def _one(one: Reply, turn: int | str) -> str:
    if one.answer:
        return reply(one.answer, turn)
    return failure(one.failure) if one.failure else stopped(one.text, one.thinking)


def _heading(one: Reply) -> str:
    how = f"<span>{safe(summary(one.answer))}</span>" if one.answer else ""
    return f'<p class="by">{one_line(one.model)}{how}</p>'


def _answered(answer: Answer, turn: int | str, shown: int | None) -> list[str]:
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(_aside(f"Understood as: {answer.standalone_question}"))
    if answer.refusal:
        return [*parts, _refused(answer, turn), _thinking(answer.thinking)]
    seen: set[int] = set()
    quoted = all(claim.support == "quoted" for claim in answer.claims)
    kind = "claims quoted" if quoted else "claims"
    parts += [_note(note, answer, turn) for note in answer.notes if note.first]
    parts.append(f'<p class="{kind}">{" ".join(_claim(claim, answer, turn, seen) for claim in answer.claims[:shown])}</p>')
    if shown is None or shown >= len(answer.claims):
        parts += [_note(note, answer, turn) for note in answer.notes if not note.first]
        if not quoted:
            parts.append(f'<p class="aside by-line">{one_line(answer.model)}: {safe(summary(answer))}</p>')
        parts.append(_thinking(answer.thinking))
        parts.append(f'<p class="aside jump"><a href="#t-{turn}">{counted(len(answer.citations), "source")} below</a></p>')
    return parts


def _claim(claim: Claim, answer: Answer, turn: int | str, seen: set[int]) -> str:
    marks = "".join(_marker(number, answer, turn, first=number not in seen) for number in claim.citations)
    seen.update(claim.citations)
    if claim.support not in _SUPPORT:
        return f'<span class="claim">{one_line(claim.text)} {marks}</span>'
    why = f": {claim.reason}" if claim.reason and claim.support == "unsupported" else ""
    flag = f'<em class="flag">{_SUPPORT[claim.support]}{one_line(why)}</em>'
    return f'<span class="claim doubted"><span class="doubt">{one_line(claim.text)}</span> {flag} {marks}</span>'


def _marker(number: int, answer: Answer, turn: int | str, *, first: bool = False) -> str:
    # The first marker of a source is where its card leads back to.
    back = f' id="c-{turn}-{number}"' if first else ""
    title = next((about(citation) for citation in answer.citations if citation.number == number), "")
    return f'<a class="cite" href="#s-{turn}-{number}"{back} title="{one_line(title)}">[{number}]</a>'


def _note(note: Note, answer: Answer, turn: int | str) -> str:
    marks = "".join(_marker(number, answer, turn) for number in note.citations)
    return f'<p class="note"><strong class="label">{_NOTES.get(note.kind, "Note")}</strong> {one_line(note.text)} {marks}</p>'


def _refused(answer: Answer, turn: int | str) -> str:
    assert answer.refusal is not None
    if answer.text != answer.refusal.reason:
        return f"<p>{one_line(answer.text)}</p>"
    nearest = f' <a href="#t-{turn}">Nearest passages</a>' if answer.refusal.nearest else ""
    return f'<p class="refused"><strong class="label">Not in the articles</strong> {one_line(answer.refusal.reason)}{nearest}</p>'


def _thinking(text: str) -> str:
    return f'<details class="thinking"><summary>Reasoning</summary><p>{_lines(text)}</p></details>' if text.strip() else ""


def _acts() -> str:
    """What can be done about a turn; the last two only about the last one (style.css), their clicks are page.js's."""
    buttons = (("copy", "Copy"), ("again", "Ask again"), ("edit", "Edit question"))
    return '<p class="acts">' + "".join(f'<button type="button" class="act {act}">{name}</button>' for act, name in buttons) + "</p>"


def _aside(text: str) -> str:
    return f'<p class="aside">{one_line(text)}</p>'


def _lines(text: str) -> str:
    """`text` with its line ends, on one line of HTML."""
    return "<br>".join(one_line(line) for line in text.strip().splitlines())


def _message(kind: str, parts: Iterable[str]) -> str:
    return f'<div class="{kind}">{"".join(parts)}</div>'
