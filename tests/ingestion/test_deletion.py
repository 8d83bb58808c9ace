"""What is removed answers nothing: for each of 200 articles, its own sentences find nothing of it, in either search."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from askdivide.index.folder import expected_manifest
from askdivide.index.reading import Index
from askdivide.ingestion.remove import remove
from askdivide.records import Filters
from askdivide.retrieval.search import prepare, search
from askdivide.settings import Settings
from askdivide.text.terms import terms

pytestmark = pytest.mark.usefixtures("chroma_is_asked")

ARTICLES, AT_ONCE = 200, 25
WORDS = "harbour ship basin dock silo pear orchard frost lamp keeper tide ferry lamb fog bay pier quay crane rope sail".split()


def sentences(number: int) -> list[str]:
    rng = random.Random(number)
    return [
        f"The {rng.choice(WORDS)} of {rng.choice(WORDS)} number {number} held {rng.randrange(9999)} {rng.choice(WORDS)}s." for _ in range(4)
    ]


@pytest.fixture
def library(tmp_path: Path) -> Settings:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(ARTICLES):
        (corpus / f"{number}.md").write_text(f"# Article {number}\n\n{' '.join(sentences(number))}\n", encoding="utf-8")
    settings = Settings(corpus=corpus, index=tmp_path / "index", embedding="test:256")
    remove(settings, ["0.md"])
    return settings


def test_the_sentences_of_a_removed_article_find_nothing_of_it(library: Settings) -> None:
    order = random.Random(6).sample(range(1, ARTICLES), ARTICLES - 1)
    for start in range(0, len(order), AT_ONCE):
        batch = order[start : start + AT_ONCE]
        index = Index(library, expected_manifest(library))
        with index.reading() as catalog:
            hits = search(index, catalog, prepare(index, sentences(batch[0])[0]), top_k=20)
            assert hits[0].row.document.path == f"{batch[0]}.md"
            keys = {number: catalog.chunk_keys(f"{number}.md") for number in batch}
        remove(library, [f"{number}.md" for number in batch])
        with index.reading() as catalog:
            vectors = index.vectors(catalog)
            held = catalog.chunk_keys()
            for number in batch:
                for sentence in sentences(number):
                    query = prepare(index, sentence)
                    near = vectors.nearest(query.vector, 60, Filters())
                    assert not keys[number] & set(near)
                    assert set(near) <= held
                    lexical = catalog.lexical(" OR ".join(f'"{term}"' for term in terms(sentence)), 60)
                    paths = {row.document.path for row in catalog.chunks(chunk for chunk, _ in lexical).values()}
                    assert f"{number}.md" not in paths
                    assert f"{number}.md" not in {hit.row.document.path for hit in search(index, catalog, query, top_k=20)}
