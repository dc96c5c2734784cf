"""Who this process is, and whether another that left a lease behind still lives. The only home of psutil."""

import os
from functools import cache
from pathlib import Path

import psutil

from zhaiyao.bookkeeping import Owner


def this_process() -> Owner:
    """This process as a lease owner."""
    pid = os.getpid()
    return Owner(boot=_here(), pid=pid, started=_started(pid) or "")


def is_gone(owner: Owner) -> bool:
    """Whether an owner certainly lives no more: same machine, boot and process space, but no such process.

    Of owners elsewhere nothing is known, so they are never called gone; their leases expire.
    """
    return owner.boot == _here() and _started(owner.pid) != owner.started


def _started(pid: int) -> str | None:
    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return None


@cache
def _here() -> str:
    """The machine's boot and, in a container, its process space: process ids mean something only within both."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    space = Path("/proc/self/ns/pid")
    name = boot.read_text().strip() if boot.exists() else str(int(psutil.boot_time()))
    return f"{name}/{os.readlink(space)}" if space.is_symlink() else name
