"""Golden files: what a publisher wrote when somebody last read it and found it good.

`UPDATE_GOLDEN=1 pytest tests/test_html.py …` writes them anew; read the difference before it is committed.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
UPDATING = os.environ.get("UPDATE_GOLDEN") == "1"


def check_golden(name: str, data: bytes) -> None:
    """Compares with `tests/golden/<name>`, or writes it where UPDATE_GOLDEN=1."""
    path = FOLDER / name
    if UPDATING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert data.decode() == path.read_bytes().decode()
