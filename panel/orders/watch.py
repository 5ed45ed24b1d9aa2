"""The watch over every domain's DNS: which are due, and taking them for one worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from panel.orders.models import Domain, Order, OrderStatus

LEASE = timedelta(minutes=5)
"""For so long a domain belongs to the worker that took it; after a crash it is due again."""


def claim_due(session: Session, now: datetime, most: int) -> list[int]:
    """Take domains whose check is due, the longest due first; their ids. The caller commits.

    Those whose order is not active are no longer watched, until it is active again.
    """
    due = (
        select(Domain.id)
        .where(Domain.next_check_at <= now)
        .order_by(Domain.next_check_at)
        .limit(most)
    )
    taken = session.scalars(
        update(Domain)
        .where(Domain.id.in_(due.scalar_subquery()), Domain.next_check_at <= now)
        .values(next_check_at=now + LEASE)
        .returning(Domain.id)
        .execution_options(synchronize_session=False)
    ).all()
    idle = session.scalars(
        select(Domain.id)
        .join(Domain.order)
        .where(Domain.id.in_(taken), Order.status != OrderStatus.ACTIVE)
    ).all()
    if idle:
        session.execute(
            update(Domain)
            .where(Domain.id.in_(idle))
            .values(next_check_at=None)
            .execution_options(synchronize_session=False)
        )
    return sorted(set(taken) - set(idle))


def claimed(session: Session, ids: Sequence[int]) -> Sequence[Domain]:
    """The domains that were taken, with their orders, as they are now."""
    return session.scalars(
        select(Domain)
        .join(Domain.order)
        .options(contains_eager(Domain.order))
        .where(Domain.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()
