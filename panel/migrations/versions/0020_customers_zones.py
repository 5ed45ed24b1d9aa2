"""Each customer has a time zone, and each auto reply what stands before others' subjects."""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

from panel.config import Settings

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MARK = "Auto: "
"""What Pigeonhole has put before them so far."""


def upgrade() -> None:
    """Customers begin with the installation's zone, in which their times were so far."""
    zone = os.environ.get("YOUJU_TIME_ZONE") or Settings.time_zone
    time_zone = sa.Column("time_zone", sa.String(64), nullable=False, server_default=zone)
    op.add_column("customer", time_zone)
    mark = sa.Column("mark", sa.String(40), nullable=False, server_default=MARK)
    op.add_column("auto_reply", mark)


def downgrade() -> None:
    """All have the installation's zone again."""
    op.drop_column("auto_reply", "mark")
    op.drop_column("customer", "time_zone")
