"""Everything that decides who receives a mail: forwards, alias domains, catch-all, the bin."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from panel.database import ordered_text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = ("mailbox", "forward_only", "list")
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FK = "fk_mailbox_domain_id_local_part_kind_address"
HOLDER = ["domain_id", "local_part", "kind"]
ADDRESS = [f"address.{name}" for name in HOLDER]
DROPPED = (
    "pf_sasl_access",
    "dv_user",
    "pf_rcpt_access",
    "pf_sender",
    "pf_alias",
    "pf_mailbox",
    "pf_domain",
)
STATE = "CASE WHEN m.deleted_at IS NOT NULL THEN 'deleted' ELSE m.status END"

# A contract (docs/engine.md). A route is walked by the maps' queries, from pf_address over pf_hop.
VIEWS = (
    # every name that takes mail, alias domains too, with the id of the domain behind it
    """CREATE VIEW pf_domain AS
    SELECT d.id, d.name FROM domain d JOIN "order" o ON o.id = d.order_id
    WHERE d.activated_at IS NOT NULL AND o.status = 'active'
    UNION ALL
    SELECT d.id, n.name FROM domain_alias n JOIN domain d ON d.id = n.domain_id
      JOIN "order" o ON o.id = d.order_id
    WHERE n.activated_at IS NOT NULL AND d.activated_at IS NOT NULL AND o.status = 'active'""",
    # mailboxes by each of their domain's names; `address` is the one of the domain itself
    f"""CREATE VIEW pf_mailbox AS
    SELECT m.local_part AS local, p.name AS domain, m.local_part || '@' || d.name AS address,
           {STATE} AS state, m.backend, m.id
    FROM mailbox m JOIN domain d ON d.id = m.domain_id JOIN pf_domain p ON p.id = m.domain_id
    WHERE m.deleted_at IS NULL""",
    # what holds an address, whatever its state: nothing of this is the catch-all's
    """CREATE VIEW pf_address AS
    SELECT a.local_part AS local, p.name AS domain, a.domain_id, a.kind,
           a.local_part || '@' || d.name AS address
    FROM address a JOIN domain d ON d.id = a.domain_id JOIN pf_domain p ON p.id = a.domain_id""",
    # where the catch-all of each name leads
    """CREATE VIEW pf_catchall AS
    SELECT p.name AS domain, c.domain_id, CAST(c.local_part AS TEXT) AS local,
           CAST(c.local_part || '@' || d.name AS TEXT) AS address
    FROM catch_all c JOIN domain d ON d.id = c.domain_id JOIN pf_domain p ON p.id = c.domain_id""",
    # postmaster and abuse of a domain always arrive (RFC 2142): here when nothing else takes them
    """CREATE VIEW pf_notice AS
    SELECT p.name AS domain, CAST(d.notification_email AS TEXT) AS goto
    FROM pf_domain p JOIN domain d ON d.id = p.id
    WHERE lower(d.notification_email) NOT IN ('postmaster@' || p.name, 'abuse@' || p.name,
                                              'postmaster@' || d.name, 'abuse@' || d.name)""",
    # one step: a forward of what is neither suspended nor in the bin; no domain of ours: NULL
    """CREATE VIEW pf_hop AS
    SELECT f.domain_id, f.local_part AS local, CAST(f.target AS TEXT) AS goto,
           CAST(f.target_local AS TEXT) AS to_local,
           (SELECT p.id FROM pf_domain p WHERE p.name = f.target_domain) AS to_domain_id
    FROM forward f WHERE NOT EXISTS (
      SELECT 1 FROM mailbox m WHERE m.domain_id = f.domain_id AND m.local_part = f.local_part
      AND (m.status <> 'active' OR m.deleted_at IS NOT NULL))""",
    # mailboxes as a route meets them; `takes`: mail stays here
    f"""CREATE VIEW pf_box AS
    SELECT m.domain_id, m.local_part AS local, m.local_part || '@' || d.name AS address,
           {STATE} AS state,
           CASE WHEN m.status = 'active' AND m.deleted_at IS NULL AND (m.keep_copy OR NOT EXISTS (
             SELECT 1 FROM forward f
             WHERE f.domain_id = m.domain_id AND f.local_part = m.local_part))
           THEN 1 ELSE 0 END AS takes
    FROM mailbox m JOIN domain d ON d.id = m.domain_id""",
    # who may send as an address: its mailbox, by each name of its domain
    """CREATE VIEW pf_sender AS
    SELECT local, domain, address AS login FROM pf_mailbox""",
    # Dovecot's view holds every mailbox, so that a refused log-in can say why
    f"""CREATE VIEW dv_user AS
    SELECT m.local_part || '@' || d.name AS username, m.local_part AS local, d.name AS domain,
           m.password_hash AS password, m.quota_bytes, {STATE} AS state, m.backend, m.storage_key,
           CASE WHEN d.activated_at IS NOT NULL AND o.status = 'active' THEN 1 ELSE 0 END AS active
    FROM mailbox m JOIN domain d ON d.id = m.domain_id JOIN "order" o ON o.id = d.order_id""",
    # Dovecot's nologin does not stop submission: Postfix asks this for every authenticated sender
    """CREATE VIEW pf_sasl_access AS
    SELECT local, domain,
           '554 5.7.1 This mailbox is suspended. Please contact your administrator.' AS action
    FROM dv_user WHERE state <> 'active' OR active = 0""",
)
EARLIER = (
    """CREATE VIEW pf_domain AS
    SELECT d.id, d.name FROM domain d JOIN "order" o ON o.id = d.order_id
    WHERE d.activated_at IS NOT NULL AND o.status = 'active'""",
    """CREATE VIEW pf_mailbox AS
    SELECT m.local_part AS local, d.name AS domain, m.local_part || '@' || d.name AS address,
           m.status AS state, m.backend, m.id
    FROM mailbox m JOIN pf_domain d ON d.id = m.domain_id""",
    "CREATE VIEW pf_alias AS SELECT local, domain, address AS goto FROM pf_mailbox",
    "CREATE VIEW pf_sender AS SELECT local, domain, address AS login FROM pf_mailbox",
    """CREATE VIEW pf_rcpt_access AS
    SELECT local, domain, '550 5.2.1 Mailbox is suspended' AS action
    FROM pf_mailbox WHERE state <> 'active'""",
    """CREATE VIEW dv_user AS
    SELECT m.local_part || '@' || d.name AS username, m.local_part AS local, d.name AS domain,
           m.password_hash AS password, m.quota_bytes, m.status AS state, m.backend,
           m.storage_key, CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS active
    FROM mailbox m JOIN domain d ON d.id = m.domain_id LEFT JOIN pf_domain p ON p.id = d.id""",
    VIEWS[-1],
)


def upgrade() -> None:
    """Nobody forwards, nothing is in the bin; every mailbox keeps what it gets."""
    for view in DROPPED:
        op.execute(f"DROP VIEW {view}")
    _kinds(KINDS)
    times = sa.DateTime(timezone=True)
    op.add_column(
        "mailbox", sa.Column("keep_copy", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("mailbox", sa.Column("suspended_reason", sa.String(500), nullable=True))
    op.add_column("mailbox", sa.Column("suspended_at", times, nullable=True))
    op.add_column("mailbox", sa.Column("deleted_at", times, nullable=True))
    op.add_column("mailbox", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_mailbox_deleted_at", "mailbox", ["deleted_at"])
    _new_tables()
    for view in VIEWS:
        op.execute(view)


def downgrade() -> None:
    """Forwards, alias domains and catch-alls are lost; users in the bin come back suspended."""
    for view in reversed(VIEWS):
        op.execute("DROP VIEW " + view.split()[2])
    op.execute("UPDATE mailbox SET status = 'suspended' WHERE deleted_at IS NOT NULL")
    for table in ("catch_all", "forward", "forward_only", "domain_alias"):
        op.drop_table(table)
    op.execute("DELETE FROM address WHERE kind <> 'mailbox'")
    op.drop_index("ix_mailbox_deleted_at", "mailbox")
    for name in ("version", "deleted_at", "suspended_at", "suspended_reason", "keep_copy"):
        op.drop_column("mailbox", name)
    _kinds(("mailbox",))
    for view in EARLIER:
        op.execute(view)


def _kinds(kinds: tuple[str, ...]) -> None:
    """Let an address be of these kinds."""
    wanted = "kind IN (" + ", ".join(f"'{kind}'" for kind in kinds) + ")"
    if op.get_bind().dialect.name == "sqlite":
        _anew(wanted)
        return
    for table in ("address", "mailbox"):
        name = op.f(f"ck_{table}_addresskind")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, wanted)


def _anew(wanted: str) -> None:
    """SQLite: both tables made anew side by side, so that at no time a row refers to nothing."""
    connection = op.get_bind()
    said = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type = :type AND tbl_name = :table"
    )
    indexes = connection.scalars(sa.text(said), {"type": "index", "table": "mailbox"}).all()
    for table in ("address", "mailbox"):
        made = connection.scalars(sa.text(said), {"type": "table", "table": table}).one()
        made = re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", made)
        made = re.sub(r'REFERENCES "?address"?', "REFERENCES address_anew", made)
        made, count = re.subn(r"kind IN \([^)]*\)", wanted, made)
        assert count == 1, made
        op.execute(made)
        op.execute(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    for table in ("mailbox", "address"):
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        op.execute(index)


def _new_tables() -> None:
    op.create_table(
        "forward_only",
        sa.Column("id", BigId, nullable=False),
        sa.Column("domain_id", BigId, nullable=False),
        sa.Column("local_part", sa.String(64), nullable=False),
        sa.Column("kind", _enum("addresskind", *KINDS), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind = 'forward_only'", name=op.f("ck_forward_only_kind_forward_only")),
        sa.ForeignKeyConstraint(
            HOLDER, ADDRESS, name=op.f("fk_forward_only_domain_id_local_part_kind_address")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward_only")),
        sa.UniqueConstraint(
            "domain_id", "local_part", name=op.f("uq_forward_only_domain_id_local_part")
        ),
    )
    op.create_table(
        "forward",
        sa.Column("id", BigId, nullable=False),
        sa.Column("domain_id", BigId, nullable=False),
        sa.Column("local_part", sa.String(64), nullable=False),
        sa.Column("target", sa.String(320), nullable=False),
        sa.Column("target_local", sa.String(255), nullable=False),
        sa.Column("target_domain", sa.String(255), nullable=False),
        sa.Column("set_by", _enum("forwardowner", "user", "admin"), nullable=False),
        sa.CheckConstraint(
            "target_domain = lower(target_domain)", name=op.f("ck_forward_target_lower")
        ),
        sa.ForeignKeyConstraint(
            ["domain_id", "local_part"],
            ["address.domain_id", "address.local_part"],
            name=op.f("fk_forward_domain_id_local_part_address"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward")),
        sa.UniqueConstraint(
            "domain_id",
            "local_part",
            "set_by",
            "target",
            name=op.f("uq_forward_domain_id_local_part_set_by_target"),
        ),
    )
    op.create_index(
        "ix_forward_target_domain_target_local", "forward", ["target_domain", "target_local"]
    )
    op.create_table(
        "catch_all",
        sa.Column("domain_id", BigId, nullable=False),
        sa.Column("local_part", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["domain_id", "local_part"],
            ["address.domain_id", "address.local_part"],
            name=op.f("fk_catch_all_domain_id_local_part_address"),
        ),
        sa.PrimaryKeyConstraint("domain_id", name=op.f("pk_catch_all")),
    )
    op.create_table(
        "domain_alias",
        sa.Column("id", BigId, nullable=False),
        sa.Column("domain_id", BigId, nullable=False),
        sa.Column("name", ordered_text(253), nullable=False),
        sa.Column("unicode_name", ordered_text(253), nullable=False),
        sa.Column("verify_token", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_by", _enum("proof", "mx", "txt", "operator"), nullable=True),
        sa.Column("activation_reason", sa.String(500), nullable=True),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_domain_alias_lower")),
        sa.ForeignKeyConstraint(
            ["domain_id"],
            ["domain.id"],
            name=op.f("fk_domain_alias_domain_id_domain"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_alias")),
        sa.UniqueConstraint("name", name=op.f("uq_domain_alias_name")),
    )
    op.create_index(op.f("ix_domain_alias_domain_id"), "domain_alias", ["domain_id"])


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)
