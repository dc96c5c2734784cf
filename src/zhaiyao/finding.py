"""What is indexed of a paper, what is asked, what is found: frozen records, and the index that they go in and out of.

The index is a port like those in `ports`: adapters are in `search`, and only `wiring` picks one.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeAlias


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


class Remark(StrEnum):
    """What a reader should know of an answer: why something may be missing in it."""

    UNTAUGHT = "untaught"  # too few papers to learn from: nothing is found by meaning
    ONE_LANGUAGE = "one_language"  # too few translations: by meaning, a text finds its own language only
    UNANSWERED = "unanswered"  # the embedder from outside gave no vector: words alone were searched
    BEHIND = "behind"  # changes are not searchable yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark with its number (papers or changes that are missing) or the words of an error."""

    remark: Remark
    count: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a query: hits best first, and how many papers match in all, where that can be told."""

    hits: tuple[Hit, ...]
    total: int | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far an index has read the store's log of changes. `proof` tells the last change it read, so that another
    store's log is not taken for this one's."""

    seq: int = 0
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSize:
    """How large the indexes are: papers found by words, papers found by meaning, bytes on disk."""

    papers: int
    vectors: int = 0
    bytes: int = 0


class Scope(StrEnum):
    """Where words are looked for."""

    ALL = ""
    TITLE = "ti"
    ABSTRACT = "abs"
    AUTHOR = "au"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words without white space between them, all of which must be there. `fuzzy`: typing errors are allowed."""

    text: str
    scope: Scope = Scope.ALL
    fuzzy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that must stand side by side in this order."""

    text: str
    scope: Scope = Scope.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class InCategory:
    """Filed under a category or an archive, by its canonical name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Announced on a date in a range, both ends included; None is an open end."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsPaper:
    """The paper of this id."""

    paper_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Papers with this mark."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What does not match."""

    part: "Query"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """What matches all parts; without parts, the empty query."""

    parts: tuple["Query", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """What matches any part."""

    parts: tuple["Query", ...]


Query: TypeAlias = Words | Phrase | InCategory | Announced | IsPaper | Marked | Not | And | Or


class IndexUpdate(Protocol):
    """The right to change the index. Nothing is seen by others before `commit`; what is not committed is dropped."""

    @property
    def reached(self) -> Reached:
        """How far the index has read the log of changes, as committed."""

    def put(self, documents: Sequence[Document]) -> None:
        """Adds papers, each in the place of what was there of it."""

    def remove(self, ids: Sequence[str]) -> None:
        """Removes papers; unknown ones are left alone."""

    def learn(self, documents: Iterable[Document]) -> None:
        """Learns what words mean from these papers, the first ones if they are many. Only of use to an empty index,
        before the first `put`."""

    def commit(self, reached: Reached) -> None:
        """Makes the changes seen and safe, together with how far the log of changes was read."""


class Index(Protocol):
    """Finds papers by words and by meaning. Derived from the store. Every method raises SearchError, or IndexDamaged
    where only rebuilding helps. A `Query` is what `search.querying` reads from a text."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How it can be asked, the best way first."""

    @property
    def reached(self) -> Reached:
        """How far it has read the log of changes."""

    @property
    def size(self) -> IndexSize:
        """How large it is."""

    @property
    def papers(self) -> int:
        """How many papers there are to find; cheaper than `size`."""

    @property
    def stale(self) -> bool:
        """Whether it would understand more if it were built anew, since there is so much more to learn from."""

    def owed(self, *, limit: int) -> tuple[str, ...]:
        """Papers that are found by their words only, since the embedder did not answer when they came in."""

    def find(self, query: Query, text: str, *, limit: int, mode: Mode) -> Found:
        """The best hits of a query; `text` is how it was written."""

    def like(self, documents: Sequence[Document], *, limit: int, mode: Mode) -> Found:
        """Papers most like these, themselves left out."""

    def among(self, ids: Iterable[str], query: Query) -> frozenset[str]:
        """Those of these papers that match all of a query, by words."""

    def verify(self) -> None:
        """Reads all of it and compares it with its checksums."""

    def updating(self, *, wait: float, bulk: bool = False) -> AbstractContextManager[IndexUpdate | None]:
        """The right to change it; None if another process has it for longer than `wait` seconds. `bulk`: thousands of
        papers are to come."""

    def rebuilding(self, *, wait: float) -> AbstractContextManager[IndexUpdate | None]:
        """As `updating`, but of an empty index that takes the place of this one when the block ends well."""

    def close(self) -> None:
        """Lets all files go. Idempotent."""
