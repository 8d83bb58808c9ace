"""The figures over outcomes, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdivide.evaluation.confidence import Scored, calibration_error
from askdivide.evaluation.figures import Figure, auroc, mean, ndcg, quantile, reciprocal_rank, share
from askdivide.evaluation.run import Outcome

MEANINGS = {
    "right": "answered with all that it must hold, or refused where nothing answers it",
    "hit@1": "the first article found answers",
    "hit@5": "one of the first five articles found answers",
    "recall@5": "share of the answering articles among the first five",
    "mrr@10": "1 / rank of the first answering article",
    "ndcg@10": "ranking of articles",
    "evidence@1": "the first passage holds all the evidence",
    "evidence@5": "the first five passages hold all the evidence",
    "evidence_recall@5": "share of the evidence in the first five passages",
    "evidence_mrr@10": "1 / rank of the first passage with evidence",
    "evidence_ndcg@10": "ranking of passages with evidence",
    "answer_contains": "the answer holds all that it must",
    "first_claim_contains": "its first claim alone does",
    "claims": "claims in an answer (less is better)",
    "citations_exact": "every quote is the article's text at its span",
    "evidence_cited": "all the evidence is quoted",
    "citation_recall": "share of the evidence that is quoted",
    "citation_precision": "share of the citations that are evidence; others may be right too",
    "refusal_precision": "refused questions that nothing answers",
    "refusal_recall": "questions nothing answers that were refused",
    "false_refusals": "answerable questions refused (less is better)",
    "confidence_auroc": "an answerable question is given more confidence than an unanswerable one",
    "calibration_error": "distance of confidence from truth (less is better)",
    "follow_ups_right": "right among questions with a history",
    "support_quoted": "claims that are quotes",
    "support_supported": "claims found supported by what they cite",
    "support_unsupported": "claims found unsupported (less is better)",
    "support_uncited": "claims without a citation (less is better)",
}
"""What each figure says; seconds are named after their stage."""

_LESS = {"claims", "false_refusals", "calibration_error", "support_unsupported", "support_uncited"}
_SECONDS = re.compile(r"seconds(?:_\w+)?_p(?:50|95)")


def is_figure(name: str) -> bool:
    """Whether there can be a figure of this name."""
    return name in MEANINGS or bool(_SECONDS.fullmatch(name))


def less_is_better(name: str) -> bool:
    """Whether a smaller value of the figure is the better one."""
    return name in _LESS or bool(_SECONDS.fullmatch(name))


def scored(outcomes: Sequence[Outcome]) -> Scored:
    """Confidence and truth of the outcomes whose question is known to be answerable or not."""
    return [(one.answer.confidence, one.question.answerable) for one in outcomes if one.question.answerable is not None]


def summary(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """All figures that the outcomes allow, by name, in the order in which they are shown."""
    right = [(one, verdict) for one in outcomes if (verdict := one.right) is not None]
    figures: dict[str, Figure | None] = {
        "right": share([verdict for _, verdict in right]),
        **_retrieval(outcomes),
        **_answers(outcomes),
        **_refusals(outcomes),
        "follow_ups_right": share([verdict for one, verdict in right if one.question.history]),
        **_support(outcomes),
        **_seconds(outcomes),
    }
    return {name: figure for name, figure in figures.items() if figure}


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Figure]]:
    """The same for the questions of each kind, in the order of their first question; empty where the file has no kinds."""
    kinds = dict.fromkeys(one.question.kind for one in outcomes if one.question.kind)
    return {kind: summary([one for one in outcomes if one.question.kind == kind]) for kind in kinds}


def _retrieval(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    located = [(one.documents, list(dict.fromkeys(one.question.documents))) for one in _answerable(outcomes) if one.question.documents]
    quoted = [one for one in _answerable(outcomes) if one.question.evidence]
    ranked = [_ranked(one) for one in quoted]
    return {
        "hit@1": share([bool({*found[:1]} & {*wanted}) for found, wanted in located]),
        "hit@5": share([bool({*found[:5]} & {*wanted}) for found, wanted in located]),
        "recall@5": mean([len({*found[:5]} & {*wanted}) / len(wanted) for found, wanted in located]),
        "mrr@10": mean([reciprocal_rank(found, wanted) for found, wanted in located]),
        "ndcg@10": mean([ndcg(found, wanted) for found, wanted in located]),
        "evidence@1": share([_held(one, 1) == 1 for one in quoted]),
        "evidence@5": share([_held(one, 5) == 1 for one in quoted]),
        "evidence_recall@5": mean([_held(one, 5) for one in quoted]),
        "evidence_mrr@10": mean([reciprocal_rank(found, wanted) for found, wanted in ranked]),
        "evidence_ndcg@10": mean([ndcg(found, wanted) for found, wanted in ranked]),
    }


def _held(one: Outcome, k: int) -> float:
    """Share of the evidence in the first `k` passages."""
    return len(set().union(*one.held[:k])) / len({*one.question.evidence})


def _ranked(one: Outcome) -> tuple[list[str], list[str]]:
    """Passages by rank, and those that are wanted: all that hold evidence, and one for each evidence text that none holds."""
    found = [str(rank) for rank in range(len(one.held))]
    wanted = [rank for rank, held in zip(found, one.held, strict=True) if held]
    missing = {*range(len(one.question.evidence))} - set().union(*one.held)
    return found, wanted + [f"missing {number}" for number in sorted(missing)]


def _answers(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    checked = [one for one in _answerable(outcomes) if one.question.must_contain]
    quoted = [one for one in _answerable(outcomes) if one.question.evidence]
    citing = [one for one in quoted if one.answer.citations]
    return {
        "answer_contains": share([one.contains for one in checked]),
        "first_claim_contains": share([one.first_contains for one in checked]),
        "claims": mean([len(one.answer.claims) for one in _answerable(outcomes) if one.answer.claims]),
        "citations_exact": share([one.exact for one in outcomes if one.answer.citations]),
        "evidence_cited": share([one.covered for one in quoted]),
        "citation_recall": mean([len(set().union(*one.cited)) / len({*one.question.evidence}) for one in quoted]),
        "citation_precision": mean([sum(map(bool, one.cited)) / len(one.cited) for one in citing]),
    }


def _refusals(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    judged = [one for one in outcomes if one.question.answerable is not None]
    known = scored(outcomes)
    both = len({answerable for _, answerable in known}) == 2
    return {
        "refusal_precision": share([not one.question.answerable for one in judged if one.refused]),
        "refusal_recall": share([one.refused for one in judged if not one.question.answerable]),
        "false_refusals": share([one.refused for one in judged if one.question.answerable]),
        "confidence_auroc": auroc(known),
        "calibration_error": calibration_error(known) if both else None,
    }


def _support(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    verdicts = [claim.support for one in outcomes for claim in one.answer.claims]
    return {f"support_{name}": share([verdict == name for verdict in verdicts]) for name in dict.fromkeys(sorted(verdicts))}


def _seconds(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    figures: dict[str, Figure | None] = {}
    for stage in dict.fromkeys(stage for one in outcomes for stage in one.answer.seconds):
        values = [one.answer.seconds[stage] for one in outcomes if stage in one.answer.seconds]
        name = "seconds" if stage == "total" else f"seconds_{stage}"
        figures |= {f"{name}_p50": quantile(values, 0.5), f"{name}_p95": quantile(values, 0.95)}
    return figures


def _answerable(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.question.answerable is not False]
