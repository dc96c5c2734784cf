"""Works through the queue of texts to render, best first. Only this driver writes; workers only ask engines."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from zhaiyao.asking import Batch, Job, Translation
from zhaiyao.bookkeeping import Owner, WorkItem
from zhaiyao.errors import EngineError
from zhaiyao.intake import assembled, missing_kinds, remembered, reusable
from zhaiyao.ports import Clock, Done, Executor, Progress, Store, UnitOfWork, WorkerSpec
from zhaiyao.records import Outcome, RenditionKind, Version

LEASE = timedelta(minutes=15)
"""How long a claim holds after its owner was last heard of. A heartbeat renews it three times as often."""

RETRY_FIRST = timedelta(minutes=5)
RETRY_MOST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who does the work: an executor with a worker recipe, how many batches at once and how many papers in each, and
    whose leases they are."""

    executor: Executor
    spec: WorkerSpec[Batch, tuple[Translation, ...]]
    limit: int
    batch: int = 1
    owner: Owner
    is_gone: Callable[[Owner], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of a pass through the queue. `kept` counts sentences that stay in the original, by fault.

    `done` and `failed` count the complete and the incomplete papers. `waiting` is what is still in the queue, and
    `next_due` when the first of it is tried again, if that is not now.
    """

    done: int = 0
    failed: int = 0
    requests: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    next_due: datetime | None = None
    error: EngineError | None = None


def translate(store: Store, crew: Crew, *, most: int | None = None, clock: Clock, progress: Progress) -> Translated:
    """Claims and renders what is waiting until nothing is due. A kill at any moment loses only what is under way.

    With `most` so many of the best are done, and the rest goes on waiting.

    An engine that cannot work at all stops the pass: what it has answered is kept, the rest goes back to the queue,
    and the error is in the result, so that the day can still be published untranslated.
    """
    _free_the_dead(store, crew)
    with store.reading() as tx:
        due = tx.work.count(due=clock())
    due = due if most is None else min(due, most)
    tally = _Tally()
    if due:
        progress.start("step.translate", due)
        try:
            with _heartbeat(store, crew.owner, clock):
                _drain(store, crew, tally, most, clock=clock, progress=progress)
        except EngineError as error:
            tally.error = error
        finally:
            progress.finish()
            with store.writing() as tx:
                tx.work.release(crew.owner)
    with store.reading() as tx:
        return tally.result(waiting=tx.work.count(), next_due=tx.work.next_due())


class _Tally:
    """Counts a pass. `error` stops it: nothing more is claimed, what is under way is still taken in."""

    def __init__(self) -> None:
        self.done = self.failed = self.requests = 0
        self.kept: Counter[str] = Counter()
        self.error: EngineError | None = None

    def add(self, translation: Translation) -> None:
        self.done += not translation.missing
        self.failed += bool(translation.missing)
        self.requests += len(translation.attempts)
        self.error = self.error or translation.stopped
        for rendition in translation.renditions:
            self.kept.update(fault for segment in rendition.kept for fault in segment.faults)

    def result(self, *, waiting: int, next_due: datetime | None) -> Translated:
        return Translated(
            done=self.done,
            failed=self.failed,
            requests=self.requests,
            kept=dict(self.kept),
            waiting=waiting,
            next_due=next_due,
            error=self.error,
        )


def _drain(store: Store, crew: Crew, tally: _Tally, most: int | None, *, clock: Clock, progress: Progress) -> None:
    claims = _claims(store, crew, tally, most, clock)
    with closing(crew.executor.imap(crew.spec, claims, limit=crew.limit)) as outcomes:
        for outcome in outcomes:
            for translation in map(_judged, _translations(store, crew, outcome, now=clock())):
                _settle(store, crew, translation, now=clock())
                tally.add(translation)
                progress.advance()


def _translations(
    store: Store, crew: Crew, outcome: Done[Batch, tuple[Translation, ...]], *, now: datetime
) -> tuple[Translation, ...]:
    """The results. A worker's error is a bug of ours: the papers rest, so that the next run gets past them."""
    if outcome.result is not None:
        return outcome.result
    assert outcome.error is not None
    with store.writing() as tx:
        for job in outcome.item:
            rest = now + retry_after(job.tries)
            tx.work.give_back(job.claim, crew.owner, fault=type(outcome.error).__name__, not_before=rest)
    raise outcome.error


def _judged(translation: Translation) -> Translation:
    """An engine that could not be reached at all has stopped: that is no fault of the paper's."""
    told = translation.attempts
    if translation.stopped or not told or any(one.fault != "connection" for one in told):
        return translation
    return replace(
        translation,
        stopped=EngineError(
            f"cannot be reached: {told[-1].detail or 'no connection'}",
            subject=told[-1].engine,
            hint="Check engine.base_url and that the server runs; what waits is translated by the next run.",
        ),
    )


def _claims(store: Store, crew: Crew, tally: _Tally, most: int | None, clock: Clock) -> Iterator[Batch]:
    """Batches of the queue's best items, claimed as the executor has room, `most` papers in all. Nothing is claimed
    ahead."""
    left = most
    while tally.error is None:
        room = crew.batch if left is None else min(crew.batch, left)
        jobs = _some(store, crew, room, clock)
        if not jobs:
            return
        left = None if left is None else left - len(jobs)
        yield jobs


def _some(store: Store, crew: Crew, most: int, clock: Clock) -> Batch:
    jobs: list[Job] = []
    while len(jobs) < most and (job := _next(store, crew, now=clock())) is not None:
        jobs.append(job)
    return tuple(jobs)


def _next(store: Store, crew: Crew, *, now: datetime) -> Job | None:
    with store.writing() as tx:
        while (item := tx.work.claim(crew.owner, now=now, until=now + LEASE)) is not None:
            job = _job(tx, item, now)
            if job is not None:
                return job
            tx.work.complete(item.id)  # rendered meanwhile, or its text is gone: nothing to do
    return None


def _job(tx: UnitOfWork, item: WorkItem, now: datetime) -> Job | None:
    text = _text(tx, item.paper_id, item.version)
    kinds = take_over(tx, text) if text else ()
    if text is None or not kinds:
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
        known=remembered(tx.renditions.of(text.paper_id, language="zh")),
    )


def _text(tx: UnitOfWork, paper_id: str, number: int) -> Version | None:
    return assembled(tx.papers.versions([paper_id]).get(paper_id, ()), number)


def take_over(tx: UnitOfWork, text: Version) -> tuple[RenditionKind, ...]:
    """The kinds that must be asked for. What another version's rendition says of the same text is taken over first."""
    missing = _missing(tx, text)
    if not missing:
        return ()
    tx.renditions.put(reusable(text, missing, tx.renditions.of(text.paper_id, language="zh")))
    return _missing(tx, text)


def _missing(tx: UnitOfWork, text: Version) -> tuple[RenditionKind, ...]:
    key = (text.paper_id, text.number)
    return missing_kinds(text, tx.renditions.current([key], language="zh").get(key, {}))


def _settle(store: Store, crew: Crew, translation: Translation, *, now: datetime) -> None:
    """Writes what came, in one transaction with the fate of its claim.

    If a better text of the version arrived meanwhile, its renditions are still missing and it is due again at once.
    An engine that stopped is not the text's fault: its claim is simply let go.
    """
    job = translation.job
    with store.writing() as tx:
        tx.renditions.put(translation.renditions)
        tx.renditions.record(translation.attempts)
        text = _text(tx, job.paper_id, job.version)
        if text is None or not _missing(tx, text):
            tx.work.complete(job.claim)
        elif translation.stopped is None:
            rest = now + retry_after(job.tries) if translation.missing else now
            tx.work.give_back(job.claim, crew.owner, fault=_last_fault(translation), not_before=rest)


def retry_after(tries: int) -> timedelta:
    """How long a text rests after its failure number `tries` + 1: five minutes, doubling, a day at most."""
    return min(RETRY_FIRST * (1 << min(tries, 16)), RETRY_MOST)


def _last_fault(translation: Translation) -> str:
    faults = [attempt.fault for attempt in translation.attempts if attempt.outcome is not Outcome.ACCEPTED]
    return faults[-1] if faults and translation.missing else "text-changed"


def _free_the_dead(store: Store, crew: Crew) -> None:
    """Frees the leases of processes of this machine that are gone, so that a kill costs no waiting."""
    with store.writing() as tx:
        for owner in tx.work.owners():
            if crew.is_gone(owner):
                tx.work.release(owner)


@contextmanager
def _heartbeat(store: Store, owner: Owner, clock: Clock) -> Iterator[None]:
    """Renews the owner's leases while the block runs, however long a single paper takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            with store.writing() as tx:
                tx.work.renew(owner, until=clock() + LEASE)

    heart = threading.Thread(target=beat, name="zhaiyao-heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
