"""A real language model, SmolLM2-135M-Instruct: in this process, and over HTTP from llama.cpp's own server."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askdivide.errors import ModelError, NoAnswer
from askdivide.models import ChatModel, Message, open_model
from askdivide.models.gguf import GgufModel
from askdivide.settings import Settings

pytestmark = pytest.mark.weights
HELLO = [Message("user", "Say hello.")]
LONG = [Message("user", "word " * 700)]


@pytest.fixture(scope="module")
def own(smollm2: Path) -> GgufModel:
    return GgufModel(smollm2, context=512, threads=1)


@pytest.fixture(scope="module")
def server(smollm2: Path) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2)
    params.n_batch = params.n_ubatch = 64
    params.n_ctx, params.n_parallel, params.verbosity, params.cache_ram_mib, params.warmup = 512, 1, -1, 0, False
    # On a busy machine two threads wait for each other most of the time.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(params)


@pytest.fixture(params=["in process", "over HTTP"])
def model(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    if request.param == "in process":
        yield request.getfixturevalue("own")
    else:
        address = request.getfixturevalue("server").listening_address
        yield open_model(f"server:SmolLM2@{address}/v1", Settings())


def text(model: ChatModel, messages: list[Message] = HELLO, max_tokens: int = 8) -> str:
    return "".join(piece.text for piece in model.stream(messages, max_tokens=max_tokens))


def test_it_streams_the_same_words_each_time(model: ChatModel) -> None:
    pieces = list(model.stream(HELLO, max_tokens=8))
    assert 1 < len(pieces) <= 9
    assert "hello" in "".join(piece.text for piece in pieces).lower()
    assert not any(piece.thinking for piece in pieces)
    assert "".join(piece.text for piece in pieces) == text(model)
    assert model.context_tokens == 512


def test_stopping_in_the_middle_frees_it_for_the_next_question(model: ChatModel) -> None:
    started = time.monotonic()
    pieces = iter(model.stream([Message("user", "Count from one to a thousand in words.")], max_tokens=400))
    next(pieces)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    text(model, max_tokens=2)
    stopped = time.monotonic() - started
    # 400 tokens take many times as long as the few that were made.
    started = time.monotonic()
    text(model, [Message("user", "Count from one to a thousand in words.")], max_tokens=40)
    assert stopped < 10 * (time.monotonic() - started)


def test_a_prompt_that_does_not_fit_is_an_error_with_the_remedy(model: ChatModel) -> None:
    with pytest.raises(ModelError, match=r"the question with its passages is too long for .*7\d\d tokens") as wrong:
        text(model, LONG)
    assert "lower ASKDIVIDE_PASSAGES" in str(wrong.value)
    assert text(model, max_tokens=2)


def test_two_questions_at_once_are_both_answered(model: ChatModel) -> None:
    questions = [[Message("user", "Say hello.")], [Message("user", "Say goodbye.")]]
    alone = [text(model, question) for question in questions]
    found: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: found.__setitem__(n, text(model, questions[n]))) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[0], found[1]] == alone


def test_it_speaks_anthropics_protocol_too(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.listening_address)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    model = open_model("anthropic:SmolLM2", Settings(context=512))
    assert 1 < len(list(model.stream(HELLO, max_tokens=8))) <= 9
    with pytest.raises(NoAnswer, match="too long for anthropic:SmolLM2"):
        text(model, LONG)


def test_tokens_are_counted_by_its_own_tokenizer(own: GgufModel) -> None:
    assert own.count_tokens("Hello world, this is.") == 6
    assert own.count_tokens("") == 0
    assert own.count_tokens("word " * 700) > 700


def test_it_can_be_interrupted_while_it_reads_the_prompt(model: ChatModel) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    text(model, max_tokens=1)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            text(model, [Message("user", "word " * 450)], max_tokens=200)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert text(model, max_tokens=2)


def test_nobody_else_gets_in_by_the_port_of_the_model_in_this_process(own: GgufModel) -> None:
    own.count_tokens("x")
    for path in ("/v1/models", "/slots", "/props"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(own._server.listening_address + path, timeout=5)
        refused.value.close()
        assert refused.value.code in (401, 501)


def test_weights_that_are_cut_off_are_told(smollm2: Path, tmp_path: Path) -> None:
    with smollm2.open("rb") as whole:
        (tmp_path / "cut.gguf").write_bytes(whole.read(4_000_000))
    model = open_model(f"gguf:{tmp_path / 'cut.gguf'}", Settings())
    with pytest.raises(ModelError, match=r"llama.cpp cannot load .*cut.gguf \(0.0 GB\): it is damaged") as wrong:
        text(model)
    assert "\n" not in str(wrong.value)


def test_a_program_ends_in_the_middle_of_an_answer(smollm2: Path) -> None:
    code = (
        "import sys\nfrom askdivide.models import Message, open_model\nfrom askdivide.settings import Settings\n"
        f"model = open_model('gguf:{smollm2}', Settings(context=256, threads=1))\n"
        "pieces = iter(model.stream([Message('user', 'Count to a thousand.')], max_tokens=200))\nprint(next(pieces).text)\nsys.exit(7)"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (7, "")
    assert ran.stdout.strip()
