"""The five-line LlamaIndex + Chroma starter, as its users write it, with our chunk size in the place of its own."""

from pathlib import Path

import chromadb
import protocol
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore


def chroma(store: Path) -> ChromaVectorStore:
    return ChromaVectorStore(chromadb.PersistentClient(str(store)).get_or_create_collection("articles"))


def index(folder: Path, store: Path, model: str) -> int:
    vectors = chroma(store)
    documents = SimpleDirectoryReader(folder, recursive=True).load_data()
    VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=vectors),
        embed_model=HuggingFaceEmbedding(model_name=model),
        # It counts the path and other properties of a file as part of the chunk unless told not to.
        transformations=[SentenceSplitter(chunk_size=protocol.CHUNK_TOKENS, chunk_overlap=0, include_metadata=False)],
    )
    return vectors.client.count()


def opened(store: Path, model: str) -> protocol.Ask:
    articles = VectorStoreIndex.from_vector_store(chroma(store), embed_model=HuggingFaceEmbedding(model_name=model))
    retriever = articles.as_retriever(similarity_top_k=protocol.PASSAGES)
    return lambda question: [node.text for node in retriever.retrieve(question)]


if __name__ == "__main__":
    protocol.run(index, opened)
