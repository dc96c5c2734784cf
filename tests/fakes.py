"""Fakes that stand at the seams: an executor without threads, sources of given pages, an outlet in memory."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from zhaiyao.errors import ZhaiyaoError
from zhaiyao.ports import Done, WorkerSpec
from zhaiyao.records import Interface, Page, Roster, Sighting

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


class PageListings(PageSource):
    """Also tells given past days, and raises errors for them; counts what it was asked."""

    def __init__(
        self,
        *pages: Page,
        errors: Mapping[str, ZhaiyaoError] | None = None,
        past: Iterable[Page | tuple[str, date, ZhaiyaoError]] = (),
    ) -> None:
        super().__init__(*pages, errors=errors)
        self.past: dict[tuple[str, date], Page | ZhaiyaoError] = {}
        for one in past:
            key, value = ((one.category, one.date), one) if isinstance(one, Page) else (one[:2], one[2])
            self.past[key] = value
        self.asked_on: list[tuple[str, date]] = []

    def on(self, category: str, day: date) -> Page:
        self.asked_on.append((category, day))
        told = self.past.get((category, day))
        if isinstance(told, ZhaiyaoError):
            raise told
        nothing = Page(category=category, date=day, interface=Interface.CATCHUP, sightings=(), announced=0)
        return told or nothing

    def recent(self, category: str) -> tuple[Roster, ...]:
        raise NotImplementedError("nobody asks for it yet")


class SightingTexts:
    """Tells given papers by id; raises a given error; remembers what it was asked."""

    def __init__(self, *sightings: Sighting, error: ZhaiyaoError | None = None) -> None:
        self.sightings = {one.paper.id: one for one in sightings}
        self.error = error
        self.asked: list[tuple[str, ...]] = []

    def of(self, ids: Collection[str]) -> tuple[Sighting, ...]:
        self.asked.append(tuple(ids))
        if self.error is not None:
            raise self.error
        return tuple(self.sightings[paper_id] for paper_id in ids if paper_id in self.sightings)


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

    def note(self, what: str, **values: object) -> None:
        """Shows nothing."""

    def finish(self) -> None:
        """Ends nothing."""


class Clock:
    """A clock that a test moves; each reading is a second later than the one before."""

    def __init__(self, now: datetime = datetime(2026, 1, 14, 6, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
