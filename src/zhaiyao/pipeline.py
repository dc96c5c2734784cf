"""The daily job, whole: the order of the steps and nothing else. It does not decide; pure modules do.

    for each category of the profiles:            one after the other (arXiv's gate)
        fetch its latest day, parse, take in      new / cross / revised / unchanged; queue by score
    translate what waits, best first              side by side (the executor), written by the driver alone
    for each profile:
        compose the next revision of every date that changed
        publish the pages that changed, each file whole or not at all

Killed at any moment it loses at most the requests under way: run again, it goes on where it stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zhaiyao.ports import Clock, Outlet, Progress, Source, Store
from zhaiyao.records import Edition, Profile
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.fetch import Fetched, fetch
from zhaiyao.usecases.publish import Look, publish_changed
from zhaiyao.usecases.translate import Crew, Translated, translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: per category, over the queue, the revisions it made and the pages it wrote."""

    fetched: tuple[Fetched, ...]
    translated: Translated
    editions: tuple[Edition, ...]
    pages: tuple[str, ...]

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to do: no revision, no page, no request, no failure."""
        failed = any(one.error for one in self.fetched) or self.translated.error
        return not (self.editions or self.pages or self.translated.requests or failed)


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
    days = {one.day for one in fetched if one.day and one.shown}
    editions = [edition for profile in profiles for edition in compose_due(store, profile, days, clock=clock)]
    pages = [page for profile in profiles for page in publish_changed(store, profile, outlet, look, clock=clock)]
    return Ran(fetched=fetched, translated=translated, editions=tuple(editions), pages=tuple(pages))
