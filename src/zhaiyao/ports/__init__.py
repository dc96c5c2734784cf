"""What the use cases need from outside, as small Protocols. Adapters implement them; only `wiring` picks one.

All datetimes are aware and in UTC. Adapters let no error of a third-party library out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from zhaiyao.ports.arxiv import Arxiv, Harvest, Listings, Source, Texts
from zhaiyao.ports.storing import (
    Changes,
    Deliveries,
    Editions,
    Glossary,
    Ledger,
    Papers,
    Profiles,
    Renditions,
    Searches,
    Store,
    UnitOfWork,
    Work,
)
from zhaiyao.ports.working import Done, Engine, EngineSpec, Executor, Given, Item, Made, Result, WorkerSpec

__all__ = [
    "Arxiv",
    "Changes",
    "Clock",
    "Deliveries",
    "Done",
    "Editions",
    "Engine",
    "EngineSpec",
    "Executor",
    "Given",
    "Glossary",
    "Harvest",
    "Item",
    "Ledger",
    "Listings",
    "Made",
    "Outlet",
    "Papers",
    "Profiles",
    "Progress",
    "Renditions",
    "Result",
    "Searches",
    "Source",
    "Store",
    "Texts",
    "UnitOfWork",
    "Work",
    "WorkerSpec",
]

Clock = Callable[[], datetime]


class Outlet(Protocol):
    """A place where pages go. `files` maps a relative name to its bytes."""

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Replaces each file whole or not at all. Raises PublishError; what stood before then still stands."""


class Progress(Protocol):
    """Where long work reports to. The pipeline calls it; what it shows is not its business."""

    def start(self, what: str, total: int | None) -> None:
        """A step begins: `what` is a message key."""

    def advance(self, steps: int = 1) -> None:
        """Some of it is done."""

    def note(self, what: str, **values: object) -> None:
        """How far it is, in words of its own instead of the count of steps: a message key and what stands in it."""

    def finish(self) -> None:
        """The step is over."""
