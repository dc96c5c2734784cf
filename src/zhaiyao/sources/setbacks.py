"""Collects what held answers up although they came in the end: the ledger shall tell of it. Asks nobody."""

from zhaiyao.errors import ParseError, ZhaiyaoError
from zhaiyao.records import Fault


class Setbacks:
    """The tries that failed before one went well. A call returns them, as fault and words, and forgets them."""

    def __init__(self) -> None:
        self._noted: list[tuple[Fault, str]] = []

    def note(self, error: ZhaiyaoError) -> None:
        """One try that failed, or an answer that could not be read."""
        fault = Fault.UNREADABLE if isinstance(error, ParseError) else Fault.UNREACHED
        self._noted.append((fault, error.what))

    def __call__(self) -> tuple[tuple[Fault, str], ...]:
        """All since the last call."""
        noted, self._noted = tuple(self._noted), []
        return noted
