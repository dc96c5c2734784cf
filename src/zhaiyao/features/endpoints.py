"""Embedders from elsewhere: an OpenAI-compatible endpoint, or a sentence-transformers model. Trains and stores nothing.

Both are asked for plain texts, title first. Whether Chinese finds English is the model's affair: take a multilingual
one. Vectors come back of whatever length and are brought to length 1 here.

An endpoint that does not answer is left in peace for a while: until then every call fails at once, so that neither a
search nor the indexing of many papers waits for each of its time-outs.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from zhaiyao.errors import EmbedderError, SearchError
from zhaiyao.features import Embedder, Passage
from zhaiyao.features.lsi import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from openai import OpenAI

    from zhaiyao.features import Vectors

AT_ONCE = 64
"""Texts in one request."""

LONGEST = 8000
"""Characters of a text that are sent at most: more than any abstract has, and about what models read."""

PATIENCE = 5.0
"""Seconds that a single text, such as a query, is waited for at most; it is tried once."""

REST = 30.0
"""Seconds that an endpoint is not asked again after it failed."""

_LONGEST_DETAIL = 200


def embedder_of(kind: str, *, model: str, base_url: str = "", api_key: str = "") -> Embedder | None:
    """The embedder of a kind: `endpoint`, `sentence-transformers`, or none (empty), which means the index's own.

    Raises SearchError if it cannot work as told. An endpoint is not asked yet; a model in this process is loaded.
    """
    if kind == "endpoint":
        return EndpointEmbedder(Endpoint(model=model, base_url=base_url, api_key=api_key))
    if kind == "sentence-transformers":
        return SentenceEmbedder.open(model)
    if kind:
        hint = "There are endpoint and sentence-transformers; none means the index's own."
        raise SearchError("no such kind of embedder", subject=kind, hint=hint)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to ask. No `base_url` means OpenAI. `dimensions` asks for shorter vectors, where a model has that; 0: as
    it gives them. `timeout` is in seconds, for each try."""

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    dimensions: int = 0
    timeout: float = 60.0


class EndpointEmbedder:
    """Asks an endpoint. Thread-safe. Raises SearchError if the settings cannot work; connects when first used.

    `clock` counts seconds.
    """

    def __init__(self, endpoint: Endpoint, *, clock: Callable[[], float] = time.monotonic) -> None:
        if not endpoint.model:
            raise SearchError("no model is named", subject="embeddings", hint="Name one that the endpoint serves.")
        if endpoint.base_url and not re.match(r"https?://[^/]", endpoint.base_url):
            hint = "Write it whole, as https://host/v1 or http://localhost:11434/v1."
            raise SearchError("not the address of a server", subject=endpoint.base_url, hint=hint)
        if not (endpoint.base_url or endpoint.api_key):
            raise SearchError("no key is set", subject=endpoint.model, hint="Set a key, or the address of a server.")
        self._endpoint = endpoint
        self._client: OpenAI | None = None
        self._dimensions = endpoint.dimensions
        self._clock = clock
        self._failure: tuple[float, EmbedderError] | None = None

    @property
    def name(self) -> str:
        """The model, as the endpoint calls it."""
        return f"endpoint:{self._endpoint.model}"

    @property
    def version(self) -> str:
        """Model, and the length if one is wanted. What a server serves under the same name it alone knows."""
        return f"{self._endpoint.model}@{self._endpoint.dimensions or 'own'}"

    @property
    def dimensions(self) -> int:
        """Length of the vectors; unless it is known by now, the endpoint is asked. Raises EmbedderError."""
        if not self._dimensions:
            self._ask(["dimensions"])
        return self._dimensions

    def embed(self, passages: Sequence[Passage]) -> "Vectors":
        """See `features.Embedder`. Empty texts are not sent. Raises EmbedderError if the endpoint does not answer."""
        told = [(at, passage.text[:LONGEST]) for at, passage in enumerate(passages) if passage.text]
        texts = [text for _, text in told]
        rows = [self._ask(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)]
        vectors = np.zeros((len(passages), self.dimensions), np.float32)
        if rows:
            vectors[[at for at, _ in told]] = np.concatenate(rows)
        return vectors

    def hubness(self, vectors: "Vectors") -> "Vectors":
        """Nothing is known of it."""
        return np.zeros(len(vectors), np.float32)

    def close(self) -> None:
        """Drops the connections. Idempotent."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, texts: list[str]) -> "Vectors":
        if self._failure is not None and self._clock() < self._failure[0] + REST:
            raise self._failure[1]
        try:
            rows = self._asked(texts)
        except EmbedderError as error:
            self._failure = self._clock(), error
            raise
        self._failure = None
        self._dimensions = rows.shape[1]
        return rows

    def _asked(self, texts: list[str]) -> "Vectors":
        """One request; of many texts the client itself tries twice again."""
        import openai

        if self._client is None:
            told = self._endpoint
            self._client = openai.OpenAI(base_url=told.base_url or None, api_key=told.api_key or "none")
        wanted = self._endpoint.dimensions or openai.omit
        timeout = min(self._endpoint.timeout, PATIENCE) if len(texts) == 1 else self._endpoint.timeout
        client = self._client.with_options(timeout=timeout, max_retries=0 if len(texts) == 1 else 2)
        try:
            answer = client.embeddings.create(
                model=self._endpoint.model, input=texts, encoding_format="float", dimensions=wanted
            )
            found = [one.embedding for one in sorted(answer.data or (), key=lambda one: one.index)]
        except (openai.OpenAIError, TypeError, AttributeError, ValueError) as error:
            raise self._failed(str(error)) from None
        return self._checked(found, len(texts))

    def _checked(self, found: Sequence[object], expected: int) -> "Vectors":
        if len(found) != expected:
            raise self._failed(f"{len(found)} vectors came for {expected} texts")
        try:
            rows = np.array(found, np.float32)
        except (TypeError, ValueError):
            raise self._failed("what came are no vectors") from None
        if rows.ndim != 2 or not rows.shape[1] or not np.isfinite(rows).all():
            raise self._failed("what came are no vectors")
        if self._dimensions and rows.shape[1] != self._dimensions:
            raise self._failed(f"vectors of {rows.shape[1]} dimensions came, not of {self._dimensions}")
        return unit(rows)

    def _failed(self, why: str) -> EmbedderError:
        hidden = why.replace(self._endpoint.api_key, "…") if self._endpoint.api_key else why
        return EmbedderError(
            f"the embedding endpoint failed: {' '.join(hidden.split())[:_LONGEST_DETAIL]}",
            subject=self._endpoint.base_url or "OpenAI",
            hint="Check address, key and model of the endpoint, and call again.",
        )


class SentenceModel(Protocol):
    """What is needed of a `sentence_transformers.SentenceTransformer`."""

    def encode(self, sentences: list[str], *, convert_to_numpy: bool, show_progress_bar: bool) -> "NDArray[np.float32]":
        """One row per text."""

    def get_sentence_embedding_dimension(self) -> int | None:
        """Length of the rows."""


class SentenceEmbedder:
    """Asks a sentence-transformers model in this process. `named` is what tells it from other models."""

    def __init__(self, model: SentenceModel, *, named: str) -> None:
        self._model = model
        self._named = named

    @classmethod
    def open(cls, path: str) -> "SentenceEmbedder":
        """Loads a model from a folder, or from a hub by its name. Raises SearchError if that cannot be done here."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            hint = "Install it: pip install sentence-transformers"
            raise SearchError("sentence-transformers is not installed", subject=path, hint=hint) from None
        try:
            return cls(SentenceTransformer(path), named=path)
        except (OSError, ValueError) as error:
            hint = "Give the folder of a model, or a name that can be downloaded."
            raise SearchError(f"no such model: {error}", subject=path, hint=hint) from None

    @property
    def name(self) -> str:
        """The model's name or folder."""
        return f"sentence:{self._named}"

    @property
    def version(self) -> str:
        """Model and length."""
        return f"{self._named}@{self.dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return self._model.get_sentence_embedding_dimension() or len(self._encoded(["dimensions"])[0])

    def embed(self, passages: Sequence[Passage]) -> "Vectors":
        """See `features.Embedder`."""
        told = [(at, passage.text[:LONGEST]) for at, passage in enumerate(passages) if passage.text]
        vectors = np.zeros((len(passages), self.dimensions), np.float32)
        if told:
            vectors[[at for at, _ in told]] = unit(self._encoded(text for _, text in told))
        return vectors

    def hubness(self, vectors: "Vectors") -> "Vectors":
        """Nothing is known of it."""
        return np.zeros(len(vectors), np.float32)

    def _encoded(self, texts: Iterable[str]) -> "Vectors":
        rows = self._model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)
