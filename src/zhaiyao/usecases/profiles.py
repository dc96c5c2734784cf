"""Profiles as a use case: finds them by name, and makes the implicit one that a list of categories names."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from zhaiyao.bookkeeping import FeedbackEvent
from zhaiyao.categories import subscription
from zhaiyao.errors import UsageError
from zhaiyao.ports import Store
from zhaiyao.records import Profile
from zhaiyao.usecases.compose import follower


def chosen(store: Store, categories: Sequence[str], *, now: datetime) -> tuple[Profile, ...]:
    """The profiles that a call means: the implicit one of these categories, or all stored ones where none are named.

    Raises UnknownCategory, and UsageError where nothing is named and nothing is stored.
    """
    if categories:
        return (implicit(store, categories, now=now),)
    with store.reading() as tx:
        found = [tx.profiles.get(name) for name in tx.profiles.names()]
    profiles = tuple(profile for profile in found if profile is not None)
    if not profiles:
        raise UsageError(
            "there is no profile yet", hint="Name the categories that you read, for example: zhaiyao run cs.CL cs.LG"
        )
    return profiles


def implicit(store: Store, categories: Iterable[str], *, now: datetime) -> Profile:
    """The stored profile named after these categories (`cs.CL+cs.LG`); made on first use. Order does not matter."""
    wanted = tuple(sorted({subscription(name) for name in categories}))
    name = "+".join(wanted)
    with store.writing() as tx:
        profile = tx.profiles.get(name)
        if profile is None:
            tx.profiles.append(configure(name, wanted, now=now))
            # A new reader begins with the latest day, not with every day that was ever held.
            tx.changes.advance(follower(name), tx.changes.latest())
            profile = tx.profiles.get(name)
    assert profile is not None, "it was appended in the same transaction"
    return profile


def configure(name: str, categories: Sequence[str], *, now: datetime) -> FeedbackEvent:
    """The event that gives a profile its categories."""
    import msgspec  # the CLI's start does not pay for it

    payload = msgspec.json.encode({"categories": list(categories)}).decode()
    return FeedbackEvent(profile=name, kind="configure", at=now, payload=payload)
