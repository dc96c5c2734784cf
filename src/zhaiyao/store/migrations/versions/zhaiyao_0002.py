"""Adds what the ledger keeps of troubles and of what an interface showed, cut texts, and saved searches."""

import sqlalchemy as sa
from alembic import op

revision = "zhaiyao_0002"
down_revision = "zhaiyao_0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds columns and tables; changes no row."""
    op.add_column("versions", sa.Column("truncated", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("told", sa.Column("shown", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "incidents",
        sa.Column("id", SERIAL, sa.Identity(), nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("interface", TEXT, nullable=False),
        sa.Column("fault", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_category_date", "incidents", ["category", "date"])
    op.create_table(
        "searches",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_searches"),
    )
    op.create_table(
        "matches",
        sa.Column("search", TEXT, nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("search", "paper_id", name="pk_matches"),
    )
