"""What holds for a whole domain: its other names, and its catch-all."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.errors import AliasTaken, CatchAllUnknown, DomainNotServed
from panel.directory.models import Address, CatchAll, Mailbox
from panel.directory.versions import note
from panel.orders.models import Domain, DomainAlias, Proof, ServiceStatus
from panel.orders.names import domain_name


def add_alias(
    session: Session, domain: Domain, typed: str, *, by: Actor, now: datetime
) -> DomainAlias:
    """Add another name of a domain; it waits for a proof of its own.

    Raises NotADomain, AliasTaken, DomainNotServed.
    """
    if domain.service_status in {ServiceStatus.SUSPENDED, ServiceStatus.EXPIRED}:
        raise DomainNotServed(domain.service_status)
    name = domain_name(typed)
    for held in (Domain, DomainAlias):
        if session.scalar(select(held.id).where(held.name == name.ascii)) is not None:
            raise AliasTaken(name.unicode)
    alias = DomainAlias(
        domain_id=domain.id,
        name=name.ascii,
        unicode_name=name.unicode,
        verify_token=secrets.token_hex(16),
        created_at=now,
    )
    session.add(alias)
    try:
        session.flush()
    except IntegrityError as error:
        raise AliasTaken(name.unicode) from error
    note(session, domain, "", "alias.add", by=by, now=now, alias=name.ascii)
    return alias


def activate_alias(
    session: Session,
    domain: Domain,
    alias: DomainAlias,
    proof: Proof,
    *,
    reason: str | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """The name is proven to be the customer's: its mail is taken from now on."""
    if alias.activated_at is not None:
        return
    alias.activated_at, alias.activated_by, alias.activation_reason = now, proof, reason
    session.flush()
    data = {"alias": alias.name, "proof": proof.value, "reason": reason}
    note(session, domain, "", "alias.activate", by=by, now=now, **data)


def remove_alias(
    session: Session, domain: Domain, alias: DomainAlias, *, by: Actor, now: datetime
) -> None:
    """Mail to the name is refused from now on."""
    session.delete(alias)
    session.flush()
    note(session, domain, "", "alias.remove", by=by, now=now, alias=alias.name)


def set_catch_all(
    session: Session, domain: Domain, local_part: str | None, *, by: Actor, now: datetime
) -> None:
    """Deliver what nothing holds to an existing address of the domain, or (None) bounce it.

    Raises CatchAllUnknown.
    """
    row = session.get(CatchAll, domain.id)
    before = row.local_part if row else None
    if local_part is None:
        if row is not None:
            session.delete(row)
    else:
        local_part = local_part.strip().lower()
        _existing(session, domain, local_part)
        session.merge(CatchAll(domain_id=domain.id, local_part=local_part))
    session.flush()
    if before != local_part:
        data = {"before": before, "target": local_part}
        note(session, domain, "", "domain.catch_all", by=by, now=now, **data)


def _existing(session: Session, domain: Domain, local_part: str) -> None:
    here = {"domain_id": domain.id, "local_part": local_part}
    found = session.scalar(select(Address).filter_by(**here))
    deleted = session.scalar(select(Mailbox.deleted_at).filter_by(**here))
    if found is None or deleted is not None:
        raise CatchAllUnknown(local_part)
