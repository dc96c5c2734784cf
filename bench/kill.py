"""Claim: SIGKILL at 100 random moments of 200 papers loses no paper, and no request but those under way.

    python bench/kill.py                 100 kills, about a minute
    python bench/kill.py --kills 20

Every run is a process of its own on one store on the disk, with the scripted engine, which notes each request in a
journal at the moment when it is asked. A paper that was stored before a run began must not be asked for in it; at each
kill at most as many papers as may be under way were asked for and not stored. Exits with 1 if that does not hold.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from pipeline import fill
from zhaiyao import wiring
from zhaiyao.cli import main as zhaiyao
from zhaiyao.settings import load

PAPERS, AT_ONCE, LATENCY = 200, 4, 0.1
AIM = 0.8
"""The share of the papers that should be done at the last kill: kills over all of the work, and some left for each."""
_MARK = re.compile(r"basin (\d{5})")


def translate(home: Path, latency: float) -> None:
    """One run of the program, as in a process of its own."""
    os.environ |= {
        "ZHAIYAO_HOME": str(home),
        "ZHAIYAO_ENGINE_NAME": "scripted",
        "ZHAIYAO_ENGINE_LATENCY": str(latency),
        "ZHAIYAO_ENGINE_JOURNAL": str(home / "journal"),
        "ZHAIYAO_ENGINE_CONCURRENCY": str(AT_ONCE),
    }
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os._exit(zhaiyao(["translate"]))


def asked(home: Path) -> list[str]:
    """The papers that were asked for, request by request. A kill may cut the last line."""
    path = home / "journal"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    whole = [json.loads(line) for line in lines if len(line) > 1 and line.startswith('"') and line.endswith('"')]
    return [found[1] for text in whole if (found := _MARK.search(text)) and text.startswith("A ")]  # titles


def stored(home: Path) -> set[str]:
    """The papers that are whole in the store."""
    query = (
        "select v.title from versions v join current c on c.paper_id = v.paper_id"
        " group by v.paper_id having count(distinct c.kind) = 3"
    )
    with closing(sqlite3.connect(home / "zhaiyao.db")) as store:
        return {found[1] for (title,) in store.execute(query) if (found := _MARK.search(title))}


def killed(
    process: multiprocessing.process.BaseProcess, home: Path, before: int, span: float, chance: random.Random
) -> bool:
    """Kills a run at a random moment: one of four while it starts, the others within `span` seconds after it began to
    ask. False: it was faster."""
    if chance.random() < 0.75:
        while process.is_alive() and len(asked(home)) == before:
            time.sleep(0.005)
    process.join(chance.uniform(0, span))
    if not process.is_alive():
        return False
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return True


def main() -> int:
    """All kills, then a run to the end."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=100)
    kills = options.parse_args().kills
    chance, forking = random.Random(7), multiprocessing.get_context("fork")
    done, lost, most, wrong, span = 0, 0, 0, 0, 2 * LATENCY
    with tempfile.TemporaryDirectory(prefix="zhaiyao-bench-") as folder:
        home = Path(folder)
        store = wiring.open_store(load(environment={"ZHAIYAO_HOME": folder})[1])
        fill(store, PAPERS)
        store.close()
        while done < kills and len(stored(home)) < PAPERS:
            before, held = len(asked(home)), stored(home)
            process = forking.Process(target=translate, args=(home, LATENCY))
            process.start()
            done += killed(process, home, before, span, chance)
            new = asked(home)[before:]
            under_way = len(set(new) - stored(home))
            lost, most = lost + under_way, max(most, under_way)
            span *= 1.25 if len(stored(home)) / PAPERS < AIM * done / kills else 0.8
            wrong += len(set(new) & held) + (len(new) - len(set(new)))
        halfway = len(stored(home))
        last = forking.Process(target=translate, args=(home, 0.0))
        last.start()
        last.join()
        complete, requests = len(stored(home)), asked(home)
    print(f"{done} kills over {halfway} of {PAPERS} papers, then a run to the end: {complete} complete")
    print(
        f"asked for {len(requests)} times, {len(requests) - len(set(requests))} of them again; under way at the kills"
        f" {lost}, at most {most} at one ({AT_ONCE} may be); stored or asked twice in a run: {wrong}"
    )
    repeated = len(requests) - len(set(requests))
    return 0 if complete == PAPERS and most <= AT_ONCE and repeated <= lost and not wrong and done == kills else 1


if __name__ == "__main__":
    sys.exit(main())
