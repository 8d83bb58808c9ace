"""Two copies of an article are one source: of passages that they share, the better one is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from askdivide.index.catalog import Catalog
from askdivide.index.copies import copies_among
from askdivide.index.tables import ChunkRow

if TYPE_CHECKING:
    from askdivide.retrieval.search import Hit

_SHARED = 0.5
"""Of a passage's sentences said by a better passage of a copy, from which on it is a repetition."""


def without_repeats(catalog: Catalog, hits: Sequence[Hit]) -> list[Hit]:
    """`hits`, best first, without those that say what a better one from a copy of their article has said.

    What a copy has of its own stays, such as the beginning that a second paper wrote for it.
    """
    copies = copies_among(catalog, (hit.row.document.id for hit in hits))
    if not copies:
        return list(hits)
    said: dict[int, set[str]] = defaultdict(set)
    kept = []
    for hit in hits:
        own = _sentences(hit.row)
        heard = set().union(*(said[other] for other in copies.get(hit.row.document.id, ())))
        if own and len(own & heard) >= _SHARED * len(own):
            continue
        said[hit.row.document.id] |= own
        kept.append(hit)
    return kept


def _sentences(row: ChunkRow) -> set[str]:
    """The sentences of a chunk, so that marks and spaces make no difference."""
    chunk = row.chunk
    texts = (chunk.text[s.start - chunk.start : s.end - chunk.start] for s in chunk.sentences)
    return {words for text in texts if (words := "".join(char for char in text.casefold() if char.isalnum()))}
