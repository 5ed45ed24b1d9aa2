"""Suspending, deleting and restoring users, and their passwords.

`version` is the user's as the page showed it; all raise ChangedMeanwhile.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.actions import give_seat_back, take_seat
from panel.directory.errors import WeakPassword
from panel.directory.forwarding import known_in_turn, may_go, takes_no_notices
from panel.directory.models import Mailbox, MailboxStatus
from panel.directory.passwords import hash_mailbox_password, weakness
from panel.directory.places import Known
from panel.directory.usage import look_again
from panel.directory.versions import as_shown, in_turn, not_deleted, note
from panel.engine.sessions import end_sessions
from panel.orders.errors import ReasonNeeded
from panel.orders.models import Domain


def suspend_mailbox(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    reason: str,
    *,
    version: int,
    by: Actor,
    now: datetime,
    known: Known | None = None,
) -> None:
    """No log-in, no sending, open sessions end; senders get 550 5.2.1; the mail is kept.

    `known`: as for delete_mailbox. Raises ReasonNeeded, TakesNotices, InRecycleBin.
    """
    if not reason.strip():
        raise ReasonNeeded
    not_deleted(domain, mailbox)
    known = known or known_in_turn(session, domain)
    takes_no_notices(session, domain, mailbox.local_part, known)
    with as_shown(session, domain, mailbox, version):
        mailbox.status = MailboxStatus.SUSPENDED
        mailbox.suspended_reason, mailbox.suspended_at = reason.strip()[:500], now
    end_sessions(session, domain.name, mailbox.local_part, now)
    told = mailbox.suspended_reason
    note(session, domain, mailbox.local_part, "user.suspend", by=by, now=now, reason=told)


def resume_mailbox(
    session: Session, domain: Domain, mailbox: Mailbox, *, version: int, by: Actor, now: datetime
) -> None:
    """Everything works as before. Raises InRecycleBin."""
    not_deleted(domain, mailbox)
    with as_shown(session, domain, mailbox, version):
        mailbox.status = MailboxStatus.ACTIVE
        mailbox.suspended_reason = mailbox.suspended_at = None
    look_again(session, mailbox)
    note(session, domain, mailbox.local_part, "user.resume", by=by, now=now)


def reset_password(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    password: str,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """A new password; the old one is refused from the commit on, and open sessions end.

    Raises WeakPassword, InRecycleBin.
    """
    hashed = hash_new_password(domain, mailbox, password)
    set_hashed_password(session, domain, mailbox, hashed, version=version, by=by, now=now)


def hash_new_password(domain: Domain, mailbox: Mailbox, password: str) -> str:
    """For set_hashed_password. Takes 20 ms: for many, before anything is written.

    Raises WeakPassword.
    """
    names = (mailbox.local_part, mailbox.name, domain.name.partition(".")[0])
    if weak := weakness(password, *names):
        raise WeakPassword(weak)
    return hash_mailbox_password(password)


def set_hashed_password(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    hashed: str,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """As reset_password does. Raises InRecycleBin."""
    not_deleted(domain, mailbox)
    with as_shown(session, domain, mailbox, version):
        mailbox.password_hash = hashed
    end_sessions(session, domain.name, mailbox.local_part, now)
    note(session, domain, mailbox.local_part, "user.password", by=by, now=now)


def delete_mailbox(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    *,
    version: int,
    by: Actor,
    now: datetime,
    known: Known | None = None,
) -> None:
    """Into the recycle bin: mail and forwards are kept, the address stays held, the seat is free.

    `known`: of a caller who has read it since its turn came. Raises TakesCatchAll, TakesNotices,
    InRecycleBin.
    """
    not_deleted(domain, mailbox)
    known = known or known_in_turn(session, domain)
    may_go(session, domain, mailbox.local_part, known)
    with as_shown(session, domain, mailbox, version):
        mailbox.deleted_at = now
    end_sessions(session, domain.name, mailbox.local_part, now)
    give_seat_back(session, domain)
    look_again(session, mailbox)
    note(session, domain, mailbox.local_part, "user.delete", by=by, now=now)


def restore_mailbox(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    *,
    version: int,
    by: Actor,
    now: datetime,
    known: Known | None = None,
) -> None:
    """Out of the bin with all that it had, suspended if it was. Raises NoSeatLeft.

    `known`: as for delete_mailbox.
    """
    if mailbox.deleted_at is None:
        return
    if known is None:
        in_turn(session, domain)
    take_seat(session, domain)
    with as_shown(session, domain, mailbox, version):
        mailbox.deleted_at = None
    look_again(session, mailbox)
    note(session, domain, mailbox.local_part, "user.restore", by=by, now=now)
