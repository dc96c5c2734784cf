"""Deliveries: what went where, appended."""

import sqlalchemy as sa

from zhaiyao.bookkeeping import Delivery
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session


class SqlDeliveries:
    """`ports.Deliveries`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, delivery: Delivery) -> None:
        """Appends."""
        self._session.write(sa.insert(t.deliveries), [row_of(delivery)])
        self._session.changed("delivery", [delivery.edition_id])

    def of(self, edition_id: str) -> tuple[Delivery, ...]:
        """All deliveries of an edition, oldest first."""
        statement = sa.select(*columns_of(t.deliveries, Delivery)).where(t.deliveries.c.edition_id == edition_id)
        return tuple(record_of(Delivery, row) for row in self._session.read(statement.order_by(t.deliveries.c.id)))
