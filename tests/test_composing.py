"""Composing editions is a pure function; these are its promises."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.build import DAY, NOW, announcement, renditions, version
from zhaiyao.composing import Candidate, compose
from zhaiyao.ranking import score
from zhaiyao.records import AnnounceType, Edition, Profile

PROFILE = Profile(name="cs.LG+stat.ML", categories=("cs.LG", "stat.ML"))


def candidate(serial: int, *told: AnnounceType, translated: bool = True, category: str = "cs.LG") -> Candidate:
    text = version(f"2601.{serial:05d}")
    announced = tuple(announcement(text.paper_id, category, one) for one in told)
    return Candidate(
        version=text,
        announcements=announced,
        renditions=renditions(text) if translated else {},
        score=score(PROFILE, announced),
    )


def made(*candidates: Candidate, previous: Edition | None = None) -> Edition | None:
    return compose(PROFILE, DAY, candidates, previous=previous, now=NOW)


def test_sections_in_order_then_newest_first() -> None:
    edition = made(
        candidate(10001, AnnounceType.REPLACE),
        candidate(10002, AnnounceType.CROSS),
        candidate(10003, AnnounceType.NEW),
        candidate(10004, AnnounceType.NEW),
    )
    assert edition is not None
    assert [entry.paper_id for entry in edition.entries] == ["2601.10004", "2601.10003", "2601.10002", "2601.10001"]
    assert [entry.position for entry in edition.entries] == [1, 2, 3, 4]
    assert (edition.id, edition.revision, edition.cause) == ("cs.LG+stat.ML@2026-01-14.r1", 1, "first")


def test_an_untranslated_paper_is_in_the_edition() -> None:
    edition = made(candidate(10001, AnnounceType.NEW, translated=False))
    assert edition is not None
    assert edition.entries[0].rendition_keys == ()


def test_an_empty_day_makes_no_edition() -> None:
    first = made(candidate(10001, AnnounceType.NEW))
    assert made() is None
    assert made(previous=first) is None


def test_the_same_day_again_makes_no_revision() -> None:
    first = made(candidate(10001, AnnounceType.NEW))
    again = compose(PROFILE, DAY, [candidate(10001, AnnounceType.NEW)], previous=first, now=NOW + timedelta(days=1))
    assert again is None


def test_a_late_translation_makes_the_next_revision() -> None:
    first = made(candidate(10001, AnnounceType.NEW, translated=False))
    second = made(candidate(10001, AnnounceType.NEW), previous=first)
    assert second is not None
    assert (second.revision, second.cause) == (2, "translated")


def test_a_late_paper_makes_the_next_revision() -> None:
    first = made(candidate(10001, AnnounceType.NEW))
    second = made(candidate(10001, AnnounceType.NEW), candidate(10002, AnnounceType.NEW), previous=first)
    assert second is not None
    assert second.cause == "backfilled"


def test_facts_that_came_later_make_the_next_revision() -> None:
    bare = candidate(10001, AnnounceType.NEW)
    first = made(bare)
    known = replace(bare, version=replace(bare.version, comments="9 pages"))
    second = made(known, previous=first)
    assert second is not None
    assert second.cause == "enriched"
    retold = made(known, candidate(10002, AnnounceType.NEW), previous=first)
    assert retold is not None
    assert retold.cause == "backfilled"


def test_facts_with_a_lost_text_or_another_place_are_a_change() -> None:
    bare = candidate(10001, AnnounceType.NEW)
    first = made(bare)
    for other in (
        replace(bare, version=replace(bare.version, comments="9 pages"), renditions={}),
        replace(bare, announcements=(*bare.announcements, announcement(bare.version.paper_id, "stat.ML"))),
    ):
        second = made(other, previous=first)
        assert second is not None
        assert second.cause == "changed"


def test_types_and_categories_that_are_not_wanted_stay_out() -> None:
    only_new = replace(PROFILE, types=(AnnounceType.NEW,))
    candidates = [candidate(10001, AnnounceType.REPLACE), candidate(10002, AnnounceType.NEW, category="math.KT")]
    assert compose(only_new, DAY, candidates, previous=None, now=NOW) is None


@given(st.lists(st.tuples(st.integers(10000, 99999), st.sampled_from(AnnounceType)), unique_by=lambda pair: pair[0]))
def test_every_candidate_is_there_once_whatever_the_order(told: list[tuple[int, AnnounceType]]) -> None:
    candidates = [candidate(serial, one) for serial, one in told]
    forth, back = made(*candidates), made(*reversed(candidates))
    entries = forth.entries if forth else ()
    assert sorted(entry.paper_id for entry in entries) == sorted(one.version.paper_id for one in candidates)
    assert entries == (back.entries if back else ())
