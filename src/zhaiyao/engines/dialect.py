"""What the chat interfaces of providers have in common, whatever they call it. Sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from zhaiyao.asking import Request
from zhaiyao.engines import wire

SCHEMA = "schema"
"""What stands for all means of a dialect to hold a model to a JSON schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer. `fault` is why it is none, though the server counts it as one: `refused`, `server-error`.

    `prompt_tokens` include the cached ones and those that were written into the cache; `completion_tokens` include
    what the model thought.
    """

    text: str = ""
    fault: str = ""
    detail: str = ""
    truncated: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a model is to be asked: what stands in every request. `headroom` are tokens to think in, beside the answer's.

    `refused` are the parameters that the server has shown not to know, by the names that a dialect has for them.
    """

    model: str
    headroom: int = 0
    extra: Mapping[str, object]
    refused: frozenset[str] = frozenset()


class Dialect(Protocol):
    """One provider's form of a chat completion."""

    home: str
    """The address of who made the form."""

    def path(self, base_url: str) -> str:
        """Where requests go, below the base URL."""

    def models(self, base_url: str) -> str:
        """Where the list of models is, below the base URL."""

    def headers(self, key: str) -> dict[str, str]:
        """Those that say who asks; without a key, none that would."""

    def knows_schemas(self, refused: frozenset[str]) -> bool:
        """Whether a server that refuses these parameters can be held to a schema."""

    def body(self, request: Request, manner: Manner) -> wire.Body:
        """A request as JSON."""

    def read(self, answer: wire.Heard) -> Said | None:
        """What an answer says; None if it is no answer. Nothing is believed of its shape."""

    def refused_parameter(self, document: str, asked: wire.Heard) -> str:
        """The parameter of what was asked that a 400 says is not known; `""` if it is about something else."""
