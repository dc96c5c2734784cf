"""The schema at its present revision. A change here needs a migration; a test holds the two equal.

Columns are called like the fields of the record that they keep. Four groups, and no table belongs to two: facts
from arXiv, text we made, what a reader wants and gets, machinery.
"""

import sqlalchemy as sa

from zhaiyao.records import (
    AnnounceType,
    Author,
    ClassicShape,
    Fault,
    Interface,
    Outcome,
    RenditionKind,
    Score,
    Segment,
    Withdrawal,
)
from zhaiyao.store.codec import Choice, Instant, Packed, Real, Text

REVISIONS = ("zhaiyao_0001", "zhaiyao_0002", "zhaiyao_0003")
"""All revisions of the schema, oldest first; the last one is the tables below."""

APPLICATION_ID = 0x5A484159
"""What the header of our SQLite files says: ZHAY."""

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Strings = tuple[str, ...]

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _number() -> sa.Column[int]:
    """A key that only grows, for rows whose order of arrival matters."""
    return sa.Column("id", Serial, sa.Identity(), primary_key=True)


def _paper(*, index: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("paper_id", Text, sa.ForeignKey("papers.id"), nullable=nullable, index=index)


# Facts from arXiv ---------------------------------------------------------------------------------------------------

papers = sa.Table(
    "papers",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("categories", Packed(Strings), nullable=False),
)

versions = sa.Table(
    "versions",
    metadata,
    _number(),
    sa.Column("key", Text, nullable=False, unique=True),
    _paper(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("interface", Choice(Interface), nullable=False),
    sa.Column("title", Text, nullable=False),
    sa.Column("abstract", Text, nullable=False),
    sa.Column("authors", Packed(tuple[Author, ...]), nullable=False),
    sa.Column("comments", Text, nullable=False),
    sa.Column("journal_ref", Text, nullable=False),
    sa.Column("doi", Text, nullable=False),
    sa.Column("license", Text, nullable=False),
    sa.Column("submitted_at", Instant),
    sa.Column("withdrawal", Choice(Withdrawal), nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "paper_id", "number"),
)

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("category", Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True, index=True),
    sa.Column("paper_id", Text, sa.ForeignKey("papers.id"), primary_key=True, index=True),
    sa.Column("type", Choice(AnnounceType), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("interface", Choice(Interface), primary_key=True),
)

told = sa.Table(  # which interface told which day, arXiv's own count of it, and how many entries it showed
    "told",
    metadata,
    sa.Column("category", Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("interface", Choice(Interface), primary_key=True),
    sa.Column("announced", sa.Integer),
    sa.Column("at", Instant, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False, server_default="0"),
)

incidents = sa.Table(  # what went wrong with a day; of an unknown day where the date is NULL
    "incidents",
    metadata,
    _number(),
    sa.Column("category", Text, nullable=False),
    sa.Column("date", sa.Date),
    sa.Column("interface", Choice(Interface), nullable=False),
    sa.Column("fault", Choice(Fault), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Index(None, "category", "date"),
)

# Text we made -------------------------------------------------------------------------------------------------------

renditions = sa.Table(
    "renditions",
    metadata,
    sa.Column("key", Text, primary_key=True),
    _paper(index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", Choice(RenditionKind), nullable=False),
    sa.Column("language", Text, nullable=False),
    sa.Column("segments", Packed(tuple[Segment, ...]), nullable=False),
    sa.Column("engine", Text, nullable=False),
    sa.Column("model", Text, nullable=False),
    sa.Column("source_fingerprint", Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("parameters", Text, nullable=False),
    sa.Column("prompt_version", Text, nullable=False),
    sa.Column("glossary", Packed(Strings), nullable=False),
    sa.Column("checks", Packed(Strings), nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cost_micros", sa.BigInteger, nullable=False),
)

current = sa.Table(  # which rendition is shown; `legacy` says that it is another system's
    "current",
    metadata,
    sa.Column("paper_id", Text, sa.ForeignKey("papers.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("language", Text, primary_key=True),
    sa.Column("kind", Choice(RenditionKind), primary_key=True),
    sa.Column("key", Text, sa.ForeignKey("renditions.key"), nullable=False),
    sa.Column("legacy", sa.Boolean, nullable=False),
)

attempts = sa.Table(
    "attempts",
    metadata,
    _number(),
    _paper(index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", Choice(RenditionKind), nullable=False),
    sa.Column("engine", Text, nullable=False),
    sa.Column("model", Text, nullable=False),
    sa.Column("step", Text, nullable=False),
    sa.Column("outcome", Choice(Outcome), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("fault", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Column("prompt_version", Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cost_micros", sa.BigInteger, nullable=False),
    sa.Column("seconds", Real, nullable=False),
    sa.Column("cached_tokens", sa.Integer, nullable=False, server_default="0"),
    sa.Column("shared_by", sa.Integer, nullable=False, server_default="1"),
    sa.Index(None, "at"),
)

terms = sa.Table(  # of readers; `folded` is the source without case, so that one term is held once
    "terms",
    metadata,
    sa.Column("folded", Text, primary_key=True),
    sa.Column("language", Text, primary_key=True),
    sa.Column("source", Text, nullable=False),
    sa.Column("target", Text, nullable=False),
    sa.Column("accept", Packed(Strings), nullable=False),
    sa.Column("avoid", Packed(Strings), nullable=False),
    sa.Column("origin", Text, nullable=False),
)

corrections = sa.Table(  # by the fingerprint of the source sentence
    "corrections",
    metadata,
    sa.Column("fingerprint", Text, primary_key=True),
    sa.Column("language", Text, primary_key=True),
    sa.Column("source", Text, nullable=False),
    sa.Column("target", Text, nullable=False),
    sa.Column("paper_id", Text, nullable=False),  # no reference: it counts wherever the sentence stands
    sa.Column("at", Instant, nullable=False),
)

# What a reader wants and gets ---------------------------------------------------------------------------------------

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("profile", Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("paper_id", Text, nullable=False),  # no reference: a reader may like what was never fetched
    sa.Column("payload", Text, nullable=False),
)

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("serial", Serial, sa.Identity(), primary_key=True),
    sa.Column("id", Text, nullable=False, unique=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("cause", Text, nullable=False),
    sa.Column("profile", Text, nullable=False),
    sa.Column("date", sa.Date),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("profile_revision", sa.Integer, nullable=False),
    sa.Column("document", Text, nullable=False),
    sa.Index(None, "profile", "date", "revision"),
)

entries = sa.Table(  # paper and version are NULL in an entry that is kept verbatim
    "entries",
    metadata,
    sa.Column("edition_id", Text, sa.ForeignKey("editions.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    _paper(index=True, nullable=True),
    sa.Column("version_key", Text, sa.ForeignKey("versions.key")),
    sa.Column("rendition_keys", Packed(Strings), nullable=False),
    sa.Column("announced", Packed(tuple[tuple[str, AnnounceType], ...]), nullable=False),
    sa.Column("score", Packed(Score)),
    sa.Column("shape", Packed(ClassicShape)),
    sa.Column("verbatim", Packed(tuple[str, str])),
)

searches = sa.Table(
    "searches",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("query", Text, nullable=False),
    sa.Column("saved_at", Instant, nullable=False),
)

matches = sa.Table(  # what a saved search has found so far; no reference, for papers are only ever added
    "matches",
    metadata,
    sa.Column("search", Text, primary_key=True),
    sa.Column("paper_id", Text, primary_key=True),
    sa.Column("found_at", Instant, nullable=False),
)

# Machinery ----------------------------------------------------------------------------------------------------------

work = sa.Table(
    "work",
    metadata,
    _number(),
    _paper(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("priority", Real, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("last_fault", Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("boot", Text),
    sa.Column("pid", sa.BigInteger),
    sa.Column("started", Text),
    sa.Column("leased_until", Instant),
    sa.UniqueConstraint("paper_id", "version"),
)
sa.Index(
    "ix_work_open",
    work.c.priority.desc(),
    work.c.id,
    sqlite_where=work.c.done.is_(False),
    postgresql_where=work.c.done.is_(False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _number(),
    sa.Column("edition_id", Text, sa.ForeignKey("editions.id"), nullable=False, index=True),
    sa.Column("outlet", Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("seq", Serial, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("key", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    sa.Column("follower", Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)

revision = sa.Table(  # Alembic's own table, in its own words
    "alembic_version",
    metadata,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
