"""What is needed to get work done: engines that answer, and executors that run workers side by side."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from zhaiyao.asking import EngineTraits, Reply, Request

Item = TypeVar("Item")
Result = TypeVar("Result")
Given = TypeVar("Given", contravariant=True)
Made = TypeVar("Made", covariant=True)


class Engine(Protocol):
    """Something that answers requests. Thread-safe; `ask` never raises for a single bad reply."""

    @property
    def traits(self) -> EngineTraits:
        """What it can do."""

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order. Raises EngineError only if the engine cannot work at all."""

    def close(self) -> None:
        """Frees model and connections. Idempotent."""


class EngineSpec(Protocol):
    """A picklable recipe of an engine."""

    def open(self) -> Engine:
        """Loads or connects. Raises EngineError if the engine cannot work here."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Item, Result]):
    """What became of one item: a result, or the error that its worker raised.

    `more` says that the next outcome is there already: who writes may write both at once.
    """

    item: Item
    result: Result | None = None
    error: Exception | None = None
    more: bool = False


class WorkerSpec(Protocol[Given, Made]):
    """A picklable recipe of a worker. Each process (or actor) builds it once; what it builds is thread-safe.

    If what it builds has a `close` method, the executor calls it when it closes itself.
    """

    def build(self) -> Callable[[Given], Made]:
        """Opens what the worker needs and returns it as a function. Raises EngineError if that fails."""


class Executor(Protocol):
    """Runs work side by side."""

    def imap(
        self, spec: WorkerSpec[Item, Result], items: Iterable[Item], *, limit: int
    ) -> Generator[Done[Item, Result], None, None]:
        """Outcomes in the order they finish. Takes an item only when fewer than `limit` are under way, and nothing
        finished waits to be told.

        Closing the generator cancels what has not begun and waits for what has. A failing `build` raises.
        """

    def close(self) -> None:
        """Frees workers. Idempotent."""
