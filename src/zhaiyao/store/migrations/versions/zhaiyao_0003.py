"""Adds readers' terms and corrections, and what attempts tell of caches and of requests that several papers share."""

import sqlalchemy as sa
from alembic import op

revision = "zhaiyao_0003"
down_revision = "zhaiyao_0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds columns, an index and tables; changes no row."""
    op.add_column("attempts", sa.Column("cached_tokens", sa.Integer(), server_default="0", nullable=False))
    op.add_column("attempts", sa.Column("shared_by", sa.Integer(), server_default="1", nullable=False))
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_table(
        "terms",
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("accept", TEXT, nullable=False),
        sa.Column("avoid", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("folded", "language", name="pk_terms"),
    )
    op.create_table(
        "corrections",
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("paper_id", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "language", name="pk_corrections"),
    )
