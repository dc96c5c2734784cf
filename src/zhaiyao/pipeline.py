"""The daily job, whole: the order of the steps and nothing else. It does not decide; pure modules do.

    for each category of the profiles:            one after the other (arXiv's gate)
        fetch its latest day, parse, take in      new / cross / revised / unchanged; queue by score
    translate what waits, best first              side by side (the executor), written by the driver alone
    for each profile, for each date that may have changed:
        compose the next revision, if anything changed
        publish its pages, each file whole or not at all

Killed at any moment it loses at most the requests under way: run again, it goes on where it stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhaiyao.ports import Clock, Outlet, Progress, Source, Store
from zhaiyao.records import Edition, Profile
from zhaiyao.usecases.compose import compose
from zhaiyao.usecases.fetch import Fetched, fetch
from zhaiyao.usecases.publish import Look, publish_latest
from zhaiyao.usecases.translate import Crew, Translated, translate

LATEST_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: per category, over the queue, the revisions it made and the pages it wrote."""

    fetched: tuple[Fetched, ...]
    translated: Translated
    editions: tuple[Edition, ...]
    pages: tuple[str, ...]
    waiting: int

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to do: no revision, no request, no failure."""
        failed = any(one.error for one in self.fetched) or self.translated.error
        return not self.editions and not self.translated.requests and not failed


def run(
    store: Store,
    source: Source,
    profiles: Sequence[Profile],
    crew: Crew,
    outlet: Outlet,
    look: Look,
    *,
    clock: Clock,
    progress: Progress,
) -> Ran:
    """Runs all steps for these profiles. Raises StoreError or PublishError; all else is in the report."""
    fetched = fetch(store, source, profiles, clock=clock, progress=progress)
    translated = translate(store, crew, clock=clock, progress=progress)
    editions = []
    for profile in profiles:
        for on in days_to_compose(store, profile, translated):
            edition = compose(store, profile, on, now=clock())
            editions.extend([edition] if edition else [])
    pages = [page for profile in profiles for page in publish_latest(store, profile, outlet, look)]
    with store.reading() as tx:
        waiting = len(tx.work.open())
    return Ran(fetched=fetched, translated=translated, editions=tuple(editions), pages=tuple(pages), waiting=waiting)


def days_to_compose(store: Store, profile: Profile, translated: Translated) -> list[date]:
    """The dates whose edition may differ from what it says: the latest ones, and those of papers just translated.

    The latest ones are always looked at, because a killed run may have stored texts and composed nothing.
    """
    with store.reading() as tx:
        days = {
            day.date
            for category in profile.categories
            for day in [held for held in tx.ledger.days(category=category) if held.fetched][:LATEST_DAYS]
        }
        for paper_id in translated.papers:
            told = tx.papers.announcements(paper_id=paper_id)
            days |= {one.date for one in told if one.category in profile.categories}
    return sorted(days)
