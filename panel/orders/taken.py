"""Who has a name: one name is one domain or one alias domain, of whomever."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, union, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.dns.names import is_within
from panel.orders.models import Cluster, ClusterMx, ClusterService, Domain, DomainAlias, Order
from panel.orders.queries import loaded
from panel.orders.schedule import watch_anew
from panel.refusals import Refusal


def hold_names(session: Session) -> None:
    """Let others who take a name wait until this transaction ends: names stand in two tables.

    The first cluster's row is what they wait at; there is no order without one.
    """
    first = select(func.min(Cluster.id)).scalar_subquery()
    session.execute(
        update(Cluster)
        .where(Cluster.id == first)
        .values(backend=Cluster.backend)
        .execution_options(synchronize_session=False)
    )


def order_of(session: Session, name: str) -> str | None:
    """The number of the order that has a name (A-labels), as its domain or as an alias of it."""
    ids = union(
        select(Domain.id).where(Domain.name == name),
        select(DomainAlias.domain_id).where(DomainAlias.name == name),
    )
    return session.scalar(select(Order.number).join(Domain).where(Domain.id.in_(ids)))


def write_name(
    session: Session, named: Domain | DomainAlias, taken: Refusal, *, now: datetime
) -> None:
    """Write a new name, which waits for its proof; the database has the last word on who has it.

    Raises `taken` when another has it.
    """
    named.verify_token = secrets.token_hex(16)
    watch_anew(named, now)
    session.add(named)
    try:
        session.flush()
    except IntegrityError as error:
        raise taken from error


def give_way(session: Session, name: str, *, by: Actor, now: datetime) -> None:
    """Remove an alias of that name (A-labels) that nobody has proven: an order goes before it.

    Whoever types a name gets it as a pending alias, so that it says nothing of whose the name is.
    """
    alias = session.scalars(loaded(DomainAlias).where(DomainAlias.name == name)).one_or_none()
    if alias is None:
        return
    done = session.execute(
        delete(DomainAlias)
        .where(DomainAlias.id == alias.id, DomainAlias.activated_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        domain = alias.main
        mine = {"customer_id": domain.order.customer_id, "domain_id": domain.id}
        record(session, by, "alias.give_way", alias.name, now=now, domain=domain.name, **mine)


def is_the_hosts(session: Session, name: str, own_names: Iterable[str]) -> bool:
    """Whether a name (A-labels) is, or lies below or above, a server's or one of `own_names`."""
    hosts = session.scalars(
        union(
            select(ClusterMx.host),
            select(ClusterService.canonical_host),
            select(ClusterService.host),
        )
    )
    return any(is_within(name, one) or is_within(one, name) for one in (*hosts, *own_names) if one)


def is_below_another(session: Session, name: str, customer_id: int) -> bool:
    """Whether a name (A-labels) lies in a domain that is proven to be another customer's."""
    labels = name.split(".")
    above = [".".join(labels[n:]) for n in range(1, len(labels) - 1)]
    ids = union(
        *(
            select(held).where(kind.name.in_(above), kind.activated_at.is_not(None))
            for kind, held in ((Domain, Domain.id), (DomainAlias, DomainAlias.domain_id))
        )
    )
    another = select(Order.id).join(Domain).where(Domain.id.in_(ids))
    found = session.scalar(another.where(Order.customer_id != customer_id).limit(1))
    return found is not None
