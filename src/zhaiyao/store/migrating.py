"""Brings an older store to the present schema with Alembic. The only module that imports it, and seldom imported."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(connection: sa.Connection, scripts: Path, revision: str) -> None:
    """Runs all migrations up to a revision within the connection's transaction. Prints and logs nothing."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
