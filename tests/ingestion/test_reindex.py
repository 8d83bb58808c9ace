"""The write path as people see it: what a run reports, what is answered afterwards, and what a crash leaves."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from filelock import FileLock

from askdivide.answering.assistant import Assistant
from askdivide.errors import CorpusError, EmbeddingError, IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from askdivide.index import vectors
from askdivide.index.catalog import Catalog
from askdivide.index.embedding import Embedded, HashEmbedder
from askdivide.index.folder import CATALOG, CHROMA, current, expected_manifest, writing
from askdivide.index.reading import Index
from askdivide.index.vectors import ChromaVectors
from askdivide.ingestion import readers
from askdivide.ingestion.reindex import Progress, reindex
from askdivide.ingestion.scan import endings
from askdivide.records import Failure, Filters
from askdivide.retrieval.nearest import nearest
from askdivide.retrieval.search import prepare, search
from askdivide.settings import Settings

pytestmark = pytest.mark.usefixtures("chroma_is_asked")

NEW = "# A new pier\n\nThe new pier of Ostrava Bay opened in 2026.\n"


class CountingEmbedder(HashEmbedder):
    """Remembers what it was asked to embed, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []
        self.fails = False

    def embed_documents(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Embedded]:
        if self.fails:
            raise EmbeddingError("the embedding model broke")
        self.embedded += texts
        return super().embed_documents(texts, spans)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> CountingEmbedder:
    counting = CountingEmbedder()
    monkeypatch.setattr("askdivide.ingestion.reindex.load_embedder", lambda *args, **more: counting)
    return counting


def write(settings: Settings, name: str, text: str | bytes) -> Path:
    file = settings.corpus / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def age(corpus: Path) -> None:
    """Give all files a time long past, so that their time can be relied on."""
    for file in corpus.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000), follow_symlinks=False)


def state(settings: Settings) -> dict[str, Any]:
    """All that the index holds, without row ids and times; and that Chroma holds the same chunks."""
    generation = current(settings.index)
    catalog = Catalog(generation / CATALOG)
    with catalog.transaction():
        keys = catalog.chunk_keys()
        rows = catalog.chunks(catalog.chunk_ids(sorted(keys)).values()).values()
        documents = {
            row.path: (
                replace(row, id=0, mtime_ns=0),
                catalog.text(row.id),
                sorted((r.key, r.chunk) for r in rows if r.document.path == row.path),
            )
            for row in catalog.documents()
        }
        assert catalog.pending() == []
        assert len(rows) == catalog.counts()[1]
    catalog.close()
    ChromaVectors.forget()
    vectors = ChromaVectors(generation / CHROMA)
    assert vectors.keys() == keys
    # The graph too, not only the records beside it.
    assert set(vectors.nearest(HashEmbedder().embed_query("harbour"), len(keys) + 10, Filters())) == keys
    return documents


def chunk_count(documents: dict[str, Any]) -> int:
    return sum(len(chunks) for _, _, chunks in documents.values())


def found(settings: Settings, question: str, filters: Filters = Filters()) -> list[str]:
    index = Index(settings, expected_manifest(settings))
    with index.reading() as catalog:
        return [hit.row.document.path for hit in search(index, catalog, prepare(index, question), top_k=20, filters=filters)]


def run_python(code: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    """`code` in a process of its own, with `settings` made."""
    start = (
        "from pathlib import Path\nfrom askdivide.settings import Settings\nfrom askdivide.ingestion.reindex import reindex\n"
        f"settings = Settings(corpus=Path({str(settings.corpus)!r}), index=Path({str(settings.index)!r}), embedding={settings.embedding!r})\n"
    )
    return subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=True, timeout=60)


# What a run reports


def test_added_changed_removed_unchanged(settings: Settings) -> None:
    first = reindex(settings)
    assert (first.added, first.changed, first.removed, first.failed) == (("harbour.md", "notes/lighthouse.md", "orchards.txt"), (), (), ())
    assert (first.unchanged, first.documents, first.chunks) == (0, 3, chunk_count(state(settings)))
    write(settings, "pier.md", NEW)
    write(settings, "notes/lighthouse.md", "# The lighthouse\n\nNobody keeps it.\n")
    (settings.corpus / "orchards.txt").unlink()
    second = reindex(settings)
    assert (second.added, second.changed, second.removed) == (("pier.md",), ("notes/lighthouse.md",), ("orchards.txt",))
    assert (second.unchanged, second.documents) == (1, 3)
    third = reindex(settings)
    assert (third.added, third.changed, third.removed, third.unchanged) == ((), (), (), 3)
    assert third.chunks == second.chunks
    assert state(settings).keys() == {"harbour.md", "notes/lighthouse.md", "pier.md"}
    assert found(settings, "pear orchards in Lindqvist Valley") != ["orchards.txt"]
    assert json.dumps(second.to_dict())


def test_every_kind_of_change_gives_what_a_fresh_build_gives(settings: Settings, tmp_path: Path) -> None:
    fresh = replace(settings, index=tmp_path / "fresh")
    harbour = (settings.corpus / "harbour.md").read_text(encoding="utf-8")

    def same_as_fresh() -> None:
        reindex(settings)
        shutil.rmtree(fresh.index, ignore_errors=True)
        reindex(fresh)
        assert state(settings) == state(fresh)

    same_as_fresh()
    write(settings, "harbour.md", harbour.replace("412 ships", "four hundred and twelve ships"))
    same_as_fresh()
    write(settings, "harbour.md", harbour.replace("title: The harbour", "title: Our harbour"))
    same_as_fresh()
    write(settings, "harbour.md", harbour.split("## Plans")[0])
    same_as_fresh()
    (settings.corpus / "harbour.md").rename(settings.corpus / "notes/port.md")
    same_as_fresh()
    write(settings, "copy.md", harbour.split("## Plans")[0])
    same_as_fresh()
    shutil.rmtree(settings.corpus / "notes")
    same_as_fresh()


def test_a_field_taken_out_of_an_article_no_longer_filters(settings: Settings) -> None:
    write(settings, "pier.md", "---\nsource: Bay Courier\ntags: [pier]\ndate: 2024-03-01\n---\n" + NEW)
    reindex(settings)
    only = (Filters(sources=("bay courier",)), Filters(tags=("pier",)), Filters(since="2024-03-01", until="2024-03-01"))
    assert all("pier.md" in found(settings, "new pier", filters) for filters in only)
    # The same length, so that the chunks stay where they were.
    write(settings, "pier.md", "---\nsaurce: Bay Courier\ntogs: [pier]\ndote: 2024-03-01\n---\n" + NEW)
    reindex(settings)
    assert "pier.md" in found(settings, "new pier")
    assert not any("pier.md" in found(settings, "new pier", filters) for filters in only)


def test_a_rename_embeds_nothing_again(settings: Settings, embedder: CountingEmbedder) -> None:
    reindex(settings)
    assert len(embedder.embedded) == chunk_count(state(settings))
    embedder.embedded.clear()
    (settings.corpus / "harbour.md").rename(settings.corpus / "notes" / "the harbour.md")
    report = reindex(settings)
    assert (report.added, report.removed, embedder.embedded) == (("notes/the harbour.md",), ("harbour.md",), [])
    assert found(settings, "dry dock")[0] == "notes/the harbour.md"


def test_only_the_changed_part_of_an_article_is_embedded_again(settings: Settings, embedder: CountingEmbedder) -> None:
    reindex(settings)
    embedder.embedded.clear()
    text = (settings.corpus / "harbour.md").read_text(encoding="utf-8")
    write(settings, "harbour.md", text.replace("become a museum", "become a theatre"))
    reindex(settings)
    assert [text.count("theatre") for text in embedder.embedded] == [1]


def test_equal_text_in_two_articles_is_embedded_once(settings: Settings, embedder: CountingEmbedder) -> None:
    write(settings, "copy.md", (settings.corpus / "harbour.md").read_bytes())
    reindex(settings)
    assert len(embedder.embedded) == len(set(embedder.embedded))
    held = state(settings)
    assert len(held["copy.md"][2]) == len(held["harbour.md"][2]) > 0
    # Two copies are one source.
    assert len(set(found(settings, "dry dock")) & {"copy.md", "harbour.md"}) == 1


def test_an_unchanged_run_loads_neither_model_nor_chroma(settings: Settings) -> None:
    age(settings.corpus)
    reindex(settings)
    done = run_python(
        "import sys\nseen = []\nreport = reindex(settings, on_progress=seen.append)\n"
        "print(report.unchanged, seen, [m for m in ('chromadb', 'torch', 'onnxruntime', 'tokenizers', 'markdown_it') if m in sys.modules])",
        settings,
    )
    assert done.stdout.split() == ["3", "[]", "[]"]


def test_a_touched_file_with_the_same_content_is_unchanged(settings: Settings, embedder: CountingEmbedder) -> None:
    age(settings.corpus)
    reindex(settings)
    embedder.embedded.clear()
    os.utime(settings.corpus / "harbour.md", (1_600_000_000, 1_600_000_000))
    seen: list[Progress] = []
    report = reindex(settings, on_progress=seen.append)
    assert (report.changed, report.unchanged, embedder.embedded) == ((), 3, [])
    assert [progress.path for progress in seen] == ["harbour.md"]
    reindex(settings, on_progress=seen.append)
    assert len(seen) == 1


def test_a_file_too_young_is_read_again(settings: Settings) -> None:
    file = write(settings, "pier.md", "# Pier\n\nIt has 10 lamps.\n")
    written = file.stat()
    reindex(settings)
    write(settings, "pier.md", "# Pier\n\nIt has 11 lamps.\n")
    os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (written.st_size, written.st_mtime_ns)
    assert reindex(settings).changed == ("pier.md",)


def test_progress_names_every_article_and_ends_complete(settings: Settings) -> None:
    seen: list[Progress] = []
    reindex(settings, on_progress=seen.append)
    assert seen[0] == Progress(0, 0, "loading the embedding model")
    assert seen[1:] == [Progress(1, 3, "harbour.md"), Progress(2, 3, "notes/lighthouse.md"), Progress(3, 3, "orchards.txt")]


def test_files_of_other_kinds_are_noted(settings: Settings) -> None:
    write(settings, "a.odt", b"PK")
    notes: list[str] = []
    reindex(settings, on_note=notes.append)
    assert notes == [f"left alone, no reader for their kind: 1 .odt (readable are {endings()})"]


def test_the_same_fault_in_every_row_of_a_table_is_told_ten_times(settings: Settings) -> None:
    write(settings, "piers.csv", "text,date\n" + "".join(f"Pier {number} is open.,n/a\n" for number in range(25)))
    notes: list[str] = []
    reindex(settings, on_note=notes.append)
    readers.close()
    assert notes[0].startswith("piers.csv/1 states 'n/a' as its date, which is none that can be read; it counts as undated")
    assert [note for note in notes if "'n/a'" not in note] == ["15 more such notes on articles of piers.csv"]


# What cannot be read


def test_files_that_cannot_be_read_are_reported_and_stop_nothing(settings: Settings) -> None:
    write(settings, "utf16.md", "Text".encode("utf-16"))
    write(settings, "latin.txt", "Das Café schloss früh.".encode("latin-1"))
    write(settings, "binary.md", b"\x89PNG\0\0")
    write(settings, "empty.md", b"")
    write(settings, "front.md", "---\ndate: soon\n---\nText.\n")
    write(settings, "a\nb.md", NEW)
    (settings.corpus / "dangling.md").symlink_to("gone.md")
    (settings.corpus / "x.md").mkdir()
    write(settings, "é" * 126 + ".md", NEW)
    report = reindex(settings)
    assert {failure.document: failure.reason.split("(")[0].split(",")[0] for failure in report.failed} == {
        "utf16.md": "is UTF-16 text; save it as UTF-8",
        "latin.txt": "is not UTF-8 text ",
        "binary.md": "is a binary file",
        "empty.md": "is empty; add text to it or remove it",
        "front.md": "its front matter has date: 'soon'",
        r"a\nb.md": "its name holds control characters; rename it",
        "dangling.md": "is a link that leads nowhere",
    }
    assert [failure.document for failure in report.failed] == sorted(failure.document for failure in report.failed)
    assert report.documents == 4
    assert "é" * 126 + ".md" in state(settings)


def test_a_file_that_breaks_keeps_its_last_good_version(settings: Settings) -> None:
    reindex(settings)
    before = state(settings)
    good = (settings.corpus / "harbour.md").read_bytes()
    write(settings, "harbour.md", good + b"\xff")
    shutil.copy(settings.corpus / "orchards.txt", settings.corpus.parent / "outside.txt")
    (settings.corpus / "orchards.txt").unlink()
    (settings.corpus / "orchards.txt").symlink_to(settings.corpus.parent / "outside.txt")
    for _ in range(2):
        report = reindex(settings)
        assert [failure.document for failure in report.failed] == ["harbour.md", "orchards.txt"]
        assert (report.changed, report.removed, report.unchanged, report.documents) == ((), (), 3, 3)
        assert state(settings) == before
    with Index(settings, expected_manifest(settings)).reading() as catalog:
        assert catalog.failures() == list(report.failed)
    write(settings, "harbour.md", good.replace(b"412 ships", b"413 ships"))
    (settings.corpus / "orchards.txt").unlink()
    report = reindex(settings)
    assert (report.changed, report.removed, report.failed) == (("harbour.md",), ("orchards.txt",), ())
    with Index(settings, expected_manifest(settings)).reading() as catalog:
        assert catalog.failures() == []


def test_articles_in_a_folder_that_cannot_be_read_stay(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reindex(settings)
    real = os.scandir

    def scandir(path: Any = ".") -> Any:
        if Path(path) == settings.corpus / "notes":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = reindex(settings)
    assert (report.removed, report.failed) == ((), (Failure("notes", "cannot be read (Permission denied); check its permissions"),))
    assert "notes/lighthouse.md" in state(settings)


def test_a_file_too_large_is_not_even_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with write(settings, "huge.txt", b"").open("r+b") as stream:
        stream.truncate(readers.LARGEST + 1)
    real = Path.read_bytes
    opened: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda file: (opened.append(file.name), real(file))[1])
    assert reindex(settings).failed == (Failure("huge.txt", "is larger than 32 MB; split it into articles"),)
    assert sorted(opened) == ["harbour.md", "lighthouse.md", "orchards.txt"]


def test_where_no_file_can_be_read_the_first_reason_is_told(indexed: Settings) -> None:
    shutil.rmtree(indexed.corpus)
    indexed.corpus.mkdir()
    os.mkfifo(indexed.corpus / "pipe.md")
    with pytest.raises(
        CorpusError, match=r"no article in .* can be read: pipe.md is not a regular file; remove it; the index was not changed"
    ):
        reindex(indexed)


def test_without_an_index_there_is_none_that_was_not_changed(settings: Settings) -> None:
    shutil.rmtree(settings.corpus)
    with pytest.raises(CorpusError, match=r"corpus folder .* does not exist; give another with --corpus"):
        # The index would be the first thing in the corpus folder.
        reindex(replace(settings, index=settings.corpus / "index"))
    assert not settings.corpus.exists()
    settings.corpus.mkdir()
    with pytest.raises(CorpusError, match=r"no articles in .*; put files there that end in .*\.tsv$"):
        reindex(settings)


def test_a_corpus_without_articles_leaves_the_index_alone(indexed: Settings) -> None:
    before = state(indexed)
    shutil.rmtree(indexed.corpus)
    with pytest.raises(CorpusError, match="does not exist"):
        reindex(indexed)
    indexed.corpus.mkdir()
    for rebuild in (False, True):
        with pytest.raises(CorpusError, match=r"no articles in .*; put files there that end in \.md \.markdown \.txt \.text"):
            reindex(indexed, rebuild=rebuild)
    assert state(indexed) == before


def test_a_first_run_over_an_empty_corpus_makes_no_index(settings: Settings) -> None:
    shutil.rmtree(settings.corpus)
    settings.corpus.mkdir()
    with pytest.raises(CorpusError, match="no articles"):
        reindex(settings)
    with pytest.raises(IndexMissing):
        current(settings.index)


# One writer, any number of readers


def test_a_second_writer_is_told_who_the_first_is(settings: Settings) -> None:
    said: list[str] = []

    def try_as_well(progress: Progress) -> None:
        if progress.done == 1:
            code = "try:\n    reindex(settings)\nexcept Exception as error:\n    print(type(error).__name__, error)"
            said.append(run_python(code, settings).stdout)
            with pytest.raises(IndexBusy):
                reindex(settings)

    reindex(settings, on_progress=try_as_well)
    assert said[0].startswith(f"IndexBusy {settings.index} is being written by process {os.getpid()} on ")
    assert said[0].endswith("; wait for it, or stop it\n")
    assert run_python("print(reindex(settings).unchanged)", settings).stdout == "3\n"


def test_a_dead_writer_bars_nobody(settings: Settings) -> None:
    code = "import os, signal\nreindex(settings, on_progress=lambda p: os.kill(os.getpid(), signal.SIGKILL))"
    with pytest.raises(subprocess.CalledProcessError) as died:
        run_python(code, settings)
    assert died.value.returncode == -9
    assert (settings.index / "writer.json").exists()
    assert len(reindex(settings).added) == 3


def test_readers_go_on_during_a_rebuild_and_follow_it(indexed: Settings) -> None:
    index = Index(indexed, expected_manifest(indexed))
    query = prepare(index, "the new pier")
    old = current(indexed.index)
    write(indexed, "pier.md", NEW)
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3
        run_python("reindex(settings, rebuild=True)", indexed)
        assert current(indexed.index) != old
        # Chroma of the replaced generation is opened only now, by this question.
        assert {hit.row.document.path for hit in search(index, catalog, query, top_k=9)} <= {row.path for row in catalog.documents()}
        assert catalog.counts()[0] == 3
    with index.reading() as catalog:
        assert search(index, catalog, query, top_k=9)[0].row.document.path == "pier.md"
    run_python("reindex(settings)", indexed)
    assert [folder.name for folder in indexed.index.glob("generation-*")] == [current(indexed.index).name]


def test_readers_see_what_another_process_has_written(indexed: Settings) -> None:
    index = Index(indexed, expected_manifest(indexed))
    query = prepare(index, "the new pier")
    with index.reading() as catalog:
        assert "pier.md" not in [hit.row.document.path for hit in search(index, catalog, query, top_k=9)]
    write(indexed, "pier.md", NEW)
    run_python("reindex(settings)", indexed)
    with index.reading() as catalog:
        hit = search(index, catalog, query, top_k=9)[0]
        assert (hit.row.document.path, hit.ranks["dense"]) == ("pier.md", 1)
        assert index.vectors(catalog).keys() == catalog.chunk_keys()


def test_vectors_that_left_while_a_reader_had_them_open_take_no_places(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index(indexed, expected_manifest(indexed))
    real = ChromaVectors.delete

    def delete(vectors: ChromaVectors, keys: Sequence[str]) -> None:
        if keys:
            with index.reading() as catalog:
                assert index.vectors(catalog).keys() > catalog.chunk_keys()
        real(vectors, keys)

    monkeypatch.setattr(ChromaVectors, "delete", delete)
    (indexed.corpus / "harbour.md").unlink()
    reindex(indexed)
    with index.reading() as catalog:
        every = index.vectors(catalog).nearest(index.embedder.embed_query("harbour"), 50, Filters())
        assert set(every) == catalog.chunk_keys()


def test_threads_may_ask_while_the_same_process_indexes(indexed: Settings) -> None:
    index = Index(indexed, expected_manifest(indexed))
    query = prepare(index, "harbour ships")
    done = threading.Event()
    problems: list[BaseException] = []
    answers: list[int] = []

    def ask() -> None:
        while not done.is_set():
            try:
                with index.reading() as catalog:
                    answers.append(len(search(index, catalog, query, top_k=3)))
            except BaseException as problem:  # noqa: BLE001
                problems.append(problem)
                return

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(12):
            write(indexed, "pier.md", f"# Pier {number}\n\nThe harbour has {number} piers.\n")
            reindex(indexed, rebuild=number % 4 == 3)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert set(answers) == {3}


def test_two_processes_in_turn_keep_chroma_and_catalog_equal(indexed: Settings) -> None:
    for number in range(2):
        write(indexed, f"mine{number}.md", f"# Mine {number}\n\nOurs is number {number}.\n")
        reindex(indexed)
        write(indexed, f"theirs{number}.md", f"# Theirs {number}\n\nTheirs is number {number}.\n")
        (indexed.corpus / f"mine{number}.md").unlink()
        run_python("reindex(settings)", indexed)
        index = Index(indexed, expected_manifest(indexed))
        with index.reading() as catalog:
            nearest = index.vectors(catalog).nearest(index.embedder.embed_query("number"), 99, Filters())
            assert set(nearest) == catalog.chunk_keys()
    write(indexed, "last.md", "# Last\n\nThis is the last.\n")
    reindex(indexed)
    assert state(indexed).keys() == {"harbour.md", "orchards.txt", "notes/lighthouse.md", "theirs0.md", "theirs1.md", "last.md"}


# Interruptions


def many(corpus: Path, numbers: range, *, word: str) -> None:
    """Generated articles; one with the same number and word is the same."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        rng = random.Random(f"{word}{number}")
        parts = "\n".join(
            f"## Part {part}\n\n"
            + " ".join(f"The {word} of {number} had {rng.randrange(9999)} ships in {rng.randrange(1900, 2026)}." for _ in range(2))
            + "\n"
            for part in range(6)
        )
        (corpus / f"article{number}.md").write_text(f"# Article {number}\n\n{parts}", encoding="utf-8")
    age(corpus)


@pytest.fixture
def large(tmp_path: Path) -> Settings:
    """Sixty articles, which are written in several batches."""
    many(tmp_path / "large", range(60), word="harbour")
    return Settings(corpus=tmp_path / "large", index=tmp_path / "large-index", embedding="test:256")


def test_an_interrupted_run_leaves_what_it_committed_and_the_next_one_goes_on(large: Settings, embedder: CountingEmbedder) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == 100:
            raise KeyboardInterrupt

    many(large.corpus, range(60, 110), word="harbour")
    with pytest.raises(KeyboardInterrupt):
        reindex(large, on_progress=interrupt)
    first = state(large)
    assert 0 < len(first) < 100
    assert found(large, "harbour ships")
    embedded = len(embedder.embedded)
    report = reindex(large)
    assert report.unchanged == len(first)
    assert len(embedder.embedded) - embedded == chunk_count(state(large)) - chunk_count(first)
    fresh = replace(large, index=large.index.with_name("fresh"))
    reindex(fresh)
    assert state(large) == state(fresh)


def test_text_of_a_batch_that_is_being_embedded_is_not_embedded_again(large: Settings, embedder: CountingEmbedder) -> None:
    for number in range(60):
        copy = large.corpus / f"copy{number}.md"
        copy.write_bytes((large.corpus / f"article{number}.md").read_bytes())
    age(large.corpus)
    reindex(large)
    assert len(embedder.embedded) == len(set(embedder.embedded)) == chunk_count(state(large)) / 2
    assert all(chunks for _, _, chunks in state(large).values())


_NURSERY = """
import functools, json, os, signal, sqlite3, sys, time
from pathlib import Path
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from askdivide.ingestion.reindex import reindex
from askdivide.settings import Settings

seen = stop = 0

def tick():
    global seen
    seen += 1
    if seen == stop:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(call):
    def wrapper(*args, **more):
        tick()
        result = call(*args, **more)
        tick()
        return result
    return wrapper

class Connection(sqlite3.Connection):
    def execute(self, sql, *values):
        run = super().execute
        return (watched(run) if sql.startswith(("BEGIN", "COMMIT")) else run)(sql, *values)

sqlite3.connect = watched(functools.partial(sqlite3.connect, factory=Connection))
for place, name in ((os, "replace"), (os, "mkdir"), (Client, "get_or_create_collection"), (Collection, "upsert"), (Collection, "delete")):
    setattr(place, name, watched(getattr(place, name)))

corpus, trials = json.loads(sys.stdin.read())
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
for index, stop, seconds in trials:
    while signal.sigtimedwait([signal.SIGCHLD], 0):
        pass  # the end of the one before
    read, write = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        reindex(Settings(corpus=Path(corpus), index=Path(index), embedding="test:256"))
        os.write(write, str(seen).encode())
        os._exit(0)
    os.close(write)
    if seconds and not signal.sigtimedwait([signal.SIGCHLD], seconds):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    print(json.dumps([int(os.read(read, 20) or 0), time.monotonic() - started]), flush=True)
    os.close(read)
"""


def test_a_kill_at_any_moment_leaves_a_committed_state_and_the_next_run_converges(large: Settings, tmp_path: Path) -> None:
    """Ten runs are killed: six before or after a write chosen at random, four at a random time; half of them are first runs."""

    def nursery(*trials: tuple[Path, int, float]) -> list[list[float]]:
        """For each run, the number of its writes (0 when it was killed) and its seconds."""
        given = json.dumps([str(large.corpus), [(str(index), stop, seconds) for index, stop, seconds in trials]])
        done = subprocess.run([sys.executable, "-c", _NURSERY], input=given, capture_output=True, text=True, check=True, timeout=120)
        return [json.loads(line) for line in done.stdout.splitlines()]

    reindex(large)
    old = state(large)
    for number in range(10):
        (large.corpus / f"article{number}.md").unlink()
    many(large.corpus, range(20, 45), word="lighthouse")
    many(large.corpus, range(60, 70), word="orchard")
    shutil.copytree(large.index, tmp_path / "base")
    whole = nursery((tmp_path / "fresh", 0, 0), (tmp_path / "base", 0, 0))
    new = state(replace(large, index=tmp_path / "fresh"))
    assert new != old
    assert state(replace(large, index=tmp_path / "base")) == new

    rng = random.Random(20261124)
    trials: list[tuple[Path, int, float]] = []
    for number in range(10):
        index = tmp_path / f"killed{number}"
        first = number % 2 == 0
        if not first:
            shutil.copytree(large.index, index)
        writes, seconds = whole[number % 2]
        trials.append((index, rng.randrange(1, int(writes)), 0) if number < 6 else (index, 0, rng.uniform(0.02, 0.8 * seconds)))
    assert [writes for writes, _ in nursery(*trials)[:6]] == [0] * 6
    for number, (index, _, _) in enumerate(trials):
        settings = replace(large, index=index)
        try:
            seen = set(found(settings, "the harbour had ships"))
            with Index(settings, expected_manifest(settings)).reading() as catalog:
                for row in catalog.documents():
                    assert catalog.text(row.id) in [side[row.path][1] for side in (old, new) if row.path in side]
                assert seen <= {row.path for row in catalog.documents()}
        except IndexMissing:
            assert number % 2 == 0
        reindex(settings)
        assert state(settings) == new, f"trial {number}"
        assert len(list(index.glob("generation-*"))) == 1


def test_a_graph_left_half_written_by_a_kill_is_not_opened_until_it_is_made_anew(large: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened, the one made here ends the process with a segmentation fault."""
    reindex(large)
    (graph,) = (current(large.index) / CHROMA).glob("*/data_level0.bin")
    whole = graph.read_bytes()
    many(large.corpus, range(60, 62), word="harbour")

    def killed(self: ChromaVectors) -> None:
        graph.write_bytes(whole[: len(whole) // 2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ChromaVectors, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            reindex(large)
    ChromaVectors.forget()
    meanwhile = found(large, "the harbour had ships")
    Assistant.open(large).warm_up()
    reindex(large)
    state(large)
    assert found(large, "the harbour had ships") == meanwhile


def test_a_kill_while_a_half_written_graph_is_removed_leaves_nothing_that_looks_whole(
    large: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reindex(large)
    ChromaVectors.forget()
    generation = current(large.index)
    catalog = Catalog(generation / CATALOG, write=True)
    with catalog.transaction("IMMEDIATE"):
        catalog.add_pending(["settling"])
    catalog.close()
    (last,) = (generation / CHROMA).glob("*/index_metadata.pickle")
    os.utime(last, (1, 1))

    def killed(folder: Path, **more: Any) -> None:
        last.unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            reindex(large)
    reindex(large)
    state(large)


def exactly(settings: Settings, question: str) -> tuple[list[float], list[float]]:
    """The cosines of the ten chunks found nearest to a question, and of the ten that are."""
    index = Index(settings, expected_manifest(settings))
    vector = HashEmbedder().embed_query(question)
    with index.reading() as catalog:
        ((ids, vectors),) = catalog.vectors_passing(Filters())
        cosines = dict(zip(ids, (vectors @ vector).round(4).tolist(), strict=True))
        return [cosines[one] for one in nearest(index, catalog, vector, 10, Filters())], sorted(cosines.values(), reverse=True)[:10]


def test_what_a_stopped_run_wrote_and_did_not_commit_takes_no_place_in_what_is_found(
    large: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reindex(large)
    many(large.corpus, range(60, 90), word="pier")
    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            reindex(large)
    assert ChromaVectors(current(large.index) / CHROMA).count() > 360, "the new vectors are in Chroma"
    found, right = exactly(large, "The pier of 70 had ships")
    assert found == pytest.approx(right, abs=1e-3)


def test_vectors_that_were_being_filled_in_again_are_not_relied_on(large: Settings) -> None:
    reindex(large)
    catalog = Catalog(current(large.index) / CATALOG, write=True)
    with catalog.transaction("IMMEDIATE"):
        catalog.add_pending(catalog.chunk_keys())
    ChromaVectors(current(large.index) / CHROMA).delete(sorted(catalog.chunk_keys())[::2])
    catalog.close()
    found, right = exactly(large, "The harbour of 7 had ships")
    assert found == pytest.approx(right, abs=1e-3)
    reindex(large)
    state(large)


def test_a_question_does_without_chroma_while_its_graph_is_being_written(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_LOCK_SECONDS", 0.05)
    right = found(indexed, "harbour ships")
    with FileLock(current(indexed.index) / "chroma.lock"):
        assert found(indexed, "harbour ships") == right
        with pytest.raises(IndexBusy, match="are being written"):
            ChromaVectors(current(indexed.index) / CHROMA)


def test_a_deleted_chroma_folder_is_filled_again_without_embedding(indexed: Settings, embedder: CountingEmbedder) -> None:
    before = state(indexed)
    shutil.rmtree(current(indexed.index) / CHROMA)
    with pytest.raises(IndexDamaged, match=r"the vectors in .* are missing; run: askdivide index$"):
        found(indexed, "harbour")
    report = reindex(indexed)
    assert (report.unchanged, embedder.embedded) == (3, [])
    assert state(indexed) == before
    assert found(indexed, "harbour ships")[0] == "harbour.md"


def interrupt(*args: Any, **more: Any) -> None:
    raise KeyboardInterrupt


WRITES = {
    "Chroma opens": (Client, "get_or_create_collection"),
    "vectors are kept": (Catalog, "add_vectors"),
    "the journal is written": (Catalog, "add_pending"),
    "vectors enter Chroma": (Collection, "upsert"),
    "the catalog changes": (Catalog, "replace"),
    "vectors leave Chroma": (Collection, "delete"),
    "the journal is cleared": (Catalog, "clear_pending"),
    "the graph is written": (ChromaVectors, "settle"),
    "the end": (Catalog, "drop_unused_vectors"),
}


@pytest.mark.parametrize("moment", WRITES)
def test_an_interruption_before_each_kind_of_write(settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    age(settings.corpus)
    reindex(settings)
    before = state(settings)
    write(settings, "pier.md", NEW)
    (settings.corpus / "harbour.md").unlink()
    write(settings, "orchards.txt", "The orchards\n\nThe last pear orchards are gone from the valley.\n")
    age(settings.corpus)
    with monkeypatch.context() as patch:
        patch.setattr(*WRITES[moment], interrupt)
        with pytest.raises(KeyboardInterrupt):
            reindex(settings)
    assert set(found(settings, "the pear orchards of the harbour")) <= before.keys() | {"pier.md"}
    reindex(settings)
    fresh = replace(settings, index=settings.index.with_name("fresh"))
    reindex(fresh)
    assert state(settings) == state(fresh)


def test_a_first_run_that_was_interrupted_before_an_article_was_in_is_no_index(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Client, "get_or_create_collection", interrupt)
        with pytest.raises(KeyboardInterrupt):
            reindex(settings)
    with pytest.raises(IndexMissing):
        found(settings, "harbour")
    with monkeypatch.context() as patch:
        patch.setattr(Collection, "upsert", interrupt)
        with pytest.raises(KeyboardInterrupt):
            reindex(settings)
    with pytest.raises(IndexMissing, match="the first run has not finished"):
        found(settings, "harbour")
    assert len(reindex(settings).added) == 3
    assert len(list(settings.index.glob("generation-*"))) == 1


@pytest.mark.parametrize("moment", ["Chroma opens", "vectors enter Chroma"])
def test_an_interrupted_refill_of_chroma_is_taken_up_again(settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    age(settings.corpus)
    reindex(settings)
    before = state(settings)
    shutil.rmtree(current(settings.index) / CHROMA)
    with monkeypatch.context() as patch:
        patch.setattr(*WRITES[moment], interrupt)
        with pytest.raises(KeyboardInterrupt):
            reindex(settings)
    reindex(settings)
    assert state(settings) == before


# Other settings, and rebuilding


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"chunk_tokens": 64}, "was made with chunk_tokens 180, now it is 64; run: askdivide index --rebuild; or keep it with ASKDIVIDE_CHUNK_TOKENS=180"),
        (
            {"embedding": "test:64"},
            "was made with embedding 'test:256', now it is 'test:64'; run: askdivide index --rebuild; or keep it with ASKDIVIDE_EMBEDDING=test:256",
        ),
    ],
)  # fmt: skip
def test_other_settings_are_refused_by_reader_and_writer_until_a_rebuild(indexed: Settings, change: dict[str, Any], says: str) -> None:
    before = state(indexed)
    other = replace(indexed, **change)
    for attempt in (lambda: reindex(other), lambda: Index(other, expected_manifest(other))):
        with pytest.raises(IndexMismatch) as refused:
            attempt()
        assert str(refused.value) == f"the index in {indexed.index} {says}"
    assert state(indexed) == before
    assert len(reindex(other, rebuild=True).added) == 3
    assert found(other, "harbour ships")[0] == "harbour.md"
    with pytest.raises(IndexMismatch):
        found(indexed, "harbour")


def test_an_open_reader_is_told_of_a_rebuild_with_other_settings(indexed: Settings) -> None:
    index = Index(indexed, expected_manifest(indexed))
    old = current(indexed.index)
    reindex(replace(indexed, chunk_tokens=64), rebuild=True)
    for _ in range(2):
        with pytest.raises(IndexMismatch, match="chunk_tokens 64, now it is 180"), index.reading():
            pass
    # The one replaced is still there, and may be put back by hand.
    (indexed.index / "CURRENT").write_text(old.name, encoding="utf-8")
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3
    reindex(indexed, rebuild=True)
    with index.reading() as catalog:
        assert catalog.counts()[0] == 3


def test_an_open_reader_takes_the_embedding_model_of_a_rebuild(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(HashEmbedder):
        def __init__(self) -> None:
            super().__init__()
            self.identity = "other weights of the same name"

    index = Index(indexed, expected_manifest(indexed))
    assert index.embedder.identity == "test:256"
    for module in ("ingestion.reindex", "index.reading"):
        monkeypatch.setattr(f"askdivide.{module}.load_embedder", lambda *args, **more: Other())
    reindex(indexed, rebuild=True)
    with index.reading():
        assert index.embedder.identity == "other weights of the same name"


def test_a_rebuild_takes_over_what_is_still_right(indexed: Settings, embedder: CountingEmbedder) -> None:
    before = state(indexed)
    write(indexed, "pier.md", NEW)
    report = reindex(indexed, rebuild=True)
    assert len(report.added) == 4
    assert len(embedder.embedded) == 1
    after = state(indexed)
    assert {path: after[path] for path in before} == before


def test_a_failed_rebuild_leaves_the_old_index_in_force(indexed: Settings, embedder: CountingEmbedder) -> None:
    before = state(indexed)
    write(indexed, "pier.md", NEW)
    embedder.fails = True
    with pytest.raises(EmbeddingError, match="the embedding model broke"):
        reindex(indexed, rebuild=True)
    assert state(indexed) == before
    assert found(indexed, "harbour ships")[0] == "harbour.md"
    embedder.fails = False
    assert reindex(indexed).added == ("pier.md",)
    assert len(list(indexed.index.glob("generation-*"))) == 1


# Damage, and disks that are full


def another_database(file: Path) -> None:
    file.unlink()
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE manifest_of_a_ship (cargo)")
    db.close()


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "CURRENT is no text": ("CURRENT", lambda file: file.write_bytes(b"\xff\xfe")),
    "CURRENT leads out": ("CURRENT", lambda file: file.write_text("../../etc")),
    "CURRENT names what is gone": ("CURRENT", lambda file: file.write_text("generation-gone")),
    "catalog is garbage": (CATALOG, lambda file: file.write_bytes(b"garbage " * 4096)),
    "catalog is empty": (CATALOG, lambda file: file.write_bytes(b"")),
    "catalog is another database": (CATALOG, another_database),
    "catalog is gone": (CATALOG, lambda file: file.unlink()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told_in_one_line_and_a_rebuild_repairs_it(indexed: Settings, damage: str) -> None:
    name, act = DAMAGE[damage]
    act((indexed.index if name == "CURRENT" else current(indexed.index)) / name)
    for attempt in (lambda: reindex(indexed), lambda: Index(indexed, expected_manifest(indexed))):
        with pytest.raises(IndexDamaged, match=r"^[^\n]*; run: askdivide index --rebuild$"):
            attempt()
    assert len(reindex(indexed, rebuild=True).added) == 3
    assert found(indexed, "harbour ships")[0] == "harbour.md"


@pytest.mark.parametrize("table", ["documents", "chunks", "vectors", "filters"])
def test_damage_inside_the_catalog_is_told_and_a_rebuild_repairs_it(indexed: Settings, table: str) -> None:
    # As in an index of another format, or after a page was overwritten: the table is not what the program expects.
    db = sqlite3.connect(current(indexed.index) / CATALOG)
    db.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    db.close()
    write(indexed, "harbour.md", NEW)
    with pytest.raises(IndexDamaged, match="run: askdivide index --rebuild"):
        reindex(indexed)
    assert len(reindex(indexed, rebuild=True).added) == 3
    assert found(indexed, "new pier")[0] == "harbour.md"


def test_an_index_path_that_is_a_file(settings: Settings) -> None:
    settings.index.write_text("a file")
    with pytest.raises(IndexDamaged, match="is a file, not an index folder; choose another with --index"):
        Index(settings, expected_manifest(settings))
    with pytest.raises(IndexProblem, match=r"cannot write in .*index .*; choose another folder with --index"):
        reindex(settings)


def test_a_full_disk_while_the_catalog_is_written(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(indexed)
    real = sqlite3.connect

    def on_a_full_disk(*args: Any, **more: Any) -> sqlite3.Connection:
        db = real(*args, **more)
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
        return db

    monkeypatch.setattr(sqlite3, "connect", on_a_full_disk)
    many(indexed.corpus, range(20), word="pier")
    with pytest.raises(
        IndexProblem, match="no space left on the disk that holds .*; free some and run again, nothing committed is lost"
    ) as full:
        reindex(indexed)
    assert not isinstance(full.value, IndexDamaged)
    monkeypatch.undo()
    assert found(indexed, "harbour ships")[0] == "harbour.md"
    assert len(reindex(indexed).added) == 20
    assert {path: document for path, document in state(indexed).items() if path in before} == before


@pytest.mark.parametrize(
    "where", ["askdivide.ingestion.reindex.new_generation", "askdivide.ingestion.reindex.put_in_force", "pathlib.Path.write_text"]
)
def test_a_full_disk_elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(where, full)
    if where.endswith("write_text"):
        # Only the name of the writer cannot be kept.
        assert len(reindex(settings).added) == 3
        return
    with pytest.raises(IndexProblem, match="no space left on the disk that holds .*/index; free some and run again"):
        reindex(settings)
    monkeypatch.undo()
    assert len(reindex(settings).added) == 3
    assert len(list(settings.index.glob("generation-*"))) == 1


def test_a_full_disk_while_chroma_is_written(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Collection, "upsert", full)
    with pytest.raises(IndexProblem, match="no space left on the disk that holds .*/chroma; free some and run again"):
        reindex(settings)
    monkeypatch.undo()
    reindex(settings)
    assert len(state(settings)) == 3


def test_a_folder_that_cannot_be_written(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*args: Any, **more: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("askdivide.ingestion.reindex.remove_other_generations", denied)
    with pytest.raises(IndexProblem, match=r"cannot write in .*/index \(Permission denied\)"):
        reindex(indexed)


def test_the_lock_is_free_after_every_end(indexed: Settings, embedder: CountingEmbedder) -> None:
    write(indexed, "pier.md", NEW)
    embedder.fails = True
    with pytest.raises(EmbeddingError):
        reindex(indexed)
    with writing(indexed.index):
        assert json.loads((indexed.index / "writer.json").read_text(encoding="utf-8"))["pid"] == os.getpid()
    assert not (indexed.index / "writer.json").exists()


# Files that hold several articles


def feed(settings: Settings, *articles: dict[str, Any] | str) -> None:
    write(settings, "feed.jsonl", "\n".join(one if isinstance(one, str) else json.dumps(one) for one in articles))


A, B, C = (
    {"id": name, "title": f"Pier {name}", "text": f"The pier {name} of Ostrava Bay opened in 20{at}."} for at, name in enumerate("abc", 10)
)


def test_articles_of_one_file_come_change_and_go_one_by_one(settings: Settings, embedder: CountingEmbedder, tmp_path: Path) -> None:
    feed(settings, A, B)
    first = reindex(settings)
    assert {"feed.jsonl/a", "feed.jsonl/b"} <= set(first.added)
    embedder.embedded.clear()
    feed(settings, C, {**B, "text": "The pier b has burned down."}, A)
    second = reindex(settings)
    assert (second.added, second.changed, second.removed) == (("feed.jsonl/c",), ("feed.jsonl/b",), ())
    assert len(embedder.embedded) == 2
    feed(settings, A)
    third = reindex(settings)
    assert (third.added, third.changed, third.removed, third.unchanged) == ((), (), ("feed.jsonl/b", "feed.jsonl/c"), 4)
    assert "feed.jsonl/b" not in found(settings, "the pier b has burned down")
    fresh = replace(settings, index=tmp_path / "fresh")
    reindex(fresh)
    assert state(settings) == state(fresh)
    (settings.corpus / "feed.jsonl").unlink()
    assert reindex(settings).removed == ("feed.jsonl/a",)


def test_an_article_of_a_file_that_cannot_be_read_keeps_its_last_version(settings: Settings) -> None:
    feed(settings, A, B, C)
    reindex(settings)
    # It cannot be known which article the broken line was: none is taken away.
    feed(settings, A, '{"id": "b", "te', {**C, "text": "The pier c is new."})
    age(settings.corpus)
    broken = reindex(settings)
    assert (broken.changed, broken.removed) == (("feed.jsonl/c",), ())
    assert [failure.document for failure in broken.failed] == ["feed.jsonl/2"]
    assert "feed.jsonl/b" in state(settings)
    # Reported again by every run, until it is mended.
    assert [failure.document for failure in reindex(settings).failed] == ["feed.jsonl/2"]
    write(settings, "feed.jsonl", "{")
    whole = reindex(settings)
    assert (whole.removed, [failure.document for failure in whole.failed]) == ((), ["feed.jsonl"])
    assert {"feed.jsonl/a", "feed.jsonl/b", "feed.jsonl/c"} <= state(settings).keys()
    feed(settings, A)
    mended = reindex(settings)
    assert (mended.removed, mended.failed) == (("feed.jsonl/b", "feed.jsonl/c"), ())


def test_an_unchanged_file_of_several_articles_is_not_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(settings, A, B)
    age(settings.corpus)
    reindex(settings)
    monkeypatch.setattr(readers, "articles", lambda *file: pytest.fail("read"))
    assert reindex(settings).unchanged == 5


def test_what_a_reader_could_not_read_of_an_article_is_noted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write(settings, "a.json", json.dumps(A))
    real = readers.articles

    def noted(path: str, data: bytes) -> readers.Articles:
        found = real(path, data)
        return readers.Articles(
            tuple(replace(one, notes=("has no text on page 3",)) if path == "a.json" else one for one in found.documents)
        )

    monkeypatch.setattr(readers, "articles", noted)
    notes: list[str] = []
    reindex(settings, on_note=notes.append)
    assert notes == ["a.json has no text on page 3"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["full disk", "broken disk"])
@pytest.mark.parametrize("moment", ["vectors are kept", "vectors enter Chroma", "the catalog changes", "vectors leave Chroma", "the end"])
def test_a_disk_that_fails_at_any_write_costs_nothing_that_was_committed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str, number: int
) -> None:
    age(settings.corpus)
    reindex(settings)
    before = found(settings, "the dry dock of the harbour")
    write(settings, "pier.md", NEW)
    (settings.corpus / "orchards.txt").unlink()

    def fails(*args: Any, **more: Any) -> None:
        if WRITES[moment][0] is Catalog:
            raise sqlite3.OperationalError("database or disk is full" if number == errno.ENOSPC else "disk I/O error")
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(*WRITES[moment], fails)
        with pytest.raises(IndexProblem, match=r"^[^\n]+$"):
            reindex(settings)
    assert found(settings, "the dry dock of the harbour")[0] == before[0] == "harbour.md"
    reindex(settings)
    fresh = replace(settings, index=settings.index.with_name("fresh"))
    reindex(fresh)
    assert state(settings) == state(fresh)


def test_a_rename_of_an_article_without_a_title_embeds_nothing_either(settings: Settings, embedder: CountingEmbedder) -> None:
    write(settings, "pier.md", "The pier of Ostrava Bay has 40 lamps.\n")
    reindex(settings)
    embedder.embedded.clear()
    (settings.corpus / "pier.md").rename(settings.corpus / "the new quay.md")
    assert reindex(settings).added == ("the new quay.md",)
    assert embedder.embedded == []
    assert found(settings, "How many lamps has the pier?")[0] == "the new quay.md"
    with Index(settings, expected_manifest(settings)).reading() as catalog:
        assert next(row.title for row in catalog.documents() if row.path == "the new quay.md") == "the new quay"


def test_a_time_in_the_future_or_set_back_hides_no_change(settings: Settings) -> None:
    age(settings.corpus)
    file = settings.corpus / "harbour.md"
    os.utime(file, (4_000_000_000, 4_000_000_000))
    reindex(settings)
    text = file.read_text(encoding="utf-8")
    for old, new, time in (("1871", "1872", 4_000_000_000), ("1872", "1873", 1_000_000_000)):
        text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (time, time))
        assert reindex(settings).changed == ("harbour.md",)
