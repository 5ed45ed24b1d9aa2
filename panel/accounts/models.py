"""Panel logins and the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, column, select, table
from sqlalchemy.orm import Mapped, column_property, mapped_column

from panel.database import Base, PrimaryKey, ordered_text

_customer = table("customer", column("id"), column("time_zone", String))
"""What is read here of a room above."""


class Role(StrEnum):
    """What a login is; a mailbox user's own sign-in comes with its own pages."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


class ActorKind(StrEnum):
    """Who did something, as those may be told who do not know each other's names."""

    SYSTEM = "system"
    STAFF = "staff"
    CUSTOMER = "customer"
    STRANGER = "stranger"


class AuditKind(StrEnum):
    """What an entry is about."""

    USERS = "users"
    FORWARDS = "forwards"
    ALIASES = "aliases"
    CATCH_ALL = "catch_all"
    DNS = "dns"
    SETTINGS = "settings"
    ORDERS = "orders"
    SIGN_IN = "sign_in"
    OFFER = "offer"


class Login(UserMixin, Base):
    """Somebody who signs in to the panel with e-mail and password.

    `fs_uniquifier` stands in every session: changing it ends them all. `customer_id` names whose
    things a customer's login may touch; an operator has none. `time_zone` is that customer's.
    """

    __tablename__ = "login"
    __table_args__ = (
        CheckConstraint("(role = 'operator') = (customer_id IS NULL)", name="role_customer"),
    )

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[Role]
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customer.id", ondelete="RESTRICT"), index=True
    )
    language: Mapped[str | None] = mapped_column(String(8))
    time_zone: Mapped[str | None] = column_property(
        select(_customer.c.time_zone).where(_customer.c.id == customer_id).scalar_subquery()
    )
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    roles: ClassVar[list[RoleMixin]] = []  # type: ignore[misc]  # Flask-Security's own, which this panel does not use: see `role`

    @property
    def is_operator(self) -> bool:
        """Whether this is the operator's own staff."""
        return self.role is Role.OPERATOR


class AuditEntry(Base):
    """Who did what to which thing, when and from where. Never changed, never holds a secret.

    `kind` and `actor_kind` are what the log is filtered by; each filter is answered by an index
    whose last column is the order in which the log is read.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_kind_id", "kind", "id"),
        Index("ix_audit_entry_actor_kind_id", "actor_kind", "id"),
        Index("ix_audit_entry_subject_id", "subject", "id"),
        Index("ix_audit_entry_domain_id_id", "domain_id", "id"),
        Index("ix_audit_entry_domain_id_kind_id", "domain_id", "kind", "id"),
        Index("ix_audit_entry_domain_id_actor_kind_id", "domain_id", "actor_kind", "id"),
        Index("ix_audit_entry_domain_id_actor_id_id", "domain_id", "actor_id", "id"),
        Index("ix_audit_entry_domain_id_subject_id", "domain_id", "subject", "id"),
        Index("ix_audit_entry_customer_id_id", "customer_id", "id"),
        Index("ix_audit_entry_customer_id_kind_id", "customer_id", "kind", "id"),
        Index("ix_audit_entry_customer_id_actor_kind_id", "customer_id", "actor_kind", "id"),
        Index("ix_audit_entry_customer_id_actor_id_id", "customer_id", "actor_id", "id"),
        Index("ix_audit_entry_customer_id_subject_id", "customer_id", "subject", "id"),
        Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
        Index("ix_audit_entry_at_id", "at", "id"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("login.id", ondelete="SET NULL"))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_name: Mapped[str]
    ip: Mapped[str | None] = mapped_column(String(45))
    kind: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(ordered_text(320))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
