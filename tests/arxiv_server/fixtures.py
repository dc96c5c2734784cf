"""The pytest fixture `arxiv`: a local arXiv of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.arxiv_server.server import ArxivServer


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    """A local arXiv with invented papers; `arxiv.url` is its root."""
    with ArxivServer() as server:
        yield server
