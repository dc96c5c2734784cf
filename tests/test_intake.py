"""What a sighting means against what is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import DAY, announcement, rendition, renditions, sighting, version
from zhaiyao.intake import (
    Novelty,
    assembled,
    earlier,
    merge,
    missing_kinds,
    number_on,
    remembered,
    reusable,
    same_look,
    shown,
    take_in,
)
from zhaiyao.records import AnnounceType, Author, Interface, Paper, RenditionKind, SegmentState, Version, Withdrawal


def test_an_unknown_paper_is_new() -> None:
    assert take_in(sighting(), None, (), ()).novelty is Novelty.NEW


def test_the_same_again_is_unchanged() -> None:
    seen = sighting()
    taken = take_in(seen, seen.paper, (seen.version,), (seen.announcement,))  # type: ignore[arg-type]
    assert taken.novelty is Novelty.UNCHANGED


def test_another_spelling_of_the_same_text_is_unchanged() -> None:
    tex = sighting(title=r"The Erd\H{o}s pond at $\alpha=1$")
    told = version(title="The Erdős pond at $α=1$", interface=Interface.API)
    taken = take_in(tex, tex.paper, (told,), (announcement(),))
    assert taken.novelty is Novelty.UNCHANGED


def test_a_higher_version_is_a_revision_even_with_the_same_text() -> None:
    again = sighting(told=AnnounceType.REPLACE, number=2)
    assert take_in(again, again.paper, (version(),), ()).novelty is Novelty.REVISED


def test_a_higher_version_that_withdraws() -> None:
    gone = sighting(told=AnnounceType.REPLACE, number=2, withdrawal=Withdrawal.PERHAPS)
    assert take_in(gone, gone.paper, (version(),), ()).novelty is Novelty.WITHDRAWN


def test_a_known_paper_in_a_further_category_is_a_cross_list() -> None:
    other = sighting(told=AnnounceType.CROSS, category="stat.ML")
    assert take_in(other, other.paper, (other.version,), (announcement(),)).novelty is Novelty.CROSS


@pytest.mark.parametrize("interface", [Interface.DIGEST, Interface.ARCHIVE])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_what_only_imported_documents_told_is_new_at_arxiv(interface: Interface, number: int) -> None:
    seen = sighting()
    old = version(number=number, interface=interface, title="Another", truncated=True)
    assert take_in(seen, seen.paper, (old,), ()).novelty is Novelty.NEW


def test_a_listing_without_number_or_abstract_tells_nothing_new_of_a_held_version() -> None:
    bare = sighting(told=AnnounceType.REPLACE, number=0, interface=Interface.LISTING, abstract="")
    assert take_in(bare, bare.paper, (version(number=2),), (announcement(),)).novelty is Novelty.UNCHANGED
    renamed = replace(bare, version=replace(bare.version, title="On the waves of a pond"))
    assert take_in(renamed, renamed.paper, (version(number=2),), (announcement(),)).novelty is Novelty.REVISED


def test_silence_removes_no_category() -> None:
    known = Paper(id="2601.99901", categories=("cs.LG", "math.PR"))
    assert merge(known, Paper(id="2601.99901")) == known
    assert merge(known, Paper(id="2601.99901", categories=("cs.AI",))).primary_category == "cs.AI"


def test_a_listings_way_to_name_categories_changes_nothing() -> None:
    full = Paper(id="2601.99901", categories=("math.NA", "stat.ML", "cs.NA", "cs.LG"))
    listed = Paper(id="2601.99901", categories=("math.NA", "cs.LG", "stat.ML"))
    assert merge(full, listed) == full
    assert merge(listed, full) == full
    assert merge(merge(merge(listed, full), listed), full) == full


@pytest.mark.parametrize(
    "told", [("cs.LG", "math.NA", "stat.ML"), ("math.NA", "stat.ML"), ("math.NA", "cs.LG", "stat.ML", "cs.AI")]
)
def test_another_primary_category_and_a_cross_list_more_or_less_count(told: tuple[str, ...]) -> None:
    known = Paper(id="2601.99901", categories=("math.NA", "cs.NA", "stat.ML", "cs.LG"))
    assert merge(known, Paper(id="2601.99901", categories=told)).categories == told


def test_the_most_trusted_interface_is_shown() -> None:
    api, feed = version(interface=Interface.API), version()
    assert shown((api, feed), 1) is feed
    assert shown((api, feed), 2) is None


@pytest.mark.parametrize("kind", RenditionKind)
def test_only_absent_kinds_are_missing(kind: RenditionKind) -> None:
    text = version()
    held = renditions(text)
    assert missing_kinds(text, held) == ()
    del held[kind]
    assert missing_kinds(text, held) == (kind,)


def test_a_changed_abstract_asks_for_abstract_and_tldr_only() -> None:
    text = version()
    changed = replace(text, abstract=text.abstract + " They grow.")
    assert missing_kinds(changed, renditions(text)) == (RenditionKind.ABSTRACT, RenditionKind.TLDR)


def test_of_a_blank_abstract_nothing_is_missing() -> None:
    assert missing_kinds(version(abstract=" \n"), {}) == (RenditionKind.TITLE,)


def test_an_imported_rendition_never_serves() -> None:
    text = version()
    held = renditions(text) | {RenditionKind.TITLE: rendition(text, RenditionKind.TITLE, state=SegmentState.IMPORTED)}
    assert missing_kinds(text, held) == (RenditionKind.TITLE,)


def test_a_paper_without_abstract_needs_only_its_title() -> None:
    assert missing_kinds(version(abstract=""), {}) == (RenditionKind.TITLE,)


def test_what_was_made_of_the_same_text_is_taken_over_at_no_cost() -> None:
    first, second = version(), version(number=2, abstract="We measure the tides again.")
    held = [replace(one, prompt_tokens=9, cost_micros=5) for one in renditions(first).values()]
    (taken,) = reusable(second, RenditionKind, held)
    assert (taken.kind, taken.version, taken.prompt_tokens, taken.cost_micros) == (RenditionKind.TITLE, 2, 0, 0)
    assert reusable(second, [RenditionKind.ABSTRACT], held) == ()


def test_a_cut_text_and_one_without_abstract_are_shown_only_where_nobody_told_a_whole_one() -> None:
    bare, cut = version(interface=Interface.LISTING, abstract=" "), version(truncated=True)
    whole = version(interface=Interface.API)
    assert shown((bare, cut, whole), 1) is whole
    assert shown((bare, cut), 1) is bare


def test_what_we_put_together_is_nobodys_word() -> None:
    joined, told = version(interface=Interface.JOINED, comments="9 pages"), version(interface=Interface.ARCHIVE)
    assert shown((joined, told), 1) is told
    assert assembled((joined,), 1) is None


ADA = Author(name="Ada Liang")
ADA_AT_A = Author(name="Ada Liang", affiliations=("Inst. A",))
FACTS = (
    version(authors=(ADA,), license="http://creativecommons.org/licenses/by/4.0/", withdrawal=Withdrawal.PERHAPS),
    version(interface=Interface.API, title="Other spelling", comments="9 pages", doi="10.5555/a", authors=(ADA_AT_A,)),
    version(interface=Interface.SNAPSHOT, comments="9 pages, in German", journal_ref="J. Ponds 1"),
    version(number=2, comments="of another version"),
)


@pytest.mark.parametrize("told", list(permutations(FACTS)))
def test_a_version_is_put_together_by_trust(told: Sequence[Version]) -> None:
    whole = assembled(told, 1)
    assert whole == replace(
        FACTS[0],
        interface=Interface.JOINED,
        authors=(ADA_AT_A,),
        comments="9 pages, in German",
        journal_ref="J. Ponds 1",
        doi="10.5555/a",
    )


@pytest.mark.parametrize("interface", [Interface.LISTING, Interface.CATCHUP])
def test_more_authors_than_a_listing_shows_are_taken_from_somebody_else(interface: Interface) -> None:
    everybody = tuple(Author(name=f"Ada {number}") for number in range(130))
    shown_first = (replace(everybody[0], affiliations=("Inst. A",)), *everybody[1:100])
    told = (version(interface=interface, authors=shown_first), version(interface=Interface.API, authors=everybody))
    for some in permutations(told):
        whole = assembled(some, 1)
        assert whole is not None
        assert whole.authors == everybody
    few = (replace(told[0], authors=(ADA,)), replace(told[1], authors=(ADA, ADA)))
    assert (one := assembled(few, 1)) is not None
    assert one.authors == (ADA,)


def test_what_one_interface_told_alone_stays_as_it_told_it() -> None:
    feed, raw = version(), version(interface=Interface.OAI_RAW, comments="9 pages")
    assert assembled((feed,), 1) is feed
    assert assembled((feed, raw), 1) is raw
    assert assembled((feed, raw), 2) is None


@pytest.mark.parametrize(
    ("said", "withdrawal"),
    [
        (((Interface.FEED, Withdrawal.PERHAPS),), Withdrawal.PERHAPS),
        (((Interface.OAI_RAW, Withdrawal.YES), (Interface.FEED, Withdrawal.PERHAPS)), Withdrawal.YES),
        (((Interface.API, Withdrawal.YES), (Interface.OAI_RAW, Withdrawal.PERHAPS)), Withdrawal.YES),
        (((Interface.OAI_RAW, Withdrawal.NO), (Interface.FEED, Withdrawal.PERHAPS)), Withdrawal.NO),
        (((Interface.LISTING, Withdrawal.NO), (Interface.FEED, Withdrawal.PERHAPS)), Withdrawal.PERHAPS),
    ],
)
def test_a_certain_withdrawal_stays_and_wording_only_hints(
    said: tuple[tuple[Interface, Withdrawal], ...], withdrawal: Withdrawal
) -> None:
    for told in permutations(said):
        whole = assembled([version(interface=interface, withdrawal=one) for interface, one in told], 1)
        assert whole is not None
        assert whole.withdrawal is withdrawal


def test_the_notice_of_a_withdrawal_gets_no_tldr() -> None:
    for withdrawal in (Withdrawal.YES, Withdrawal.PERHAPS):
        notice = version(abstract="This paper has been withdrawn.", withdrawal=withdrawal)
        assert missing_kinds(notice, {}) == (RenditionKind.TITLE, RenditionKind.ABSTRACT)


def test_a_page_looks_the_same_whoever_told_it() -> None:
    feed = version(authors=(ADA,))
    raw = version(interface=Interface.OAI_RAW, authors=(ADA_AT_A,), abstract=feed.abstract.replace(". ", ".\n  "))
    assert same_look(feed, raw)
    for change in ({"comments": "9 pages"}, {"number": 2}, {"withdrawal": Withdrawal.YES}, {"authors": ()}):
        assert not same_look(feed, replace(feed, **change))  # type: ignore[arg-type]


def test_the_version_before() -> None:
    texts = (version(number=4), version(number=2), version(number=2, interface=Interface.LISTING), version(number=0))
    assert earlier(texts, 4) is texts[2]
    assert earlier(texts, 2) is None


def test_the_number_of_an_announcement_is_the_told_one_or_that_of_the_last_version_before_it() -> None:
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    texts = [
        version(number=number, submitted_at=midnight + timedelta(hours=hours))
        for number, hours in ((1, -90), (2, -12), (3, 1))
    ]
    bare = announcement(number=0)
    assert number_on(DAY, [bare, announcement(number=1)], texts) == 1
    assert number_on(DAY, [bare], texts) == 2
    assert number_on(DAY, [bare], [version(number=5)]) == 0


def test_what_a_replacement_replaces_is_not_taken_for_it() -> None:
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    bare = announcement(told=AnnounceType.REPLACE, number=0)
    listed = version(number=0, interface=Interface.LISTING)
    for number, days in ((1, 2), (2, 60)):
        held = version(number=number, submitted_at=midnight - timedelta(days=days))
        assert number_on(DAY, [bare], [held, listed]) == 0
        assert number_on(DAY, [bare], [held, version(number=3, submitted_at=midnight - timedelta(days=24))]) == 3
        assert number_on(DAY, [announcement(told=AnnounceType.CROSS, number=0)], [held]) == number


def test_only_our_own_abstracts_and_tldrs_are_remembered() -> None:
    text = version()
    ours = renditions(text)
    imported = rendition(text, RenditionKind.ABSTRACT, state=SegmentState.IMPORTED)
    assert remembered([*ours.values(), imported]) == (ours[RenditionKind.ABSTRACT], ours[RenditionKind.TLDR])


VERSIONS = st.builds(
    version,
    number=st.integers(0, 2),
    interface=st.sampled_from(Interface),
    abstract=st.sampled_from(["", "We count.", "We count ponds."]),
    comments=st.sampled_from(["", "9 pages"]),
    doi=st.sampled_from(["", "10.5555/a"]),
    withdrawal=st.sampled_from(Withdrawal),
    truncated=st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(VERSIONS, max_size=6), st.integers(0, 2))
def test_whatever_is_told_is_put_together_without_loss(told: list[Version], number: int) -> None:
    text, whole = shown(told, number), assembled(told, number)
    assert (text is None) is (whole is None)
    if text is None or whole is None:
        return
    assert (whole.title, whole.abstract, whole.number) == (text.title, text.abstract, number)
    of_number = [one for one in told if one.number == number and one.interface is not Interface.JOINED]
    assert bool(whole.comments) is any(one.comments for one in of_number)
    assert bool(whole.doi) is any(one.doi for one in of_number)
    assert assembled([*told, whole], number) == whole, "what was put together changes nothing"
