"""What `zhaiyao tune` needs of the world: workers with other instructions, a journal that survives, what it found."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zhaiyao import prompts
from zhaiyao.errors import ConfigError, PublishError

LONGEST_INSTRUCTIONS = 4000
"""Characters of instructions at most."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")

if TYPE_CHECKING:
    from zhaiyao.asking import Batch, Translation
    from zhaiyao.ports import EngineSpec, WorkerSpec
    from zhaiyao.settings import Places


def translator(spec: "EngineSpec") -> "WorkerSpec[Batch, tuple[Translation, ...]]":
    """A worker that asks this engine alone."""
    from zhaiyao.worker import TranslatorSpec

    return TranslatorSpec((spec,))


def instructions_text(places: "Places", name: str) -> str:
    """The text of instructions that stand in the home directory; empty where the name is that of a packaged prompt, or
    none is named. Raises ConfigError for a name of neither, and for a file that cannot be instructions.
    """
    if not name:
        return ""
    if not _NAME.fullmatch(name):
        raise ConfigError("not a name of instructions", subject=name[:80], hint="Letters, digits and . _ - only.")
    path = instructions_file(places, name, ".txt")
    try:
        text = _beginning(path).strip() if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", subject=str(path), hint="Mend the file.") from None
    if len(text) > LONGEST_INSTRUCTIONS:
        hint = f"Instructions have {LONGEST_INSTRUCTIONS} characters at most."
        raise ConfigError("too long", subject=str(path), hint=hint)
    if not text and not _is_packaged(name):
        hint = f"Name a packaged prompt such as document-2, or write {path}."
        raise ConfigError("no such instructions", subject=f"instructions = {name}", hint=hint)
    return text


def instructions_file(places: "Places", name: str, suffix: str) -> Path:
    """Where instructions of the user's own are (`.txt`), what is told of them (`.json`), how they came about
    (`.jsonl`)."""
    return places.home / "prompts" / f"{name}{suffix}"


def _is_packaged(name: str) -> bool:
    """Whether these are instructions: other prompts (a judge's, forms of replies) would be sent, and paid, in vain."""
    if not name.startswith("document-"):
        return False
    try:
        prompts.load(name)
    except KeyError:
        return False
    return True


def _beginning(path: Path) -> str:
    """One character more than instructions may have, at most."""
    with path.open(encoding="utf-8") as file:
        return file.read(LONGEST_INSTRUCTIONS + 1)


@contextmanager
def journal(path: Path) -> Iterator[tuple[Sequence[bytes], Callable[[bytes], None]]]:
    """The lines of a file, and how one is added, safe when that returns. A last line that a kill cut off is dropped.
    Raises PublishError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            held = file.read()
            whole = held[: held.rfind(b"\n") + 1]
            file.truncate(len(whole))

            def keep(line: bytes) -> None:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())

            yield whole.splitlines(keepends=True), keep
    except OSError as error:
        hint = "Check the folder's rights and free space."
        raise PublishError(f"cannot be written: {error.strerror}", subject=str(path), hint=hint) from None
