"""SIGKILL at random moments of adding, changing, removing, rebuilding and purging, over more than 1,000 chunks.

    python bench/kills.py [--kills 100] [--articles 210] [--seed 1]

After every kill a question is asked: what is found must be what is nearest of all that the catalog holds, and each document
must have a text that its file has had. After every second
kill, one more run must bring the index to the corpus; after every tenth, to what a fresh build gives. Prints what happened.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress

from scratch import options, scratch, ships

from askdivide.errors import IndexMissing, IndexProblem
from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, CHROMA, current, expected_manifest
from askdivide.index.reading import Index
from askdivide.index.vectors import ChromaVectors
from askdivide.ingestion.reindex import reindex
from askdivide.records import Filters
from askdivide.retrieval.nearest import nearest
from askdivide.retrieval.search import prepare, search
from askdivide.settings import Settings

RUN = """
import sys
from pathlib import Path
from askdivide.settings import Settings
from askdivide.ingestion.reindex import reindex
from askdivide.index.purge import purge_index
import chromadb
settings = Settings(corpus=Path(sys.argv[1]), index=Path(sys.argv[2]), embedding="test:256")
print("ready", flush=True)
reindex(settings, rebuild=sys.argv[3] == "rebuild")
if sys.argv[3] == "purge":
    purge_index(settings)
"""


def article(number: int, edition: int) -> str:
    rng = random.Random(f"{number}-{edition}")
    parts = [f"## Part {part}\n\n" + " ".join(ships(rng, rng.randrange(9999)) for _ in range(3)) for part in range(6)]
    return f"# Article {number}\n\n" + "\n\n".join(parts) + "\n"


def state(settings: Settings) -> dict[str, tuple[str, frozenset[str]]]:
    """Texts and chunk keys by document; Chroma must hold exactly these keys."""
    generation = current(settings.index)
    catalog = Catalog(generation / CATALOG)
    with catalog.transaction():
        held = {row.path: (catalog.text(row.id), frozenset(catalog.chunk_keys(row.path))) for row in catalog.documents()}
        assert catalog.pending() == []
        keys = catalog.chunk_keys()
    catalog.close()
    ChromaVectors.forget()
    assert ChromaVectors(generation / CHROMA).keys() == keys, "Chroma and the catalog differ"
    return held


def nearest_found(index: Index, catalog: Catalog) -> tuple[set[float], set[float]]:
    """The cosines of the ten chunks found nearest to a question, and of the ten that are; of many equal texts not all need be found."""
    vector = index.embedder.embed_query("The harbour had ships")
    cosines: dict[int, float] = {}
    for ids, vectors in catalog.vectors_passing(Filters()):
        cosines.update(zip(ids, (vectors @ vector).round(2).tolist(), strict=True))
    return {cosines[one] for one in nearest(index, catalog, vector, 10, Filters())}, set(sorted(cosines.values(), reverse=True)[:10])


def main() -> None:
    given = options(__doc__, kills=100, articles=210).parse_args()
    with scratch("kills") as settings:
        kill(settings, random.Random(given.seed), kills_wanted=given.kills, articles=given.articles)


def kill(settings: Settings, rng: random.Random, *, kills_wanted: int, articles: int) -> None:
    """Kill that many runs over about that many articles; ends with an AssertionError at the first thing that is lost."""
    editions: dict[str, set[str]] = defaultdict(set)

    def write(number: int, edition: int) -> None:
        text = article(number, edition)
        editions[f"{number}.md"].add(text)
        (settings.corpus / f"{number}.md").write_text(text, encoding="utf-8")

    for number in range(articles):
        write(number, 0)
    print(f"{reindex(settings).chunks} chunks")
    done: Counter[str] = Counter()
    longest = defaultdict(lambda: 2.0)
    fresh = Settings(corpus=settings.corpus, index=settings.index.with_name("fresh"), embedding="test:256")
    kills = 0
    started = time.monotonic()
    while kills < kills_wanted:
        kind = rng.choice(["add", "change", "remove", "rebuild", "purge", "mixed"])
        present = sorted(int(file.stem) for file in settings.corpus.glob("*.md"))
        if kind in ("change", "mixed", "rebuild"):
            for number in rng.sample(present, 25):
                write(number, rng.randrange(1, 10**6))
        if kind in ("remove", "mixed"):
            for number in rng.sample(present, 12):
                (settings.corpus / f"{number}.md").unlink()
        if kind in ("add", "mixed") or len(present) < articles - 20:
            for number in [number for number in range(articles + 40) if number not in present][:25]:
                write(number, rng.randrange(10**6))
        command = [sys.executable, "-c", RUN, str(settings.corpus), str(settings.index), kind]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        begun = time.monotonic()
        try:
            process.wait(timeout=rng.uniform(0, longest[kind]))
            longest[kind] = time.monotonic() - begun
            assert process.returncode == 0, f"{kind} failed"
            done[f"{kind} came to its end"] += 1
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            done[kind] += 1
        process.stdout.close()
        try:
            index = Index(settings, expected_manifest(settings))
            with index.reading() as catalog:
                with suppress(IndexProblem):
                    # So few articles would be found without Chroma. It may be half written; then questions do without it.
                    index.vectors(catalog)
                found, right = nearest_found(index, catalog)
                assert found >= right, f"{found} found, {right} nearest"
                hits = search(index, catalog, prepare(index, "How many ships had the harbour?"), top_k=10)
                assert hits, "nothing is found"
                for row in catalog.documents():
                    assert catalog.text(row.id) in editions[row.path], f"{row.path} has a text that it never had"
        except IndexMissing:
            sys.exit("the index is gone")
        if kills % 2 == 0:
            reindex(settings)
            held = state(settings)
            files = {file.name: file.read_text(encoding="utf-8") for file in settings.corpus.glob("*.md")}
            assert {path: text for path, (text, _) in held.items()} == files, "the index differs from the corpus"
            if kills % 10 == 0:
                shutil.rmtree(fresh.index, ignore_errors=True)
                reindex(fresh)
                assert state(fresh) == held, "the index differs from a fresh build"
                print(f"{kills} kills, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{kills} kills in {time.monotonic() - started:.0f} s, no violation: {dict(done)}")


if __name__ == "__main__":
    main()
