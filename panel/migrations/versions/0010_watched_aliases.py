"""Alias domains are checked and watched as domains are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIMES = ("checked_at", "fault_since", "alerted_at", "dns_state_since", "watched_from")
TIMES += ("next_check_at",)


def upgrade() -> None:
    """Every alias is watched from now on; the worker takes them a few at a time.

    The column with its check is written out: Alembic would make SQLite's table anew.
    """
    for name in TIMES:
        op.add_column("domain_alias", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    tries = sa.Column("check_tries", sa.Integer(), nullable=False, server_default="0")
    op.add_column("domain_alias", tries)
    op.add_column("domain_alias", sa.Column("dns_digest", sa.String(32), nullable=True))
    op.execute(
        "ALTER TABLE domain_alias ADD COLUMN dns_state VARCHAR(20) DEFAULT 'unchecked' NOT NULL "
        "CONSTRAINT ck_domain_alias_dnsstate CHECK "
        "(dns_state IN ('unchecked', 'right', 'waiting', 'wrong'))"
    )
    op.create_index("ix_domain_alias_next_check_at", "domain_alias", ["next_check_at"])
    op.create_index("ix_domain_alias_domain_id_name", "domain_alias", ["domain_id", "name"])
    op.drop_index("ix_domain_alias_domain_id", "domain_alias")
    op.execute(
        "UPDATE domain_alias SET watched_from = CURRENT_TIMESTAMP, "
        "next_check_at = CURRENT_TIMESTAMP"
    )
    _new_tables()


def _new_tables() -> None:
    op.create_table(
        "alias_check",
        sa.Column("alias_id", BigId, nullable=False),
        sa.Column("key", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alias_id"],
            ["domain_alias.id"],
            name=op.f("fk_alias_check_alias_id_domain_alias"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alias_id", "key", name=op.f("pk_alias_check")),
    )
    op.create_table(
        "alias_log",
        sa.Column("alias_id", BigId, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_partial", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"],
            ["domain_alias.id"],
            name=op.f("fk_alias_log_alias_id_domain_alias"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alias_id", name=op.f("pk_alias_log")),
    )


def downgrade() -> None:
    """Aliases keep their proof; nothing is watched any more."""
    op.drop_table("alias_log")
    op.drop_table("alias_check")
    op.create_index("ix_domain_alias_domain_id", "domain_alias", ["domain_id"])
    op.drop_index("ix_domain_alias_domain_id_name", "domain_alias")
    op.drop_index("ix_domain_alias_next_check_at", "domain_alias")
    for name in ("dns_state", "dns_digest", "check_tries", *TIMES):
        op.drop_column("domain_alias", name)
