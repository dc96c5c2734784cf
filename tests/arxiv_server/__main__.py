"""The local arXiv by hand: `python -m tests.arxiv_server --world 7 --now 2026-03-04T06:00Z --speed 60`."""

import argparse
import lzma
import threading
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from tests.arxiv_server.cycle import VirtualClock, at_new_york
from tests.arxiv_server.mailings import A_WEDNESDAY, World
from tests.arxiv_server.mishaps import KINDS, Mishap, Plan
from tests.arxiv_server.months import CATEGORIES, months
from tests.arxiv_server.sample import sample_world
from tests.arxiv_server.server import ArxivServer


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The words of the call."""
    parser = argparse.ArgumentParser(prog="python -m tests.arxiv_server", description="A local arXiv.")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any free one")
    parser.add_argument(
        "--today", type=date.fromisoformat, default=A_WEDNESDAY, metavar="DATE", help="of the small world"
    )
    parser.add_argument("--feed", action="append", default=[], metavar="CATEGORY=FILE", help="serve this document")
    parser.add_argument(
        "--world", type=int, metavar="SEED", help="months of invented mailings instead of a small world"
    )
    parser.add_argument("--records", type=Path, metavar="FILE", help="real days from a JSONL (.xz or plain)")
    parser.add_argument("--first", type=date.fromisoformat, default=date(2026, 3, 2), metavar="DATE", help="of --world")
    parser.add_argument("--days", type=int, default=65, help="mailings of --world")
    parser.add_argument("--categories", default=",".join(CATEGORIES), metavar="NAME,…", help="of --world and --plan")
    parser.add_argument("--per-day", type=float, default=308.0, metavar="N", help="mean announcements of --world")
    parser.add_argument("--now", type=_instant, metavar="WHEN", help="where the clock begins (UTC)")
    parser.add_argument("--speed", type=float, default=0.0, metavar="N", help="virtual seconds a second; 0: it stands")
    parser.add_argument("--plan", type=int, metavar="SEED", help="random faults")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND", help=", ".join(KINDS))
    return parser.parse_args(argv)


def given(feeds: list[str]) -> dict[str, bytes]:
    """The documents of `--feed`, by category."""
    pairs = (feed.partition("=") for feed in feeds)
    return {category: Path(path).read_bytes() for category, _, path in pairs}


def world_of(words: argparse.Namespace) -> World:
    """The world that was asked for."""
    if words.records:
        data = words.records.read_bytes()
        return World.from_records((lzma.decompress(data) if words.records.suffix == ".xz" else data).splitlines())
    if words.world is None:
        return sample_world(today=words.today)
    categories = tuple(words.categories.split(","))
    return months(seed=words.world, first=words.first, days=words.days, categories=categories, per_day=words.per_day)


def plan_of(words: argparse.Namespace, world: World) -> Plan:
    """The faults that were asked for, those named by hand first."""
    by_hand = tuple(Mishap(kind=kind) for kind in words.fault)
    if words.plan is None:
        return Plan(mishaps=by_hand)
    drawn = Plan.random(world, seed=words.plan, categories=tuple(words.categories.split(",")))
    return Plan(mishaps=(*by_hand, *drawn.mishaps), rates=drawn.rates, seed=drawn.seed)


def main() -> None:
    """Serves until Ctrl-C."""
    words = arguments()
    world = world_of(words)
    clock = VirtualClock(words.now or at_new_york(world.today, 12), speed=words.speed)
    with ArxivServer(world, feeds=given(words.feed), port=words.port, now=clock, plan=plan_of(words, world)) as server:
        print(server.url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def _instant(told: str) -> datetime:
    moment = datetime.fromisoformat(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
