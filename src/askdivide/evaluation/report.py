"""An evaluation as plain data: what `eval --json` prints, the HTML page is made of, and a later run is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askdivide.errors import QuestionError
from askdivide.evaluation.confidence import bins, tradeoffs
from askdivide.evaluation.figures import Figure
from askdivide.evaluation.run import Outcome
from askdivide.evaluation.summary import by_kind, scored, summary

_PASSAGES, _PASSAGE_MOST = 3, 400
"""How much of what was found is kept for each question: passages, and characters of each."""


def report(outcomes: Sequence[Outcome], about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Figures, figures by kind, how far confidence can be trusted, and each question's outcome, ready for JSON.

    `about` says what was measured: file, model, embedding, threshold.
    """
    known = scored(outcomes)
    return {
        "about": dict(about or {}),
        "figures": _rounded(summary(outcomes)),
        "kinds": {kind: _rounded(figures) for kind, figures in by_kind(outcomes).items()},
        "reliability": [_numbers(asdict(one)) for one in bins(known)],
        "tradeoff": [_numbers(asdict(one)) for one in tradeoffs(known)],
        "questions": [_question(one) for one in outcomes],
    }


def read_report(file: Path) -> dict[str, Any]:
    """A report that `eval --json` wrote. Raises QuestionError where it is none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise QuestionError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"{file} is not what eval --json prints: {error}") from error
    if not _is_report(data):
        raise QuestionError(f"{file} is not what eval --json prints: it has no figures and questions")
    return dict(data)


def _is_report(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("figures"), dict) or not isinstance(data.get("questions"), list):
        return False
    figures = all(isinstance(one, dict) and isinstance(one.get("value"), int | float) for one in data["figures"].values())
    return figures and all(isinstance(one, dict) and isinstance(one.get("question"), str) for one in data["questions"])


def _question(one: Outcome) -> dict[str, Any]:
    asked, answer = one.question, one.answer
    return {
        "id": asked.id,
        "kind": asked.kind,
        "question": asked.question,
        "history": [turn.question for turn in asked.history],
        "standalone_question": answer.standalone_question,
        "answerable": asked.answerable,
        "must_contain": [list(group) for group in asked.must_contain],
        "evidence": list(asked.evidence),
        "status": answer.status,
        "right": one.right,
        "contains": one.contains if asked.must_contain else None,
        "first_claim_contains": one.first_contains if asked.must_contain else None,
        "confidence": round(answer.confidence, 4),
        "claims": len(answer.claims),
        "text": answer.text,
        "citations": [{"number": cited.number, "document": cited.document, "quote": cited.quote} for cited in answer.citations],
        "evidence_rank": next((rank for rank, held in enumerate(one.held, start=1) if held), None),
        "passages": [
            {"document": found.document, "heading": found.heading, "text": found.text[:_PASSAGE_MOST]}
            for found in (one.passages or answer.read)[:_PASSAGES]
        ],
        "seconds": {stage: round(value, 4) for stage, value in answer.seconds.items()},
    }


def _rounded(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: _numbers(asdict(figure)) for name, figure in figures.items()}


def _numbers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 4) if isinstance(value, float) else _numbers(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
    }
