"""When the worker checks a domain's DNS, and how it stood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIMES = ("alerted_at", "dns_state_since", "watched_from", "next_check_at")


def upgrade() -> None:
    """Every domain is watched from now on; the worker takes them a few at a time.

    The column with its check is written out: Alembic would make SQLite's table anew, which the
    tables that refer to it forbid.
    """
    for name in TIMES:
        op.add_column("domain", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    tries = sa.Column("check_tries", sa.Integer(), nullable=False, server_default="0")
    op.add_column("domain", tries)
    op.execute(
        "ALTER TABLE domain ADD COLUMN dns_state VARCHAR(20) DEFAULT 'unchecked' NOT NULL "
        "CONSTRAINT ck_domain_dnsstate CHECK "
        "(dns_state IN ('unchecked', 'right', 'waiting', 'wrong'))"
    )
    op.create_index("ix_domain_next_check_at", "domain", ["next_check_at"])
    op.create_index("ix_domain_dns_state_order_id", "domain", ["dns_state", "order_id"])
    op.execute(
        "UPDATE domain SET watched_from = CURRENT_TIMESTAMP, next_check_at = CURRENT_TIMESTAMP"
    )


def downgrade() -> None:
    """Nothing is watched any more."""
    op.drop_index("ix_domain_dns_state_order_id", "domain")
    op.drop_index("ix_domain_next_check_at", "domain")
    for name in ("dns_state", "check_tries", *TIMES):
        op.drop_column("domain", name)
