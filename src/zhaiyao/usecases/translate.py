"""Works through the queue of texts to render, best first. Only this driver writes; workers only ask engines."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zhaiyao.asking import Job, Translation
from zhaiyao.bookkeeping import Owner, WorkItem
from zhaiyao.errors import EngineError
from zhaiyao.intake import missing_kinds, shown
from zhaiyao.ports import Clock, Executor, Progress, Store, UnitOfWork, WorkerSpec
from zhaiyao.records import Outcome

LEASE = timedelta(minutes=15)
"""How long a claim holds when its owner says nothing: far longer than one paper takes on a slow machine."""

RETRY_FIRST = timedelta(minutes=5)
RETRY_MOST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who does the work: an executor with a worker recipe, how many papers at once, and whose leases they are."""

    executor: Executor
    spec: WorkerSpec[Job, Translation]
    limit: int
    owner: Owner
    is_gone: Callable[[Owner], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of a pass through the queue. `kept` counts sentences that stay in the original, by fault.

    `papers` are those that got any text; `done` and `failed` count the complete and the incomplete ones.
    """

    papers: tuple[str, ...] = ()
    done: int = 0
    failed: int = 0
    requests: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    error: EngineError | None = None


def translate(store: Store, crew: Crew, *, clock: Clock, progress: Progress) -> Translated:
    """Claims and renders what is waiting until nothing is due. A kill at any moment loses only what is under way.

    An engine that cannot work at all stops the pass: what it held goes back to the queue, and the error is in the
    result, so that the day can still be published untranslated.
    """
    _free_the_dead(store, crew)
    with store.reading() as tx:
        waiting = len(tx.work.open())
    if not waiting:
        return Translated()
    progress.start("step.translate", waiting)
    tally = _Tally()
    try:
        _drain(store, crew, tally, clock=clock, progress=progress)
        return tally.result()
    except EngineError as error:
        return tally.result(error)
    finally:
        progress.finish()
        with store.writing() as tx:
            tx.work.release(crew.owner)


class _Tally:
    """Counts a pass."""

    def __init__(self) -> None:
        self.done = self.failed = self.requests = 0
        self.kept: Counter[str] = Counter()
        self.papers: list[str] = []

    def add(self, translation: Translation) -> None:
        if translation.renditions:
            self.papers.append(translation.job.paper_id)
        self.done += not translation.missing
        self.failed += bool(translation.missing)
        self.requests += len(translation.attempts)
        for rendition in translation.renditions:
            self.kept.update(fault for segment in rendition.kept for fault in segment.faults)

    def result(self, error: EngineError | None = None) -> Translated:
        return Translated(
            papers=tuple(self.papers),
            done=self.done,
            failed=self.failed,
            requests=self.requests,
            kept=dict(self.kept),
            error=error,
        )


def _drain(store: Store, crew: Crew, tally: _Tally, *, clock: Clock, progress: Progress) -> None:
    with closing(crew.executor.imap(crew.spec, _claims(store, crew, clock), limit=crew.limit)) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
            assert outcome.result is not None
            _settle(store, crew, outcome.result, now=clock())
            tally.add(outcome.result)
            progress.advance()


def _claims(store: Store, crew: Crew, clock: Clock) -> Iterator[Job]:
    """Jobs for the queue's best items, claimed one by one as the executor has room. Nothing is claimed ahead."""
    while (job := _next(store, crew, now=clock())) is not None:
        yield job


def _next(store: Store, crew: Crew, *, now: datetime) -> Job | None:
    with store.writing() as tx:
        while (item := tx.work.claim(crew.owner, now=now, until=now + LEASE)) is not None:
            job = _job(tx, item, now)
            if job is not None:
                return job
            tx.work.complete(item.id)  # rendered meanwhile, or its text is gone: nothing to do
    return None


def _job(tx: UnitOfWork, item: WorkItem, now: datetime) -> Job | None:
    text = shown(tx.papers.versions([item.paper_id]).get(item.paper_id, ()), item.version)
    if text is None:
        return None
    key = (item.paper_id, item.version)
    kinds = missing_kinds(text, tx.renditions.current([key], language="zh").get(key, {}))
    if not kinds:
        return None
    return Job(
        paper_id=item.paper_id,
        version=item.version,
        title=text.title,
        abstract=text.abstract,
        kinds=kinds,
        at=now,
        claim=item.id,
        tries=item.tries,
    )


def _settle(store: Store, crew: Crew, translation: Translation, *, now: datetime) -> None:
    """Writes what came, in one transaction with the fate of its claim."""
    job = translation.job
    with store.writing() as tx:
        tx.renditions.put(translation.renditions)
        tx.renditions.record(translation.attempts)
        tx.work.renew(crew.owner, until=now + LEASE)
        if translation.missing:
            rest = now + retry_after(job.tries)
            tx.work.give_back(job.claim, crew.owner, fault=_last_fault(translation), not_before=rest)
        else:
            tx.work.complete(job.claim)


def retry_after(tries: int) -> timedelta:
    """How long a text rests after its failure number `tries` + 1: five minutes, doubling, a day at most."""
    return min(RETRY_FIRST * (1 << min(tries, 16)), RETRY_MOST)


def _last_fault(translation: Translation) -> str:
    faults = [attempt.fault for attempt in translation.attempts if attempt.outcome is not Outcome.ACCEPTED]
    return faults[-1] if faults else "incomplete"


def _free_the_dead(store: Store, crew: Crew) -> None:
    """Frees the leases of processes of this machine that are gone, so that a kill costs no waiting."""
    with store.writing() as tx:
        for owner in tx.work.owners():
            if crew.is_gone(owner):
                tx.work.release(owner)
