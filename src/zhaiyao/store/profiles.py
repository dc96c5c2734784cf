"""Profiles as an event log: a profile is what its last `configure` event says, at the revision of its last event."""

from dataclasses import dataclass

import sqlalchemy as sa

from zhaiyao.bookkeeping import FeedbackEvent
from zhaiyao.errors import StoreError
from zhaiyao.records import AnnounceType, Profile
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, decode, record_of, row_of
from zhaiyao.store.session import Session


class SqlProfiles:
    """`ports.Profiles`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, event: FeedbackEvent) -> int:
        """Appends an event; returns the profile's new revision (its number of events)."""
        revision = self._revision(event.profile) + 1
        self._session.write(sa.insert(t.feedback), [row_of(event) | {"revision": revision}])
        self._session.changed("feedback", [event.profile])
        return revision

    def events(self, profile: str) -> tuple[FeedbackEvent, ...]:
        """A profile's log, oldest first."""
        statement = sa.select(*columns_of(t.feedback, FeedbackEvent)).where(t.feedback.c.profile == profile)
        return tuple(
            record_of(FeedbackEvent, row) for row in self._session.read(statement.order_by(t.feedback.c.revision))
        )

    def get(self, name: str) -> Profile | None:
        """The profile as its last `configure` event says, at its present revision; None if there is no such event.

        The event's payload is a JSON object with `categories` and `types`; what it leaves out is as `Profile` has it.
        """
        statement = sa.select(t.feedback.c.payload).where(t.feedback.c.profile == name, _CONFIGURES)
        rows = self._session.read(statement.order_by(t.feedback.c.revision.desc()).limit(1))
        return _profile(name, rows[0]["payload"], self._revision(name)) if rows else None

    def names(self) -> tuple[str, ...]:
        """All profiles that were ever configured, sorted."""
        statement = sa.select(t.feedback.c.profile).where(_CONFIGURES).distinct().order_by(t.feedback.c.profile)
        return tuple(row["profile"] for row in self._session.read(statement))

    def _revision(self, name: str) -> int:
        latest = sa.func.coalesce(sa.func.max(t.feedback.c.revision), 0).label("revision")
        (row,) = self._session.read(sa.select(latest).where(t.feedback.c.profile == name))
        return int(row["revision"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configured:
    """The payload of a `configure` event."""

    categories: tuple[str, ...] = ()
    types: tuple[AnnounceType, ...] = tuple(AnnounceType)


_CONFIGURES = t.feedback.c.kind == "configure"


def _profile(name: str, payload: str, revision: int) -> Profile:
    try:
        told = decode(payload, _Configured)
    except ValueError as error:
        raise StoreError(
            f"the profile's configuration cannot be read: {error}", subject=name, hint="Configure the profile again."
        ) from None
    return Profile(name=name, categories=told.categories, types=told.types, revision=revision)
