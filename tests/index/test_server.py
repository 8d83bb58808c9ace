"""A real Chroma server, started as anybody would: the same answers, several processes, one collection for each build."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from askdivide.answering.assistant import Assistant
from askdivide.errors import IndexDamaged, IndexProblem
from askdivide.index.folder import CHROMA, current
from askdivide.index.purge import purge_index
from askdivide.index.vectors import _client
from askdivide.ingestion.doctor import examine, repair
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(150):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def served(settings: Settings, server: str) -> Settings:
    made = replace(settings, chroma=server)
    reindex(made)
    return made


def collections(server: str) -> set[str]:
    return {collection.name for collection in _client(Path(), server).list_collections()}


def test_a_server_gives_the_same_passages_as_a_folder(served: Settings, tmp_path: Path) -> None:
    local = replace(served, chroma="", index=tmp_path / "local")
    reindex(local)
    for question in ("When was the harbour founded?", "pear orchards", "Who kept the lighthouse?"):
        assert Assistant.open(served).search(question, top_k=20) == Assistant.open(local).search(question, top_k=20)
    assert not (current(served.index) / CHROMA).exists()


def test_a_server_follows_every_change_and_each_build_has_its_collection(served: Settings, server: str) -> None:
    assistant = Assistant.open(served)
    first = f"askdivide-{current(served.index).name}"
    assert first in collections(server)
    (served.corpus / "pier.md").write_text("# Pier\n\nThe pier of Ostrava Bay is painted violet.\n")
    (served.corpus / "orchards.txt").unlink()
    reindex(served)
    assert "violet" in assistant.ask("What colour is the pier of Ostrava Bay?").text
    assert "orchards.txt" not in {passage.document for passage in assistant.search("pear orchards", top_k=20)}
    reindex(served, rebuild=True)
    reindex(served)
    second = f"askdivide-{current(served.index).name}"
    assert first not in collections(server)
    assert second in collections(server)
    assert "violet" in assistant.ask("What colour is the pier of Ostrava Bay?").text
    purge_index(served)
    assert second not in collections(server)
    assert "violet" in assistant.ask("What colour is the pier of Ostrava Bay?").text


def test_other_processes_see_the_change_at_once(served: Settings) -> None:
    assistant = Assistant.open(served)
    (served.corpus / "pier.md").write_text("# Pier\n\nThe pier of Ostrava Bay is painted violet.\n")
    variables = {**os.environ, "ASKDIVIDE_CHROMA": served.chroma, "ASKDIVIDE_EMBEDDING": "test:256"}
    folders = ["--corpus", str(served.corpus), "--index", str(served.index)]
    for command in (["index", "--json"], ["ask", "What colour is the pier of Ostrava Bay?", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "askdivide", *command, *folders], env=variables, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
    assert "violet" in json.loads(done.stdout)["text"]
    hit = assistant.search("the violet pier of Ostrava Bay", top_k=1)[0]
    assert (hit.document, hit.ranks["dense"]) == ("pier.md", 1)


def test_moving_to_a_server_and_back_embeds_nothing(indexed: Settings, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.ingestion.reindex.load_embedder", lambda *args, **more: pytest.fail("a model was loaded"))
    there = replace(indexed, chroma=server)
    with pytest.raises(IndexDamaged, match=r"the vectors in http://.* are missing; run: askdivide index$"):
        Assistant.open(there).search("harbour")
    for settings in (there, indexed, there):
        reindex(settings)
        assert Assistant.open(settings).search("harbour")[0].document == "harbour.md"


def test_a_lost_collection_is_found_and_filled_again(served: Settings, server: str) -> None:
    _client(Path(), server).delete_collection(f"askdivide-{current(served.index).name}")
    with pytest.raises(IndexDamaged, match="run: askdivide doctor --fix"):
        Assistant.open(served).search("harbour")
    assert {finding.check for finding in examine(served) if finding.level == "wrong"} == {"vectors"}
    repair(served, examine(served), on_note=lambda note: None)
    assert Assistant.open(served).search("harbour")[0].document == "harbour.md"


def test_a_silent_server_is_one_line_and_loses_nothing(served: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        silent = f"http://127.0.0.1:{closed.getsockname()[1]}"
    marker = current(served.index) / "chroma-server.json"
    kept = marker.read_text()
    marker.write_text(kept.replace(served.chroma, silent))
    with pytest.raises(IndexProblem, match=f"the Chroma server {silent} does not answer .*chroma run"):
        Assistant.open(replace(served, chroma=silent)).search("harbour")
    assert "server" in {finding.check for finding in examine(replace(served, chroma=silent)) if finding.level == "wrong"}
    (served.corpus / "pier.md").write_text("# Pier\n\nThe pier is new.\n")
    with pytest.raises(IndexProblem, match="does not answer"):
        reindex(replace(served, chroma=silent))
    marker.write_text(kept)
    reindex(served)
    assert Assistant.open(served).search("the new pier")[0].document == "pier.md"


def test_an_unchanged_run_does_not_ask_the_server(served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in served.corpus.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    reindex(served)
    monkeypatch.setattr("askdivide.index.vectors._client", lambda *args: pytest.fail("the server was asked"))
    assert reindex(served).unchanged == 3


def test_a_server_needs_no_folder_of_its_own(served: Settings, tmp_path: Path) -> None:
    copy = replace(served, index=tmp_path / "copied")
    shutil.copytree(served.index, copy.index)
    # Several app processes, each with the catalog at hand, on one collection.
    assert Assistant.open(copy).search("harbour") == Assistant.open(served).search("harbour")


# Behind a proxy with TLS, as a server that others can reach must be

KEY = "a-key-of-this-test"


@dataclass
class Gate:
    """A proxy that speaks TLS, asks for a key and hands on to the server; what it was asked for, by path."""

    url: str
    certificate: Path
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def gate(server: str, tmp_path: Path) -> Iterator[Gate]:
    # Connections are closed with each answer: the client keeps those it opens for as long as its process lives.
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=gate",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def hand_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, content = 401, "text/plain", b"no key"
            if self.headers["x-chroma-token"] == KEY:
                made.asked.append(self.path)
                connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=30)
                with closing(connection):
                    connection.request(self.command, self.path, body, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    status, kind, content = response.status, response.headers["Content-Type"] or "text/plain", response.read()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = hand_on  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, address: Any) -> None:
            # Here and not at accept: a client that refuses the certificate holds up nobody else.
            try:
                with context.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, address)
            except (ssl.SSLError, ConnectionError):
                pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(("127.0.0.1", 0), Handler) as listening:
        made = Gate(f"https://127.0.0.1:{listening.server_address[1]}", certificate)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield made
        listening.shutdown()


@pytest.fixture
def guarded(settings: Settings, server: str, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The small corpus for a tenant and database of their own behind the gate, whose certificate is trusted."""
    tenant = f"tenant{time.monotonic_ns()}"
    httpx.post(f"{server}/api/v2/tenants", json={"name": tenant}).raise_for_status()
    httpx.post(f"{server}/api/v2/tenants/{tenant}/databases", json={"name": "articles"}).raise_for_status()
    for name, value in {"CHROMA_TENANT": tenant, "CHROMA_DATABASE": "articles", "CHROMA_API_KEY": KEY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SSL_CERT_FILE", str(gate.certificate))
    return replace(settings, chroma=gate.url)


def test_a_server_behind_tls_is_used_with_tenant_database_and_key(guarded: Settings, gate: Gate, server: str, tmp_path: Path) -> None:
    reindex(guarded)
    local = replace(guarded, chroma="", index=tmp_path / "local")
    reindex(local)
    found = Assistant.open(guarded).search("When was the harbour founded?", top_k=20)
    assert found == Assistant.open(local).search("When was the harbour founded?", top_k=20)
    assert found[0].ranks["dense"]
    place = f"/api/v2/tenants/{os.environ['CHROMA_TENANT']}/databases/articles/collections"
    assert any(path.startswith(place) and path.endswith("/upsert") for path in gate.asked)
    assert any(path.startswith(place) and path.endswith("/query") for path in gate.asked)
    assert not any("/collections" in path and not path.startswith(place) for path in gate.asked)
    name = f"askdivide-{current(guarded.index).name}"
    assert name in collections(guarded.chroma)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CHROMA_TENANT")
        patch.delenv("CHROMA_DATABASE")
        assert name not in collections(server)
    purge_index(guarded)
    assert Assistant.open(guarded).search("harbour")[0].document == "harbour.md"
    told = b"".join(file.read_bytes() for file in guarded.index.rglob("*") if file.is_file())
    assert KEY.encode() not in told


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("SSL_CERT_FILE", None, r"the certificate of .* is not trusted; name its authority's file in SSL_CERT_FILE"),
        ("CHROMA_API_KEY", "another", r"refuses \(no key\); check CHROMA_API_KEY, CHROMA_TENANT and CHROMA_DATABASE$"),
        ("CHROMA_API_KEY", None, r"refuses \(no key\)"),
        ("CHROMA_TENANT", "nobody", r"refuses \(Tenant \[nobody\] not found"),
        ("CHROMA_DATABASE", "nothing", r"refuses \(Database \[nothing\] not found"),
    ],
)  # fmt: skip
def test_what_a_guarded_server_refuses_is_one_line(
    guarded: Settings, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None, told: str
) -> None:
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    with pytest.raises(IndexProblem, match=told):
        reindex(guarded)
