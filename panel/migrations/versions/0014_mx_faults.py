"""Whether the MX records of a name have ever been right, and how often they lost its mail since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("domain", "domain_alias")


def upgrade() -> None:
    """Who was proven otherwise than by MX and has not moved here yet has no fault."""
    for table in TABLES:
        right = sa.Column("was_right", sa.Boolean(), nullable=False, server_default=sa.false())
        faults = sa.Column("mx_faults", sa.Integer(), nullable=False, server_default="0")
        op.add_column(table, right)
        op.add_column(table, faults)
        names = sa.table(
            table,
            sa.column("was_right", sa.Boolean()),
            sa.column("activated_by"),
            sa.column("dns_state"),
            sa.column("alerted_at"),
            sa.column("fault_since"),
        )
        known = (
            (names.c.activated_by == "mx")
            | (names.c.dns_state == "right")
            | names.c.alerted_at.is_not(None)
        )
        op.execute(sa.update(names).where(known).values(was_right=True))
        op.execute(sa.update(names).where(sa.not_(names.c.was_right)).values(fault_since=None))


def downgrade() -> None:
    """What is forgotten is only how it came to the state."""
    for table in TABLES:
        op.drop_column(table, "mx_faults")
        op.drop_column(table, "was_right")
