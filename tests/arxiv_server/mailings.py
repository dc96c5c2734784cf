"""All mailings of a world, and the truth about them: what was announced where, and what a paper was when. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from tests.arxiv_server import records
from tests.arxiv_server.cycle import listed_at
from tests.arxiv_server.postings import ORDER, Entry, Posting, kind_of
from tests.arxiv_server.taxonomy import names_of

A_WEDNESDAY = date(2026, 3, 4)

# Which actions each interface does not show from version 6 on.
IN_FEED = ("replace", "withdraw")
IN_NEW = ("new", "cross", "replace", "withdraw")
IN_CATCHUP = ("replace",)

Shown = tuple[str, Entry]


@dataclass(frozen=True, kw_only=True)
class World:
    """All mailings by announcement date. Days without a mailing are absent.

    `today` is the day that a server without a clock takes it to be. `since` is the first day that counts: those before
    are history, thin and only there so that papers can have versions. `deferred`: weekdays whose mailing was put off.
    """

    today: date = A_WEDNESDAY
    days: Mapping[date, tuple[Posting, ...]] = field(default_factory=dict)
    since: date | None = None
    deferred: tuple[date, ...] = ()

    @classmethod
    def from_records(cls, lines: Iterable[str | bytes | Mapping[str, object]]) -> "World":
        """Real days: each record (`date id title authors categories comment abstract`) is new on its date."""
        days, since = records.mailings(lines)
        return cls(today=max(days, default=A_WEDNESDAY), days=days, since=since)

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Days with a mailing, ascending."""
        return tuple(sorted(self.days))

    @property
    def first(self) -> date:
        """The first day that counts."""
        return self.since or self.dates[0]

    @property
    def last(self) -> date:
        """The last day of all."""
        return self.dates[-1]

    def on(self, day: date) -> "World":
        """The same world on another day."""
        return replace(self, today=day)

    def feed(self, spec: str, day: date | None = None) -> list[Shown]:
        """What the feed of `cs.AI`, `cs` or `cs.AI+cs.LG` shows on a day (today): types are relative to the spec."""
        return list(self.of_feed(names_of(spec), day or self.today))

    def of_feed(self, names: tuple[str, ...], day: date) -> tuple[Shown, ...]:
        """As `feed`, for names that were read already."""
        return self._shown(names, day, day, IN_FEED)

    def announced(self, spec: str, day: date) -> dict[str, str]:
        """The truth: announce types by paper id, as listed on the day itself."""
        return {entry.id: kind for kind, entry in self._shown(names_of(spec), day, day, IN_NEW)}

    def announced_to(self, categories: Iterable[str], day: date) -> dict[str, dict[str, str]]:
        """The truth of several categories, each by itself."""
        return {category: self.announced(category, day) for category in categories}

    def listed(self, category: str, day: date, *, seen: date) -> dict[str, str]:
        """What the catch-up page of a day lists when it is read on a later day."""
        return {entry.id: kind for kind, entry in self.page(category, day, seen=seen, unlisted=IN_CATCHUP)}

    def page(self, subject: str, day: date, *, seen: date, unlisted: Collection[str]) -> tuple[Shown, ...]:
        """The entries of a listing page of one subject, in its order, with the metadata of the day it is seen.

        The page of an archive leaves out what was only cross-listed inside it.
        """
        shown = self._shown((subject,), day, seen, tuple(unlisted))
        return tuple(one for one in shown if not (one[0] == "cross" and one[1].categories[0].startswith(f"{subject}.")))

    def everything(self, subject: str, day: date, *, seen: date) -> tuple[Shown, ...]:
        """As `page`, with what was cross-listed inside an archive, and replacements of any version."""
        return self._shown((subject,), day, seen, ())

    def ids_of(self, month: str) -> tuple[str, ...]:
        """The papers whose ids begin with YYMM, sorted."""
        begin = bisect_left(self.ids, month)
        return self.ids[begin : bisect_left(self.ids, f"{int(month) + 1:04}", begin)]

    def entry(self, paper_id: str, *, on: date) -> Entry | None:
        """A paper as the mailings up to a day have it."""
        days, entries = self._history.get(paper_id, ((), ()))
        at = bisect_right(days, on)
        return entries[at - 1] if at else None

    def versions(self, paper_id: str, *, on: date) -> tuple[Entry, ...]:
        """The last state of each version up to a day, oldest first. Versions that no mailing tells are made up."""
        days, entries = self._history.get(paper_id, ((), ()))
        known = {entry.version: entry for entry in entries[: bisect_right(days, on)]}
        if not known:
            return ()
        oldest = known[min(known)]
        for number in range(1, oldest.version):
            back = timedelta(days=30 * (oldest.version - number))
            known[number] = replace(oldest, version=number, submitted=_submitted(oldest) - back, source="")
        return tuple(known[number] for number in sorted(known))

    def stamped(self, day: date) -> list[tuple[date, str]]:
        """(day of its last change, id) of every paper as of a day, sorted."""
        return self._stamped(day)

    @cached_property
    def _stamped(self) -> Callable[[date], list[tuple[date, str]]]:
        return lru_cache(maxsize=4)(self._by_change)

    def _by_change(self, day: date) -> list[tuple[date, str]]:
        return sorted(
            (self.changed(paper_id, on=day), paper_id) for paper_id in self.ids if self.entry(paper_id, on=day)
        )

    def library(self, day: date) -> list[tuple[Entry, datetime]]:
        """Every paper as it was on a day, with the instant of its first version."""
        return list(self._library(day))

    @cached_property
    def _library(self) -> Callable[[date], tuple[tuple[Entry, datetime], ...]]:
        return lru_cache(maxsize=4)(self._collected)

    def _collected(self, day: date) -> tuple[tuple[Entry, datetime], ...]:
        both = ((self.entry(paper_id, on=day), self.first_submitted(paper_id)) for paper_id in self.ids)
        return tuple((entry, first) for entry, first in both if entry)

    def first_submitted(self, paper_id: str) -> datetime:
        """When the first version came in."""
        days, _ = self._history[paper_id]
        return _submitted(self.versions(paper_id, on=days[0])[0])

    def changed(self, paper_id: str, *, on: date) -> date:
        """The day of the last change up to a day. Raises IndexError for a paper that is not there yet."""
        days, _ = self._history[paper_id]
        return days[bisect_right(days, on) - 1]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """All papers, sorted."""
        return tuple(sorted(self._history))

    @cached_property
    def _history(self) -> dict[str, tuple[list[date], list[Entry]]]:
        """Per paper: the days of its postings, and what it was after each."""
        history: dict[str, tuple[list[date], list[Entry]]] = {}
        for day in self.dates:
            for posting in self.days[day]:
                days, entries = history.setdefault(posting.entry.id, ([], []))
                days.append(day)
                entries.append(_dated(posting.entry, day))
        return history

    @cached_property
    def _shown(self) -> Callable[[tuple[str, ...], date, date, tuple[str, ...]], tuple[Shown, ...]]:
        return lru_cache(maxsize=512)(self._work_out)

    def _work_out(self, wanted: tuple[str, ...], day: date, seen: date, unlisted: tuple[str, ...]) -> tuple[Shown, ...]:
        """One line per paper, the one that says most, with the metadata of the day `seen`."""
        best: dict[str, Shown] = {}
        for posting in self.days.get(day, ()):
            entry = self.entry(posting.entry.id, on=seen) or posting.entry
            kind = kind_of(posting, wanted, entry.categories, unlisted)
            held = best.get(entry.id)
            if kind and (held is None or ORDER.index(kind) < ORDER.index(held[0])):
                best[entry.id] = kind, entry
        return tuple(sorted(best.values(), key=lambda shown: (ORDER.index(shown[0]), shown[1].id)))


def _dated(entry: Entry, day: date) -> Entry:
    return entry if entry.submitted else replace(entry, submitted=listed_at(day) - timedelta(hours=30))


def _submitted(entry: Entry) -> datetime:
    assert entry.submitted is not None, entry.id
    return entry.submitted
