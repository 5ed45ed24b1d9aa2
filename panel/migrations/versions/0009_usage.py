"""What mailboxes hold, as Dovecot counts it, and the sessions that have to end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUSPENDED = "554 5.7.1 This mailbox is suspended. Please contact your administrator."
VIEWS = {
    # mailboxes that take no mail for want of room
    "pf_full": """
    SELECT m.domain_id, m.local_part AS local
    FROM mailbox_usage u JOIN mailbox m ON m.id = u.mailbox_id
    WHERE m.quota_bytes > 0 AND u.used_bytes >= m.quota_bytes""",
    # mailboxes whose mail stays there: nothing has to be asked of a route
    "pf_plain": """
    SELECT m.local_part AS local, d.name AS domain
    FROM domain d JOIN mailbox m ON m.domain_id = d.id
    WHERE m.status = 'active' AND m.deleted_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM forward f WHERE f.domain_id = m.domain_id AND f.local_part = m.local_part)""",
    # what Postfix answers a sender who has signed in and may not send, or has to sign in again
    "pf_sasl_access": f"""
    SELECT local, domain, CASE WHEN state <> 'active' OR active = 0 THEN '{SUSPENDED}'
                          ELSE '421 4.7.0 Please sign in again in a minute' END AS action
    FROM dv_user v WHERE state <> 'active' OR active = 0 OR EXISTS (
      SELECT 1 FROM session_end e WHERE e.domain = v.domain AND e.local_part = v.local)""",
}
EARLIER = f"""CREATE VIEW pf_sasl_access AS
    SELECT local, domain, '{SUSPENDED}' AS action
    FROM dv_user WHERE state <> 'active' OR active = 0"""


def upgrade() -> None:
    """Nothing is known of any mailbox: the worker asks Dovecot."""
    times = sa.DateTime(timezone=True)
    op.create_table(
        "mailbox_usage",
        sa.Column("mailbox_id", BigId, nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("read_at", times, nullable=False),
        sa.Column("warned_at", times, nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox_id"],
            ["mailbox.id"],
            name=op.f("fk_mailbox_usage_mailbox_id_mailbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_mailbox_usage")),
    )
    op.create_index("ix_mailbox_usage_is_new", "mailbox_usage", ["is_new"])
    op.create_table(
        "session_end",
        sa.Column("id", BigId, nullable=False),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("local_part", sa.String(64), nullable=True),
        sa.Column("asked_at", times, nullable=False),
        sa.Column("ended_at", times, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_end")),
    )
    op.create_index("ix_session_end_domain_local_part", "session_end", ["domain", "local_part"])
    op.execute("DROP VIEW pf_sasl_access")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    """What was read is forgotten."""
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    op.execute(EARLIER)
    op.drop_table("session_end")
    op.drop_table("mailbox_usage")
