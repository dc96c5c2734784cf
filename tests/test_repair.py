from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from tests.build import NOW, rendition, renditions, version
from tests.fakes import Clock, PageSource, Quiet
from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import FetchError, UsageError
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import Interface, Paper, RenditionKind, SegmentState, Sighting, Version
from zhaiyao.store import open_store
from zhaiyao.usecases.repair import BATCH, Repaired, repair

WHOLE = "We measured every pond of the county twice, and none of them was found to be empty in the spring."
CUT = WHOLE[:60]


class KnownTexts:
    """Tells given versions by id, the newest where no version is asked for; fails from some request on."""

    def __init__(self, *known: Version, fails_after: int = 10**9) -> None:
        self.known = known
        self.asked: list[tuple[str, ...]] = []
        self.fails_after = fails_after

    def of(self, ids: Collection[str]) -> tuple[Sighting, ...]:
        self.asked.append(tuple(ids))
        if len(self.asked) > self.fails_after:
            raise FetchError("the server does not answer", subject="https://arxiv.test/api")
        found = (self._find(ArxivId.parse(one)) for one in ids)
        return tuple(Sighting(paper=Paper(id=one.paper_id, categories=("cs.LG",)), version=one) for one in found if one)

    def _find(self, asked: ArxivId) -> Version | None:
        fitting = [one for one in self.known if one.paper_id == asked.paper and asked.version in (0, one.number)]
        return max(fitting, key=lambda one: one.number, default=None)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("sqlite://", clock=lambda: NOW)) as opened:
        yield opened


def cut(paper_id: str, number: int = 1, abstract: str = CUT) -> Version:
    return version(paper_id, number, interface=Interface.ARCHIVE, abstract=abstract, truncated=True)


def whole(paper_id: str, number: int = 1, abstract: str = WHOLE) -> Version:
    return version(paper_id, number, interface=Interface.API, abstract=abstract)


def put(store: Store, *texts: Version, legacy: bool = True) -> None:
    with store.writing() as tx:
        tx.papers.put([], texts, [])
        if legacy:
            tx.renditions.put(
                rendition(one, kind, state=SegmentState.IMPORTED) for one in texts for kind in RenditionKind
            )


def repaired(store: Store, texts: KnownTexts) -> Repaired:
    return repair(store, Arxiv(feed=PageSource(), texts=texts), clock=Clock(), progress=Quiet())


def queue(store: Store) -> Sequence[tuple[str, int]]:
    with store.reading() as tx:
        return [(item.paper_id, item.version) for item in tx.work.open()]


def texts_of(store: Store, paper_id: str) -> Mapping[Interface, Version]:
    with store.reading() as tx:
        return {one.interface: one for one in tx.papers.versions([paper_id])[paper_id]}


def test_a_cut_text_is_replaced_and_queued(store: Store) -> None:
    put(store, cut("2301.99901", 2))
    texts = KnownTexts(whole("2301.99901", 2), whole("2301.99901", 3))
    assert repaired(store, texts) == Repaired(asked=1, found=1, changed=1, queued=1)
    assert texts.asked == [("2301.99901v2",)]
    assert texts_of(store, "2301.99901")[Interface.API].abstract == WHOLE
    assert queue(store) == [("2301.99901", 2)]
    with store.reading() as tx:
        assert tx.papers.get(["2301.99901"])["2301.99901"].categories == ("cs.LG",)


def test_what_turns_out_whole_is_not_queued(store: Store) -> None:
    put(store, cut("2301.99901", abstract=WHOLE))
    spelt = whole("2301.99901", abstract=WHOLE.replace(" ", "  ", 3))
    assert repaired(store, KnownTexts(spelt)) == Repaired(asked=1, found=1, changed=0, queued=0)
    assert queue(store) == []
    assert repaired(store, KnownTexts(spelt)) == Repaired()


def test_a_legacy_text_without_arxivs_own_is_asked_for_too(store: Store) -> None:
    same = version("2301.99901", interface=Interface.DIGEST)
    put(store, same, version("2301.99902", interface=Interface.ARCHIVE))
    texts = KnownTexts(replace(same, interface=Interface.API), whole("2301.99902"))
    assert repaired(store, texts) == Repaired(asked=2, found=2, changed=1, queued=1)
    assert queue(store) == [("2301.99902", 1)]


def test_what_we_hold_whole_is_not_asked_for(store: Store) -> None:
    put(store, cut("2301.99901"), whole("2301.99901"), legacy=False)
    put(store, cut("2301.99902", 1), whole("2301.99902", 4), legacy=False)
    put(store, whole("2301.99903"), legacy=False)
    texts = KnownTexts()
    assert repaired(store, texts) == Repaired()
    assert texts.asked == []


def test_a_whole_text_of_an_older_version_does_not_heal_a_newer(store: Store) -> None:
    put(store, whole("2301.99901", 1), cut("2301.99901", 2), legacy=False)
    texts = KnownTexts(whole("2301.99901", 2))
    assert repaired(store, texts).changed == 1
    assert texts.asked == [("2301.99901v2",)]


def test_a_text_of_unknown_version_is_healed_by_the_present_one(store: Store) -> None:
    put(store, cut("2301.99901", 0))
    texts = KnownTexts(whole("2301.99901", 3))
    assert repaired(store, texts).queued == 1
    assert texts.asked == [("2301.99901",)]
    assert queue(store) == [("2301.99901", 3)]


def test_where_the_version_is_not_to_be_had_the_present_one_is_asked_for(store: Store) -> None:
    put(store, cut("2301.99901", 2), cut("2301.99902"))
    texts = KnownTexts(whole("2301.99901", 3), whole("2301.99902"))
    assert repaired(store, texts).found == 2
    assert texts.asked == [("2301.99901v2", "2301.99902v1"), ("2301.99901",)]


def test_unknown_papers_are_named_and_asked_again_next_time(store: Store) -> None:
    put(store, cut("2301.99901"), cut("2301.99902"))
    first = repaired(store, KnownTexts(whole("2301.99902")))
    assert (first.asked, first.found, first.absent) == (2, 1, ("2301.99901",))
    assert repaired(store, KnownTexts(whole("2301.99901"))).found == 1


def test_what_is_translated_already_is_not_queued(store: Store) -> None:
    put(store, cut("2301.99901"))
    full = whole("2301.99901")
    with store.writing() as tx:
        tx.renditions.put(renditions(full).values())
    assert repaired(store, KnownTexts(full)) == Repaired(asked=1, found=1, changed=1, queued=0)


def test_old_papers_wait_behind_todays(store: Store) -> None:
    put(store, cut("2301.99901"))
    repaired(store, KnownTexts(whole("2301.99901")))
    with store.reading() as tx:
        (item,) = tx.work.open()
    assert item.priority < 0


def test_an_error_ends_it_and_the_next_call_goes_on(store: Store) -> None:
    ids = [f"2301.{number:05}" for number in range(1, BATCH + 4)]
    put(store, *map(cut, ids), legacy=False)
    known = [whole(one) for one in ids]
    stopped = repaired(store, KnownTexts(*known, fails_after=1))
    assert (stopped.asked, stopped.found, stopped.queued) == (BATCH, BATCH, BATCH)
    assert stopped.error is not None
    texts = KnownTexts(*known)
    assert repaired(store, texts) == Repaired(asked=3, found=3, changed=3, queued=3)
    assert [one for asked in texts.asked for one in asked] == [f"{one}v1" for one in ids[BATCH:]]


def test_without_the_interface_it_says_so(store: Store) -> None:
    put(store, cut("2301.99901"))
    with pytest.raises(UsageError, match="query API"):
        repair(store, Arxiv(feed=PageSource()), clock=Clock(), progress=Quiet())
