"""SIGKILL at random moments: the same edition in the end, and nothing that was stored is asked for again."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.world import sample_world

KILLS = 20
PAPERS = 60


def command(url: str) -> list[str]:
    return [sys.executable, "-m", "zhaiyao", "run", "cs.LG", "--base-url", url, "--concurrency", "4"]


def environment(home: Path, latency: float) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    return {
        **os.environ,
        "ZHAIYAO_HOME": str(home),
        "ZHAIYAO_ARXIV_INTERVAL": "0",
        "ZHAIYAO_ENGINE_NAME": "scripted",
        "ZHAIYAO_ENGINE_LATENCY": str(latency),
        "ZHAIYAO_ENGINE_JOURNAL": str(home / "journal"),
    }


def asked(home: Path) -> list[str]:
    """Every source text that the engine was asked for, in order. The last line may be cut by the kill."""
    path = home / "journal"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    whole = [line for line in lines if line.startswith('"') and line.endswith('"')]
    return [json.loads(line) for line in whole]


def rows(home: Path, query: str) -> list[tuple[str, ...]]:
    path = home / "zhaiyao.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as store:
        try:
            return store.execute(query).fetchall()
        except sqlite3.OperationalError:  # killed before the schema was there
            return []


def stored_titles(home: Path) -> set[str]:
    query = "select v.title from renditions r join versions v on v.paper_id = r.paper_id where r.kind = 'title'"
    return {title for (title,) in rows(home, query)}


def edition(home: Path) -> list[tuple[str, ...]]:
    return rows(home, "select edition_id, position, paper_id, version_key, rendition_keys from entries order by 1, 2")


def wait_until_asking(process: subprocess.Popen[bytes], home: Path, before: int) -> None:
    """Until the run asks the engine, or has nothing to ask and ends."""
    for _ in range(400):
        if process.poll() is not None or len(asked(home)) > before:
            return
        time.sleep(0.05)
    process.kill()
    pytest.fail("the run asked nothing in 20 seconds")


def test_the_same_edition_after_many_kills(tmp_path: Path) -> None:
    with ArxivServer(sample_world(per_day=PAPERS)) as arxiv:
        calm, stormy = tmp_path / "calm", tmp_path / "stormy"
        subprocess.run(command(arxiv.url), env=environment(calm, 0), check=True, capture_output=True)
        chance, checked = random.Random(1), 0
        for number in range(KILLS):
            before, done = asked(stormy), stored_titles(stormy)
            process = subprocess.Popen(
                command(arxiv.url), env=environment(stormy, 0.2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            if number % 4:  # the others may be killed while they start
                wait_until_asking(process, stormy, len(before))
            try:
                process.wait(timeout=chance.uniform(0.0, 0.8))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            assert not done & set(asked(stormy)[len(before) :])
            checked += len(done & set(before))
        subprocess.run(command(arxiv.url), env=environment(stormy, 0), check=True, capture_output=True)
    assert checked, "no kill came after the first rendition: the test has shown nothing"
    assert edition(stormy) == edition(calm)
    assert len(edition(calm)) > PAPERS // 2
    again = [
        row for row in rows(stormy, "select paper_id, kind, count(*) from renditions group by 1, 2") if row[2] != 1
    ]
    assert again == []


if sys.platform == "win32":  # no SIGKILL there
    pytest.skip("SIGKILL is of POSIX systems", allow_module_level=True)
