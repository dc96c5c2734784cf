import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from zhaiyao.errors import FetchError
from zhaiyao.gate import LONGEST_REST, PAGES_INTERVAL, SERVICES_INTERVAL, Gate, OpenGate, Turnstile, gates, open_gates


@dataclass
class Time:
    """A clock that only sleep moves."""

    now: datetime = datetime(2026, 3, 4, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += timedelta(seconds=seconds)


def gate(path: Path, when: Time, interval: float = 3.0, patience: float = 60.0) -> Gate:
    return Gate(path, interval, patience=patience, clock=lambda: when.now, sleep=when.sleep)


def test_the_first_goes_at_once_and_the_next_waits_from_the_end_of_the_turn(tmp_path: Path) -> None:
    when = Time()
    made: Turnstile = gate(tmp_path / "state" / "gate", when)
    with made.turn():
        when.now += timedelta(seconds=20)
    assert when.slept == []
    when.now += timedelta(seconds=1)
    with made.turn():
        pass
    assert when.slept == [2.0]


def test_who_comes_late_does_not_wait(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    with made.turn():
        pass
    when.now += timedelta(seconds=3)
    with made.turn():
        pass
    assert when.slept == []


def test_another_gate_on_the_same_file_keeps_the_pause(tmp_path: Path) -> None:
    when = Time()
    with gate(tmp_path / "gate", when).turn():
        pass
    with gate(tmp_path / "gate", when).turn():
        pass
    assert when.slept == [3.0]


def test_a_turn_that_fails_counts(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    with pytest.raises(RuntimeError), made.turn():
        raise RuntimeError
    with made.turn():
        pass
    assert when.slept == [3.0]


def test_a_turn_that_was_killed_counts(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    with made.turn():
        left = (tmp_path / "gate").read_bytes()  # what a kill would leave behind
    (tmp_path / "gate").write_bytes(left)
    with made.turn():
        pass
    assert when.slept == [3.0]


def test_backing_off_keeps_everybody_out_and_never_shortens(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    made.back_off(40)
    made.back_off(10)
    with gate(tmp_path / "gate", when).turn():
        pass
    assert when.slept == [40.0]


@pytest.mark.parametrize("seconds", [999_999_999.0, 1e12])
def test_a_slip_of_a_servers_clock_costs_a_day_at_most(tmp_path: Path, seconds: float) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when, patience=LONGEST_REST)
    made.back_off(seconds)
    with made.turn():
        pass
    assert when.slept == [LONGEST_REST]


def test_nobody_waits_longer_than_their_patience(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    made.back_off(3600)
    with pytest.raises(FetchError, match="left alone for another 3600 seconds") as caught, made.turn():
        pass
    assert "later" in caught.value.hint
    assert when.slept == []


@pytest.mark.parametrize(
    "content", [b"", b"yesterday", b"2026-03-04 2026-03-05 2026-03-06", b"\xff\xfe", b"2026-03-04T00"]
)
def test_a_damaged_file_costs_one_pause(tmp_path: Path, content: bytes) -> None:
    when = Time()
    (tmp_path / "gate").write_bytes(content)
    made = gate(tmp_path / "gate", when)
    for _ in range(2):
        with made.turn():
            pass
    assert when.slept == [3.0, 3.0]


def test_a_clock_that_was_set_back_costs_one_pause(tmp_path: Path) -> None:
    when = Time()
    made = gate(tmp_path / "gate", when)
    with made.turn():
        pass
    when.now -= timedelta(days=400)
    with made.turn():
        pass
    assert when.slept == [3.0]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match="cannot be used") as caught, gate(tmp_path / "file" / "gate", Time()).turn():
        pass
    assert caught.value.subject == str(tmp_path / "file" / "gate")
    assert "ZHAIYAO_HOME" in caught.value.hint


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    with pytest.raises(FetchError, match="cannot be used"), gate(tmp_path / "gate", Time()).turn():
        pass


def test_who_waits_for_others_too_long_is_told(tmp_path: Path) -> None:
    when = Time()

    waiting = gate(tmp_path / "gate", when, patience=0.1)

    def wait() -> None:
        with pytest.raises(FetchError, match="others have been asking"), waiting.turn():
            pass
        refused.set()

    refused = threading.Event()
    with gate(tmp_path / "gate", when).turn():
        other = threading.Thread(target=wait)
        other.start()
        other.join()
    assert refused.is_set()


def test_an_open_gate_keeps_nobody(tmp_path: Path) -> None:
    made: Turnstile = OpenGate()
    made.back_off(3600)
    with made.turn(), made.turn():
        pass


# --- two gates ------------------------------------------------------------------------------------------------------


def test_services_and_pages_have_pauses_of_their_own(tmp_path: Path) -> None:
    when = Time()
    made = gates(tmp_path / "state" / "gate", clock=lambda: when.now, sleep=when.sleep)
    for _ in range(2):
        with made.services.turn():
            pass
        with made.pages.turn():
            pass
    # The pause of a gate passes while the other one sleeps or is asked.
    assert when.slept == [SERVICES_INTERVAL, PAGES_INTERVAL - SERVICES_INTERVAL]
    assert {path.parent for path in tmp_path.rglob("gate*")} == {tmp_path / "state"}


def test_a_server_that_asks_for_a_pause_closes_its_own_gate(tmp_path: Path) -> None:
    when = Time()
    made = gates(tmp_path / "gate", services=1, pages=2, clock=lambda: when.now, sleep=when.sleep)
    made.pages.back_off(40)
    with made.services.turn():
        pass
    assert when.slept == []
    with made.pages.turn():
        pass
    assert when.slept == [40.0]


def test_one_at_a_time_goes_through_both_gates(tmp_path: Path) -> None:
    impatient = gates(tmp_path / "gate", services=0, pages=0, patience=0.1)
    with impatient.pages.turn(), pytest.raises(FetchError, match="others have been asking"), impatient.services.turn():
        pass
    with impatient.services.turn():  # and nothing is left locked
        pass


def test_nobody_holds_the_connection_while_waiting_for_a_pause(tmp_path: Path) -> None:
    waiting, seen = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waiting.set()
        assert seen.wait(20)

    made = gates(tmp_path / "gate", services=0, pages=60, patience=100, sleep=sleep)
    with made.pages.turn():
        pass

    def visit() -> None:
        with made.pages.turn():
            pass

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert waiting.wait(20)
    with gates(tmp_path / "gate", services=0, patience=0.5).services.turn():
        seen.set()
    visitor.join()


def test_open_gates_keep_nobody() -> None:
    made = open_gates()
    with made.services.turn(), made.pages.turn(), made.services.turn():
        pass


# --- processes ------------------------------------------------------------------------------------------------------


VISITOR = """
import sys, time
from pathlib import Path
from zhaiyao.gate import gates

made = gates(Path(sys.argv[1]), services=float(sys.argv[2]), pages=float(sys.argv[3]))
for _ in range(3):
    with getattr(made, sys.argv[4]).turn():
        began = time.monotonic()
        time.sleep(0.02)
        print(began, time.monotonic())
"""


def visits(path: Path, services: float, pages: float, *names: str) -> list[tuple[float, float]]:
    """Beginning and end of the turns of several processes, in order."""
    argv = [sys.executable, "-c", VISITOR, str(path), str(services), str(pages)]
    began = time.monotonic()
    visitors = [subprocess.Popen([*argv, name], stdout=subprocess.PIPE, text=True) for name in names]
    told = "".join(visitor.communicate(timeout=60)[0] for visitor in visitors)
    turns = sorted((float(start), float(end)) for start, end in (line.split() for line in told.splitlines()))
    assert len(turns) == 3 * len(names)
    assert all(began < start < end for start, end in turns)
    return turns


def test_processes_take_turns_with_a_pause_between(tmp_path: Path) -> None:
    interval = 0.1
    turns = visits(tmp_path / "gate", interval, 60, "services", "services")
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(turns)]
    assert min(gaps) >= interval * 0.99


def test_processes_at_both_gates_are_never_inside_together(tmp_path: Path) -> None:
    turns = visits(tmp_path / "gate", 0.0, 0.05, "services", "pages")
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(turns))
