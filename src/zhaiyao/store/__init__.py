"""The store: all that Zhaiyao keeps, in SQLite or PostgreSQL, behind the Protocols of `ports`. The only home of SQL."""

from zhaiyao.store.address import shown_address
from zhaiyao.store.opening import open_store

__all__ = ["open_store", "shown_address"]
