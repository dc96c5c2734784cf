"""What is needed of the store, part by part, and its units of work.

Its errors are `errors.StoreError`. Its methods belong to one unit of work; a unit of work belongs to one thread.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from zhaiyao.bookkeeping import Change, Delivery, FeedbackEvent, Owner, SavedSearch, Spent, WorkItem
from zhaiyao.records import (
    Announcement,
    Attempt,
    Correction,
    Digest,
    Edition,
    EditionEntry,
    Incident,
    Interface,
    LedgerDay,
    Paper,
    Profile,
    Rendition,
    RenditionKind,
    Telling,
    Term,
    Version,
)


class Papers(Protocol):
    """Facts from arXiv."""

    def put(self, papers: Iterable[Paper], versions: Iterable[Version], announcements: Iterable[Announcement]) -> None:
        """Adds or updates. Known versions and announcements (by content) are left alone; nothing is removed."""

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The known ones of these papers."""

    def versions(self, ids: Iterable[str]) -> dict[str, tuple[Version, ...]]:
        """All texts of these papers: by number descending, then by trust in the interface."""

    def announcements(
        self, *, category: str | None = None, on: date | None = None, papers: Iterable[str] | None = None
    ) -> tuple[Announcement, ...]:
        """Announcements that match all given conditions, by date, category, type, paper id. No papers, none of them."""

    def latest_date(self, category: str) -> date | None:
        """The latest announcement date held for a category."""

    def ids(self, *, after: str = "", limit: int) -> tuple[str, ...]:
        """The first `limit` paper ids after this one, in the order of their bytes: all papers, page by page."""

    def cut(self, *, after: str = "", limit: int) -> tuple[str, ...]:
        """As `ids`, but only papers of which some version is held as a cut text, or in the earlier system's words
        alone, and no whole text of arXiv's of that version or a later one."""


class Renditions(Protocol):
    """Text that we made, and every attempt to make it."""

    def put(self, renditions: Iterable[Rendition]) -> None:
        """Stores each and points `current` at it. A known one (by key) is only pointed at."""

    def record(self, attempts: Iterable[Attempt]) -> None:
        """Appends attempts, whatever their outcome."""

    def current(
        self, papers: Iterable[tuple[str, int]], *, language: str
    ) -> dict[tuple[str, int], dict[RenditionKind, Rendition]]:
        """The current renditions of these (paper id, version number) pairs; pairs without any are absent."""

    def translated(self, *, language: str, after: str = "", limit: int) -> tuple[str, ...]:
        """The first `limit` ids after this one of papers of which some version's title is rendered, in the order of
        their bytes: all of them, page by page."""

    def of(self, ids: Iterable[str], *, language: str) -> dict[str, tuple[Rendition, ...]]:
        """Every rendition of these papers, of all versions and kinds, newest first; papers without any are absent."""

    def attempts(self, paper_id: str) -> tuple[Attempt, ...]:
        """All attempts at a paper, oldest first."""

    def spent(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Spent, ...]:
        """What all attempts from an instant on and before another one used, per UTC day, engine, model and kind, in
        this order."""


class Editions(Protocol):
    """Editions, append-only."""

    def put(self, edition: Edition) -> None:
        """Appends. An edition of this id that differs in content raises StoreError; the same one is left alone."""

    def get(self, edition_id: str) -> Edition:
        """By id, or by a prefix of it that only one edition has. Raises UnknownEdition, and says what there is."""

    def known(self, edition_id: str) -> bool:
        """Whether there is an edition of exactly this id."""

    def latest(self, profile: str, on: date) -> Edition | None:
        """The highest revision of a profile's edition of a date."""

    def latest_of(self, profile: str, *, limit: int) -> tuple[Edition, ...]:
        """The highest revision of each of the profile's latest `limit` announcement dates, newest date first."""

    def holding(self, paper_id: str, *, limit: int) -> tuple[tuple[str, EditionEntry, int], ...]:
        """(edition id, the paper's entry, number of entries) of the newest `limit` editions that hold the paper,
        newest first."""

    def ids(self, *, profile: str | None = None) -> tuple[str, ...]:
        """All edition ids, newest first."""

    def resolve(self, edition: Edition) -> Digest:
        """The edition with all its texts (without ledger). Raises StoreError if a pinned text is missing."""


class Profiles(Protocol):
    """Profiles and the feedback events they are made from."""

    def append(self, event: FeedbackEvent) -> int:
        """Appends an event; returns the profile's new revision (its number of events)."""

    def events(self, profile: str) -> tuple[FeedbackEvent, ...]:
        """A profile's log, oldest first."""

    def get(self, name: str) -> Profile | None:
        """The profile as its last `configure` event says, at its present revision."""

    def names(self) -> tuple[str, ...]:
        """All profiles, sorted."""


class Work(Protocol):
    """The one queue of texts to render, across profiles and processes."""

    def enqueue(self, items: Iterable[tuple[str, int, float]]) -> int:
        """(paper id, version, priority): queues the unknown, raises a waiting one's priority if higher, reopens a
        completed one; returns how many are newly waiting."""

    def claim(self, owner: Owner, *, most: int, now: datetime, until: datetime) -> tuple[WorkItem, ...]:
        """Leases up to `most` of the waiting or expired items whose `not_before` has passed, and returns them: those of
        the highest priority (ties: the oldest), best first."""

    def renew(self, owner: Owner, *, until: datetime) -> int:
        """Extends all leases of an owner; returns how many it still holds."""

    def complete(self, item_ids: Iterable[int]) -> None:
        """Marks as done."""

    def give_back(self, item_id: int, owner: Owner, *, fault: str, not_before: datetime) -> None:
        """Back to waiting after a failure, with one more try on its count.

        Does nothing if the owner's lease has run out and the item is somebody else's by now, or done.
        """

    def release(self, owner: Owner) -> int:
        """Frees all leases of an owner that is gone; returns how many."""

    def owners(self) -> tuple[Owner, ...]:
        """Everyone who holds a lease."""

    def held(self, *, besides: Owner, now: datetime) -> int:
        """How many items others than this owner hold, by leases that have not run out."""

    def open(self, papers: Iterable[tuple[str, int]] | None = None) -> tuple[WorkItem, ...]:
        """Items that are not done (waiting or leased), of these (paper id, version) pairs or of all."""

    def count(self, *, due: datetime | None = None) -> int:
        """How many items are not done; with `due`, only those leased, or waiting for no later instant than that."""

    def length(self, *, due: datetime, most: int | None = None) -> int:
        """The characters of title and abstract of the items that `count` counts as due; with `most`, of so many of the
        best. Of several texts of a version the longest counts."""

    def next_due(self) -> datetime | None:
        """The earliest `not_before` of the waiting items; None if nothing waits, or if something waits without one."""


class Ledger(Protocol):
    """Counts per category and announcement date."""

    def tell(
        self, category: str, on: date, *, announced: int | None, interface: Interface, at: datetime, shown: int = 0
    ) -> None:
        """Notes that an interface told this day, arXiv's own count if it gave one, and how many entries it showed. A
        later telling replaces an earlier one of the same interface, but silence removes no count, and no smaller
        number of entries replaces a larger one."""

    def tellings(self, category: str, *, since: date | None = None) -> tuple[Telling, ...]:
        """Who told which day of a category, from a date on or at all: by date, then interface."""

    def note(self, incidents: Iterable[Incident]) -> None:
        """Appends incidents. One that is the same but for its instant and detail is noted once a day (UTC)."""

    def incidents(
        self,
        *,
        categories: Iterable[str] | None = None,
        on: date | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[Incident, ...]:
        """The newest incidents that match all given conditions, newest first."""

    def days(
        self, *, categories: Iterable[str] | None = None, on: date | None = None, limit: int | None = None
    ) -> tuple[LedgerDay, ...]:
        """Counted from what the store holds, newest date first, then by category; of these categories or of all, of
        this date, of the newest `limit` announcement dates among them."""


class Deliveries(Protocol):
    """What went where."""

    def record(self, delivery: Delivery) -> None:
        """Appends."""

    def of(self, edition_id: str) -> tuple[Delivery, ...]:
        """All deliveries of an edition, oldest first."""


class Changes(Protocol):
    """The log that followers read. Every write of the other parts appends to it in the same transaction."""

    def since(self, seq: int, *, limit: int) -> tuple[Change, ...]:
        """Changes after `seq`, oldest first. A change seen is never preceded later by a smaller number."""

    def latest(self) -> int:
        """The highest sequence number; 0 if there is none."""

    def watermark(self, follower: str) -> int:
        """How far a follower has read; 0 at first."""

    def advance(self, follower: str, seq: int) -> None:
        """Notes how far a follower has read; never goes back."""


class Searches(Protocol):
    """Searches that a reader saved, and what they have found so far."""

    def save(self, search: SavedSearch) -> None:
        """Adds or replaces by name. A changed query forgets what the old one found."""

    def drop(self, name: str) -> bool:
        """Removes a search with what it found; whether there was one."""

    def all(self) -> tuple[SavedSearch, ...]:
        """All saved searches, by name."""

    def found(self, name: str, ids: Iterable[str], *, at: datetime) -> tuple[str, ...]:
        """Notes what a search found; returns those it had not found before, in the order given."""

    def matches(self, name: str, *, limit: int) -> tuple[tuple[str, datetime], ...]:
        """What a search has found and when, newest first."""


class Glossary(Protocol):
    """Terms as readers want them, and sentences that they corrected."""

    def put(self, terms: Iterable[Term]) -> None:
        """Adds, or replaces by source (case aside) and language."""

    def drop(self, source: str, *, language: str) -> bool:
        """Removes a term; whether there was one."""

    def terms(self, *, language: str) -> tuple[Term, ...]:
        """All terms of readers, by source."""

    def correct(self, correction: Correction) -> None:
        """Keeps a corrected sentence, in the place of an earlier correction of the same source sentence."""

    def corrections(self, *, language: str, fingerprints: Iterable[str] | None = None) -> tuple[Correction, ...]:
        """The corrections of the sentences of these fingerprints, or all of them, newest first."""


class UnitOfWork(Protocol):
    """One transaction's view of the store."""

    papers: Papers
    renditions: Renditions
    editions: Editions
    profiles: Profiles
    work: Work
    ledger: Ledger
    deliveries: Deliveries
    changes: Changes
    searches: Searches
    glossary: Glossary


class Store(Protocol):
    """The database. `writing` commits when its block ends well and rolls back when it raises; `reading` sees one
    consistent state."""

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that may write."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that only reads."""

    def close(self) -> None:
        """Closes all connections. Idempotent."""
