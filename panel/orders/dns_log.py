"""Keeping who was asked what at a name's last check."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from panel.dns.examination import Examination
from panel.orders.models import LOGS, MailName
from panel.orders.watched import NameLog

MOST_LINES = 150
MOST_TEXT = 300
"""Characters of one answer that are kept."""


def keep_log(session: Session, watched: MailName, examined: Examination, now: datetime) -> None:
    """Put the log of an examination that began `now` in the place of the last one, unless that
    began later. One of a single key leaves the lines of what it did not ask.
    """
    held = kept_log(session, watched)
    if held is not None and held.checked_at > now:
        return
    lines = [asked.to_json() for asked in examined.log[:MOST_LINES]]
    for line in lines:
        line["said"] = ", ".join(line["said"])[:MOST_TEXT]
    is_partial = examined.is_partial
    if held is not None and len(examined.verdicts) == 1:
        asked_now = [_asked(line) for line in lines]
        lines += [line for line in held.lines if _asked(line) not in asked_now]
        is_partial = is_partial or held.is_partial
    values = {"checked_at": now, "is_partial": is_partial, "lines": lines[:MOST_LINES]}
    session.merge(LOGS[type(watched)](watched_id=watched.id, **values))


def _asked(line: dict[str, Any]) -> tuple[Any, Any]:
    """Who was asked what."""
    return line["server"], line["question"]


def kept_log(session: Session, watched: MailName) -> NameLog | None:
    """The log of the last check."""
    return session.get(LOGS[type(watched)], watched.id)
