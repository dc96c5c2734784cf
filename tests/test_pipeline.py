"""The daily job on the real store, with the scripted engine and fakes at the outer seams."""

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.build import DAY, NOW, page, sighting, version
from tests.fakes import Clock, Item, MemoryOutlet, PageSource, Quiet, Result, SerialExecutor
from zhaiyao import pipeline
from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedEngine, ScriptedSpec
from zhaiyao.errors import EngineError, FetchError, UsageError
from zhaiyao.ports import Arxiv, Done, Store, WorkerSpec
from zhaiyao.records import AnnounceType, Interface, Page, RenditionKind
from zhaiyao.store import open_store
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.publish import Look
from zhaiyao.usecases.status import status
from zhaiyao.usecases.translate import Crew, retry_after, translate
from zhaiyao.usecases.why import why
from zhaiyao.worker import TranslatorSpec

ME = Owner(boot="here", pid=1, started="now")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@dataclass
class Reader:
    """A reader of some categories with everything a run needs."""

    store: Store
    spec: object = field(default_factory=ScriptedSpec)
    categories: tuple[str, ...] = ("cs.LG",)
    outlet: MemoryOutlet = field(default_factory=MemoryOutlet)
    clock: Clock = field(default_factory=Clock)

    def run(self, *pages: Page, **errors: FetchError) -> pipeline.Ran:
        crew = Crew(
            executor=SerialExecutor(),
            spec=TranslatorSpec((self.spec,)),  # type: ignore[arg-type]
            limit=4,
            owner=ME,
            is_gone=lambda owner: False,
        )
        named = {name.replace("_", "."): error for name, error in errors.items()}
        profile = implicit(self.store, self.categories, now=self.clock())
        return pipeline.run(
            self.store, Arxiv(feed=PageSource(*pages, errors=named)), [profile], crew, self.outlet, Look(),
            clock=self.clock, progress=Quiet(),
        )  # fmt: skip


@dataclass(frozen=True)
class BrokenSpec:
    """An engine that cannot be opened."""

    def open(self) -> object:
        raise EngineError("the model is missing", subject="model.gguf", hint="Install zhaiyao[local].")


DAY_ONE = page([sighting("2601.99901"), sighting("2601.99902"), sighting("2601.99903", AnnounceType.REPLACE, number=2)])


def test_the_docstring_tells_the_steps_in_the_order_of_the_code() -> None:
    gathering, running = (inspect.getsource(step).rpartition('"""')[2] for step in (pipeline.gather, pipeline.run))
    for text, steps in (
        (pipeline.__doc__ or "", ("fetch", "backfill", "enrich", "translate", "compose", "publish")),
        (gathering, ("fetch(", "backfill(", "enrich(")),
        (running, ("gather(", "translate(", "compose_due(", "publish_changed(")),
    ):
        places = [text.index(step) for step in steps]
        assert places == sorted(places)


def test_a_day_is_fetched_translated_composed_and_published(store: Store) -> None:
    reader = Reader(store)
    report = reader.run(DAY_ONE)
    assert [edition.id for edition in report.editions] == ["cs.LG@2026-01-14.r1"]
    assert report.translated.waiting == 0
    assert all(len(entry.rendition_keys) == len(RenditionKind) for entry in report.editions[0].entries)
    assert {"cs.LG/digest.md", "cs.LG/index.html", "cs.LG/feed.xml", "cs.LG/classic.md"} <= set(reader.outlet.files)
    for serial in ("2601.99901", "2601.99902", "2601.99903"):
        assert serial.encode() in reader.outlet.files["cs.LG/digest.md"]


def test_a_second_run_asks_no_engine_and_finds_nothing_new(store: Store) -> None:
    reader = Reader(store)
    reader.run(DAY_ONE)
    before = dict(reader.outlet.files)
    report = replace_spec(reader, BrokenSpec()).run(DAY_ONE)
    assert report.nothing_new
    assert report.translated.error is None
    assert reader.outlet.files == before


def test_a_date_that_arxiv_no_longer_tells_is_refused_before_anybody_is_asked(store: Store) -> None:
    source, clock = PageSource(DAY_ONE), Clock()
    profile = implicit(store, ["cs.LG"], now=clock())
    with pytest.raises(UsageError, match="90 days"):
        pipeline.gather(store, Arxiv(feed=source), [profile], since=date(2025, 1, 1), clock=clock, progress=Quiet())
    assert source.asked == []


def replace_spec(reader: Reader, spec: object) -> Reader:
    return replace(reader, spec=spec)


def test_an_engine_that_cannot_work_leaves_the_day_published_untranslated(store: Store) -> None:
    reader = Reader(store, spec=BrokenSpec())
    report = reader.run(DAY_ONE)
    assert isinstance(report.translated.error, EngineError)
    assert report.translated.waiting == 3
    assert len(report.editions[0].entries) == 3
    assert "未翻译".encode() in reader.outlet.files["cs.LG/digest.md"]
    later = replace_spec(reader, ScriptedSpec()).run(DAY_ONE)
    assert [(edition.revision, edition.cause) for edition in later.editions] == [(2, "translated")]


@dataclass(frozen=True)
class TroubleSpec:
    """The scripted engine, but requests with a word in them get no reply, a poisonous one (`says`), or stop it."""

    word: str
    fault: str = "timeout"
    says: str = ""
    stops: bool = False

    def open(self) -> "TroubleEngine":
        return TroubleEngine(self, ScriptedSpec(structured=False).open())


@dataclass
class TroubleEngine:
    spec: TroubleSpec
    inner: ScriptedEngine
    asked: list[str] = field(default_factory=list)

    @property
    def traits(self) -> EngineTraits:
        return self.inner.traits

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        if self.spec.stops and any(self.spec.word in request.prompt for request in requests):
            raise EngineError("the balance is used up", subject="engine", hint="Top it up.")
        return [self._spoilt(request, reply) for request, reply in zip(requests, self.inner.ask(requests), strict=True)]

    def _spoilt(self, request: Request, reply: Reply) -> Reply:
        if self.spec.word not in request.prompt:
            return reply
        if self.spec.says:
            return replace(reply, text=reply.text.replace("]] ", f"]] {self.spec.says}"))
        return replace(reply, text="", fault=self.spec.fault)

    def close(self) -> None:
        self.inner.close()


def test_a_paper_that_fails_is_published_untranslated_and_tried_again_later(store: Store) -> None:
    reader = Reader(store, spec=TroubleSpec("99902"))
    report = reader.run(DAY_ONE)
    assert (report.translated.done, report.translated.failed, report.translated.waiting) == (2, 1, 1)
    assert len(report.editions[0].entries) == 3
    story = why(store, "2601.99902")
    assert set(story.missing) == set(RenditionKind)
    assert {attempt.fault for attempt in story.attempts} == {"timeout"}
    assert story.waiting[0].not_before is not None
    # Before its time it is left alone …
    assert replace_spec(reader, ScriptedSpec()).run(DAY_ONE).translated.requests == 0
    # … and then it is done, in the next revision.
    reader.clock.now += retry_after(0)
    later = replace_spec(reader, ScriptedSpec()).run(DAY_ONE)
    assert later.translated.done == 1
    assert [(edition.revision, edition.cause) for edition in later.editions] == [(2, "translated")]


def test_a_late_translation_of_an_old_day_revises_that_day(store: Store) -> None:
    reader = Reader(store, spec=TroubleSpec("99902"))
    reader.run(DAY_ONE)
    for number in range(1, 10):
        day = DAY + timedelta(days=number)
        reader.clock.now += timedelta(days=1)
        reader.run(page([sighting(f"2601.{88800 + number}", on=day)], on=day))
    reader.clock.now += timedelta(days=1)
    day = DAY + timedelta(days=10)
    later = replace_spec(reader, ScriptedSpec()).run(page([sighting("2601.77777", on=day)], on=day))
    assert [edition.id for edition in later.editions] == ["cs.LG@2026-01-14.r2", "cs.LG@2026-01-24.r1"]
    assert b"2601.77777" in reader.outlet.files["cs.LG/digest.md"], "the newest day stands in front"
    assert "未翻译".encode() not in reader.outlet.files["cs.LG/2026-01-14/digest.md"]


def crew_of(spec: object, *, limit: int = 1) -> Crew:
    return Crew(
        executor=SerialExecutor(), spec=TranslatorSpec((spec,)), limit=limit, owner=ME, is_gone=lambda owner: False  # type: ignore[arg-type]
    )  # fmt: skip


def test_what_was_translated_apart_from_a_run_reaches_its_edition(store: Store) -> None:
    reader = Reader(store, spec=TroubleSpec("99902"))
    reader.run(DAY_ONE)
    reader.clock.now += timedelta(days=30)
    assert translate(store, crew_of(ScriptedSpec()), clock=reader.clock, progress=Quiet()).done == 1
    profile = implicit(store, ["cs.LG"], now=reader.clock())
    (edition,) = compose_due(store, profile, clock=reader.clock)
    assert (edition.id, edition.cause) == ("cs.LG@2026-01-14.r2", "translated")
    assert compose_due(store, profile, clock=reader.clock) == ()


def test_an_engine_that_stops_half_way_loses_nothing_that_it_answered(store: Store) -> None:
    reader = Reader(store, spec=TroubleSpec("99902", stops=True))
    report = reader.run(DAY_ONE)
    assert report.translated.error is not None
    assert (report.translated.done, report.translated.waiting) == (1, 2)
    story = why(store, "2601.99902")
    assert [attempt.fault for attempt in story.attempts][:1] == ["stopped"]
    assert story.waiting[0].tries == 0, "the text is not to blame"
    assert replace_spec(reader, ScriptedSpec()).run(DAY_ONE).translated.done == 2


@pytest.mark.parametrize("poison", ["\ud800", "\x1b]0;owned\x07", "\u202e", "\x9b31m"])
def test_a_poisonous_reply_stops_nobody(store: Store, poison: str) -> None:
    report = Reader(store, spec=TroubleSpec("99902", says=poison)).run(DAY_ONE)
    assert report.translated.error is None
    assert len(report.editions[0].entries) == 3
    for rendition in why(store, "2601.99902").renditions:
        assert poison[0] not in rendition.text


def test_a_new_version_with_the_same_text_is_not_paid_for_again(store: Store) -> None:
    reader = Reader(store)
    reader.run(page([sighting("2601.99901", title="Ponds", abstract="We measure ponds.")]))
    on = DAY + timedelta(days=1)
    again = sighting("2601.99901", AnnounceType.REPLACE, number=2, on=on, title="Ponds", abstract="We measure ponds.")
    report = reader.run(page([again], on=on))
    assert report.translated.requests == 0
    assert len(report.editions[0].entries[0].rendition_keys) == len(RenditionKind)


def test_a_new_version_with_a_new_abstract_pays_for_that_alone(store: Store) -> None:
    reader = Reader(store)
    reader.run(page([sighting("2601.99901", title="Ponds", abstract="We measure ponds.")]))
    on = DAY + timedelta(days=1)
    again = sighting("2601.99901", AnnounceType.REPLACE, number=2, on=on, title="Ponds", abstract="We weigh ponds.")
    reader.run(page([again], on=on))
    asked = [attempt for attempt in why(store, "2601.99901").attempts if attempt.version == 2]
    assert {attempt.kind for attempt in asked} <= {RenditionKind.ABSTRACT, RenditionKind.TLDR}
    assert asked


@dataclass
class Meanwhile(SerialExecutor):
    """An executor during whose work something else happens."""

    happens: Callable[[], object]

    def imap(
        self, spec: WorkerSpec[Item, Result], items: Iterable[Item], *, limit: int
    ) -> Generator[Done[Item, Result], None, None]:
        for done in super().imap(spec, items, limit=limit):
            self.happens()
            yield done


def test_a_better_text_that_comes_meanwhile_is_translated_too(store: Store) -> None:
    reader = Reader(store, spec=BrokenSpec())
    reader.run(page([sighting("2601.99901")]))
    better = version("2601.99901", interface=Interface.LISTING, abstract="We measure the tides with care.")

    def listed() -> None:
        with store.writing() as tx:
            tx.papers.put([], [better], [])

    crew = replace(crew_of(ScriptedSpec()), executor=Meanwhile(listed))
    translate(store, crew, clock=reader.clock, progress=Quiet())
    assert why(store, "2601.99901").missing == ()


def test_an_empty_feed_empties_nothing(store: Store) -> None:
    reader = Reader(store)
    reader.run(DAY_ONE)
    before = dict(reader.outlet.files)
    report = reader.run(page([], on=DAY + timedelta(days=3)))
    assert report.nothing_new
    assert reader.outlet.files == before


def test_a_category_that_fails_does_not_stop_the_others(store: Store) -> None:
    reader = Reader(store, categories=("cs.LG", "stat.ML"))
    report = reader.run(DAY_ONE, stat_ML=FetchError("the server answered 503", subject="http://localhost/rss/stat.ML"))
    assert [one.category for one in report.fetched if one.error] == ["stat.ML"]
    assert len(report.editions[0].entries) == 3
    assert not report.nothing_new


def test_one_paper_in_two_categories_is_one_entry(store: Store) -> None:
    reader = Reader(store, categories=("cs.LG", "stat.ML"))
    other = page([sighting("2601.99901", AnnounceType.CROSS, category="stat.ML")], category="stat.ML")
    report = reader.run(DAY_ONE, other)
    entries = {entry.paper_id: entry for entry in report.editions[0].entries}
    assert len(entries) == 3
    assert entries["2601.99901"].announced == (("cs.LG", AnnounceType.NEW), ("stat.ML", AnnounceType.CROSS))


def test_the_ledger_counts_what_happened(store: Store) -> None:
    Reader(store, spec=TroubleSpec("99902")).run(DAY_ONE)
    (row,) = status(store, now=NOW).rows
    day = row.day
    assert (day.category, day.date, day.announced) == ("cs.LG", DAY, None)
    assert (day.fetched, day.translated, day.failed, day.published) == (3, 2, 1, 3)
    assert row.state == "untranslated"


def test_a_dead_owners_leases_are_freed_at_once(store: Store, tmp_path: Path) -> None:
    dead = Owner(boot="here", pid=2, started="before")
    reader = Reader(store, spec=BrokenSpec())
    reader.run(DAY_ONE)
    with store.writing() as tx:
        assert tx.work.claim(dead, most=1, now=reader.clock(), until=reader.clock() + timedelta(hours=1))
    crew = Crew(
        executor=SerialExecutor(),
        spec=TranslatorSpec((ScriptedSpec(),)),
        limit=1,
        owner=ME,
        is_gone=lambda owner: owner == dead,
    )
    assert translate(store, crew, clock=reader.clock, progress=Quiet()).done == 3


@pytest.mark.parametrize(("tries", "minutes"), [(0, 5), (1, 10), (4, 80), (50, 24 * 60)])
def test_failures_rest_longer_each_time(tries: int, minutes: int) -> None:
    assert retry_after(tries) == timedelta(minutes=minutes)
