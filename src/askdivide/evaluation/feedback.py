"""What people make of answers, kept beside the index in a form that `askdivide eval` takes as questions.

A judgement says no more than it says. That an answer is right makes its quotes evidence; that a refusal is right makes the
question unanswerable, and that it is wrong answerable. That an answer is wrong leaves open whether the articles hold a better
one: the question is kept, with what was answered, for a person to complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from askdivide.errors import AskDivideError
from askdivide.evaluation.run import squeezed
from askdivide.files import replace_file
from askdivide.index.catalog import Catalog
from askdivide.records import Answer, Turn

FILE = "feedback.jsonl"
LONGEST_REASON = 1000
"""Characters."""
_LARGEST = 20_000_000
"""Bytes of the file, which anybody who may ask can fill."""
_WAIT = 10.0
_ARTICLES_WORDS = ("answer", "evidence", "rejected", "documents")
"""What a line may hold of the articles' own words and names."""


def judgement(key: str, answer: Answer, history: Sequence[Turn], *, right: bool, reason: str = "") -> dict[str, Any]:
    """The line for an answer that somebody finds right or wrong. `key` names it, so that it can be replaced."""
    line: dict[str, Any] = {"id": key, "question": answer.question, "kind": "right" if right else "wrong"}
    if history:
        line["history"] = [turn.question for turn in history]
    numbers = {number for claim in answer.claims if claim.support in ("quoted", "supported") for number in claim.citations}
    cited = [citation for citation in answer.citations if citation.number in numbers]
    if answer.refusal:
        line["answerable"] = not right
    elif right:
        line["answerable"] = True
        line["evidence"] = list(dict.fromkeys(citation.quote for citation in cited))
        line["documents"] = list(dict.fromkeys(citation.document for citation in cited))
    else:
        line["rejected"] = list(dict.fromkeys(citation.quote for citation in answer.citations))
        line["answer"] = answer.text
    if reason.strip():
        line["reason"] = reason.strip()[:LONGEST_REASON]
    return line | {"model": answer.model, "confidence": round(answer.confidence, 4)}


def keep(folder: Path, line: dict[str, Any]) -> None:
    """Put a line into the file in the index `folder`, in the place of one with its id. Raises AskDivideError where that cannot be."""

    def added(lines: list[str]) -> list[str]:
        return [*(old for old in lines if _id(old) != line["id"]), json.dumps(line, ensure_ascii=False)]

    _rewrite(folder, added)


def forget(folder: Path, catalog: Catalog) -> None:
    """Take out of the file what articles said that have been removed or replaced; the questions stay."""
    texts = [squeezed(catalog.text(row.id)) for row in catalog.documents()]

    def is_there(text: Any) -> bool:
        return any(squeezed(str(text)) in other for other in texts)

    def kept(old: str) -> str:
        try:
            line = json.loads(old)
            if all(is_there(text) for name in ("evidence", "rejected") for text in line.get(name, ())):
                return old
            return json.dumps({name: value for name, value in line.items() if name not in _ARTICLES_WORDS}, ensure_ascii=False)
        except (ValueError, AttributeError, TypeError):
            # Somebody's own line.
            return old

    if (folder / FILE).exists():
        _rewrite(folder, lambda lines: [kept(old) for old in lines])


def _rewrite(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    file = folder / FILE
    try:
        with FileLock(folder / f"{FILE}.lock", timeout=_WAIT):
            lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
            text = "".join(f"{line}\n" for line in change([line for line in lines if line.strip()]))
            data = text.encode("utf-8", "replace")
            if len(data) > _LARGEST:
                raise AskDivideError(f"{file} is full; move it away to begin another")
            replace_file(file, data, private=True)
    except Timeout as error:
        raise AskDivideError(f"{file} is being written by another process; try again") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise AskDivideError(f"{file} cannot be written: {reason}") from error


def _id(line: str) -> Any:
    try:
        return json.loads(line).get("id")
    except (ValueError, AttributeError):
        return None
