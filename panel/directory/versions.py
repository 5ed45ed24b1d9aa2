"""What every change of an address does: two admins are told of each other, the audit knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry
from panel.directory.errors import InRecycleBin
from panel.directory.models import ForwardOnly, Mailbox
from panel.orders.conflicts import changed_by
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Customer, Domain


def in_turn(session: Session, domain: Domain) -> None:
    """Let others who change where this customer's mail goes wait until this transaction ends.

    For a check that the next write must not outrun; what is read from here on is as the last of
    them left it, but rows that the session has read before must be read again. `domain.order`
    must be loaded. Comes before every other write: all take this lock first.
    """
    here = Customer.id == domain.order.customer_id
    session.execute(
        update(Customer)
        .where(here)
        .values(name=Customer.name)
        .execution_options(synchronize_session=False)
    )


@contextmanager
def as_shown(
    session: Session, domain: Domain, row: Mailbox | ForwardOnly, version: int
) -> Iterator[None]:
    """Change an address, or what hangs on it, that the page showed at `version`.

    Raises ChangedMeanwhile, also when the other change comes between reading and writing.
    """
    if row.version != version:
        subject = f"{row.local_part}@{domain.name}"
        raise changed_by(session, AuditEntry.domain_id == domain.id, AuditEntry.subject == subject)
    flag_modified(row, "local_part")
    try:
        yield
        session.flush()
    except StaleDataError as error:
        raise ChangedMeanwhile("", None) from error


def note(
    session: Session,
    domain: Domain,
    local_part: str,
    action: str,
    *,
    by: Actor,
    now: datetime,
    **data: Any,
) -> None:
    """Audit what was done to an address. `domain.order` must be loaded."""
    record(
        session,
        by,
        action,
        f"{local_part}@{domain.name}" if local_part else domain.name,
        now=now,
        customer_id=domain.order.customer_id,
        domain_id=domain.id,
        **data,
    )


def not_deleted(domain: Domain, mailbox: Mailbox) -> None:
    """Raise InRecycleBin for a deleted user."""
    if mailbox.deleted_at is not None:
        raise InRecycleBin(f"{mailbox.local_part}@{domain.unicode_name}")
