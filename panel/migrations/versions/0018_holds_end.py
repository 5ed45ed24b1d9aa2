"""A hold on somebody's sending ends by itself; Dovecot's questions find what they ask for.

On PostgreSQL an index counts only where both sides are sorted alike, and names of domains are
sorted by code points.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from panel.database import ordered_text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SUSPENDED = "554 5.7.1 This mailbox is suspended. Please contact your administrator."
# A contract (docs/engine.md)
VIEW = f"""CREATE VIEW pf_sasl_access AS
    SELECT local, domain, CASE WHEN state <> 'active' OR active = 0 THEN '{SUSPENDED}'
                          ELSE '421 4.7.0 Please sign in again in a minute' END AS action
    FROM dv_user v WHERE state <> 'active' OR active = 0 OR EXISTS (
      SELECT 1 FROM session_end e
      WHERE e.domain = v.domain AND e.local_part = v.local"""
NOW = " AND e.holds_until > CURRENT_TIMESTAMP"
ASK = ("dv_reply", "sieve_script")
"""What reads `auto_reply.username`."""
DUE = "ix_session_end_ended_at_asked_at"


def upgrade() -> None:
    """Who is held now may send."""
    op.execute("DROP VIEW pf_sasl_access")
    op.add_column("session_end", sa.Column("holds_until", sa.DateTime(timezone=True)))
    op.create_index(DUE, "session_end", ["ended_at", "asked_at"])
    _sort(ordered_text(253), ordered_text(320))
    op.execute(f"{VIEW}{NOW})")


def downgrade() -> None:
    """A hold lasts until the worker ends it."""
    op.execute("DROP VIEW pf_sasl_access")
    _sort(sa.String(253, collation="default"), sa.String(320, collation="default"))
    op.drop_index(DUE, "session_end")
    op.drop_column("session_end", "holds_until")
    op.execute(f"{VIEW})")


def _sort(domain: sa.String, username: sa.String) -> None:
    """Sort both so; the views on them stay what they are."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    op.alter_column("session_end", "domain", type_=domain)
    text = sa.text("SELECT pg_get_viewdef(CAST(:name AS regclass))")
    views = {name: bind.scalar(text, {"name": name}) for name in ASK}
    for name in views:
        op.execute(f"DROP VIEW {name}")
    op.alter_column("auto_reply", "username", type_=username)
    for name, query in views.items():  # not op.execute, which takes Sieve's tags for parameters
        bind.exec_driver_sql(f"CREATE VIEW {name} AS {query}".replace("%", "%%"))
