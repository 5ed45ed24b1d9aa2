"""Who has an auto reply in force, told quickly: Dovecot asks it for every delivery."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A contract (docs/engine.md): the rows of `sieve_script` without what makes its text
VIEW = """CREATE VIEW dv_reply AS
    SELECT username FROM auto_reply
    WHERE enabled AND (starts_at IS NULL OR starts_at <= CURRENT_TIMESTAMP)
      AND (ends_at IS NULL OR ends_at > CURRENT_TIMESTAMP)"""


def upgrade() -> None:
    """Whoever answers goes on answering."""
    op.execute(VIEW)


def downgrade() -> None:
    """Dovecot looks for a script at every delivery again."""
    op.execute("DROP VIEW dv_reply")
