"""The daily job, whole: the order of the steps and nothing else. It does not decide; pure modules do.

    for each category of the profiles:            one after the other (arXiv's gates)
        fetch its latest day, parse, take in      new / cross / revised / unchanged; queue by score
        backfill the days that were missed        catch-up pages, a few a run
        enrich the days before                    comments, numbers, licences from OAI-PMH and the query API
    translate what waits, best first              side by side (the executor), written by the driver alone
    for each profile:
        compose the next revision of every date that changed
        publish the pages that changed, each file whole or not at all

Killed at any moment it loses at most the requests under way: run again, it goes on where it stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhaiyao.ports import Arxiv, Clock, Outlet, Progress, Store
from zhaiyao.records import Edition, Profile
from zhaiyao.usecases.backfill import Backfilled, backfill, insist_on_reach
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.enrich import Enriched, enrich
from zhaiyao.usecases.fetch import Fetched, fetch, subscribed
from zhaiyao.usecases.publish import Look, publish_changed
from zhaiyao.usecases.translate import Crew, Translated, translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What came from arXiv: the latest day per category, the past days that were asked for, and further facts."""

    fetched: tuple[Fetched, ...]
    backfilled: tuple[Backfilled, ...]
    enriched: Enriched


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: what it asked arXiv for, over the queue, the revisions it made and the pages it wrote."""

    fetched: tuple[Fetched, ...]
    backfilled: tuple[Backfilled, ...]
    enriched: Enriched
    translated: Translated
    editions: tuple[Edition, ...]
    pages: tuple[str, ...]

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to do: no revision, no page, no request, no failure."""
        failed = any(one.error for one in self.fetched) or self.translated.error
        return not (self.editions or self.pages or self.translated.requests or failed)


def gather(
    store: Store,
    arxiv: Arxiv,
    profiles: Sequence[Profile],
    *,
    since: date | None = None,
    clock: Clock,
    progress: Progress,
) -> Gathered:
    """All that is asked of arXiv in a run, today's papers first. Raises UsageError if `since` is too long ago."""
    if since is not None:
        insist_on_reach(since, clock().date())
    fetched = fetch(store, arxiv, profiles, clock=clock, progress=progress)
    backfilled = backfill(store, arxiv, profiles, since=since, clock=clock, progress=progress)
    enriched = enrich(store, arxiv, subscribed(profiles), clock=clock, progress=progress)
    return Gathered(fetched=fetched, backfilled=backfilled, enriched=enriched)


def run(
    store: Store,
    arxiv: Arxiv,
    profiles: Sequence[Profile],
    crew: Crew,
    outlet: Outlet,
    look: Look,
    *,
    clock: Clock,
    progress: Progress,
) -> Ran:
    """Runs all steps for these profiles. Raises StoreError or PublishError; all else is in the report."""
    gathered = gather(store, arxiv, profiles, clock=clock, progress=progress)
    translated = translate(store, crew, clock=clock, progress=progress)
    days = {one.day for one in gathered.fetched if one.day and one.shown}
    editions = [edition for profile in profiles for edition in compose_due(store, profile, days, clock=clock)]
    pages = [page for profile in profiles for page in publish_changed(store, profile, outlet, look, clock=clock)]
    return Ran(
        fetched=gathered.fetched,
        backfilled=gathered.backfilled,
        enriched=gathered.enriched,
        translated=translated,
        editions=tuple(editions),
        pages=tuple(pages),
    )
