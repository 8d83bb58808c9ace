"""`ask` and a `serve` of the same user and index: two processes, and between them a socket that only they may use."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from tests.e2e.browsing import served

from askdivide.answering.assistant import Assistant
from askdivide.errors import QuestionError
from askdivide.index.folder import CATALOG, current
from askdivide.ingestion.reindex import reindex
from askdivide.interfaces import local_client, local_socket
from askdivide.interfaces.local_client import ask_server, has_server
from askdivide.interfaces.local_socket import greeting, is_private, socket_of
from askdivide.interfaces.web import local_server
from askdivide.interfaces.web.local_server import LocalServer
from askdivide.models import QUOTE
from askdivide.records import Filters, Turn
from askdivide.settings import Settings

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets that are files")

FOUNDED = "Who founded the harbour of Ostrava Bay?"


@pytest.fixture(autouse=True)
def _short_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A socket's name is limited to a hundred bytes or so, which the tests' own folders may well be longer than.
    with tempfile.TemporaryDirectory(prefix="ad", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def server(indexed: Settings, notes: list[str]) -> Iterator[LocalServer]:
    with LocalServer(Assistant.open(indexed), notes.append) as made:
        made.open()
        yield made
    assert notes == []


def asked(settings: Settings, question: str = FOUNDED, **given):
    return ask_server(question, **{"history": (), "filters": Filters(), **given}, settings=settings)


def connected(settings: Settings) -> socket.socket:
    """A connection to the server, past its greeting."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(20)
    connection.connect(str(socket_of(settings.index)))
    assert connection.recv(10_000) == greeting(settings)
    return connection


def test_of_an_index_that_lacks_articles_the_client_answers_itself_and_says_so(server: LocalServer, indexed: Settings) -> None:
    assert asked(indexed)
    with closing(sqlite3.connect(current(indexed.index) / CATALOG)) as catalog:
        catalog.execute("UPDATE manifest SET value = 'false' WHERE key = 'complete'")
        catalog.commit()
    assert asked(indexed) is None


# Two processes

# What is loaded shows who has answered: a server's answer needs neither numpy nor the read path.
PROGRAM = "import sys\nfrom askdivide.interfaces import cli\ntry: cli.main()\nfinally: print('loaded:', int('numpy' in sys.modules), file=sys.stderr)"
WITHOUT_SERVER = {"ASKDIVIDE_SOCKET": "no"}


def ran(folder: Path, *arguments: object, **variables: str) -> tuple[int, str, str, bool]:
    """Exit code, output, errors of the command line, and whether it had to find the answer itself."""
    environment = os.environ | {"ASKDIVIDE_EMBEDDING": "test:256", "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0"} | variables
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments), "--corpus", "corpus", "--index", "index"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    errors, _, loaded = done.stderr.rpartition("loaded: ")
    return done.returncode, re.sub(r'"(embed|search|answer|total)": [\d.e-]+', r'"\1": 0', done.stdout), errors, loaded.strip() == "1"


@contextmanager
def serving(settings: Settings, **variables: str) -> Iterator[None]:
    """A server process whose socket answers."""
    with served(settings.index.parent, **variables):
        for _ in range(200):
            if has_server(settings):
                break
            # The socket is there once the models are loaded.
            threading.Event().wait(0.1)
        else:
            pytest.fail("the server does not listen on its socket")
        yield


@pytest.fixture
def local(indexed: Settings) -> Settings:
    """The settings of the processes, which find cache and all else by their environment."""
    return replace(indexed, cache=Settings().cache, refuse_below=0.0)


SAME = [
    ["ask", FOUNDED],
    ["ask", FOUNDED, "--json"],
    ["ask", FOUNDED, "--model", "quote", "--strict"],
    ["ask", "How many ships did the harbour handle in 2023?", "--json", "--tag", "harbour", "--source", "Bay Courier", "--since", "2024"],
    ["ask", FOUNDED, "--until", "1999"],
    ["ask", FOUNDED, "--until", "1999", "--json"],
    ["ask", "hello!"],
    ["ask", "Wer f\u00fchrt \x1b[31m \u4f60\u597d \udce4?", "--json"],
    ["ask", "--batch", "questions.jsonl", "--json"],
]


def test_the_same_is_printed_with_a_server_and_without(local: Settings) -> None:
    folder = local.index.parent
    lines = [
        {"id": 1, "question": FOUNDED},
        {"id": 2, "question": "And how many ships?", "history": [{"question": FOUNDED, "answer": "x"}, "?"]},
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    with serving(local):
        for arguments in SAME:
            *own, loaded = ran(folder, *arguments, **WITHOUT_SERVER)
            assert loaded
            *by_server, loaded = ran(folder, *arguments)
            assert by_server == own, arguments
            assert not loaded, arguments
        assert [ran(folder, *arguments)[0] for arguments in SAME] == [0, 0, 0, 0, 3, 3, 3, 0, 0]
        # Errors are met, and told, as ever.
        for arguments, code in ((["ask", ""], 1), (["ask", "x" * 100_000], 1), (["ask", FOUNDED, "--batch", "questions.jsonl"], 2)):
            first = ran(folder, *arguments)
            assert first[:3] == ran(folder, *arguments, **WITHOUT_SERVER)[:3]
            assert first[0] == code
            assert first[2].count("error:") + first[2].count("Error:") == 1
        # An article that changes is seen by the next question.
        (folder / "corpus" / "harbour.md").write_text(
            "# The harbour\n\nThe harbour of Ostrava Bay was founded in 1999.\n", encoding="utf-8"
        )
        reindex(local)
        code, out, _, loaded = ran(folder, "ask", FOUNDED)
        assert (code, loaded) == (0, False)
        assert out.startswith("The harbour of Ostrava Bay was founded in 1999. [1]")
    assert not socket_of(local.index).exists()


def test_a_server_is_asked_only_where_it_would_answer_the_same(local: Settings) -> None:
    folder = local.index.parent
    with serving(local):
        assert not ran(folder, "ask", FOUNDED)[3]
        assert not ran(folder, "ask", FOUNDED, ASKDIVIDE_PORT="9", ASKDIVIDE_HOST="192.0.2.1", ASKDIVIDE_OFFER="hf:x")[3]
        assert not ran(folder, "ask", FOUNDED, "--model", "quote", ASKDIVIDE_MODEL="hf:x")[3]
        for variables in (
            {"PASSAGES": "3"},
            {"REFUSE_BELOW": "1"},
            {"SENTENCES": "1"},
            {"SOCKET": "off"},
            {"CACHE": str(folder / "elsewhere")},
        ):
            assert ran(folder, "ask", FOUNDED, **{f"ASKDIVIDE_{key}": value for key, value in variables.items()})[3], variables
        assert ran(folder, "ask", FOUNDED, "--explain")[3]
        assert ran(folder, "ask", FOUNDED, "--model", "quote", "--model", "quote")[3]
        socket_of(local.index).parent.chmod(0o755)
        assert ran(folder, "ask", FOUNDED)[3]
        socket_of(local.index).parent.chmod(0o700)
        assert not ran(folder, "ask", FOUNDED)[3]


def test_a_server_that_is_killed_leaves_nothing_in_the_way(local: Settings) -> None:
    folder = local.index.parent
    command = [sys.executable, "-m", "askdivide", "serve", "--corpus", folder / "corpus", "--index", folder / "index", "--port", "0"]
    environment = os.environ | {"ASKDIVIDE_EMBEDDING": "test:256", "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0"}
    for ending in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            for _ in range(300):
                if has_server(local):
                    break
                threading.Event().wait(0.1)
            assert not ran(folder, "ask", FOUNDED)[3]
            if ending == signal.SIGKILL:
                # Stopped, it still takes connections, and says nothing.
                process.send_signal(signal.SIGSTOP)
                assert ran(folder, "ask", FOUNDED)[0::3] == (0, True)
            process.send_signal(ending)
            process.wait(timeout=30)
        finally:
            process.kill()
            process.wait()
        assert socket_of(local.index).exists() == (ending == signal.SIGKILL)
        assert ran(folder, "ask", FOUNDED)[0::3] == (0, True)


def test_ctrl_c_ends_a_question_at_once_and_the_server_goes_on(local: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, go_on = threading.Event(), threading.Event()
    assistant = Assistant.open(local)
    ask = assistant.ask

    def slow(*arguments, **named):
        asking.set()
        assert go_on.wait(30)
        return ask(*arguments, **named)

    monkeypatch.setattr(assistant, "ask", slow)
    environment = os.environ | {"ASKDIVIDE_EMBEDDING": "test:256", "ASKDIVIDE_READER": "none", "ASKDIVIDE_REFUSE_BELOW": "0"}
    command = [sys.executable, "-m", "askdivide", "ask", FOUNDED, "--corpus", local.corpus, "--index", local.index]
    with LocalServer(assistant, print) as server:
        server.open()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert asking.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err.split()) == (130, "", ["interrupted"])
        go_on.set()
        answer = asked(local)
        assert answer is not None
        assert "1871" in answer.text


# The server's side


def test_an_answer_is_the_assistants_own_record(indexed: Settings, server: LocalServer) -> None:
    assistant = Assistant.open(indexed)
    history, filters = (Turn(FOUNDED, "Milena Duras."),), Filters(tags=("harbour",), since="2020")
    for question, given in (
        (FOUNDED, {}), ("And when?", {"history": history}), (FOUNDED, {"filters": filters}), (FOUNDED, {"filters": Filters(until="1900")}),
    ):  # fmt: skip
        answer = asked(indexed, question, **given)
        assert answer is not None
        assert replace(answer, seconds={}) == replace(assistant.ask(question, **given, model=QUOTE), seconds={})
        assert set(answer.seconds) >= {"embed", "search", "total"}
    assert asked(indexed, "") is None
    with pytest.raises(QuestionError):
        assistant.ask("")


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"nonsense\n", b"\xff\xfe\n", b"[]\n", b"{}\n", b"[" * 100_000 + b"\n", b"x" * 1_000_001, b"y" * 3_000_000 + b"\n",
        *(
            json.dumps({"question": "x", "history": [], "filters": asdict(Filters())} | wrong).encode() + b"\n"
            for wrong in (
                {"question": 5}, {"question": None}, {"history": 5}, {"history": [5]}, {"filters": []}, {"filters": {"x": 1}},
                {"filters": {"since": 5}}, {"filters": {"tags": "x"}}, {"filters": {"tags": [None]}}, {"filters": None}, {"question": ""},
            )
        ),
    ],
)  # fmt: skip
def test_what_is_no_question_gets_no_answer_and_harms_nobody(indexed: Settings, server: LocalServer, line: bytes) -> None:
    for _ in range(local_server._WORKERS + 1):
        # Sent away in the middle of a line, or after it.
        with closing(connected(indexed)) as connection, suppress(ConnectionError):
            connection.sendall(line)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
    assert asked(indexed) is not None


def test_those_who_connect_and_say_nothing_are_sent_away(indexed: Settings, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_QUESTION", 0.5)
    silent = [connected(indexed) for _ in range(local_server._WORKERS)]
    assert asked(replace(indexed, cache=Path("other"))) is None
    for one in silent:
        assert one.recv(1) == b""
        one.close()
    assert asked(indexed) is not None


def test_more_than_can_be_answered_are_not_kept_waiting(indexed: Settings, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_QUESTION", 20)
    busy = [connected(indexed) for _ in range(local_server._WORKERS)]
    waiting = []
    for _ in range(local_server._WAITING + 10):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect_ex(str(socket_of(indexed.index)))
        waiting.append(connection)
    assert asked(indexed) is None
    for one in (*busy, *waiting):
        one.close()
    until = time.monotonic() + 30
    while asked(indexed) is None:
        assert time.monotonic() < until


def test_many_at_once_get_their_own_answers(indexed: Settings, server: LocalServer) -> None:
    questions = [
        FOUNDED,
        "How long did Anselm Okoro keep the lighthouse?",
        "How many pear orchards are left?",
        "Which pear ripens in October?",
    ]
    expected = {question: Assistant.open(indexed).ask(question).text for question in questions}
    got: list[bool] = []

    def many(number: int) -> None:
        for turn in range(10):
            question = questions[(number + turn) % 4]
            answer = asked(indexed, question)
            got.append(answer is not None)
            assert answer is None or answer.text == expected[question]

    threads = [threading.Thread(target=many, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 120
    assert sum(got) > 60


def test_a_fault_ends_one_question_and_not_the_server(indexed: Settings, server: LocalServer, monkeypatch, caplog) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(server._assistant, "ask", lambda *_, **__: 1 / 0)
        for _ in range(local_server._WORKERS + 1):
            assert asked(indexed) is None
    assert "ZeroDivisionError" in caplog.text
    assert asked(indexed) is not None


def test_one_server_listens_and_takes_away_its_own_socket_only(indexed: Settings, notes: list[str]) -> None:
    path = socket_of(indexed.index)
    with LocalServer(Assistant.open(indexed), notes.append) as first:
        first.open()
        first.open()
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        with LocalServer(Assistant.open(indexed), notes.append) as second:
            second.open()
        assert asked(indexed) is not None
    assert not path.exists()
    first.open()
    assert not path.exists()
    assert (asked(indexed), notes) == (None, [])


@pytest.mark.parametrize("made", ["open", "link", "file"])
def test_a_folder_that_others_may_have_made_is_not_used(indexed: Settings, notes: list[str], made: str, tmp_path: Path) -> None:
    folder = socket_of(indexed.index).parent
    (tmp_path / "private").mkdir(mode=0o700)
    if made == "open":
        folder.mkdir(mode=0o755)
    elif made == "link":
        folder.symlink_to(tmp_path / "private")
    else:
        folder.write_text("")
    assert not is_private(folder)
    with LocalServer(Assistant.open(indexed), notes.append) as server:
        server.open()
        assert asked(indexed) is None
    assert len(notes) == 1
    assert str(folder) in notes[0]
    assert not list((tmp_path / "private").iterdir())


def test_a_folder_or_a_process_of_another_user_is_not_used(indexed: Settings, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = socket_of(indexed.index).parent
    assert is_private(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 4_000_000)
        assert not is_private(folder)
        assert asked(indexed) is None
    with monkeypatch.context() as patch:
        patch.setattr(local_server, "is_same_user", lambda connection: False)
        assert asked(indexed) is None
    with monkeypatch.context() as patch:
        patch.setattr(local_client, "is_same_user", lambda connection: False)
        assert asked(indexed) is None
    assert asked(indexed) is not None


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED") or os.geteuid() != 0, reason="only the superuser can be somebody else as well")
def test_another_users_process_is_told_by_the_system(tmp_path: Path) -> None:
    path = Path(os.environ["XDG_RUNTIME_DIR"]) / "s"
    path.parent.chmod(0o755)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        code = f"import os, socket; os.setuid(65534); s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r}); s.recv(1)"
        process = subprocess.Popen([sys.executable, "-c", code])
        connection, _ = listener.accept()
        with closing(connection):
            assert not local_socket.is_same_user(connection)
        assert process.wait(30) == 0


def test_without_a_runtime_folder_it_is_the_temporary_one(monkeypatch: pytest.MonkeyPatch, indexed: Settings, tmp_path: Path) -> None:
    short = os.environ["XDG_RUNTIME_DIR"]
    for value in ("", short + "/missing"):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        monkeypatch.setenv("TMPDIR", short)
        assert socket_of(indexed.index).parent == Path(short) / f"askdivide-{os.geteuid()}"
        with LocalServer(Assistant.open(indexed), print) as server:
            server.open()
            assert asked(indexed) is not None


def test_a_name_too_long_for_a_socket_is_done_without(monkeypatch: pytest.MonkeyPatch, indexed: Settings, notes, tmp_path: Path) -> None:
    long = tmp_path / ("r" * 120)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    with LocalServer(Assistant.open(indexed), notes.append) as server:
        server.open()
        assert asked(indexed) is None
    assert len(notes) == 1
    assert "too long" in notes[0]


def test_it_can_be_switched_off(indexed: Settings, notes: list[str], server: LocalServer) -> None:
    assert asked(replace(indexed, socket=False)) is None
    server.close()
    with LocalServer(Assistant.open(replace(indexed, socket=False)), notes.append) as off:
        off.open()
        assert not socket_of(indexed.index).exists()


# What must be the same


def test_every_setting_counts_but_those_of_serving(indexed: Settings) -> None:
    other = {
        "bool": lambda old: not old,
        "int": lambda old: old - 1 if old else 1,
        "float": lambda old: 0.5,
        "Path": lambda old: old / "x",
    }
    serving = {"model", "offer", "host", "port", "editable", "users", "open_to_all", "hosts"}
    for spec in fields(Settings):
        old = getattr(indexed, spec.name)
        changed = replace(indexed, **{spec.name: other.get(str(spec.type), lambda old: old + "http://x")(old)})
        assert (greeting(changed) == greeting(indexed)) == (spec.name in serving), spec.name


def test_settings_mean_the_same_in_every_folder(indexed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "model.onnx").write_bytes(b"one")
    relative = replace(indexed, index=Path("index"), corpus=Path("corpus"), reader="reader")
    absolute = replace(indexed, reader=str(tmp_path / "reader"))
    assert socket_of(relative.index) == socket_of(absolute.index)
    assert (before := greeting(relative)) == greeting(absolute)
    (tmp_path / "reader" / "model.onnx").write_bytes(b"another")
    assert greeting(relative) == greeting(absolute) != before
    (tmp_path / "link").symlink_to("index")
    assert greeting(replace(relative, index=Path("link"))) == greeting(relative)
    monkeypatch.chdir("/")
    assert greeting(relative) != greeting(absolute)


def test_another_version_or_changed_files_of_the_program_do_not_agree(indexed: Settings, monkeypatch, tmp_path: Path) -> None:
    before = greeting(indexed)
    for name, value in (("__version__", "9"), ("sys.prefix", "/elsewhere")):
        with monkeypatch.context() as patch:
            patch.setattr(f"askdivide.interfaces.local_socket.{name}", value)
            assert greeting(indexed) != before
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    (tmp_path / "a" / "b.py").write_text("1")
    found = local_socket._files(tmp_path / "a")
    (tmp_path / "a" / "__pycache__" / "b.pyc").write_text("1")
    assert local_socket._files(tmp_path / "a") == found
    os.utime(tmp_path / "a" / "b.py", ns=(1, 1))
    assert local_socket._files(tmp_path / "a") != found
    assert any(name.endswith("calibration.json") for name, *_ in local_socket._files(Path(local_socket.__file__).parents[1]))


def test_an_index_behind_a_changed_link_is_not_answered_for(indexed: Settings, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(indexed.index)
    with LocalServer(Assistant.open(replace(indexed, index=tmp_path / "current")), print) as server:
        server.open()
        assert asked(indexed) is not None
        (tmp_path / "current").unlink()
        shutil.copytree(indexed.index, tmp_path / "other")
        (tmp_path / "current").symlink_to(tmp_path / "other")
        assert asked(indexed) is None


def test_the_quote_models_name_is_one() -> None:
    assert local_client.QUOTE == QUOTE


# The client's side


@contextmanager
def impostor(settings: Settings, *said: bytes, keep_open: bool = False) -> Iterator[list[bytes]]:
    """A process of this user that says `said` on the socket, a part for each line that it is told, and notes those."""
    path = socket_of(settings.index)
    path.parent.mkdir(mode=0o700)
    told: list[bytes] = []
    done = threading.Event()

    def play() -> None:
        connection, _ = listener.accept()
        with closing(connection):
            connection.settimeout(20)
            connection.sendall(said[0])
            for part in said[1:]:
                told.append(connection.recv(100_000))
                connection.sendall(part)
            if keep_open:
                done.wait(20)

    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=play)
        thread.start()
        yield told
        done.set()
        thread.join(20)


@pytest.mark.parametrize("said", [b"", b"\n", b"hello\n", b"{}\n", b"x" * 1000, b'{"askdivide": "0.0.1", "settings": "x"}\n'])
def test_a_stranger_hears_no_question(indexed: Settings, said: bytes) -> None:
    with impostor(indexed, said) as told:
        assert asked(indexed) is None
    assert told == []


@pytest.mark.parametrize(
    "reply",
    [b"", b"\n", b"null\n", b"[]\n", b"{}\n", b'{"question": "x', b"[" * 100_000 + b"\n", b"\xff\n", b'{"refusal": 5, "claims": [5]}\n'],
)
def test_a_broken_reply_is_no_answer(indexed: Settings, reply: bytes) -> None:
    with impostor(indexed, greeting(indexed), reply) as told:
        assert asked(indexed) is None
    assert len(told) == 1


def test_an_answer_to_something_else_is_none(indexed: Settings) -> None:
    other = json.dumps(asdict(Assistant.open(indexed).ask("Who was Anselm Okoro?"))).encode() + b"\n"
    with impostor(indexed, greeting(indexed), other):
        assert asked(indexed) is None


def test_a_server_that_says_nothing_is_left(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_client, "_ANSWER", 0.2)
    with impostor(indexed, greeting(indexed), b"{", keep_open=True):
        assert asked(indexed) is None
    shutil.rmtree(socket_of(indexed.index).parent)
    with impostor(indexed, b"", keep_open=True):
        assert asked(indexed) is None


def test_a_question_too_long_for_the_socket_is_not_sent(indexed: Settings, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_client, "_connected", lambda settings: pytest.fail("connected"))
    assert asked(indexed, "x" * 1_000_000) is None
