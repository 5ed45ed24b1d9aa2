"""Ending the sessions of those who may not go on: a row with its cause, done by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from panel.database import Base, PrimaryKey
from panel.engine import doveadm
from panel.engine.layout import Layout

SETTLE = timedelta(seconds=1)
"""So long after the cause sessions are looked for: a log-in that was just accepted is one by then.
"""
HOLD = timedelta(seconds=70)
"""So long no open submission session of the user sends; those at rest have timed out by then
(smtpd_timeout of the submission services)."""
AT_ONCE = 500


class SessionEnd(Base):
    """Sessions of a user, or of a domain's users (`local_part` is None), that have to end.

    While the row of a user stands, `pf_sasl_access` lets none of its submission sessions send.
    """

    __tablename__ = "session_end"
    __table_args__ = (Index("ix_session_end_domain_local_part", "domain", "local_part"),)

    id: Mapped[PrimaryKey]
    domain: Mapped[str] = mapped_column(String(253))
    local_part: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def end_sessions(session: Session, domain: str, local_part: str | None, now: datetime) -> None:
    """Let the worker end the sessions of a user, or of all of a domain's, once this is committed.

    `domain` is the name with which its users sign in.
    """
    session.add(SessionEnd(domain=domain, local_part=local_part, asked_at=now))


def due_ends(session: Session, now: datetime) -> Sequence[SessionEnd]:
    """What has to end now, at most AT_ONCE rows."""
    return session.scalars(
        select(SessionEnd)
        .where(SessionEnd.ended_at.is_(None), SessionEnd.asked_at <= now - SETTLE)
        .order_by(SessionEnd.id)
        .limit(AT_ONCE)
    ).all()


def kick(layout: Layout, due: Sequence[tuple[str, str | None]]) -> None:
    """End the open IMAP and POP sessions of (domain, local part or None for all its users).

    Lets Dovecot forget what passwords it remembers, too. Raises doveadm.Unanswered; safe to repeat.
    """
    users = [f"{local}@{domain}" for domain, local in due if local]
    doveadm.run(layout, "auth", "cache", "flush", *(users if len(users) == len(due) else ()))
    wanted = set(due)
    domains = {domain for domain, local in wanted if local is None}
    for row in doveadm.table(layout, "who"):
        local, _, domain = row["username"].rpartition("@")
        if domain in domains or (domain, local) in wanted:
            doveadm.run(layout, "kick", row["username"])


def note_ended(session: Session, ids: Sequence[int], now: datetime) -> None:
    """These are done; rows whose time is over go."""
    if ids:
        session.execute(update(SessionEnd).where(SessionEnd.id.in_(ids)).values(ended_at=now))
    over = (SessionEnd.ended_at.is_not(None), SessionEnd.asked_at <= now - HOLD)
    if session.scalar(select(SessionEnd.id).where(*over).limit(1)) is not None:
        session.execute(delete(SessionEnd).where(*over))
