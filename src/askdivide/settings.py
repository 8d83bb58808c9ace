"""Settings: one frozen object, checked when it is made.

Precedence: argument (or flag), environment `ASKDIVIDE_*`, `askdivide.toml` in the working folder, default. Every setting has
an environment variable of its own name: `chunk_tokens` is `ASKDIVIDE_CHUNK_TOKENS`. Secrets are not settings: keys of API
models are read from the environment when they are used, and nowhere kept.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from askdivide.errors import SettingsError

PREFIX = "ASKDIVIDE_"
FILE = "askdivide.toml"


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "askdivide"


@dataclass(frozen=True)
class Settings:
    """What can be set; `Settings.load` reads the environment and the settings file."""

    corpus: Path = field(default=Path("corpus"), metadata={"help": "folder of articles"})
    index: Path = field(default=Path("index"), metadata={"help": "folder of the index"})
    chroma: str = field(
        default="", metadata={"help": "address of a Chroma server, http://host:port; without one Chroma's files are in the index"}
    )
    model: str = field(default="quote", metadata={"help": "who writes the answers"})
    offer: str = field(
        default="", metadata={"help": "further answer models that the web chat offers, parted by commas, such as server:NAME@BASE_URL"}
    )
    context: int = field(
        default=0,
        metadata={
            "help": "tokens of context of an answer model; 0: what it has, at most 8192 for one that runs in this process",
            "least": 0,
            "most": 10_000_000,
        },
    )
    model_silence: int = field(
        default=300, metadata={"help": "seconds of silence after which an answer model counts as stalled", "least": 1, "most": 86400}
    )
    embedding: str = field(
        default="all-MiniLM-L6-v2",
        metadata={"help": "embedding model: a sentence-transformers name or a folder, :int8 behind it for eight bits, or test:DIMENSIONS"},
    )
    cache: Path = field(default_factory=_user_cache, metadata={"help": "folder for exported embedding models"})
    chunk_tokens: int = field(default=180, metadata={"help": "most tokens of a chunk", "least": 32, "most": 8192})
    passages: int = field(default=12, metadata={"help": "passages read for an answer", "least": 1, "most": 100})
    reader: str = field(
        default="own",
        metadata={
            "help": "cross-encoder that helps to choose sentences and to refuse: own, none, a folder with one, "
            "or a sentence-transformers CrossEncoder of the Hugging Face cache"
        },
    )
    reader_windows: int = field(
        default=12, metadata={"help": "most stretches of text that the reader reads for an answer", "least": 1, "most": 100}
    )
    sentences: int = field(default=4, metadata={"help": "most sentences of a quote answer", "least": 1, "most": 20})
    refuse_below: float = field(
        default=-1.0, metadata={"help": "refuse when confidence is lower; below 0: the calibrated threshold", "least": -1, "most": 1}
    )
    strict: bool = field(default=False, metadata={"help": "leave out what a model writes and its sources do not support"})
    judge: str = field(
        default="", metadata={"help": "a model that is asked, too, whether a source supports a claim; costs a call for each"}
    )
    answer_tokens: int = field(default=1024, metadata={"help": "most tokens that a model may write", "least": 16, "most": 1_000_000})
    host: str = field(default="127.0.0.1", metadata={"help": "address the web chat listens on"})
    port: int = field(default=7860, metadata={"help": "port the web chat listens on", "least": 0, "most": 65535})
    editable: bool = field(default=True, metadata={"help": "whether the corpus can be changed in the web chat"})
    users: str = field(
        default="", metadata={"help": "file of those who may sign in to the web chat (askdivide users); without one, no sign-in"}
    )
    open_to_all: bool = field(default=False, metadata={"help": "serve other machines without sign-in"})
    hosts: str = field(
        default="",
        metadata={
            "help": "names by which browsers may ask for the web chat, with commas; none: any, or without sign-in this machine's own"
        },
    )
    socket: bool = field(
        default=True,
        metadata={"help": "whether `askdivide ask` may have quote answers from an `askdivide serve` of the same user and index"},
    )
    threads: int = field(default=0, metadata={"help": "threads for embedding; 0: all cores", "least": 0, "most": 1024})

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            least, most = spec.metadata.get("least"), spec.metadata.get("most")
            if least is not None and not least <= value <= most:
                raise SettingsError(f"setting {spec.name} is {value}, and must lie between {least} and {most}")
        if self.chroma and not re.match(r"https?://[^/\s]", self.chroma):
            raise SettingsError(f"setting chroma is {self.chroma!r}, which is no address of a server; write it as http://host:port")
        if self.corpus.absolute() == self.index.absolute():
            raise SettingsError(f"corpus and index are the same folder, {self.corpus}; the index needs one of its own")

    @classmethod
    def load(cls, folder: Path | None = None, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Settings from `given` (None: not given), the environment, and `askdivide.toml` in `folder` (the working folder).

        Raises SettingsError for an unknown name, or a value of the wrong kind, with its place.
        """
        environment = os.environ if environment is None else environment
        file = (folder or Path.cwd()) / FILE
        # Empty is not set, in the file as in the environment; a name that is none is wrong all the same.
        values = {key: _convert(key, value, f"in {file}") for key, value in _read(file).items() if value != "" or key not in _KINDS}
        for variable, text in environment.items():
            if variable.startswith(PREFIX) and text:
                key = variable.removeprefix(PREFIX).lower()
                values[key] = _convert(key, text, f"in the environment ({variable})")
        values.update({key: _convert(key, value, "given") for key, value in given.items() if value is not None})
        return cls(**values)


_KINDS = {spec.name: str(spec.type) for spec in fields(Settings)}


_BOOLS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the settings file {file}: {error}") from error


def _convert(key: str, value: Any, place: str) -> Any:
    if key not in _KINDS:
        near = get_close_matches(key, _KINDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(_KINDS)}"
        raise SettingsError(f"unknown setting {key} {place}{hint}")
    kind = _KINDS[key]
    try:
        if kind == "Path" and str(value):
            return Path(value).expanduser()
        if kind == "bool" and str(value).casefold() in _BOOLS:
            return _BOOLS[str(value).casefold()]
        if kind == "int" and not isinstance(value, bool | float):
            return int(value)
        if kind == "float" and not isinstance(value, bool):
            return float(value)
        if kind == "str" and isinstance(value, str):
            return value
    except (TypeError, ValueError):
        pass
    wanted = {"Path": "a folder", "int": "a number", "float": "a number", "bool": "true or false"}.get(kind, "text")
    raise SettingsError(f"setting {key} {place} is {value!r}, which is not {wanted}")
