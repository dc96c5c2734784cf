"""What a person reads who asks where today's papers are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.build import DAY, listing, page, sighting
from tests.fakes import Clock, PageListings, PageSource, Quiet
from zhaiyao.cli.tell import standing_line
from zhaiyao.errors import FetchError
from zhaiyao.ledger import CategoryState, DayState
from zhaiyao.messages import LANGUAGES, Messages
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import Fault, Interface
from zhaiyao.store import open_store
from zhaiyao.usecases.fetch import fetch
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.status import status
from zhaiyao.usecases.why import why

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
NEW = [sighting(f"2601.9990{number}") for number in range(3)]


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


def fetched(store: Store, arxiv: Arxiv, now: datetime = NOON) -> None:
    profile = implicit(store, ["cs.LG", "stat.ML"], now=now)
    fetch(store, arxiv, [profile], clock=Clock(now), progress=Quiet())


def test_each_category_of_the_profiles_stands_somewhere(store: Store) -> None:
    down = {"stat.ML": FetchError("the server answered 503", subject="http://localhost")}
    fetched(store, Arxiv(feed=PageSource(page(NEW), errors=down), listings=PageListings(listing(NEW), errors=down)))
    report = status(store, now=NOON + timedelta(minutes=5))
    states = {one.category: one.state for one in report.standings}
    assert states == {"cs.LG": CategoryState.FRESH, "stat.ML": CategoryState.FAILED}
    (row,) = report.rows
    assert (row.day.announced, row.day.fetched, row.state) == (3, 3, DayState.UNTRANSLATED)


def test_the_incidents_of_a_day_stand_beside_it_counted(store: Store) -> None:
    cut = listing(NEW[:2], announced=3)
    fetched(
        store,
        Arxiv(feed=PageSource(page(NEW), page([], "stat.ML")), listings=PageListings(cut, listing([], "stat.ML"))),
    )
    (row,) = status(store, ["cs.LG"], now=NOON).rows
    assert row.incidents == ((Interface.LISTING, Fault.CUT, 1),)
    assert why(store, "2601.99900").incidents[0].fault is Fault.CUT


def test_weekends_have_no_rows(store: Store) -> None:
    saturday = DAY + timedelta(days=3)
    both = [page([], name, on=saturday) for name in ("cs.LG", "stat.ML")]
    fetched(store, Arxiv(feed=PageSource(*both)), now=NOON + timedelta(days=3))
    assert status(store, now=NOON + timedelta(days=3)).rows == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", CategoryState)
def test_every_state_has_a_line_in_every_language(store: Store, language: str, state: CategoryState) -> None:
    fetched(store, Arxiv(feed=PageSource(page(NEW), page([], "stat.ML"))))
    one = replace(status(store, now=NOON).standings[0], state=state)
    line = standing_line(one, Messages(language))
    assert line.startswith("cs.LG")
    assert "2026-01-1" in line
