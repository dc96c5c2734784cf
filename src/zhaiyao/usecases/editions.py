"""Lists editions: what was made, when and why. Changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from zhaiyao.categories import subscription
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One edition without its entries. An imported document has no profile, no date and revision 0."""

    id: str
    profile: str
    date: date | None
    revision: int
    cause: str
    papers: int
    made_at: datetime


def told(edition: Edition) -> Made:
    """What a list tells of an edition. Entries kept verbatim count as papers."""
    return Made(
        id=edition.id,
        profile=edition.profile,
        date=edition.date,
        revision=edition.revision,
        cause=edition.cause,
        papers=len(edition.entries),
        made_at=edition.made_at,
    )


def editions(store: Store, categories: Sequence[str] = (), *, limit: int) -> tuple[Made, ...]:
    """The `limit` editions made last, newest first; with categories, of the profiles that hold all of them.

    Raises UnknownCategory.
    """
    wanted = {subscription(name) for name in categories}
    with store.reading() as tx:
        ids = _of_profiles(tx, wanted, limit) if wanted else tx.editions.ids()[:limit]
        found = [tx.editions.get(edition_id) for edition_id in ids]
    found.sort(key=lambda edition: edition.made_at, reverse=True)
    return tuple(told(edition) for edition in found[:limit])


def _of_profiles(tx: UnitOfWork, categories: Collection[str], limit: int) -> list[str]:
    """At most `limit` ids of each profile that holds all of these categories."""
    profiles = (tx.profiles.get(name) for name in tx.profiles.names())
    matching = [profile.name for profile in profiles if profile and set(categories) <= set(profile.categories)]
    return [edition_id for name in matching for edition_id in tx.editions.ids(profile=name)[:limit]]
