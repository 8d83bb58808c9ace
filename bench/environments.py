"""One virtual environment for each peer, made when it is missing or its requirements have changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from measuring import ROOT, size

SCRIPTS = Path(__file__).parent / "peers"
PLACE = ROOT / "build" / "bench" / "environments"


@dataclass(frozen=True)
class Peer:
    """One of those that are compared."""

    name: str
    """Of its script and its requirements in bench/peers/."""
    title: str
    reindexes: bool = False
    """Whether indexing once more does only what is new."""
    settings: tuple[tuple[str, str], ...] = ()
    """Environment variables that its script is run with ..."""
    like: str | None = None
    """... where that is all in which it differs from another one."""

    @property
    def script(self) -> Path:
        return SCRIPTS / f"{self.like or self.name}.py"

    @property
    def requirements(self) -> Path:
        return SCRIPTS / f"{self.like or self.name}.txt"

    @property
    def folder(self) -> Path:
        return PLACE / (self.like or self.name)

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


PEERS = (
    Peer("askdivide_quotes", "askdivide", reindexes=True),
    Peer(
        "askdivide_light",
        "askdivide, light",
        reindexes=True,
        settings=(("ASKDIVIDE_EMBEDDING", "all-MiniLM-L6-v2:int8"), ("ASKDIVIDE_READER", "none")),
        like="askdivide_quotes",
    ),
    Peer("llamaindex_starter", "LlamaIndex + Chroma starter"),
    Peer("txtai_hybrid", "txtai, hybrid"),
    Peer("chroma_plain", "Chroma + sentence-transformers"),
)


def prepare(peer: Peer) -> None:
    """Make the environment of `peer` unless it is there as its requirements ask for. Takes minutes the first time."""
    files = [peer.requirements, ROOT / "constraints.txt", ROOT / "pyproject.toml"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    mark = peer.folder / "made-from"
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    print(f"installing {peer.title} ...", file=sys.stderr, flush=True)
    shutil.rmtree(peer.folder, ignore_errors=True)
    venv.create(peer.folder, with_pip=True)
    pip = [str(peer.python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    install = ["install", "--constraint", str(ROOT / "constraints.txt")]
    torch = next(line for line in peer.requirements.read_text(encoding="utf-8").split() if line.startswith("torch=="))
    # As in scripts/setup.sh: the registry's build may bring several GB of CUDA along, and four times here.
    if not os.environ.get("CUDA"):
        plan = subprocess.run([*pip, *install, "--dry-run", "--report", "-", torch], capture_output=True, text=True, check=True, cwd=ROOT)
        if '"nvidia-' in plan.stdout:
            sys.exit(
                f"error: pip would install the CUDA build of {torch} (several GB) for each peer; point PIP_FIND_LINKS or"
                " PIP_EXTRA_INDEX_URL at the CPU build, or: make CUDA=1 bench"
            )
    subprocess.run([*pip, *install, "--requirement", str(peer.requirements)], check=True, cwd=ROOT)
    mark.write_text(wanted, encoding="utf-8")


def versions(peer: Peer) -> dict[str, str]:
    """What is installed for `peer`, by name."""
    done = subprocess.run([peer.python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True)
    return {one["name"]: one["version"] for one in json.loads(done.stdout) if one["name"] not in ("pip", "setuptools")}


def installed_size(peer: Peer) -> float:
    """MB of all that `peer` needs installed, Python itself and pip left out."""
    packages = next(peer.folder.glob("lib/python*/site-packages"))
    tools = sum(size(packages / tool) for tool in ("pip", "setuptools"))
    # askdivide itself is installed as a link to its source.
    return size(packages) - tools + (size(ROOT / "src") if peer.script == PEERS[0].script else 0)


def main() -> None:
    for peer in PEERS:
        prepare(peer)


if __name__ == "__main__":
    main()
