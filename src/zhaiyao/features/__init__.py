"""Texts as vectors, whose angles say how near the texts are: what an embedder is. Computes nothing itself.

lsi         fitted on the store's own translations: Chinese and English in one space, with no download
endpoints   models from elsewhere: any OpenAI-compatible endpoint, or sentence-transformers
lexicon     which word translates which, learned from the same translations
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[numpy.float32]

Tokenizer: TypeAlias = Callable[[str], list[str]]
"""Cuts a text in either language into words. Injected, so that vectors and the index of words agree on what one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text to embed: a heading (a title, or all of a query) and a body, either of which may be empty.

    `language` is `zh`, `en`, or empty for "look at it".
    """

    title: str = ""
    body: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        """Heading and body as one text."""
        return f"{self.title}\n{self.body}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One paper's text in both languages."""

    english: Passage
    chinese: Passage


class Embedder(Protocol):
    """Turns texts into vectors. Vectors of two embedders compare only if name and version are the same."""

    @property
    def name(self) -> str:
        """Which kind and model."""

    @property
    def version(self) -> str:
        """Changes whenever the same text would get another vector."""

    @property
    def dimensions(self) -> int:
        """Length of every vector. Raises EmbedderError where a model must be asked for it and does not answer."""

    def embed(self, passages: Sequence[Passage]) -> "Vectors":
        """One row per passage: of length 1, or all zero for a text of which nothing is known. Raises EmbedderError."""

    def hubness(self, vectors: "Vectors") -> "Vectors":
        """Per vector, what to take off its similarity to any query; zero where the embedder knows nothing of it."""
