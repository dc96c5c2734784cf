"""Files replaced whole or not at all, on a real file system with real failures."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from zhaiyao.errors import PublishError
from zhaiyao.publish.files import FileOutlet

# Runs in a process of its own: no file may grow beyond 1,000 bytes there, whoever runs it. The kernel refuses the
# write as it does on a full disk, in the middle of the file.
LIMITED = """
import sys, resource
from pathlib import Path
from zhaiyao.errors import PublishError
from zhaiyao.publish.files import FileOutlet

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    FileOutlet(Path(sys.argv[1])).publish({"a.md": b"new", "b/index.html": b"x" * 5000, "c.xml": b"new"})
except PublishError as error:
    print(error.subject, error.hint, sep="\\n")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_and_folders_made(folder):
    files = {"index.html": b"<p>", "2026-01-14/digest.md": "摘要".encode(), "empty": b""}
    FileOutlet(folder).publish(files)
    assert everything(folder) == files


def test_files_are_replaced(folder):
    FileOutlet(folder).publish({"a": b"old", "b": b"old"})
    FileOutlet(folder).publish({"a": b"new!"})
    assert everything(folder) == {"a": b"new!", "b": b"old"}


def test_what_would_not_change_is_not_touched(folder):
    FileOutlet(folder).publish({"same": b"text", "other": b"text"})
    os.utime(folder / "same", ns=(1, 1))
    before = (folder / "same").stat()
    FileOutlet(folder).publish({"same": b"text", "other": b"TEXT"})
    after = (folder / "same").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_reader_of_the_old_file_keeps_it_whole(folder):
    FileOutlet(folder).publish({"a": b"old" * 1000})
    with (folder / "a").open("rb") as reader:
        start = reader.read(10)
        FileOutlet(folder).publish({"a": b"new" * 1000})
        assert start + reader.read() == b"old" * 1000


def test_new_files_obey_the_umask_and_old_ones_keep_their_permissions(folder):
    code = """
import os, sys
from pathlib import Path
from zhaiyao.publish.files import FileOutlet
os.umask(0o027)
FileOutlet(Path(sys.argv[1])).publish({"new": b"1", "old": b"2"})
"""
    folder.mkdir()
    (folder / "old").write_bytes(b"1")
    (folder / "old").chmod(0o604)
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"new": 0o640, "old": 0o604}


def test_a_full_disk_leaves_everything_as_it_was(folder):
    old = {"a.md": b"old a", "b/index.html": b"old b"}
    FileOutlet(folder).publish(old)
    done = subprocess.run([sys.executable, "-c", LIMITED, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        str(folder / "b" / "index.html"),
        "What stood there before still stands. Free some space, or choose another directory, then publish again.",
    ]
    assert everything(folder) == old


def test_a_directory_in_a_files_place_leaves_everything_as_it_was(folder):
    FileOutlet(folder).publish({"a": b"old"})
    (folder / "taken").mkdir()
    with pytest.raises(PublishError, match="directory") as caught:
        FileOutlet(folder).publish({"a": b"new", "taken": b"new"})
    assert caught.value.subject == str(folder / "taken")
    assert everything(folder) == {"a": b"old"}


def test_a_file_in_a_directorys_place(tmp_path):
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(PublishError) as caught:
        FileOutlet(tmp_path / "out").publish({"a": b"new"})
    assert caught.value.subject == str(tmp_path / "out" / "a")
    assert (tmp_path / "out").read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_directory_without_permission(folder):
    FileOutlet(folder).publish({"a": b"old"})
    folder.chmod(0o555)
    try:
        with pytest.raises(PublishError, match="Check the permissions"):
            FileOutlet(folder).publish({"a": b"new"})
    finally:
        folder.chmod(0o755)
    assert everything(folder) == {"a": b"old"}


def test_a_place_where_nobody_can_write():
    with pytest.raises(PublishError) as caught:
        FileOutlet(Path("/proc/self/zhaiyao")).publish({"a": b"new"})
    assert caught.value.subject == "/proc/self/zhaiyao/a"


def test_a_link_is_replaced_and_not_followed(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"not ours")
    folder.mkdir()
    (folder / "a").symlink_to(elsewhere)
    FileOutlet(folder).publish({"a": b"new"})
    assert elsewhere.read_bytes() == b"not ours"
    assert not (folder / "a").is_symlink()


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../a", "a/../../b", "a//b", "./a", "a/", "a\\b", "a\x00b", "a\nb", "C:/a", "."]
)
def test_names_cannot_leave_the_directory(folder, name):
    with pytest.raises(PublishError) as caught:
        FileOutlet(folder).publish({"good": b"1", name: b"2"})
    assert caught.value.subject == repr(name)
    assert not folder.exists()
