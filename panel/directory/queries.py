"""Reading who receives mail. A caller hands in a domain that is within the actor's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from panel.directory.models import Address, AddressKind, Mailbox

PAGE = 25


@dataclass(frozen=True)
class MailboxPage:
    """A page of users by local part; `before` and `after` are the keys of its neighbours."""

    rows: Sequence[Mailbox]
    before: str | None
    after: str | None


def find_mailbox(session: Session, domain_id: int, local_part: str) -> Mailbox | None:
    """The user at a local part."""
    return session.scalar(
        select(Mailbox).where(
            Mailbox.domain_id == domain_id, Mailbox.local_part == local_part.lower()
        )
    )


def holder_of(session: Session, domain_id: int, local_part: str) -> AddressKind | None:
    """What holds a local part, if anything does."""
    return session.scalar(
        select(Address.kind).where(Address.domain_id == domain_id, Address.local_part == local_part)
    )


def names_beginning(session: Session, domain_id: int, text: str, most: int = 8) -> list[str]:
    """The first local parts that begin with the text, whatever holds them."""
    found = (
        select(Address.local_part)
        .where(Address.domain_id == domain_id, Address.local_part.startswith(text, autoescape=True))
        .order_by(Address.local_part)
        .limit(most)
    )
    return list(session.scalars(found))


def was_added_by(session: Session, domain_id: int, local_part: str, once: str) -> bool:
    """Whether the user at a local part was added by the form with this key."""
    mailbox = find_mailbox(session, domain_id, local_part)
    return mailbox is not None and bool(once) and mailbox.once_key == once


def list_mailboxes(
    session: Session, domain_id: int, text: str = "", after: str = "", before: str = ""
) -> MailboxPage:
    """25 users by local part, after or before a key; `text` begins the local part or the name.

    Those in the recycle bin are left out.
    """
    query = select(Mailbox).where(Mailbox.domain_id == domain_id, Mailbox.deleted_at.is_(None))
    if text:
        low = text.lower()
        query = query.where(
            or_(
                Mailbox.local_part.startswith(low, autoescape=True),
                func.lower(Mailbox.name).startswith(low, autoescape=True),
            )
        )
    if before:
        query = query.where(Mailbox.local_part < before).order_by(Mailbox.local_part.desc())
    else:
        query = query.where(Mailbox.local_part > after).order_by(Mailbox.local_part)
    rows = list(session.scalars(query.limit(PAGE + 1)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if before:
        rows.reverse()
    earlier, later = (more, True) if before else (bool(after), more)
    return MailboxPage(
        rows,
        rows[0].local_part if rows and earlier else None,
        rows[-1].local_part if rows and later else None,
    )
