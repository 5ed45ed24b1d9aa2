"""Ending the sessions of those who may not go on: a row with its cause, done by the worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from panel.database import Base, PrimaryKey, ordered_text
from panel.engine import doveadm
from panel.engine.layout import Layout

SETTLE = timedelta(seconds=1)
"""So long after the cause sessions are looked for: a log-in that was just accepted is one by then.
"""
HOLD = timedelta(seconds=70)
"""So long no open submission session of the user sends; those at rest have timed out by then
(smtpd_timeout of the submission services)."""
KEPT = timedelta(hours=1)
"""So long it is known that sessions have ended, for those who look."""
AT_ONCE = 500

Whose = tuple[str, str | None]
"""Domain and local part of a user; without the latter all of the domain's."""


class SessionEnd(Base):
    """Sessions of a user, or of a domain's users (`local_part` is None), that have to end.

    `holds_until`: until then `pf_sasl_access` lets none of the user's submission sessions send;
    None in a row for a domain. `ended_at`: when the open ones were gone, `count` of them (None: no
    Dovecot was asked).
    """

    __tablename__ = "session_end"
    __table_args__ = (
        Index("ix_session_end_domain_local_part", "domain", "local_part"),
        Index("ix_session_end_ended_at_asked_at", "ended_at", "asked_at"),
    )

    id: Mapped[PrimaryKey]
    domain: Mapped[str] = mapped_column(ordered_text(253))
    local_part: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    holds_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    count: Mapped[int | None]


def end_sessions(session: Session, domain: str, local_part: str | None, now: datetime) -> None:
    """Let the worker end the sessions of a user, or of all of a domain's, once this is committed.

    `domain` is the name with which its users sign in.
    """
    until = now + HOLD if local_part else None
    session.add(SessionEnd(domain=domain, local_part=local_part, asked_at=now, holds_until=until))


def due_ends(session: Session, now: datetime) -> Sequence[SessionEnd]:
    """What has to end now, at most AT_ONCE rows."""
    return session.scalars(
        select(SessionEnd)
        .where(SessionEnd.ended_at.is_(None), SessionEnd.asked_at <= now - SETTLE)
        .order_by(SessionEnd.id)
        .limit(AT_ONCE)
    ).all()


def last_end(session: Session, domain: str, local_part: str) -> SessionEnd | None:
    """How far the newest ending of a user's sessions is; None when it is long over."""
    return session.scalar(
        select(SessionEnd)
        .where(SessionEnd.domain == domain, SessionEnd.local_part == local_part)
        .order_by(SessionEnd.id.desc())
        .limit(1)
    )


def kick(layout: Layout, due: Sequence[Whose]) -> Counter[Whose]:
    """End the open IMAP and POP sessions of each; how many there were.

    Lets Dovecot forget what passwords it remembers, too. Raises doveadm.Unanswered; safe to repeat.
    """
    users = [f"{local}@{domain}" for domain, local in due if local]
    doveadm.run(layout, "auth", "cache", "flush", *(users if len(users) == len(due) else ()))
    wanted, ended = set(due), Counter[Whose]()
    for row in doveadm.table(layout, "who"):
        local, _, domain = row["username"].rpartition("@")
        hit = wanted & {(domain, local), (domain, None)}
        if hit:
            doveadm.run(layout, "kick", row["username"])
        ended.update(dict.fromkeys(hit, int(row["#"])))
    return ended


def note_ended(session: Session, ended: Mapping[int, int | None], now: datetime) -> None:
    """These rows are done, with so many sessions each; those whose time is over go."""
    for key, count in ended.items():
        here = update(SessionEnd).where(SessionEnd.id == key)
        session.execute(here.values(ended_at=now, count=count))
    over = (SessionEnd.ended_at.is_not(None), SessionEnd.asked_at <= now - KEPT)
    if session.scalar(select(SessionEnd.id).where(*over).limit(1)) is not None:
        session.execute(delete(SessionEnd).where(*over))
