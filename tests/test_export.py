"""The data set: what is in it, that others can read it, and that a failing export harms nothing."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.build import DAY, announcement, renditions, version
from tests.fakes import Quiet
from zhaiyao.errors import PublishError, StoreError
from zhaiyao.ports import Store
from zhaiyao.publish.dataset import TABLES, DatasetWriter, check, dataset
from zhaiyao.records import Author, Interface, Paper
from zhaiyao.store import open_store
from zhaiyao.usecases.export import export

pytest.importorskip("mlcroissant", reason="the extra `export` is not installed")

# mlcroissant reads in a way that pandas wants to give up; nothing here can change it.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

NOW = datetime(2026, 3, 4, 6, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "s.db")) as opened:
        first = version("2603.00001", authors=(Author(name="Ana Brook"), Author(name="Li Qi")), submitted_at=NOW)
        second = version("2603.00002", abstract="Only $x<y$ | and a “quote”.", interface=Interface.API)
        with opened.writing() as tx:
            tx.papers.put(
                [
                    Paper(id=first.paper_id, categories=("cs.LG", "stat.ML")),
                    Paper(id="2603.00002", categories=("econ.EM",)),
                ],
                [first, second],
                [announcement("2603.00001"), announcement("2603.00002", category="econ.EM")],
            )
            tx.renditions.put(renditions(first).values())
        yield opened


def written(store: Store, folder: Path, *categories: str) -> DatasetWriter:
    with dataset(folder, name="tides", version="1.2.0", made_at=NOW) as writer:
        export(store, writer, categories, progress=Quiet())
    return writer


def records(folder: Path, table: str) -> list[dict[str, object]]:
    """A table as a stranger reads it who knows only the description."""
    import mlcroissant

    found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json")).records(table)
    return [{name.removeprefix(f"{table}/"): _text(value) for name, value in row.items()} for row in found]


def _text(value: object) -> object:
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


def test_a_stranger_reads_every_table_by_the_description_alone(store: Store, tmp_path: Path) -> None:
    counts = written(store, tmp_path / "set").counts
    papers = records(tmp_path / "set", "papers")
    assert [row["id"] for row in papers] == ["2603.00001", "2603.00002"]
    first, second = papers
    assert first["authors"] == ["Ana Brook", "Li Qi"]
    assert first["categories"] == ["cs.LG", "stat.ML"]
    assert (first["engine"], first["legacy"], second["engine"]) == ("scripted", False, "")
    assert first["title_zh"]
    assert second["abstract"] == "Only $x<y$ | and a “quote”."
    assert second["title_zh"] == ""
    sentences = records(tmp_path / "set", "sentences")
    assert {row["paper_id"] for row in sentences} == {"2603.00001"}
    assert {row["kind"] for row in sentences} == {"title", "abstract"}
    told = records(tmp_path / "set", "announcements")
    assert {(row["paper_id"], row["category"], str(row["date"])[:10]) for row in told} == {
        ("2603.00001", "cs.LG", DAY.isoformat()),
        ("2603.00002", "econ.EM", DAY.isoformat()),
    }
    assert counts == {"papers": 2, "sentences": len(sentences), "announcements": 2}


def test_categories_and_archives_limit_it(store: Store, tmp_path: Path) -> None:
    assert written(store, tmp_path / "set", "econ").counts == {"papers": 1, "sentences": 0, "announcements": 1}


def test_the_description_names_every_column_and_the_files_sums(store: Store, tmp_path: Path) -> None:
    written(store, tmp_path / "set")
    described = json.loads((tmp_path / "set" / "croissant.json").read_text(encoding="utf-8"))
    assert {file["name"] for file in described["distribution"]} == {f"{table}.parquet" for table in TABLES}
    assert all(len(file["sha256"]) == 64 for file in described["distribution"])
    for record_set in described["recordSet"]:
        row, _ = TABLES[record_set["name"]]
        assert [field["name"] for field in record_set["field"]] == list(row.__dataclass_fields__)
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "announcements.parquet",
        "croissant.json",
        "papers.parquet",
        "sentences.parquet",
    ]


def fail_midway(store: Store, folder: Path) -> None:
    with dataset(folder, name="tides", version="1.2.1", made_at=NOW) as writer:
        export(store, writer, ["econ"], progress=Quiet())
        raise StoreError("gone")


def test_an_export_that_fails_leaves_the_old_one(store: Store, tmp_path: Path) -> None:
    written(store, tmp_path / "set")
    before = {path.name: path.read_bytes() for path in (tmp_path / "set").iterdir()}
    with pytest.raises(StoreError):
        fail_midway(store, tmp_path / "set")
    assert {path.name: path.read_bytes() for path in (tmp_path / "set").iterdir()} == before


def test_a_place_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(PublishError, match="cannot be written"):
        written(store, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_bad_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "croissant.json").write_text('{"@type": "sc:Dataset"}')
    with pytest.raises(PublishError, match="not valid"):
        check(tmp_path / "croissant.json")


def test_an_empty_archive_is_a_data_set_too(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "e.db")) as empty:
        assert written(empty, tmp_path / "set").counts == dict.fromkeys(TABLES, 0)
    assert records(tmp_path / "set", "papers") == []
