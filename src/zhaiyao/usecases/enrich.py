"""Asks arXiv a day later for what feeds and listings do not tell: comments, journal, DOI, licence, dates, numbers.

OAI-PMH first, a closed day of a category at a time; then the query API, by id, for the papers that are still without a
record. Facts of papers that we hold are added, nothing else; a text that only another interface spells differently is
not translated again. What an interface does not know yet is noted, and asked for again by the next run.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from zhaiyao.errors import FetchError, ParseError
from zhaiyao.intake import assembled, number_on, take_in
from zhaiyao.ports import Arxiv, Clock, Harvest, Progress, Store, Texts, UnitOfWork
from zhaiyao.ranking import score
from zhaiyao.records import Announcement, Fault, Incident, Interface, Profile, Sighting
from zhaiyao.usecases.jobs import take_over

DAYS = 7
"""How many days back papers without a record are looked for: interfaces were seen two days behind, but not seven."""

BATCH = 100
"""How many ids one request names: answers of this size are the stable ones."""

MOST_ASKED = 500
"""How many ids a run names at most, so that a bad week costs minutes at arXiv's pace and not hours."""

_NAMED = 5
_RECORDS = frozenset({Interface.OAI_RAW, Interface.OAI, Interface.API, Interface.SNAPSHOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """What came of it: papers that got their record, papers that no interface knew yet, texts queued anew."""

    papers: int = 0
    late: int = 0
    queued: int = 0
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class _Day:
    """A category's announcement date, over for good in UTC."""

    category: str
    on: date


def enrich(store: Store, arxiv: Arxiv, categories: Sequence[str], *, clock: Clock, progress: Progress) -> Enriched:
    """Looks for the records of the papers announced in these categories in the last days, newest day first.

    Only days that are over in UTC are looked at: on its own day a harvest could skip records that still move. Raises
    StoreError; what arXiv did wrong is in the result, and noted in the ledger.
    """
    today = clock().date()
    days = [_Day(category, today - timedelta(days=back)) for back in range(1, DAYS + 1) for category in categories]
    with store.reading() as tx:
        days = [day for day in days if _lacking(tx, day)]
    if not days or (arxiv.harvest is None and arxiv.texts is None):
        return Enriched()
    desk = _Desk(store, arxiv, clock)
    progress.start("step.enrich", len(days))
    try:
        for day in days:
            desk.complete(day)
            progress.advance()
    finally:
        progress.finish()
    return desk.report()


class _Desk:
    """One run over the days: what was asked, what came, what went wrong."""

    def __init__(self, store: Store, arxiv: Arxiv, clock: Clock) -> None:
        self._store, self._arxiv, self._clock = store, arxiv, clock
        self._asked: set[str] = set()
        self._done: set[str] = set()
        self._late: set[str] = set()
        self._silent: set[Interface] = set()
        self._queued = 0
        self._incidents: list[Incident] = []

    def complete(self, day: _Day) -> None:
        """Looks for all records of a day that are lacking."""
        with self._store.reading() as tx:
            before = _lacking(tx, day)
            harvested = _is_harvested(tx, day)
            quiet = self._silent | _asked_today(tx, day, self._clock().date())
        texts = None if Interface.API in quiet else self._arxiv.texts
        harvest = None if Interface.OAI_RAW in quiet else self._arxiv.harvest
        answered: Interface | None = None
        if before and harvest is not None and (texts is None or not harvested) and self._harvest(harvest, day):
            answered = Interface.OAI_RAW
        self._note_setbacks(day, Interface.OAI_RAW)
        if before and texts is not None and self._ask(texts, day):
            answered = Interface.API
        self._note_setbacks(day, Interface.API)
        with self._store.reading() as tx:
            lacking = before.keys() & _lacking(tx, day).keys()
        self._done |= before.keys() - lacking
        if answered is Interface.API:  # the budget may have left some unasked
            lacking = {paper for paper in lacking if _name(paper, before[paper]) in self._asked}
        if lacking and answered is not None:
            self._note_late(day, answered, lacking, of=len(before))

    def report(self) -> Enriched:
        """What came of the run so far."""
        incidents = tuple(self._incidents)
        return Enriched(papers=len(self._done), late=len(self._late), queued=self._queued, incidents=incidents)

    def _harvest(self, harvest: Harvest, day: _Day) -> bool:
        """Takes in what changed on the day; whether the walk came to its end and showed anything.

        Only then is it told in the ledger: an empty answer may be a lagging server's, and is asked for again.
        """
        found: list[Sighting] = []
        try:
            for sighting in harvest.changed(day.category, day.on):
                found.append(sighting)
        except (FetchError, ParseError) as error:
            self._take_in(found)
            self._note_error(day, Interface.OAI_RAW, error)
            return False
        self._take_in(found)
        if not found:
            self._note(day, Interface.OAI_RAW, Fault.EMPTY, "no record changed on this date")
            return False
        with self._store.writing() as tx:
            tx.ledger.tell(
                day.category, day.on, announced=None, interface=Interface.OAI_RAW, at=self._clock(), shown=len(found)
            )
        return True

    def _ask(self, texts: Texts, day: _Day) -> bool:
        """Asks by id for what is lacking and was not asked for yet; whether an answer came to every question."""
        with self._store.reading() as tx:
            names = [_name(paper, number) for paper, number in _lacking(tx, day).items()]
        wanted = [name for name in names if name not in self._asked][: MOST_ASKED - len(self._asked)]
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            self._asked.update(batch)
            try:
                found = texts.of(batch)
            except (FetchError, ParseError) as error:
                self._note_error(day, Interface.API, error)
                return False
            self._take_in(found)
        return bool(wanted)

    def _take_in(self, found: Sequence[Sighting]) -> None:
        """Adds the facts of the papers that we hold, and queues those of their announced texts that need it."""
        if not found:
            return
        with self._store.writing() as tx:
            known = tx.papers.get(sighting.paper.id for sighting in found)
            held = [sighting for sighting in found if sighting.paper.id in known]
            versions = tx.papers.versions(known)
            taken = [take_in(one, known[one.paper.id], versions.get(one.paper.id, ()), ()) for one in held]
            tx.papers.put([one.paper for one in taken], [one.version for one in taken], [])
            self._queued += tx.work.enqueue(tuple(_to_queue(tx, known, self._clock().date() - timedelta(days=DAYS))))

    def _note_late(self, day: _Day, interface: Interface, papers: Collection[str], *, of: int) -> None:
        self._late.update(papers)
        some = sorted(papers)[:_NAMED]
        named = ", ".join((*some, "…") if len(papers) > len(some) else some)
        self._note(day, interface, Fault.LATE, f"{len(papers)} of {of} papers without a record: {named}")

    def _note_error(self, day: _Day, interface: Interface, error: FetchError | ParseError) -> None:
        """Notes what went wrong. An interface that cannot be reached is left alone for the rest of the run."""
        fault = Fault.UNREADABLE
        if isinstance(error, FetchError):
            fault = Fault.UNREACHED
            self._silent.add(interface)
        self._note(day, interface, fault, f"{error.subject}: {error.what}" if error.subject else error.what)

    def _note_setbacks(self, day: _Day, interface: Interface) -> None:
        for fault, words in self._arxiv.setbacks():
            self._note(day, interface, fault, words)

    def _note(self, day: _Day, interface: Interface, fault: Fault, detail: str) -> None:
        incident = Incident(
            category=day.category, date=day.on, interface=interface, fault=fault, at=self._clock(), detail=detail
        )
        self._incidents.append(incident)
        with self._store.writing() as tx:
            tx.ledger.note([incident])


def _lacking(tx: UnitOfWork, day: _Day) -> dict[str, int]:
    """The papers announced that day of whose announced version no record is held, with its number (0 = unknown)."""
    told = _by_paper(tx.papers.announcements(category=day.category, on=day.on))
    versions = tx.papers.versions(told)
    numbers = {paper: number_on(day.on, some, versions.get(paper, ())) for paper, some in told.items()}
    return {
        paper: number
        for paper, number in numbers.items()
        if not number or not any(one.number == number and one.interface in _RECORDS for one in versions.get(paper, ()))
    }


def _asked_today(tx: UnitOfWork, day: _Day, today: date) -> set[Interface]:
    """The interfaces that had nothing more to tell of the day when they were asked today (UTC): arXiv wants the same
    query once a day at most, since its answers change with the announcements only."""
    midnight = datetime.combine(today, time(), UTC)
    noted = tx.ledger.incidents(categories=[day.category], on=day.on, since=midnight)
    return {one.interface for one in noted if one.fault in (Fault.LATE, Fault.EMPTY)}


def _is_harvested(tx: UnitOfWork, day: _Day) -> bool:
    tellings = tx.ledger.tellings(day.category, since=day.on)
    return any(told.interface is Interface.OAI_RAW and told.date == day.on for told in tellings)


def _name(paper: str, number: int) -> str:
    """How a version is asked for; a paper without number means its present one."""
    return f"{paper}v{number}" if number else paper


def _by_paper(announcements: Iterable[Announcement]) -> dict[str, list[Announcement]]:
    found: dict[str, list[Announcement]] = {}
    for told in announcements:
        found.setdefault(told.paper_id, []).append(told)
    return found


def _to_queue(tx: UnitOfWork, papers: Iterable[str], since: date) -> Iterator[tuple[str, int, float]]:
    """(paper, version, priority) of the texts announced since a date that lack a rendition of what is shown now.

    What was made from the same text of a version without number is taken over, and costs nothing.
    """
    told = _by_paper(one for one in tx.papers.announcements(papers=papers) if one.date >= since)
    versions = tx.papers.versions(told)
    named = [tx.profiles.get(name) for name in tx.profiles.names()]
    profiles = [profile for profile in named if profile is not None]
    for paper, some in told.items():
        for on in sorted({one.date for one in some}):
            that_day = [one for one in some if one.date == on]
            number = number_on(on, that_day, versions.get(paper, ()))
            text = assembled(versions.get(paper, ()), number) if number else None
            if text is not None and take_over(tx, text):
                yield paper, number, _priority(profiles, that_day)


def _priority(profiles: Iterable[Profile], told: Sequence[Announcement]) -> float:
    return max((score(profile, told).value for profile in profiles), default=0.0)
