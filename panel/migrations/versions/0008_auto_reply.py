"""Auto replies, and the view from which Dovecot reads their Sieve scripts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OWN = "\"' || m.local_part || '@' || {name} || '\", \"' || m.local_part || '+*@' || {name} || '\""
"""A mailbox's address at a domain, with and without what follows a plus sign, as Sieve matches."""

# A contract (docs/engine.md). The frame holds the names of the domain, which may change at any
# time; `script`, made when the reply was saved, is the action with the text. The id names all that
# the script depends on: Dovecot compiles it anew when the id is another.
VIEW = """CREATE VIEW sieve_script AS
    SELECT r.username, 'panel' AS name,
           r.mailbox_id || '-' || r.version || coalesce((
             SELECT {join}('-' || n.name, '') FROM (
               SELECT name FROM domain_alias
               WHERE domain_id = d.id AND activated_at IS NOT NULL ORDER BY name) n), '') AS id,
           'require ["envelope", "vacation", "variables"]; set "dollar" "$"; set "host" "' || d.name || '";
if address :matches ["To", "Cc"] [{own}] {{}}
' || coalesce((
             SELECT {join}('elsif address :matches ["To", "Cc"] [{alias}] {{ set "host" "' || n.name || '"; }}
', '') FROM domain_alias n WHERE n.domain_id = d.id AND n.activated_at IS NOT NULL), '') ||
'if not anyof (envelope :matches "from" [{own}' || coalesce((
             SELECT {join}(', {alias}', '') FROM domain_alias n
             WHERE n.domain_id = d.id AND n.activated_at IS NOT NULL), '') || '],
  envelope :localpart :is "from" ["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"],
  header :contains "Content-Type" "multipart/report",
  header :is ["X-Spam", "X-Spam-Flag"] "yes") {{
' || r.script || '
}}
' AS body
    FROM auto_reply r JOIN mailbox m ON m.id = r.mailbox_id JOIN domain d ON d.id = m.domain_id
    WHERE r.enabled AND m.status = 'active' AND m.deleted_at IS NULL
      AND (r.starts_at IS NULL OR r.starts_at <= CURRENT_TIMESTAMP)
      AND (r.ends_at IS NULL OR r.ends_at > CURRENT_TIMESTAMP)"""


def upgrade() -> None:
    """Nobody has an auto reply."""
    op.create_table(
        "auto_reply",
        sa.Column("mailbox_id", BigId, autoincrement=False, nullable=False),
        sa.Column("username", sa.String(320), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("interval_days >= 1", name=op.f("ck_auto_reply_interval")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_auto_reply_times")),
        sa.ForeignKeyConstraint(
            ["mailbox_id"],
            ["mailbox.id"],
            name=op.f("fk_auto_reply_mailbox_id_mailbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_auto_reply")),
        sa.UniqueConstraint("username", name=op.f("uq_auto_reply_username")),
    )
    join = "group_concat" if op.get_bind().dialect.name == "sqlite" else "string_agg"
    own, alias = OWN.format(name="d.name"), OWN.format(name="n.name")
    # not op.execute, which takes Sieve's tags for parameters
    op.get_bind().exec_driver_sql(VIEW.format(join=join, own=own, alias=alias))


def downgrade() -> None:
    """Auto replies are lost."""
    op.execute("DROP VIEW sieve_script")
    op.drop_table("auto_reply")
