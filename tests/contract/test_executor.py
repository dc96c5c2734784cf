"""What every executor promises. Recipes are picklable and speak through files, so that workers may be anywhere."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pytest

from zhaiyao.errors import EngineError
from zhaiyao.executors.threads import ThreadExecutor
from zhaiyao.ports import Executor

EXECUTORS: dict[str, Callable[[], Executor]] = {"threads": ThreadExecutor}


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with closing(EXECUTORS[request.param]()) as opened:
        yield opened


class Worker:
    """Sleeps as many seconds as the item says, or fails on a negative one; notes what it does in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_closed = threading.Event()
        note(folder, "built")

    def __call__(self, seconds: float) -> float:
        note(self.folder, "begun")
        if seconds < 0:
            raise EngineError("broken", subject=str(seconds))
        self.is_closed.wait(seconds)
        note(self.folder, "ended")
        return 2 * seconds

    def close(self) -> None:
        self.is_closed.set()
        note(self.folder, "closed")


@dataclass(frozen=True, slots=True)
class Recipe:
    folder: Path
    name: str = ""

    def build(self) -> Worker:
        if self.name == "unbuildable":
            raise EngineError("no model")
        return Worker(self.folder)


def note(folder: Path, what: str) -> None:
    (folder / f"{what}-{time.monotonic_ns()}-{threading.get_ident()}").touch()


def noted(folder: Path, what: str) -> int:
    return len(instants(folder, what))


def instants(folder: Path, what: str) -> list[int]:
    return [int(path.name.split("-")[1]) for path in folder.glob(f"{what}-*")]


def test_every_item_comes_back_with_its_result(executor: Executor, tmp_path: Path) -> None:
    items = [number / 10_000 for number in range(50)]
    outcomes = list(executor.imap(Recipe(tmp_path), items, limit=4))
    assert sorted(outcome.item for outcome in outcomes) == items
    assert all(outcome.result == 2 * outcome.item and outcome.error is None for outcome in outcomes)


def test_outcomes_come_in_the_order_they_finish(executor: Executor, tmp_path: Path) -> None:
    outcomes = executor.imap(Recipe(tmp_path), [0.4, 0.0, 0.2], limit=3)
    assert [outcome.item for outcome in outcomes] == [0.0, 0.2, 0.4]


@pytest.mark.parametrize("items", [[], [0.0]])
def test_fewer_items_than_room(executor: Executor, tmp_path: Path, items: list[float]) -> None:
    assert [outcome.item for outcome in executor.imap(Recipe(tmp_path), items, limit=8)] == items


def test_a_failure_is_a_value_and_stops_nothing(executor: Executor, tmp_path: Path) -> None:
    outcomes = {one.item: one for one in executor.imap(Recipe(tmp_path), [0.0, -1.0, 0.01], limit=1)}
    error = outcomes[-1.0].error
    assert isinstance(error, EngineError)
    assert (error.what, error.subject, outcomes[-1.0].result) == ("broken", "-1.0", None)
    assert (outcomes[0.0].result, outcomes[0.01].result) == (0.0, 0.02)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_item_is_taken_before_there_is_room(executor: Executor, tmp_path: Path, limit: int) -> None:
    taken = 0

    def endless() -> Iterator[float]:
        nonlocal taken
        for _ in count():
            taken += 1
            yield 0.001

    with closing(executor.imap(Recipe(tmp_path), endless(), limit=limit)) as outcomes:
        for done, _ in enumerate(islice(outcomes, 20), 1):
            assert taken <= done + limit - 1
    assert noted(tmp_path, "begun") == taken
    assert taken <= 20 + limit - 1


def test_the_room_is_used(executor: Executor, tmp_path: Path) -> None:
    assert len(list(executor.imap(Recipe(tmp_path), [0.3] * 4, limit=4))) == 4
    assert max(instants(tmp_path, "begun")) < min(instants(tmp_path, "ended"))


def test_closing_waits_for_what_has_begun_and_begins_nothing_more(executor: Executor, tmp_path: Path) -> None:
    outcomes = executor.imap(Recipe(tmp_path), [0.0, 0.2, 0.2, 0.0, 0.0], limit=3)
    next(outcomes)
    outcomes.close()
    assert noted(tmp_path, "begun") == noted(tmp_path, "ended") == 3


def test_an_error_of_the_items_comes_through_after_what_has_begun(executor: Executor, tmp_path: Path) -> None:
    def broken() -> Iterator[float]:
        yield 0.1
        raise OSError("the queue is gone")

    with pytest.raises(OSError, match="the queue is gone"):
        list(executor.imap(Recipe(tmp_path), broken(), limit=2))
    assert noted(tmp_path, "ended") == 1


def test_a_worker_is_built_once_per_recipe_and_closed_once(executor: Executor, tmp_path: Path) -> None:
    for _ in range(3):
        list(executor.imap(Recipe(tmp_path), [0.0] * 5, limit=2))
    assert (noted(tmp_path, "built"), noted(tmp_path, "closed")) == (1, 0)
    list(executor.imap(Recipe(tmp_path, "another"), [0.0], limit=2))
    assert noted(tmp_path, "built") == 2
    executor.close()
    executor.close()
    assert noted(tmp_path, "closed") == 2


def test_a_recipe_that_fails_raises_and_takes_no_item(executor: Executor, tmp_path: Path) -> None:
    items = iter([0.0, 0.0])
    with pytest.raises(EngineError, match="no model"):
        list(executor.imap(Recipe(tmp_path, "unbuildable"), items, limit=2))
    assert list(items) == [0.0, 0.0]


def test_two_passes_at_once_share_the_worker(executor: Executor, tmp_path: Path) -> None:
    first = executor.imap(Recipe(tmp_path), [0.0, 0.01], limit=2)
    second = executor.imap(Recipe(tmp_path), [0.02, 0.03], limit=2)
    mixed = [next(first).item, next(second).item, *(one.item for one in first), *(one.item for one in second)]
    assert sorted(mixed) == [0.0, 0.01, 0.02, 0.03]
    assert noted(tmp_path, "built") == 1


def test_ctrl_c_closes_the_workers_instead_of_waiting(executor: Executor, tmp_path: Path) -> None:
    def interrupt() -> None:
        while not noted(tmp_path, "begun"):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    started = time.monotonic()
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        list(executor.imap(Recipe(tmp_path), [30.0] * 10, limit=2))
    thread.join()
    assert time.monotonic() - started < 10
    assert noted(tmp_path, "closed") == 1
    assert noted(tmp_path, "begun") == noted(tmp_path, "ended") <= 2
