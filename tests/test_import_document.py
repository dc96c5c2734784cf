import json
from pathlib import Path

import pytest

from tests.archives import cut, folder, packed, record
from tests.classic_files import POND, written
from tests.test_import_snapshot import line
from zhaiyao.cli import main

RECORDS = {"2301.99901": record(), "2301.99902": record("2301.99902", abstract=cut())}


def reports(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    told: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return told


def test_each_document_is_what_its_bytes_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = packed(tmp_path / "papers.txt", RECORDS)
    single = tmp_path / "single"
    single.write_bytes(json.dumps(json.loads(record("2301.99903")), indent=4).encode())
    snapshot = tmp_path / "snapshot.md"
    snapshot.write_bytes(line(1) + line(2))
    digest = tmp_path / "digest.jsonl"
    digest.write_bytes(written([POND]))
    assert main(["import", "--json", *map(str, (archive, single, snapshot, digest))]) == 0
    told = reports(capsys)
    assert [one["papers"] for one in told] == [2, 1, 2, 1]
    assert [one.get("new") for one in told] == [2, 1, 2, None]
    assert str(told[3]["edition_id"]).startswith("sha256:")


def test_what_was_taken_in_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder(tmp_path / "archive", {**RECORDS, "2301.99904": b"{"})
    assert main(["--language", "en", "import", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "2 papers (2 new), 1 with a cut abstract" in err
    assert "its original had been cut 3" in err
    assert "1 could not be read, such as papers/23/01/2301.99904.json: not a record" in err


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "archive"
    path.mkdir()
    (path / "a.json").write_bytes(record())
    (path / "\x1b]0;pond\x07.json").write_bytes(b"{")
    assert main(["import", str(path)]) == 3
    assert "\x1b" not in capsys.readouterr().err


def test_a_category_chooses_among_a_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "snapshot"
    path.write_bytes(b"".join(map(line, range(1, 10))))
    assert main(["import", "--json", "--category", "cs", "--category", "math.NA", str(path)]) == 0
    assert [(one["papers"], one["outside"]) for one in reports(capsys)] == [(5, 4)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--date", "2026-01-14"], "--category"),
        (["--date", "2026-01-14", "--category", "cs.LG", "--category", "cs.AI"], "--category"),
        (["--category", "cs.LG"], "categories"),
        (["--date", "2026-01-14", "--category", "cs.LG"], "date"),
        (["--category", "cs.XX"], "cs.XX"),
    ],
)
def test_options_that_do_not_go_with_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["import", *options, str(folder(tmp_path / "archive", RECORDS))]) == 2
    assert said in capsys.readouterr().err


def test_other_json_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(b'{"pond": 1}\n')
    assert main(["import", str(path)]) == 1
    assert "none of its 1 records can be read" in capsys.readouterr().err
