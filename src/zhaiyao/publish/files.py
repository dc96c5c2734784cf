"""The outlet that writes files below a directory: each one replaced whole or not at all. What is in them, it ignores.

All files are first written beside their places, to the disk, and only then moved there; so when the disk is full or
a place cannot be written, everything that stood before still stands. A file that would not change is not touched.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from zhaiyao.errors import PublishError

_NO_SPACE = "Free some space, or choose another directory"
_NO_PERMISSION = "Check the permissions of the directory, or choose another one"
_ADVICE = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EFBIG: _NO_SPACE,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
}


class FileOutlet:
    """Publishes into `directory`, which is created when needed. Satisfies `ports.Outlet`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Replaces the files. Names are relative, with `/`, and cannot leave the directory.

        New files get the permissions that the umask leaves, replaced ones keep theirs. Raises PublishError.
        """
        targets = {self._target(name): data for name, data in files.items()}
        staged: dict[Path, Path] = {}
        try:
            for target, data in targets.items():
                if not _holds(target, data):
                    staged[target] = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
                    _stage(staged[target], target, data)
            for target in list(staged):
                _move(staged[target], target)
                del staged[target]
        finally:
            for leftover in staged.values():
                with contextlib.suppress(OSError):
                    leftover.unlink()

    def _target(self, name: str) -> Path:
        path = PurePosixPath(name)
        parts = name.split("/")
        bad = path.is_absolute() or any(part in ("", ".", "..") for part in parts) or not name.isprintable()
        if bad or "\\" in name or ":" in parts[0]:
            raise PublishError(
                "not a file name that can be published",
                subject=repr(name),
                hint="Names are relative, and hold no '..', no empty part and no control character.",
            )
        return self.directory.joinpath(*parts)


def _holds(target: Path, data: bytes) -> bool:
    """Whether the file already says this. What cannot be read is written anew, and fails there if it must."""
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except OSError:
        return False


def _stage(temporary: Path, target: Path, data: bytes) -> None:
    """Writes the data to the disk beside its place, unless that place cannot be taken."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _write(temporary, data, _mode(target))
    except OSError as error:
        raise _failed(target, error) from error


def _write(path: Path, data: bytes, mode: int | None) -> None:
    # O_EXCL: nobody can have put a link there for us to write through.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _mode(target: Path) -> int | None:
    """The permissions of the file that stands there, or None."""
    try:
        return stat.S_IMODE(target.lstat().st_mode) if not target.is_symlink() else None
    except FileNotFoundError:
        return None


def _move(temporary: Path, target: Path) -> None:
    try:
        os.replace(temporary, target)
    except OSError as error:
        raise _failed(target, error) from error
    # The new name itself reaches the disk with its directory; not every file system can sync one.
    with contextlib.suppress(OSError):
        directory = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _failed(target: Path, error: OSError) -> PublishError:
    advice = _ADVICE.get(error.errno or 0, "See what stands there, or choose another directory")
    return PublishError(
        f"cannot be written: {error.strerror or error}",
        subject=str(target),
        hint=f"What stood there before still stands. {advice}, then publish again.",
    )
