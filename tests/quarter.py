"""A reader's season against the simulated arXiv: runs every day on a virtual clock, then an audit against the truth.

Used by the tests (two weeks) and by `bench/quarter.py` (a quarter). Nothing but the server's socket is real time.
"""

import json
import lzma
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from tests.arxiv_server.cycle import VirtualClock, listed_at
from tests.arxiv_server.mailings import World
from tests.arxiv_server.mishaps import Plan, Served
from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.taxonomy import ARCHIVES, NAMES
from tests.fakes import Quiet, SerialExecutor
from zhaiyao import wiring
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.pipeline import gather
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import Edition, Fault, Incident, Interface, LedgerDay, Profile
from zhaiyao.settings import load
from zhaiyao.store import open_store
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.translate import Crew, translate
from zhaiyao.worker import TranslatorSpec

HOURS = (time(1, 30), time(5, 30), time(12, 0))
"""When the job runs each day, in UTC: after the listings, after the feeds, at noon."""

AFTERWARDS = timedelta(days=5)
"""How long the job goes on after the last day, so that this too is looked at a second time."""

WHERE = {
    "feed": Interface.FEED,
    "new": Interface.LISTING,
    "catchup": Interface.CATCHUP,
    "api": Interface.API,
    "oai": Interface.OAI_RAW,
}
HARMLESS = ("new-dress", "oai-skip")
"""Nobody needs to hear of these: a document that means the same, and records that a harvest leaves out, which cannot
be told from records that did not change; enrichment asks the query API for what it lacks."""

NO_ANSWER = {Fault.UNREACHED, Fault.UNREADABLE}
CALLED = {
    "stale-feed": {Fault.STALE},
    "stale-feed-redated": {Fault.MISDATED, Fault.EMPTY},  # the mailing before may have had nothing
    "late-date": {Fault.MISDATED, Fault.STALE},
    "empty-feed": {Fault.EMPTY, Fault.STALE},  # an empty feed under an older date is stale
    "half-listing": {Fault.CUT, Fault.UNREACHED, Fault.EMPTY},  # half of one that denies the day is nothing
    "empty-listing": {Fault.EMPTY},
    "api-behind": {Fault.LATE},
    "truncated": {*NO_ANSWER, Fault.CUT},
}
"""How the ledger calls a kind of fault; all others are answers that did not come, or cannot be read."""


Types = Mapping[str, Mapping[str, str]]
"""How papers were announced: by paper, then by category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a season came to. `lost`: announced, and not in the edition of its date. `doubled`: in the edition of a date
    on which it was not announced, or twice. `unnamed`: faults that were served and are not in the ledger."""

    categories: tuple[str, ...]
    days: tuple[date, ...]
    truth: Mapping[date, Mapping[str, Mapping[str, str]]]
    announced: int
    papers: int
    lost: tuple[tuple[date, str, str], ...]
    doubled: tuple[tuple[date, str, str], ...]
    mistyped: tuple[tuple[date, str, str], ...]
    served: Mapping[str, int]
    unnamed: tuple[Served, ...]
    violations: tuple[str, ...]
    requests: Mapping[str, int]
    runs: int
    revisions: int
    incidents: tuple[Incident, ...]
    ledger: tuple[LedgerDay, ...]
    open_days: int


@dataclass
class Season:
    """A world, what goes wrong in it, and one reader. `away`: days on which the reader's machine is off."""

    world: World
    plan: Plan
    categories: tuple[str, ...]
    folder: Path
    away: Collection[date] = ()
    translating: bool = False
    hours: tuple[time, ...] = HOURS
    runs: int = 0

    def live(self) -> Audit:
        """Runs the job through the whole season and looks at what became of it."""
        clock = VirtualClock(listed_at(self.world.first))
        settings_of = {"ZHAIYAO_HOME": str(self.folder)}
        store = open_store("sqlite://", clock=clock)
        with ArxivServer(self.world, now=clock, plan=self.plan) as server:
            settings, places = load(environment=settings_of, flags={"arxiv.base_url": server.url})
            with wiring.arxiv(settings, places, clock=clock, sleep=clock.sleep) as arxiv:
                profile = implicit(store, self.categories, now=clock())
                for when in self._times():
                    clock.move_to(when)
                    self._run(store, arxiv, profile, clock)
            audit = self._audit(store, server, profile)
        store.close()
        return audit

    def _times(self) -> Iterator[datetime]:
        day, last = self.world.first, self.world.last + AFTERWARDS
        while day <= last:
            if day not in self.away:
                yield from (datetime.combine(day, hour, UTC) for hour in self.hours)
            day += timedelta(days=1)

    def _run(self, store: Store, arxiv: Arxiv, profile: Profile, clock: VirtualClock) -> None:
        """The daily job but for its pages."""
        self.runs += 1
        gather(store, arxiv, [profile], clock=clock, progress=Quiet())
        if self.translating:
            crew = Crew(
                executor=SerialExecutor(),
                spec=TranslatorSpec((ScriptedSpec(),)),
                limit=4,
                owner=Owner(boot="season", pid=1, started="now"),
                is_gone=lambda owner: False,
            )
            translate(store, crew, clock=clock, progress=Quiet())
        compose_due(store, profile, clock=clock)

    def _audit(self, store: Store, server: ArxivServer, profile: Profile) -> Audit:
        world, days = self.world, tuple(day for day in self.world.dates if day >= self.world.first)
        with store.reading() as tx:
            editions = {day: tx.editions.latest(profile.name, day) for day in days}
            others = [tx.editions.get(name) for name in tx.editions.ids()]
            ledger = tx.ledger.days(categories=self.categories)
            incidents = tx.ledger.incidents()
        truth = {day: world.announced_to(self.categories, day) for day in days}
        lost, doubled, mistyped = [], [], []
        for day, edition in editions.items():
            shown = _shown(edition)
            for category, told in truth[day].items():
                lost += [(day, category, paper) for paper in told if category not in shown.get(paper, {})]
                mistyped += [
                    (day, category, paper)
                    for paper, kind in told.items()
                    if shown.get(paper, {}).get(category, kind) != kind
                ]
            doubled += list(self._doubled(day, edition, shown, truth[day]))
        doubled += [
            (edition.date, "", entry.paper_id)
            for edition in others
            if edition.date and edition.date not in truth
            for entry in edition.entries
        ]
        served = [one for one in server.served if one.kind not in HARMLESS]
        return Audit(
            categories=self.categories,
            days=days,
            truth=truth,
            announced=sum(len(told) for on in truth.values() for told in on.values()),
            papers=len({paper for on in truth.values() for told in on.values() for paper in told}),
            lost=tuple(lost),
            doubled=tuple(doubled),
            mistyped=tuple(mistyped),
            served=Counter(one.kind for one in served),
            unnamed=tuple(one for one in served if not _named(one, incidents)),
            violations=tuple(server.violations()),
            requests=Counter(one.path.strip("/").partition("/")[0] for one in server.requests),
            runs=self.runs,
            revisions=len(others),
            incidents=incidents,
            ledger=ledger,
            open_days=sum(day.announced is None or day.fetched < day.announced for day in ledger if day.date in truth),
        )

    def _doubled(
        self,
        day: date,
        edition: Edition | None,
        shown: Mapping[str, Mapping[str, str]],
        truth: Mapping[str, Mapping[str, str]],
    ) -> Iterator[tuple[date, str, str]]:
        """Papers that stand twice, or that arXiv did not announce then. Withdrawals of old versions stand in the pages
        of past days only, which is an announcement, too."""
        papers = [entry.paper_id for entry in edition.entries] if edition else []
        yield from ((day, "", paper) for paper, count in Counter(papers).items() if count > 1)
        for paper, told in shown.items():
            for category, kind in told.items():
                unlisted = kind.startswith("replace") and paper in self.world.listed(
                    category, day, seen=self.world.last
                )
                if paper not in truth[category] and not unlisted:
                    yield day, category, paper


def _shown(edition: Edition | None) -> dict[str, dict[str, str]]:
    """What an edition tells: types by category by paper."""
    return (
        {}
        if edition is None
        else {entry.paper_id: {c: str(t) for c, t in entry.announced} for entry in edition.entries}
    )


def _named(fault: Served, incidents: Iterable[Incident]) -> bool:
    """Whether the ledger tells of a fault by its name: of that day, or noted on the day it was served (both UTC).
    Papers left out by everybody, counts included, are known when they turn up."""
    if fault.kind == "missing-ids":
        return any(one.fault is Fault.LATE and one.date == fault.day for one in incidents)
    return any(
        one.interface is WHERE.get(fault.interface)
        and one.fault in CALLED.get(fault.kind, NO_ANSWER)
        and fault.category in ("", one.category)
        and (one.at.date() == fault.at.date() or (fault.day is not None and one.date == fault.day))
        for one in incidents
    )


def absences(world: World, *, seed: int, spells: int) -> frozenset[date]:
    """Days on which the reader's machine is off: spells of one to four days, not in the last week."""
    chance = random.Random(f"away/{seed}/{world.first}")
    inner = [day for day in world.dates if world.first < day < world.last - timedelta(days=7)]
    starts = chance.sample(inner, min(spells, len(inner)))
    return frozenset(start + timedelta(days=number) for start in starts for number in range(chance.randint(1, 4)))


def real_season(
    path: Path, *, folder: Path, days: int | None = None, plan: Plan | None = None, away: Collection[date] = ()
) -> Season:
    """Real days from a file of records, the first `days` of them; the categories that most of them are in."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        world = World.from_records(_filed(lines, days))
    return Season(world=world, plan=plan or Plan(), categories=("cs.AI", "cs.CL", "cs.CV"), folder=folder, away=away)


def _filed(lines: Iterable[str], days: int | None) -> Iterator[Mapping[str, object]]:
    """The records of the first days, without what is no category of arXiv's (classes of other systems stand there)."""
    seen: set[str] = set()
    for line in lines:
        record = json.loads(line)
        seen.add(record["date"])
        if days is not None and len(seen) > days:
            return
        named = [name for name in record["categories"] if name in NAMES or name in ARCHIVES]
        if named:
            yield {**record, "categories": named}
