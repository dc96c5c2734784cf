"""What arXiv tells a day later finds its way into the store, the editions and the ledger, and costs no translation."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.build import announcement, sighting
from tests.fakes import Clock, PageSource, Quiet, SerialExecutor
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import (
    AnnounceType,
    Author,
    DigestEntry,
    Fault,
    Interface,
    Profile,
    RenditionKind,
    Sighting,
    Version,
    Withdrawal,
)
from zhaiyao.store import open_store
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.enrich import BATCH, MOST_ASKED, Enriched, enrich
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.translate import Crew, Translated, translate
from zhaiyao.worker import TranslatorSpec

DAY = date(2026, 1, 14)
SUBMITTED = datetime(2026, 1, 13, 15, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@dataclass
class Oai:
    """A harvest of given records by date; may break off behind the first few."""

    days: Mapping[date, list[Sighting]]
    breaks: FetchError | ParseError | None = None
    asked: list[tuple[str, date]] = field(default_factory=list)

    def changed(self, category: str, day: date) -> Iterator[Sighting]:
        self.asked.append((category, day))
        yield from self.days.get(day, [])
        if self.breaks:
            raise self.breaks


@dataclass
class Api:
    """Texts of given records by what they are asked by."""

    records: Mapping[str, Sighting]
    fails: FetchError | ParseError | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def of(self, ids: Collection[str]) -> tuple[Sighting, ...]:
        self.asked.append(tuple(ids))
        if self.fails:
            raise self.fails
        return tuple(self.records[name] for name in ids if name in self.records)


def record(paper_id: str = "2601.99901", number: int = 1, **changes: object) -> Sighting:
    """What arXivRaw tells of a paper."""
    told: dict[str, object] = {"interface": Interface.OAI_RAW, "comments": "9 pages", "submitted_at": SUBMITTED}
    return replace(sighting(paper_id, number=number, **{**told, **changes}), announcement=None)


@dataclass
class Reader:
    """A reader of cs.LG with a store, a scripted engine and a clock, on the morning after the announcement."""

    store: Store
    clock: Clock = field(default_factory=lambda: Clock(datetime(2026, 1, 15, 6, tzinfo=UTC)))

    @property
    def profile(self) -> Profile:
        return implicit(self.store, ["cs.LG"], now=self.clock())

    def holds(self, *seen: Sighting) -> None:
        with self.store.writing() as tx:
            told = [one.announcement for one in seen if one.announcement]
            tx.papers.put([one.paper for one in seen], [one.version for one in seen], told)
            tx.work.enqueue([(one.paper.id, one.version.number, 1.0) for one in seen])

    def translate(self) -> Translated:
        spec = TranslatorSpec((ScriptedSpec(),))
        owner = Owner(boot="here", pid=1, started="now")
        crew = Crew(executor=SerialExecutor(), spec=spec, limit=1, owner=owner, is_gone=lambda owner: False)
        return translate(self.store, crew, clock=self.clock, progress=Quiet())

    def enrich(self, *, oai: Oai | None = None, api: Api | None = None) -> Enriched:
        arxiv = Arxiv(feed=PageSource(), harvest=oai, texts=api)
        return enrich(self.store, arxiv, ["cs.LG"], clock=self.clock, progress=Quiet())

    def compose(self) -> list[tuple[str, str]]:
        made = compose_due(self.store, self.profile, clock=self.clock)
        return [(one.id.rpartition("@")[2], one.cause) for one in made]

    def shown(self) -> dict[str, DigestEntry]:
        """What the day's latest edition shows, by paper."""
        with self.store.reading() as tx:
            edition = tx.editions.latest("cs.LG", DAY)
            assert edition is not None
            return {one.paper.id: one for one in tx.editions.resolve(edition).entries}

    def versions(self) -> dict[str, Version]:
        return {paper: one.version for paper, one in self.shown().items() if one.version}

    def faults(self) -> list[tuple[Interface, Fault]]:
        with self.store.reading() as tx:
            return [(one.interface, one.fault) for one in tx.ledger.incidents()]

    def told(self) -> list[tuple[Interface, int]]:
        with self.store.reading() as tx:
            return [(one.interface, one.shown) for one in tx.ledger.tellings("cs.LG")]


@pytest.fixture
def reader(store: Store) -> Reader:
    made = Reader(store)
    assert made.profile.name == "cs.LG"
    made.holds(sighting("2601.99901"), sighting("2601.99902"))
    made.translate()
    assert made.compose() == [("2026-01-14.r1", "first")]
    return made


BOTH = [record("2601.99901"), record("2601.99902")]


def test_comments_come_a_day_later_as_a_revision_and_nothing_is_translated_again(reader: Reader) -> None:
    oai = Oai({DAY: [*BOTH, record("2601.55555")]})
    report = reader.enrich(oai=oai)
    assert (report.papers, report.late, report.queued, report.incidents) == (2, 0, 0, ())
    assert reader.translate().requests == 0
    assert reader.compose() == [("2026-01-14.r2", "enriched")]
    with reader.store.reading() as tx:
        assert tx.papers.get(["2601.55555"]) == {}, "only papers that are held get facts"
    assert {one.comments for one in reader.versions().values()} == {"9 pages"}
    assert {one.missing for one in reader.shown().values()} == {()}
    assert reader.told() == [(Interface.OAI_RAW, 3)]


def test_nothing_is_asked_that_is_known_already(reader: Reader) -> None:
    reader.enrich(oai=Oai({DAY: BOTH}))
    oai, api = Oai({DAY: BOTH}), Api({})
    assert reader.enrich(oai=oai, api=api) == Enriched()
    assert (oai.asked, api.asked) == ([], [])


def test_facts_that_no_page_shows_make_no_revision(reader: Reader) -> None:
    reader.enrich(oai=Oai({DAY: [record("2601.99901", comments=""), record("2601.99902", comments="")]}))
    assert reader.compose() == []


def test_the_day_itself_is_left_alone_until_it_is_over(reader: Reader) -> None:
    reader.clock.now = datetime(2026, 1, 14, 23, tzinfo=UTC)
    oai = Oai({DAY: BOTH})
    assert reader.enrich(oai=oai) == Enriched()
    assert oai.asked == []


def test_what_the_harvest_lacks_is_asked_of_the_query_api_by_version(reader: Reader) -> None:
    spelt = record("2601.99902", interface=Interface.API, comments="8 pages", authors=(Author(name="Ada Liang"),))
    api = Api({"2601.99902v1": spelt})
    report = reader.enrich(oai=Oai({DAY: BOTH[:1]}), api=api)
    assert (report.papers, api.asked) == (2, [("2601.99902v1",)])
    assert reader.compose() == [("2026-01-14.r2", "enriched")]
    joined = reader.versions()["2601.99902"]
    assert (joined.interface, joined.comments, joined.authors) == (
        Interface.JOINED,
        "8 pages",
        (Author(name="Ada Liang"),),
    )
    assert reader.compose() == [], "what was put together changes nothing further"


def test_an_interface_that_is_days_behind_is_noted_and_asked_again(reader: Reader) -> None:
    api = Api({})
    report = reader.enrich(oai=Oai({DAY: BOTH[:1]}), api=api)
    assert (report.papers, report.late) == (1, 1)
    assert reader.faults() == [(Interface.API, Fault.LATE)]
    assert "1 of 2" in report.incidents[0].detail
    reader.clock.now += timedelta(days=2)
    caught_up = Api({"2601.99902v1": record("2601.99902", interface=Interface.API)})
    oai = Oai({DAY: BOTH})
    assert reader.enrich(oai=oai, api=caught_up).papers == 1
    assert oai.asked == [], "a day that was told once is not walked again where papers can be asked for by id"


def test_papers_that_stay_unknown_are_let_go_after_a_week(reader: Reader) -> None:
    reader.clock.now += timedelta(days=9)
    api = Api({})
    assert reader.enrich(api=api) == Enriched()
    assert api.asked == []


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (FetchError("the server answered 503", subject="http://localhost/oai"), Fault.UNREACHED),
        (ParseError("no XML"), Fault.UNREADABLE),
    ],
)
def test_a_walk_that_breaks_off_keeps_what_came_and_is_not_told(
    reader: Reader, error: FetchError | ParseError, fault: Fault
) -> None:
    report = reader.enrich(oai=Oai({DAY: BOTH[:1]}, breaks=error))
    assert (report.papers, report.late) == (1, 0)
    assert reader.faults() == [(Interface.OAI_RAW, fault)]
    assert reader.told() == []
    again = Oai({DAY: BOTH})
    assert reader.enrich(oai=again).papers == 1
    assert reader.told() == [(Interface.OAI_RAW, 2)]


def test_an_empty_walk_is_no_answer(reader: Reader) -> None:
    assert reader.enrich(oai=Oai({})).papers == 0
    assert reader.faults() == [(Interface.OAI_RAW, Fault.EMPTY)]
    assert reader.told() == []


def test_a_failing_query_api_makes_nobody_late(reader: Reader) -> None:
    report = reader.enrich(api=Api({}, fails=FetchError("429")))
    assert (report.papers, report.late) == (0, 0)
    assert reader.faults() == [(Interface.API, Fault.UNREACHED)]


def test_an_interface_that_cannot_be_reached_is_left_alone_for_the_rest_of_the_run(reader: Reader) -> None:
    reader.holds(sighting("2601.99903", on=DAY - timedelta(days=1)))
    oai = Oai({DAY: BOTH}, breaks=FetchError("the server answered 503"))
    api = Api({}, fails=FetchError("429"))
    reader.enrich(oai=oai, api=api)
    assert oai.asked == [("cs.LG", DAY)]
    assert api.asked == [("2601.99903v1",)]


def test_what_held_an_answer_up_is_noted_too(reader: Reader) -> None:
    waiting = [(Fault.CUT, "the token ran out")]

    def setbacks() -> list[tuple[Fault, str]]:
        told, waiting[:] = list(waiting), []
        return told

    arxiv = Arxiv(feed=PageSource(), harvest=Oai({DAY: BOTH}), setbacks=setbacks)
    enrich(reader.store, arxiv, ["cs.LG"], clock=reader.clock, progress=Quiet())
    assert reader.faults() == [(Interface.OAI_RAW, Fault.CUT)]


def test_requests_are_batches_and_a_run_is_bounded(store: Store) -> None:
    reader = Reader(store)
    reader.holds(*(sighting(f"2601.{10000 + serial}") for serial in range(MOST_ASKED + 50)))
    api = Api({})
    report = reader.enrich(api=api)
    assert [len(batch) for batch in api.asked] == [BATCH] * (MOST_ASKED // BATCH)
    assert report.late == MOST_ASKED, "what was not asked for is not late"


def test_a_paper_whose_number_was_unknown_gets_it_for_free(store: Store) -> None:
    reader = Reader(store)
    assert reader.profile
    listed = sighting("2601.99901", AnnounceType.CROSS, number=0, interface=Interface.LISTING)
    reader.holds(listed)
    assert reader.translate().done == 1
    assert reader.compose() == [("2026-01-14.r1", "first")]
    report = reader.enrich(oai=Oai({DAY: [record("2601.99901", 3)]}))
    assert (report.papers, report.queued) == (1, 0)
    assert reader.translate().requests == 0
    assert reader.compose() == [("2026-01-14.r2", "enriched")]
    assert reader.versions()["2601.99901"].number == 3
    assert reader.shown()["2601.99901"].missing == ()


def test_a_replacement_without_abstract_gets_it_and_only_that_is_queued(store: Store) -> None:
    reader = Reader(store)
    bare = sighting("2601.99901", AnnounceType.REPLACE, number=0, interface=Interface.LISTING, abstract="")
    reader.holds(bare)
    assert reader.translate().requests == 1
    report = reader.enrich(api=Api({"2601.99901": record("2601.99901", 2, interface=Interface.API)}))
    assert (report.papers, report.queued) == (1, 1)
    assert reader.translate().done == 1
    with reader.store.reading() as tx:
        attempts = tx.renditions.attempts("2601.99901")
        held = tx.renditions.current([("2601.99901", 2)], language="zh")[("2601.99901", 2)]
    assert RenditionKind.TITLE not in {one.kind for one in attempts if one.version == 2}
    assert set(held) == set(RenditionKind)


def test_a_newer_version_than_the_announced_one_is_a_fact_but_no_answer(reader: Reader) -> None:
    report = reader.enrich(oai=Oai({DAY: [record("2601.99901", 2, title="Changed"), BOTH[1]]}))
    assert (report.papers, report.late, report.queued) == (1, 1, 0)
    assert reader.compose() == [("2026-01-14.r2", "enriched")]
    assert {paper: text.number for paper, text in reader.versions().items()} == {"2601.99901": 1, "2601.99902": 1}


def test_another_text_of_the_version_is_queued_and_pays_for_what_changed(reader: Reader) -> None:
    better = record("2601.99901", abstract="We measure the tides of pond 2601.99901. They are small, says the owner.")
    assert reader.enrich(oai=Oai({DAY: [better, BOTH[1]]})).queued == 1
    reader.translate()
    with reader.store.reading() as tx:
        last = tx.renditions.attempts("2601.99901")[-1]
        made = tx.renditions.current([("2601.99901", 1)], language="zh")[("2601.99901", 1)][RenditionKind.ABSTRACT]
    assert last.prompt_tokens
    assert made.segments[0].source == "We measure the tides of pond 2601.99901."


def test_what_was_announced_weeks_ago_is_not_queued_by_a_change_of_its_record(store: Store) -> None:
    reader = Reader(store)
    reader.holds(sighting("2601.99901"))
    old = sighting("2511.99902", on=DAY - timedelta(days=60))
    with store.writing() as tx:
        tx.papers.put([old.paper], [old.version], [announcement("2511.99902", on=DAY - timedelta(days=60))])
    report = reader.enrich(oai=Oai({DAY: [record("2601.99901"), record("2511.99902", journal_ref="J. Ponds 1")]}))
    assert (report.papers, report.queued) == (1, 0)


def test_a_certain_withdrawal_reaches_the_page(store: Store) -> None:
    reader = Reader(store)
    text = {"abstract": "This paper has been withdrawn: Lemma 2 is wrong.", "comments": "Withdrawn"}
    reader.holds(sighting("2601.99901", AnnounceType.REPLACE, number=2, withdrawal=Withdrawal.PERHAPS, **text))
    assert reader.translate().done == 1
    reader.compose()
    reader.enrich(oai=Oai({DAY: [record("2601.99901", 2, withdrawal=Withdrawal.YES, **text)]}))
    assert reader.compose() == [("2026-01-14.r2", "enriched")]
    with reader.store.reading() as tx:
        (day,) = tx.ledger.days(categories=["cs.LG"], on=DAY)
    assert reader.versions()["2601.99901"].withdrawal is Withdrawal.YES
    entry = reader.shown()["2601.99901"]
    assert set(entry.renditions) == {RenditionKind.TITLE, RenditionKind.ABSTRACT}
    assert (entry.missing, day.translated) == ((), 1)


def test_a_paper_of_two_categories_is_asked_for_once(store: Store) -> None:
    reader = Reader(store)
    reader.holds(sighting("2601.99901"))
    with store.writing() as tx:
        tx.papers.put([], [], [announcement("2601.99901", "stat.ML", AnnounceType.CROSS)])
    api = Api({})
    arxiv = Arxiv(feed=PageSource(), texts=api)
    enrich(store, arxiv, ["cs.LG", "stat.ML"], clock=reader.clock, progress=Quiet())
    assert api.asked == [("2601.99901v1",)]


def test_who_had_nothing_more_to_tell_is_asked_again_the_next_day_only(reader: Reader) -> None:
    for _ in range(3):
        oai, api = Oai({}), Api({})
        reader.enrich(oai=oai, api=api)
    assert (oai.asked, api.asked) == ([], []), "asked a second time on the same day"
    reader.clock.now += timedelta(days=1)
    reader.enrich(oai=oai, api=api)
    assert oai.asked
    assert api.asked
