"""An assistant that has never seen some of the articles: what only they say, it must refuse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from askdivide.answering.assistant import Assistant
from askdivide.errors import CorpusError
from askdivide.index.folder import current, writing
from askdivide.ingestion.reindex import reindex
from askdivide.ingestion.scan import scan


@contextmanager
def without(assistant: Assistant, documents: Sequence[str]) -> Iterator[Assistant]:
    """`assistant` itself where no `documents` are named, else one over a temporary copy of its index without them.

    Nothing is embedded again. Raises CorpusError where a document is not in the corpus.
    """
    if not documents:
        yield assistant
        return
    settings = assistant.settings
    with TemporaryDirectory(prefix="askdivide-") as folder:
        apart = replace(settings, corpus=Path(folder) / "corpus", index=Path(folder) / "index")
        _copy_corpus(settings.corpus, apart.corpus, documents)
        with writing(settings.index):
            generation = current(settings.index)
            shutil.copytree(generation, apart.index / generation.name)
            shutil.copy2(settings.index / "CURRENT", apart.index / "CURRENT")
        reindex(apart)
        yield Assistant.open(apart)


def _copy_corpus(corpus: Path, target: Path, held_out: Sequence[str]) -> None:
    files = scan(corpus).files
    unknown = [path for path in held_out if path not in {file.path for file in files}]
    if unknown:
        raise CorpusError(f"{unknown[0]} is to be held out, but is not in {corpus}; see: askdivide list")
    target.mkdir()
    for file in files:
        if file.path not in held_out:
            place = target / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(file.place, place)
            except OSError as error:
                raise CorpusError(f"{file.place} cannot be read ({error.strerror}); check its permissions, or hold nothing out") from error
