"""The daily job on the real store, with the scripted engine and fakes at the outer seams."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.build import DAY, page, sighting
from tests.fakes import Clock, MemoryOutlet, PageSource, Quiet, SerialExecutor
from zhaiyao import pipeline
from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.errors import EngineError, FetchError
from zhaiyao.ports import Store
from zhaiyao.records import AnnounceType, Page, RenditionKind
from zhaiyao.store import open_store
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.publish import Look
from zhaiyao.usecases.status import status
from zhaiyao.usecases.translate import Crew, retry_after
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
            spec=TranslatorSpec(self.spec),  # type: ignore[arg-type]
            limit=4,
            owner=ME,
            is_gone=lambda owner: False,
        )
        named = {name.replace("_", "."): error for name, error in errors.items()}
        profile = implicit(self.store, self.categories, now=self.clock())
        return pipeline.run(
            self.store, PageSource(*pages, errors=named), [profile], crew, self.outlet, Look(),
            clock=self.clock, progress=Quiet(),
        )  # fmt: skip


@dataclass(frozen=True)
class BrokenSpec:
    """An engine that cannot be opened."""

    def open(self) -> object:
        raise EngineError("the model is missing", subject="model.gguf", hint="Install zhaiyao[local].")


DAY_ONE = page([sighting("2601.99901"), sighting("2601.99902"), sighting("2601.99903", AnnounceType.REPLACE, number=2)])


def test_the_docstring_names_every_step() -> None:
    steps = [step for step in ("fetch", "translate", "compose", "publish") if step in (pipeline.__doc__ or "")]
    assert steps == ["fetch", "translate", "compose", "publish"]


def test_a_day_is_fetched_translated_composed_and_published(store: Store) -> None:
    reader = Reader(store)
    report = reader.run(DAY_ONE)
    assert [edition.id for edition in report.editions] == ["cs.LG@2026-01-14.r1"]
    assert report.waiting == 0
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


def replace_spec(reader: Reader, spec: object) -> Reader:
    return replace(reader, spec=spec)


def test_an_engine_that_cannot_work_leaves_the_day_published_untranslated(store: Store) -> None:
    reader = Reader(store, spec=BrokenSpec())
    report = reader.run(DAY_ONE)
    assert isinstance(report.translated.error, EngineError)
    assert report.waiting == 3
    assert len(report.editions[0].entries) == 3
    assert "未翻译".encode() in reader.outlet.files["cs.LG/digest.md"]
    later = replace_spec(reader, ScriptedSpec()).run(DAY_ONE)
    assert [(edition.revision, edition.cause) for edition in later.editions] == [(2, "translated")]


@dataclass(frozen=True)
class FailingSpec:
    """An engine that answers nothing for papers whose text holds a word."""

    word: str

    def open(self) -> "FailingEngine":
        return FailingEngine(self.word)


class FailingEngine:
    def __init__(self, word: str) -> None:
        self._word = word
        self._inner = ScriptedSpec().open()

    @property
    def traits(self) -> EngineTraits:
        return self._inner.traits

    def ask(self, requests: list[Request]) -> list[Reply]:
        replies = self._inner.ask(requests)
        return [
            replace(reply, text="", fault="timeout") if self._word in request.prompt else reply
            for request, reply in zip(requests, replies, strict=True)
        ]

    def close(self) -> None:
        self._inner.close()


def test_a_paper_that_fails_is_published_untranslated_and_tried_again_later(store: Store) -> None:
    reader = Reader(store, spec=FailingSpec("99902"))
    report = reader.run(DAY_ONE)
    assert (report.translated.done, report.translated.failed, report.waiting) == (2, 1, 1)
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
    reader = Reader(store, spec=FailingSpec("99902"))
    reader.run(DAY_ONE)
    for number in range(1, 10):
        day = DAY + timedelta(days=number)
        reader.clock.now += timedelta(days=1)
        reader.run(page([sighting(f"2601.{88800 + number}", on=day)], on=day))
    reader.clock.now += timedelta(days=1)
    day = DAY + timedelta(days=10)
    later = replace_spec(reader, ScriptedSpec()).run(page([sighting("2601.77777", on=day)], on=day))
    assert [edition.id for edition in later.editions] == ["cs.LG@2026-01-14.r2", "cs.LG@2026-01-24.r1"]


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
    Reader(store, spec=FailingSpec("99902")).run(DAY_ONE)
    (row,) = status(store).rows
    day = row.day
    assert (day.category, day.date, day.announced) == ("cs.LG", DAY, None)
    assert (day.fetched, day.translated, day.failed, day.published) == (3, 2, 1, 3)
    assert row.state == "untranslated"


def test_a_dead_owners_leases_are_freed_at_once(store: Store, tmp_path: Path) -> None:
    dead = Owner(boot="here", pid=2, started="before")
    reader = Reader(store, spec=BrokenSpec())
    reader.run(DAY_ONE)
    with store.writing() as tx:
        assert tx.work.claim(dead, now=reader.clock(), until=reader.clock() + timedelta(hours=1))
    crew = Crew(
        executor=SerialExecutor(),
        spec=TranslatorSpec(ScriptedSpec()),
        limit=1,
        owner=ME,
        is_gone=lambda owner: owner == dead,
    )
    from zhaiyao.usecases.translate import translate

    assert translate(store, crew, clock=reader.clock, progress=Quiet()).done == 3


@pytest.mark.parametrize(("tries", "minutes"), [(0, 5), (1, 10), (4, 80), (50, 24 * 60)])
def test_failures_rest_longer_each_time(tries: int, minutes: int) -> None:
    assert retry_after(tries) == timedelta(minutes=minutes)
