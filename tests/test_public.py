"""The public face of the package: its names, and what importing and running it loads."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import os
import subprocess
import sys

import pytest

import askdivide
from askdivide.settings import Settings

HEAVY = {
    "httpx",
    "xllamacpp",
    "torch",
    "chromadb",
    "llama_index",
    "gradio",
    "onnxruntime",
    "numpy",
    "sentence_transformers",
    "transformers",
    "rich",
    "yaml",
}


def loaded(code: str, **variables: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after running `code`."""
    code += "\nimport json, sys\nprint()\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env={**os.environ, **variables}, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return set(json.loads(ran.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    """Code that runs a command and goes on where it has succeeded."""
    return (
        "import sys\nfrom askdivide.interfaces import cli\n"
        f"sys.argv = ['askdivide', *{list(arguments)!r}]\n"
        "try:\n    cli.main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    )


def test_all_is_sorted_and_holds_what_can_be_had() -> None:
    assert askdivide.__all__ == sorted(askdivide.__all__)
    assert len(set(askdivide.__all__)) == len(askdivide.__all__)
    for name in askdivide.__all__:
        assert getattr(askdivide, name) is not None
    assert {"Answer", "Assistant", "Citation", "Settings", "reindex"} <= set(askdivide.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'assistant_of_yore'"):
        askdivide.assistant_of_yore  # noqa: B018
    assert not hasattr(askdivide, "Catalog")


@pytest.mark.parametrize("name", askdivide.__all__)
def test_every_public_name_says_what_it_is(name: str) -> None:
    thing = getattr(askdivide, name)
    text = inspect.getdoc(thing) or ""
    # A dataclass without a docstring gets its signature for one.
    assert len(text.split()) >= 4
    assert not text.startswith(f"{name}(")
    if inspect.isclass(thing):
        for method, function in vars(thing).items():
            if not method.startswith("_") and (inspect.isfunction(function) or isinstance(function, classmethod | property)):
                assert inspect.getdoc(function), f"{name}.{method}"


def test_the_version_is_that_of_the_installed_package() -> None:
    assert askdivide.__version__ == importlib.metadata.version("askdivide")


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import askdivide") & (HEAVY | {"click"}) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"], ["serve", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(command(*arguments)) & HEAVY == set()


def test_status_loads_no_model_and_no_chroma(indexed: Settings) -> None:
    folders = {"ASKDIVIDE_INDEX": str(indexed.index), "ASKDIVIDE_CORPUS": str(indexed.corpus)}
    found = loaded(command("status"), ASKDIVIDE_EMBEDDING="test:256", **folders)
    assert found & {"torch", "chromadb", "onnxruntime", "llama_index", "gradio", "transformers"} == set()


@pytest.mark.weights
def test_a_quote_answer_loads_no_torch_and_no_chroma(own_index: Settings) -> None:
    found = loaded(
        command("ask", "Which licence does DeepSeek-R1 have?"), ASKDIVIDE_INDEX=str(own_index.index), ASKDIVIDE_CACHE=str(own_index.cache)
    )
    assert "onnxruntime" in found
    unwanted = {"torch", "llama_index", "gradio", "sentence_transformers", "transformers", "onnxscript"}
    # Nor does it open Chroma for the few articles that come along.
    assert found & {*unwanted, "chromadb"} == set()
