"""Importing the command line is cheap and silent: no HTTP, model, database or template library is loaded."""

import subprocess
import sys

import pytest

HEAVY = (
    *("httpx2", "openai", "sqlalchemy", "alembic", "lxml", "jinja2", "xllamacpp", "huggingface_hub", "rich"),
    *("msgspec", "pydantic", "psutil", "filelock", "psycopg", "asyncio"),
)

PROBE = """
import sys
from zhaiyao.cli import commands, main
{call}
print(",".join(name for name in {heavy!r} if name in sys.modules))
"""


def loaded(call: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(call=call, heavy=HEAVY)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("call", ["", "main(['--help'])", "main(['run', '--help'])", "main(['--version'])"])
def test_nothing_heavy_is_loaded(call: str) -> None:
    assert loaded(call) == ""
