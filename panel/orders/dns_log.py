"""Keeping who was asked what at a name's last check."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from panel.dns.examination import Examination
from panel.orders.models import LOGS, MailName
from panel.orders.watched import NameLog

MOST_LINES = 150
MOST_TEXT = 300
"""Characters of one answer that are kept."""


def keep_log(session: Session, watched: MailName, examined: Examination, now: datetime) -> None:
    """Put the log of an examination in the place of the last one."""
    lines = [asked.to_json() for asked in examined.log[:MOST_LINES]]
    for line in lines:
        line["said"] = ", ".join(line["said"])[:MOST_TEXT]
    values = {"checked_at": now, "is_partial": examined.is_partial, "lines": lines}
    session.merge(LOGS[type(watched)](watched_id=watched.id, **values))


def kept_log(session: Session, watched: MailName) -> NameLog | None:
    """The log of the last check."""
    return session.get(LOGS[type(watched)], watched.id)
