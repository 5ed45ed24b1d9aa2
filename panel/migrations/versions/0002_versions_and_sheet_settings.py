"""Versions that tell two admins of each other; what a domain's account sheets say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERSIONED = ("customer", "plan", "cluster")


def upgrade() -> None:
    """Everything that exists is at version 1."""
    for table in VERSIONED:
        op.add_column(table, _version("version"))
    op.add_column("domain", sa.Column("sheet_company", sa.String(100), nullable=True))
    op.add_column("domain", sa.Column("sheet_help", sa.String(200), nullable=True))
    op.add_column("domain", _version("settings_version"))


def downgrade() -> None:
    """The settings of the sheets are lost."""
    for column in ("settings_version", "sheet_help", "sheet_company"):
        op.drop_column("domain", column)
    for table in reversed(VERSIONED):
        op.drop_column(table, "version")


def _version(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="1")
