from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.build import DAY, announcement, rendition, version
from tests.classic_files import GOLDEN, MOSS, NOW, POND, OldPaper, written
from zhaiyao.errors import ParseError, UnknownCategory, UnknownEdition, UsageError
from zhaiyao.ports import Store
from zhaiyao.publish.classic import classic
from zhaiyao.records import AnnounceType, Interface, Paper, RenditionKind
from zhaiyao.store import open_store
from zhaiyao.usecases.import_digest import ImportReport, import_digest

MIXED = (GOLDEN / "mixed.md").read_bytes()
ID = "sha256:44c018b8c34d9b172c31e9245b0a76119d1af8b59430d565f3967fe3132c757f"


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    opened = open_store("sqlite://")
    yield opened
    opened.close()


def imported(store: Store, data: bytes = MIXED, category: str | None = None, *, dated: bool = False) -> ImportReport:
    return import_digest(store, data, name="day.md", now=NOW, category=category, on=DAY if dated else None)


def exported(store: Store, edition_id: str) -> bytes:
    with store.reading() as tx:
        return classic(tx.editions.resolve(tx.editions.get(edition_id)))


def test_import_and_give_back(store: Store) -> None:
    assert imported(store) == ImportReport(edition_id=ID, papers=8, verbatim=0, already=False)
    assert exported(store, ID) == MIXED


def test_the_edition_is_no_profile_s(store: Store) -> None:
    imported(store)
    with store.reading() as tx:
        edition = tx.editions.get(ID)
    assert (edition.profile, edition.date, edition.cause, edition.made_at) == ("", None, "imported", NOW)
    assert edition.document == ID.removeprefix("sha256:")


def test_without_category_and_date_nothing_is_announced(store: Store) -> None:
    imported(store)
    with store.reading() as tx:
        assert tx.papers.announcements() == ()
        assert tx.ledger.days() == ()


def test_twice_is_once(store: Store) -> None:
    imported(store)
    with store.reading() as tx:
        before = tx.changes.since(0, limit=1000)
    later = import_digest(store, MIXED, name="copy.md", now=NOW + timedelta(days=1), category=None, on=None)
    assert later == ImportReport(edition_id=ID, papers=8, verbatim=0, already=True)
    with store.reading() as tx:
        assert tx.changes.since(0, limit=1000) == before
        assert tx.editions.ids() == (ID,)


def test_with_category_and_date_papers_are_announced_as_the_file_tells_or_as_new(store: Store) -> None:
    imported(store, category="cs.lg", dated=True)
    with store.reading() as tx:
        told = tx.papers.announcements(category="cs.LG", on=DAY)
        (day,) = tx.ledger.days()
        entries = tx.editions.get(ID).entries
    assert sorted((one.paper_id, str(one.type), one.version) for one in told) == [
        ("2311.99911", "replace", 3),
        ("2311.99912", "cross", 1),
        ("2311.99913", "new", 2),
        ("2402.99905", "new", 1),
        ("2404.99902", "cross", 1),
        ("2404.99903", "replace-cross", 2),
        ("2404.99904", "new", 0),  # a bare entry tells nothing: it was news
        ("quant-ph/0212914", "replace", 4),
    ]
    assert {one.interface for one in told} == {Interface.DIGEST}
    assert (day.category, day.date, day.announced, day.fetched) == ("cs.LG", DAY, None, 8)
    assert {category for entry in entries for category, _ in entry.announced} == {"cs.LG"}


def test_a_known_digest_can_still_be_given_its_day(store: Store) -> None:
    imported(store)
    assert imported(store, category="cs.LG", dated=True).already
    with store.reading() as tx:
        assert len(tx.papers.announcements(category="cs.LG", on=DAY)) == 8
    assert exported(store, ID) == MIXED


@pytest.mark.parametrize(("category", "dated"), [("cs.LG", False), (None, True)])
def test_category_and_date_go_together(store: Store, category: str | None, dated: bool) -> None:
    with pytest.raises(UsageError, match="only one of them"):
        imported(store, category=category, dated=dated)


@pytest.mark.parametrize(
    ("data", "category", "error"), [(MIXED, "cs.XX", UnknownCategory), (MIXED[:-9], "cs.LG", ParseError)]
)
def test_what_is_refused_leaves_nothing_behind(
    store: Store, data: bytes, category: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        imported(store, data, category, dated=True)
    with store.reading() as tx:
        assert tx.changes.since(0, limit=10) == ()
        with pytest.raises(UnknownEdition):
            tx.editions.get(ID)


def test_better_known_categories_stay(store: Store) -> None:
    known = Paper(id="2311.99911", categories=("stat.ML", "cs.LG"))
    with store.writing() as tx:
        tx.papers.put([known, Paper(id="2311.99912")], [], [])
    imported(store)
    with store.reading() as tx:
        papers = tx.papers.get(["2311.99911", "2311.99912", "2404.99902"])
    assert papers["2311.99911"] == known
    assert papers["2311.99912"].categories == ("cs.DC",)
    assert papers["2404.99902"].categories == ()


def test_what_we_translated_stays_current(store: Store) -> None:
    text = version("2404.99902", title="Moss Counts Photons")
    ours = rendition(text, RenditionKind.TITLE, "苔藓给光子计数")
    with store.writing() as tx:
        tx.papers.put([Paper(id=text.paper_id, categories=("q-bio.PE",))], [text], [announcement(text.paper_id)])
        tx.renditions.put([ours])
    imported(store, written([MOSS]))
    with store.reading() as tx:
        current = tx.renditions.current([(text.paper_id, 1)], language="zh")[text.paper_id, 1]
    assert current[RenditionKind.TITLE] == ours
    assert current[RenditionKind.TLDR].is_legacy


def test_verbatim_entries_are_counted_and_come_back(store: Store) -> None:
    data = written([MOSS, POND]).replace(b"[Moss", b"[Fern", 1)
    report = imported(store, data, "cs.LG", dated=True)
    assert (report.papers, report.verbatim) == (1, 1)
    assert exported(store, report.edition_id) == data


def test_an_empty_digest(store: Store) -> None:
    report = imported(store, written([]))
    assert report.papers == 0
    assert exported(store, report.edition_id) == written([])


def test_digests_that_tell_the_same_paper_differently_do_not_mix(store: Store) -> None:
    days: list[list[OldPaper]] = [
        [POND, MOSS],
        [replace(POND, title_zh="池塘", abstract="Other words.")],
        [replace(MOSS, abstract="Plain now."), replace(MOSS, tldr="")],
        [replace(POND, title="The Tides of Small Ponds")],
    ]
    files = [written(day) for day in days]
    ids = [imported(store, data).edition_id for data in files]
    assert [exported(store, edition_id) for edition_id in ids] == files


@pytest.mark.parametrize("order", [*permutations(range(5))][::30], ids=str)
def test_real_digests_in_any_order_in_one_store(shared: Path, store: Store, order: tuple[int, ...]) -> None:
    files = [path.read_bytes() for path in sorted((shared / "seeds").glob("*.txt"))]
    reports = {place: imported(store, files[place]) for place in order}
    assert {place: exported(store, report.edition_id) for place, report in reports.items()} == dict(enumerate(files))
    assert sum(report.papers for report in reports.values()) == 168
    assert not any(report.verbatim or report.already for report in reports.values())


def test_types_are_told_in_the_category_of_the_call(store: Store) -> None:
    imported(store, written([POND]), "cs.LG", dated=True)
    with store.reading() as tx:
        (told,) = tx.papers.announcements()
    assert (told.category, told.type) == ("cs.LG", AnnounceType.NEW)
