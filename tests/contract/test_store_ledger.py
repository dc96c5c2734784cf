from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.build import DAY, NOW, announcement, rendition, renditions, version
from zhaiyao.bookkeeping import Owner
from zhaiyao.ports import Store
from zhaiyao.records import (
    AnnounceType,
    Edition,
    EditionEntry,
    Fault,
    Incident,
    Interface,
    LedgerDay,
    RenditionKind,
    SegmentState,
    Version,
)

LATER = DAY + timedelta(days=1)


def day(on: date = DAY, category: str = "cs.LG", announced: int | None = None, **counts: int) -> LedgerDay:
    """A day of which nothing more is held than said."""
    counted = dict.fromkeys(("fetched", "translated", "failed", "published"), 0) | counts
    return LedgerDay(category=category, date=on, announced=announced, **counted)


def announce(store: Store, *texts: Version, number: int | None = None) -> None:
    with store.writing() as tx:
        told = [announcement(one.paper_id, number=one.number if number is None else number) for one in texts]
        tx.papers.put([], texts, told)


def translate(store: Store, *texts: Version) -> None:
    with store.writing() as tx:
        for text in texts:
            tx.renditions.put(renditions(text).values())


def days(store: Store, *categories: str, on: date | None = None, limit: int | None = None) -> tuple[LedgerDay, ...]:
    with store.reading() as tx:
        return tx.ledger.days(categories=categories or None, on=on, limit=limit)


def test_a_day_that_was_only_told_is_there(store: Store) -> None:
    with store.writing() as tx:
        tx.ledger.tell("cs.LG", DAY, announced=None, interface=Interface.FEED, at=NOW)
        tx.ledger.tell("cs.LG", LATER, announced=0, interface="listing", at=NOW)
    assert days(store) == (day(LATER, announced=0), day())


def test_the_count_is_the_last_of_an_interface_and_the_highest_of_all(store: Store) -> None:
    with store.writing() as tx:
        for announced, interface in ((90, "listing"), (80, "listing"), (70, "api"), (None, "listing"), (None, "feed")):
            tx.ledger.tell("cs.LG", DAY, announced=announced, interface=interface, at=NOW)
        assert tx.ledger.days() == (day(announced=80),)
        assert {change.key for change in tx.changes.since(0, limit=9)} == {"cs.LG 2026-01-14"}


def test_papers_count_once_however_often_they_were_told(store: Store) -> None:
    twice = announcement("a")
    with store.writing() as tx:
        told = [twice, replace(twice, interface=Interface.LISTING), replace(twice, type=AnnounceType.CROSS)]
        tx.papers.put([], [version("a"), version("b")], [*told, announcement("b"), announcement("b", "cs.CL")])
    assert days(store) == (day(category="cs.CL", fetched=1), day(fetched=2))


def test_translated_needs_all_kinds_made_by_us(store: Store) -> None:
    whole, part, legacy, mixed = (version(name) for name in "abcd")
    announce(store, whole, part, legacy, mixed)
    translate(store, whole, mixed)
    with store.writing() as tx:
        tx.renditions.put([rendition(part, kind) for kind in (RenditionKind.TITLE, RenditionKind.ABSTRACT)])
        for kind in RenditionKind:
            imported = [rendition(text, kind, "旧", SegmentState.IMPORTED) for text in (legacy, mixed)]
            tx.renditions.put(imported)
            tx.renditions.put([replace(rendition(part, kind), language="en")])
    assert days(store) == (day(fetched=4, translated=2),)


def test_a_paper_without_abstract_needs_a_title_only(store: Store) -> None:
    bare, empty = version("a", abstract=""), version("b", abstract="")
    announce(store, bare, empty)
    with store.writing() as tx:
        tx.renditions.put([rendition(bare, RenditionKind.TITLE)])
    assert days(store) == (day(fetched=2, translated=1),)


def test_translated_is_about_the_announced_version(store: Store) -> None:
    old, new = version("a", 1), version("a", 2)
    announce(store, old, new)
    translate(store, old)
    assert days(store) == (day(fetched=1),)
    translate(store, new)
    assert days(store) == (day(fetched=1, translated=1),)


def test_without_a_number_the_highest_version_held_is_meant(store: Store) -> None:
    old, new, unknown = version("a", 1), version("a", 3), version("b", 0)
    announce(store, old, new, unknown, number=0)
    translate(store, old)
    assert days(store) == (day(fetched=2),)
    translate(store, new, unknown)
    assert days(store) == (day(fetched=2, translated=2),)


def test_failed_are_those_given_back_and_still_open(store: Store) -> None:
    texts = [version(name) for name in "abcd"]
    announce(store, *texts)
    owner = Owner(boot="b", pid=1, started="")
    with store.writing() as tx:
        tx.work.enqueue([("a", 1, 0.9), ("b", 1, 0.8), ("c", 1, 0.7), ("d", 2, 0.6)])
        items = tx.work.claim(owner, most=4, now=NOW, until=NOW + timedelta(hours=1))
        for item in items:
            if item.paper_id != "c":
                tx.work.give_back(item.id, owner, fault="echo", not_before=NOW)
        tx.work.complete([items[1].id])
    assert days(store) == (day(fetched=4, failed=1),)


def test_published_are_those_in_an_edition_of_that_date(store: Store) -> None:
    texts = [version(name) for name in "abc"]
    announce(store, *texts)
    entries = [EditionEntry(position=1, paper_id=text.paper_id, version_key=text.key) for text in texts]
    with store.writing() as tx:
        for number, (entry, on) in enumerate(zip(entries, (DAY, DAY, LATER), strict=True)):
            tx.editions.put(
                Edition(id=f"{number}", made_at=NOW, entries=(entry,), cause="first", profile=f"{number}", date=on)
            )
        tx.editions.put(Edition(id="imported", made_at=NOW, entries=(entries[0],), cause="imported", date=DAY))
    assert days(store) == (day(fetched=3, published=2),)


def test_combined_requests_are_no_categories(store: Store) -> None:
    with store.writing() as tx:
        tx.papers.put([], [version("a")], [announcement("a", "cs.AI+cs.LG")])
        tx.ledger.tell("cs.AI+cs.LG", DAY, announced=None, interface="feed", at=NOW)
    assert days(store) == days(store, "cs.AI+cs.LG") == ()


def test_days_are_chosen_and_ordered(store: Store) -> None:
    with store.writing() as tx:
        for category, on in (("cs.LG", DAY), ("cs.CL", LATER), ("cs.LG", LATER)):
            tx.papers.put([], [version("a")], [announcement("a", category, on=on)])
    lg, later_cl, later_lg = day(fetched=1), day(LATER, "cs.CL", fetched=1), day(LATER, fetched=1)
    assert days(store) == (later_cl, later_lg, lg)
    assert days(store, "cs.LG") == (later_lg, lg)
    assert days(store, on=LATER) == (later_cl, later_lg)
    assert days(store, "cs.LG", on=DAY) == (lg,)
    assert days(store, "cs.LG", "cs.CL", "cs.LG") == days(store)
    assert days(store, "math.PR", "cs.CL") == (later_cl,)
    assert days(store, "math.PR") == ()
    with store.reading() as tx:
        assert tx.ledger.days(categories=[]) == tx.ledger.days(categories=[], limit=9) == ()
        assert tx.ledger.days(categories=iter(["cs.LG"]), limit=1) == (later_lg,)


def test_a_limit_counts_dates_and_not_days(store: Store) -> None:
    dates = [DAY + timedelta(days=number) for number in range(5)]
    with store.writing() as tx:
        for on in dates[:4]:
            tx.papers.put(
                [], [version("a")], [announcement("a", "cs.LG", on=on), announcement("a", "a+b", on=dates[4])]
            )
        tx.papers.put([], [version("a")], [announcement("a", "cs.CL", on=dates[2])])
        tx.ledger.tell("cs.CL", dates[4], announced=7, interface="listing", at=NOW)
        tx.ledger.tell("cs.LG", dates[3], announced=8, interface="listing", at=NOW)
    told_cl, cl = day(dates[4], "cs.CL", 7), day(dates[2], "cs.CL", fetched=1)
    lg = [day(dates[3], announced=8, fetched=1), *(day(on, fetched=1) for on in dates[2::-1])]
    assert days(store, limit=3) == (told_cl, lg[0], cl, lg[1])
    assert days(store, "cs.LG", "cs.CL", limit=3) == days(store, limit=3)
    assert days(store, "cs.LG", limit=3) == tuple(lg[:3])
    assert days(store, "cs.CL", limit=1) == (told_cl,)
    assert days(store, "cs.LG", limit=99) == tuple(lg)
    assert days(store, on=dates[2], limit=1) == (cl, lg[1])
    assert days(store, "math.PR", limit=3) == days(store, limit=0) == ()


def test_a_limit_holds_for_more_categories_than_there_are(store: Store) -> None:
    names = [f"x.{number}" for number in range(450)]
    with store.writing() as tx:
        for number in (0, 449):
            on = DAY + timedelta(days=number)
            tx.ledger.tell(names[number], on, announced=1, interface="feed", at=NOW)
    (newest,) = days(store, *names, limit=1)
    assert (newest.category, newest.date) == ("x.449", DAY + timedelta(days=449))
    assert len(days(store, *names, limit=2)) == 2


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_telling_keeps_the_count_and_the_most_entries(store: Store) -> None:
    with store.writing() as tx:
        tx.ledger.tell("cs.LG", DAY, announced=9, interface=Interface.LISTING, at=NOON, shown=7)
        tx.ledger.tell("cs.LG", DAY, announced=None, interface=Interface.LISTING, at=NOON + HOUR, shown=3)
        tx.ledger.tell("cs.LG", DAY, announced=None, interface=Interface.FEED, at=NOON, shown=8)
        tx.ledger.tell("cs.AI", DAY, announced=1, interface=Interface.FEED, at=NOON, shown=1)
    with store.reading() as tx:
        feed, listing = tx.ledger.tellings("cs.LG")
        later = tx.ledger.tellings("cs.LG", since=DAY + timedelta(days=1))
    assert (feed.interface, feed.announced, feed.shown) == (Interface.FEED, None, 8)
    assert (listing.announced, listing.shown, listing.at) == (9, 7, NOON + HOUR)
    assert later == ()


def incident(**changes: object) -> Incident:
    told: dict[str, object] = {
        "category": "cs.LG",
        "date": DAY,
        "interface": Interface.FEED,
        "fault": Fault.STALE,
        "at": NOON,
    }
    return Incident(**(told | changes))  # type: ignore[arg-type]


def test_incidents_come_back_newest_first_and_once_a_day(store: Store) -> None:
    first, again = incident(), incident(at=NOON + HOUR, detail="still so")
    unknown_day, tomorrow = incident(date=None, fault=Fault.UNREACHED), incident(at=NOON + timedelta(days=1))
    with store.writing() as tx:
        tx.ledger.note([first, again, unknown_day, tomorrow, incident(category="cs.AI", at=NOON - HOUR)])
    with store.reading() as tx:
        assert tx.ledger.incidents(categories=["cs.LG"]) == (tomorrow, unknown_day, first)
        assert tx.ledger.incidents(on=DAY, since=NOON) == (tomorrow, first)
        assert len(tx.ledger.incidents(limit=2)) == 2
        assert tx.ledger.incidents(categories=["math.CO"]) == ()
