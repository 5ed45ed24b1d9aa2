"""The watch over every name's DNS: which are due, and taking them for one worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from panel.orders.models import Domain, DomainAlias, Kind, MailName, Order, OrderStatus
from panel.orders.queries import loaded
from panel.orders.schedule import watch_anew

LEASE = timedelta(minutes=5)
"""For so long a name belongs to the worker that took it; after a crash it is due again."""


def claim_due(session: Session, kind: Kind, now: datetime, most: int) -> list[int]:
    """Take names whose check is due, the longest due first; their ids. The caller commits.

    Those whose order is not active are no longer watched, until it is active again.
    """
    due = select(kind.id).where(kind.next_check_at <= now).order_by(kind.next_check_at).limit(most)
    taken = session.scalars(
        update(kind)
        .where(kind.id.in_(due.scalar_subquery()), kind.next_check_at <= now)
        .values(next_check_at=now + LEASE)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    ).all()
    idle = session.scalars(
        loaded(kind)
        .with_only_columns(kind.id)
        .where(kind.id.in_(taken), Order.status != OrderStatus.ACTIVE)
    ).all()
    if idle:
        session.execute(
            update(kind)
            .where(kind.id.in_(idle))
            .values(next_check_at=None)
            .execution_options(synchronize_session=False)
        )
    return sorted(set(taken) - set(idle))


def claimed(session: Session, kind: Kind, ids: Sequence[int]) -> Sequence[MailName]:
    """The names that were taken, with their orders, as they are now; without what is gone since."""
    found = loaded(kind).where(kind.id.in_(ids))
    return session.scalars(found.execution_options(populate_existing=True)).all()


def watch_all_anew(session: Session, domain: Domain, now: datetime) -> None:
    """Begin to watch a domain and its aliases: their order runs again."""
    for watched in (domain, *session.scalars(loaded(DomainAlias).where(Domain.id == domain.id))):
        watch_anew(watched, now)
