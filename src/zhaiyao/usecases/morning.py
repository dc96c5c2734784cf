"""The morning edition: waits for the announcement, gives the best papers within minutes, and the whole day when it is
complete. Decides nothing about papers; it only orders the steps in time.

    wait until the listing of the next announcement is due
    poll the listings, politely                   until a day's papers are there and arXiv's count is reached
    translate the ten best, publish               revision 1, with the rest still in the original
    translate the rest, polling what is missing   until all is there, or the deadline
    publish                                       revision 2
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zhaiyao import calendar, composing
from zhaiyao.intake import missing_kinds
from zhaiyao.ledger import GRACE, reached
from zhaiyao.ports import Arxiv, Clock, Outlet, Progress, Store, UnitOfWork
from zhaiyao.records import Edition, Profile
from zhaiyao.usecases.compose import candidates, compose_due
from zhaiyao.usecases.fetch import Fetched, fetch_latest, subscribed
from zhaiyao.usecases.publish import Look, publish_changed
from zhaiyao.usecases.standings import announcers, held_on
from zhaiyao.usecases.translate import Crew, Translated, translate

FIRST = 10
"""How many papers the first revision has translated."""

IN_FRONT = 1e6
"""What raises the first papers above everything that waits from other days."""

BATCH = 25
"""How many papers are translated between two looks at what is missing."""

PATIENCE = timedelta(hours=6)
"""How long after its hour an announcement is waited for: two hours longer than the feeds take."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=10)
"""Between two rounds of polling; each is half as long again as the one before."""

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Revisions that were made at a time, and the pages that were written."""

    at: datetime
    editions: tuple[Edition, ...] = ()
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What became of the day waited for. `first` is None if it did not come; `missing` are the categories whose count
    was not reached by the deadline."""

    day: date
    fetched: tuple[Fetched, ...]
    missing: tuple[str, ...]
    translated: Translated
    first: Published | None
    last: Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who translates, and where pages go and how they look."""

    crew: Crew
    outlet: Outlet
    look: Look


def next_day(store: Store, arxiv: Arxiv, profiles: Sequence[Profile], *, now: datetime) -> date:
    """The announcement to wait for: the latest one, as long as it is not here and the following one is not nearer."""
    due = calendar.latest_expected(now)
    following = calendar.after(due)
    nearer = now - calendar.announced_at(due) <= calendar.announced_at(following) - now
    return due if nearer and _missing(store, arxiv, profiles, due, now=now) else following


def _missing(store: Store, arxiv: Arxiv, profiles: Sequence[Profile], day: date, *, now: datetime) -> list[str]:
    """The categories whose count of a day is not told, or not reached. That nothing was announced is believed half an
    hour later. Where no listing may be asked nobody counts, and some papers are as good as all."""
    missing = []
    with store.reading() as tx:
        for category in subscribed(profiles):
            told = [one for one in announcers(tx, category, since=day) if one.date == day]
            held = held_on(tx, category, day)
            counted = reached(told, held) or arxiv.listings is None
            if not (counted and (held or (told and now >= calendar.announced_at(day) + GRACE))):
                missing.append(category)
    return missing


def morning(
    store: Store,
    arxiv: Arxiv,
    profiles: Sequence[Profile],
    press: Press,
    *,
    patience: timedelta = PATIENCE,
    early: Callable[[Published], None] = lambda published: None,
    clock: Clock,
    sleep: Sleep,
    progress: Progress,
) -> Morning:
    """Makes the edition of the next announcement; `early` is told as soon as the first papers are out.

    Waits as long as it takes until the announcement is due, and then for `patience`. Raises StoreError or PublishError.
    """
    return _Desk(store, arxiv, profiles, press, clock, sleep, progress).work(patience, early)


class _Desk:
    """One morning's work, in order."""

    def __init__(
        self,
        store: Store,
        arxiv: Arxiv,
        profiles: Sequence[Profile],
        press: Press,
        clock: Clock,
        sleep: Sleep,
        progress: Progress,
    ) -> None:
        self._store = store
        self._arxiv = arxiv
        self._profiles = profiles
        self._press = press
        self._clock = clock
        self._sleep = sleep
        self._progress = progress
        self._day = next_day(store, arxiv, profiles, now=clock())
        self._fetched: dict[str, Fetched] = {}
        self._pause = FIRST_PAUSE
        self._is_stuck = False
        self._next_poll = calendar.announced_at(self._day)

    def work(self, patience: timedelta, early: Callable[[Published], None]) -> Morning:
        deadline = max(self._clock(), calendar.announced_at(self._day)) + patience
        first: Published | None = None
        missing = self._missing()
        while missing and self._clock() < deadline:
            waits = self._waiting() if first and not self._is_stuck else 0
            if not waits:
                self._wait(deadline)
            if self._clock() >= self._next_poll:
                self._poll(missing)
                missing = self._missing()
                self._is_stuck = False
            if first is None and len(missing) < len(subscribed(self._profiles)) and self._is_here():
                first = self._begin(early)
            elif waits:
                report = self._translate(BATCH)
                # Until the next poll nobody is asked again whose engine stopped, or whose budget is used up.
                self._is_stuck = report.error is not None or (report.capped and not report.requests)
        if first is None and self._is_here():
            first = self._begin(early)
        translated = self._translate(None)
        return Morning(
            day=self._day,
            fetched=tuple(self._fetched.values()),
            missing=tuple(self._missing()),
            translated=translated,
            first=first,
            last=self._publish(),
        )

    def _begin(self, early: Callable[[Published], None]) -> Published:
        """The best papers of the day before everything else that waits."""
        with self._store.writing() as tx:
            best = [item for one in self._profiles for item in _best(tx, one, self._day, self._clock())]
            tx.work.enqueue(best)
        self._translate(len({(paper_id, version) for paper_id, version, _ in best}))
        first = self._publish()
        early(first)
        return first

    def _missing(self) -> list[str]:
        return _missing(self._store, self._arxiv, self._profiles, self._day, now=self._clock())

    def _is_here(self) -> bool:
        """Whether some of the day's papers are here."""
        with self._store.reading() as tx:
            return any(held_on(tx, category, self._day) for category in subscribed(self._profiles))

    def _wait(self, deadline: datetime) -> None:
        left = min(self._next_poll, deadline) - self._clock()
        if left > timedelta(0):
            self._progress.start("step.wait", None)
            self._sleep(left.total_seconds())
            self._progress.finish()

    def _poll(self, categories: Sequence[str]) -> None:
        """Asks for what is missing: the listing, and from their hour on the feeds too."""
        feed = self._clock() >= calendar.feed_ready_at(self._day) or self._arxiv.listings is None
        for category in categories:
            self._fetched[category] = fetch_latest(
                self._store, self._arxiv, category, self._profiles, clock=self._clock, feed=feed
            )
        self._next_poll = self._clock() + self._pause
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)

    def _waiting(self) -> int:
        with self._store.reading() as tx:
            return tx.work.count(due=self._clock())

    def _translate(self, most: int | None) -> Translated:
        return translate(self._store, self._press.crew, most=most, clock=self._clock, progress=self._progress)

    def _publish(self) -> Published:
        press, clock = self._press, self._clock
        editions = [made for one in self._profiles for made in compose_due(self._store, one, [self._day], clock=clock)]
        pages = [
            page
            for one in self._profiles
            for page in publish_changed(self._store, one, press.outlet, press.look, clock=clock)
        ]
        return Published(at=clock(), editions=tuple(editions), pages=tuple(pages))


def _best(tx: UnitOfWork, profile: Profile, day: date, now: datetime) -> list[tuple[str, int, float]]:
    """The papers at the head of a profile's edition that are still to be rendered, in front of the whole queue."""
    found = {one.version.paper_id: one for one in candidates(tx, profile, day)}
    edition = composing.compose(profile, day, found.values(), previous=None, now=now)
    head = [found[entry.paper_id] for entry in edition.entries[:FIRST]] if edition else []
    return [
        (one.version.paper_id, one.version.number, IN_FRONT + one.score.value)
        for one in head
        if missing_kinds(one.version, one.renditions)
    ]
