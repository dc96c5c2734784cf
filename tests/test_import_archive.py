import lzma
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.archives import cut, folder, packed, record
from tests.build import NOW, rendition, version
from tests.classic_files import MOSS, POND, written
from tests.fakes import Quiet, SerialExecutor
from zhaiyao.errors import ParseError, UsageError
from zhaiyao.ports import Store
from zhaiyao.publish.classic import classic
from zhaiyao.publish.markdown import rich
from zhaiyao.publish.view import State, passage
from zhaiyao.records import Interface, Paper, RenditionKind
from zhaiyao.sources.containers import opened
from zhaiyao.store import open_store
from zhaiyao.usecases.import_archive import ArchiveReport, import_archive
from zhaiyao.usecases.import_digest import import_digest
from zhaiyao.usecases.import_document import import_document

RECORDS: Mapping[str, bytes] = {
    "2301.99901": record(),
    "2301.99902": record("2301.99902", abstract=cut(), translated_title=...),
    "2404.99903": record("2404.99903", title="Moss", tldr="Ponds only, in English words."),
}


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("sqlite://", clock=lambda: NOW)) as opened_store:
        yield opened_store


def imported(store: Store, path: Path) -> ArchiveReport:
    with opened(path) as document:
        return import_archive(store, document, now=NOW, progress=Quiet())


def changes(store: Store) -> int:
    with store.reading() as tx:
        return tx.changes.latest()


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_archive_becomes_papers_texts_and_flagged_legacy(store: Store, tmp_path: Path, is_packed: bool) -> None:
    path = packed(tmp_path / "a.tar.xz", RECORDS) if is_packed else folder(tmp_path / "a", RECORDS)
    report = imported(store, path)
    assert report == ArchiveReport(
        papers=3,
        new=3,
        truncated=1,
        renditions=11,
        flagged={"cut-source": 3, "incomplete": 1, "not-chinese": 1},
        lacking=1,
    )
    with store.reading() as tx:
        texts = tx.papers.versions(RECORDS)
        current = tx.renditions.current([("2301.99902", 2)], language="zh")[("2301.99902", 2)]
        english = tx.renditions.of(["2301.99901"], language="en")["2301.99901"]
    assert [texts[one][0].truncated for one in RECORDS] == [False, True, False]
    assert {one.interface for told in texts.values() for one in told} == {Interface.ARCHIVE}
    assert set(current) == {RenditionKind.ABSTRACT, RenditionKind.TLDR}
    assert [one.kind for one in english] == [RenditionKind.TLDR]


def test_it_announces_nothing_and_makes_no_edition(store: Store, tmp_path: Path) -> None:
    imported(store, folder(tmp_path, RECORDS))
    with store.reading() as tx:
        assert tx.papers.announcements() == ()
        assert tx.editions.ids() == ()
        assert tx.ledger.days() == ()
        assert tx.work.open() == ()


def test_twice_is_once(store: Store, tmp_path: Path) -> None:
    first = imported(store, folder(tmp_path, RECORDS))
    before = changes(store)
    again = imported(store, tmp_path)
    assert changes(store) == before
    assert (again.new, again.papers, again.flagged) == (0, first.papers, first.flagged)


def test_bad_records_are_named_and_stop_nothing(store: Store, tmp_path: Path) -> None:
    bad = {f"2305.9991{number}": b"{broken" for number in range(7)}
    report = imported(store, folder(tmp_path, {**RECORDS, **bad}))
    assert (report.papers, report.unreadable, len(report.unread)) == (3, 7, 5)
    assert report.unread[0][0].endswith("2305.99910.json")
    assert "not a record" in report.unread[0][1]


def test_better_categories_and_translations_of_ours_stay(store: Store, tmp_path: Path) -> None:
    ours = version("2301.99901", 2)
    with store.writing() as tx:
        tx.papers.put([Paper(id="2301.99901", categories=("cs.LG", "cs.AI"))], [ours], [])
        tx.renditions.put([rendition(ours, RenditionKind.TITLE)])
    imported(store, folder(tmp_path, RECORDS))
    with store.reading() as tx:
        assert tx.papers.get(["2301.99901"])["2301.99901"].categories == ("cs.LG", "cs.AI")
        current = tx.renditions.current([("2301.99901", 2)], language="zh")[("2301.99901", 2)]
    assert not current[RenditionKind.TITLE].is_legacy
    assert current[RenditionKind.ABSTRACT].is_legacy


DIGEST = written([POND, MOSS])


@pytest.mark.parametrize("order", [("digest", "archive"), ("archive", "digest")])
def test_digests_come_back_byte_for_byte_before_and_after(store: Store, tmp_path: Path, order: tuple[str, str]) -> None:
    folder(tmp_path, {"2301.99901": record(tldr="另一句。", abstract=POND.abstract), **dict(list(RECORDS.items())[1:])})
    for what in order:
        if what == "archive":
            imported(store, tmp_path)
        else:
            import_digest(store, DIGEST, name="day.md", now=NOW, category=None, on=None)
    with store.reading() as tx:
        assert classic(tx.editions.resolve(tx.editions.get(f"sha256:{sha256(DIGEST).hexdigest()}"))) == DIGEST


def test_a_flaw_is_shown_with_the_legacy_text(store: Store, tmp_path: Path) -> None:
    imported(store, folder(tmp_path, RECORDS))
    with store.reading() as tx:
        current = tx.renditions.current([("2301.99902", 2), ("2301.99901", 2)], language="zh")
    flawed = passage(current[("2301.99902", 2)][RenditionKind.ABSTRACT], ("Ponds.",))
    sound = passage(current[("2301.99901", 2)][RenditionKind.ABSTRACT], ("Ponds.",))
    assert (flawed.state, flawed.flaws) == (State.LEGACY, ("incomplete", "cut-source"))
    assert (sound.state, sound.flaws) == (State.LEGACY, ())


def test_the_page_says_what_is_wrong_in_words(store: Store) -> None:
    flawed = replace(POND, link="http://arxiv.org/abs/2301.99905", title_zh="Ponds", abstract=cut())
    data = written([POND, flawed])
    report = import_digest(store, data, name="day.md", now=NOW, category=None, on=None)
    with store.reading() as tx:
        page = rich(tx.editions.resolve(tx.editions.get(report.edition_id))).decode()
    assert "〔旧译文：不是中文〕" in page
    assert "〔旧译文：不完整、原文当时被截断〕" in page
    assert "〔旧译文〕" in page


def test_a_damaged_archive_keeps_what_came_before(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    whole = lzma.decompress(packed(tmp_path / "a.tar.xz", RECORDS).read_bytes())
    path.write_bytes(whole[: whole.index(b"2301.99902.json") + 600])
    with pytest.raises(ParseError, match="damaged"):
        imported(store, path)
    with store.reading() as tx:
        assert tx.papers.ids(limit=9) == ("2301.99901",)


def test_categories_and_dates_are_not_for_archives(store: Store, tmp_path: Path) -> None:
    path = folder(tmp_path, RECORDS)
    for options in ({"categories": ("cs.LG",)}, {"categories": ("cs.LG",), "on": NOW.date()}):
        with pytest.raises(UsageError), opened(path) as document:
            import_document(store, document, SerialExecutor(), name="a", now=NOW, progress=Quiet(), **options)
    assert changes(store) == 0


def test_nothing_readable_is_an_error(store: Store, tmp_path: Path) -> None:
    with (
        pytest.raises(ParseError, match="none of its 1 records"),
        opened(folder(tmp_path, {"2301.1": b"{}"})) as document,
    ):
        import_document(store, document, SerialExecutor(), name="a", now=NOW, progress=Quiet())


def test_the_sample_and_the_seeds_live_together(store: Store, tmp_path: Path, shared: Path) -> None:
    """On a part of the real archive: the whole takes seconds."""
    seeds = [path.read_bytes() for path in sorted((shared / "seeds").glob("*.txt"))[:2]]
    with opened(shared / "corpus/archive-sample.tar.xz") as document:
        part = {str(number): piece.data for number, piece in zip(range(1000, 1400), document.pieces(), strict=False)}
    report = imported(store, folder(tmp_path, part))
    assert (report.papers, report.unreadable) == (400, 0)
    assert report.truncated > 200
    for data in seeds:
        made = import_digest(store, data, name="seed", now=NOW, category=None, on=None)
        with store.reading() as tx:
            assert classic(tx.editions.resolve(tx.editions.get(made.edition_id))) == data
