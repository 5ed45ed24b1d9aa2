"""The first tables and the mail servers' views.

A migration must run forwards on a filled database, on SQLite and on PostgreSQL, while the mail
servers read the views: change, then let Dovecot reload (`youju db upgrade` does).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from panel.database import ordered_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What the mail servers read, and all that they read: names and columns are a contract (docs/engine.md).
VIEWS = (
    # domains that take mail: ownership is proven and the order is active
    """CREATE VIEW pf_domain AS
    SELECT d.id, d.name FROM domain d JOIN "order" o ON o.id = d.order_id
    WHERE d.activated_at IS NOT NULL AND o.status = 'active'""",
    """CREATE VIEW pf_mailbox AS
    SELECT m.local_part AS local, d.name AS domain, m.local_part || '@' || d.name AS address,
           m.status AS state, m.backend, m.id
    FROM mailbox m JOIN pf_domain d ON d.id = m.domain_id""",
    # every mailbox points at itself, or a later catch-all would swallow it
    """CREATE VIEW pf_alias AS
    SELECT local, domain, address AS goto FROM pf_mailbox""",
    # who may send as an address: its own mailbox
    """CREATE VIEW pf_sender AS
    SELECT local, domain, address AS login FROM pf_mailbox""",
    """CREATE VIEW pf_rcpt_access AS
    SELECT local, domain, '550 5.2.1 Mailbox is suspended' AS action
    FROM pf_mailbox WHERE state <> 'active'""",
    # Dovecot's view holds every mailbox, so that a refused log-in can say why
    """CREATE VIEW dv_user AS
    SELECT m.local_part || '@' || d.name AS username, m.local_part AS local, d.name AS domain,
           m.password_hash AS password, m.quota_bytes, m.status AS state, m.backend,
           m.storage_key, CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS active
    FROM mailbox m JOIN domain d ON d.id = m.domain_id LEFT JOIN pf_domain p ON p.id = d.id""",
    # Dovecot's nologin does not stop submission: Postfix asks this for every authenticated sender
    """CREATE VIEW pf_sasl_access AS
    SELECT local, domain,
           '554 5.7.1 This mailbox is suspended. Please contact your administrator.' AS action
    FROM dv_user WHERE state <> 'active' OR active = 0""",
)


def upgrade() -> None:

    op.create_table(
        "cluster",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("backend", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("name", name=op.f("uq_cluster_name")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", ordered_text(100), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("name", name=op.f("uq_customer_name")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column(
            "quota_bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("quota_bytes >= 0", name=op.f("ck_plan_quota")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_plan_seats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("name", name=op.f("uq_plan_name")),
    )
    op.create_table(
        "cluster_mx",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ttl", sa.Integer(), nullable=False),
        sa.CheckConstraint("priority BETWEEN 0 AND 65535", name=op.f("ck_cluster_mx_priority")),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["cluster.id"],
            name=op.f("fk_cluster_mx_cluster_id_cluster"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_mx")),
    )
    with op.batch_alter_table("cluster_mx", schema=None) as batch_op:
        batch_op.create_index("uq_cluster_mx_cluster_id_host", ["cluster_id", "host"], unique=True)

    op.create_table(
        "cluster_service",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "protocol",
            sa.Enum(
                "webmail",
                "imap",
                "pop",
                "smtp",
                name="protocol",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("canonical_host", sa.String(length=255), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column(
            "encryption",
            sa.Enum(
                "tls",
                "starttls",
                name="encryption",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("ttl", sa.Integer(), nullable=False),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_cluster_service_port")),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["cluster.id"],
            name=op.f("fk_cluster_service_cluster_id_cluster"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_service")),
    )
    with op.batch_alter_table("cluster_service", schema=None) as batch_op:
        batch_op.create_index(
            "uq_cluster_service_cluster_id_protocol", ["cluster_id", "protocol"], unique=True
        )

    op.create_table(
        "login",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "customer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'operator') = (customer_id IS NULL)", name=op.f("ck_login_role_customer")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_login_customer_id_customer"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("email", name=op.f("uq_login_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_login_fs_uniquifier")),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", ordered_text(20), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "expired",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("suspended_reason", sa.String(length=500), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seats_used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_order_seats")),
        sa.CheckConstraint(
            "seats_used >= 0 AND seats_used <= seats", name=op.f("ck_order_seats_used")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["cluster.id"],
            name=op.f("fk_order_cluster_id_cluster"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_order_customer_id_customer"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_order_plan_id_plan"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
    )
    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.create_index("ix_order_cluster_id_id", ["cluster_id", "id"], unique=False)
        batch_op.create_index("ix_order_customer_id_id", ["customer_id", "id"], unique=False)
        batch_op.create_index("ix_order_expires_on_id", ["expires_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index("ix_order_status_id", ["status", "id"], unique=False)

    op.create_table(
        "domain",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", ordered_text(253), nullable=False),
        sa.Column("unicode_name", ordered_text(253), nullable=False),
        sa.Column("verify_token", sa.String(length=40), nullable=False),
        sa.Column("notification_email", sa.String(length=255), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "activated_by",
            sa.Enum(
                "mx",
                "txt",
                "operator",
                name="proof",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("activation_reason", sa.String(length=500), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_domain_lower")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_domain_order_id_order"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain")),
        sa.UniqueConstraint("name", name=op.f("uq_domain_name")),
        sa.UniqueConstraint("order_id", name=op.f("uq_domain_order_id")),
    )
    with op.batch_alter_table("domain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_domain_unicode_name"), ["unicode_name"], unique=False)

    op.create_table(
        "address",
        sa.Column(
            "domain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("local_part", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mailbox", name="addresskind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.CheckConstraint("local_part = lower(local_part)", name=op.f("ck_address_lower")),
        sa.ForeignKeyConstraint(
            ["domain_id"],
            ["domain.id"],
            name=op.f("fk_address_domain_id_domain"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("domain_id", "local_part", name=op.f("pk_address")),
        sa.UniqueConstraint(
            "domain_id", "local_part", "kind", name=op.f("uq_address_domain_id_local_part_kind")
        ),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("domain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["login.id"],
            name=op.f("fk_audit_entry_actor_id_login"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_audit_entry_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["domain.id"], name=op.f("fk_audit_entry_domain_id_domain")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_customer_id_id", ["customer_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_domain_id_id", ["domain_id", "id"], unique=False)

    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("domain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                name="outboxstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["domain.id"], name=op.f("fk_outbox_mail_domain_id_domain")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mail_domain_id"), ["domain_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_mail_state_next_try_at", ["state", "next_try_at"], unique=False
        )

    op.create_table(
        "record_check",
        sa.Column(
            "domain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["domain_id"],
            ["domain.id"],
            name=op.f("fk_record_check_domain_id_domain"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain_id", "key", name=op.f("pk_record_check")),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "domain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("local_part", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mailbox", name="addresskind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("alternate_email", sa.String(length=255), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column(
            "quota_bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                name="mailboxstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("storage_key", sa.String(length=32), nullable=False),
        sa.Column("backend", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once_key", sa.String(length=40), nullable=True),
        sa.CheckConstraint("kind = 'mailbox'", name=op.f("ck_mailbox_kind_mailbox")),
        sa.CheckConstraint("quota_bytes >= 0", name=op.f("ck_mailbox_quota")),
        sa.ForeignKeyConstraint(
            ["domain_id", "local_part", "kind"],
            ["address.domain_id", "address.local_part", "address.kind"],
            name=op.f("fk_mailbox_domain_id_local_part_kind_address"),
        ),
        sa.ForeignKeyConstraint(
            ["domain_id"],
            ["domain.id"],
            name=op.f("fk_mailbox_domain_id_domain"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint(
            "domain_id", "local_part", name=op.f("uq_mailbox_domain_id_local_part")
        ),
        sa.UniqueConstraint("storage_key", name=op.f("uq_mailbox_storage_key")),
    )
    with op.batch_alter_table("mailbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mailbox_domain_id_name", ["domain_id", "name", "id"], unique=False
        )
    for view in VIEWS:
        op.execute(view)


def downgrade() -> None:
    for view in reversed(VIEWS):
        op.execute("DROP VIEW " + view.split()[2])
    with op.batch_alter_table("mailbox", schema=None) as batch_op:
        batch_op.drop_index("ix_mailbox_domain_id_name")

    op.drop_table("mailbox")
    op.drop_table("record_check")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_mail_state_next_try_at")
        batch_op.drop_index(batch_op.f("ix_outbox_mail_domain_id"))

    op.drop_table("outbox_mail")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_domain_id_id")
        batch_op.drop_index("ix_audit_entry_customer_id_id")

    op.drop_table("audit_entry")
    op.drop_table("address")
    with op.batch_alter_table("domain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_domain_unicode_name"))

    op.drop_table("domain")
    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.drop_index("ix_order_status_id")
        batch_op.drop_index(batch_op.f("ix_order_plan_id"))
        batch_op.drop_index("ix_order_expires_on_id")
        batch_op.drop_index("ix_order_customer_id_id")
        batch_op.drop_index("ix_order_cluster_id_id")

    op.drop_table("order")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_customer_id"))

    op.drop_table("login")
    with op.batch_alter_table("cluster_service", schema=None) as batch_op:
        batch_op.drop_index("uq_cluster_service_cluster_id_protocol")

    op.drop_table("cluster_service")
    with op.batch_alter_table("cluster_mx", schema=None) as batch_op:
        batch_op.drop_index("uq_cluster_mx_cluster_id_host")

    op.drop_table("cluster_mx")
    op.drop_table("plan")
    op.drop_table("customer")
    op.drop_table("cluster")
