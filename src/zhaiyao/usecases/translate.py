"""Works through the queue of texts to render, best first. Only this driver writes and spends; workers only ask engines.

    free the leases of processes that are gone
    while something is due and fits the day's budget:
        write what came back, settle its claims and its cost
        claim the best papers for the free places, a batch for each       all in one transaction
        workers render them                                               side by side
    the same without paid engines, if the budget is used up and the policy names a free one

How papers become batches: a day's papers fill whole batches, because a request's constant part is then paid once for
several. Where fewer wait than the places could take, they are spread over all places instead: an answer takes as long
as it is, so the first papers come early, and at most one constant part per place is paid more.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zhaiyao.asking import Batch, Job, Translation
from zhaiyao.bookkeeping import Owner
from zhaiyao.errors import EngineError, StoreError
from zhaiyao.ports import Clock, Done, Executor, Progress, Store, UnitOfWork, WorkerSpec
from zhaiyao.records import Outcome
from zhaiyao.usecases.budget import Budget, Cap, next_day
from zhaiyao.usecases.cost import money
from zhaiyao.usecases.jobs import LEASE, Briefing, claim, still_missing

RETRY_FIRST = timedelta(minutes=5)
RETRY_MOST = timedelta(days=1)

CLAIMED_AT_ONCE = 16
"""Batches claimed in one transaction: the others' requests need not wait for the last one to be made."""

USED = ("prompt_tokens", "cached_tokens", "completion_tokens", "cost_micros")

Spec = WorkerSpec[Batch, tuple[Translation, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who does the work: an executor with a worker recipe, how many batches at once and how many papers in each at
    most, and whose leases they are.

    `cap` bounds what a day may cost. When it is reached, `free` goes on: the same policy without its paid engines,
    None where nobody is left. `currency` is what costs are told in.
    """

    executor: Executor
    spec: Spec
    limit: int
    batch: int = 1
    owner: Owner
    is_gone: Callable[[Owner], bool]
    cap: Cap | None = None
    free: Spec | None = None
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of a pass through the queue. `kept` counts sentences that stay in the original, by fault.

    `done` and `failed` count the complete and the incomplete papers. `waiting` is what is still in the queue, and
    `next_due` when the first of it is tried again, if that is not now. `setbacks` are engines that stopped while
    others went on, `error` the one after which nobody did. `capped`: the day's cap was reached, and paid engines rest
    until the next day begins (UTC). Tokens and cost are those of all attempts.
    """

    done: int = 0
    failed: int = 0
    requests: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    next_due: datetime | None = None
    error: EngineError | None = None
    setbacks: tuple[EngineError, ...] = ()
    capped: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0
    currency: str = "USD"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do, now or later."""
        return not (self.waiting or self.error)


def translate(store: Store, crew: Crew, *, most: int | None = None, clock: Clock, progress: Progress) -> Translated:
    """Claims and renders what is waiting until nothing is due. A kill at any moment loses only what is under way.

    With `most` so many of the best are done, and the rest goes on waiting.

    If no engine of the policy works any more the pass stops: what was answered is kept, the rest goes back to the
    queue, and the error is in the result, so that the day can still be published untranslated.
    """
    _free_the_dead(store, crew)
    now = clock()
    with store.reading() as tx:
        due = tx.work.count(due=now)
        characters = tx.work.length(due=now, most=most)
    due = due if most is None else min(due, most)
    work = _Pass(store, crew, due, most, clock, progress)
    if due:
        progress.start("step.translate", characters)
        try:
            with _heartbeat(store, crew.owner, clock):
                work.through()
        except EngineError as error:
            work.tally.error = error
        finally:
            progress.finish()
            with store.writing() as tx:
                tx.work.release(crew.owner)
    return work.result()


class _Tally:
    """Counts a pass. `error` stops it: nothing more is claimed, what is under way is still taken in."""

    def __init__(self) -> None:
        self.done = self.failed = self.requests = 0
        self.kept: Counter[str] = Counter()
        self.used: Counter[str] = Counter()
        self.setbacks: dict[str, EngineError] = {}
        self.error: EngineError | None = None

    def add(self, translation: Translation) -> None:
        self.done += not translation.missing
        self.failed += bool(translation.missing)
        self.requests += len(translation.attempts)
        self.error = self.error or translation.stopped
        for setback in translation.setbacks:
            self.setbacks.setdefault(setback.subject, setback)
        for rendition in translation.renditions:
            self.kept.update(fault for segment in rendition.kept for fault in segment.faults)
        for attempt in translation.attempts:
            self.used.update({name: getattr(attempt, name) for name in USED})


class _Pass:
    """One pass over the queue. Of one thread, the executor's caller's."""

    def __init__(self, store: Store, crew: Crew, due: int, most: int | None, clock: Clock, progress: Progress) -> None:
        self.tally = _Tally()
        self._store = store
        self._crew = crew
        self._due = due
        self._left = most
        self._clock = clock
        self._progress = progress
        self._budget = Budget(crew.cap) if crew.cap else None
        self._under_way = 0
        self._arrived: list[Translation] = []
        self._is_claiming = False
        self._is_short = self._is_capped = False

    def through(self) -> None:
        """All that is due."""
        self._briefing = Briefing.read(self._store)
        while self._round(self._crew.spec, self._budget):
            pass  # what came back may have cost less than was reserved for it
        if not self._is_short:
            return
        with self._store.reading() as tx:
            self._is_capped = tx.work.count(due=self._clock()) > 0
        while self._is_capped and self._crew.free is not None and self._round(self._crew.free, None):
            pass

    def result(self) -> Translated:
        """What came of it."""
        tally, now = self.tally, self._clock()
        with self._store.reading() as tx:
            waiting, due, next_due = tx.work.count(), tx.work.count(due=now), tx.work.next_due()
        rests = self._is_capped and due > 0 and tally.error is None
        return Translated(
            done=tally.done,
            failed=tally.failed,
            requests=tally.requests,
            kept=dict(tally.kept),
            waiting=waiting,
            next_due=next_day(now) if rests else next_due,
            error=tally.error,
            setbacks=tuple(tally.setbacks.values()),
            capped=self._is_capped,
            currency=self._crew.currency,
            **{name: tally.used[name] for name in USED},
        )

    def _round(self, spec: Spec, budget: Budget | None) -> bool:
        """Works until nothing more can be claimed; whether anything was."""
        claims = self._claims(budget)
        first = next(claims, None)
        if first is None:
            return False  # nobody need be opened
        try:
            with closing(self._crew.executor.imap(spec, _after(first, claims), limit=self._crew.limit)) as outcomes:
                for outcome in outcomes:
                    self._under_way -= 1
                    self._arrived += self._translations(outcome)
                    if not (outcome.more or self._is_claiming):
                        self._turn(budget, places=0)
        finally:
            if self._arrived:  # Ctrl-C, or a store that was busy: it is paid for
                self._turn(budget, places=0)
        return self.tally.error is None

    def _translations(self, outcome: Done[Batch, tuple[Translation, ...]]) -> tuple[Translation, ...]:
        """The results. A worker's error is a bug of ours: the papers rest, so that the next run gets past them."""
        if outcome.result is not None:
            return outcome.result
        assert outcome.error is not None
        now = self._clock()
        with self._store.writing() as tx:
            for job in outcome.item:
                rest = now + retry_after(job.tries)
                tx.work.give_back(job.claim, self._crew.owner, fault=type(outcome.error).__name__, not_before=rest)
        raise outcome.error

    def _claims(self, budget: Budget | None) -> Iterator[Batch]:
        """Batches of the queue's best papers, claimed for places that are free. Nothing is claimed ahead.

        An executor asks for the next one as soon as it has told all that finished, so what arrived is written on the
        way, with the claims that follow it: one transaction a turn, and a free place waits for one commit alone.
        """
        self._is_claiming = True
        while batches := self._turn(budget, places=min(max(1, self._crew.limit - self._under_way), CLAIMED_AT_ONCE)):
            for batch in batches:
                if self.tally.error is not None:
                    break
                self._under_way += 1
                yield batch
        self._is_claiming = False

    def _turn(self, budget: Budget | None, *, places: int) -> list[Batch]:
        """Writes what arrived, and claims batches for so many places, as far as the budget reaches and papers are due;
        none once the pass has an error."""
        size = max(1, min(self._crew.batch, -(-self._due // self._crew.limit)))
        most = places * size if self._left is None else min(places * size, self._left)
        arrived, now = self._arrived, self._clock()
        with self._store.writing() as tx:
            self._settle(tx, arrived, now)
            for translation in arrived:
                self._count(translation, budget)
            jobs = self._affordable(tx, most, budget, now) if most and self.tally.error is None else []
        self._arrived = []
        self._due -= len(jobs)
        self._left = None if self._left is None else self._left - len(jobs)
        self._tell(arrived)
        return [tuple(jobs[begin : begin + size]) for begin in range(0, len(jobs), size)]

    def _affordable(self, tx: UnitOfWork, most: int, budget: Budget | None, now: datetime) -> list[Job]:
        if budget is None:
            return list(claim(tx, self._crew.owner, self._briefing, most, now=now))
        budget.look(tx, self._crew.owner, now)
        jobs: list[Job] = []
        self._is_short = False
        while room := min(budget.room, most - len(jobs)):
            found = claim(tx, self._crew.owner, self._briefing, room, now=now)
            if not found:
                return jobs
            for job in found:
                budget.reserve(job.claim, _length(job))
            jobs += found
        self._is_short = len(jobs) < most
        return jobs

    def _settle(self, tx: UnitOfWork, arrived: Sequence[Translation], now: datetime) -> None:
        """Writes what came, and the fate of its claims.

        If a better text of a version arrived meanwhile, its renditions are still missing and it is due again at once.
        Engines that stopped are not the text's fault: its claim is simply let go.
        """
        if not arrived:
            return
        tx.renditions.put([one for translation in arrived for one in translation.renditions])
        tx.renditions.record([one for translation in arrived for one in translation.attempts])
        lacking = still_missing(tx, arrived)
        tx.work.complete(one.job.claim for one in arrived if one.job.claim not in lacking)
        for translation in arrived:
            job = translation.job
            if job.claim in lacking and translation.stopped is None:
                rest = now + retry_after(job.tries) if translation.missing else now
                tx.work.give_back(job.claim, self._crew.owner, fault=_last_fault(translation), not_before=rest)

    def _count(self, translation: Translation, budget: Budget | None) -> None:
        self.tally.add(translation)
        if budget is not None:
            cost = sum(one.cost_micros for one in translation.attempts)
            budget.settle(translation.job.claim, _length(translation.job), cost)

    def _tell(self, arrived: Sequence[Translation]) -> None:
        if not arrived:
            return
        tally = self.tally
        self._progress.advance(sum(_length(translation.job) for translation in arrived))
        done, cost = tally.done + tally.failed, money(tally.used["cost_micros"], self._crew.currency)
        self._progress.note(
            "progress.paid" if tally.used["cost_micros"] else "progress.papers",
            done=done,
            total=done + self._under_way + self._due,
            cost=cost,
        )


def _after(first: Batch, others: Iterator[Batch]) -> Iterator[Batch]:
    yield first
    yield from others


def _length(job: Job) -> int:
    return len(job.title) + len(job.abstract)


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
            # A store that is busy for long is no reason to stop beating: two more beats come before the leases end, and
            # one that is gone is told by the driver's own next turn.
            with suppress(StoreError), store.writing() as tx:
                tx.work.renew(owner, until=clock() + LEASE)

    heart = threading.Thread(target=beat, name="zhaiyao-heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
