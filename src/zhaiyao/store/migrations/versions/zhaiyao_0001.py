"""The first schema: all tables, made from nothing. Later schemas are later migrations; this one stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "zhaiyao_0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates all tables."""
    _facts()
    _texts()
    _readers()
    _machinery()


def _facts() -> None:
    """Facts from arXiv."""
    op.create_table(
        "papers",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("categories", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
    )
    op.create_table(
        "versions",
        sa.Column("id", SERIAL, sa.Identity(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("interface", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("abstract", TEXT, nullable=False),
        sa.Column("authors", TEXT, nullable=False),
        sa.Column("comments", TEXT, nullable=False),
        sa.Column("journal_ref", TEXT, nullable=False),
        sa.Column("doi", TEXT, nullable=False),
        sa.Column("license", TEXT, nullable=False),
        sa.Column("submitted_at", INSTANT),
        sa.Column("withdrawal", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("key", name="uq_versions_key"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_versions_paper_id"),
    )
    op.create_index("ix_versions_paper_id_number", "versions", ["paper_id", "number"])
    op.create_table(
        "announcements",
        sa.Column("category", TEXT, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("interface", TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "category", "date", "paper_id", "type", "version", "interface", name="pk_announcements"
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_announcements_paper_id"),
    )
    op.create_index("ix_announcements_date", "announcements", ["date"])
    op.create_index("ix_announcements_paper_id", "announcements", ["paper_id"])
    op.create_table(
        "told",
        sa.Column("category", TEXT, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("interface", TEXT, nullable=False),
        sa.Column("announced", sa.Integer()),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("category", "date", "interface", name="pk_told"),
    )


def _texts() -> None:
    """Text we made."""
    op.create_table(
        "renditions",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("segments", TEXT, nullable=False),
        sa.Column("engine", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("source_fingerprint", TEXT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("parameters", TEXT, nullable=False),
        sa.Column("prompt_version", TEXT, nullable=False),
        sa.Column("glossary", TEXT, nullable=False),
        sa.Column("checks", TEXT, nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_renditions"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_renditions_paper_id"),
    )
    op.create_index("ix_renditions_paper_id", "renditions", ["paper_id"])
    op.create_table(
        "current",
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("legacy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "version", "language", "kind", name="pk_current"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_current_paper_id"),
        sa.ForeignKeyConstraint(["key"], ["renditions.key"], name="fk_current_key"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", SERIAL, sa.Identity(), nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("engine", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("fault", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("prompt_version", TEXT, nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_attempts_paper_id"),
    )
    op.create_index("ix_attempts_paper_id", "attempts", ["paper_id"])


def _readers() -> None:
    """What a reader wants and gets."""
    op.create_table(
        "feedback",
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("profile", "revision", name="pk_feedback"),
    )
    op.create_table(
        "editions",
        sa.Column("serial", SERIAL, sa.Identity(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("date", sa.Date()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("profile_revision", sa.Integer(), nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_editions"),
        sa.UniqueConstraint("id", name="uq_editions_id"),
    )
    op.create_index("ix_editions_profile_date_revision", "editions", ["profile", "date", "revision"])
    op.create_table(
        "entries",
        sa.Column("edition_id", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper_id", TEXT),
        sa.Column("version_key", TEXT),
        sa.Column("rendition_keys", TEXT, nullable=False),
        sa.Column("announced", TEXT, nullable=False),
        sa.Column("score", TEXT),
        sa.Column("shape", TEXT),
        sa.Column("verbatim", TEXT),
        sa.PrimaryKeyConstraint("edition_id", "position", name="pk_entries"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_entries_edition_id"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_entries_paper_id"),
        sa.ForeignKeyConstraint(["version_key"], ["versions.key"], name="fk_entries_version_key"),
    )
    op.create_index("ix_entries_paper_id", "entries", ["paper_id"])


def _machinery() -> None:
    """Machinery."""
    op.create_table(
        "work",
        sa.Column("id", SERIAL, sa.Identity(), nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("last_fault", TEXT, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("boot", TEXT),
        sa.Column("pid", sa.BigInteger()),
        sa.Column("started", TEXT),
        sa.Column("leased_until", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
        sa.UniqueConstraint("paper_id", "version", name="uq_work_paper_id_version"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_work_paper_id"),
    )
    op.create_index(
        "ix_work_open",
        "work",
        [sa.text("priority DESC"), "id"],
        sqlite_where=sa.text("done IS 0"),
        postgresql_where=sa.text("done IS false"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", SERIAL, sa.Identity(), nullable=False),
        sa.Column("edition_id", TEXT, nullable=False),
        sa.Column("outlet", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_deliveries_edition_id"),
    )
    op.create_index("ix_deliveries_edition_id", "deliveries", ["edition_id"])
    op.create_table(
        "changes",
        sa.Column("seq", SERIAL, sa.Identity(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watermarks",
        sa.Column("follower", TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("follower", name="pk_watermarks"),
    )
