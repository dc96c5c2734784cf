import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.build import NOW, version
from tests.fakes import Quiet, SerialExecutor
from zhaiyao.errors import ParseError, UnknownCategory, UsageError
from zhaiyao.executors.threads import ThreadExecutor
from zhaiyao.ports import Executor, Store
from zhaiyao.records import Interface, Paper
from zhaiyao.sources.containers import opened
from zhaiyao.store import open_store
from zhaiyao.usecases.import_document import import_document
from zhaiyao.usecases.import_snapshot import BATCH, SnapshotReport, import_snapshot


def line(number: int, **changes: object) -> bytes:
    told = {
        "id": f"1501.{number:05}",
        "title": f"Pond {number}",
        "abstract": f"  We measured pond\nnumber {number}.\n",
        "categories": "cs.LG math.NA" if number % 2 else "hep-th",
        "versions": [{"version": "v1", "created": "Mon, 5 Jan 2015 00:00:00 GMT"}],
        "authors_parsed": [["Li", "Bo", ""]],
    }
    return json.dumps({**told, **changes}).encode() + b"\n"


def snapshot(tmp_path: Path, count: int = 10, *more: bytes) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_bytes(b"".join([*(line(number) for number in range(1, count + 1)), *more]))
    return path


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("sqlite://", clock=lambda: NOW)) as opened_store:
        yield opened_store


def imported(store: Store, path: Path, *categories: str, executor: Executor | None = None) -> SnapshotReport:
    with opened(path) as document:
        return import_snapshot(store, document, executor or SerialExecutor(), categories=categories, progress=Quiet())


def ids(store: Store) -> tuple[str, ...]:
    with store.reading() as tx:
        return tx.papers.ids(limit=100_000)


def test_lines_become_papers_and_texts_and_nothing_else(store: Store, tmp_path: Path) -> None:
    assert imported(store, snapshot(tmp_path)) == SnapshotReport(papers=10, new=10)
    with store.reading() as tx:
        assert tx.papers.get(["1501.00001"])["1501.00001"].categories == ("cs.LG", "math.NA")
        (text,) = tx.papers.versions(["1501.00001"])["1501.00001"]
        assert (text.interface, text.abstract) == (Interface.SNAPSHOT, "We measured pond number 1.")
        assert tx.papers.announcements() == ()
        assert tx.work.open() == ()
        told = tx.changes.since(0, limit=100)
    assert len(told) == 20
    assert [one.key for one in told if one.kind == "version"] == list(ids(store))


def test_again_changes_nothing_and_a_newer_snapshot_only_what_is_new(store: Store, tmp_path: Path) -> None:
    imported(store, snapshot(tmp_path))
    with store.reading() as tx:
        before = tx.changes.latest()
    assert imported(store, snapshot(tmp_path)) == SnapshotReport(papers=10, new=0)
    with store.reading() as tx:
        assert tx.changes.latest() == before
    newer = line(3, versions=[{"version": "v2"}], abstract="  Measured anew.\n")
    assert imported(store, snapshot(tmp_path, 2, newer, line(11))).new == 1
    with store.reading() as tx:
        assert [one.number for one in tx.papers.versions(["1501.00003"])["1501.00003"]] == [2, 1]
        changed = tx.changes.since(before, limit=9)
    assert [(one.kind, one.key) for one in changed] == [
        ("paper", "1501.00011"),
        ("version", "1501.00003"),
        ("version", "1501.00011"),
    ]


@pytest.mark.parametrize(
    ("categories", "papers"), [(("cs.LG",), 5), (("cs.NA",), 5), (("math",), 5), (("hep-th", "cs"), 10), (("stat",), 0)]
)
def test_only_the_papers_of_some_categories_or_archives(
    store: Store, tmp_path: Path, categories: tuple[str, ...], papers: int
) -> None:
    report = imported(store, snapshot(tmp_path), *categories)
    assert (report.papers, report.outside, len(ids(store))) == (papers, 10 - papers, papers)


def test_an_unknown_category_stores_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownCategory):
        imported(store, snapshot(tmp_path), "cs.XX")
    assert ids(store) == ()


def test_bad_lines_are_numbered_and_stop_nothing(store: Store, tmp_path: Path) -> None:
    bad = [
        b"{\n",
        b"\n",
        b'{"id": 1501.00001}\n',
        line(1, id="pond"),
        line(12, title="nul \0"),
        b"[]\n",
        b"x\n",
    ]
    report = imported(store, snapshot(tmp_path, 10, *bad, line(13)))
    assert (report.papers, report.unreadable) == (11, 6)
    assert [name for name, _ in report.unread] == ["11", "13", "14", "15", "16"]
    assert "1501.00013" in ids(store)


def test_many_batches_are_read_ahead(store: Store, tmp_path: Path) -> None:
    count = 2 * BATCH + 50
    with closing(ThreadExecutor()) as executor:
        report = imported(store, snapshot(tmp_path, count, b"bad\n"), executor=executor)
    assert (report.papers, report.new, report.unreadable) == (count, count, 1)
    assert len(ids(store)) == count


def test_a_cut_file_keeps_what_came_before(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.gz"
    path.write_bytes(gzip.compress(snapshot(tmp_path, 5000).read_bytes())[:-9000])
    with pytest.raises(ParseError, match="damaged"), closing(ThreadExecutor()) as executor:
        imported(store, path, executor=executor)
    assert len(ids(store)) > 100


def test_the_snapshot_knows_more_than_a_digest_and_less_than_a_feed(store: Store, tmp_path: Path) -> None:
    with store.writing() as tx:
        tx.papers.put([Paper(id="1501.00001", categories=("cs.LG",))], [version("1501.00001", 1)], [])
    imported(store, snapshot(tmp_path))
    with store.reading() as tx:
        assert tx.papers.get(["1501.00001"])["1501.00001"].categories == ("cs.LG", "math.NA")
        told = [one.interface for one in tx.papers.versions(["1501.00001"])["1501.00001"]]
    assert told == [Interface.FEED, Interface.SNAPSHOT]


def test_a_snapshot_has_no_date_and_other_json_is_refused(store: Store, tmp_path: Path) -> None:
    def document(path: Path, **options: object) -> None:
        with opened(path) as one:
            import_document(store, one, SerialExecutor(), name="s", now=NOW, progress=Quiet(), **options)  # type: ignore[arg-type]

    with pytest.raises(UsageError, match="date"):
        document(snapshot(tmp_path), categories=("cs.LG",), on=NOW.date())
    other = tmp_path / "other.jsonl"
    other.write_bytes(b'{"name": "a"}\n{"name": "b"}\n')
    with pytest.raises(ParseError, match="none of its 2 records"):
        document(other)
    assert ids(store) == ()
