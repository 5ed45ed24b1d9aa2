"""When a record could not be asked about, beside what was found before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No check has failed."""
    op.add_column("record_check", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("record_check", sa.Column("failure", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Only what was found stays."""
    op.drop_column("record_check", "failure")
    op.drop_column("record_check", "failed_at")
