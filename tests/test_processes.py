"""Who lives and who is gone."""

import subprocess
import sys
from dataclasses import replace

from zhaiyao.bookkeeping import Owner
from zhaiyao.processes import is_gone, this_process

TELL = "from zhaiyao.processes import this_process as t; o = t(); print(o.boot, o.pid, o.started, sep='|')"


def test_this_process_lives() -> None:
    assert this_process() == this_process()
    assert not is_gone(this_process())


def test_a_process_that_ended_is_gone() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True).stdout.strip()
    boot, pid, started = told.split("|")
    assert boot == this_process().boot
    assert is_gone(Owner(boot=boot, pid=int(pid), started=started))


def test_another_process_with_the_same_number_is_not_the_owner() -> None:
    assert is_gone(replace(this_process(), started="1.00"))


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_gone(replace(this_process(), boot="elsewhere", pid=1, started="1.00"))
