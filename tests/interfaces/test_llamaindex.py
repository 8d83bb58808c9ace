import warnings
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.records import Filters
from askdivide.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from llama_index.core import Document
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from askdivide.interfaces.llamaindex import ArticleNodeParser, AskDivideRetriever


def test_retriever_gives_nodes_with_exact_spans(indexed: Settings) -> None:
    found = AskDivideRetriever(Assistant.open(indexed), top_k=3).retrieve("When was the harbour founded?")
    assert len(found) == 3
    node = found[0].node
    text = (indexed.corpus / node.metadata["document"]).read_text(encoding="utf-8")
    assert text[node.start_char_idx : node.end_char_idx] == node.text
    assert "1871" in node.text
    assert found[0].score >= found[1].score


def test_retriever_filters_articles(indexed: Settings) -> None:
    found = AskDivideRetriever(Assistant.open(indexed), filters=Filters(tags=("shipping",))).retrieve("pear orchards")
    assert {one.node.metadata["document"] for one in found} == {"harbour.md"}


def test_a_query_engine_answers_from_the_index(indexed: Settings) -> None:
    engine = RetrieverQueryEngine.from_args(AskDivideRetriever(Assistant.open(indexed), top_k=2), llm=MockLLM())
    response = engine.query("When was the harbour founded?")
    assert "1871" in "".join(node.node.text for node in response.source_nodes)


def test_node_parser_cuts_along_headings_with_exact_spans(corpus: Path) -> None:
    text = (corpus / "harbour.md").read_text(encoding="utf-8")
    nodes = ArticleNodeParser().get_nodes_from_documents([Document(text=text, metadata={"file_name": "harbour.md", "kept": 1})])
    assert [node.metadata["heading"] for node in nodes] == ["", "Traffic", "Traffic", "Plans"]
    assert all(text[node.start_char_idx : node.end_char_idx] == node.text and node.metadata["kept"] == 1 for node in nodes)
