"""Reading orders and domains, always within what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from panel.accounts.access import Actor, within_reach
from panel.orders.models import (
    Cluster,
    Customer,
    Domain,
    DomainAlias,
    Kind,
    MailName,
    Order,
    Plan,
)


def find_domain(session: Session, actor: Actor, name: str) -> Domain | None:
    """The domain with that A-label or Unicode name within the actor's reach, with its order and
    customer.
    """
    return session.scalar(_named(name).where(within_reach(actor, Order.customer_id)))


def domain_named(session: Session, name: str) -> Domain | None:
    """The domain of that name, whoever asks: for the command line and the worker, never a page."""
    return session.scalar(_named(name))


def watched_named(session: Session, name: str) -> MailName | None:
    """The domain or the alias domain of that name, whoever asks: as `domain_named`."""
    wanted = DomainAlias.name == name.rstrip(".").lower()
    found = domain_named(session, name)
    return found or session.scalars(_with_customer(DomainAlias).where(wanted)).one_or_none()


def find_name(session: Session, actor: Actor, name: str) -> MailName | None:
    """The domain or the alias domain with that name (an A-label) within the actor's reach."""
    mine = DomainAlias.name == name, within_reach(actor, Order.customer_id)
    found = find_domain(session, actor, name)
    return found or session.scalars(loaded(DomainAlias).where(*mine)).one_or_none()


def find_alias(session: Session, domain: Domain, name: str) -> DomainAlias | None:
    """The alias of a domain with that A-label or Unicode name."""
    wanted = name.rstrip(".").lower()
    same = or_(DomainAlias.name == wanted, DomainAlias.unicode_name == wanted)
    found = loaded(DomainAlias).where(DomainAlias.domain_id == domain.id, same)
    return session.scalars(found).one_or_none()


def _named(name: str) -> Select[Domain]:
    wanted = name.rstrip(".").lower()
    return _with_customer(Domain).where(or_(Domain.name == wanted, Domain.unicode_name == wanted))


def loaded(kind: Kind) -> Select[Any]:
    """Domains or alias domains, with all that `panel.orders.models.MailName` wants loaded."""
    if kind is Domain:
        return select(Domain).join(Domain.order).options(contains_eager(Domain.order))
    way = contains_eager(DomainAlias.domain).contains_eager(Domain.order)
    return select(DomainAlias).join(DomainAlias.domain).join(Domain.order).options(way)


def _with_customer(kind: Kind) -> Select[Any]:
    """The same with the customer, whose time zone the pages have."""
    way = contains_eager(Domain.order)
    if kind is DomainAlias:
        way = contains_eager(DomainAlias.domain).contains_eager(Domain.order)
    return loaded(kind).join(Order.customer).options(way.contains_eager(Order.customer))


def names_of(session: Session, domain_ids: Iterable[int]) -> dict[int, str]:
    """The names (A-labels) of domains; a caller has them from what the actor may see."""
    rows = session.execute(select(Domain.id, Domain.name).where(Domain.id.in_(list(domain_ids))))
    return {row.id: row.name for row in rows}


def find_order(session: Session, actor: Actor, number: str) -> Domain | None:
    """The domain of the order with that number within the actor's reach, with all that it shows."""
    return session.scalar(
        select(Domain)
        .join(Domain.order)
        .options(
            joinedload(Domain.order).options(
                joinedload(Order.customer), joinedload(Order.plan), joinedload(Order.cluster)
            )
        )
        .where(Order.number == number.upper(), within_reach(actor, Order.customer_id))
    )


def backend_of(session: Session, domain: Domain) -> str:
    """The node that takes a domain's new mailboxes."""
    return session.scalars(
        select(Cluster.backend).where(Cluster.id == domain.order.cluster_id)
    ).one()


def quota_of(session: Session, domain: Domain) -> int:
    """The plan's quota for a mailbox, in bytes."""
    return session.scalars(select(Plan.quota_bytes).where(Plan.id == domain.order.plan_id)).one()


def language_of(session: Session, domain: Domain) -> str:
    """The language of mails to the domain's customer: zh or en."""
    return session.scalars(
        select(Customer.language).where(Customer.id == domain.order.customer_id)
    ).one()
