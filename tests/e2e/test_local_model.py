"""Answers by a real language model on this machine, SmolLM2-135M-Instruct, from the command line: in process and over HTTP.

It is too weak to answer well. What is tested is that whatever it writes comes out as the contract says: every sentence with
its verdict, every citation the article's own words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askdivide.settings import Settings

pytestmark = pytest.mark.weights
QUESTION = "How many ships did the harbour of Ostrava Bay handle in 2023?"


@pytest.fixture(scope="module")
def address(smollm2: Path) -> Iterator[str]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2)
    params.n_ctx, params.n_parallel, params.verbosity, params.warmup = 2048, 1, -1, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    # The server lives as long as this frame does.
    yield str(server.listening_address)  # noqa: PT022


def ask(settings: Settings, *arguments: str, question: str = QUESTION, status: tuple[int, ...] = (0, 3)) -> Any:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASKDIVIDE_")}
    environment |= {
        "ASKDIVIDE_EMBEDDING": settings.embedding, "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0", "ASKDIVIDE_PASSAGES": "2",
        "ASKDIVIDE_ANSWER_TOKENS": "40", "ASKDIVIDE_CONTEXT": "2048", "ASKDIVIDE_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "askdivide", "ask", question, "--json", "--index", settings.index, "--corpus", settings.corpus]
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode in status, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def holds(answer: dict[str, Any], settings: Settings) -> None:
    """Whether an answer keeps the contract, whatever was written."""
    cited = {one["number"]: one for one in answer["citations"]}
    for citation in cited.values():
        text = (settings.corpus / citation["document"]).read_text(encoding="utf-8")
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    for claim in answer["claims"]:
        assert claim["support"] in ("quoted", "supported", "unsupported", "uncited")
        assert set(claim["citations"]) <= set(cited)
        assert (claim["support"] == "uncited") == (not claim["citations"])
    if answer["status"] == "answered":
        assert answer["claims"]
        assert answer["model"] == "quote" or answer["seconds"]["first token"] <= answer["seconds"]["model"]
    else:
        assert answer["refusal"]["reason"]


def test_a_model_in_process_answers_with_verdicts_and_exact_citations(indexed: Settings, smollm2: Path) -> None:
    answer = ask(indexed, "--model", f"gguf:{smollm2}")
    assert answer["model"] == f"gguf:{smollm2}"
    holds(answer, indexed)


def test_beside_the_quote_model_it_is_answered_twice(indexed: Settings, address: str) -> None:
    answers = ask(indexed, "--model", "quote", "--model", f"server:SmolLM2@{address}/v1")
    assert [one["model"] for one in answers] == ["quote", f"server:SmolLM2@{address}/v1"]
    assert {claim["support"] for claim in answers[0]["claims"]} == {"quoted"}
    assert "412" in answers[0]["text"]
    for answer in answers:
        holds(answer, indexed)


def test_strictly_nothing_unsupported_is_left(indexed: Settings, address: str) -> None:
    answer = ask(indexed, "--strict", "--model", f"server:SmolLM2@{address}/v1")
    holds(answer, indexed)
    assert {claim["support"] for claim in answer["claims"]} <= {"quoted", "supported"}


def test_a_server_that_has_gone_is_told_in_one_line(indexed: Settings) -> None:
    told = ask(indexed, "--model", "server:SmolLM2@http://127.0.0.1:9/v1", status=(1,))
    assert told.startswith("error: ")
    assert "127.0.0.1:9" in told
    assert len(told.splitlines()) == 1
