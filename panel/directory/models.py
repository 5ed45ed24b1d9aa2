"""Addresses of a domain and the mailboxes behind them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column, relationship, validates

from panel.database import Base, BigId, PrimaryKey, folded, ordered_text
from panel.orders.models import Domain


class AddressKind(StrEnum):
    """What holds a local part; one local part of one domain is one thing."""

    MAILBOX = "mailbox"
    FORWARD_ONLY = "forward_only"
    LIST = "list"


class ForwardOwner(StrEnum):
    """Who set a forward of a mailbox; its user does not see the administrator's."""

    USER = "user"
    ADMIN = "admin"


class MailboxStatus(StrEnum):
    """The state of a mailbox user."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


def _sought(of: str, length: int) -> MappedColumn[str | None]:
    """A column that the database makes of another one, which nobody reads."""
    return mapped_column(ordered_text(length), Computed(of), deferred=True)


def _key_of_name(context: Any) -> str:
    return folded(context.get_current_parameters()["name"])


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
    ever sees the mail of an earlier holder. `backend` is the node that holds it. With `deleted_at`
    it lies in the recycle bin: it holds its address and no seat, and its `status` waits for it.
    `local_key` and `name_key` are what searches find it by, each in an index by code points.
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
        Index("ix_mailbox_domain_id_local_key", "domain_id", "local_key"),
        Index("ix_mailbox_domain_id_name_key", "domain_id", "name_key"),
        Index("ix_mailbox_domain_id_id", "domain_id", "id"),
        Index("ix_mailbox_deleted_at", "deleted_at"),
        Index("ix_mailbox_domain_id_deleted_at", "domain_id", "deleted_at"),
        Index("ix_mailbox_domain_id_status_deleted_at", "domain_id", "status", "deleted_at"),
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
    keep_copy: Mapped[bool] = mapped_column(default=True)
    suspended_reason: Mapped[str | None] = mapped_column(String(500))
    suspended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    local_key: Mapped[str | None] = _sought("local_part", 64)
    name_key: Mapped[str | None] = mapped_column(ordered_text(100), default=_key_of_name)
    version: Mapped[int] = mapped_column(default=1)
    domain: Mapped[Domain] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it

    @validates("name")
    def _keep_key(self, _name: str, value: str) -> str:
        self.name_key = folded(value)
        return value


class ForwardOnly(Base):
    """An address without a mailbox: what it gets goes to its forwards. It uses no seat."""

    __tablename__ = "forward_only"
    __table_args__ = (
        ForeignKeyConstraint(
            ["domain_id", "local_part", "kind"],
            ["address.domain_id", "address.local_part", "address.kind"],
        ),
        UniqueConstraint("domain_id", "local_part"),
        CheckConstraint("kind = 'forward_only'", name="kind_forward_only"),
    )

    id: Mapped[PrimaryKey]
    domain_id: Mapped[int] = mapped_column(BigId)
    local_part: Mapped[str] = mapped_column(String(64))
    kind: Mapped[AddressKind] = mapped_column(default=AddressKind.FORWARD_ONLY)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Forward(Base):
    """One edge: mail for an address goes to `target` too.

    `target_local` is without what follows a plus sign; the local part and the domain are what the
    walk goes on with where the domain is one of ours.
    """

    __tablename__ = "forward"
    __table_args__ = (
        ForeignKeyConstraint(
            ["domain_id", "local_part"], ["address.domain_id", "address.local_part"]
        ),
        UniqueConstraint("domain_id", "local_part", "set_by", "target"),
        CheckConstraint("target_domain = lower(target_domain)", name="target_lower"),
        Index("ix_forward_target_domain_target_local", "target_domain", "target_local"),
    )

    id: Mapped[PrimaryKey]
    domain_id: Mapped[int] = mapped_column(BigId)
    local_part: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(320))
    target_local: Mapped[str]
    target_domain: Mapped[str]
    set_by: Mapped[ForwardOwner]


class AutoReply(Base):
    """What a mailbox answers, in force while `enabled` and between its times (UTC; None: open).

    `mark` stands before the subject of the mail that is answered where `subject` is empty.
    `username` is the mailbox's address as Dovecot asks for it. `script` is the action in Sieve
    that the view `sieve_script` puts into its frame (panel.directory.sieve).
    """

    __tablename__ = "auto_reply"
    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("interval_days >= 1", name="interval"),
        CheckConstraint("ends_at > starts_at", name="times"),
    )

    mailbox_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    username: Mapped[str] = mapped_column(ordered_text(320))
    enabled: Mapped[bool]
    subject: Mapped[str] = mapped_column(String(200))
    mark: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    interval_days: Mapped[int]
    script: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class CatchAll(Base):
    """The existing address that takes what a domain's other addresses do not; none: bounce."""

    __tablename__ = "catch_all"
    __table_args__ = (
        ForeignKeyConstraint(
            ["domain_id", "local_part"], ["address.domain_id", "address.local_part"]
        ),
    )

    domain_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    local_part: Mapped[str] = mapped_column(String(64))


class MailboxUsage(Base):
    """What a mailbox holds, as Dovecot counted it at `read_at`; no row: not known yet.

    `warned_at`: when its user was told that it is nearly full, None once there is room again.
    `is_new`: whether to tell has not been looked at since something changed.
    """

    __tablename__ = "mailbox_usage"
    __table_args__ = (Index("ix_mailbox_usage_is_new", "is_new"),)

    mailbox_id: Mapped[int] = mapped_column(
        ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    used_bytes: Mapped[int] = mapped_column(BigInteger)
    messages: Mapped[int]
    read_at: Mapped[datetime]
    warned_at: Mapped[datetime | None]
    is_new: Mapped[bool] = mapped_column(default=True)


class DomainUsage(Base):
    """What the users of a domain hold together, those in the recycle bin left out.

    The worker counts it, for ten thousand mailboxes are too many to add up for each look at a
    page. `is_stale`: something has changed since `counted_at`.
    """

    __tablename__ = "domain_usage"
    __table_args__ = (Index("ix_domain_usage_is_stale_counted_at", "is_stale", "counted_at"),)

    domain_id: Mapped[int] = mapped_column(
        ForeignKey("domain.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    used_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    nearly_full: Mapped[int] = mapped_column(default=0)
    full_up: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime]
    is_stale: Mapped[bool] = mapped_column(default=True)
