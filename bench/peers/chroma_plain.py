"""What people write without a framework: sentence-transformers for the vectors, Chroma to keep and search them."""

from pathlib import Path

import chromadb
import protocol
from sentence_transformers import SentenceTransformer

BATCH = 5000
"""Chunks to an upsert: Chroma takes at most 5,461."""


def articles(store: Path) -> chromadb.Collection:
    return chromadb.PersistentClient(str(store)).get_or_create_collection("articles", embedding_function=None)


def index(folder: Path, store: Path, model: str) -> int:
    keys, texts = (list(column) for column in zip(*protocol.cut(folder), strict=True))
    vectors = SentenceTransformer(model).encode(texts)
    collection = articles(store)
    for start in range(0, len(keys), BATCH):
        part = slice(start, start + BATCH)
        collection.upsert(keys[part], embeddings=vectors[part], documents=texts[part])
    return collection.count()


def opened(store: Path, model: str) -> protocol.Ask:
    encoder, collection = SentenceTransformer(model), articles(store)

    def ask(question: str) -> list[str]:
        found = collection.query(encoder.encode(question), n_results=protocol.PASSAGES, include=["documents"])
        return found["documents"][0]

    return ask


if __name__ == "__main__":
    protocol.run(index, opened)
