"""Customers, plans, clusters, orders and domains."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from panel.database import Base, BigId, PrimaryKey, ordered_text
from panel.orders.watched import DnsState as DnsState
from panel.orders.watched import NameCheck, NameLog, WatchedName
from panel.orders.watched import Proof as Proof


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
    """Who bought. `time_zone` is an IANA name: the zone of times on all pages of its domains."""

    __tablename__ = "customer"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(ordered_text(100), unique=True)
    email: Mapped[str]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    time_zone: Mapped[str] = mapped_column(String(64))
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


class Domain(WatchedName, Base):
    """The domain of an order. Account sheets carry `sheet_company` and `sheet_help` in place of the
    provider's.
    """

    __tablename__ = "domain"
    __table_args__ = (
        CheckConstraint("name = lower(name)", name="lower"),
        Index("ix_domain_dns_state_order_id", "dns_state", "order_id"),
    )
    noun = "domain"

    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="RESTRICT"), unique=True)
    unicode_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    notification_email: Mapped[str]
    sheet_company: Mapped[str | None] = mapped_column(String(100))
    sheet_help: Mapped[str | None] = mapped_column(String(200))
    settings_version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order] = relationship(lazy="raise")

    @property
    def main(self) -> Domain:
        """The domain whose addresses the name has."""
        return self

    @property
    def service_status(self) -> ServiceStatus:
        """What people are told: the order's state first, then whether ownership is proven."""
        if self.order.status is not OrderStatus.ACTIVE:
            return ServiceStatus(self.order.status.value)
        return ServiceStatus.ACTIVE if self.activated_at else ServiceStatus.PENDING


class DomainAlias(WatchedName, Base):
    """Another name of a domain: all its local parts are those of the domain, once it is active."""

    __tablename__ = "domain_alias"
    __table_args__ = (
        CheckConstraint("name = lower(name)", name="lower"),
        Index("ix_domain_alias_domain_id_name", "domain_id", "name"),
    )
    noun = "alias"

    domain_id: Mapped[int] = mapped_column(ForeignKey("domain.id", ondelete="RESTRICT"))
    unicode_name: Mapped[str] = mapped_column(ordered_text(253))
    created_at: Mapped[datetime]
    domain: Mapped[Domain] = relationship(lazy="raise")

    @property
    def main(self) -> Domain:
        """The domain whose addresses the name has."""
        return self.domain

    @property
    def service_status(self) -> ServiceStatus:
        """The domain's, but pending until the name itself is proven too."""
        of_domain = self.domain.service_status
        if of_domain is ServiceStatus.ACTIVE and self.activated_at is None:
            return ServiceStatus.PENDING
        return of_domain

    @property
    def status_since(self) -> datetime | None:
        """Since when it is pending or active; of a stopped order the orders know."""
        if self.service_status is ServiceStatus.PENDING:
            return self.created_at
        proven = self.activated_at, self.domain.activated_at
        is_active = self.service_status is ServiceStatus.ACTIVE
        return max(at for at in proven if at) if is_active else None


Kind = type[Domain] | type[DomainAlias]
MailName = Domain | DomainAlias
"""A name that mail is taken for. Its `main` and the order of that must be loaded."""


class RecordCheck(NameCheck):
    """The verdicts on a domain's records."""

    __tablename__ = "record_check"

    watched_id: Mapped[int] = mapped_column(
        "domain_id", ForeignKey("domain.id", ondelete="CASCADE"), primary_key=True
    )


class AliasCheck(NameCheck):
    """The verdicts on an alias domain's records."""

    __tablename__ = "alias_check"

    watched_id: Mapped[int] = mapped_column(
        "alias_id", ForeignKey("domain_alias.id", ondelete="CASCADE"), primary_key=True
    )


class DnsLog(NameLog):
    """The last log of a domain."""

    __tablename__ = "dns_log"

    watched_id: Mapped[int] = mapped_column(
        "domain_id", ForeignKey("domain.id", ondelete="CASCADE"), primary_key=True
    )


class AliasLog(NameLog):
    """The last log of an alias domain."""

    __tablename__ = "alias_log"

    watched_id: Mapped[int] = mapped_column(
        "alias_id", ForeignKey("domain_alias.id", ondelete="CASCADE"), primary_key=True
    )


CHECKS: dict[Kind, type[NameCheck]] = {Domain: RecordCheck, DomainAlias: AliasCheck}
LOGS: dict[Kind, type[NameLog]] = {Domain: DnsLog, DomainAlias: AliasLog}
"""Where what is known of a name's DNS is kept."""
