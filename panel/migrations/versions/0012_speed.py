"""What is asked very often told quickly: who has an auto reply, and who a search is for."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A contract (docs/engine.md): the rows of `sieve_script` without what makes its text
VIEW = """CREATE VIEW dv_reply AS
    SELECT username FROM auto_reply
    WHERE enabled AND (starts_at IS NULL OR starts_at <= CURRENT_TIMESTAMP)
      AND (ends_at IS NULL OR ends_at > CURRENT_TIMESTAMP)"""
NAMES = "ix_mailbox_domain_id_name"


def upgrade() -> None:
    """Whoever answers goes on answering; a search reads an index instead of every user's row."""
    op.execute(VIEW)
    op.drop_index(NAMES, "mailbox")
    op.create_index(NAMES, "mailbox", ["domain_id", "name", "id", "local_part"])


def downgrade() -> None:
    """Dovecot looks for a script at every delivery again."""
    op.drop_index(NAMES, "mailbox")
    op.create_index(NAMES, "mailbox", ["domain_id", "name", "id"])
    op.execute("DROP VIEW dv_reply")
