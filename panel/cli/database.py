"""`youju db`: the database's tables."""

from __future__ import annotations

import click

from panel.config import load_settings
from panel.engine.layout import layout_of
from panel.engine.private import reload_dovecot
from panel.migrations import commands


@click.group("db")
def database() -> None:
    """The database's tables."""


@database.command()
def upgrade() -> None:
    """Migrate to the newest tables; a running Dovecot is told, or its log-ins fail for a while."""
    settings = load_settings()
    commands.upgrade(settings.database_url)
    reload_dovecot(layout_of(settings))


@database.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration from what changed in the models."""
    commands.new_revision(load_settings().database_url, message)
