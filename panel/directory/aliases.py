"""The other names of a domain: the list, adding and removing one, what hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.directory.errors import (
    AliasOfItself,
    AliasTaken,
    DomainNotServed,
    TakesNotices,
    TooManyAliases,
)
from panel.directory.models import Forward
from panel.directory.targets import forwards_of
from panel.orders.errors import NotADomain
from panel.orders.models import Domain, DomainAlias, Protocol, ServiceStatus
from panel.orders.names import DomainName, domain_name
from panel.orders.queries import find_alias, loaded
from panel.orders.taken import hold_names, is_the_hosts, order_of, write_name
from panel.paging import CURSOR, Page, Sorting, read_page

BY_NAME: Sorting[DomainAlias] = Sorting(
    (DomainAlias.name,),
    select(DomainAlias.name).where(DomainAlias.id == CURSOR),
    attrgetter("id"),
)


def list_aliases(
    session: Session, domain: Domain, *, after: int | None = None, before: int | None = None
) -> Page[DomainAlias]:
    """A page of a domain's aliases, by name."""
    query = loaded(DomainAlias).where(DomainAlias.domain_id == domain.id)
    return read_page(session, query, BY_NAME, after=after, before=before)


def served_names(session: Session, domain: Domain) -> Sequence[str]:
    """The alias names (Unicode) that mail is taken for, by name."""
    if domain.service_status is not ServiceStatus.ACTIVE:
        return ()
    return session.scalars(
        select(DomainAlias.unicode_name)
        .where(DomainAlias.domain_id == domain.id, DomainAlias.activated_at.is_not(None))
        .order_by(DomainAlias.name)
    ).all()


@dataclass(frozen=True)
class AliasForwards:
    """How many forwards name an alias, and the first addresses that do (A-labels, sorted)."""

    count: int
    addresses: Sequence[str]


def forwards_to(session: Session, alias: DomainAlias, most: int = 20) -> AliasForwards:
    """The forwards of the customer's domains that name an alias; those of others are not told."""
    here, customer = Forward.target_domain == alias.name, alias.main.order.customer_id
    count = session.scalars(forwards_of(select(func.count()), customer).where(here)).one()
    named = forwards_of(select(Forward.local_part, Domain.name), customer).where(here).distinct()
    found = session.execute(named.order_by(Domain.name, Forward.local_part).limit(most))
    return AliasForwards(count, [f"{local}@{name}" for local, name in found])


def alias_as_typed(session: Session, domain: Domain, typed: str) -> DomainAlias | None:
    """The alias that a domain has already under what was typed: a form that was sent twice."""
    try:
        return find_alias(session, domain, domain_name(typed, drop_www=True).ascii)
    except NotADomain:
        return None


def add_alias(
    session: Session,
    domain: Domain,
    typed: str,
    *,
    most: int = 20,
    own_names: Sequence[str] = (),
    by: Actor,
    now: datetime,
) -> DomainAlias:
    """Add another name of a domain; it waits for a proof of its own. At most `most` are there.

    Nobody gets the names of the mail servers, nor `own_names`, which are the host's too.
    Raises NotADomain, AliasOfItself, AliasTaken, TooManyAliases, DomainNotServed.
    """
    if domain.service_status in {ServiceStatus.SUSPENDED, ServiceStatus.EXPIRED}:
        raise DomainNotServed(domain.service_status)
    name = domain_name(typed, drop_www=True)
    if name.ascii == domain.name:
        raise AliasOfItself(name.unicode)
    hold_names(session)
    _refuse_taken(session, name, own_names)
    count = select(func.count()).where(DomainAlias.domain_id == domain.id)
    if session.scalars(count).one() >= most:
        raise TooManyAliases(most)
    alias = DomainAlias(
        domain=domain,
        name=name.ascii,
        unicode_name=name.unicode,
        created_at=now,
    )
    write_name(session, alias, AliasTaken(name.unicode), now=now)
    _note(session, alias, "alias.add", by=by, now=now)
    return alias


def remove_alias(session: Session, alias: DomainAlias, *, by: Actor, now: datetime) -> bool:
    """Mail to the name is refused from now on; False when another has removed it already.

    Raises TakesNotices while the domain's notification address is at it.
    """
    told = alias.main.notification_email
    if told.lower().endswith(f"@{alias.name}"):
        raise TakesNotices(told)
    done = session.execute(
        delete(DomainAlias)
        .where(DomainAlias.id == alias.id)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    _note(session, alias, "alias.remove", by=by, now=now)
    return True


def _refuse_taken(session: Session, name: DomainName, own_names: Sequence[str]) -> None:
    if (
        order_of(session, name.ascii) is not None
        or _is_branded(session, name.ascii)
        or is_the_hosts(session, name.ascii, own_names)
    ):
        raise AliasTaken(name.unicode)


def _is_branded(session: Session, name: str) -> bool:
    """Whether the name is one that a domain's people use for its services, as imap.example.com."""
    label, _, parent = name.partition(".")
    if label not in set(Protocol):
        return False
    return session.scalar(select(Domain.id).where(Domain.name == parent)) is not None


def _note(session: Session, alias: DomainAlias, action: str, *, by: Actor, now: datetime) -> None:
    """Audit it under the alias's own name."""
    domain = alias.main
    mine = {"customer_id": domain.order.customer_id, "domain_id": domain.id}
    record(session, by, action, alias.name, now=now, domain=domain.name, **mine)
