"""Running the migrations, without a Flask application."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`."""
    command.downgrade(alembic_config(url), revision)


def new_revision(url: str, message: str) -> None:
    """Write a migration from the difference between the models and the database at `url`."""
    command.revision(alembic_config(url), message, autogenerate=True)


def check(url: str) -> None:
    """Raise when the models and the migrated database at `url` differ."""
    command.check(alembic_config(url))
