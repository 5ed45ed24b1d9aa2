"""Folders of mailboxes that are gone, until they are removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was thrown away yet."""
    op.create_table(
        "thrown_folder",
        sa.Column("storage_key", sa.String(32), nullable=False),
        sa.Column("thrown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_thrown_folder")),
    )


def downgrade() -> None:
    """What was not yet removed stays on the disk."""
    op.drop_table("thrown_folder")
