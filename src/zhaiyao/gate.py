"""Politeness: one request at a time with a pause between, over all processes that share a file. Sends nothing itself.

arXiv asks for one connection and at least three seconds between requests to its feeds, API and OAI together,
counted over everything one person runs (https://info.arxiv.org/help/api/tou.html), and for fifteen seconds between
pages of arxiv.org (`Crawl-delay` in its robots.txt). So there are two gates, and one lock that both hold in a turn.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zhaiyao.errors import FetchError

if TYPE_CHECKING:
    from filelock import BaseFileLock


SERVICES_INTERVAL = 3.0
"""Seconds between requests to feeds, query API and OAI-PMH, counted together."""

PAGES_INTERVAL = 15.0
"""Seconds between requests to the HTML pages of arxiv.org."""

LONGEST_REST = 86_400.0
"""Seconds that a server can keep everybody out at most: a slip of its clock would otherwise do so for years."""


class Turnstile(Protocol):
    """What every request passes, each hop of a redirect and each new try included."""

    def turn(self) -> AbstractContextManager[None]:
        """Waits for one's turn; the next one begins after the block has ended. Raises FetchError."""

    def back_off(self, seconds: float) -> None:
        """Keeps everybody out for so many seconds, as the server asked for, but a day at most. Raises FetchError."""


class OpenGate:
    """Lets everybody through at once: for servers of one's own, and for tests."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Begins at once."""
        yield

    def back_off(self, seconds: float) -> None:
        """Keeps nobody out."""


class Gate:
    """A turnstile in a file: `path` holds when it was closed and when it opens, and `path.lock` is held during a turn.

    `interval` is the pause in seconds from the end of one turn to the beginning of the next. Gates with the same
    `connection` (a lock file) let one in at a time among them all; nobody holds it while waiting for an interval to
    pass. Who would have to wait longer than `patience` seconds gets a FetchError instead. A lock dies with its process,
    so none is left behind.
    """

    def __init__(
        self,
        path: Path,
        interval: float,
        *,
        connection: Path | None = None,
        patience: float = 600.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._interval = interval
        self._connection = connection
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until the others are done and the pause is over, then holds the gate for the block."""
        with self._locked(self._own_lock):
            self._wait()
            # Always the own lock first, so that no two gates wait for each other.
            with self._locked(self._connection) if self._connection else nullcontext():
                self._close_for(self._interval)  # for whoever comes after a kill in mid-turn
                try:
                    yield
                finally:
                    self._close_for(self._interval)

    def back_off(self, seconds: float) -> None:
        """Moves the next turn at least so far away. Not to be called from within a turn."""
        seconds = min(seconds, LONGEST_REST)
        with self._locked(self._own_lock):
            if seconds > self._seconds_left():
                self._close_for(seconds)

    @property
    def _own_lock(self) -> Path:
        return self._path.with_name(f"{self._path.name}.lock")

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        lock = self._acquire(path)
        try:
            yield
        finally:
            lock.release()

    def _acquire(self, path: Path) -> "BaseFileLock":
        from filelock import FileLock, Timeout  # only who asks arXiv pays for the import

        lock = FileLock(path, timeout=self._patience)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise FetchError(
                f"others have been asking arXiv for {self._patience:.0f} seconds, and arXiv wants one at a time",
                subject=str(self._path),
                hint="Wait until the other processes are done, or end them, and run this again.",
            ) from None
        except OSError as error:
            raise self._unusable(error) from None
        return lock

    def _wait(self) -> None:
        seconds = self._seconds_left()
        if seconds > self._patience:
            raise FetchError(
                f"arXiv asked to be left alone for another {seconds:.0f} seconds",
                subject=str(self._path),
                hint="Run this again later; asking sooner only makes it longer.",
            )
        if seconds > 0:
            self._sleep(seconds)

    def _seconds_left(self) -> float:
        now = self._clock()
        try:
            closed, opens = map(datetime.fromisoformat, self._path.read_text(encoding="ascii").split())
            # A clock that was set back would keep everybody out for as long: then only the pause counts.
            return (opens - now).total_seconds() if closed <= now else self._interval
        except FileNotFoundError:
            return 0.0
        except (ValueError, TypeError):
            return self._interval  # half a write: nobody knows when the last turn was
        except OSError as error:
            raise self._unusable(error) from None

    def _close_for(self, seconds: float) -> None:
        now = self._clock()
        opens = now + timedelta(seconds=seconds)
        try:
            self._path.write_text(f"{now.isoformat()} {opens.isoformat()}\n", encoding="ascii")
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> FetchError:
        return FetchError(
            f"the file that keeps the pause between requests cannot be used: {error.strerror}",
            subject=str(self._path),
            hint="Make its folder writable, or set ZHAIYAO_HOME to a folder that is.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """The gates to arXiv: `services` for feeds, query API and OAI-PMH, `pages` for the HTML of arxiv.org."""

    services: Turnstile
    pages: Turnstile


def gates(
    path: Path,
    *,
    services: float = SERVICES_INTERVAL,
    pages: float = PAGES_INTERVAL,
    patience: float = 600.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> Gates:
    """Both gates to arXiv, with their pauses in seconds; among all processes with this path one request at a time.

    `path` is the services' file; the other files stand beside it and begin with its name.
    """

    def gate(name: str, interval: float) -> Gate:
        return Gate(
            path.with_name(name),
            interval,
            connection=path.with_name(f"{path.name}-connection.lock"),
            patience=patience,
            clock=clock,
            sleep=sleep,
        )

    return Gates(services=gate(path.name, services), pages=gate(f"{path.name}-pages", pages))


def open_gates() -> Gates:
    """Gates that keep nobody out: for servers of one's own."""
    return Gates(services=OpenGate(), pages=OpenGate())
