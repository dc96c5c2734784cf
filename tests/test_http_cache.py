import os
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.http import Kept, ResponseCache

OF_NOTHING = sha256(b"").hexdigest().encode()
KEPT = Kept(etag="0a1b", headers={"content-type": "text/xml"}, content=b"<rss/>\n\0\xff")


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    cache = ResponseCache(tmp_path / "new" / "folder")
    assert cache.get("https://a.example/x?y=1") is None
    cache.put("https://a.example/x?y=1", KEPT)
    assert ResponseCache(tmp_path / "new" / "folder").get("https://a.example/x?y=1") == KEPT
    assert cache.get("https://a.example/x") is None
    cache.drop("https://a.example/x?y=1")
    cache.drop("https://a.example/x?y=1")
    assert cache.get("https://a.example/x?y=1") is None


def test_names_of_files_tell_nothing(tmp_path: Path) -> None:
    ResponseCache(tmp_path).put("https://reader:secret@a.example/../../x\ud800", KEPT)
    assert only_file(tmp_path).parent == tmp_path
    assert b"secret" not in only_file(tmp_path).read_bytes()


@settings(max_examples=60, deadline=None)
@given(chance=st.data())
def test_a_damaged_entry_counts_as_absent(tmp_path_factory: pytest.TempPathFactory, chance: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("answers")
    cache = ResponseCache(folder)
    cache.put("key", KEPT)
    data = only_file(folder).read_bytes()
    at = chance.draw(st.integers(0, len(data) - 1))
    piece = chance.draw(st.binary(max_size=3))
    only_file(folder).write_bytes(data[:at] + piece + data[at + 1 + len(piece) :])
    held = cache.get("key")
    assert held is None or held.content == KEPT.content
    cache.put("key", KEPT)
    assert cache.get("key") == KEPT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"[" * 60_000,
        b"[]\nx",
        b'{"etag": "a", "headers": {}, "sha256": ""}\n',
        b'{"etag": 1, "headers": {}, "sha256": "%s"}\n' % OF_NOTHING,
        b'{"etag": "a\\nb", "headers": {}, "sha256": "%s"}\n' % OF_NOTHING,
        b'{"etag": "a", "headers": [], "sha256": "%s"}\n' % OF_NOTHING,
        b'{"etag": "a", "sha256": "%s"}\n' % OF_NOTHING,
    ],
)
def test_what_is_no_entry_counts_as_absent(tmp_path: Path, data: bytes) -> None:
    cache = ResponseCache(tmp_path)
    cache.put("key", KEPT)
    only_file(tmp_path).write_bytes(data)
    assert cache.get("key") is None


@pytest.mark.parametrize("etag", ["", "a\r\nX-Evil: 1", "é", "x" * 2000])
def test_an_etag_that_cannot_be_sent_back_is_not_kept(tmp_path: Path, etag: str) -> None:
    cache = ResponseCache(tmp_path)
    cache.put("key", KEPT)
    cache.put("key", Kept(etag=etag, headers={}, content=b"x"))
    assert cache.get("key") is None


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    cache = ResponseCache(tmp_path, size_limit=4000)
    for age, key in enumerate(("c", "b", "a")):
        cache.put(key, Kept(etag=key, headers={}, content=key.encode() * 1000))
        path = max(tmp_path.iterdir(), key=lambda found: found.stat().st_mtime_ns)
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get("c") is not None  # used just now
    cache.put("d", Kept(etag="d", headers={}, content=b"d" * 1000))
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 4000
    cache.put("e", Kept(etag="e", headers={}, content=b"e" * 5000))
    assert cache.get("e") is None
    assert cache.get("d") is not None


def test_a_folder_that_cannot_be_used_keeps_nothing_and_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ResponseCache(tmp_path / "file")
    cache.put("key", KEPT)
    cache.drop("key")
    assert cache.get("key") is None


def test_nobody_reads_half_an_entry(tmp_path: Path) -> None:
    bodies = [letter * 200_000 for letter in (b"a", b"b")]

    def write(body: bytes) -> None:
        for _ in range(15):
            ResponseCache(tmp_path).put("key", Kept(etag="x", headers={}, content=body))

    writers = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        held = ResponseCache(tmp_path).get("key")
        assert held is None or held.content in bodies
    held = ResponseCache(tmp_path).get("key")
    assert held is not None
    assert held.content in bodies
    assert len(list(tmp_path.iterdir())) == 1
