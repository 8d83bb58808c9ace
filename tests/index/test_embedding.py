"""Embedding models: the exported graph gives the model's own vectors, and nothing after the export needs torch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import DEFAULT, INT8, HashEmbedder, embedded_text, find_model, fingerprint, load_embedder
from askdivide.index.onnx import OnnxEmbedder, export_folder
from askdivide.index.openvino import halving_core
from askdivide.index.torch import GraphicsCard, graphics_card
from askdivide.records import Chunk, Sentence

TEXTS = [
    "Which licence does DeepSeek-R1 have?",
    "a",
    "Der Hafen von Ostrava Bay wurde 1871 gegründet. 港口建于1871年。",
    "模型已经开源。价格是多少？",
    "The harbour handled 412 ships in 2023, according to its annual report. " * 60,
    "x" * 3000,
    " \t ",
    "",
    "😀 e\u0301 \u200b\ufeff",
]

# One process makes all that needs torch: a small model with prompts of its own, its vectors, and those of the default model.
_REFERENCE = """
import json, string, sys
from pathlib import Path
import numpy, torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizerFast

folder, default, texts = json.loads(sys.stdin.read())
folder = Path(folder)
marks = string.ascii_lowercase + string.digits + ":.,?"
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *marks, *("##" + mark for mark in marks)]
torch.manual_seed(1)
BertTokenizerFast(vocab={word: number for number, word in enumerate(vocabulary)}).save_pretrained(folder / "bert")
BertModel(BertConfig(
    vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
    max_position_embeddings=64, initializer_range=0.5,
)).save_pretrained(folder / "bert")
modules = [Transformer(str(folder / "bert"), max_seq_length=48), Pooling(32)]
prompts = {"query": "query: ", "document": "passage: "}
SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder / "small"))
for name, place in (("small", folder / "small"), ("default", default)):
    model = SentenceTransformer(str(place), device="cpu", local_files_only=True)
    numpy.savez(
        folder / name,
        queries=[model.encode_query(text, normalize_embeddings=True) for text in texts],
        documents=[model.encode_document(text, normalize_embeddings=True) for text in texts],
        bare=[model.encode(text, normalize_embeddings=True) for text in texts],
    )
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model `small`, and with what sentence-transformers makes of TEXTS: small.npz and default.npz."""
    folder = tmp_path_factory.mktemp("reference")
    given = json.dumps([str(folder), str(find_model(DEFAULT)), TEXTS])
    done = subprocess.run([sys.executable, "-c", _REFERENCE], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.weights
@pytest.mark.parametrize("model", ["default", "small"])
def test_the_export_gives_the_vectors_of_sentence_transformers(reference: Path, weights_cache: Path, model: str) -> None:
    theirs = np.load(reference / f"{model}.npz")
    notes: list[str] = []
    embedder = load_embedder(DEFAULT if model == "default" else str(reference / model), cache=weights_cache, on_note=notes.append)
    assert notes == []
    assert embedder.dimension == theirs["documents"].shape[1]
    # All in one call, so that padding to the longest is put to the test as well.
    documents = embedder.embed_documents(TEXTS, [[] for _ in TEXTS])
    for number, text in enumerate(TEXTS):
        assert float(documents[number].vector @ theirs["documents"][number]) > 1 - 1e-3, text[:40]
        assert float(embedder.embed_query(text) @ theirs["queries"][number]) > 1 - 1e-3, text[:40]


@pytest.mark.weights
@pytest.mark.parametrize("model", ["default", "small"])
def test_many_texts_in_half_precision_get_nearly_the_same_vectors(
    reference: Path, weights_cache: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = DEFAULT if model == "default" else str(reference / model)
    full, half = (load_embedder(name, cache=weights_cache) for _ in range(2))
    monkeypatch.setattr("askdivide.index.onnx._MANY", 1)
    if halving_core() is None:
        pytest.skip("a processor without bfloat16")
    assert not [name for name in sys.modules if name.startswith("openvino_telemetry.")], "its makers are told nothing"
    texts = [*TEXTS, *(" ".join(TEXTS[4].split()[:words]) for words in range(1, 40))]
    spans = [[(0, len(text) // 2), (len(text) // 2, len(text))] for text in texts]
    made = half.embed_documents(texts, spans)
    monkeypatch.setattr("askdivide.index.onnx._MANY", 10_000)
    for text, one, other in zip(texts, made, full.embed_documents(texts, spans), strict=True):
        assert float(one.vector @ other.vector) > 1 - 1e-3, text[:40]
        assert np.linalg.norm(one.sentences - other.sentences, axis=1).max() < 0.045, text[:40]
    assert any(not np.array_equal(one.vector, other.vector) for one, other in zip(made, full.embed_documents(texts, spans), strict=True))
    # Questions are as before, and so is what follows.
    assert np.array_equal(half.embed_query(TEXTS[0]), full.embed_query(TEXTS[0]))
    assert float(half.embed_documents([TEXTS[4]], [[]])[0].vector @ made[4].vector) > 1 - 1e-6


@pytest.mark.weights
@pytest.mark.parametrize("model", ["default", "small"])
def test_many_texts_on_a_graphics_card_get_the_same_vectors(
    reference: Path, weights_cache: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    # The same code on a processor: torch calls both a device.
    monkeypatch.setattr("askdivide.index.onnx.graphics_card", lambda weights: GraphicsCard(weights, "cpu"))
    monkeypatch.setattr("askdivide.index.onnx._MANY", len(TEXTS))
    name = DEFAULT if model == "default" else str(reference / model)
    full, quick = (load_embedder(name, cache=weights_cache) for _ in range(2))
    spans = [[(0, len(text) // 2), (len(text) // 2, len(text))] for text in TEXTS]
    expected = [full.embed_documents([text], [at])[0] for text, at in zip(TEXTS, spans, strict=True)]
    for one, other in zip(quick.embed_documents(TEXTS, spans), expected, strict=True):
        assert float(one.vector @ other.vector) > 1 - 1e-5
        assert np.allclose(one.sentences, other.sentences, atol=2e-3)
    assert "_session" not in vars(quick)
    assert np.array_equal(quick.embed_query(TEXTS[0]), full.embed_query(TEXTS[0]))


def test_a_card_that_fails_is_told_with_what_to_do(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(features: object) -> None:
        raise RuntimeError("CUDA out of memory.\nTried to allocate 20 GiB")

    card = GraphicsCard(reference / "small", "cpu")
    monkeypatch.setattr(card, "_model", full)
    with pytest.raises(
        EmbeddingError, match=r"^the graphics card failed \(CUDA out of memory.\); to do without it, set CUDA_VISIBLE_DEVICES=-1$"
    ):
        card.run({"input_ids": np.ones((1, 4), np.int64)})


def test_without_a_card_that_torch_can_use_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdivide.index.torch._CARDS", (str(tmp_path / "no"),))
    assert graphics_card(tmp_path) is None
    # A card that is there, and a torch that was made without it; or a model that does not load.
    monkeypatch.setattr("askdivide.index.torch._CARDS", (str(tmp_path),))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert graphics_card(tmp_path) is None
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert graphics_card(tmp_path) is None


AT_ONCE = """
import sys, threading
from pathlib import Path
import numpy as np
from askdivide.index.openvino import half_precision, halving_core
sys.setswitchinterval(1e-6)
half = half_precision(halving_core(), Path(sys.argv[1]), 2)
begin = threading.Barrier(2)
def run():
    begin.wait()
    half.run({name: np.ones((1, 16), np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")})
threads = [threading.Thread(target=run) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("ran")
"""


@pytest.mark.weights
def test_threads_may_begin_in_half_precision_at_once(weights_cache: Path) -> None:
    if halving_core() is None:
        pytest.skip("a processor without bfloat16")
    model = export_folder(weights_cache, load_embedder(DEFAULT, cache=weights_cache).identity) / "model.onnx"
    # A process that waits for ever is what went wrong here, in seven of eight.
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", AT_ONCE, model], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout == "ran\n", done.stderr


@pytest.mark.weights
def test_what_openvino_does_not_know_runs_as_before(weights_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwilling:
        def compile_model(self, *given: object) -> None:
            raise RuntimeError("no such operator")

    as_before = load_embedder(DEFAULT, cache=weights_cache).embed_documents(TEXTS, [[] for _ in TEXTS])
    monkeypatch.setattr("askdivide.index.onnx._MANY", 1)
    for core in (None, Unwilling()):
        monkeypatch.setattr("askdivide.index.onnx.halving_core", lambda core=core: core)
        embedder = load_embedder(DEFAULT, cache=weights_cache)
        for _ in range(2):
            made = embedder.embed_documents(TEXTS, [[] for _ in TEXTS])
            assert all(np.array_equal(one.vector, other.vector) for one, other in zip(made, as_before, strict=True))


def test_without_openvino_there_is_no_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert halving_core() is None


@pytest.mark.weights
def test_in_eight_bits_a_vector_is_nearly_the_same_and_the_same_whatever_stands_beside_it(weights_cache: Path) -> None:
    full, eight = (load_embedder(f"{DEFAULT}{bits}", cache=weights_cache) for bits in ("", INT8))
    assert eight.identity == full.identity + INT8
    sizes = [(export_folder(weights_cache, one.identity) / "model.onnx").stat().st_size for one in (full, eight)]
    assert sizes[1] < 0.3 * sizes[0]
    together = eight.embed_documents(TEXTS, [[(0, len(text))] for text in TEXTS])
    for text, made, whole in zip(TEXTS, together, full.embed_documents(TEXTS, [[] for _ in TEXTS]), strict=True):
        (alone,) = eight.embed_documents([text], [[(0, len(text))]])
        assert np.array_equal(made.vector, alone.vector), text[:40]
        assert np.array_equal(made.sentences, alone.sentences), text[:40]
        assert 0.95 < float(made.vector @ whole.vector) < 1 - 1e-5, text[:40]
    # Found again by its identity, as an index asks for it.
    again = load_embedder(DEFAULT + INT8, cache=weights_cache, identity=eight.identity)
    assert np.array_equal(again.embed_query(TEXTS[0]), eight.embed_query(TEXTS[0]))


def test_what_cannot_be_exported_cannot_be_had_in_eight_bits(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EmbeddingError, match="cannot be had in eight bits .*leave out :int8"):
        load_embedder(f"{tmp_path}{INT8}", cache=tmp_path / "cache")


@pytest.mark.weights
def test_prompts_of_a_model_are_honoured(reference: Path, weights_cache: Path, tmp_path: Path) -> None:
    theirs = np.load(reference / "small.npz")
    # Or the test above would pass for this model without its prompts.
    assert theirs["queries"][0] @ theirs["documents"][0] < 0.99
    assert theirs["queries"][0] @ theirs["bare"][0] < 0.99
    small = load_embedder(str(reference / "small"), cache=weights_cache)
    text = "one two. three four."
    (made,) = small.embed_documents([text], [[(0, 8), (9, 20), (20, 20)]])
    # The same without prompts, and with the prompt written out.
    folder = shutil.copytree(export_folder(weights_cache, small.identity), tmp_path / "bare")
    config = json.loads((folder / "embedder.json").read_text(encoding="utf-8"))
    (folder / "embedder.json").write_text(json.dumps(config | {"document_prompt": ""}), encoding="utf-8")
    (written,) = OnnxEmbedder(folder).embed_documents(["passage: " + text], [[(9, 17), (18, 29), (29, 29)]])
    assert np.allclose(made.vector, written.vector, atol=1e-5)
    assert np.allclose(made.sentences, written.sentences, atol=1e-5)
    assert not made.sentences[2].any()


@pytest.mark.weights
def test_sentences_have_unit_vectors_that_tell_them_apart(weights_cache: Path) -> None:
    text = "The harbour was founded in 1871. Pears ripen in October."
    embedder = load_embedder(DEFAULT, cache=weights_cache)
    (made,) = embedder.embed_documents([text], [[(0, 32), (33, 56)]])
    assert np.allclose(np.linalg.norm(made.sentences, axis=1), 1, atol=1e-4)
    query = embedder.embed_query("When is fruit ripe?")
    assert made.sentences[1] @ query > made.sentences[0] @ query


@pytest.mark.weights
def test_long_texts_are_counted_in_full_and_seen_in_part(weights_cache: Path) -> None:
    embedder = load_embedder(DEFAULT, cache=weights_cache)
    assert embedder.count_tokens(["ships", "ships " * 1000, "", "开源"]) == [1, 1000, 0, 2]
    assert embedder.count_tokens([]) == []
    assert embedder.max_tokens == 256
    one, other = embedder.embed_documents(["ships " * 300, "ships " * 300 + "pears"], [[], [(1800, 1805)]])
    assert np.allclose(one.vector, other.vector, atol=1e-5)
    assert not other.sentences.any()


@pytest.mark.weights
def test_a_model_is_the_same_under_its_long_name(weights_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = load_embedder(DEFAULT, cache=weights_cache)
    monkeypatch.setattr(subprocess, "run", None)  # a second export
    assert load_embedder(f"sentence-transformers/{DEFAULT}", cache=weights_cache).identity == short.identity


@pytest.mark.weights
def test_asking_and_indexing_with_the_export_load_no_torch(weights_cache: Path, tmp_path: Path) -> None:
    load_embedder(DEFAULT, cache=weights_cache)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Pears\n\nThe Amber Bell ripens in October.\n", encoding="utf-8")
    code = (
        "import sys\nfrom askdivide import Assistant, Settings, reindex\n"
        "settings = Settings.load()\nreindex(settings)\nanswer = Assistant.open(settings).ask('When does the Amber Bell ripen?')\n"
        "assert 'October' in answer.text, answer\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'llama_index', 'gradio') if name in sys.modules])\n"
    )
    environment = os.environ | {
        "ASKDIVIDE_CORPUS": str(tmp_path / "corpus"), "ASKDIVIDE_INDEX": str(tmp_path / "index"), "ASKDIVIDE_CACHE": str(weights_cache),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def a_model(folder: Path) -> Path:
    """What looks like a model until it is loaded."""
    folder.mkdir()
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    return folder


def test_what_cannot_be_found_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=r"modules\.json is missing"):
        find_model(str(tmp_path))
    with pytest.raises(EmbeddingError, match="neither a folder here, nor in the Hugging Face cache, nor to be fetched .*; give a folder"):
        find_model("nobody/no-such-model")
    for name in ("test:", "test:many", "test:3", "test:100000", "test:²"):
        with pytest.raises(EmbeddingError, match="dimensions"):
            load_embedder(name, cache=tmp_path)


def test_other_weights_than_those_of_the_index_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="are not the ones the index was made with; run: askdivide index --rebuild"):
        load_embedder(str(a_model(tmp_path / "model")), cache=tmp_path / "cache", identity="model@0123456789abcdef")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(EmbeddingError, match=r"cannot be kept in .*/cache \(.*\); choose another folder with ASKDIVIDE_CACHE"):
        load_embedder(str(a_model(tmp_path / "model")), cache=tmp_path / "cache")


def test_a_broken_export_says_what_to_remove(tmp_path: Path) -> None:
    folder = export_folder(tmp_path, "model@0")
    folder.mkdir(parents=True)
    for name in ("embedder.json", "tokenizer.json", "model.onnx"):
        (folder / name).write_text("{}", encoding="utf-8")
    with pytest.raises(EmbeddingError, match=r"the exported embedding model in .*/model@0-v\d is damaged \(.*\); remove that folder"):
        load_embedder("model", cache=tmp_path, identity="model@0")


def test_the_identity_of_a_model_is_that_of_its_files(tmp_path: Path) -> None:
    model = a_model(tmp_path / "model")
    first = fingerprint(model)
    (model / "README.md").write_text("Not part of it.")
    assert fingerprint(model) == first
    (model / "config.json").write_text("{}")
    assert fingerprint(model) != first
    assert fingerprint(model.rename(tmp_path / "moved")) == fingerprint(tmp_path / "moved")


def test_the_embedder_without_weights_is_deterministic() -> None:
    embedder = HashEmbedder(64)
    one, two = embedder.embed_query("three pears"), HashEmbedder(64).embed_query("Three PEARS!")
    assert np.array_equal(one, two)
    assert float(one @ embedder.embed_query("a harbour")) < 0.9
    (made,) = embedder.embed_documents(["Three pears. A harbour."], [[(0, 12), (13, 23), (12, 12)]])
    assert np.array_equal(made.sentences[0], one)
    assert made.sentences.shape == (3, 64)
    assert embedder.embed_documents(["no sentence"], [[]])[0].sentences.shape == (0, 64)


def test_what_is_embedded_names_title_headings_and_columns() -> None:
    row = Chunk(50, 60, "Traffic > Ships", None, "| 2023 | 4 |", (Sentence(50, 60, "row"),), (10, 22), "| Year | n |")
    text, shift = embedded_text("The harbour", row)
    assert text == "The harbour\nTraffic > Ships\n| Year | n |\n| 2023 | 4 |"
    assert text[shift:] == row.text
    # A chunk that begins within somebody's turn, and one that begins with the name.
    said = Chunk(50, 60, "", None, "It is old.", (Sentence(50, 60, speaker="Tor Vandel"),))
    assert embedded_text("The harbour", said)[0] == "The harbour\nTor Vandel:\nIt is old."
    named = Chunk(38, 60, "", None, "Tor Vandel: It is old.", (Sentence(38, 60), Sentence(61, 70, speaker="Tor Vandel")))
    assert embedded_text("The harbour", named)[0] == "The harbour\nTor Vandel: It is old."
