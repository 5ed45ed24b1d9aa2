"""What tells that the DNS of a domain still answers as it did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known yet."""
    op.add_column("domain", sa.Column("dns_digest", sa.String(32), nullable=True))


def downgrade() -> None:
    """The next check of each domain is a whole one."""
    op.drop_column("domain", "dns_digest")
