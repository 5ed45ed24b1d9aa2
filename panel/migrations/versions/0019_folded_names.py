"""Names are found whatever their case, also beyond ASCII, and on both databases alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from panel.database import folded, ordered_text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEX = "ix_mailbox_domain_id_name_key"
MAILBOX = sa.table("mailbox", sa.column("id"), sa.column("name"), sa.column("name_key"))


def upgrade() -> None:
    """The panel makes the key, for the databases fold letters each in its way."""
    _renew(sa.Column("name_key", ordered_text(100)))
    bind = op.get_bind()
    bind.execute(sa.update(MAILBOX).values(name_key=sa.func.lower(MAILBOX.c.name)))
    rows = bind.execute(sa.select(MAILBOX)).yield_per(1000)
    other = [(row.id, key) for row in rows if (key := folded(row.name)) != row.name_key]
    for id_, key in other:
        bind.execute(sa.update(MAILBOX).where(MAILBOX.c.id == id_).values(name_key=key))


def downgrade() -> None:
    """The databases make it again."""
    stored = op.get_bind().dialect.name == "postgresql"
    _renew(sa.Column("name_key", ordered_text(100), sa.Computed("lower(name)", persisted=stored)))


def _renew(column: sa.Column[str]) -> None:
    op.drop_index(INDEX, "mailbox")
    op.drop_column("mailbox", "name_key")
    op.add_column("mailbox", column)
    op.create_index(INDEX, "mailbox", ["domain_id", "name_key"])
