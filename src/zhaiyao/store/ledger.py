"""The ledger: what each interface told of a day, and what the store holds of it, counted when asked. Judges nothing."""

from datetime import date, datetime

import sqlalchemy as sa

from zhaiyao.records import LedgerDay, RenditionKind
from zhaiyao.store import tables as t
from zhaiyao.store.session import Session

LANGUAGE = "zh"

Day = tuple[str, date]


class SqlLedger:
    """`ports.Ledger`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tell(self, category: str, on: date, *, announced: int | None, interface: str, at: datetime) -> None:
        """Notes that an interface told this day, and arXiv's own count if it gave one. A later telling replaces an
        earlier one of the same interface, but silence removes no count."""
        insert = self._session.insert(t.told)
        new = insert.excluded
        statement = insert.on_conflict_do_update(
            index_elements=list(t.told.primary_key),
            set_={"announced": sa.func.coalesce(new.announced, t.told.c.announced), "at": new.at},
        )
        row = {"category": category, "date": on, "interface": interface, "announced": announced, "at": at}
        self._session.write(statement, [row])
        self._session.changed("told", [f"{category} {on.isoformat()}"])

    def days(self, *, category: str | None = None, on: date | None = None) -> tuple[LedgerDay, ...]:
        """Counted from what the store holds, newest date first, then by category. A day is there if an interface told
        it or a paper was announced on it. Combined requests (`cs.AI+cs.LG`) are no categories and have no days.

        announced   the highest count that an interface gave, so that doubt shows as incomplete
        fetched     papers with an announcement in the category on the date, whatever its type
        translated  those whose announced version (the highest held, where no number was told) has current Chinese
                    renditions of all three kinds, made by us; of the title alone where that version has no abstract
        failed      those whose announced version has an open item of work that was given back at least once
        published   those that stand in an edition of that date, of any profile and revision
        """
        announced = self._announced(category, on)
        counted = self._counted(category, on)
        days = sorted(announced.keys() | counted.keys(), key=lambda day: (-day[1].toordinal(), day[0]))
        none = dict.fromkeys(("fetched", "translated", "failed", "published"), 0)
        return tuple(
            LedgerDay(category=day[0], date=day[1], announced=announced.get(day), **counted.get(day, none))
            for day in days
        )

    def _announced(self, category: str | None, on: date | None) -> dict[Day, int | None]:
        count = sa.func.max(t.told.c.announced).label("announced")
        statement = sa.select(t.told.c.category, t.told.c.date, count).where(*_conditions(t.told, category, on))
        rows = self._session.read(statement.group_by(t.told.c.category, t.told.c.date))
        return {(row["category"], row["date"]): row["announced"] for row in rows}

    def _counted(self, category: str | None, on: date | None) -> dict[Day, dict[str, int]]:
        seen = _seen(category, on)
        flags = {"translated": _translated(seen), "failed": _failed(seen), "published": _published(seen)}
        judged = sa.select(
            seen.c.category, seen.c.date, *(sa.case((flag, 1), else_=0).label(name) for name, flag in flags.items())
        ).subquery()
        counts = [sa.func.count().label("fetched"), *(sa.func.sum(judged.c[name]).label(name) for name in flags)]
        days = (judged.c.category, judged.c.date)
        rows = self._session.read(sa.select(*days, *counts).group_by(*days))
        names = ("fetched", *flags)
        return {(row["category"], row["date"]): {name: int(row[name]) for name in names} for row in rows}


def _conditions(table: sa.Table, category: str | None, on: date | None) -> list[sa.ColumnElement[bool]]:
    found = [sa.not_(table.c.category.contains("+"))]
    if category is not None:
        found.append(table.c.category == category)
    if on is not None:
        found.append(table.c.date == on)
    return found


def _seen(category: str | None, on: date | None) -> sa.CTE:
    """One row per category, date and paper, with the version number that was announced."""
    told = t.announcements.c
    days = (told.category, told.date, told.paper_id)
    grouped = (
        sa.select(*days, sa.func.max(told.version).label("version"))
        .where(*_conditions(t.announcements, category, on))
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
    return made >= sa.case((abstract, len(RenditionKind)), else_=1)


def _failed(seen: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.exists().where(_same_text(t.work, seen), t.work.c.done.is_(False), t.work.c.tries > 0)


def _published(seen: sa.CTE) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(t.entries.c.paper_id == seen.c.paper_id)
        .where(t.entries.c.edition_id == t.editions.c.id, t.editions.c.date == seen.c.date)
    )
