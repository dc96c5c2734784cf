"""Two weeks against the simulated arXiv and all its faults. `bench/quarter.py` lives through a whole quarter."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.arxiv_server.cycle import listed_at
from tests.arxiv_server.mishaps import Mishap, Plan
from tests.arxiv_server.months import months
from tests.quarter import HOURS, Audit, Season, absences, real_season
from zhaiyao.records import Fault, Interface

CATEGORIES = ("cs.CL", "cs.LG", "stat.ML")


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Ten announcement days; each fault of the data three times as often as in a quarter; one spell of absence."""
    random.seed(11)
    world = months(seed=11, days=10, categories=CATEGORIES, per_day=30, deferred=1)
    plan = Plan.random(world, seed=11, categories=CATEGORIES)
    away = absences(world, seed=11, spells=1)
    return Season(
        world=world,
        plan=plan,
        categories=CATEGORIES,
        folder=tmp_path_factory.mktemp("home"),
        away=away,
        translating=True,
    ).live()


def test_nothing_is_lost_and_nothing_doubled(fortnight: Audit) -> None:
    assert fortnight.announced > 250
    assert fortnight.lost == ()
    assert fortnight.doubled == ()
    assert fortnight.mistyped == ()
    assert fortnight.open_days == 0


def test_every_fault_that_was_served_is_named_in_the_ledger(fortnight: Audit) -> None:
    assert len(fortnight.served) > 8, "there were hardly any"
    assert fortnight.unnamed == ()


def test_the_gates_were_never_violated(fortnight: Audit) -> None:
    assert fortnight.violations == ()


def test_everything_is_translated_and_stands_in_an_edition(fortnight: Audit) -> None:
    days = [day for day in fortnight.ledger if day.fetched]
    assert {day.translated for day in days} != {0}
    assert [day for day in days if not day.fetched == day.translated == day.published] == []


def test_papers_that_nobody_counted_are_found_days_later(tmp_path: Path) -> None:
    world = months(seed=5, days=2, categories=CATEGORIES, per_day=40, deferred=0)
    begins = listed_at(world.first)
    until = begins + timedelta(hours=48)
    hidden = Mishap(kind="missing-ids", day=world.first, part=(0.2, 0.7), since=begins, until=until)
    plan = Plan(mishaps=(hidden,))
    audit = Season(world=world, plan=plan, categories=CATEGORIES, folder=tmp_path, hours=HOURS[1:2]).live()
    assert (audit.lost, audit.doubled, audit.unnamed) == ((), (), ())
    named = {(one.interface, one.fault) for one in audit.incidents if one.date == world.first}
    assert {(Interface.LISTING, Fault.LATE), (Interface.CATCHUP, Fault.BACKFILLED)} <= named


def test_real_days_come_out_whole(shared: Path, tmp_path: Path) -> None:
    season = real_season(shared / "corpus" / "listings-2025.jsonl.xz", days=2, folder=tmp_path)
    audit = replace(season, categories=("cs.CL", "cs.IR"), hours=HOURS[1:2]).live()
    assert audit.announced > 100
    assert (audit.lost, audit.doubled, audit.unnamed, audit.violations) == ((), (), (), ())
