"""Looks whether Chroma holds what the catalog says, in a process of its own: a damaged index can take its process with it.

    python -m askdivide.index.probe GENERATION [SERVER]

prints one JSON object: {"missing": n, "extra": n, "unfound": n} or {"error": text}.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from askdivide.errors import AskDivideError
from askdivide.index.catalog import Catalog
from askdivide.index.folder import CATALOG, CHROMA
from askdivide.records import Filters

_SAMPLE = 50
_SECONDS = 300


def probe(generation: Path, server: str = "") -> Mapping[str, Any]:
    """How Chroma of a generation differs from its catalog; `error` where it cannot be asked."""
    command = [sys.executable, "-m", "askdivide.index.probe", str(generation), server]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"Chroma did not answer within {_SECONDS} seconds"}
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"error": f"Chroma ended its process (status {done.returncode})"}
    return found


def _look(generation: Path, server: str) -> dict[str, Any]:
    from askdivide.index.vectors import ChromaVectors

    catalog = Catalog(generation / CATALOG)
    with catalog.transaction():
        ids = catalog.chunk_ids(sorted(catalog.chunk_keys()))
        sample = list(ids.values())[:: max(len(ids) // _SAMPLE, 1)][:_SAMPLE]
        rows = catalog.chunks(sample).values()
    vectors = ChromaVectors(generation / CHROMA, server=server)
    held = vectors.keys()
    unfound = 0
    for row in rows:
        if row.key in held:
            near = vectors.nearest(row.vector, min(len(held), 100), Filters())
            best = catalog.chunks(catalog.chunk_ids(near[:1]).values()).values() if near else ()
            # Many texts may be equal; then another one of the same vector is as good.
            unfound += row.key not in near and not any(np.allclose(one.vector, row.vector, atol=1e-4) for one in best)
    return {"missing": len(ids.keys() - held), "extra": len(held - ids.keys()), "unfound": unfound}


def main() -> None:
    """Print what was found."""
    generation, server = Path(sys.argv[1]), (sys.argv[2] if len(sys.argv) > 2 else "")
    try:
        found = _look(generation, server)
    except AskDivideError as error:
        found = {"error": str(error)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
