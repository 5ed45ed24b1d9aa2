"""Addresses of a domain and the mailboxes behind them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from panel.database import Base, BigId, PrimaryKey
from panel.orders.models import Domain


class AddressKind(StrEnum):
    """What holds a local part; one local part of one domain is one thing."""

    MAILBOX = "mailbox"


class MailboxStatus(StrEnum):
    """The state of a mailbox user."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Address(Base):
    """Who holds a local part: its key lets no second thing take it, whatever its kind."""

    __tablename__ = "address"
    __table_args__ = (
        UniqueConstraint("domain_id", "local_part", "kind"),
        CheckConstraint("local_part = lower(local_part)", name="lower"),
    )

    domain_id: Mapped[int] = mapped_column(
        ForeignKey("domain.id", ondelete="RESTRICT"), primary_key=True
    )
    local_part: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[AddressKind]


class Mailbox(Base):
    """A mailbox user. `password_hash` is Dovecot's, with its {SCHEME}.

    `storage_key` names the mail folder: it belongs to the mailbox, not to the address, so nobody
    ever sees the mail of an earlier holder. `backend` is the node that holds it.
    """

    __tablename__ = "mailbox"
    __table_args__ = (
        ForeignKeyConstraint(
            ["domain_id", "local_part", "kind"],
            ["address.domain_id", "address.local_part", "address.kind"],
        ),
        UniqueConstraint("domain_id", "local_part"),
        CheckConstraint("kind = 'mailbox'", name="kind_mailbox"),
        CheckConstraint("quota_bytes >= 0", name="quota"),
        Index("ix_mailbox_domain_id_name", "domain_id", "name", "id"),
    )

    id: Mapped[PrimaryKey]
    domain_id: Mapped[int] = mapped_column(ForeignKey("domain.id", ondelete="RESTRICT"))
    local_part: Mapped[str] = mapped_column(String(64))
    kind: Mapped[AddressKind] = mapped_column(default=AddressKind.MAILBOX)
    name: Mapped[str] = mapped_column(String(100))
    alternate_email: Mapped[str | None]
    password_hash: Mapped[str]
    quota_bytes: Mapped[int] = mapped_column(BigId)
    status: Mapped[MailboxStatus] = mapped_column(default=MailboxStatus.ACTIVE)
    storage_key: Mapped[str] = mapped_column(String(32), unique=True)
    backend: Mapped[str]
    created_at: Mapped[datetime]
    once_key: Mapped[str | None] = mapped_column(String(40))
    domain: Mapped[Domain] = relationship(lazy="raise")
