"""Fixtures that every test may use. Nothing here knows a module's inside."""

import os
import random
import signal
from pathlib import Path

import pytest

pytest_plugins = ["tests.arxiv_server.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background deaf to Ctrl-C, and children inherit it: tests of Ctrl-C would hang.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path(os.environ.get("ZHAIYAO_REFERENCE") or ROOT.parent / "shared")
"""Where the reference material is; read before the fixture below hides the variable."""


def skip_unless(available: bool, what: str, reason: str) -> None:
    """Skips with the reason; where ZHAIYAO_REQUIRE names `what` (as CI does), the absence is a failure."""
    if available:
        return
    if what in os.environ.get("ZHAIYAO_REQUIRE", "").split(","):
        pytest.fail(f"ZHAIYAO_REQUIRE wants {what!r}, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material (real payloads, digests, corpus)."""
    skip_unless(REFERENCE.is_dir(), "shared", f"there is no reference material at {REFERENCE} (ZHAIYAO_REFERENCE)")
    return REFERENCE


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a home of its own, no ZHAIYAO_* settings from outside, and a seeded `random`."""
    for name in [name for name in os.environ if name.startswith("ZHAIYAO_") and name != "ZHAIYAO_REQUIRE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ZHAIYAO_HOME", str(tmp_path / "home"))
    random.seed(20240131)
