"""Real days from a list of records, one JSON object a line. Reads values, opens no files."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from tests.arxiv_server.cycle import has_mailing, listed_at
from tests.arxiv_server.postings import Entry, Posting


def mailings(
    lines: Iterable[str | bytes | Mapping[str, object]],
) -> tuple[dict[date, tuple[Posting, ...]], date | None]:
    """The postings of each day, and the first day.

    What was read on a day without a mailing (a weekend) belongs to the one before, whose listing still stood there.
    """
    days: dict[date, list[Posting]] = {}
    for line in lines:
        record = line if isinstance(line, Mapping) else json.loads(line)
        day = _mailed(date.fromisoformat(str(record["date"])))
        days.setdefault(day, []).append(Posting(entry=_entry(record, day)))
    return {day: tuple(postings) for day, postings in sorted(days.items())}, min(days, default=None)


def _mailed(day: date) -> date:
    while not has_mailing(day):
        day -= timedelta(days=1)
    return day


def _entry(record: Mapping[str, object], day: date) -> Entry:
    authors, categories = record["authors"], record["categories"]
    assert isinstance(authors, list)
    assert isinstance(categories, list)
    return Entry(
        id=str(record["id"]),
        title=_one_line(record["title"]),
        abstract=_unwrapped(str(record["abstract"])),
        authors=", ".join(map(str, authors)),
        categories=tuple(map(str, categories)),
        comments=_one_line(record.get("comment") or ""),
        submitted=listed_at(day) - timedelta(hours=20),
    )


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _unwrapped(text: str) -> str:
    """Wraps gone; a line that begins with a blank is a paragraph, as arXiv stores it."""
    lines = text.strip().split("\n")
    return "".join(
        line.strip() if not at else f"\n  {line.strip()}" if line[:1].isspace() else f" {line.strip()}"
        for at, line in enumerate(lines)
        if line.strip()
    )
