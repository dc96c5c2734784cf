"""Months of invented mailings: new papers, later cross-lists, replacements, withdrawals, journal references. Seeded.

Submissions come at all hours, most are mailed on the next evening, and some are held by moderators for up to 24 days;
ids are given in the order of submission, so that a held paper appears with an id far below its neighbours'.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice

from tests.arxiv_server.cycle import NEW_YORK, ONE_DAY, at_new_york, has_mailing, listed_at, mailing_days
from tests.arxiv_server.grammar import Muse
from tests.arxiv_server.mailings import World
from tests.arxiv_server.postings import UNLISTED_FROM_VERSION, Entry, Posting

CATEGORIES = ("cs.LG", "cs.CL", "stat.ML")
LONGEST_HOLD = 24
_NEIGHBOURS = (
    "cs.AI",
    "cs.CV",
    "cs.IR",
    "cs.RO",
    "math.OC",
    "math.ST",
    "math.NA",
    "eess.SY",
    "cs.IT",
    "q-bio.QM",
    "econ.EM",
)
_WITH_ALIAS = {"math.NA": "cs.NA", "cs.IT": "math.IT", "math.ST": "stat.TH", "eess.SY": "cs.SY"}
_HISTORY = 150  # papers from before the first day, so that it can have replacements too

# Announcements of a paper's life, per new paper: counted out so that about half of all lines are new or cross.
_REPLACED, _CROSSED, _WITHDRAWN, _JOURNAL = 0.62, 0.05, 0.008, 0.06


@dataclass(slots=True)
class _Life:
    """What is being written about one paper: its state, and the day of its last mailing."""

    entry: Entry
    day: date


def months(
    *,
    seed: int = 7,
    first: date = date(2026, 3, 2),
    days: int = 65,
    categories: Sequence[str] = CATEGORIES,
    per_day: float = 308.0,
    deferred: int = 1,
) -> World:
    """A world of `days` mailings from `first` on. `per_day` is the mean number of announcements, summed over the
    categories (a paper in two of them counts twice). So many mailings are `deferred` to the next one.
    """
    chance = random.Random(f"{seed}/{first}/{days}/{'+'.join(categories)}/{per_day}")
    put_off = _put_off(chance, first, days, deferred)
    calendar = tuple(islice(mailing_days(first, without=put_off), days))
    writer = _Writer(chance, tuple(categories), calendar, per_day)
    return World(today=calendar[-1], days=writer.written(), since=calendar[0], deferred=put_off)


def _put_off(chance: random.Random, first: date, days: int, count: int) -> tuple[date, ...]:
    """Days in the middle whose mailing does not come, though the calendar has one."""
    inner = list(islice(mailing_days(first), days))[3:-2]
    return tuple(sorted(chance.sample(inner, min(count, len(inner) // 8))))


class _Writer:
    """Writes the mailings of a calendar."""

    def __init__(
        self, chance: random.Random, categories: tuple[str, ...], calendar: tuple[date, ...], per_day: float
    ) -> None:
        self._chance = chance
        self._muse = Muse(chance)
        self._categories = categories
        self._calendar = calendar
        self._days: dict[date, list[Posting]] = {day: [] for day in calendar}
        self._lives: list[_Life] = []
        self._touched: set[tuple[date, str]] = set()
        self._new = per_day / _lines_per_paper(categories)

    def written(self) -> dict[date, tuple[Posting, ...]]:
        """All days, those of the history among them."""
        self._write_history()
        fresh: dict[date, list[Entry]] = {day: [] for day in self._calendar}
        for entry, day in self._submissions():
            fresh[day].append(entry)
        for day in self._calendar:
            before = len(self._lives)
            for entry in fresh[day]:
                self._post(Posting(entry=entry), day)
                self._lives.append(_Life(entry, day))
            self._write_later(day, len(fresh[day]), before)
        return {day: tuple(postings) for day, postings in sorted(self._days.items())}

    def _write_history(self) -> None:
        """Papers of last year, some of which have many versions already."""
        start = self._calendar[0] - timedelta(days=300)
        for number in range(_HISTORY):
            day = start + timedelta(days=number)
            while not has_mailing(day):
                day += ONE_DAY
            entry = self._paper(
                f"{day - ONE_DAY:%y%m}.{1000 + number:05d}", listed_at(day) - timedelta(hours=9), number
            )
            life = _Life(entry, day)
            self._days.setdefault(day, []).append(Posting(entry=entry))
            self._lives.append(life)
            for _ in range(self._chance.choice((0, 0, 0, 1, 1, 2, 4, 5))):
                self._revise(life, min(life.day + timedelta(days=7), self._calendar[0] - timedelta(days=120)))

    def _submissions(self) -> list[tuple[Entry, date]]:
        """All new papers with the day that mails them, in the order of their submission, which is that of their ids."""
        moments: list[tuple[datetime, date]] = []
        previous = self._calendar[0] - timedelta(days=3)
        for day in self._calendar:
            begin, end = at_new_york(previous - ONE_DAY, 14), at_new_york(day - ONE_DAY, 14)
            previous = day
            share = 1.0 + 0.5 * max(0, (end - begin).days - 1)
            for _ in range(_poisson(self._chance, self._new * share / 1.25)):
                moment = begin + (end - begin) * self._chance.random()
                moments.append((moment.replace(microsecond=0), self._held(day)))
        moments.sort()
        serials: dict[str, int] = {}
        submitted = []
        for number, (moment, day) in enumerate(moments):
            month = f"{moment.astimezone(NEW_YORK):%y%m}"
            serials[month] = serials.get(month, 0) + self._chance.randint(1, 9)
            submitted.append((self._paper(f"{month}.{serials[month]:05d}", moment, number), day))
        return submitted

    def _held(self, day: date) -> date:
        """The day that really mails what should come on `day`: for one paper in twenty a later one."""
        if self._chance.random() >= 0.05:
            return day
        until = day + timedelta(days=self._chance.randint(1, LONGEST_HOLD - 4))
        return next((later for later in self._calendar if later >= until), day)

    def _write_later(self, day: date, new: int, known: int) -> None:
        """What happens on a day to papers of earlier ones."""
        chance = self._chance
        for _ in range(_poisson(chance, new * _REPLACED)):
            self._revise(self._lives[self._recent(known)], day)
        for _ in range(_poisson(chance, new * _CROSSED)):
            self._cross(self._lives[self._recent(known)], day)
        for _ in range(_poisson(chance, new * _WITHDRAWN)):
            self._withdraw(self._lives[self._recent(known)], day)
        for _ in range(_poisson(chance, new * _JOURNAL)):
            self._publish(self._lives[self._recent(known)], day)

    def _recent(self, known: int) -> int:
        """Younger papers are changed more often."""
        return min(known - 1, int(known * self._chance.random() ** 0.6))

    def _revise(self, life: _Life, day: date) -> None:
        if life.entry.withdrawn or not self._first_today(life, day):
            return
        abstract = self._muse.revised(life.entry.abstract) if self._chance.random() < 0.5 else life.entry.abstract
        self._next_version(life, day, "replace", replace(life.entry, abstract=abstract, size=life.entry.size + 7))

    def _withdraw(self, life: _Life, day: date) -> None:
        if life.entry.withdrawn or not self._first_today(life, day):
            return
        words = "This paper has been withdrawn by the authors due to an error in Lemma 3"
        abstract = f"{words}." if self._chance.random() < 0.5 else life.entry.abstract
        gone = replace(life.entry, abstract=abstract, comments=words, source="I", html=False)
        self._next_version(life, day, "withdraw", gone)

    def _next_version(self, life: _Life, day: date, action: str, entry: Entry) -> None:
        submitted = listed_at(day) - timedelta(hours=self._chance.uniform(7, 29))
        life.entry = replace(entry, version=entry.version + 1, submitted=submitted.replace(microsecond=0))
        self._post(Posting(entry=life.entry, action=action), day)
        life.day = day

    def _cross(self, life: _Life, day: date) -> None:
        """To one of the asked categories that it is not in yet, or to a neighbour."""
        missing = [name for name in (*self._categories, "cs.AI") if name not in life.entry.categories]
        often = life.entry.version >= UNLISTED_FROM_VERSION
        if not missing or often or life.entry.withdrawn or not self._first_today(life, day):
            return
        added = self._chance.choice(missing)
        life.entry = replace(life.entry, categories=(*life.entry.categories, added))
        self._post(Posting(entry=life.entry, action="cross", to=(added,)), day)
        life.day = day

    def _publish(self, life: _Life, day: date) -> None:
        if life.entry.journal_ref or not self._first_today(life, day):
            return
        doi = f"10.5555/lacewing.{life.entry.id}"
        life.entry = replace(life.entry, journal_ref=self._muse.journal_ref(), doi=doi)
        self._post(Posting(entry=life.entry, action="absonly"), day)
        life.day = day

    def _first_today(self, life: _Life, day: date) -> bool:
        """One thing a day happens to a paper."""
        return life.day < day

    def _post(self, posting: Posting, day: date) -> None:
        self._days.setdefault(day, []).append(posting)

    def _paper(self, paper_id: str, submitted: datetime, number: int) -> Entry:
        chance, muse = self._chance, self._muse
        published = chance.random() < 0.08
        return Entry(
            id=paper_id,
            title="0" if chance.random() < 0.0003 else muse.title(number),
            abstract=muse.abstract(),
            authors=muse.authors(),
            categories=self._homes(),
            license=muse.license(),
            doi=f"10.5555/skerry.{number}" if published else "",
            journal_ref=muse.journal_ref() if published else "",
            comments=muse.comments(),
            submitted=submitted.astimezone(UTC),
            source="D" if chance.random() < 0.05 else "",
            size=chance.randint(40, 9000),
            html=chance.random() < 0.9,
        )

    def _homes(self) -> tuple[str, ...]:
        """A primary category and others, at least one of them asked for. Aliases come with their twin."""
        chance = self._chance
        inside = chance.random() < 0.72
        primary = chance.choice(self._categories) if inside else chance.choice(_NEIGHBOURS)
        homes = [primary, _WITH_ALIAS[primary]] if primary in _WITH_ALIAS else [primary]
        others = [name for name in self._categories if name not in homes]
        if not inside:
            homes.append(chance.choice(others))
        homes += [name for name in others if name not in homes and chance.random() < 0.22]
        if chance.random() < 0.4:
            homes.append(chance.choice(("cs.AI", "cs.CV", "cs.SD", "math.PR")))
        return tuple(dict.fromkeys(homes))


@cache
def _lines_per_paper(categories: tuple[str, ...]) -> float:
    """How many announcements in the asked categories one new paper brings about in the end."""
    per_paper = 1.0 + 0.22 * (len(categories) - 1)
    return per_paper * (1 + _REPLACED * 0.92 + _WITHDRAWN) + _CROSSED


def _poisson(chance: random.Random, mean: float) -> int:
    """A count around a mean; the normal approximation is good enough for any mean that matters here."""
    return max(0, round(chance.gauss(mean, mean**0.5)))
