"""An event loop in a thread of its own, for callers that block. Knows nothing of what runs in it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from typing import TypeVar

from zhaiyao.errors import EngineError

Made = TypeVar("Made")


class Background:
    """Runs coroutines for any thread. A caller that is interrupted (Ctrl-C) takes its coroutine along, at once.

    `subject` is who is closed, for the EngineError of those who come too late.
    """

    def __init__(self, name: str, *, subject: str) -> None:
        self._subject = subject
        self._lock = threading.Lock()
        self._is_closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, begin: Callable[[], Coroutine[object, object, Made]]) -> Made:
        """What the coroutine returns or raises. Raises EngineError if this is closed, before or meanwhile."""
        with self._lock:
            if self._is_closed:
                raise self._closed()
            future = asyncio.run_coroutine_threadsafe(begin(), self._loop)
        try:
            return future.result()
        except CancelledError:
            raise self._closed() from None
        finally:
            future.cancel()  # Ctrl-C: connections are dropped, and what waits for room never begins

    def close(self, goodbye: Callable[[], Awaitable[None]]) -> None:
        """Cancels all that runs, says goodbye and ends the thread. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            asyncio.run_coroutine_threadsafe(_hang_up(goodbye), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _closed(self) -> EngineError:
        return EngineError("the engine is closed", subject=self._subject, hint="Open it again.")


async def _hang_up(goodbye: Callable[[], Awaitable[None]]) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await goodbye()
