"""Auto replies of users: what is set, and whether it answers now."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from panel.accounts.access import Actor
from panel.accounts.models import AuditEntry
from panel.directory.errors import (
    AutoReplyEmpty,
    BadInterval,
    EndedAlready,
    EndsBeforeStart,
    SubjectTooLong,
    TextTooLong,
)
from panel.directory.models import AutoReply, Forward, Mailbox, MailboxStatus
from panel.directory.sieve import vacation
from panel.directory.versions import in_turn, not_deleted, note
from panel.orders.conflicts import changed_by
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain

MOST_TEXT = 10_000
MOST_SUBJECT = 200
MOST_DAYS = 365
USUAL_DAYS = 7
"""Days between two answers to one sender: what RFC 5230, 4.1 recommends."""


class AutoReplyState(StrEnum):
    """Whether senders are answered."""

    OFF = "off"
    WAITING = "waiting"
    RUNNING = "running"
    OVER = "over"
    STOPPED = "stopped"
    PASSED_ON = "passed_on"


@dataclass(frozen=True)
class Reply:
    """What is answered and when; aware times, None: from now on, until it is switched off.

    Without a `subject` it is that of the mail that is answered, behind the `mark`, in whose
    language its senders read it.
    """

    enabled: bool = False
    subject: str = ""
    text: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    interval_days: int = USUAL_DAYS
    mark: str = "Auto: "

    def state(self, mailbox: Mailbox, now: datetime) -> AutoReplyState:
        """STOPPED: it would answer, but the user is suspended or in the recycle bin."""
        if not self.enabled:
            return AutoReplyState.OFF
        if self.ends_at is not None and self.ends_at <= now:
            return AutoReplyState.OVER
        if mailbox.status is not MailboxStatus.ACTIVE or mailbox.deleted_at is not None:
            return AutoReplyState.STOPPED
        if self.starts_at is not None and self.starts_at > now:
            return AutoReplyState.WAITING
        return AutoReplyState.RUNNING

    def tidied(self) -> Reply:
        """As it is stored: times in UTC, one kind of line break, nothing that nobody sees."""
        values = asdict(self)
        values["subject"] = " ".join(_seen(self.subject).split())
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n")
        values["text"] = _seen(lines).strip("\n").rstrip()
        for name in ("starts_at", "ends_at"):
            values[name] = values[name].astimezone(UTC) if values[name] else None
        return Reply(**values)


def auto_reply_of(session: Session, mailbox: Mailbox) -> Reply:
    """What a user's mailbox answers; the usual values, off, when nothing was ever set."""
    row = session.get(AutoReply, mailbox.id)
    return _reply(row) if row else Reply()


def state_of(session: Session, mailbox: Mailbox, reply: Reply, now: datetime) -> AutoReplyState:
    """The state of what is set for a user.

    PASSED_ON: it would answer, but all mail is forwarded without a copy, so that none comes to
    where answers are made.
    """
    state = reply.state(mailbox, now)
    if mailbox.keep_copy or state not in (AutoReplyState.RUNNING, AutoReplyState.WAITING):
        return state
    here = {"domain_id": mailbox.domain_id, "local_part": mailbox.local_part}
    forwards = session.scalar(select(Forward.id).filter_by(**here).limit(1))
    return state if forwards is None else AutoReplyState.PASSED_ON


def version_of(session: Session, mailbox: Mailbox) -> int:
    """The version for `set_auto_reply`; 0 when nothing was ever set."""
    row = session.get(AutoReply, mailbox.id)
    return row.version if row else 0


def set_auto_reply(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    wanted: Reply,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Save what a user's mailbox answers, as the page showed it at `version`.

    `domain.order` must be loaded. Raises InRecycleBin, SubjectTooLong, TextTooLong, AutoReplyEmpty,
    BadInterval, EndsBeforeStart, EndedAlready, ChangedMeanwhile.
    """
    in_turn(session, domain)
    session.refresh(mailbox, ["name", "deleted_at"])  # answers come from the name
    not_deleted(domain, mailbox)
    wanted = wanted.tidied()
    _check(wanted, now)
    row = session.get(AutoReply, mailbox.id, populate_existing=True)
    if (row.version if row else 0) != version:
        subject = f"{mailbox.local_part}@{domain.name}"
        mine = AuditEntry.domain_id == domain.id, AuditEntry.subject == subject
        raise changed_by(session, *mine, AuditEntry.action == "user.auto_reply")
    before = _reply(row) if row else Reply()
    _write(session, row or _new(session, domain, mailbox), mailbox, wanted, now)
    told = {"before": _told(before), "after": _told(wanted)}
    note(session, domain, mailbox.local_part, "user.auto_reply", by=by, now=now, **told)


def follow_name(session: Session, mailbox: Mailbox) -> None:
    """After a user's name has changed: answers come from the new one."""
    if row := session.get(AutoReply, mailbox.id, populate_existing=True):
        _write(session, row, mailbox, _reply(row), row.changed_at)


def _check(wanted: Reply, now: datetime) -> None:
    """Raise what is wrong with a tidied reply."""
    if len(wanted.subject) > MOST_SUBJECT:
        raise SubjectTooLong(MOST_SUBJECT)
    if len(wanted.text) > MOST_TEXT:
        raise TextTooLong(MOST_TEXT)
    if wanted.enabled and not wanted.text:
        raise AutoReplyEmpty
    if not 1 <= wanted.interval_days <= MOST_DAYS:
        raise BadInterval(MOST_DAYS)
    if wanted.starts_at and wanted.ends_at and wanted.ends_at <= wanted.starts_at:
        raise EndsBeforeStart
    if wanted.enabled and wanted.ends_at and wanted.ends_at <= now:
        raise EndedAlready(now)


def _new(session: Session, domain: Domain, mailbox: Mailbox) -> AutoReply:
    username = f"{mailbox.local_part}@{domain.name}"
    row = AutoReply(mailbox_id=mailbox.id, username=username)
    session.add(row)
    return row


def _write(
    session: Session, row: AutoReply, mailbox: Mailbox, wanted: Reply, now: datetime
) -> None:
    """Raise ChangedMeanwhile when somebody else has written since the row was read."""
    with session.no_autoflush:
        for name, value in asdict(wanted).items():
            setattr(row, name, value)
        row.script, row.changed_at = vacation(mailbox, row), now
    flag_modified(row, "script")  # a saving counts, also when nothing is new
    try:
        session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise ChangedMeanwhile("", None) from error


def _reply(row: AutoReply) -> Reply:
    return Reply(**{item.name: getattr(row, item.name) for item in fields(Reply)})


def _told(reply: Reply) -> dict[str, Any]:
    """For the audit log: JSON."""
    values = asdict(reply)
    for name in ("starts_at", "ends_at"):
        values[name] = values[name].isoformat() if values[name] else None
    return values


def _seen(text: str) -> str:
    """Without control characters but line breaks and tabs, and without halves of characters."""
    return "".join(
        sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")
    )
