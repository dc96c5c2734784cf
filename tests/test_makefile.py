"""`make` on machines that lack something: what it says, and what it leaves behind."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, skip_unless

WITHOUT_VENV = """#!/bin/sh
# Debian's python3 without python3-venv: the environment is begun, then fails for want of ensurepip.
if [ "$1" = -m ]; then mkdir -p "$3/bin"; touch "$3/bin/python"; chmod +x "$3/bin/python"; exit 1; fi
"""

TOO_OLD = "#!/bin/sh\nexit 1\n"


def setup(tmp_path: Path, python: str) -> subprocess.CompletedProcess[str]:
    skip_unless(shutil.which("make") is not None, "make", "make is not installed")
    program = tmp_path / "python"
    program.write_text(python)
    program.chmod(0o755)
    return subprocess.run(
        ["make", "setup", f"PYTHON={program}", f"VENV={tmp_path / 'venv'}"], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.parametrize(("python", "said"), [(WITHOUT_VENV, "apt install python3-venv"), (TOO_OLD, "3.11 or newer")])
def test_a_failing_setup_says_what_to_do_and_leaves_nothing(tmp_path: Path, python: str, said: str) -> None:
    done = setup(tmp_path, python)
    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "venv").exists()


def test_an_environment_without_pip_is_said_and_kept(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = setup(tmp_path, "#!/bin/sh\nexit 0\n")
    assert done.returncode != 0
    assert "has no pip" in done.stderr
    assert python.exists()
