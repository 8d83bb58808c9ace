"""The answer models there are, for people who choose one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from askdivide.models.endpoint import is_local
from askdivide.models.ollama import OllamaState, look_at_ollama
from askdivide.models.presets import Preset, about, hosted, open_weights, services
from askdivide.models.registry import FORMS, QUOTE, check_model, outsiders

HERE = "this machine"
CLOUD = "ollama.com"
Kind = Literal["local", "hosted", "weights", "other"]


@dataclass(frozen=True)
class ModelRow:
    """What is told of one model, or of one kind of model."""

    name: str
    """As it is given to `--model`; a part in capitals is to be filled in."""
    kind: Kind
    """`local`: runs here · `hosted`: a service · `weights`: open weights to be fetched or served · `other`: of another package."""
    provider: str
    where: str
    """Where question and passages go: this machine, or a host."""
    licence: str
    """Of the weights; empty where it is not known."""
    open: bool | None
    """Whether the weights are open; None where it depends on the model, or is not known."""
    context: int | None
    size: str
    get: str
    """How to get and run it here."""
    ready: bool
    missing: str
    """What is missing, and the command or variable that repairs it; empty where it is ready."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def model_table(ollama: OllamaState | None = None) -> list[ModelRow]:
    """All models known by name, those of a running Ollama, and the kinds that are named by path or address. Opens none of them.

    `ollama` is what is known about it already; by default it is looked for, which takes half a second at most.
    """
    return [*_local(look_at_ollama() if ollama is None else ollama), *_hosted(), *_weights(), *_others()]


def destination(name: str) -> str:
    """Where the question and the passages go when the model of that name answers: `this machine`, or a host. Raises ModelUnknown."""
    full = check_model(name)
    provider, _, model = full.partition(":")
    if provider in (QUOTE, "gguf", "hf", "test"):
        return HERE
    if provider == "server":
        return _place(model.rpartition("@")[2])
    if provider == "ollama" and model.endswith(("-cloud", ":cloud")):
        return CLOUD
    service = services().get(provider)
    if service:
        return _place(service.address())
    point = outsiders()[provider]
    return f"what package {point.dist.name if point.dist else point.value} decides"


def _local(ollama: OllamaState) -> Iterator[ModelRow]:
    yield _row(QUOTE, "local", "askdivide", HERE, get="the articles' own sentences; no model writes")
    missing = "" if find_spec("xllamacpp") else "pip install 'askdivide[gguf]'"
    yield _row(FORMS["gguf"], "local", "llama.cpp", HERE, get="any GGUF file with a chat template", missing=missing)
    yield _row(FORMS["hf"], "local", "transformers", HERE, get="any chat model of the Hugging Face hub, or a folder that holds one")
    for model in ollama.models:
        where = destination(f"ollama:{model}")
        yield _row(f"ollama:{model}", "local" if where == HERE else "hosted", "Ollama", where, about("ollama", model))
    missing = "" if ollama.running else "install it from ollama.com, then: ollama serve"
    yield _row(FORMS["ollama"], "local", "Ollama", _place(services()["ollama"].address()), get="ollama pull NAME", missing=missing)
    servers = "vLLM (also on Huawei Ascend), SGLang, llama.cpp, LM Studio"
    yield _row(FORMS["server"], "local", "OpenAI-compatible", "the host in BASE_URL", get=servers)
    yield _row(FORMS["test"], "local", "askdivide", HERE, get="replays the replies in a file")


def _hosted() -> Iterator[ModelRow]:
    for preset in hosted():
        service = services()[preset.name.partition(":")[0]]
        missing = "" if os.environ.get(service.key, "").strip() else f"set {service.key} (keys: {service.keys})"
        yield _row(preset.name, "hosted", service.title, _place(service.address()), preset, missing=missing)


def _weights() -> Iterator[ModelRow]:
    for preset in open_weights():
        serve = preset.serve or f"vllm serve {preset.name}"
        pull = f"ollama pull {preset.ollama}" if preset.ollama else ""
        if preset.small:
            missing = "" if _fetched(preset.name) else f"hf download {preset.name}"
            yield _row(f"hf:{preset.name}", "weights", "transformers", HERE, preset, get=pull or serve, missing=missing)
        else:
            name = f"server:{preset.name}@http://127.0.0.1:8000/v1"
            yield _row(name, "weights", "OpenAI-compatible", HERE, preset, get=pull or serve, missing=serve)


def _others() -> Iterator[ModelRow]:
    for name, point in sorted(outsiders().items()):
        package = point.dist.name if point.dist else point.value
        yield _row(f"{name}:NAME", "other", package, f"what package {package} decides")


def _row(name: str, kind: Kind, provider: str, where: str, preset: Preset = Preset(""), *, get: str = "", missing: str = "") -> ModelRow:
    size = ", ".join(part for part in (preset.size, f"needs {preset.memory}" if preset.memory else "") if part)
    return ModelRow(name, kind, provider, where, preset.licence, preset.open, preset.context, size, get, not missing, missing)


def _fetched(repository: str) -> bool:
    """Whether the Hugging Face cache has the repository, told without loading its library."""
    home = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    return any((cache / f"models--{repository.replace('/', '--')}" / "snapshots").glob("*/*.safetensors"))


def _place(url: str) -> str:
    return HERE if is_local(url) else urlsplit(url).hostname or url
