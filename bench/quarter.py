"""Is nothing lost? A simulated quarter: 65 announcement days, three overlapping categories, every fault, one reader.

    python bench/quarter.py [--days 65] [--per-day 308] [--seed 7] [--runs 2] [--translate] [--records FILE.jsonl.xz]

Prints a table by week, then what was served and what the ledger says of it. Exits with 1 if a paper was lost or
doubled, a fault has no name in the ledger, or a gate was violated. `--records` serves real days instead.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.arxiv_server.mishaps import Plan
from tests.arxiv_server.months import months
from tests.quarter import HOURS, Audit, Season, absences, real_season

CATEGORIES = ("cs.CL", "cs.LG", "stat.ML")


def season(asked: argparse.Namespace, folder: Path) -> Season:
    """The world and the reader that were asked for."""
    if asked.records:
        real = real_season(asked.records, folder=folder, days=asked.days)
        plan = Plan.random(real.world, seed=asked.seed, categories=real.categories)
        return Season(
            world=real.world,
            plan=plan,
            categories=real.categories,
            folder=folder,
            away=absences(real.world, seed=asked.seed, spells=3),
            translating=asked.translate,
        )
    world = months(seed=asked.seed, days=asked.days, categories=CATEGORIES, per_day=asked.per_day)
    plan = Plan.random(world, seed=asked.seed, categories=CATEGORIES)
    away = absences(world, seed=asked.seed, spells=3)
    return Season(world=world, plan=plan, categories=CATEGORIES, folder=folder, away=away, translating=asked.translate)


def table(audit: Audit) -> None:
    """One line a week: days, announcements, what is held and in editions, what went wrong."""
    heads = {"days": 5, "announced": 11, "held": 7, "published": 11, "lost": 6, "doubled": 9, "incidents": 11}
    print(f"{'week of':12}" + "".join(f"{head:>{width}}" for head, width in heads.items()))
    weeks: dict[date, list[date]] = {}
    for day in audit.days:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    for week, days in weeks.items():
        rows = [row for row in audit.ledger if row.date in days]
        told = sum(len(papers) for day in days for papers in audit.truth[day].values())
        wrong = sum(one.date in days for one in audit.incidents)
        lost, doubled = (sum(day in days for day, _, _ in found) for found in (audit.lost, audit.doubled))
        held, published = sum(row.fetched for row in rows), sum(row.published for row in rows)
        print(f"{week!s:12}{len(days):5}{told:11}{held:7}{published:11}{lost:6}{doubled:9}{wrong:11}")


def report(audit: Audit, seconds: float) -> bool:
    """Prints all of it; whether all is well."""
    table(audit)
    print(f"\n{'fault served':22}{'times':>6}{'unnamed':>9}")
    unnamed = Counter(one.kind for one in audit.unnamed)
    for kind, count in sorted(audit.served.items()):
        print(f"{kind:22}{count:6}{unnamed[kind]:9}")
    print("\nthe ledger's words")
    for (interface, fault), count in sorted(Counter((one.interface, one.fault) for one in audit.incidents).items()):
        print(f"  {interface}: {fault} ×{count}")
    print(f"\nrequests: {', '.join(f'{name} {count}' for name, count in sorted(audit.requests.items()))}")
    well = not (audit.lost or audit.doubled or audit.mistyped or audit.unnamed or audit.violations or audit.open_days)
    print(
        f"{len(audit.days)} days, {audit.announced} announcements of {audit.papers} papers, {audit.runs} runs, "
        f"{audit.revisions} revisions, {seconds:.0f} s: {len(audit.lost)} lost, {len(audit.doubled)} doubled, "
        f"{len(audit.mistyped)} of another type, {len(audit.unnamed)} faults unnamed, "
        f"{len(audit.violations)} violations of gates, {audit.open_days} days incomplete"
    )
    for sentence in (*audit.violations[:5], *map(str, audit.unnamed[:5]), *map(str, audit.lost[:5])):
        print(f"  {sentence}")
    return well


def main() -> int:
    """Lives through the season and looks back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, help="announcement days; all of a file of records", default=None)
    parser.add_argument("--per-day", type=float, default=308.0, help="announcements a day, over all categories")
    parser.add_argument("--runs", type=int, default=2, choices=range(1, 4), help="a day: at 01:30, 05:30, 12:00 UTC")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--translate", action="store_true", help="translate (scripted) and publish, too")
    parser.add_argument("--records", type=Path, help="real days, as JSONL in xz")
    asked = parser.parse_args()
    if not asked.records:
        asked.days = asked.days or 65
    random.seed(asked.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        audit = replace(season(asked, Path(folder)), hours=HOURS[: asked.runs]).live()
    return 0 if report(audit, time.monotonic() - began) else 1


if __name__ == "__main__":
    sys.exit(main())
