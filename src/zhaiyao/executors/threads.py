"""Runs work side by side in threads of this process. Knows nothing of what it runs.

Threads are enough here: a worker waits for a model or a server, and both release the interpreter lock.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Protocol, cast, runtime_checkable

from zhaiyao.ports import Done, Item, Result, WorkerSpec


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


class ThreadExecutor:
    """An `Executor`. One worker per spec serves all threads; `imap` may be called from several threads."""

    def __init__(self) -> None:
        self._workers: dict[object, object] = {}
        self._lock = threading.Lock()

    def imap(
        self, spec: WorkerSpec[Item, Result], items: Iterable[Item], *, limit: int
    ) -> Generator[Done[Item, Result], None, None]:
        """Outcomes in the order they finish. An item is taken only when a thread is free for it.

        So nothing ever waits to begin: closing the generator waits for at most `limit` items. Ctrl-C does not wait for
        them: it closes the workers, which lets go of what they do. Raises what `items` or `spec.build` raises.
        """
        work = self._worker(spec)
        finished: SimpleQueue[Future[Result]] = SimpleQueue()
        under_way: dict[Future[Result], Item] = {}
        source = iter(items)
        with ThreadPoolExecutor(limit, thread_name_prefix="zhaiyao-work") as pool:
            try:
                while True:
                    for item in islice(source, limit - len(under_way)):
                        future = pool.submit(work, item)
                        under_way[future] = item
                        future.add_done_callback(finished.put)
                    if not under_way:
                        return
                    for future, more in _arrived(finished):
                        yield _outcome(under_way.pop(future), future, more=more)
            except KeyboardInterrupt:
                self.close()
                raise

    def close(self) -> None:
        """Closes the workers that can be closed. Idempotent; a later `imap` builds its worker anew."""
        with self._lock:
            workers, self._workers = self._workers, {}
        for worker in workers.values():
            if isinstance(worker, _Closable):
                worker.close()

    def _worker(self, spec: WorkerSpec[Item, Result]) -> Callable[[Item], Result]:
        with self._lock:
            if spec not in self._workers:
                self._workers[spec] = spec.build()
            return cast(Callable[[Item], Result], self._workers[spec])


def _arrived(finished: SimpleQueue[Future[Result]]) -> Iterator[tuple[Future[Result], bool]]:
    """The next that finishes, and those that did meanwhile; with each, whether another one is there."""
    more = True
    while more:
        future = finished.get()
        more = not finished.empty()
        yield future, more


def _outcome(item: Item, future: Future[Result], *, more: bool) -> Done[Item, Result]:
    """A finished future as a value. What is no plain exception (an exit) is raised here."""
    error = future.exception()
    if error is None:
        return Done(item, result=future.result(), more=more)
    if isinstance(error, Exception):
        return Done(item, error=error, more=more)
    raise error
