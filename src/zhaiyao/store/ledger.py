"""The ledger: what each interface told of a day, and what the store holds of it, counted when asked. Judges nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa

from zhaiyao.records import Incident, Interface, LedgerDay, RenditionKind, Telling, Withdrawal
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session, chunks

LANGUAGE = "zh"

CATEGORIES = 200
"""Of how many the newest dates are looked up in one query; each is two parts of a union, and SQLite takes 500."""

Day = tuple[str, date]


class SqlLedger:
    """`ports.Ledger`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tell(
        self, category: str, on: date, *, announced: int | None, interface: Interface, at: datetime, shown: int = 0
    ) -> None:
        """Notes that an interface told this day. A later telling replaces an earlier one of the same interface, but
        silence removes no count, and no smaller number of entries replaces a larger one."""
        insert = self._session.insert(t.told)
        new, old = insert.excluded, t.told.c
        statement = insert.on_conflict_do_update(
            index_elements=list(t.told.primary_key),
            set_={
                "announced": sa.func.coalesce(new.announced, old.announced),
                "shown": sa.case((new.shown > old.shown, new.shown), else_=old.shown),
                "at": new.at,
            },
        )
        telling = Telling(category=category, date=on, interface=interface, announced=announced, shown=shown, at=at)
        self._session.write(statement, [row_of(telling)])
        self._session.changed("told", [f"{category} {on.isoformat()}"])

    def tellings(self, category: str, *, since: date | None = None) -> tuple[Telling, ...]:
        """Who told which day of a category, from a date on or at all: by date, then interface."""
        statement = sa.select(*columns_of(t.told, Telling)).where(t.told.c.category == category)
        if since is not None:
            statement = statement.where(t.told.c.date >= since)
        rows = self._session.read(statement.order_by(t.told.c.date, t.told.c.interface))
        return tuple(record_of(Telling, row) for row in rows)

    def note(self, incidents: Iterable[Incident]) -> None:
        """Appends incidents. One that is the same but for its instant and detail is noted once a day (UTC)."""
        for incident in incidents:
            begun = incident.at.replace(hour=0, minute=0, second=0, microsecond=0)
            if not any(_same(incident, held) for held in self.incidents(categories=[incident.category], since=begun)):
                self._session.write(sa.insert(t.incidents), [row_of(incident)])
                self._session.changed("incident", [incident.category])

    def incidents(
        self,
        *,
        categories: Iterable[str] | None = None,
        on: date | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[Incident, ...]:
        """The newest incidents that match all given conditions, newest first."""
        c = t.incidents.c
        statement = sa.select(*columns_of(t.incidents, Incident)).order_by(c.at.desc(), c.id.desc()).limit(limit)
        if categories is not None:
            statement = statement.where(c.category.in_(tuple(categories)))
        if on is not None:
            statement = statement.where(c.date == on)
        if since is not None:
            statement = statement.where(c.at >= since)
        return tuple(record_of(Incident, row) for row in self._session.read(statement))

    def days(
        self, *, categories: Iterable[str] | None = None, on: date | None = None, limit: int | None = None
    ) -> tuple[LedgerDay, ...]:
        """Counted from what the store holds, newest date first, then by category. A day is there if an interface told
        it or a paper was announced on it. Combined requests (`cs.AI+cs.LG`) are no categories and have no days.

        Of these categories or of all, of this date, of the newest `limit` announcement dates that any of them has.
        Older days are not counted, so that with a limit the cost does not grow with what is held.

        announced   the highest count that an interface gave, so that doubt shows as incomplete
        fetched     papers with an announcement in the category on the date, whatever its type
        translated  those whose announced version (the highest held, where no number was told) has current Chinese
                    renditions of all three kinds, made by us; of the title alone where that version has no abstract,
                    and without TL;DR where somebody says that it is, or may be, withdrawn
        failed      those whose announced version has an open item of work that was given back at least once
        published   those that stand in an edition of that date, of any profile and revision
        """
        asked = _Asked(
            categories=None if categories is None else tuple(dict.fromkeys(categories)),
            dates=None if on is None else (on,),
        )
        if limit is not None:
            asked = replace(asked, dates=self._newest(asked, limit))
        announced = self._announced(asked)
        counted = self._counted(asked)
        days = sorted(announced.keys() | counted.keys(), key=lambda day: (-day[1].toordinal(), day[0]))
        none = dict.fromkeys(("fetched", "translated", "failed", "published"), 0)
        return tuple(
            LedgerDay(category=day[0], date=day[1], announced=announced.get(day), **counted.get(day, none))
            for day in days
        )

    def _newest(self, asked: "_Asked", limit: int) -> tuple[date, ...]:
        """The newest dates that have days, newest first: at most `limit` of each category are looked at."""
        found: set[date] = set()
        for some in chunks(asked.by_category(), CATEGORIES):
            newest = [_dates(table, one, limit) for one in some for table in (t.told, t.announcements)]
            found.update(row["date"] for row in self._session.read(sa.select(sa.union(*newest).subquery())))
        return tuple(sorted(found, reverse=True)[:limit])

    def _announced(self, asked: "_Asked") -> dict[Day, int | None]:
        count = sa.func.max(t.told.c.announced).label("announced")
        statement = sa.select(t.told.c.category, t.told.c.date, count).where(*asked.of(t.told))
        rows = self._session.read(statement.group_by(t.told.c.category, t.told.c.date))
        return {(row["category"], row["date"]): row["announced"] for row in rows}

    def _counted(self, asked: "_Asked") -> dict[Day, dict[str, int]]:
        seen = _seen(asked)
        flags = {"translated": _translated(seen), "failed": _failed(seen), "published": _published(seen)}
        judged = sa.select(
            seen.c.category, seen.c.date, *(sa.case((flag, 1), else_=0).label(name) for name, flag in flags.items())
        ).subquery()
        counts = [sa.func.count().label("fetched"), *(sa.func.sum(judged.c[name]).label(name) for name in flags)]
        days = (judged.c.category, judged.c.date)
        rows = self._session.read(sa.select(*days, *counts).group_by(*days))
        names = ("fetched", *flags)
        return {(row["category"], row["date"]): {name: int(row[name]) for name in names} for row in rows}


def _same(one: Incident, other: Incident) -> bool:
    return replace(one, at=other.at, detail=other.detail) == other


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Which days are asked for; None = all."""

    categories: tuple[str, ...] | None = None
    dates: tuple[date, ...] | None = None

    def of(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        """The conditions for the rows of a table with `category` and `date`."""
        found = [sa.not_(table.c.category.contains("+"))]
        if self.categories is not None:
            found.append(table.c.category.in_(self.categories))
        if self.dates is not None:  # one by one, for of a mere range SQLite would not use the index
            found.append(table.c.date.in_(self.dates))
        return found

    def by_category(self) -> list["_Asked"]:
        """The same, one by one, because only of a single category do the databases find the newest dates quickly."""
        return [self] if self.categories is None else [replace(self, categories=(one,)) for one in self.categories]


def _dates(table: sa.Table, asked: _Asked, limit: int) -> sa.Select[tuple[date]]:
    newest = sa.select(table.c.date).where(*asked.of(table)).distinct().order_by(table.c.date.desc()).limit(limit)
    return sa.select(newest.subquery().c.date)  # SQLite allows a limit in a union only within parentheses


def _seen(asked: _Asked) -> sa.CTE:
    """One row per category, date and paper, with the version number that was announced."""
    told = t.announcements.c
    days = (told.category, told.date, told.paper_id)
    grouped = (
        sa.select(*days, sa.func.max(told.version).label("version"))
        .where(*asked.of(t.announcements))
        .group_by(*days)
        .subquery()
    )
    held = sa.select(sa.func.max(t.versions.c.number)).where(t.versions.c.paper_id == grouped.c.paper_id)
    version = sa.case((grouped.c.version > 0, grouped.c.version), else_=sa.func.coalesce(held.scalar_subquery(), 0))
    return sa.select(grouped.c.category, grouped.c.date, grouped.c.paper_id, version.label("version")).cte("seen")


def _same_text(table: sa.Table, seen: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.paper_id == seen.c.paper_id, table.c.version == seen.c.version)


def _translated(seen: sa.CTE) -> sa.ColumnElement[bool]:
    made = (
        sa.select(sa.func.count())
        .select_from(t.current)
        .where(_same_text(t.current, seen), t.current.c.language == LANGUAGE, sa.not_(t.current.c.legacy))
        .scalar_subquery()
    )
    abstract = sa.exists().where(
        t.versions.c.paper_id == seen.c.paper_id,
        t.versions.c.number == seen.c.version,
        t.versions.c.abstract != "",
    )
    withdrawn = abstract.where(t.versions.c.withdrawal != Withdrawal.NO)
    return made >= sa.case((withdrawn, len(RenditionKind) - 1), (abstract, len(RenditionKind)), else_=1)


def _failed(seen: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.exists().where(_same_text(t.work, seen), t.work.c.done.is_(False), t.work.c.tries > 0)


def _published(seen: sa.CTE) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(t.entries.c.paper_id == seen.c.paper_id)
        .where(t.entries.c.edition_id == t.editions.c.id, t.editions.c.date == seen.c.date)
    )
