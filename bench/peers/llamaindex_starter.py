"""The five-line LlamaIndex + Chroma starter, kept as its users write it: `build` makes the index, `ask` retrieves from it."""

import sys

import chromadb
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

task, corpus, folder, model, question = sys.argv[1:6]
store = ChromaVectorStore(chromadb.PersistentClient(folder).get_or_create_collection("articles"))
embedding = HuggingFaceEmbedding(model_name=model)
if task == "build":
    documents = SimpleDirectoryReader(corpus, recursive=True).load_data()
    VectorStoreIndex.from_documents(documents, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedding)
else:
    for node in VectorStoreIndex.from_vector_store(store, embed_model=embedding).as_retriever(similarity_top_k=4).retrieve(question):
        print(node.score, node.text[:200])
