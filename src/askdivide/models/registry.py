"""Who writes the answer, by name: `quote`, or `provider:model`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from askdivide.errors import AskDivideError, ModelError, ModelUnknown
from askdivide.models.chat import ChatModel
from askdivide.models.presets import hosted, services
from askdivide.settings import Settings

QUOTE = "quote"
GROUP = "askdivide.models"
"""Entry points of this group are providers like the ones below: a function of the full name and the settings that gives a ChatModel."""

PROVIDERS = {
    "gguf": "askdivide.models.gguf:open_gguf",
    "hf": "askdivide.models.huggingface:open_hf",
    "ollama": "askdivide.models.openai:open_service",
    "server": "askdivide.models.openai:open_server",
    "deepseek": "askdivide.models.openai:open_service",
    "qwen": "askdivide.models.openai:open_service",
    "openai": "askdivide.models.openai:open_service",
    "anthropic": "askdivide.models.anthropic:open_anthropic",
    "openrouter": "askdivide.models.openai:open_service",
    "test": "askdivide.models.scripted:open_scripted",
}
FORMS = {
    "gguf": "gguf:PATH",
    "hf": "hf:NAME",
    "ollama": "ollama:NAME",
    "server": "server:NAME@BASE_URL",
    "test": "test:FILE",
}
"""How the providers that have no default are named."""
_KEPT = 2
"""Models that stay open. Weights are in memory as long as they do."""

_Key = tuple[str, Settings, int]
_opened: OrderedDict[_Key, ChatModel] = OrderedDict()
_opening: dict[_Key, threading.Lock] = {}
_lock = threading.Lock()


def check_model(name: str) -> str:
    """The full name of an answer model, its provider's default filled in. Opens nothing.

    Raises ModelUnknown with the nearest name there is.
    """
    if name == QUOTE:
        return name
    provider, colon, model = name.partition(":")
    if provider not in PROVIDERS and provider not in outsiders():
        raise ModelUnknown(f"no answer model is named {name!r}; {_hint(name)}")
    if model:
        return name
    service = services().get(provider)
    if service and service.default and not colon:
        return f"{provider}:{service.default}"
    raise ModelUnknown(f"the name {name!r} lacks the model; write {FORMS.get(provider, provider + ':NAME')}")


def open_model(name: str, settings: Settings | None = None) -> ChatModel:
    """The model of that name, ready to be asked; the same one while it stays open, so that weights are loaded once.

    `settings` give its context and time limits; without them they are loaded. Raises ModelUnknown, CredentialsMissing,
    ExtraMissing or ModelError with what repairs it. `quote` is not a model that writes.
    """
    full = check_model(name)
    if full == QUOTE:
        raise ModelError("the quote model answers with the articles' own sentences, and is not a model that writes")
    key = (full, settings or Settings.load(), _version(full))
    with _lock:
        if key in _opened:
            _opened.move_to_end(key)
            return _opened[key]
        opening = _opening.setdefault(key, threading.Lock())
    # Opening one may take minutes, where weights are fetched; others are not to wait for that.
    with opening:
        with _lock:
            if key in _opened:
                return _opened[key]
        try:
            model = _factory(full.partition(":")[0])(full, key[1])
        finally:
            with _lock:
                _opening.pop(key, None)
        with _lock:
            _opened[key] = model
            while len(_opened) > _KEPT:
                _opened.popitem(last=False)
        return model


def outsiders() -> dict[str, EntryPoint]:
    """Providers of other packages, by name. Nothing of theirs is loaded; none can take the place of ours."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in PROVIDERS and point.name != QUOTE}


def _factory(provider: str) -> Callable[[str, Settings], ChatModel]:
    if provider in PROVIDERS:
        module, _, function = PROVIDERS[provider].partition(":")
        found: Callable[[str, Settings], ChatModel] = getattr(import_module(module), function)
        return found
    point = outsiders()[provider]
    package = point.dist.name if point.dist else point.value

    def opened(name: str, settings: Settings) -> ChatModel:
        try:
            model = point.load()(name, settings)
        except AskDivideError:
            raise
        except Exception as error:
            raise ModelError(f"the provider {provider} of package {package} failed: {type(error).__name__}: {error}") from error
        if not isinstance(model, ChatModel):
            raise ModelError(f"the provider {provider} of package {package} gave a {type(model).__name__}, which is no ChatModel")
        return model

    return opened


def _version(name: str) -> int:
    """Tells a file that was changed from what it was."""
    provider, _, path = name.partition(":")
    try:
        return Path(path).expanduser().stat().st_mtime_ns if provider in ("test", "gguf") else 0
    except (OSError, ValueError):
        return 0


def _hint(name: str) -> str:
    provider, colon, model = name.partition(":")
    known = [QUOTE, *PROVIDERS, *outsiders()]
    if provider.lower() == QUOTE:
        return f"did you mean {QUOTE}?"
    if near := get_close_matches(provider.lower(), known, n=1):
        return f"did you mean {near[0]}{colon}{model}?"
    full = [preset.name for preset in hosted()]
    if near := get_close_matches(name, [one.partition(":")[2] for one in full], n=1, cutoff=0.75):
        return f"did you mean {next(one for one in full if one.endswith(near[0]))}?"
    if Path(name).suffix == ".gguf":
        return f"did you mean gguf:{name}?"
    return f"known are: {', '.join(known)}; see: askdivide models"
