"""Who has a name: one name is one domain or one alias domain, of whomever."""

from __future__ import annotations

from sqlalchemy import func, select, union, update
from sqlalchemy.orm import Session

from panel.orders.models import Cluster, Domain, DomainAlias, Order


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
