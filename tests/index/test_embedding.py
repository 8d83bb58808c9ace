"""Embedding models: the exported graph gives the model's own vectors, and nothing after the export needs torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from askdivide.errors import EmbeddingError
from askdivide.index.embedding import HashEmbedder, embedded_text, find_model, load_embedder
from askdivide.records import Chunk, Sentence
from askdivide.settings import Settings

TEXTS = [
    "Which licence does DeepSeek-R1 have?",
    "a",
    "Der Hafen von Ostrava Bay wurde 1871 gegründet. 港口建于1871年。",
    "The harbour handled 412 ships in 2023, according to its annual report. " * 60,
    "x" * 3000,
    " \t ",
]


@pytest.mark.weights
def test_the_export_gives_the_vectors_of_sentence_transformers(own_index: Settings) -> None:
    code = (
        "import json, sys, numpy as np\n"
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu', local_files_only=True)\n"
        "texts = json.loads(sys.stdin.read())\n"
        "np.savez(sys.argv[2], d=model.encode_document(texts, normalize_embeddings=True), q=model.encode_query(texts, normalize_embeddings=True))\n"
    )
    import json

    theirs = own_index.cache / "theirs.npz"
    subprocess.run(
        [sys.executable, "-c", code, str(find_model("all-MiniLM-L6-v2")), str(theirs)],
        input=json.dumps(TEXTS), text=True, capture_output=True, check=True,
    )  # fmt: skip
    expected = np.load(theirs)
    embedder = load_embedder("all-MiniLM-L6-v2", cache=own_index.cache)
    ours = embedder.embed_documents(TEXTS, [[] for _ in TEXTS])
    for number, text in enumerate(TEXTS):
        assert float(ours[number].vector @ expected["d"][number]) > 1 - 1e-3, text[:40]
        assert float(embedder.embed_query(text) @ expected["q"][number]) > 1 - 1e-3, text[:40]


@pytest.mark.weights
def test_sentences_have_unit_vectors_that_tell_them_apart(own_index: Settings) -> None:
    text = "The harbour was founded in 1871. Pears ripen in October."
    embedder = load_embedder("all-MiniLM-L6-v2", cache=own_index.cache)
    (made,) = embedder.embed_documents([text], [[(0, 32), (33, 56)]])
    assert np.allclose(np.linalg.norm(made.sentences, axis=1), 1, atol=1e-4)
    query = embedder.embed_query("When is fruit ripe?")
    assert made.sentences[1] @ query > made.sentences[0] @ query


@pytest.mark.weights
def test_asking_and_indexing_with_the_export_load_no_torch(own_index: Settings, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Pears\n\nThe Amber Bell ripens in October.\n", encoding="utf-8")
    code = (
        "import sys\nfrom askdivide import Assistant, Settings, reindex\n"
        "settings = Settings.load()\nreindex(settings)\nanswer = Assistant.open(settings).ask('When does the Amber Bell ripen?')\n"
        "assert 'October' in answer.text, answer\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'llama_index', 'gradio') if name in sys.modules])\n"
    )
    environment = os.environ | {
        "ASKDIVIDE_CORPUS": str(tmp_path / "corpus"), "ASKDIVIDE_INDEX": str(tmp_path / "index"), "ASKDIVIDE_CACHE": str(own_index.cache),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.weights
def test_prompts_of_a_model_are_honoured(own_index: Settings, tmp_path: Path) -> None:
    """A copy of the default model with prompts of its own: its vectors are those of the text behind the prompt."""
    import json
    import shutil

    folder = tmp_path / "prompted"
    shutil.copytree(find_model("all-MiniLM-L6-v2"), folder)
    file = folder / "config_sentence_transformers.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["prompts"] = {"query": "search for: ", "document": "article: "}
    file.write_text(json.dumps(config), encoding="utf-8")
    notes: list[str] = []
    prompted = load_embedder(str(folder), cache=own_index.cache, on_note=notes.append)
    plain = load_embedder("all-MiniLM-L6-v2", cache=own_index.cache)
    assert notes == []
    text = "The harbour was founded in 1871."
    assert float(prompted.embed_query(text) @ plain.embed_query("search for: " + text)) > 1 - 1e-3
    (document,) = prompted.embed_documents([text], [[(0, 32)]])
    (expected,) = plain.embed_documents(["article: " + text], [[(9, 41)]])
    assert float(document.vector @ expected.vector) > 1 - 1e-3
    assert float(document.sentences[0] @ expected.sentences[0]) > 1 - 1e-3
    assert prompted.identity != plain.identity


def test_what_cannot_be_found_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="modules.json"):
        find_model(str(tmp_path))
    with pytest.raises(EmbeddingError, match="neither a folder here"):
        find_model("nobody/no-such-model")
    for name in ("test:", "test:many", "test:3", "test:100000"):
        with pytest.raises(EmbeddingError, match="dimensions"):
            load_embedder(name, cache=tmp_path)


def test_the_embedder_without_weights_is_deterministic() -> None:
    embedder = HashEmbedder(64)
    one, two = embedder.embed_query("three pears"), HashEmbedder(64).embed_query("Three PEARS!")
    assert np.array_equal(one, two)
    assert float(one @ embedder.embed_query("a harbour")) < 0.9


def test_what_is_embedded_names_title_headings_and_columns() -> None:
    row = Chunk(50, 60, "Traffic > Ships", None, "| 2023 | 4 |", (Sentence(50, 60, "row"),), (10, 22), "| Year | n |")
    text, shift = embedded_text("The harbour", row)
    assert text == "The harbour\nTraffic > Ships\n| Year | n |\n| 2023 | 4 |"
    assert text[shift:] == row.text
