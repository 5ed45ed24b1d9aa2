"""A search for users reads two stretches of an index, not the whole domain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from panel.database import ordered_text

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAMES = "ix_mailbox_domain_id_name"
KEYS = {"local_key": ("local_part", 64), "name_key": ("lower(name)", 100)}


def upgrade() -> None:
    """The database makes the keys itself, of the rows that are there too."""
    # an index of PostgreSQL needs them stored; SQLite adds none that are
    stored = op.get_bind().dialect.name == "postgresql"
    for key, (of, length) in KEYS.items():
        made = sa.Computed(of, persisted=stored)
        op.add_column("mailbox", sa.Column(key, ordered_text(length), made))
        op.create_index(f"ix_mailbox_domain_id_{key}", "mailbox", ["domain_id", key])
    op.drop_index(NAMES, "mailbox")
    op.create_index(NAMES, "mailbox", ["domain_id", "name", "id"])


def downgrade() -> None:
    """A search reads an index of the whole domain again."""
    op.drop_index(NAMES, "mailbox")
    op.create_index(NAMES, "mailbox", ["domain_id", "name", "id", "local_part"])
    for key in KEYS:
        op.drop_index(f"ix_mailbox_domain_id_{key}", "mailbox")
        op.drop_column("mailbox", key)
