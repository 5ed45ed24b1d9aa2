"""The audit log can be searched; what the users of a domain hold together is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = """CASE
    WHEN action IN ('user.user_forwards', 'user.admin_forwards', 'user.keep_copy') THEN 'forwards'
    WHEN action = 'domain.catch_all' THEN 'catch_all'
    WHEN action = 'domain.activate' OR action LIKE 'dns.%' THEN 'dns'
    WHEN action LIKE 'user.%' THEN 'users'
    WHEN action LIKE 'forward_only.%' THEN 'forwards'
    WHEN action LIKE 'alias.%' THEN 'aliases'
    WHEN action LIKE 'domain.%' THEN 'settings'
    WHEN action LIKE 'login.%' THEN 'sign_in'
    WHEN action LIKE 'plan.%' OR action LIKE 'cluster.%' THEN 'offer'
    ELSE 'orders' END"""
ACTOR_KIND = """CASE
    WHEN action = 'login.failed' THEN 'stranger'
    WHEN actor_id IS NULL AND ip IS NULL THEN 'system'
    ELSE coalesce((SELECT CASE WHEN role = 'operator' THEN 'staff' ELSE 'customer' END
                   FROM login WHERE login.id = actor_id), 'staff') END"""
INDEXES = (
    ("audit_entry", "kind", "id"),
    ("audit_entry", "actor_kind", "id"),
    ("audit_entry", "subject", "id"),
    ("audit_entry", "domain_id", "kind", "id"),
    ("audit_entry", "domain_id", "actor_kind", "id"),
    ("audit_entry", "domain_id", "actor_id", "id"),
    ("audit_entry", "domain_id", "subject", "id"),
    ("audit_entry", "customer_id", "kind", "id"),
    ("audit_entry", "customer_id", "actor_kind", "id"),
    ("audit_entry", "customer_id", "actor_id", "id"),
    ("audit_entry", "customer_id", "subject", "id"),
    ("audit_entry", "actor_id", "id"),
    ("audit_entry", "at", "id"),
    ("mailbox", "domain_id", "deleted_at"),
    ("mailbox", "domain_id", "status", "deleted_at"),
)


def upgrade() -> None:
    """Failed sign-ins belong to whom the login belongs; the worker counts every domain anew."""
    kind = sa.Column("kind", sa.String(20), nullable=False, server_default="orders")
    who = sa.Column("actor_kind", sa.String(20), nullable=False, server_default="system")
    op.add_column("audit_entry", kind)
    op.add_column("audit_entry", who)
    op.execute(f"UPDATE audit_entry SET kind = {KIND}, actor_kind = {ACTOR_KIND}")
    op.execute(
        "UPDATE audit_entry SET customer_id = (SELECT l.customer_id FROM login l "
        "WHERE lower(l.email) = subject) WHERE action = 'login.failed'"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE audit_entry ALTER COLUMN subject TYPE VARCHAR(320) COLLATE "C"')
    op.create_table(
        "domain_usage",
        sa.Column("domain_id", BigId, nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False),
        sa.Column("nearly_full", sa.Integer(), nullable=False),
        sa.Column("full_up", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["domain_id"],
            ["domain.id"],
            name=op.f("fk_domain_usage_domain_id_domain"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain_id", name=op.f("pk_domain_usage")),
    )
    op.create_index(
        "ix_domain_usage_is_stale_counted_at", "domain_usage", ["is_stale", "counted_at"]
    )
    op.execute("UPDATE mailbox_usage SET is_new = true")
    for table, *columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def downgrade() -> None:
    """The log stays, without what it is filtered by."""
    for table, *columns in INDEXES:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    op.drop_table("domain_usage")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE audit_entry ALTER COLUMN subject TYPE VARCHAR(320)")
    for name in ("actor_kind", "kind"):
        op.drop_column("audit_entry", name)
