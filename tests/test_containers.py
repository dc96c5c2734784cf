import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.sources import containers
from zhaiyao.sources.containers import Piece, Shape, opened

LINES = b'{"id": "1"}\n\n  {"id": "2"}\r\n{"id": "3"}'
RECORD = b'{\n    "title": "Ponds"\n}\n'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "two zst frames": lambda data: zstandard.compress(data[:7]) + zstandard.compress(data[7:]),
    "zip": lambda data: zipped({"a/b.json": data}),
    "two gz members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
}


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return packed.getvalue()


def tar(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as file:
        for name, data in members.items():
            told = tarfile.TarInfo(name.replace("__", "/") + ".json")
            told.size = len(data)
            file.addfile(told, io.BytesIO(data))
    return packed.getvalue()


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "document"
    path.write_bytes(data)
    return path


def pieces(path: Path) -> tuple[Shape, list[Piece]]:
    with opened(path) as document:
        told = list(document.pieces())
        assert document.done <= document.parts
        return document.shape, told


@pytest.fixture(params=PACKERS)
def packed(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return PACKERS[request.param]


def test_lines_come_by_number_whatever_they_are_packed_in(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    shape, told = pieces(written(tmp_path, packed(LINES)))
    assert shape is Shape.LINES
    assert [(one.name, one.data.strip()) for one in told] == [
        ("1", b'{"id": "1"}'),
        ("3", b'{"id": "2"}'),
        ("4", b'{"id": "3"}'),
    ]


def test_a_tar_gives_its_json_files(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    shape, told = pieces(written(tmp_path, packed(tar(papers__a=RECORD, papers__b=b"{}"))))
    assert shape is Shape.RECORDS
    assert told == [Piece(name="papers/a.json", data=RECORD), Piece(name="papers/b.json", data=b"{}")]


def test_a_single_record_and_a_digest_are_told_apart(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    assert pieces(written(tmp_path, packed(RECORD))) == (Shape.RECORD, [Piece(name="document", data=RECORD)])
    with opened(written(tmp_path, packed("# 摘要\n".encode()))) as document:
        assert document.shape is Shape.TEXT
        assert document.whole() == "# 摘要\n".encode()


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (b"", Shape.TEXT),
        (b"\n\n", Shape.TEXT),
        (b"[{}]", Shape.TEXT),
        (b'\xef\xbb\xbf{"id": 1}\n{"id": 2}\n', Shape.LINES),
        (b'{"id": ' + b"1" * 500_000, Shape.LINES),
        (b"\x1f\x8b", None),
    ],
)
def test_odd_beginnings(tmp_path: Path, data: bytes, shape: Shape | None) -> None:
    path = written(tmp_path, data)
    if shape is None:
        with pytest.raises(ParseError, match="damaged"), opened(path):
            pass
    else:
        with opened(path) as document:
            assert document.shape is shape


def test_a_folder_gives_its_json_files_in_order_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(b"secret")
    root = tmp_path / "archive"
    for name in ("papers/24/02/b.json", "papers/23/01/a.json", "papers/23/01/notes.txt"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (root / "papers/link.json").symlink_to(outside)
    (root / "papers/up").symlink_to(tmp_path)
    with opened(root) as document:
        assert (document.shape, document.parts) == (Shape.RECORDS, 2)
        assert [one.name for one in document.pieces()] == ["papers/23/01/a.json", "papers/24/02/b.json"]
        assert document.done == 2


def test_a_tar_s_links_devices_and_names_lead_nowhere(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as file:
        for name, kind in (("a.json", tarfile.SYMTYPE), ("b.json", tarfile.LNKTYPE), ("c.json", tarfile.CHRTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/passwd"
            file.addfile(link)
        escape = tarfile.TarInfo("../../escape.json")
        escape.size = 2
        file.addfile(escape, io.BytesIO(b"{}"))
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    assert pieces(written(folder, packed.getvalue()))[1] == [Piece(name="../../escape.json", data=b"{}")]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "document", "down"]


def test_what_is_too_large_is_passed_over_and_told(tmp_path: Path) -> None:
    large = b'{"a": "' + b"x" * containers.LARGEST_LINE + b'"}\n'
    _, told = pieces(written(tmp_path, b'{"id": 1}\n' + large + b'{"id": 3}\n'))
    assert [(one.name, one.fault) for one in told] == [("1", ""), ("2", "longer than 8 MB"), ("3", "")]
    _, told = pieces(written(tmp_path, tar(a=b"x" * (containers.LARGEST_MEMBER + 1), b=b"{}")))
    assert [(one.fault, one.data) for one in told] == [("larger than 1 MB", b""), ("", b"{}")]
    with pytest.raises(ParseError, match="larger than 1 MB"):
        told[0].content()


def test_a_bomb_is_a_document_too_large(tmp_path: Path) -> None:
    path = written(tmp_path, zstandard.compress(b"x" * (containers.LARGEST_DOCUMENT + 1)))
    with opened(path) as document, pytest.raises(UsageError, match="larger than a digest"):
        document.whole()


@pytest.mark.parametrize("name", ["gz", "xz", "zst"])
def test_a_cut_file_gives_what_it_has_and_then_says_so(tmp_path: Path, name: str) -> None:
    many = b"".join(b'{"id": %d, "hash": %d}\n' % (number, number**5 % 999_999_937) for number in range(30_000))
    whole = PACKERS[name](many)
    told: list[Piece] = []
    with pytest.raises(ParseError, match="damaged or cut off"), opened(written(tmp_path, whole[:-100])) as document:
        told.extend(document.pieces())
    assert len(told) > 10_000


def test_a_cut_tar_gives_what_it_has_and_then_says_so(tmp_path: Path) -> None:
    whole = tar(a=RECORD, b=b"{" + b" " * 2000 + b"}")
    told: list[Piece] = []
    with pytest.raises(ParseError, match="damaged or cut off"), opened(written(tmp_path, whole[:2000])) as document:
        told.extend(document.pieces())
    assert told[0].data == RECORD


def test_a_header_without_end_is_stopped(tmp_path: Path) -> None:
    endless = tarfile.TarInfo("x")
    endless.type, endless.size = tarfile.XHDTYPE, 8**11 - 1
    path = written(tmp_path, endless.tobuf() + bytes(2**20))
    with path.open("ab") as file:
        file.truncate(2**27)  # a hole: no disk is needed
    with pytest.raises(ParseError, match="absurdly long"), opened(path) as document:
        list(document.pieces())


def test_a_cut_zip_has_lost_its_table_of_contents(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="damaged or cut off"), opened(written(tmp_path, PACKERS["zip"](LINES)[:-10])):
        pass


def test_a_zip_of_several_files_is_to_be_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path, zipped({"a.json": RECORD, "b.json": RECORD}))
    with pytest.raises(ParseError, match="zip of 2 files"), opened(path):
        pass


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read.*No such file"), opened(tmp_path / "none"):
        pass


def test_the_archive_sample_is_read_packed_and_in_bounds(shared: Path) -> None:
    with opened(shared / "corpus" / "archive-sample.tar.xz") as document:
        told = [one for one, _ in zip(document.pieces(), range(500), strict=False)]
    assert len(told) == 500
    assert all(one.name.startswith("papers/") and one.data.startswith(b"{") for one in told)
