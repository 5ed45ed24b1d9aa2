"""Reading orders and domains, always within what the actor may see."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from panel.accounts.access import Actor, within_reach
from panel.orders.models import Domain, Order


def find_domain(session: Session, actor: Actor, name: str) -> Domain | None:
    """The domain with that A-label or Unicode name within the actor's reach, with its order."""
    wanted = name.rstrip(".").lower()
    return session.scalar(
        select(Domain)
        .join(Domain.order)
        .options(joinedload(Domain.order))
        .where(Domain.name == wanted, within_reach(actor, Order.customer_id))
    )


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
