"""Customers, plans, clusters, orders and domains."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from panel.database import Base, BigId, PrimaryKey, ordered_text


class OrderStatus(StrEnum):
    """The state of an order itself."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


class ServiceStatus(StrEnum):
    """What people are told of a domain's mail service."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


class Proof(StrEnum):
    """How ownership of a domain was proven."""

    MX = "mx"
    TXT = "txt"
    OPERATOR = "operator"


class DnsState(StrEnum):
    """How the MX records of a domain stood when they were last seen."""

    UNCHECKED = "unchecked"
    RIGHT = "right"
    WAITING = "waiting"
    WRONG = "wrong"


class Protocol(StrEnum):
    """A service that a cluster offers under a canonical host."""

    WEBMAIL = "webmail"
    IMAP = "imap"
    POP = "pop"
    SMTP = "smtp"


class Encryption(StrEnum):
    """How a mail program secures the connection."""

    TLS = "tls"
    STARTTLS = "starttls"


class Customer(Base):
    """Who bought."""

    __tablename__ = "customer"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(ordered_text(100), unique=True)
    email: Mapped[str]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Plan(Base):
    """What can be bought: seats and quota per mailbox (bytes)."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("quota_bytes >= 0", name="quota"),
    )

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    seats: Mapped[int]
    quota_bytes: Mapped[int] = mapped_column(BigId)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Cluster(Base):
    """A pool of mail servers. TTLs are seconds."""

    __tablename__ = "cluster"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    backend: Mapped[str] = mapped_column(default="127.0.0.1")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    mx_hosts: Mapped[list[ClusterMx]] = relationship(
        order_by="ClusterMx.priority, ClusterMx.id", cascade="all, delete-orphan", lazy="raise"
    )
    services: Mapped[list[ClusterService]] = relationship(
        order_by="ClusterService.id", cascade="all, delete-orphan", lazy="raise"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class ClusterMx(Base):
    """One MX host of a cluster (RFC 5321 section 5)."""

    __tablename__ = "cluster_mx"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 0 AND 65535", name="priority"),
        Index("uq_cluster_mx_cluster_id_host", "cluster_id", "host", unique=True),
    )

    id: Mapped[PrimaryKey]
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id", ondelete="CASCADE"))
    host: Mapped[str]
    priority: Mapped[int]
    ttl: Mapped[int] = mapped_column(default=86400)


class ClusterService(Base):
    """A service of a cluster: what a branding CNAME points at, and what mail programs connect to.

    `canonical_host` is the target of the customer's CNAME; `host` and `port` stand on the sheets
    (they differ from it only where the provider's hosts are not public, as in the demo).
    """

    __tablename__ = "cluster_service"
    __table_args__ = (
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        Index("uq_cluster_service_cluster_id_protocol", "cluster_id", "protocol", unique=True),
    )

    id: Mapped[PrimaryKey]
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id", ondelete="CASCADE"))
    protocol: Mapped[Protocol]
    canonical_host: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    encryption: Mapped[Encryption]
    ttl: Mapped[int] = mapped_column(default=86400)


class Order(Base):
    """Mail bought for one domain. `seats_used` counts mailboxes and never exceeds `seats`."""

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("seats_used >= 0 AND seats_used <= seats", name="seats_used"),
        Index("ix_order_customer_id_id", "customer_id", "id"),
        Index("ix_order_status_id", "status", "id"),
        Index("ix_order_cluster_id_id", "cluster_id", "id"),
        Index("ix_order_expires_on_id", "expires_on", "id"),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(ordered_text(20), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="RESTRICT"), index=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id", ondelete="RESTRICT"))
    status: Mapped[OrderStatus]
    suspended_reason: Mapped[str | None] = mapped_column(String(500))
    seats: Mapped[int]
    seats_used: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    customer: Mapped[Customer] = relationship(lazy="raise")
    plan: Mapped[Plan] = relationship(lazy="raise")
    cluster: Mapped[Cluster] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Domain(Base):
    """The domain of an order. `name` is the A-label in lower case (RFC 5891).

    Proven ownership is `activated_at`; a DNS failure later never takes it back, it only sets
    `fault_since`. The worker checks the DNS at `next_check_at` (None: not watched), as
    `panel.orders.schedule` says; `check_tries` counts the checks since `dns_state` last changed.
    Account sheets carry `sheet_company` and `sheet_help` in place of the provider's.
    """

    __tablename__ = "domain"
    __table_args__ = (
        CheckConstraint("name = lower(name)", name="lower"),
        Index("ix_domain_dns_state_order_id", "dns_state", "order_id"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="RESTRICT"), unique=True)
    name: Mapped[str] = mapped_column(ordered_text(253), unique=True)
    unicode_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    verify_token: Mapped[str] = mapped_column(String(40))
    notification_email: Mapped[str]
    sheet_company: Mapped[str | None] = mapped_column(String(100))
    sheet_help: Mapped[str | None] = mapped_column(String(200))
    settings_version: Mapped[int] = mapped_column(default=1)
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[Proof | None]
    activation_reason: Mapped[str | None] = mapped_column(String(500))
    checked_at: Mapped[datetime | None]
    fault_since: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
    dns_state: Mapped[DnsState] = mapped_column(default=DnsState.UNCHECKED)
    dns_state_since: Mapped[datetime | None]
    watched_from: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)
    check_tries: Mapped[int] = mapped_column(default=0)
    dns_digest: Mapped[str | None] = mapped_column(String(32))
    order: Mapped[Order] = relationship(lazy="raise")

    @property
    def service_status(self) -> ServiceStatus:
        """What people are told: the order's state first, then whether ownership is proven."""
        if self.order.status is not OrderStatus.ACTIVE:
            return ServiceStatus(self.order.status.value)
        return ServiceStatus.ACTIVE if self.activated_at else ServiceStatus.PENDING


class DomainAlias(Base):
    """Another name of a domain: all its local parts are those of the domain, once it is active."""

    __tablename__ = "domain_alias"
    __table_args__ = (CheckConstraint("name = lower(name)", name="lower"),)

    id: Mapped[PrimaryKey]
    domain_id: Mapped[int] = mapped_column(ForeignKey("domain.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(ordered_text(253), unique=True)
    unicode_name: Mapped[str] = mapped_column(ordered_text(253))
    verify_token: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[Proof | None]
    activation_reason: Mapped[str | None] = mapped_column(String(500))


class RecordCheck(Base):
    """The last verdict on one expected DNS record of a domain (`key`: mx, webmail … verify).

    `verdict` is what `panel.dns.diagnosis.Verdict.to_json` gives. When the last check could not
    ask, `failure` is its verdict and `failed_at` its time; what was found before stays.
    """

    __tablename__ = "record_check"

    domain_id: Mapped[int] = mapped_column(
        ForeignKey("domain.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class DnsLog(Base):
    """Who was asked what at the last check that somebody watched, for who wants to see it.

    `lines` are `panel.dns.answers.Asked` as plain data, at most MOST_LINES of them.
    """

    __tablename__ = "dns_log"

    domain_id: Mapped[int] = mapped_column(
        ForeignKey("domain.id", ondelete="CASCADE"), primary_key=True
    )
    checked_at: Mapped[datetime]
    is_partial: Mapped[bool]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
