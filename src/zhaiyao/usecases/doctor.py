"""Checks what a run will need, one by one, and says what to fix. Changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from zhaiyao.errors import ZhaiyaoError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: whether it went well, what was found, with `details` one by one, and what to do if not."""

    name: str
    well: bool
    found: str
    details: tuple[str, ...] = ()
    hint: str = ""


Check = tuple[str, Callable[[], Sequence[str]]]
"""A name, and a probe that returns what it found and its details, or raises an error of the family."""


def doctor(checks: Iterable[Check]) -> Iterator[Finding]:
    """Runs each check. A failing one does not stop the others."""
    for name, probe in checks:
        try:
            found, *details = probe()
            yield Finding(name=name, well=True, found=found, details=tuple(details))
        except ZhaiyaoError as error:
            what = f"{error.subject}: {error.what}" if error.subject else error.what
            yield Finding(name=name, well=False, found=what, hint=error.hint)
