"""The reader of our own around its model: a graph whose scores of a token are the token's number, so that every result can be worked out."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from askdivide.errors import ModelUnavailable
from askdivide.retrieval.spanreader import SpanReader

WORDS = {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "who": 3, "one": 10, "two": 20, "three": 30, "four": 40, ".": 50}


@pytest.fixture
def reader(tmp_path: Path) -> SpanReader:
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [
        helper.make_tensor_value_info("token_scores", TensorProto.FLOAT, ["b", "t", 3]),
        helper.make_tensor_value_info("passage_scores", TensorProto.FLOAT, ["b"]),
    ]
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "last"], ["column"]),
        helper.make_node("Concat", ["column", "column", "column"], ["token_scores"], axis=2),
        helper.make_node("Cast", ["token_type_ids"], ["types"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["types", "mask"], ["own"]),
        helper.make_node("ReduceSum", ["own", "axis"], ["passage_scores"], keepdims=0),
    ]
    constants = [helper.make_tensor("axis", TensorProto.INT64, [1], [1]), helper.make_tensor("last", TensorProto.INT64, [1], [2])]
    graph = helper.make_graph(nodes, "reader", inputs, outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), tmp_path / "model.onnx")
    return SpanReader(tmp_path)


def test_a_sentence_scores_the_mean_of_its_own_tokens(reader: SpanReader) -> None:
    text = "one two . three four"
    (reading,) = reader.read("who who", [(text, [(0, 9), (10, 20)])])
    assert [one.answers for one in reading.sentences] == pytest.approx([(10 + 20 + 50) / 3, (30 + 40) / 2])


def test_the_answers_words_are_the_best_stretch_of_each_sentence(reader: SpanReader) -> None:
    text = "one two . three four"
    (reading,) = reader.read("who", [(text, [(0, 9), (10, 20)])])
    # Begin and end score the token's own number, the first token of all scores 0.
    assert [text[slice(*one.span)] for one in reading.sentences] == [".", "four"]
    assert [one.words for one in reading.sentences] == [100, 80]


def test_the_answers_words_are_not_longer_than_an_answer(reader: SpanReader) -> None:
    text = "four " + "one " * 40 + "four"
    (reading,) = reader.read("who", [(text, [(0, len(text))])])
    start, end = reading.sentences[0].span
    assert text[start:end] == "four"


def test_passages_come_back_in_their_order_however_many_there_are(reader: SpanReader) -> None:
    passages = [("one " * (20 - number), [(0, 3)]) for number in range(20)]
    assert [reading.passage for reading in reader.read("who", passages)] == [21 - number for number in range(20)]


def test_the_passage_is_told_apart_from_the_question_and_from_padding(reader: SpanReader) -> None:
    readings = reader.read("who", [("one", [(0, 3)]), ("one two three four", [(0, 18)])])
    # Tokens of the passage and the mark behind it.
    assert [reading.passage for reading in readings] == [2, 5]


def test_a_sentence_beyond_the_window_counts_as_not_answering(reader: SpanReader) -> None:
    text = "one " * 400 + "two"
    (reading,) = reader.read("who", [(text, [(0, 3), (1600, 1603)])])
    assert reading.sentences[0].answers == 10
    assert reading.sentences[1].answers < -5
    assert reading.sentences[1].span == (1600, 1600)


def test_a_long_question_leaves_room_for_the_passage(reader: SpanReader) -> None:
    (reading,) = reader.read("who " * 1000, [("one two", [(0, 7)])])
    assert [one.answers for one in reading.sentences] == [15]


def test_no_passages_no_readings(reader: SpanReader) -> None:
    assert reader.read("who", []) == []
    assert np.isfinite(reader.read("", [("one", [(0, 3)])])[0].sentences[0].answers)


def test_a_folder_without_a_reader_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="setting reader"):
        SpanReader(tmp_path)


def test_a_broken_reader_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="damaged"):
        SpanReader(tmp_path)
