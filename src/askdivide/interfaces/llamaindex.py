"""The door to LlamaIndex: our search as its retriever, our chunking as its node parser.

Any LlamaIndex query engine can answer from an askdivide index:

>>> from llama_index.core.query_engine import RetrieverQueryEngine       # doctest: +SKIP
>>> engine = RetrieverQueryEngine.from_args(AskDivideRetriever(Assistant.open()), llm=llm)   # doctest: +SKIP

and any LlamaIndex pipeline can cut its documents as askdivide does, with exact spans:

>>> ArticleNodeParser().get_nodes_from_documents(documents)              # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import BaseNode, MetadataMode, NodeRelationship, NodeWithScore, QueryBundle, TextNode

from askdivide.answering.assistant import Assistant
from askdivide.ingestion.chunking import chunk
from askdivide.ingestion.readers import read
from askdivide.records import Filters, Passage

_ABOUT = ("document", "title", "source", "published", "url", "heading", "page")


class AskDivideRetriever(BaseRetriever):
    """LlamaIndex retriever over an askdivide index: hybrid search, filters, exact spans in `start_char_idx` and `end_char_idx`."""

    def __init__(self, assistant: Assistant, *, top_k: int = 8, filters: Filters | None = None) -> None:
        super().__init__()
        self._assistant = assistant
        self._top_k = top_k
        self._article_filters = filters or Filters()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._assistant.search(query_bundle.query_str, top_k=self._top_k, filters=self._article_filters)
        return [NodeWithScore(node=_node(passage), score=passage.score) for passage in found]


class ArticleNodeParser(NodeParser):
    """LlamaIndex node parser that cuts Markdown or plain text along headings and sentences, tables kept whole where they fit."""

    chunk_words: int = 130
    """Most words of a node."""
    ending: str = ".md"
    """How the documents are read: `.md` or `.txt`; a document's own `file_name` or `file_path` goes before."""

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:  # noqa: ARG002 - LlamaIndex's signature
        return [made for node in nodes for made in self._cut(node)]

    def _cut(self, node: BaseNode) -> list[BaseNode]:
        name = str(node.metadata.get("file_name") or node.metadata.get("file_path") or "document" + self.ending)
        path = name if name.endswith((".md", ".markdown", ".txt", ".text")) else name + self.ending
        document = read(path, node.get_content(metadata_mode=MetadataMode.NONE).encode("utf-8"))
        pieces = chunk(document, limit=self.chunk_words, count_tokens=lambda texts: [len(text.split()) for text in texts])
        return [
            TextNode(
                text=piece.text,
                start_char_idx=piece.start,
                end_char_idx=piece.end,
                metadata={**node.metadata, "title": document.title, "heading": piece.heading},
                relationships={NodeRelationship.SOURCE: node.as_related_node_info()},
            )
            for piece in pieces
        ]


def _node(passage: Passage) -> TextNode:
    return TextNode(
        id_=f"{passage.document}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={name: value for name in _ABOUT if (value := getattr(passage, name)) is not None},
    )
