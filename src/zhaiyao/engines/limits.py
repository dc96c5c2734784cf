"""How many requests may be under way at once, learned from a server's 429s. Sends nothing and keeps no time.

A server that says 429 to a few requests in a hundred is used as it wants to be used: those wait as long as it says,
the others go on. Only when more than a fifth of a window of requests is refused are there too many at once.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

TOLERATED = 0.2
"""The share of 429s in a window above which the concurrency is halved."""

SHORTEST_WINDOW = 20
"""Tries of a window at least: among fewer, two or three 429s say nothing."""

STEPS = 8
"""A clean window gives an eighth of the configured concurrency back."""


@dataclass(slots=True)
class Limiter:
    """The concurrency that is allowed now: never more than `most`, never less than one.

    A window is as many tries as are allowed at once, at least `SHORTEST_WINDOW`. `epoch` counts the halvings: what was
    sent before the last one says nothing about the concurrency after it.
    """

    most: int
    allowed: int = field(init=False)
    epoch: int = field(default=0, init=False)
    _tries: int = field(default=0, init=False)
    _refused: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.most = max(1, self.most)
        self.allowed = self.most

    def answered(self, *, refused: bool, epoch: int) -> None:
        """A try that was begun in `epoch` ended, with a 429 if `refused`."""
        if epoch != self.epoch:
            return
        self._tries += 1
        self._refused += refused
        if self._tries >= max(self.allowed, SHORTEST_WINDOW):
            self._judge()

    def _judge(self) -> None:
        if self._refused > TOLERATED * self._tries:
            self.allowed = max(1, self.allowed // 2)
            self.epoch += 1
        elif not self._refused:
            self.allowed = min(self.most, self.allowed + max(1, self.most // STEPS))
        self._tries = self._refused = 0


class Places:
    """Lets as many in at once as the limiter allows, in the order of arrival. For one event loop; not thread-safe."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, *, again: bool = False) -> None:
        """Waits for a place. Who had one before (`again`) goes first, so that what was begun is ended."""
        if self._taken < self.limiter.allowed and (again or not self._waiting):
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if again else self._waiting.append)(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # called in at the very moment of giving up
            raise

    def leave(self) -> None:
        """Frees a place, and calls in whoever has room now."""
        self._taken -= 1
        while self._waiting and self._taken < self.limiter.allowed:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._taken += 1
