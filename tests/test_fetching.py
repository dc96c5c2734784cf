"""What an interface's answer means: believed or not, of which date, and what is wrong with it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.build import DAY, announcement, listing, page, sighting, version
from zhaiyao import calendar
from zhaiyao.fetching import (
    Held,
    dated,
    denied,
    judge_feed,
    judge_listing,
    judge_past,
    marks,
    numbered,
    overlooked,
    plausible,
    unnumbered,
    without_afterthoughts,
)
from zhaiyao.records import AnnounceType, Fault, Interface, Page, Telling

BEFORE = calendar.before(DAY)
NOON = datetime(2026, 1, 14, 17, tzinfo=UTC)
NIGHT = datetime(2026, 1, 14, 2, tzinfo=UTC)  # after the listings, before the feeds

OLD = [sighting(f"2601.8880{number}", on=BEFORE) for number in range(4)]
NEW = [sighting(f"2601.9990{number}") for number in range(4)]
YESTERDAY: Held = {BEFORE: marks(page(OLD, on=BEFORE))}


def faults(page: Page, against: Page | None, held: Held, *, now: datetime = NOON) -> tuple[bool, list[Fault]]:
    judged = judge_feed(page, against, held, checkable=True, now=now)
    return judged.believed, [trouble.fault for trouble in judged.troubles]


def test_a_feed_that_shows_what_the_listing_shows_is_believed() -> None:
    assert faults(page(NEW), listing(NEW), YESTERDAY) == (True, [])


def test_a_feed_that_is_dated_a_day_late_gets_the_date_of_the_listing() -> None:
    late = dated(page(NEW), BEFORE)
    judged = judge_feed(late, listing(NEW), YESTERDAY, checkable=True, now=NOON)
    assert judged.believed
    assert [trouble.fault for trouble in judged.troubles] == [Fault.MISDATED]
    assert judged.page.date == DAY
    assert {one.announcement.date for one in judged.page.sightings if one.announcement} == {DAY}


def test_a_stale_feed_is_named_and_does_no_harm() -> None:
    stale = page(OLD, on=BEFORE)
    assert faults(stale, listing(NEW), YESTERDAY) == (True, [Fault.STALE])
    assert faults(stale, None, YESTERDAY) == (True, [Fault.STALE])
    assert faults(stale, listing(NEW), YESTERDAY, now=NIGHT) == (True, []), "it is not its hour yet"


def test_yesterdays_papers_under_todays_date_are_not_announced_again() -> None:
    redated = dated(page(OLD, on=BEFORE), DAY)
    assert faults(redated, listing(NEW), YESTERDAY) == (False, [Fault.MISDATED])
    assert faults(redated, None, YESTERDAY) == (False, [Fault.MISDATED])
    assert faults(redated, None, {BEFORE: frozenset(list(YESTERDAY[BEFORE])[:2])}) == (False, [Fault.MISDATED])


def test_todays_papers_under_yesterdays_date_are_held_back_where_nobody_vouches() -> None:
    assert faults(dated(page(NEW), BEFORE), None, YESTERDAY) == (False, [Fault.MISDATED])


def test_a_feed_alone_is_believed_if_the_day_before_is_held() -> None:
    assert faults(page(NEW), None, YESTERDAY) == (True, [])
    assert faults(page(NEW), None, {calendar.before(BEFORE): YESTERDAY[BEFORE]}) == (False, [])
    assert faults(page(NEW), None, {}) == (True, []), "on the first day there is nothing to hold against it"


def test_a_feed_of_a_missed_day_is_left_to_the_catchup_page() -> None:
    older = page(OLD, on=BEFORE)
    assert faults(older, listing(NEW), {}, now=NIGHT) == (False, [])
    assert faults(older, listing(NEW), {}) == (False, [Fault.STALE])


def test_without_listings_a_date_is_believed_unless_it_contradicts() -> None:
    def alone(shown: Page, held: Held) -> tuple[bool, list[Fault]]:
        judged = judge_feed(shown, None, held, checkable=False, now=NOON)
        return judged.believed, [trouble.fault for trouble in judged.troubles]

    ancient = dated(page(NEW), date(2024, 2, 1))
    assert alone(ancient, {}) == (True, [])
    assert alone(ancient, {date(2024, 2, 1): marks(ancient)}) == (True, [])
    assert alone(dated(page(OLD), DAY), YESTERDAY) == (False, [Fault.MISDATED])


def test_a_feed_may_show_fewer_papers_than_the_listing_and_half_a_listing_less_than_the_feed() -> None:
    assert faults(page(NEW[:3]), listing(NEW), YESTERDAY) == (True, [Fault.SHORT])
    assert faults(page(NEW), listing(NEW[:2], announced=4), YESTERDAY) == (True, [])
    assert faults(page(OLD, on=BEFORE), listing(NEW[:2], announced=4), YESTERDAY) == (True, [Fault.STALE])


def test_a_stale_feed_that_shares_a_paper_with_a_small_listing_is_not_taken_for_it() -> None:
    again = sighting("2601.88800", AnnounceType.REPLACE, number=2)
    stale = dated(page([again, *OLD[1:]], on=BEFORE), DAY)
    assert faults(stale, listing([again]), {BEFORE: marks(stale)}) == (False, [Fault.MISDATED])


@pytest.mark.parametrize(
    ("against", "held", "expected"),
    [
        (listing(NEW), {}, [Fault.EMPTY]),
        (None, {}, [Fault.EMPTY]),
        (listing([]), {}, []),
        (listing(OLD, on=BEFORE), {}, []),  # arXiv may have put its mailing off
        (listing(OLD, on=BEFORE), {DAY: marks(page(NEW))}, [Fault.EMPTY]),
    ],
)
def test_an_empty_feed_is_wrong_where_somebody_shows_papers(
    against: Page | None, held: Held, expected: list[Fault]
) -> None:
    assert faults(page([]), against, held) == (True, expected)


def test_an_empty_feed_on_a_sunday_is_right() -> None:
    sunday = date(2026, 1, 18)
    assert faults(page([], on=sunday), None, {}, now=datetime(2026, 1, 18, 17, tzinfo=UTC)) == (True, [])


def test_a_listing_is_believed_and_says_itself_what_it_lacks() -> None:
    def told(shown: Page, held: Held, now: datetime = NOON) -> list[Fault]:
        judged = judge_listing(shown, held, now=now)
        assert judged.believed
        return [trouble.fault for trouble in judged.troubles]

    assert told(listing(NEW), YESTERDAY) == []
    assert told(listing(NEW[:2], announced=4), YESTERDAY) == [Fault.CUT]
    assert told(replace(listing(NEW), faults=(Fault.CUT,)), YESTERDAY) == [Fault.CUT]
    assert told(listing(OLD, on=BEFORE), YESTERDAY) == [Fault.STALE]
    assert told(listing(OLD, on=BEFORE), YESTERDAY, now=NIGHT) == []
    assert told(listing([]), {DAY: marks(page(NEW))}) == [Fault.EMPTY]
    nothing_left = replace(listing([]), faults=(Fault.CUT,))
    assert not judge_listing(nothing_left, YESTERDAY, now=NOON).believed


def telling(interface: Interface, shown: int, announced: int | None) -> Telling:
    return Telling(category="cs.LG", date=DAY, interface=interface, announced=announced, shown=shown, at=NOON)


def past(sightings: list[object], announced: int | None = None, on: date = DAY) -> Page:
    return listing(sightings, on=on, announced=announced, interface=Interface.CATCHUP)  # type: ignore[arg-type]


def test_a_past_days_page_must_be_of_that_day_and_is_doubted_when_empty() -> None:
    assert judge_past(past(NEW), DAY, [], held=0).troubles == ()
    assert not judge_past(past(NEW, on=BEFORE), DAY, [], held=0).believed
    (trouble,) = judge_past(past([]), DAY, [telling(Interface.LISTING, 4, 4)], held=4).troubles
    assert trouble.fault is Fault.EMPTY
    assert judge_past(past([]), DAY, [telling(Interface.FEED, 0, None)], held=0).troubles == ()


def test_who_overlooked_papers_is_named_if_it_believed_itself_complete() -> None:
    told = [telling(Interface.FEED, 3, None), telling(Interface.LISTING, 3, 3)]
    late = list(overlooked(past(NEW), told, added=1, held=3))
    assert [(interface, trouble.fault) for interface, trouble in late] == [
        (Interface.FEED, Fault.LATE),
        (Interface.LISTING, Fault.LATE),
    ]
    assert not list(overlooked(past(NEW), told, added=0, held=3))
    assert not list(overlooked(past(NEW), [telling(Interface.LISTING, 3, 4)], added=1, held=3)), "it knew: it was cut"
    withdrawn = sighting("2601.77777", AnnounceType.REPLACE, number=7)
    assert not list(overlooked(past([*NEW[:3], withdrawn]), told, added=1, held=3)), "listings never show these"


def test_who_said_that_there_is_nothing_is_named_later() -> None:
    told = [telling(Interface.LISTING, 0, 0), telling(Interface.FEED, 0, None)]
    assert [interface for interface, _ in denied(page(NEW), told)] == [Interface.LISTING]
    assert not list(denied(page([]), told))


def test_version_numbers_are_taken_from_whoever_tells_them() -> None:
    replaced = sighting("2601.88800", AnnounceType.REPLACE, number=0)
    shown = listing([sighting("2601.99900", number=0), replaced])
    assert unnumbered(shown) == ("2601.99900", "2601.88800")
    new, again = numbered(shown, {"2601.88800": 3}).sightings
    assert (again.version.number, again.announcement and again.announcement.version) == (3, 3)
    assert new.version.number == 1, "what is new is at its first version"


def test_a_past_days_page_tells_todays_version_and_keeps_the_announced_number() -> None:
    (shown,) = numbered(past([sighting("2601.99900", number=4)]), {"2601.99900": 1}).sightings
    assert (shown.version.number, shown.announcement and shown.announcement.version) == (4, 1)
    (unknown,) = numbered(past([sighting("2601.99900", number=4)]), {}).sightings
    assert unknown.announcement is not None
    assert unknown.announcement.version == 4


def test_an_interface_that_is_days_behind_is_not_believed_about_a_number() -> None:
    known = [version(number=1), version(number=2)]
    assert plausible(3, AnnounceType.REPLACE, known)
    assert not plausible(2, AnnounceType.REPLACE, known)
    assert not plausible(1, AnnounceType.REPLACE_CROSS, [])
    assert plausible(2, AnnounceType.CROSS, known)
    assert not plausible(0, AnnounceType.CROSS, known)


def test_a_paper_that_was_cross_listed_later_does_not_stand_on_its_first_day_too() -> None:
    crossed = sighting("2601.99905", AnnounceType.CROSS)
    elsewhere = [announcement("2601.99905", told=AnnounceType.CROSS, on=calendar.after(DAY))]
    shown = without_afterthoughts(past([*NEW, crossed]), elsewhere)
    assert (len(shown.sightings), shown.announced) == (4, 4)
    there = [*elsewhere, announcement("2601.99905", told=AnnounceType.CROSS)]
    assert len(without_afterthoughts(past([*NEW, crossed]), there).sightings) == 5, "it was announced on both days"
    revised = [announcement("2601.99900", told=AnnounceType.REPLACE, on=calendar.after(DAY), number=2)]
    assert len(without_afterthoughts(past(NEW), revised).sightings) == 4
