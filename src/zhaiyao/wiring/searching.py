"""The search index, and how to search it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhaiyao.features import Embedder
    from zhaiyao.finding import Hit, Index, Mode
    from zhaiyao.search.following import Meaning
    from zhaiyao.settings import Places, Settings


@contextmanager
def index(settings: "Settings", places: "Places") -> "Iterator[Index]":
    """The search index, whatever its state; made on its first use."""
    from zhaiyao.search.following import Indexes

    opened = Indexes(places.index, meaning=_meanings(settings), fuse=_fuse)
    try:
        yield opened
    finally:
        opened.close()


def scratch_index(folder: Path) -> "Index":
    """An index that compares meanings by what it learns, in a folder of its own, to be closed by the caller."""
    from zhaiyao.search.following import Indexes

    return Indexes(folder, meaning=_meaning, fuse=_fuse)


def _meanings(settings: "Settings") -> "Callable[[Path], Meaning]":
    """Opens indexes of meanings with the embedder of the settings, which is made once, when it is first needed."""
    told = settings.search

    @cache
    def embedder() -> "Embedder | None":
        from zhaiyao.features.endpoints import embedder_of

        key = told.embedding_key or ("" if told.embedding_url else os.environ.get("OPENAI_API_KEY", ""))
        return embedder_of(told.embedder, model=told.embedding_model, base_url=told.embedding_url, api_key=key)

    def opened(folder: Path) -> "Meaning":
        from zhaiyao.search.semantic import SemanticIndex

        return SemanticIndex(folder, embedder())

    return opened if told.embedder else _meaning


def _meaning(folder: Path) -> "Meaning":
    from zhaiyao.search.semantic import SemanticIndex  # NumPy is not free to import, and a search for words needs none

    return SemanticIndex(folder)


def _fuse(lexical: "Sequence[Hit]", semantic: Sequence[tuple[str, float]]) -> "Sequence[Hit]":
    from zhaiyao.search.fusion import fuse

    return fuse(lexical, semantic)


def search_mode(settings: "Settings") -> "Mode | None":
    """How to search, if it is set."""
    from zhaiyao.finding import Mode

    return Mode(settings.search.mode) if settings.search.mode else None
