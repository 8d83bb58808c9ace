"""Fixtures of the write path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from website import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site on the loopback address."""
    with serving() as made:
        yield made
