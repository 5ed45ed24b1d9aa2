"""What mail asks most often, asked of as few tables as will do."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A contract (docs/engine.md)
VIEWS = {
    # names that take mail and are no alias of another: most of what pf_domain is asked
    "pf_own": """
    SELECT d.name FROM domain d JOIN "order" o ON o.id = d.order_id
    WHERE d.activated_at IS NOT NULL AND o.status = 'active'""",
    # the mailboxes of pf_plain by the alias domains that take mail; Dovecot knows no such name, so
    # full ones are left to the walk, which refuses
    "pf_plain_alias": """
    SELECT m.local_part AS local, n.name AS domain, m.local_part || '@' || d.name AS address
    FROM domain_alias n JOIN domain d ON d.id = n.domain_id JOIN "order" o ON o.id = d.order_id
      JOIN mailbox m ON m.domain_id = d.id
    WHERE n.activated_at IS NOT NULL AND d.activated_at IS NOT NULL AND o.status = 'active'
      AND m.status = 'active' AND m.deleted_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM forward f WHERE f.domain_id = m.domain_id AND f.local_part = m.local_part)
      AND NOT EXISTS (
        SELECT 1 FROM mailbox_usage u
        WHERE u.mailbox_id = m.id AND m.quota_bytes > 0 AND u.used_bytes >= m.quota_bytes)""",
}


def upgrade() -> None:
    """The same mail goes the same ways."""
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    """Each mail asks more again."""
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
