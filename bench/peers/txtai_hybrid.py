"""txtai with its hybrid index: vectors (Faiss) and BM25, and the texts beside them (SQLite)."""

from pathlib import Path

import protocol
from txtai import Embeddings


def index(folder: Path, store: Path, model: str) -> int:
    embeddings = Embeddings(path=model, hybrid=True, content=True)
    embeddings.index(protocol.cut(folder))
    embeddings.save(str(store))
    return embeddings.count()


def opened(store: Path, model: str) -> protocol.Ask:
    # The model's folder is noted in the index.
    del model
    embeddings = Embeddings()
    embeddings.load(str(store))
    return lambda question: [row["text"] for row in embeddings.search(question, protocol.PASSAGES)]


if __name__ == "__main__":
    protocol.run(index, opened)
