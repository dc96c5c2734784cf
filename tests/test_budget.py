"""The day's cap, and how papers are handed out: what is never spent, who goes on, and what engines are told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.build import sighting
from tests.fakes import Clock, Quiet, SerialExecutor
from zhaiyao.asking import Batch, EngineTraits, Reply, Request, Translation
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedEngine, ScriptedSpec
from zhaiyao.errors import EngineError
from zhaiyao.executors.threads import ThreadExecutor
from zhaiyao.ports import Executor, Store
from zhaiyao.prices import Price
from zhaiyao.records import Attempt, Correction, Outcome, RenditionKind, Term
from zhaiyao.store import open_store
from zhaiyao.usecases.budget import Budget, Cap, dearest, estimate, next_day, reserved
from zhaiyao.usecases.translate import Crew, Translated, translate
from zhaiyao.worker import TranslatorSpec

ME = Owner(boot="here", pid=1, started="now")
PRICE = Price.of(1, 2, cached=0.1)
CAP = Cap(micros=60_000, price=PRICE)
PAPERS = 100


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@pytest.fixture
def threads() -> Iterator[ThreadExecutor]:
    executor = ThreadExecutor()
    yield executor
    executor.close()


def queue(store: Store, papers: int = PAPERS) -> None:
    """So many papers wait, the first one the most relevant."""
    told = [sighting(f"2601.{10_000 + number}") for number in range(papers)]
    with store.writing() as tx:
        tx.papers.put([one.paper for one in told], [one.version for one in told], [])
        tx.work.enqueue((one.paper.id, 1, papers - place) for place, one in enumerate(told))


@dataclass(frozen=True)
class PaidSpec:
    """The scripted engine, but each reply costs something, and comes on a day of the test's."""

    cost: int
    at: datetime = datetime(2026, 1, 14, 7, tzinfo=UTC)

    def open(self) -> "PaidEngine":
        return PaidEngine(self, ScriptedSpec().open())


@dataclass
class PaidEngine:
    spec: PaidSpec
    inner: ScriptedEngine

    @property
    def traits(self) -> EngineTraits:
        return self.inner.traits

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        replies = self.inner.ask(requests)
        return [replace(reply, cost_micros=self.spec.cost, finished_at=self.spec.at) for reply in replies]

    def close(self) -> None:
        self.inner.close()


@dataclass(frozen=True)
class NobodySpec:
    """An engine that must not be opened."""

    def open(self) -> PaidEngine:
        raise EngineError("was opened")


def crew(spec: object, executor: Executor | None = None, **changes: object) -> Crew:
    told: dict[str, object] = {"limit": 8, "cap": CAP, **changes}
    return Crew(
        executor=executor or SerialExecutor(),
        spec=TranslatorSpec((spec,)),  # type: ignore[arg-type]
        owner=ME,
        is_gone=lambda owner: False,
        **told,  # type: ignore[arg-type]
    )


def work(store: Store, crew: Crew, clock: Callable[[], datetime] | None = None) -> Translated:
    return translate(store, crew, clock=clock or Clock(), progress=Quiet())


def spent(store: Store) -> int:
    with store.reading() as tx:
        return sum(one.cost_micros for one in tx.renditions.spent())


def paid(cost: int, at: datetime) -> Attempt:
    """An attempt that cost so much and brought nothing."""
    return Attempt(
        paper_id="2601.10000",
        version=1,
        kind=RenditionKind.TITLE,
        engine="chat",
        model="m",
        step="whole",
        outcome=Outcome.REJECTED,
        at=at,
        cost_micros=cost,
    )


@pytest.mark.parametrize("limit", [1, 8, 64])
@pytest.mark.parametrize("cost", [100, 1_000, 1_700])
def test_the_cap_is_used_and_never_passed(store: Store, threads: ThreadExecutor, limit: int, cost: int) -> None:
    queue(store)
    report = work(store, crew(PaidSpec(cost), threads, limit=limit))
    assert report.cost_micros == spent(store) <= CAP.micros
    assert report.capped == (PAPERS * cost > CAP.micros)
    if report.capped:
        left = CAP.micros - report.cost_micros
        assert left < 2 * estimate(CAP, 2_200), "one more paper of any length would have fitted"


@pytest.mark.parametrize("limit", [1, 8, 64])
def test_a_model_that_costs_far_more_than_expected_is_found_out(
    store: Store, threads: ThreadExecutor, limit: int
) -> None:
    queue(store)
    report = work(store, crew(PaidSpec(8_000), threads, limit=limit))
    assert 0 < report.cost_micros <= CAP.micros


def test_a_cap_of_one_paper_does_one_paper(store: Store) -> None:
    queue(store, 3)
    report = work(store, crew(PaidSpec(1_000), cap=replace(CAP, micros=reserved(CAP, 2_200)), limit=3))
    assert (report.done, report.capped) == (1, True)


def test_the_least_relevant_wait_until_the_next_day(store: Store) -> None:
    queue(store)
    clock = Clock()
    report = work(store, crew(PaidSpec(1_000)), clock)
    assert report.capped
    assert not report.is_whole
    assert report.waiting == PAPERS - report.done > 0
    assert report.next_due == datetime(2026, 1, 15, tzinfo=UTC)
    with store.reading() as tx:
        waiting = {item.paper_id for item in tx.work.open()}
    assert waiting == {f"2601.{10_000 + place}" for place in range(report.done, PAPERS)}
    again = work(store, crew(NobodySpec()), clock)
    assert (again.requests, again.capped, again.error) == (0, True, None)
    clock.now = datetime(2026, 1, 15, tzinfo=UTC)
    tomorrow = work(store, crew(PaidSpec(1_000, at=clock.now)), clock)
    assert tomorrow.done == PAPERS - report.done > 0


def test_who_is_free_goes_on_when_the_budget_is_used_up(store: Store) -> None:
    queue(store)
    report = work(store, crew(PaidSpec(1_000), free=TranslatorSpec((ScriptedSpec(),))))
    assert report.capped
    assert (report.done, report.waiting, report.next_due) == (PAPERS, 0, None)
    assert 0 < report.cost_micros <= CAP.micros
    assert report.is_whole


def test_who_is_free_is_not_opened_while_money_is_left(store: Store) -> None:
    queue(store, 5)
    report = work(store, crew(PaidSpec(1_000), free=TranslatorSpec((NobodySpec(),))))  # type: ignore[arg-type]
    assert (report.done, report.capped, report.error) == (5, False, None)


def test_what_others_spent_today_counts_and_yesterdays_does_not(store: Store) -> None:
    queue(store, 1)
    with store.writing() as tx:
        tx.renditions.record([paid(CAP.micros, datetime(2026, 1, 14, 1, tzinfo=UTC))])
    clock = Clock()
    assert work(store, crew(PaidSpec(1)), clock).requests == 0
    clock.now += timedelta(days=1)
    assert work(store, crew(PaidSpec(1)), clock).done == 1


def test_a_day_that_ends_during_the_pass_frees_its_budget(store: Store) -> None:
    budget = Budget(CAP)
    evening = datetime(2026, 1, 14, 23, 59, 50, tzinfo=UTC)
    with store.reading() as tx:
        budget.look(tx, ME, evening)
        budget.settle(1, 100, CAP.micros)
        assert budget.room == 0
        budget.look(tx, ME, evening + timedelta(seconds=1))
        assert budget.room == 0
        budget.look(tx, ME, evening + timedelta(seconds=15))
        assert budget.room > 0


def test_what_another_process_spends_is_known_seconds_later(store: Store) -> None:
    queue(store, 1)
    budget, now = Budget(CAP), datetime(2026, 1, 14, 12, tzinfo=UTC)
    with store.reading() as tx:
        budget.look(tx, ME, now)
    with store.writing() as tx:
        tx.renditions.record([paid(CAP.micros, now)])
    with store.reading() as tx:
        budget.look(tx, ME, now + timedelta(seconds=3))
    assert budget.room == 0


def test_what_another_process_has_under_way_is_reserved_for_too(store: Store) -> None:
    queue(store, 3)
    budget, now = Budget(CAP), datetime(2026, 1, 14, 12, tzinfo=UTC)
    with store.writing() as tx:
        tx.work.claim(ME, most=1, now=now, until=now + timedelta(minutes=15))
        budget.look(tx, ME, now)
        budget.reserve(7, 100)
        budget.settle(7, 100, 0)  # what papers cost is known by now
        alone = budget.room
        tx.work.claim(replace(ME, pid=2), most=2, now=now, until=now + timedelta(minutes=15))
        budget.look(tx, ME, now + timedelta(seconds=3))
        beside = budget.room
        budget.look(tx, ME, now + timedelta(minutes=16))
    assert 0 < beside < alone
    assert budget.room == alone, "leases that have run out are nobody's"


def test_what_is_under_way_over_midnight_is_still_reserved(store: Store) -> None:
    budget, evening = Budget(CAP), datetime(2026, 1, 14, 23, 59, 59, tzinfo=UTC)
    with store.reading() as tx:
        budget.look(tx, ME, evening)
        whole = budget.room
        budget.reserve(1, 2_200)
        budget.look(tx, ME, evening + timedelta(seconds=2))
    assert budget.room == whole - 1


def test_prices_of_a_policy_count_by_the_dearest() -> None:
    one, other = Price.of(1, 9, cached=0.1), Price.of(2, 3, written=2.5)
    highest = dearest([one, other])
    assert (float(highest.input), float(highest.cached), float(highest.output)) == (2.5, 2.5, 9)
    assert estimate(replace(CAP, thinking=1000), 100) - estimate(CAP, 100) == 2000
    assert next_day(datetime(2026, 1, 14, 23, tzinfo=UTC)) == datetime(2026, 1, 15, tzinfo=UTC)


@dataclass
class Recorder:
    """A worker that notes what it is given and makes nothing."""

    batches: list[Batch] = field(default_factory=list)

    def build(self) -> Callable[[Batch], tuple[Translation, ...]]:
        return self.take

    def take(self, jobs: Batch) -> tuple[Translation, ...]:
        self.batches.append(jobs)
        return tuple(Translation(job=job) for job in jobs)


@pytest.mark.parametrize(
    ("papers", "sizes"),
    [(100, [8] * 8), (12, [3, 3, 3, 3]), (3, [1, 1, 1])],
)
def test_few_papers_are_spread_over_the_places(store: Store, papers: int, sizes: list[int]) -> None:
    queue(store, papers)
    recorder = Recorder()
    work(store, replace(crew(ScriptedSpec()), spec=recorder, limit=4, batch=8, cap=None))
    found = [len(batch) for batch in recorder.batches]
    assert found[: len(sizes)] == sizes
    assert sum(found) == papers
    order = [job.paper_id for batch in recorder.batches for job in batch]
    assert order == sorted(order), "the most relevant come first"


def test_engines_are_told_terms_and_corrections_of_the_text(store: Store) -> None:
    queue(store, 1)
    recorder = Recorder()
    at = datetime(2026, 1, 13, tzinfo=UTC)
    with store.writing() as tx:
        tx.glossary.put([Term(source="tides", target="潮汐", origin="reader"), Term(source="whale", target="鲸")])
        tx.glossary.correct(Correction(source="They are  small.", target="它们很小。", paper_id="2501.00001", at=at))
        tx.glossary.correct(Correction(source="Nobody says this.", target="没人说。", paper_id="2501.00001", at=at))
    work(store, replace(crew(ScriptedSpec()), spec=recorder, cap=None))
    ((job,),) = recorder.batches
    assert "tides" in {term.source for term in job.terms}
    assert "whale" not in {term.source for term in job.terms}
    assert [one.target for one in job.corrections] == ["它们很小。"]
