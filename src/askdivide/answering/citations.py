"""Citations: exact spans of exact versions of articles, numbered by first use."""

from __future__ import annotations

from askdivide.index.catalog import Catalog
from askdivide.records import Citation
from askdivide.retrieval.search import Hit


class Citations:
    """Numbers spans in the order in which an answer first uses them; the same span keeps its number."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._texts: dict[int, str] = {}
        self._made: dict[tuple[int, int, int], Citation] = {}

    def cite(self, hit: Hit, start: int, end: int) -> Citation:
        """The citation of `start`..`end` in the hit's document; its quote is taken from the document's text as indexed."""
        document = hit.row.document
        key = (document.id, start, end)
        if key not in self._made:
            self._made[key] = Citation(
                number=len(self._made) + 1,
                document=document.path,
                version=document.version,
                title=document.title,
                source=document.source,
                published=document.published,
                url=document.url,
                heading=hit.row.chunk.heading,
                page=hit.row.chunk.page,
                start=start,
                end=end,
                quote=self.text(hit)[start:end],
            )
        return self._made[key]

    def covering(self, hit: Hit, start: int, end: int) -> Citation:
        """A citation already made that holds `start`..`end` of the hit's document, or else a new one of just that."""
        made = (one for key, one in self._made.items() if key[0] == hit.row.document.id and key[1] <= start and end <= key[2])
        return next(made, None) or self.cite(hit, start, end)

    def all(self) -> tuple[Citation, ...]:
        """All citations made, by number."""
        return tuple(self._made.values())

    def text(self, hit: Hit) -> str:
        """The text of the document a hit is in, as indexed."""
        document_id = hit.row.document.id
        if document_id not in self._texts:
            self._texts[document_id] = self._catalog.text(document_id)
        return self._texts[document_id]
