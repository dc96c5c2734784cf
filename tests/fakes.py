"""Fakes that stand at the seams: an executor without threads, a source of given pages, an outlet in memory."""

from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from zhaiyao.errors import ZhaiyaoError
from zhaiyao.ports import Done, WorkerSpec
from zhaiyao.records import Page

Item = TypeVar("Item")
Result = TypeVar("Result")


class SerialExecutor:
    """Runs one item after the other in the caller's thread."""

    def imap(
        self, spec: WorkerSpec[Item, Result], items: Iterable[Item], *, limit: int
    ) -> Generator[Done[Item, Result], None, None]:
        worker: Callable[[Item], Result] | None = None
        for item in items:
            worker = worker or spec.build()
            try:
                done = Done(item, result=worker(item))
            except Exception as error:  # noqa: BLE001 (the port says so: outcomes are values)
                done = Done(item, error=error)
            yield done

    def close(self) -> None:
        """Holds nothing."""


class PageSource:
    """Tells given pages by category; raises given errors; counts how often it was asked."""

    def __init__(self, *pages: Page, errors: Mapping[str, ZhaiyaoError] | None = None) -> None:
        self.pages = {page.category: page for page in pages}
        self.errors = dict(errors or {})
        self.asked: list[str] = []

    def latest(self, category: str) -> Page:
        self.asked.append(category)
        if category in self.errors:
            raise self.errors[category]
        return self.pages[category]


class MemoryOutlet:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def publish(self, files: Mapping[str, bytes]) -> None:
        self.files.update(files)


class Quiet:
    """Progress that only remembers the steps."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def start(self, what: str, total: int | None) -> None:
        self.steps.append(what)

    def advance(self, steps: int = 1) -> None:
        """Counts nothing."""

    def finish(self) -> None:
        """Ends nothing."""


class Clock:
    """A clock that a test moves; each reading is a second later than the one before."""

    def __init__(self, now: datetime = datetime(2026, 1, 14, 6, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
