from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.build import DAY, announcement, version
from zhaiyao.errors import StoreError
from zhaiyao.ports import Store
from zhaiyao.records import AnnounceType, Author, Interface, Paper, Version, Withdrawal

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=40)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))])
INSTANTS = st.datetimes(datetime(1991, 8, 14), datetime(2100, 1, 1), timezones=ZONES)
NUMBERS = count()
"""So that every example of a property is about a paper of its own, and no text is shrunk to make it one."""
VERSIONS = st.builds(
    Version,
    paper_id=st.just(""),
    number=st.integers(0, 99),
    interface=st.sampled_from(Interface),
    title=TEXT,
    abstract=TEXT,
    authors=st.lists(st.builds(Author, name=TEXT, affiliations=st.lists(TEXT, max_size=2).map(tuple))).map(tuple),
    comments=TEXT,
    submitted_at=st.none() | INSTANTS,
    withdrawal=st.sampled_from(Withdrawal),
)
ONE_STORE = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one store for all examples is what is wanted
)


def put(store: Store, *papers: Paper, versions: tuple[Version, ...] = ()) -> None:
    with store.writing() as tx:
        tx.papers.put(papers, versions, [])


def categories(store: Store, paper_id: str) -> tuple[str, ...]:
    with store.reading() as tx:
        return tx.papers.get([paper_id])[paper_id].categories


def versions_of(store: Store, paper_id: str) -> tuple[Version, ...]:
    with store.reading() as tx:
        return tx.papers.versions([paper_id]).get(paper_id, ())


@ONE_STORE
@given(VERSIONS)
def test_a_version_comes_back_equal(store: Store, told: Version) -> None:
    told = replace(told, paper_id=f"p{next(NUMBERS)}")
    put(store, versions=(told,))
    assert versions_of(store, told.paper_id) == (told,)


def test_an_instant_comes_back_in_utc_to_the_microsecond(store: Store) -> None:
    beijing = datetime(2026, 1, 14, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    put(store, versions=(version(submitted_at=beijing),))
    (held,) = versions_of(store, "2601.99901")
    assert held.submitted_at == beijing
    assert held.submitted_at is not None
    assert held.submitted_at.tzinfo is UTC


def test_an_instant_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        put(store, versions=(version(submitted_at=datetime(2026, 1, 14)),))
    assert versions_of(store, "2601.99901") == ()


@pytest.mark.parametrize("bad", ["nul \0", "half \ud800 pair"])
@pytest.mark.parametrize("field", ["title", "authors"])
def test_text_that_no_database_could_give_back_is_refused_by_all(store: Store, bad: str, field: str) -> None:
    value = (Author(name=bad),) if field == "authors" else bad
    with pytest.raises(StoreError, match=r"U\+0000|surrogate"):
        put(store, versions=(version("1", title="fine"), version("2", **{field: value})))
    with store.reading() as tx:
        assert tx.papers.get(["1", "2"]) == {}
        assert tx.changes.since(0, limit=10) == ()


def test_an_escaped_nul_is_only_six_letters(store: Store) -> None:
    odd = version(title="\\u0000", authors=(Author(name="\\u0000 \\\\u0000 \\"),))
    put(store, versions=(odd,))
    assert versions_of(store, "2601.99901") == (odd,)


def test_all_kinds_of_white_space_stay(store: Store) -> None:
    odd = version(title="  two  ", abstract="a\u200b\r\n\n\tb\u2028\x85 ", comments="\u202e 中文 😀")
    put(store, versions=(odd,))
    assert versions_of(store, "2601.99901") == (odd,)


def test_known_categories_give_way_to_some_but_not_to_none(store: Store) -> None:
    put(store, Paper(id="1", categories=("cs.AI",)))
    put(store, Paper(id="1"))
    assert categories(store, "1") == ("cs.AI",)
    put(store, Paper(id="1", categories=("cs.LG", "cs.AI")), Paper(id="1"))
    assert categories(store, "1") == ("cs.LG", "cs.AI")


def test_a_paper_that_is_only_named_is_added(store: Store) -> None:
    with store.writing() as tx:
        tx.papers.put([], [version("1")], [announcement("2")])
        assert tx.papers.get(["1", "2", "3"]) == {"1": Paper(id="1"), "2": Paper(id="2")}


def test_versions_are_ordered_by_number_then_trust_then_latest_told(store: Store) -> None:
    digest = version(number=2, interface=Interface.DIGEST)
    listing = version(number=2, interface=Interface.LISTING)
    corrected = version(number=2, interface=Interface.LISTING, title="Corrected")
    first = version(number=1, interface=Interface.OAI_RAW)
    for told in (digest, first, listing, corrected, corrected):
        put(store, versions=(told,))
    assert versions_of(store, "2601.99901") == (corrected, listing, digest, first)


def test_a_text_that_changes_and_changes_back_is_the_latest_told_again(store: Store) -> None:
    texts = [version(title=title) for title in ("One", "Two", "Three")]
    others = (version(number=2), version("2601.99902"), version(interface=Interface.API))
    put(store, versions=(*texts, *others))
    with store.writing() as tx:
        seen = tx.changes.latest()
        tx.papers.put([], [texts[0], *others], [])
        assert [(one.kind, one.key) for one in tx.changes.since(seen, limit=10)] == [("version", "2601.99901")]
    of_feed = [one for one in versions_of(store, "2601.99901") if one.number == 1 and one.interface is Interface.FEED]
    assert {one.title for one in of_feed} == {"One", "Two", "Three"}
    assert of_feed[0].title == "One"
    put(store, versions=(texts[1],))
    put(store, versions=(version(title="Four"),))
    assert [one.title for one in versions_of(store, "2601.99901")][1:3] == ["Four", "Two"]


def test_what_is_known_changes_nothing(store: Store) -> None:
    for _ in range(2):
        with store.writing() as tx:
            tx.papers.put([Paper(id="1", categories=("cs.LG",))], [version("1")] * 2, [announcement("1")] * 2)
    with store.reading() as tx:
        assert [change.kind for change in tx.changes.since(0, limit=10)] == ["paper", "version", "announcement"]
        assert len(tx.papers.versions(["1"])["1"]) == len(tx.papers.announcements(papers=["1"])) == 1


def test_announcements_match_all_conditions_in_listing_order(store: Store) -> None:
    later = date(2026, 1, 15)
    told = [
        announcement("3", "cs.LG", AnnounceType.NEW),
        announcement("4", "cs.LG", AnnounceType.NEW),
        announcement("1", "cs.LG", AnnounceType.CROSS),
        announcement("2", "cs.LG", AnnounceType.REPLACE),
        announcement("1", "math.PR", AnnounceType.NEW),
        announcement("1", "cs.LG", AnnounceType.REPLACE, later, 2),
    ]
    with store.writing() as tx:
        tx.papers.put([], [], reversed(told))
        assert tx.papers.announcements() == tuple(told)
        assert tx.papers.announcements(category="cs.LG", on=DAY) == tuple(told[:4])
        assert tx.papers.announcements(papers=["1"], on=DAY) == (told[2], told[4])
        assert tx.papers.announcements(papers=["1"], category="cs.LG", on=later) == (told[5],)
        assert tx.papers.announcements(papers=iter(["2", "1", "none", "1"])) == tuple(told[2:])
        assert tx.papers.announcements(papers=[]) == ()
        assert tx.papers.announcements(category="cs.CL") == ()
        assert tx.papers.latest_date("cs.LG") == later
        assert tx.papers.latest_date("cs.CL") is None


def test_thousands_at_once(store: Store) -> None:
    ids = [f"2601.{number:05}" for number in range(2500)]
    with store.writing() as tx:
        tx.papers.put([Paper(id=one, categories=("cs.LG",)) for one in ids], map(version, ids), map(announcement, ids))
    with store.reading() as tx:
        assert len(tx.papers.get(ids)) == len(tx.papers.versions(ids)) == len(tx.papers.announcements(on=DAY)) == 2500
        assert tx.papers.announcements(papers=reversed(ids)) == tuple(map(announcement, ids))
        assert len(tx.changes.since(0, limit=10_000)) == 7500


def test_papers_that_are_known_only_cut_or_only_from_the_earlier_system(store: Store) -> None:
    archive, api = Interface.ARCHIVE, Interface.API
    put(
        store,
        Paper(id="1", categories=("cs.LG",)),
        versions=(
            version("2", interface=archive, truncated=True),
            version("3", interface=Interface.DIGEST),
            version("4", interface=archive, truncated=True),
            version("4", interface=api),  # heals it
            version("5", 2, interface=archive, truncated=True),
            version("5", 1, interface=api),  # an older version does not
            version("6", 0, interface=archive),
            version("6", 3, interface=api),
            version("7", interface=archive, truncated=True),
            version("7", interface=Interface.LISTING, abstract=""),  # nothing was told
            version("8", interface=api, truncated=True),
            version("9", interface=api),
            version("10", interface=archive),
            version("10", interface=Interface.JOINED),  # nobody told it
        ),
    )
    with store.reading() as tx:
        assert tx.papers.cut(limit=10) == ("10", "2", "3", "5", "7", "8")
        assert tx.papers.cut(after="2", limit=2) == ("3", "5")
        assert tx.papers.cut(after="8", limit=2) == ()


def test_what_many_share_and_what_they_do_not_comes_back_alike(store: Store) -> None:
    instants = [None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)]
    told = tuple(
        version(
            f"p{number:03}",
            interface=[Interface.API, Interface.SNAPSHOT][number // 3 % 2],
            submitted_at=instants[number % 3],
            truncated=number % 2 == 0,
            authors=(Author(name=f"A. {number}"),) * (number % 3),
        )
        for number in range(60)
    )
    put(store, versions=told)
    with store.reading() as tx:
        held = tx.papers.versions([one.paper_id for one in told])
    assert tuple(held[one.paper_id] for one in told) == tuple((one,) for one in told)
