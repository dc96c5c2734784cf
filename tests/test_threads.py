"""What only the executor of threads promises."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from zhaiyao.executors.threads import ThreadExecutor


@dataclass(frozen=True)
class Says:
    """A recipe of a worker without `close`."""

    work: Callable[[int], object]

    def build(self) -> Callable[[int], object]:
        return self.work


def test_work_is_done_in_named_threads_that_end() -> None:
    outcomes = list(ThreadExecutor().imap(Says(lambda _: threading.current_thread().name), range(4), limit=2))
    assert {str(outcome.result).rpartition("_")[0] for outcome in outcomes} == {"zhaiyao-work"}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("zhaiyao-work")]


def test_a_worker_without_close_is_let_go() -> None:
    executor = ThreadExecutor()
    assert [outcome.result for outcome in executor.imap(Says(abs), [-1], limit=1)] == [1]
    executor.close()
    assert [outcome.result for outcome in executor.imap(Says(abs), [-2], limit=1)] == [2]


def test_an_exit_in_a_worker_is_no_outcome() -> None:
    def leave(_: int) -> object:
        raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        list(ThreadExecutor().imap(Says(leave), [1], limit=1))


def test_nothing_can_be_done_without_room() -> None:
    with pytest.raises(ValueError, match="max_workers"):
        list(ThreadExecutor().imap(Says(abs), [1], limit=0))
