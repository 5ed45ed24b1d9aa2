"""Panel logins and the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from panel.database import Base, PrimaryKey


class Role(StrEnum):
    """What a login is; a mailbox user's own sign-in comes with its own pages."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


class Login(UserMixin, Base):
    """Somebody who signs in to the panel with e-mail and password.

    `fs_uniquifier` stands in every session: changing it ends them all. `customer_id` names whose
    things a customer's login may touch; an operator has none.
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
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    roles: ClassVar[list[RoleMixin]] = []  # type: ignore[misc]  # Flask-Security's own, which this panel does not use: see `role`

    @property
    def is_operator(self) -> bool:
        """Whether this is the operator's own staff."""
        return self.role is Role.OPERATOR


class AuditEntry(Base):
    """Who did what to which thing, when and from where. Never changed, never holds a secret."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_customer_id_id", "customer_id", "id"),
        Index("ix_audit_entry_domain_id_id", "domain_id", "id"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("login.id", ondelete="SET NULL"))
    actor_name: Mapped[str]
    ip: Mapped[str | None] = mapped_column(String(45))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(320))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
