from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import DAY, NOW, renditions, version
from tests.contract.test_store_papers import NUMBERS, ONE_STORE, TEXT
from zhaiyao.bookkeeping import Delivery, FeedbackEvent
from zhaiyao.errors import StoreError, UnknownEdition
from zhaiyao.ports import Store
from zhaiyao.records import (
    AnnounceType,
    ClassicShape,
    Edition,
    EditionEntry,
    Frame,
    Paper,
    Profile,
    RenditionKind,
    Score,
)

PAPER = version()
MADE = renditions(PAPER)
ENTRY = EditionEntry(
    position=1,
    paper_id=PAPER.paper_id,
    version_key=PAPER.key,
    rendition_keys=tuple(rendition.key for rendition in MADE.values()),
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
FRAMES = st.builds(Frame, head=TEXT, tail=TEXT)
ENTRIES = st.builds(
    EditionEntry,
    position=st.integers(1, 9),
    paper_id=st.just(PAPER.paper_id),
    version_key=st.just(PAPER.key),
    rendition_keys=st.lists(st.sampled_from(ENTRY.rendition_keys)).map(tuple),
    announced=st.lists(st.tuples(TEXT, st.sampled_from(AnnounceType)), max_size=2).map(tuple),
    score=st.none() | st.builds(Score, value=FLOATS, reasons=st.lists(st.tuples(TEXT, FLOATS), max_size=2).map(tuple)),
    shape=st.none() | st.builds(ClassicShape, link=TEXT, tldr=TEXT, tldr_en=TEXT, title=FRAMES, abstract_zh=FRAMES),
)
VERBATIM = st.builds(
    EditionEntry,
    position=st.integers(10, 19),
    paper_id=st.just(""),
    version_key=st.just(""),
    verbatim=st.tuples(TEXT, TEXT),
)


def edition(name: str = "cs.LG@2026-01-14.r1", *entries: EditionEntry, **changes: object) -> Edition:
    """An own edition, or an imported one with `profile=""`."""
    told: dict[str, object] = {"profile": "cs.LG", "date": DAY, "revision": 1, "made_at": NOW, "cause": "first"}
    return Edition(id=name, entries=entries or (ENTRY,), **{**told, **changes})  # type: ignore[arg-type]


def imported(name: str, **changes: object) -> Edition:
    """An imported document."""
    return edition(name, profile="", date=None, revision=0, document=name, cause="imported", **changes)


def put(store: Store, *editions: Edition) -> None:
    with store.writing() as tx:
        tx.papers.put([], [PAPER], [])
        tx.renditions.put(MADE.values())
        for one in editions:
            tx.editions.put(one)


@ONE_STORE
@given(ENTRIES, VERBATIM)
def test_an_edition_comes_back_equal(store: Store, entry: EditionEntry, verbatim: EditionEntry) -> None:
    made = edition(f"e{next(NUMBERS)}", entry, verbatim, profile="", document="sha")
    put(store, made)
    with store.reading() as tx:
        assert tx.editions.get(made.id) == made


def test_the_same_content_is_left_alone_whenever_it_was_made(store: Store) -> None:
    put(store, edition())
    put(store, edition(made_at=NOW + timedelta(hours=1)))
    with store.reading() as tx:
        assert tx.editions.ids() == ("cs.LG@2026-01-14.r1",)
        assert tx.editions.get("cs.LG@2026-01-14.r1").made_at == NOW
        assert [change.key for change in tx.changes.since(0, limit=9) if change.kind == "edition"] == [edition().id]


@pytest.mark.parametrize(
    "other",
    [
        edition(cause="backfilled"),
        edition("cs.LG@2026-01-14.r1", replace(ENTRY, score=Score(value=1.0))),
        edition("cs.LG@2026-01-14.r1", ENTRY, replace(ENTRY, position=2)),
        edition("another id of the same revision"),
    ],
)
def test_other_content_is_refused(store: Store, other: Edition) -> None:
    put(store, edition())
    with pytest.raises(StoreError, match="never changed"):
        put(store, other)
    with store.reading() as tx:
        assert tx.editions.get(edition().id) == edition()
        assert tx.editions.ids() == (edition().id,)


@pytest.mark.parametrize("field", ["version_key", "rendition_keys"])
def test_an_edition_cannot_pin_what_is_not_there(store: Store, field: str) -> None:
    absent = "0" * 32 if field == "version_key" else ("0" * 32,)
    with pytest.raises(StoreError, match="not in the store: 0000"):
        put(store, edition("cs.LG@2026-01-14.r1", replace(ENTRY, **{field: absent})))
    with store.reading() as tx:
        assert tx.editions.ids() == ()


def test_a_score_that_is_no_number_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no finite number"):
        put(store, edition("x", replace(ENTRY, score=Score(value=1.0, reasons=(("like", float("nan")),)))))


def test_ids_come_newest_first(store: Store) -> None:
    first, second = imported("aa"), imported("ab")
    older = imported("ac", made_at=NOW - timedelta(days=1))
    put(store, first, second, older, edition("own", made_at=NOW - timedelta(days=2)))
    with store.reading() as tx:
        assert tx.editions.ids() == ("ab", "aa", "ac", "own")
        assert tx.editions.ids(profile="cs.LG") == ("own",)
        assert tx.editions.ids(profile="cs.CL") == ()


def test_a_prefix_is_enough_if_only_one_edition_has_it(store: Store) -> None:
    put(store, imported("ab12"), imported("ab34"), imported("ab"), imported("cd%_"))
    with store.reading() as tx:
        assert tx.editions.get("ab1").id == "ab12"
        assert tx.editions.get("ab").id == "ab"
        assert tx.editions.get("cd%").id == "cd%_"
        assert tx.editions.get("c").id == "cd%_"
        for unknown in ("AB1", "ab2", "%", "a_1", "ab124", "cd%_\U0010ffff", "d"):
            with pytest.raises(UnknownEdition, match="no such edition"):
                tx.editions.get(unknown)


def test_an_unknown_edition_says_what_there_is(store: Store) -> None:
    with store.reading() as tx, pytest.raises(UnknownEdition, match="There is none yet"):
        tx.editions.get("x")
    put(store, *(imported(f"a{number}") for number in range(7)))
    with store.reading() as tx:
        with pytest.raises(UnknownEdition) as unknown:
            tx.editions.get("x")
        assert unknown.value.hint == "There are: a6, a5, a4, a3, a2, …."
        with pytest.raises(UnknownEdition, match="several editions begin like this"):
            tx.editions.get("a")
        with pytest.raises(UnknownEdition, match="There are: a6, a5, a4, a3, a2, …"):
            tx.editions.get("")


@ONE_STORE
@given(st.lists(TEXT.filter(bool), min_size=1, max_size=4, unique=True), st.data())
def test_a_prefix_finds_what_begins_with_it(store: Store, tails: list[str], data: st.DataObject) -> None:
    number = f"n{next(NUMBERS)}."
    ids = [number + tail for tail in tails if not tail.startswith("\U0010ffff")]
    put(store, *(imported(one) for one in ids))
    asked = data.draw(st.sampled_from([one[:length] for one in [number, *ids] for length in range(len(number), 99)]))
    alike = [asked] if asked in ids else [one for one in ids if one.startswith(asked)]
    with store.reading() as tx:
        assert tx.editions.known(asked) == (asked in ids)
        if len(alike) == 1:
            assert tx.editions.get(asked).id == alike[0]
        else:
            with pytest.raises(UnknownEdition):
                tx.editions.get(asked)


def test_known_is_about_whole_ids(store: Store) -> None:
    put(store, imported("ab12"))
    with store.reading() as tx:
        assert tx.editions.known("ab12")
        assert not any(tx.editions.known(other) for other in ("ab1", "AB12", "ab123", ""))


def test_the_latest_is_the_highest_revision(store: Store) -> None:
    revisions = [edition(f"r{number}", revision=number) for number in (9, 11, 10)]
    put(store, *revisions, edition("other day", date=DAY + timedelta(days=1)), imported("aa"))
    with store.reading() as tx:
        assert tx.editions.latest("cs.LG", DAY) == revisions[1]
        assert tx.editions.latest("cs.LG", DAY - timedelta(days=1)) is None
        assert tx.editions.latest("cs.CL", DAY) is None


def test_the_latest_of_a_profile_are_one_per_date(store: Store) -> None:
    second = replace(ENTRY, position=2, rendition_keys=())
    made = {
        (day, number): edition(f"{day}.{number}", second, ENTRY, date=DAY + timedelta(days=day), revision=number)
        for day, number in ((2, 1), (0, 9), (0, 10), (3, 1), (2, 2), (1, 1))
    }
    put(store, *made.values(), imported("aa"), edition("other", profile="cs.CL", date=DAY + timedelta(days=9)))
    expected = [replace(made[key], entries=(ENTRY, second)) for key in ((3, 1), (2, 2), (1, 1), (0, 10))]
    with store.reading() as tx:
        assert tx.editions.latest_of("cs.LG", limit=9) == tuple(expected)
        assert tx.editions.latest_of("cs.LG", limit=2) == tuple(expected[:2])
        assert [one.id for one in tx.editions.latest_of("cs.CL", limit=2)] == ["other"]
        assert tx.editions.latest_of("cs.LG", limit=0) == tx.editions.latest_of("none", limit=9) == ()


def test_the_editions_that_hold_a_paper_come_newest_first(store: Store) -> None:
    other = version("2601.99902")
    its = EditionEntry(position=1, paper_id=other.paper_id, version_key=other.key)
    scored = replace(ENTRY, position=2, score=Score(value=1.0))
    verbatim = EditionEntry(position=3, paper_id="", version_key="", verbatim=("row", "body"))
    with store.writing() as tx:
        tx.papers.put([], [other], [])
    put(
        store,
        imported("old", made_at=NOW - timedelta(days=1)),
        edition("both", its, scored, verbatim),
        edition("its", its, revision=2),
        imported("twice"),
        edition("again", replace(ENTRY, position=9), replace(ENTRY, position=5), its, revision=3),
    )
    expected = (("again", replace(ENTRY, position=5), 3), ("twice", ENTRY, 1), ("both", scored, 3), ("old", ENTRY, 1))
    with store.reading() as tx:
        assert tx.editions.holding(PAPER.paper_id, limit=9) == expected
        assert tx.editions.holding(PAPER.paper_id, limit=2) == expected[:2]
        assert [name for name, _, _ in tx.editions.holding(other.paper_id, limit=9)] == ["again", "its", "both"]
        assert tx.editions.holding("none", limit=9) == tx.editions.holding("", limit=9) == ()


def test_resolving_gives_every_text(store: Store) -> None:
    untranslated = replace(ENTRY, position=2, rendition_keys=())
    verbatim = EditionEntry(position=3, paper_id="", version_key="", verbatim=("row", "body"))
    made = edition("x", ENTRY, untranslated, verbatim)
    with store.writing() as tx:
        tx.papers.put([Paper(id=PAPER.paper_id, categories=("cs.LG",))], [], [])
    put(store, made)
    with store.reading() as tx:
        digest = tx.editions.resolve(tx.editions.get("x"))
    assert digest.edition == made
    assert [entry.entry for entry in digest.entries] == [ENTRY, untranslated, verbatim]
    assert [entry.version for entry in digest.entries] == [PAPER, PAPER, None]
    assert [dict(entry.renditions) for entry in digest.entries] == [MADE, {}, {}]
    assert [entry.paper.categories for entry in digest.entries] == [("cs.LG",), ("cs.LG",), ()]


def test_a_pinned_text_outlives_a_newer_one(store: Store) -> None:
    put(store, edition())
    newer = replace(MADE[RenditionKind.TITLE], model="newer")
    with store.writing() as tx:
        tx.renditions.put([newer])
    with store.reading() as tx:
        (entry,) = tx.editions.resolve(tx.editions.get(edition().id)).entries
    assert entry.renditions == MADE


def test_resolving_says_which_text_is_missing(store: Store) -> None:
    lost = edition("x", replace(ENTRY, version_key="f" * 32))
    put(store)
    with store.reading() as tx, pytest.raises(StoreError, match="not in the store: ffff"):
        tx.editions.resolve(lost)


def test_deliveries_are_kept_in_order(store: Store) -> None:
    put(store, edition("x"), imported("y"))
    sent = [
        Delivery(edition_id="x", outlet="mail", at=NOW, state=state, detail="服务器") for state in ("failed", "sent")
    ]
    with store.writing() as tx:
        for delivery in sent:
            tx.deliveries.record(delivery)
        assert tx.deliveries.of("x") == tuple(sent)
        assert tx.deliveries.of("y") == ()


def event(kind: str, payload: str = "", profile: str = "mine") -> FeedbackEvent:
    """One event of a profile."""
    return FeedbackEvent(profile=profile, kind=kind, at=NOW, paper_id="2601.99901", payload=payload)


def test_a_profile_is_what_its_last_configuration_says_at_its_present_revision(store: Store) -> None:
    log = [
        event("configure", '{"categories": ["cs.LG"]}'),
        event("like"),
        event("configure", '{"categories": ["cs.LG", "cs.CL"], "types": ["new"], "of a later version": 1}'),
        event("hide"),
    ]
    with store.writing() as tx:
        assert [tx.profiles.append(one) for one in log[:2]] == [1, 2]
        assert tx.profiles.get("mine") == Profile(name="mine", categories=("cs.LG",), revision=2)
        assert [tx.profiles.append(one) for one in log[2:]] == [3, 4]
        assert tx.profiles.append(event("like", profile="never configured")) == 1
    with store.reading() as tx:
        told = Profile(name="mine", categories=("cs.LG", "cs.CL"), types=(AnnounceType.NEW,), revision=4)
        assert tx.profiles.get("mine") == told
        assert tx.profiles.get("never configured") is None
        assert tx.profiles.names() == ("mine",)
        assert tx.profiles.events("mine") == tuple(log)
        assert [one.key for one in tx.changes.since(0, limit=9)] == ["mine"] * 4 + ["never configured"]


def test_profiles_are_sorted_by_their_bytes(store: Store) -> None:
    with store.writing() as tx:
        for name in ("摘要", "b", "B", "a"):
            tx.profiles.append(event("configure", "{}", name))
        assert tx.profiles.names() == ("B", "a", "b", "摘要")


@pytest.mark.parametrize("payload", ["", "not json", '{"categories": 1}', '{"types": ["revised"]}'])
def test_a_configuration_that_cannot_be_read_is_said(store: Store, payload: str) -> None:
    with store.writing() as tx:
        tx.profiles.append(event("configure", payload))
    with store.reading() as tx, pytest.raises(StoreError, match="configuration cannot be read"):
        tx.profiles.get("mine")
