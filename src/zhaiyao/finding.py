"""What is indexed of a paper, what is asked, what is found: frozen records between `search` and those who use it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that can be found of a paper: its newest text, what we made of it, and where and when it was announced.

    Empty where there is none: a paper that is not translated yet is found by its original text. `marks` are the
    reader's (`starred`, `liked`, `hidden`).
    """

    paper_id: str
    title: str = ""
    abstract: str = ""
    title_zh: str = ""
    abstract_zh: str = ""
    tldr_zh: str = ""
    comments: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    announced: tuple[date, ...] = ()
    marks: tuple[str, ...] = ()


class Mode(StrEnum):
    """How to look: by words, by meaning, or both fused."""

    LEXICAL = "lexical"
    SEMANTIC = "semantic"
    FUSED = "fused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of a text of a found paper. `marked` are the (start, end) character ranges within it that matched."""

    name: str  # of the Document's field
    text: str
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found paper. `score` orders hits of one answer and compares with no other answer's.

    `places` are its ranks (from 1) in the answers that were fused, by mode.
    """

    paper_id: str
    score: float
    snippets: tuple[Snippet, ...] = ()
    places: tuple[tuple[Mode, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a query: hits best first, and how many papers match in all, where that can be told."""

    hits: tuple[Hit, ...]
    total: int | None = None
    corrected: tuple[str, ...] = ()  # words that were searched with typing errors allowed
