"""Changing who receives mail."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.auto_reply import follow_name
from panel.directory.errors import (
    AddressTaken,
    BadAlternate,
    DomainNotServed,
    NoSeatLeft,
    WeakPassword,
)
from panel.directory.local_parts import local_part_of
from panel.directory.models import Address, AddressKind, Mailbox
from panel.directory.passwords import hash_mailbox_password, weakness
from panel.directory.queries import taken_by
from panel.directory.usage import look_again
from panel.directory.versions import as_shown, in_turn, not_deleted, note
from panel.orders.addresses import mail_address, told_back
from panel.orders.models import Domain, Order, ServiceStatus

SERVED = frozenset({ServiceStatus.PENDING, ServiceStatus.ACTIVE})


@dataclass(frozen=True)
class NewMailbox:
    """What is asked for. `once` is the form's own key, by which a form sent twice is known."""

    local_part: str
    name: str
    password: str
    quota_bytes: int
    alternate_email: str = ""
    once: str | None = None


def add_mailbox(
    session: Session, domain: Domain, new: NewMailbox, *, by: Actor, backend: str, now: datetime
) -> Mailbox:
    """Add a mailbox user, or raise the refusal that says why not.

    A seat is taken by one conditional UPDATE, so that of two requests for the last one only one
    gets it. `domain.order` must be loaded.
    """
    if domain.service_status not in SERVED:
        raise DomainNotServed(domain.service_status)
    local_part = local_part_of(new.local_part)
    alternate = _alternate(new.alternate_email, f"{local_part}@{domain.name}")
    if weak := weakness(new.password, local_part, new.name, domain.name.partition(".")[0]):
        raise WeakPassword(weak)
    password_hash = hash_mailbox_password(new.password)
    in_turn(session, domain)
    if taken := taken_by(session, domain, local_part):
        raise taken
    mailbox = Mailbox(
        domain_id=domain.id,
        local_part=local_part,
        name=new.name,
        alternate_email=alternate,
        password_hash=password_hash,
        quota_bytes=new.quota_bytes,
        storage_key=secrets.token_hex(16),
        backend=backend,
        created_at=now,
        once_key=new.once or None,
    )
    take_seat(session, domain)
    _hold(session, domain, mailbox)
    note(session, domain, local_part, "user.add", by=by, now=now, name=new.name)
    return mailbox


@dataclass(frozen=True)
class UserFacts:
    """What can be edited of a user. The address cannot: it is how others know the user."""

    name: str
    alternate_email: str
    quota_bytes: int


def edit_mailbox(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    facts: UserFacts,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change what is known of a user. `domain.order` must be loaded.

    Raises BadAlternate, InRecycleBin, ChangedMeanwhile.
    """
    not_deleted(domain, mailbox)
    alternate = _alternate(facts.alternate_email, f"{mailbox.local_part}@{domain.name}")
    in_turn(session, domain)  # an auto reply that is saved meanwhile must know the name, too
    wanted = {"name": facts.name, "alternate_email": alternate, "quota_bytes": facts.quota_bytes}
    before = {name: getattr(mailbox, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    with as_shown(session, domain, mailbox, version):
        for name, value in changed.items():
            setattr(mailbox, name, value)
    if "name" in changed:
        follow_name(session, mailbox)
    if "quota_bytes" in changed:
        look_again(session, mailbox)
    old = {name: before[name] for name in changed}
    note(session, domain, mailbox.local_part, "user.edit", by=by, now=now, before=old, **changed)


def take_seat(session: Session, domain: Domain) -> None:
    """One more seat used, unless all are."""
    taken = session.execute(
        update(Order)
        .where(Order.id == domain.order_id, Order.seats_used < Order.seats)
        .values(seats_used=Order.seats_used + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 0:  # type: ignore[attr-defined]
        raise NoSeatLeft(domain.order.seats)


def _hold(session: Session, domain: Domain, mailbox: Mailbox) -> None:
    """Write the address and the mailbox; the database has the last word on who holds it."""
    address = Address(domain_id=domain.id, local_part=mailbox.local_part, kind=AddressKind.MAILBOX)
    taken = AddressTaken(f"{mailbox.local_part}@{domain.unicode_name}", AddressKind.MAILBOX)
    try:
        session.add(address)
        session.flush()
        session.add(mailbox)
        session.flush()
    except IntegrityError as error:
        raise taken from error


def give_seat_back(session: Session, domain: Domain) -> None:
    """One seat less is used."""
    session.execute(
        update(Order)
        .where(Order.id == domain.order_id, Order.seats_used > 0)
        .values(seats_used=Order.seats_used - 1)
        .execution_options(synchronize_session=False)
    )


def _alternate(typed: str, own: str) -> str | None:
    """The alternate address; nothing when nothing was typed. Raises BadAlternate."""
    if not typed.strip():
        return None
    address = "@".join(mail_address(typed) or ())
    if not address or address.lower() == own:
        raise BadAlternate(told_back(typed))
    return address
