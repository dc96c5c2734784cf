"""A paper's second version, through the whole store: paid for by its changes, and its page says what they are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.build import DAY, sighting
from tests.fakes import Clock, Quiet, SerialExecutor
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.ports import Store
from zhaiyao.records import AnnounceType, Interface, Profile, RenditionKind, SegmentState, Sighting
from zhaiyao.store import open_store
from zhaiyao.usecases.compose import compose
from zhaiyao.usecases.publish import Look, publish_edition
from zhaiyao.usecases.translate import Crew, Translated, translate
from zhaiyao.worker import TranslatorSpec

PAPER = "2601.99901"
LATER = DAY + timedelta(days=1)
PROFILE = Profile(name="cs.LG", categories=("cs.LG",))
OLD = (
    "We propose a gauge for the tides of small ponds in the north of the valley.",
    "It floats on the water and needs no owner.",
    "The gauge was read every morning by the frogs of the pond.",
    "We show that the tides of $n$ ponds follow the gauge within 3 minutes.",
    "Frogs are not harmed by it.",
)
NEW = (*OLD[:4], "Frogs are never harmed by it.")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


def hold(store: Store, seen: Sighting) -> None:
    with store.writing() as tx:
        tx.papers.put([seen.paper], [seen.version], [seen.announcement] if seen.announcement else [])
        tx.work.enqueue([(seen.paper.id, seen.version.number, 1.0)])


def render(store: Store, clock: Clock, *, whole: bool = True) -> Translated:
    crew = Crew(
        executor=SerialExecutor(),
        spec=TranslatorSpec((ScriptedSpec(whole_documents=whole),)),
        limit=1,
        owner=Owner(boot="here", pid=1, started="now"),
        is_gone=lambda owner: False,
    )
    return translate(store, crew, clock=clock, progress=Quiet())


def both_versions(store: Store, clock: Clock, *, whole: bool) -> Translated:
    hold(store, sighting(PAPER, title="Gauges", abstract=" ".join(OLD)))
    render(store, clock, whole=whole)
    changed = {"title": "Floating gauges", "abstract": " ".join(NEW)}
    hold(store, sighting(PAPER, AnnounceType.REPLACE, number=2, on=LATER, **changed))
    return render(store, clock, whole=whole)


@pytest.mark.parametrize("whole", [True, False])
def test_a_second_version_pays_for_its_title_and_its_one_new_sentence(store: Store, *, whole: bool) -> None:
    report = both_versions(store, Clock(), whole=whole)
    assert (report.done, report.waiting) == (1, 0)
    with store.reading() as tx:
        attempts = [one for one in tx.renditions.attempts(PAPER) if one.version == 2]
        made = tx.renditions.current([(PAPER, 2)], language="zh")[(PAPER, 2)]
        before = tx.renditions.current([(PAPER, 1)], language="zh")[(PAPER, 1)]
    assert len(attempts) == (1 if whole else 2)
    segments, first = made[RenditionKind.ABSTRACT].segments, before[RenditionKind.ABSTRACT].segments
    assert [one.source for one in segments] == list(NEW)
    assert all(one.state is SegmentState.TRANSLATED for one in segments)
    assert [one == other for one, other in zip(segments, first, strict=True)] == [True, True, True, True, False]
    assert made[RenditionKind.TLDR].text == before[RenditionKind.TLDR].text


def test_a_text_that_only_lost_a_sentence_needs_no_engine(store: Store) -> None:
    clock = Clock()
    hold(store, sighting(PAPER, abstract=" ".join(OLD)))
    render(store, clock)
    hold(store, sighting(PAPER, AnnounceType.REPLACE, number=2, on=LATER, abstract=" ".join(OLD[:4])))
    report = render(store, clock)
    assert (report.done, report.requests) == (1, 0)


def test_the_page_of_a_replacement_says_what_changed(store: Store) -> None:
    clock = Clock()
    both_versions(store, clock, whole=True)
    edition = compose(store, PROFILE, LATER, clock=clock)
    assert edition is not None
    text = publish_edition(store, edition.id, "rich", Look()).decode()
    assert "与 v1 相比：标题有改动，改 1 句" in text
    assert text.count("〔有改动〕") == 1
    first = compose(store, PROFILE, DAY, clock=clock)
    assert first is not None
    assert "与 v" not in publish_edition(store, first.id, "rich", Look()).decode()


def test_without_the_earlier_version_nothing_is_said_of_changes(store: Store) -> None:
    clock = Clock()
    hold(store, sighting(PAPER, AnnounceType.REPLACE, number=2, on=LATER, abstract=" ".join(NEW)))
    edition = compose(store, PROFILE, LATER, clock=clock)
    assert edition is not None
    assert "与 v" not in publish_edition(store, edition.id, "rich", Look()).decode()


def test_two_interfaces_are_one_page_and_each_keeps_its_word(store: Store) -> None:
    clock = Clock()
    hold(store, sighting(PAPER))
    assert compose(store, PROFILE, DAY, clock=clock)
    told = sighting(PAPER, interface=Interface.API, comments="9 pages, code: https://github.com/pond/gauge").version
    with store.writing() as tx:
        tx.papers.put([], [told], [])
    edition = compose(store, PROFILE, DAY, clock=clock)
    assert edition is not None
    assert edition.cause == "enriched"
    text = publish_edition(store, edition.id, "rich", Look()).decode()
    assert "9 pages" in text
    assert "(https://github.com/pond/gauge)" in text
    with store.reading() as tx:
        held = {one.interface: one.comments for one in tx.papers.versions([PAPER])[PAPER]}
    assert held == {Interface.FEED: "", Interface.API: told.comments, Interface.JOINED: told.comments}
    assert compose(store, PROFILE, DAY, clock=clock) is None
