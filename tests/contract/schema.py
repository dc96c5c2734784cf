"""What a database says of its own schema, in full, so that two can be compared. Asks the database, not SQLAlchemy."""

import re
import sqlite3
from contextlib import closing

COLUMNS = """
    SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public'"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def described(url: str) -> list[tuple[object, ...]]:
    """Every table, column, constraint and index, sorted."""
    if url.startswith("sqlite"):
        return sorted(_sqlite(url.removeprefix("sqlite:///")))
    import psycopg

    with psycopg.connect(url) as connection:
        found = [row for query in (COLUMNS, CONSTRAINTS, INDEXES) for row in connection.execute(query).fetchall()]
    return sorted(found, key=repr)


def _sqlite(path: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return [(*names, re.sub(r"\s+", " ", sql)) for *names, sql in rows]


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Runs statements past the store; returns what the last one gives."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            return [connection.execute(statement).fetchall() for statement in statements][-1]
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        cursors = [connection.execute(statement) for statement in statements]  # type: ignore[arg-type]
        return cursors[-1].fetchall() if cursors[-1].description else []
