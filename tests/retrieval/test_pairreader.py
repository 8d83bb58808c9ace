"""A CrossEncoder as reader, with small ones made here: random weights, a real tokenizer, saved as sentence-transformers saves them."""

from __future__ import annotations

import json
import shutil
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from askdivide.answering.assistant import Assistant
from askdivide.answering.calibration import load_calibration
from askdivide.errors import ModelUnavailable
from askdivide.ingestion.reindex import reindex
from askdivide.retrieval import reader as readers
from askdivide.retrieval.pairreader import PairReader
from askdivide.retrieval.reader import load_reader
from askdivide.settings import Settings

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.weights]
QUESTION = "How many orchards are left?"
PASSAGE = "Pears\nThe valley had forty. Three are left.\n"
SPANS = [(6, 27), (28, 43)]


def made(folder: Path, labels: int = 1) -> Path:
    """A CrossEncoder of letters in `folder`, with so many labels."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    marks = string.ascii_lowercase + string.digits + ".,?"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *marks, *("##" + mark for mark in marks)]
    torch.manual_seed(1)
    BertTokenizerFast(vocab={word: number for number, word in enumerate(vocabulary)}, model_max_length=128).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, initializer_range=0.5, num_labels=labels,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu").save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("one"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture(autouse=True)
def _nothing_stays_loaded() -> Iterator[None]:
    yield
    readers._loaded.cache_clear()


def logit(folder: Path, text: str) -> float:
    """What transformers alone makes of QUESTION and `text`."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)(QUESTION, text, return_tensors="pt", truncation=True, max_length=128)
    with torch.no_grad():
        return float(AutoModelForSequenceClassification.from_pretrained(folder)(**tokens).logits[0, 0])


def test_a_sentence_scores_between_itself_below_its_headings_and_the_whole_passage(folder: Path) -> None:
    (reading,) = PairReader(folder).read(QUESTION, [(PASSAGE, SPANS)])
    whole, first, second = (logit(folder, text) for text in (PASSAGE, "Pears\nThe valley had forty.", "Pears\nThree are left."))
    # A probability would lie between 0 and 1, and hardly any of these does.
    assert abs(first - second) > 0.05
    assert not all(0 <= score <= 1 for score in (whole, first, second))
    assert reading.passage == pytest.approx(whole, abs=1e-3)
    assert [one.answers for one in reading.sentences] == pytest.approx([(first + whole) / 2, (second + whole) / 2], abs=1e-3)
    # It does not say which words of a sentence answer.
    assert [(one.words, one.span) for one in reading.sentences] == [(0, (6, 6)), (0, (28, 28))]


def test_passages_come_back_in_their_order_and_threads_take_turns(folder: Path) -> None:
    reader = PairReader(folder)
    passages = [(f"{'pear ' * (9 - number)}{number}", [(0, 4)] * (number % 3)) for number in range(9)]
    alone = [reader.read(QUESTION, [passage])[0] for passage in passages]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: reader.read(QUESTION, passages), range(4)))
    for readings in together:
        assert [one.passage for one in readings] == pytest.approx([one.passage for one in alone], abs=1e-3)
        assert [len(one.sentences) for one in readings] == [0, 1, 2] * 3
    assert reader.read(QUESTION, []) == []


def test_a_text_longer_than_the_model_takes_is_cut(folder: Path) -> None:
    (reading,) = PairReader(folder).read(QUESTION, [("pear " * 2000, [(0, 4)])])
    assert reading.passage == pytest.approx(logit(folder, "pear " * 2000), abs=1e-3)


def test_it_is_named_by_folder_or_by_its_name_in_the_cache_and_loaded_once(folder: Path, hub: Path) -> None:
    snapshot = hub / "models--nobody--tiny" / "snapshots" / ("0" * 40)
    shutil.copytree(folder, snapshot)
    (hub / "models--nobody--tiny" / "refs").mkdir()
    (hub / "models--nobody--tiny" / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    for name in (str(folder), "nobody/tiny"):
        found = load_reader(name)
        assert isinstance(found, PairReader)
        assert load_reader(name) is found
        assert found.read(QUESTION, [(PASSAGE, [])])[0].passage == pytest.approx(logit(folder, PASSAGE), abs=1e-3)


@pytest.mark.parametrize("name", ["nobody/no-such-reader", "owm", "two words", "../nowhere", "a/b/c"])
def test_a_name_that_nothing_has_is_told_with_what_there_is(hub: Path, name: str) -> None:
    with pytest.raises(
        ModelUnavailable, match=r"neither own, none, a folder here nor a model in the Hugging Face cache.*hf download NAME"
    ) as told:
        load_reader(name)
    assert name in str(told.value)
    assert "\n" not in str(told.value)


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"neither model\.onnx of one trained here nor config\.json"):
        load_reader(str(tmp_path))


def test_what_sentence_transformers_cannot_run_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    for name, change in (("weights", lambda copy: (copy / "model.safetensors").write_bytes(b"no weights")),
                         ("config", lambda copy: (copy / "config.json").write_text("{", encoding="utf-8")),
                         ("nothing", lambda copy: (copy / "model.safetensors").unlink())):  # fmt: skip
        copy = shutil.copytree(folder, tmp_path / name)
        change(copy)
        with pytest.raises(ModelUnavailable, match="cannot be run by sentence-transformers.*setting reader") as told:
            load_reader(str(copy))
        assert "\n" not in str(told.value)


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "coded")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    coded = {"auto_map": {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}, "model_type": "own"}
    (copy / "config.json").write_text(json.dumps(config | coded), encoding="utf-8")
    (copy / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be run by sentence-transformers"):
        load_reader(str(copy))
    assert not (tmp_path / "ran").exists()


def test_a_model_with_more_than_one_label_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="gives 3 scores for a pair, and a reader gives one"):
        load_reader(str(made(tmp_path, labels=3)))


def test_another_kind_of_model_is_not_taken_for_a_reader(folder: Path, tmp_path: Path) -> None:
    """It would load, with a head of random weights."""
    from askdivide.index.embedding import DEFAULT, find_model

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for name in ("BertModel", "BertForMaskedLM", "Qwen3ForCausalLM"):
        (tmp_path / "config.json").write_text(json.dumps(config | {"architectures": [name]}), encoding="utf-8")
        with pytest.raises(ModelUnavailable, match="is no cross-encoder"):
            load_reader(str(tmp_path))
    with pytest.raises(ModelUnavailable, match="is no cross-encoder"):
        load_reader(str(find_model(DEFAULT)))


def test_one_kept_before_sentence_transformers_named_its_kind_is_taken(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "old")
    for name in ("config_sentence_transformers.json", "modules.json", "sentence_bert_config.json"):
        (copy / name).unlink()
    reader = load_reader(str(copy))
    assert reader
    assert reader.read(QUESTION, [(PASSAGE, [])])[0].passage == pytest.approx(logit(folder, PASSAGE), abs=1e-3)


def test_loading_writes_nothing_to_the_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    PairReader(folder)
    assert capfd.readouterr() == ("", "")


def test_a_failure_while_it_reads_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PairReader(folder, name="nobody/tiny")

    def predict(*_: object, **__: object) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(reader._model, "predict", predict)
    with pytest.raises(ModelUnavailable, match=r"reader nobody/tiny failed \(RuntimeError: out of memory\)"):
        reader.read(QUESTION, [(PASSAGE, [])])


def test_it_answers_questions_and_chooses_among_sentences(settings: Settings, folder: Path) -> None:
    named = Settings(**{**vars(settings), "reader": str(folder)})
    reindex(named)
    assistant = Assistant.open(named)
    answer = assistant.ask("How many pear orchards are left in Lindqvist Valley?")
    assert answer.citations
    with assistant.index.reading() as catalog:
        assert all(
            catalog.text(catalog.document(one.document).id)[one.start : one.end] == one.quote
            for one in answer.citations  # type: ignore[union-attr]
        )
    # A logit above 0 or below: it counts, but not for refusing, before it has been calibrated.
    read = assistant.signals("How many pear orchards are left in Lindqvist Valley?")
    assert read.read != 0
    assert read.bare != 0
    assert answer.confidence == load_calibration(named).confidence(replace(read, read=0.0, bare=0.0))
