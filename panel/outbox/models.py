"""The outbox's table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from panel.database import Base, PrimaryKey


class OutboxState(StrEnum):
    """Where a mail of the panel is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class OutboxMail(Base):
    """A mail that the panel sends. `sealed` is the whole message, encrypted, wiped once sent.

    `error` is what the mail server said last; `attempts` counts tries, the next one is at
    `next_try_at`.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_state_next_try_at", "state", "next_try_at"),)

    id: Mapped[PrimaryKey]
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(320))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
