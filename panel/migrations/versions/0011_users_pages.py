"""The newest users of a domain by an index, and how many sessions were ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """How many were ended before is not known."""
    op.create_index("ix_mailbox_domain_id_id", "mailbox", ["domain_id", "id"])
    op.add_column("session_end", sa.Column("count", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Dropped."""
    op.drop_column("session_end", "count")
    op.drop_index("ix_mailbox_domain_id_id", "mailbox")
